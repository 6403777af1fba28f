package index_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/column"
	"tablestep/tables/index"
	"tablestep/tables/schema"
)

// plenty is more work than any test does.
const plenty = 1_000_000 * index.Second

// requireBudgeted checks, of an index of which all answers to some tuples are
// known, that the same work is counted each time, and that with a part of it the
// first tuples have their answers and the others none.
func requireBudgeted(t testing.TB, ix index.Index, keys [][]string, all *index.Hits) (work int64) {
	t.Helper()
	var some index.Hits
	if len(keys[0]) == 0 {
		return 0
	}
	for range 2 {
		budget := index.NewBudget(plenty, nil)
		require.NoError(t, ix.Probe(context.Background(), keys, index.All, &some, budget))
		requireReached(t, all, &some)
		require.Positive(t, budget.Used())
		require.True(t, work == 0 || work == budget.Used(), "%d units, and then %d", work, budget.Used())
		work = budget.Used()
	}
	before := 0
	for part := range int64(3) {
		budget := index.NewBudget(work*part/3, nil)
		require.ErrorIs(t, ix.Probe(context.Background(), keys, index.All, &some, budget), index.ErrSpent)
		require.True(t, budget.Spent())
		require.Less(t, some.Len(), len(keys[0])+1)
		require.GreaterOrEqual(t, some.Len(), before, "more work reaches more")
		before = some.Len()
		requireReached(t, all, &some)
	}
	return work
}

// requireReached checks the tuples that some has against all.
func requireReached(t testing.TB, all, some *index.Hits) {
	t.Helper()
	for i := range some.Len() {
		rows, scores := all.Of(i)
		got, gotScores := some.Of(i)
		require.Equal(t, rows, got)
		require.Equal(t, scores, gotScores)
		require.Equal(t, all.RanksOf(i), some.RanksOf(i))
	}
	require.Len(t, some.Rows, int(some.Starts[some.Len()]), "nothing is left of a tuple that was not reached to its end")
}

// A hard table is one in which a single value is much work in a mode.
type hardTable struct {
	name  string
	parts []index.Part
	keys  [][]string
}

func hardTables() []hardTable {
	repeat := func(n int, cell func(i int) string) *column.Strings {
		cells := make([]string, n)
		for i := range cells {
			cells[i] = cell(i)
		}
		return column.FromStrings(cells)
	}
	one := func(name string, p index.Part, values ...string) hardTable {
		return hardTable{name, []index.Part{p}, [][]string{values}}
	}
	long := func(n int) string { return strings.Repeat("a", n) }
	pseudo := func(n, seed int) string { // a text of letters that has little in common with another
		b := make([]byte, n)
		x := uint32(seed)*2654435761 + 12345
		for i := range b {
			x = x*1664525 + 1013904223
			b[i] = 'a' + byte(x>>24)%4
		}
		return string(b)
	}
	nested := repeat(2000, func(i int) string { return long(i + 1) })
	return []hardTable{
		one("exact", index.Part{Mode: schema.ModeExact, Cells: repeat(100_000, func(i int) string { return fmt.Sprint(i % 4) })}, "0", "1", "2", "3"),
		one("normalized", index.Part{Mode: schema.ModeNormalized, Cells: repeat(100_000, func(i int) string { return fmt.Sprint(i % 4) })}, "0", "1", "2", "3"),
		one("loose, two chains", index.Part{Mode: schema.ModeLoose, Cells: repeat(100_000, func(i int) string { return []string{"Zürich", "Zurich", "ZUERICH", "u"}[i%4] })}, "Zürich", "zurich", "zuerich", "U"),
		{
			"company, parts beyond the hashed ones",
			slices.Repeat([]index.Part{{Mode: schema.ModeCompany, Cells: repeat(20_000, func(i int) string { return []string{"Müller GmbH", "Muller, Inc."}[i%2] })}}, 5),
			[][]string{{"Müller", "muller", "muller", "mueller"}, {"Müller", "muller", "Müller", "mueller"}, {"Müller", "muller", "muller", "mueller"}, {"Müller", "muller", "muller", "mueller"}, {"Müller", "muller", "muller", "no"}},
		},
		one("loose, cells that mean anything", index.Part{Mode: schema.ModeLoose, Anything: []string{"*"}, Cells: repeat(50_000, func(i int) string { return fmt.Sprintf("Zürich%s", strings.Repeat("!", i%400)) })}, "Zürich", "zurich", "zuerich", "z"),
		one("prefix", index.Part{Mode: schema.ModePrefix, Cells: nested}, long(2000), long(1999)+"b", long(1998)+"c", long(1997)+"d"),
		one("suffix", index.Part{Mode: schema.ModeSuffix, Cells: nested}, long(2000), "b"+long(1999), "c"+long(1998), "d"+long(1997)),
		one("domain", index.Part{Mode: schema.ModeDomain, Cells: repeat(2000, func(i int) string { return strings.Repeat("a.", i+1) + "com" })},
			strings.Repeat("a.", 2000)+"com", "b."+strings.Repeat("a.", 1900)+"com", "c."+strings.Repeat("a.", 1900)+"com", "d."+strings.Repeat("a.", 1900)+"com"),
		one("range", index.Part{Mode: schema.ModeRange, Cells: repeat(50_000, func(i int) string { return fmt.Sprintf("%d..%d", i, 200_000-i) })}, "100000", "100001", "100002", "100003"),
		one("range of long numbers", index.Part{Mode: schema.ModeRange, Cells: repeat(1000, func(i int) string { return fmt.Sprintf("1%025d..9%025d", i, i) })},
			"50000000000000000000000000", "50000000000000000000000001", "50000000000000000000000002", "50000000000000000000000003"),
		one("range of texts", index.Part{Mode: schema.ModeRange, Cells: repeat(20_000, func(i int) string { return fmt.Sprintf("%s%05d..%sz", long(200), i, long(200)) })},
			long(200)+"x", long(200)+"y", long(200)+"v", long(200)+"w"),
		one("wildcard", index.Part{Mode: schema.ModeWildcard, Cells: repeat(4, func(i int) string { return "*" + long(500+i) + "?b*" })}, long(2000)+"cdb", long(2000)+"ddb", long(2000)+"edb", long(2000)+"fdb"),
		one("wildcard of nested literals", index.Part{Mode: schema.ModeWildcard, Cells: repeat(200, func(i int) string { return "*" + long(i+1) + "*b?" })}, long(1000)+"ce", long(1000)+"de", long(1000)+"ee", long(1000)+"fe"),
		one("regex", index.Part{Mode: schema.ModeRegex, Cells: repeat(20, func(i int) string { return fmt.Sprintf("(x+x+)+y|(a?){%d}a{%d}$", 200+i, 200+i) })}, long(150)+"b", long(150)+"c", long(150)+"d", long(150)+"e"),
		one("regex of a large program", index.Part{Mode: schema.ModeRegex, Cells: repeat(2, func(i int) string { return fmt.Sprintf("(a?b?c?d?){%d}e$", 900+i) })}, long(20)+"eb", long(20)+"ec", long(20)+"ed", long(20)+"ef"),
		one("contains", index.Part{Mode: schema.ModeContains, Cells: repeat(50_000, func(i int) string { return long(i%300 + 1) })}, long(2000), long(1999), long(1998), long(1997)),
		one("words", index.Part{Mode: schema.ModeWords, Cells: repeat(20_000, func(i int) string { return fmt.Sprintf("vice president %d", i%50) })},
			"president vice 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21", "vice president 1 2 3 4 5 6 7 8 9 30 31 32 33 34", "vice president 1 2 3 4 5 6 7 8 9 40 41 42 43", "vice president 1 2 3 4 5 6 7 8 9 20 21 22"),
		one("fuzzy", index.Part{Mode: schema.ModeFuzzy, Threshold: 0.5, Cells: repeat(20, func(i int) string { return pseudo(512, i) })}, pseudo(512, 1001), pseudo(512, 1002), pseudo(512, 1003), pseudo(512, 1004)),
		one("fuzzy by pairs", index.Part{Mode: schema.ModeFuzzy, Threshold: 0.9, Cells: repeat(5000, func(i int) string { return pseudo(50, i) })}, pseudo(50, 10_001), pseudo(50, 10_002), pseudo(50, 10_003), pseudo(50, 10_004)),
		one("cidr", index.Part{Mode: schema.ModeCIDR, Cells: repeat(100_000, func(i int) string { return fmt.Sprintf("10.0.0.0/%d", 8+i%16) })}, "10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"),
		{
			"limits",
			[]index.Part{
				{Mode: schema.ModeAtLeast, Cells: repeat(50_000, func(i int) string { return fmt.Sprint(i) })},
				{Mode: schema.ModeAtMost, Cells: repeat(50_000, func(i int) string { return fmt.Sprint(50_000 - i) })},
				{Mode: schema.ModeNormalized, Cells: repeat(50_000, func(i int) string { return fmt.Sprint(i / 15_000) })},
			},
			[][]string{{"60000", "60001", "60002", "60003"}, {"1", "2", "3", "4"}, {"0", "1", "0", "1"}},
		},
		one("condition", index.Part{Mode: schema.ModeCondition, Cells: repeat(50_000, func(i int) string { return fmt.Sprintf(`not("x%d")`, i) })}, "a", "b", "c", "d"),
		{
			"bitmaps",
			[]index.Part{
				{Mode: schema.ModeRange, Cells: repeat(50_000, func(i int) string { return fmt.Sprintf("%d..%d", i%100, 200-i%100) })},
				{Mode: schema.ModeCondition, Cells: repeat(50_000, func(i int) string { return fmt.Sprintf(`not("x%d")`, i%200) })},
			},
			[][]string{{"100", "100", "99", "99"}, {"a", "b", "a", "b"}},
		},
		{
			"bitmaps and a chain",
			[]index.Part{
				{Mode: schema.ModeNormalized, Cells: repeat(50_000, func(i int) string { return fmt.Sprint(i % 2) })},
				{Mode: schema.ModeCondition, Cells: repeat(50_000, func(i int) string { return fmt.Sprintf(`not("x%d")`, i%200) })},
			},
			[][]string{{"0", "1", "0", "1"}, {"a", "b", "c", "d"}},
		},
	}
}

// few is how much work is done at most before somebody looks at budget and context:
// some milliseconds.
const few = 3 * index.Second / 1000

func TestASpentBudgetStopsEveryModeInTheMiddleOfAValue(t *testing.T) {
	hard := map[schema.Mode]bool{}
	for _, c := range hardTables() {
		t.Run(c.name, func(t *testing.T) {
			for _, p := range c.parts {
				hard[p.Mode] = true
			}
			ix, err := index.Build(context.Background(), c.parts)
			require.NoError(t, err)
			var all index.Hits
			require.NoError(t, ix.Probe(context.Background(), c.keys, index.All, &all, nil))
			work := requireBudgeted(t, ix, c.keys, &all)
			require.Greater(t, work, int64(100_000), "the table is not hard")
			last, widest := int64(0), int64(0)
			var budget *index.Budget
			budget = index.NewBudget(plenty, func(context.Context) error {
				widest = max(widest, budget.Used()-last)
				last = budget.Used()
				return nil
			})
			require.NoError(t, ix.Probe(context.Background(), c.keys, index.All, &all, budget))
			require.Less(t, widest, few, "of %d units", work)
			t.Logf("%d units a value, %d at once", work/int64(len(c.keys[0])), widest)
		})
	}
	for _, mode := range schema.Modes() {
		require.True(t, hard[mode], "mode %s has no hard table", mode)
	}
}

func TestAProbeEndsWithItsContextInTheMiddleOfAValue(t *testing.T) {
	for _, c := range hardTables() {
		ix, err := index.Build(context.Background(), c.parts)
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(context.Background())
		calls := 0
		budget := index.NewBudget(plenty, func(context.Context) error {
			if calls++; calls == 2 {
				cancel()
			}
			return nil
		})
		var hits index.Hits
		require.ErrorIs(t, ix.Probe(ctx, c.keys, index.All, &hits, budget), context.Canceled, c.name)
		require.Equal(t, 2, calls, c.name)
		require.Less(t, hits.Len(), len(c.keys[0]), c.name)
		cancel()
	}
}

func TestARestThatFailsEndsTheProbe(t *testing.T) {
	gone := errors.New("gone")
	c := hardTables()[0]
	ix, err := index.Build(context.Background(), c.parts)
	require.NoError(t, err)
	var hits index.Hits
	require.ErrorIs(t, ix.Probe(context.Background(), c.keys, index.All, &hits, index.NewBudget(plenty, func(context.Context) error { return gone })), gone)
}

func TestAShareEndsBeforeTheWhole(t *testing.T) {
	c := hardTables()[0]
	ix, err := index.Build(context.Background(), c.parts)
	require.NoError(t, err)
	var hits index.Hits
	whole := index.NewBudget(plenty, nil)
	share := whole.Share(100_000)
	require.ErrorIs(t, ix.Probe(context.Background(), c.keys, index.All, &hits, share), index.ErrSpent)
	require.True(t, share.Spent())
	require.False(t, whole.Spent())
	require.Equal(t, share.Used(), whole.Used())
	require.NoError(t, ix.Probe(context.Background(), c.keys, index.All, &hits, whole))
	require.ErrorIs(t, ix.Probe(context.Background(), c.keys, index.All, &hits, index.NewBudget(10, nil).Share(plenty)), index.ErrSpent, "a share has no more than the whole")
}

func TestExplanationsAndOverlapsEndWithTheirBudget(t *testing.T) {
	for _, c := range hardTables() {
		tuple := make([]string, len(c.keys))
		for p := range c.keys {
			tuple[p] = c.keys[p][0]
		}
		budget := index.NewBudget(10_000, nil)
		_, _, err := index.Nearest(context.Background(), c.parts, tuple, budget)
		if err != nil { // Modes that compare no texts have no nearest.
			require.ErrorIs(t, err, index.ErrSpent, c.name)
		}
		for name, search := range map[string]func() error{
			"overlaps": func() (err error) {
				for _, err = range index.Overlaps(context.Background(), c.parts, index.NewBudget(1_000_000, nil)) {
				}
				return err
			},
			"duplicates": func() (err error) {
				for _, err = range index.Duplicates(context.Background(), c.parts, index.NewBudget(1_000, nil)) {
				}
				return err
			},
		} {
			if err := search(); err != nil {
				require.ErrorIs(t, err, index.ErrSpent, "%s of %s", name, c.name)
			} else if name == "duplicates" {
				require.Less(t, c.parts[0].Cells.Len(), 100, c.name)
			}
		}
	}
}

func TestCountedWorkIsTheSameOnABusyMachine(t *testing.T) {
	c := hardTables()[13]
	ix, err := index.Build(context.Background(), c.parts)
	require.NoError(t, err)
	count := func() int64 {
		budget := index.NewBudget(plenty, nil)
		var hits index.Hits
		require.NoError(t, ix.Probe(context.Background(), c.keys, index.All, &hits, budget))
		return budget.Used()
	}
	idle := count()
	var stop atomic.Bool
	for range 4 * runtime.GOMAXPROCS(0) {
		go func() {
			for !stop.Load() { // burns its processor
			}
		}()
	}
	defer stop.Store(true)
	require.Equal(t, idle, count())
}
