package tables_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/tables"
	"tablestep/tables/column"
	"tablestep/tables/schema"
)

// awkward is a table whose keys repeat, are empty, and differ by what
// normalisation takes away.
func awkward(rows int) *sheet {
	forms := []string{"Key %d", " key  %d", "KEY\u00a0%d", "key %d", "Ké %d"}
	return &sheet{columns: []string{"k", "state", "n"}, make: func(row int, cells []string) bool {
		r := rand.New(rand.NewPCG(uint64(row), 3))
		cells[0] = fmt.Sprintf(forms[r.IntN(len(forms))], r.IntN(rows))
		if r.IntN(20) == 0 {
			cells[0] = ""
		}
		cells[1] = [...]string{"CA", "ca", "NY", ""}[r.IntN(4)]
		cells[2] = fmt.Sprint(row)
		return row < rows
	}}
}

func TestFromDiskAndFromMemoryTheAnswersAreTheSame(t *testing.T) {
	rows := 2*column.MaxRows + 100
	memory, disk := open(t, tables.Options{}), open(t, tables.Options{MemoryBudget: 1})
	publish(t, memory, "t", awkward(rows))
	publish(t, disk, "t", awkward(rows))
	a, err := memory.Snapshot(context.Background(), "t", 0)
	require.NoError(t, err)
	b, err := disk.Snapshot(context.Background(), "t", 0)
	require.NoError(t, err)
	require.True(t, a.InMemory())
	require.False(t, b.InMemory())
	require.Zero(t, b.Bytes())
	r := rand.New(rand.NewPCG(4, 4))
	keys := [][]string{nil, nil}
	for range 500 {
		keys[0] = append(keys[0], fmt.Sprintf([]string{"key %d", "KÉ %d", "Key %d"}[r.IntN(3)], r.IntN(rows+rows/4)))
		keys[1] = append(keys[1], []string{"CA", "ny", ""}[r.IntN(3)])
	}
	keys[0][7] = ""
	for _, mode := range []schema.Mode{"", schema.ModeNormalized, schema.ModeExact} {
		for _, policy := range []schema.HitPolicy{"", schema.PolicyFirst, schema.PolicyUnique} {
			for _, matchEmpty := range []bool{false, true} {
				for parts := 1; parts <= 2; parts++ {
					l := &schema.Lookup{HitPolicy: policy, Match: []schema.Match{
						{Column: "K", Mode: mode, MatchEmpty: matchEmpty}, {Column: "state", MatchEmpty: matchEmpty},
					}[:parts]}
					fa, fb := make([]tables.Found, 500), make([]tables.Found, 500)
					require.NoError(t, a.Find(context.Background(), l, keys[:parts], fa))
					require.NoError(t, b.Find(context.Background(), l, keys[:parts], fb))
					require.Equal(t, fa, fb, "%v", l)
					hits, numbers := 0, make([]int32, 500)
					for i, f := range fa {
						numbers[i] = f.Row
						if f.Row >= 0 {
							hits++
						}
						require.Equal(t, f.Ambiguous, f.Other >= 0)
						require.False(t, f.Ambiguous && policy != schema.PolicyUnique)
					}
					require.Positive(t, hits)
					ca, cb := make([]string, 500), make([]string, 500)
					for c := range 3 {
						require.NoError(t, a.Gather(context.Background(), c, numbers, ca))
						require.NoError(t, b.Gather(context.Background(), c, numbers, cb))
						require.Equal(t, ca, cb)
					}
				}
			}
		}
	}
}

func TestUniqueTellsOfASecondRow(t *testing.T) {
	s := open(t, tables.Options{})
	publish(t, s, "t", &sheet{columns: []string{"k", "v"}, rows: [][]string{{"a", "1"}, {"b", "2"}, {"A", "3"}, {"a ", "4"}}})
	sn, err := s.Snapshot(context.Background(), "t", 0)
	require.NoError(t, err)
	l := schema.Lookup{HitPolicy: schema.PolicyUnique, Match: []schema.Match{{Column: "k"}}}
	require.Equal(t, []tables.Found{
		{Row: 0, Score: 1, Ambiguous: true, Other: 2, Hits: 2}, {Row: 1, Score: 1, Other: -1, Hits: 1}, {Row: -1, Other: -1},
	}, find(t, sn, l, "a", "b", "c"))
	l.Match[0].Mode = schema.ModeExact
	require.Equal(t, []int32{0, 2, -1}, rowsOf(find(t, sn, l, "a", "A", " a")))
	require.Empty(t, find(t, sn, l))
}

func TestALookupThatDoesNotFitTheVersionIsAnError(t *testing.T) {
	s := open(t, tables.Options{})
	publish(t, s, "t", &sheet{columns: []string{"Name", "name", "State"}, rows: [][]string{{"a", "b", "c"}}})
	sn, err := s.Snapshot(context.Background(), "t", 0)
	require.NoError(t, err)
	for name, want := range map[string]int{"Name": 0, "name": 1, "NAME": -1, "state": 2, "none": -1} {
		c, ok := sn.Column(name)
		require.Equal(t, want >= 0, ok, name)
		if ok {
			require.Equal(t, want, c, name)
		}
	}
	try := func(l schema.Lookup, keys [][]string, found int) error {
		return sn.Find(context.Background(), &l, keys, make([]tables.Found, found))
	}
	one := [][]string{{"a"}}
	require.ErrorIs(t, try(schema.Lookup{Match: []schema.Match{{Column: "none"}}}, one, 1), schema.ErrColumnNotFound)
	require.ErrorIs(t, try(schema.Lookup{Match: []schema.Match{{Column: "NAME"}}}, one, 1), schema.ErrColumnNotFound)
	require.ErrorIs(t, try(schema.Lookup{}, nil, 0), schema.ErrInvalid)
	require.ErrorIs(t, try(schema.Lookup{Match: []schema.Match{{Column: "name"}}}, nil, 1), schema.ErrInvalid)
	require.ErrorIs(t, try(schema.Lookup{Match: []schema.Match{{Column: "name"}}}, one, 2), schema.ErrInvalid)
	require.ErrorIs(t, try(schema.Lookup{Match: []schema.Match{{Column: "name", Mode: "nearly"}}}, one, 1), schema.ErrInvalid)
	require.ErrorIs(t, try(schema.Lookup{HitPolicy: "last", Match: []schema.Match{{Column: "name"}}}, one, 1), schema.ErrInvalid)
	var answers tables.Answers
	for want, l := range map[string]schema.Lookup{
		"no match entries":      {},
		`column not found: "x"`: {Match: []schema.Match{{Column: "name"}}, Outputs: []schema.Output{{Column: "x"}}},
		`priority column ""`:    {Match: []schema.Match{{Column: "name"}}, HitPolicy: schema.PolicyPriority},
		`aggregate "mean": use one of list, count, sum, min or max`: {Match: []schema.Match{{Column: "name"}}, HitPolicy: schema.PolicyCollect, Aggregate: "mean"},
		`column not found: "to"`:                                    {Match: []schema.Match{{Column: "name", ColumnTo: "to", Mode: schema.ModeRange}}},
		`columnTo "state" with mode normalized`:                     {Match: []schema.Match{{Column: "name", ColumnTo: "state"}}},
		`threshold 2`:                                               {Match: []schema.Match{{Column: "name", Mode: schema.ModeFuzzy, Threshold: 2}}},
		`hit policy "last": use one of first, unique, any`:          {Match: []schema.Match{{Column: "name"}}, HitPolicy: "last"},
	} {
		require.ErrorContains(t, sn.Check(&l), want)
		require.EqualError(t, sn.Answer(context.Background(), &l, one, &answers, nil), sn.Check(&l).Error())
	}
	require.ErrorIs(t, sn.Gather(context.Background(), 3, []int32{0}, make([]string, 1)), schema.ErrColumnNotFound)
	require.ErrorIs(t, sn.Gather(context.Background(), 0, []int32{0}, nil), schema.ErrInvalid)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.ErrorIs(t, sn.Find(ctx, &schema.Lookup{Match: []schema.Match{{Column: "name"}}}, one, make([]tables.Found, 1)), context.Canceled)
}

func TestWhatALoadTakesIsKnownBefore(t *testing.T) {
	s := open(t, tables.Options{})
	publish(t, s, "probe", numberedSheet(20_000))
	sn, err := s.Snapshot(context.Background(), "probe", 0)
	require.NoError(t, err)
	table, _ := s.Catalog().Table("probe")
	l, _ := table.Lookup("")
	find(t, sn, l, "x")
	one := sn.Bytes()
	bytes, n := tables.CachedBytes(s)
	require.Equal(t, 1, n)
	require.InDelta(t, one, bytes, 4096)
	require.Equal(t, bytes, s.Memory().Used)
	require.InEpsilon(t, sn.Version().Memory+12*20_000, one, 0.1, "what is taken for granted before loading is about right")
}

func TestASnapshotKeepsFewIndexes(t *testing.T) {
	s := open(t, tables.Options{})
	source := numberedSheet(5000)
	publish(t, s, "t", source)
	sn, err := s.Snapshot(context.Background(), "t", 0)
	require.NoError(t, err)
	before := sn.Bytes()
	l := schema.Lookup{Match: []schema.Match{{Column: "account"}}}
	find(t, sn, l, "account 0000001")
	one := sn.Bytes() - before
	require.Positive(t, one)
	columns := []string{"account", "state", "employees"}
	for i := range 27 {
		l := schema.Lookup{Match: []schema.Match{{Column: columns[i%3]}, {Column: columns[i/3%3]}, {Column: columns[i/9%3], Mode: schema.ModeExact}}}
		found := make([]tables.Found, 1)
		require.NoError(t, sn.Find(context.Background(), &l, [][]string{{"a"}, {"b"}, {"c"}}, found))
	}
	require.LessOrEqual(t, sn.Bytes()-before, 10*one)
	bytes, _ := tables.CachedBytes(s)
	require.InDelta(t, sn.Bytes(), bytes, 4096)
}

func TestManyAskingForOneVersionLoadItOnce(t *testing.T) {
	s := open(t, tables.Options{})
	publish(t, s, "t", numberedSheet(100_000))
	var wg sync.WaitGroup
	got := make([]*tables.Snapshot, 16)
	for i := range got {
		wg.Go(func() {
			sn, err := s.Snapshot(context.Background(), "t", 0)
			if err == nil {
				got[i] = sn
			}
		})
	}
	wg.Wait()
	for _, sn := range got {
		require.NotNil(t, sn)
		require.Same(t, got[0], sn)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	publish(t, s, "u", numberedSheet(100_000))
	_, err := s.Snapshot(ctx, "u", 0)
	require.ErrorIs(t, err, context.Canceled)
	_, err = s.Snapshot(context.Background(), "u", 0)
	require.NoError(t, err, "who gave up does not spoil it for others")
}

// Each version has its number in every cell, so that an answer made of two
// versions would show.
func TestPublishingWhileLeadsAreLookedUpNeverMixesVersions(t *testing.T) {
	s := open(t, tables.Options{KeepVersions: 4})
	version := func(n int) *sheet {
		return &sheet{columns: []string{"k", "v"}, make: func(row int, cells []string) bool {
			cells[0], cells[1] = fmt.Sprint("key ", row), fmt.Sprint(n)
			return row < 2000
		}}
	}
	publish(t, s, "t", version(1))
	stop := make(chan struct{})
	errs := make(chan error, 4)
	var wg sync.WaitGroup
	for g := range 3 {
		wg.Go(func() {
			keys, cells := make([]string, 20), make([]string, 20)
			found, rows := make([]tables.Found, 20), make([]int32, 20)
			for round := 0; ; round++ {
				select {
				case <-stop:
					return
				default:
				}
				table, ok := s.Catalog().Table("t")
				if !ok {
					errs <- fmt.Errorf("no table")
					return
				}
				l, _ := table.Lookup("")
				sn, err := s.Snapshot(context.Background(), "t", table.Live.Number)
				if err != nil {
					errs <- err
					return
				}
				for i := range keys {
					keys[i] = fmt.Sprint("KEY ", (round*20+i*g)%2000)
				}
				if err := sn.Find(context.Background(), &l, [][]string{keys}, found); err != nil {
					errs <- err
					return
				}
				for i := range found {
					rows[i] = found[i].Row
				}
				if err := sn.Gather(context.Background(), 1, rows, cells); err != nil {
					errs <- err
					return
				}
				for i := range cells {
					if cells[i] != fmt.Sprint(table.Live.Number) {
						errs <- fmt.Errorf("version %d answered %q for %q", table.Live.Number, cells[i], keys[i])
						return
					}
				}
			}
		})
	}
	for n := 2; n <= 25; n++ {
		publish(t, s, "t", version(n))
		if n%5 == 0 {
			back, err := s.Rollback("t", "")
			require.NoError(t, err)
			require.Equal(t, n-1, back)
			require.NoError(t, s.Publish("t", n, ""))
		}
		runtime.Gosched()
	}
	close(stop)
	wg.Wait()
	close(errs)
	for err := range errs {
		require.NoError(t, err)
	}
	requireSound(t, s)
}

func TestASweptVersionOnDiskSaysSo(t *testing.T) {
	s := open(t, tables.Options{MemoryBudget: 1})
	publish(t, s, "t", countries())
	sn, err := s.Snapshot(context.Background(), "t", 0)
	require.NoError(t, err)
	require.NoError(t, s.Delete("t", ""))
	require.NoError(t, s.Purge("t", ""))
	l := schema.Lookup{Match: []schema.Match{{Column: "country"}}}
	require.Eventually(t, func() bool { return len(storages(t, s)) == 0 }, 5*time.Second, 10*time.Millisecond)
	require.ErrorIs(t, sn.Find(context.Background(), &l, [][]string{{"Germany"}}, make([]tables.Found, 1)), schema.ErrVersionNotFound)
}

func TestPublishTakesNoLongerForALargeTable(t *testing.T) {
	s := open(t, tables.Options{})
	publish(t, s, "t", numberedSheet(200_000))
	publish(t, s, "t", numberedSheet(200_000))
	best := time.Hour
	for i := range 20 {
		start := time.Now()
		require.NoError(t, s.Publish("t", 1+i&1, ""))
		best = min(best, time.Since(start))
	}
	require.Less(t, best, 50*time.Millisecond, "far from what copying 200,000 rows takes, even on a slow disk")
}
