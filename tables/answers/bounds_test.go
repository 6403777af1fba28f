package answers_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/answers"
	"tablestep/tables/scan/scantest"
	"tablestep/tables/schema"
)

// A thousand tuples that hit every row would have 20 million hits of 16 bytes.
func TestHitsThatAreInMemoryAtOnceHaveABound(t *testing.T) {
	const rows, tuples = 20_000, 1000
	of := scantest.Make([]string{"k"}, 0, func(row int, cells []string) bool {
		cells[0] = "common"
		return row < rows
	})
	sn := snapshot(t, roomy, of)
	l := schema.Lookup{Match: []schema.Match{{Column: "k"}}, HitPolicy: schema.PolicyCollect, Aggregate: schema.AggregateCount, Outputs: []schema.Output{{Column: "k"}}}
	keys := [][]string{nil}
	for range tuples {
		keys[0] = append(keys[0], "common")
	}
	var a answers.Batch
	require.NoError(t, sn.Answer(context.Background(), &l, [][]string{{"common"}}, &a, nil)) // makes the index
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	require.NoError(t, sn.Answer(context.Background(), &l, keys, &a, nil))
	runtime.ReadMemStats(&after)
	for _, found := range a.Found {
		require.EqualValues(t, rows, found.Hits)
	}
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(rows*tuples*16))
}

// ending is a context that has ended once it was asked so many times.
type ending struct {
	context.Context
	asked, after int
}

func (e *ending) Err() error {
	if e.asked++; e.asked > e.after {
		return context.Canceled
	}
	return nil
}

func TestAPaceThatIsCutShortAnywhereIsAnErrorAndNotRemembered(t *testing.T) {
	t.Parallel()
	of := hard(6, 10, 2)
	c := shelve(t, answers.Options{Budget: roomy}, of)
	l := fuzzyLookup()
	for after := 0; ; after++ {
		ctx := &ending{Context: context.Background(), after: after}
		_, err := c.Pace(ctx, "t", of.Version, of, &l)
		if ctx.asked <= after {
			require.NoError(t, err)
			require.Greater(t, after, 10, "it was asked at many places")
			return
		}
		require.ErrorIs(t, err, context.Canceled, "after %d", after)
	}
}

func TestValuesThatCannotHitReadNothingFromTheDisk(t *testing.T) {
	t.Parallel()
	of := scantest.New([]string{"k", "l", "v"}, [][]string{{"a", "", "1"}, {"", "", "2"}, {" ", "b", "3"}}, 0)
	sn := snapshot(t, onDisk, of)
	for _, mode := range []schema.Mode{schema.ModeExact, schema.ModeNormalized} {
		l := schema.Lookup{Match: []schema.Match{{Column: "k", Mode: mode}, {Column: "l", Mode: mode}}, Outputs: []schema.Output{{Column: "v"}}}
		find(t, sn, schema.Lookup{Match: l.Match[:1]}, "a") // The lists of hashes are made.
		var a answers.Batch
		require.NoError(t, sn.Answer(context.Background(), &l, [][]string{{"a"}, {"b"}}, &a, nil))
		before := fmt.Sprint(of.Reads(0), of.Reads(1), of.Reads(2))
		require.NoError(t, sn.Answer(context.Background(), &l, [][]string{{"", "a", ""}, {"b", "", ""}}, &a, nil))
		require.Equal(t, []int32{-1, -1, -1}, rowsOf(a.Found))
		require.Equal(t, before, fmt.Sprint(of.Reads(0), of.Reads(1), of.Reads(2)), mode)
	}
}

// The index of a column in which every word is another one takes more than such columns
// do on the average, which is what room is made for.
func TestAnIndexThatTakesMoreThanWasMadeRoomForLetsOthersGoAndNotItsOwnTable(t *testing.T) {
	texts := func(table int) *scantest.Table {
		of := scantest.Make([]string{"account"}, 0, func(row int, cells []string) bool {
			var b strings.Builder
			for word := range 400 {
				fmt.Fprintf(&b, "%x ", row*400+word)
			}
			cells[0] = b.String()
			return row < 500
		})
		of.Version.Table, of.Version.Storage = fmt.Sprint("t", table), uint64(table+1)
		return of
	}
	other, of := texts(0), texts(1)
	words := schema.Lookup{Match: []schema.Match{{Column: "account", Mode: schema.ModeWords}}}
	alone := shelve(t, answers.Options{Budget: roomy}, of)
	sn, err := alone.take(context.Background(), "t1")
	require.NoError(t, err)
	columns := alone.Memory().Used
	find(t, sn, words, "x")

	s := shelve(t, answers.Options{Budget: alone.Memory().Used + columns/2}, other, of)
	for range 20 { // It is used more, and goes all the same.
		sn, err := s.take(context.Background(), "t0")
		require.NoError(t, err)
		require.True(t, sn.InMemory())
	}
	sn, err = s.take(context.Background(), "t1")
	require.NoError(t, err)
	require.Equal(t, []string{"t0", "t1"}, answers.LoadedTables(s.Cache))
	find(t, sn, words, "x")
	require.Equal(t, []string{"t1"}, answers.LoadedTables(s.Cache))
	require.LessOrEqual(t, s.Memory().Cached, s.Memory().Budget)
}

// The first item of a list is looked up, and so is an empty one: it hits what a lead without a value hits.
func TestThePaceOfAListThatBeginsWithAnEmptyTextCountsItsHits(t *testing.T) {
	t.Parallel()
	work := func(cell string) float64 {
		of := scantest.Make([]string{"k"}, 0, func(row int, cells []string) bool {
			cells[0] = cell
			return row < 300
		})
		l := schema.Lookup{Match: []schema.Match{{Column: "k", Mode: schema.ModeCondition}}, HitPolicy: schema.PolicyCollect, Aggregate: schema.AggregateCount, Outputs: []schema.Output{{Column: "k"}}}
		return float64(pace(t, shelve(t, answers.Options{Budget: roomy}, of).Cache, of, l).Work)
	}
	require.InEpsilon(t, work(`"US", ""`), work(`"", "US"`), 0.1)
}
