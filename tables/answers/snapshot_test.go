package answers_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/answers"
	"tablestep/tables/column"
	"tablestep/tables/scan/scantest"
	"tablestep/tables/schema"
)

// awkward is a table whose keys repeat, are empty, and differ by what
// normalisation takes away.
func awkward(rows int) *scantest.Table {
	forms := []string{"Key %d", " key  %d", "KEY\u00a0%d", "key %d", "Ké %d"}
	return scantest.Make([]string{"k", "state", "n"}, 0, func(row int, cells []string) bool {
		r := rand.New(rand.NewPCG(uint64(row), 3))
		cells[0] = fmt.Sprintf(forms[r.IntN(len(forms))], r.IntN(rows))
		if r.IntN(20) == 0 {
			cells[0] = ""
		}
		cells[1] = [...]string{"CA", "ca", "NY", ""}[r.IntN(4)]
		cells[2] = fmt.Sprint(row)
		return row < rows
	})
}

func TestFromDiskAndFromMemoryTheAnswersAreTheSame(t *testing.T) {
	rows := 2*column.MaxRows + 100
	of := awkward(rows)
	a, b := snapshot(t, roomy, of), snapshot(t, onDisk, of)
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
					fa, fb := make([]answers.Found, 500), make([]answers.Found, 500)
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
	sn := snapshot(t, roomy, scantest.New([]string{"k", "v"}, [][]string{{"a", "1"}, {"b", "2"}, {"A", "3"}, {"a ", "4"}}, 0))
	l := schema.Lookup{HitPolicy: schema.PolicyUnique, Match: []schema.Match{{Column: "k"}}}
	require.Equal(t, []answers.Found{
		{Row: 0, Score: 1, Ambiguous: true, Other: 2, Hits: 2}, {Row: 1, Score: 1, Other: -1, Hits: 1}, {Row: -1, Other: -1},
	}, find(t, sn, l, "a", "b", "c"))
	l.Match[0].Mode = schema.ModeExact
	require.Equal(t, []int32{0, 2, -1}, rowsOf(find(t, sn, l, "a", "A", " a")))
	require.Empty(t, find(t, sn, l))
}

func TestALookupThatDoesNotFitTheVersionIsAnError(t *testing.T) {
	sn := snapshot(t, roomy, scantest.New([]string{"Name", "name", "State"}, [][]string{{"a", "b", "c"}}, 0))
	for name, want := range map[string]int{"Name": 0, "name": 1, "NAME": -1, "state": 2, "none": -1} {
		c, ok := sn.Column(name)
		require.Equal(t, want >= 0, ok, name)
		if ok {
			require.Equal(t, want, c, name)
		}
	}
	try := func(l schema.Lookup, keys [][]string, found int) error {
		return sn.Find(context.Background(), &l, keys, make([]answers.Found, found))
	}
	one := [][]string{{"a"}}
	require.ErrorIs(t, try(schema.Lookup{Match: []schema.Match{{Column: "none"}}}, one, 1), schema.ErrColumnNotFound)
	require.ErrorIs(t, try(schema.Lookup{Match: []schema.Match{{Column: "NAME"}}}, one, 1), schema.ErrColumnNotFound)
	require.ErrorIs(t, try(schema.Lookup{}, nil, 0), schema.ErrInvalid)
	require.ErrorIs(t, try(schema.Lookup{Match: []schema.Match{{Column: "name"}}}, nil, 1), schema.ErrInvalid)
	require.ErrorIs(t, try(schema.Lookup{Match: []schema.Match{{Column: "name"}}}, one, 2), schema.ErrInvalid)
	require.ErrorIs(t, try(schema.Lookup{Match: []schema.Match{{Column: "name", Mode: "nearly"}}}, one, 1), schema.ErrInvalid)
	require.ErrorIs(t, try(schema.Lookup{HitPolicy: "last", Match: []schema.Match{{Column: "name"}}}, one, 1), schema.ErrInvalid)
	var got answers.Batch
	for want, l := range map[string]schema.Lookup{
		"no match entries":      {},
		`column not found: "x"`: {Match: []schema.Match{{Column: "name"}}, Outputs: []schema.Output{{Column: "x"}}},
		`priority column ""`:    {Match: []schema.Match{{Column: "name"}}, HitPolicy: schema.PolicyPriority},
		`aggregate "mean": use one of list, distinct, count, sum, min or max`: {Match: []schema.Match{{Column: "name"}}, HitPolicy: schema.PolicyCollect, Aggregate: "mean"},
		`column not found: "to"`:                           {Match: []schema.Match{{Column: "name", ColumnTo: "to", Mode: schema.ModeRange}}},
		`columnTo "state" with mode normalized`:            {Match: []schema.Match{{Column: "name", ColumnTo: "state"}}},
		`threshold 2`:                                      {Match: []schema.Match{{Column: "name", Mode: schema.ModeFuzzy, Threshold: 2}}},
		`hit policy "last": use one of first, unique, any`: {Match: []schema.Match{{Column: "name"}}, HitPolicy: "last"},
	} {
		require.ErrorContains(t, sn.Check(&l), want)
		require.EqualError(t, sn.Answer(context.Background(), &l, one, &got, nil), sn.Check(&l).Error())
	}
	require.ErrorIs(t, sn.Gather(context.Background(), 3, []int32{0}, make([]string, 1)), schema.ErrColumnNotFound)
	require.ErrorIs(t, sn.Gather(context.Background(), 0, []int32{0}, nil), schema.ErrInvalid)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.ErrorIs(t, sn.Find(ctx, &schema.Lookup{Match: []schema.Match{{Column: "name"}}}, one, make([]answers.Found, 1)), context.Canceled)
}

func TestWhatALoadTakesIsKnownBefore(t *testing.T) {
	s := shelve(t, answers.Options{Budget: roomy}, numbered(20_000))
	sn, err := s.take(context.Background(), "t")
	require.NoError(t, err)
	find(t, sn, schema.Lookup{Match: []schema.Match{{Column: "account"}}}, "x")
	one, m := sn.Bytes(), s.Memory()
	require.Equal(t, 1, m.Loaded)
	require.InDelta(t, one, m.Cached, 4096)
	require.Equal(t, m.Cached, m.Used)
	require.InEpsilon(t, sn.Version().Memory+12*20_000, one, 0.1, "what is taken for granted before loading is about right")
}

func TestASnapshotKeepsFewIndexes(t *testing.T) {
	s := shelve(t, answers.Options{Budget: roomy}, numbered(5000))
	sn, err := s.take(context.Background(), "t")
	require.NoError(t, err)
	before := sn.Bytes()
	l := schema.Lookup{Match: []schema.Match{{Column: "account"}}}
	find(t, sn, l, "account 0000001")
	one := sn.Bytes() - before
	require.Positive(t, one)
	columns := []string{"account", "state", "employees"}
	for i := range 27 {
		l := schema.Lookup{Match: []schema.Match{{Column: columns[i%3]}, {Column: columns[i/3%3]}, {Column: columns[i/9%3], Mode: schema.ModeExact}}}
		found := make([]answers.Found, 1)
		require.NoError(t, sn.Find(context.Background(), &l, [][]string{{"a"}, {"b"}, {"c"}}, found))
	}
	require.LessOrEqual(t, sn.Bytes()-before, 10*one)
	require.InDelta(t, sn.Bytes(), s.Memory().Cached, 4096)
}

func TestTheIndexThatWasNotAskedForLongestMakesRoom(t *testing.T) {
	sn := snapshot(t, roomy, numbered(1000))
	l := func(i int) schema.Lookup {
		return schema.Lookup{Match: []schema.Match{{Column: "account", Mode: schema.ModeFuzzy, Threshold: 0.9 + float64(i)/1000}}}
	}
	var names []string
	for i := range answers.MaxIndexes {
		find(t, sn, l(i), "x")
		for _, name := range answers.Indexes(sn) {
			if !slices.Contains(names, name) {
				names = append(names, name) // in the order in which they were made
			}
		}
	}
	require.Len(t, names, answers.MaxIndexes)
	find(t, sn, l(0), "x")
	find(t, sn, l(answers.MaxIndexes), "x")
	kept := answers.Indexes(sn)
	require.Len(t, kept, answers.MaxIndexes)
	require.Contains(t, kept, names[0], "it was asked for again")
	require.NotContains(t, kept, names[1])
	for _, name := range names[2:] {
		require.Contains(t, kept, name)
	}
}

func TestManyAskingForOneVersionLoadItOnce(t *testing.T) {
	one, other := numberedAs(0, 1), numberedAs(1, 1)
	s := shelve(t, answers.Options{Budget: roomy}, one, other)
	var wg sync.WaitGroup
	got := make([]*answers.Snapshot, 16)
	for i := range got {
		wg.Go(func() {
			sn, err := s.take(context.Background(), "t0")
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
	require.Equal(t, 1, one.Reads(0))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := s.take(ctx, "t1")
	require.ErrorIs(t, err, context.Canceled)
	_, err = s.take(context.Background(), "t1")
	require.NoError(t, err, "who gave up does not spoil it for others")
	require.Equal(t, 1, other.Reads(0))
}
