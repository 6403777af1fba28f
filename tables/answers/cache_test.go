package answers_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/tables/answers"
	"tablestep/tables/scan/scantest"
	"tablestep/tables/schema"
)

const rowsOfMany = 20_000

// numberedAs is a table t0, t1, … in a storage of its own.
func numberedAs(table, version int) *scantest.Table {
	of := numbered(rowsOfMany)
	of.Version.Table, of.Version.Number, of.Version.Storage = fmt.Sprint("t", table), version, uint64(1000*version+table)
	return of
}

// many makes a shelf with tables t0, t1, … of which about fit fit into memory.
func many(t *testing.T, n int, fit float64) *shelf {
	t.Helper()
	// What an index takes while it is made is more than what it takes then.
	one := float64(numbered(rowsOfMany).Version.Memory + 24*rowsOfMany)
	s := shelve(t, answers.Options{Budget: int64(one*fit) + 1000})
	for i := range n {
		s.put(numberedAs(i, 1))
	}
	return s
}

// use asks for a table as a batch does, and gives what it was answered from.
func use(t testing.TB, s *shelf, table int) *answers.Snapshot {
	t.Helper()
	sn, err := use1(s, table)
	require.NoError(t, err)
	return sn
}

func use1(s *shelf, table int) (*answers.Snapshot, error) {
	name := fmt.Sprint("t", table)
	sn, err := s.take(context.Background(), name)
	if err != nil {
		return nil, err
	}
	l := schema.Lookup{Match: []schema.Match{{Column: "account"}}, Outputs: []schema.Output{{Column: "employees"}}}
	rows := []int{table, rowsOfMany / 2, rowsOfMany - 1 - table}
	keys := [][]string{nil}
	for _, row := range rows {
		keys[0] = append(keys[0], fmt.Sprintf("ACCOUNT %07d", row))
	}
	var got answers.Batch
	if err := sn.Answer(context.Background(), &l, keys, &got, nil); err != nil {
		return nil, err
	}
	for i, row := range rows {
		if got.Found[i].Row != int32(row) || got.Cells[0][i] != fmt.Sprint(row*7919%100_000) {
			return nil, fmt.Errorf("table %s, row %d: %+v %q", name, row, got.Found[i], got.Cells[0][i])
		}
	}
	return sn, nil
}

// becomes uses a table until it is answered from memory, or the disk.
func becomes(t *testing.T, s *shelf, table int, inMemory bool) *answers.Snapshot {
	t.Helper()
	var sn *answers.Snapshot
	require.Eventually(t, func() bool {
		sn = use(t, s, table)
		return sn.InMemory() == inMemory
	}, 30*time.Second, time.Millisecond)
	return sn
}

func TestSnapshotsThatAreHeldCountAgainstTheBudget(t *testing.T) {
	s := many(t, 6, 2)
	var held []*answers.Snapshot
	for range 20 {
		for i := range 6 {
			held = append(held, use(t, s, i))
		}
	}
	taken, loaded := int64(0), map[*answers.Snapshot]bool{}
	for _, sn := range held {
		if sn.InMemory() && !loaded[sn] {
			loaded[sn] = true
			taken += sn.Bytes()
		}
	}
	one := held[0].Bytes()
	require.NotEmpty(t, loaded)
	require.LessOrEqual(t, taken, 2*one+one/2, "%d snapshots are held", len(loaded))
	runtime.KeepAlive(held)
}

func TestWhatABatchHoldsKeepsOthersOutAndNoLonger(t *testing.T) {
	s := many(t, 3, 2)
	held := []*answers.Snapshot{use(t, s, 0), use(t, s, 1)}
	for range 100 { // enough to be worth the place of both
		require.False(t, use(t, s, 2).InMemory())
		m := s.Memory()
		require.LessOrEqual(t, m.Used, m.Budget)
	}
	runtime.KeepAlive(held)
	becomes(t, s, 2, true)
}

func TestTablesUsedByTurnsAreNotLoadedAndDropped(t *testing.T) {
	s := many(t, 5, 2)
	r := rand.New(rand.NewPCG(7, 7))
	first := map[int]*answers.Snapshot{}
	for i := range 5 {
		first[i] = use(t, s, i)
	}
	require.Equal(t, 2, s.Memory().Loaded)
	for i := range 1000 {
		table := i % 5
		if i > 500 {
			table = r.IntN(5)
		}
		require.Same(t, first[table], use(t, s, table), "table t%d, use %d", table, i)
	}
}

func TestTheTableThatIsUsedMostTakesItsPlaceAndKeepsIt(t *testing.T) {
	s := many(t, 12, 2)
	for i := range 11 {
		use(t, s, i)
	}
	require.False(t, use(t, s, 11).InMemory())
	hot := becomes(t, s, 11, true)
	for range 10 { // a walk over all others
		for i := range 11 {
			use(t, s, i)
		}
		require.Same(t, hot, use(t, s, 11))
	}
}

func TestASnapshotThatWasLetGoAndIsStillHeldIsUsedAgain(t *testing.T) {
	s := many(t, 2, 1.5)
	held := use(t, s, 0)
	require.True(t, held.InMemory())
	require.Eventually(t, func() bool {
		use(t, s, 1)
		return s.Memory().Loaded == 0
	}, 30*time.Second, time.Millisecond, "it makes room")
	require.Same(t, held, use(t, s, 0))
	require.LessOrEqual(t, s.Memory().Used, s.Memory().Budget)
}

func TestANewVersionTakesThePlaceOfTheOldOne(t *testing.T) {
	s := many(t, 1, 1.5)
	require.True(t, use(t, s, 0).InMemory())
	s.put(numberedAs(0, 2))
	require.Equal(t, 2, becomes(t, s, 0, true).Version().Number)
	require.Equal(t, 1, s.Memory().Loaded)
}

// Each holds one table while it wants another, which is how waiting for room would
// never end.
func TestManyAtOnceWithATinyBudgetAreAllAnsweredWithinIt(t *testing.T) {
	s := many(t, 8, 1.2)
	var over atomic.Int64
	var wg sync.WaitGroup
	errs := make([]error, 32)
	for g := range errs {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(g), 1))
			for range 40 {
				one, err := use1(s, r.IntN(8))
				if err == nil {
					_, err = use1(s, r.IntN(8))
				}
				if err != nil {
					errs[g] = err
					return
				}
				if m := s.Memory(); m.Used > m.Budget {
					over.Store(m.Used - m.Budget)
				}
				runtime.KeepAlive(one)
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
	require.Zero(t, over.Load())
}

func TestAnIndexThatDoesNotFitBesideItsColumnsIsDoneWithout(t *testing.T) {
	s, large := many(t, 1, 1.1), shelve(t, answers.Options{Budget: roomy}, numberedAs(0, 1))
	sn := use(t, s, 0)
	require.True(t, sn.InMemory())
	other := use(t, large, 0)
	for _, mode := range []schema.Mode{schema.ModeFuzzy, schema.ModeWords, schema.ModePrefix, schema.ModeExact} {
		l := &schema.Lookup{
			Match:     []schema.Match{{Column: "account", Mode: mode}, {Column: "employees"}},
			HitPolicy: schema.PolicyFirst, Outputs: []schema.Output{{Column: "state"}},
		}
		keys := [][]string{{"Account 0000042", "account 0019999", "Account 0000042"}, {fmt.Sprint(42 * 7919 % 100_000), fmt.Sprint(19_999 * 7919 % 100_000), "1"}}
		var got, want answers.Batch
		require.NoError(t, sn.Answer(context.Background(), l, keys, &got, nil))
		require.NoError(t, other.Answer(context.Background(), l, keys, &want, nil))
		require.Equal(t, want.Found, got.Found, mode)
		require.Equal(t, want.Cells, got.Cells, mode)
		m := s.Memory()
		require.LessOrEqual(t, m.Used, m.Budget, mode)
	}
	require.Same(t, sn, use(t, s, 0), "it stays for those that have an index")
}

func TestATableWhoseFirstIndexDoesNotFitIsAnsweredFromTheDisk(t *testing.T) {
	s := many(t, 1, 1.1) // enough for the default lookup
	l := &schema.Lookup{Match: []schema.Match{{Column: "account", Mode: schema.ModeWords}}}
	for i := range 3 {
		sn, err := s.take(context.Background(), "t0")
		require.NoError(t, err)
		require.Equal(t, i == 0, sn.InMemory(), "use %d", i)
		require.Equal(t, int32(7), find(t, sn, *l, "of account 0000007")[0].Row)
		runtime.KeepAlive(sn)
	}
	require.Zero(t, s.Memory().Cached)
}

func TestWithoutAScratchFileAnswersComeRowGroupByRowGroup(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	clock := time.Date(2024, 3, 31, 10, 0, 0, 0, time.UTC)
	of := numberedAs(0, 1)
	s := shelve(t, answers.Options{Budget: onDisk, Scratch: dir, Now: func() time.Time { return clock }}, of)
	require.False(t, use(t, s, 0).InMemory())
	require.NoError(t, os.Mkdir(dir, 0o700))
	use(t, s, 0)
	reads := of.Reads(0)
	clock = clock.Add(2 * time.Minute) // nobody tries before
	use(t, s, 0)
	require.Equal(t, reads+2, of.Reads(0), "once for the list and once for the row that hits")
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	require.NoError(t, err)
	require.Empty(t, names, "a scratch file has no name")
}
