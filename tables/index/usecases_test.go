package index_test

import (
	"context"
	"math"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/column"
	"tablestep/tables/index"
	"tablestep/tables/schema"
)

// lookUp builds the index of one part and looks values up in it.
func lookUp(t require.TestingT, p index.Part, values ...string) *index.Hits {
	ix, err := index.Build(context.Background(), []index.Part{p})
	require.NoError(t, err)
	hits := new(index.Hits)
	require.NoError(t, ix.Probe(context.Background(), [][]string{values}, index.All, hits, nil))
	return hits
}

// requireBest checks the row that policy best would take, -1 for none.
func requireBest(t testing.TB, mode schema.Mode, cells []string, want map[string]int) {
	t.Helper()
	for value, row := range want {
		hits := lookUp(t, index.Part{Mode: mode, Cells: column.FromStrings(cells)}, value)
		got := -1
		if best := hits.Best(0); best >= 0 {
			rows, _ := hits.Of(0)
			got = int(rows[best])
		}
		require.Equal(t, row, got, "%s %q", mode, value)
	}
}

func TestTheBestRowIsTheMostSpecificOne(t *testing.T) {
	requireBest(t, schema.ModePrefix, []string{"+1", "+1242", "+44", "+12", "+1"}, map[string]int{
		"+1242555": 1, "+1999": 0, "+4420": 2, "+125": 3, "+33": -1, "": -1, "1242": -1,
	})
	requireBest(t, schema.ModeSuffix, []string{"gmbh", "ag", "co. kg"}, map[string]int{"Müller GmbH": 0, "X Co.  KG": 2, "GmbH & Co": -1})
	requireBest(t, schema.ModeDomain, []string{"com", "acme.com", "mail.acme.com", "bücher.de"}, map[string]int{
		"someone@ACME.com": 1, "x@eu.mail.acme.com": 2, "https://acme.com:8080/a@b.de": 1, "notacme.com": 0, "acme.org": -1,
		"info@xn--bcher-kva.de": 3, "http://user:pw@www.bücher.de/?q": 3, "medium.com/@acme.com": 0,
		"Jo Doe <jo@mail.acme.com>": 2, "mailto:x@acme.com": 1, "a/b@acme.com": 1, "someone@": -1, "acme.com.": 1,
	})
	requireBest(t, schema.ModeDomain, []string{"0.0.1", "10.0.0.1", "1"}, map[string]int{"http://10.0.0.1/": 1, "20.0.0.1": -1, "x@[10.0.0.1]": 1})
	requireBest(t, schema.ModeCIDR, []string{"10.0.0.0/8", "10.1.0.0/16", "0.0.0.0/0", "2001:db8::/32"}, map[string]int{
		"10.1.2.3": 1, "10.2.2.3": 0, "11.0.0.1": 2, "::ffff:10.1.0.1": 1, "2001:db8::1": 3, "2001:db9::1": -1, "fe80::1%eth0": -1, "10.1.2.3:443": 1, "[2001:db8::1]": 3, "ten": -1,
	})
	requireBest(t, schema.ModeRange, []string{"0-100", "10-20", "50+", "12"}, map[string]int{"15": 1, "5": 0, "12": 3, "70": 0, "1000": 2, "100.5": 2, "-1": -1, "x": -1})
	requireBest(t, schema.ModeWildcard, []string{"*", "google*", "google-ads?", "*cpc*"}, map[string]int{"Google-Ads2": 2, "google": 1, "bing cpc": 3, "x": 0})
	requireBest(t, schema.ModeFuzzy, []string{"Germany", "Germani", "France"}, map[string]int{"germnay": 0, "Frnace": 2, "Francee": 2, "Kenya": -1, "germani": 1})
}

// A transposition takes three pairs of neighbours away, more than any other error.
func TestTranspositionsAreFoundHoweverFewPairsTheyLeave(t *testing.T) {
	hits := lookUp(t, index.Part{Mode: schema.ModeFuzzy, Cells: column.FromStrings([]string{"abcdefghijklmnopqrst", "abcdefghij", "ca", "abc"}), Threshold: 0.8},
		"acbdegfhikjlmonpqrst", "abdcefghji", "acbdegfhikjlmonpqrts")
	require.Equal(t, []int32{0, 1, 2, 2}, hits.Starts)
	require.InDelta(t, 0.8, hits.Scores[0], 1e-6)
	// With another character between the two it is one error more, not two.
	hits = lookUp(t, index.Part{Mode: schema.ModeFuzzy, Cells: column.FromStrings([]string{"xxxxxxxxcaxxxxx"}), Threshold: 0.8}, "xxxxxxxxabcxxxxx")
	require.InDelta(t, 1-2.0/16, hits.Scores[0], 1e-6)
}

// The table of titles: the row with most words wins, so that exclusions are rows
// of their own, more specific or first.
func TestTitlesFindTheirLevelByWords(t *testing.T) {
	titles := []string{"intern", "vp", "vice president", "president", "sales", "vp sales", "assistant to vp"}
	requireBest(t, schema.ModeWords, titles, map[string]int{
		"VP of Sales": 5, "Vice President, Sales": 2, "Internal Auditor": -1, "International Relations": -1, "Sales Intern": 0,
		"President": 3, "Assistant to the VP": 6, "V.P.": -1,
	})
	hits := lookUp(t, index.Part{Mode: schema.ModeWords, Cells: column.FromStrings(titles)}, "Vice President, Sales")
	rows, _ := hits.Of(0)
	require.Equal(t, []int32{2, 3, 4}, rows)
}

func TestConditionsPassWhatTheySay(t *testing.T) {
	for _, c := range []struct {
		cell, value string
		want        bool
	}{
		{"-", "", true},
		{"-", "x", true},
		{"", "x", true},
		{`"US","CA"`, "us", true},
		{`"US","CA"`, "DE", false},
		{"US, CA", " ca ", true},
		{`not("US")`, "US", false},
		{`not("US")`, "CA", true},
		{`not("US")`, "", true},
		{`not(null)`, "", false},
		{`not(null)`, "x", true},
		{"null", "", true},
		{`""`, "  ", true},
		{`"null"`, "null", true},
		{"null", "null", false},
		{"> 100", "100", false},
		{"> 100", "100.01", true},
		{"> 100", "1e3", true},
		{"> 100", "many", false},
		{"> 100", "", false},
		{"< 9007199254740993", "9007199254740992", true},
		{"< 9007199254740993", "9007199254740993", false},
		{"[1..5)", "1", true},
		{"[1..5)", "5", false},
		{"(1..5]", "1", false},
		{"]1..5[", "1", false},
		{"]1..5[", "4.999", true},
		{"5", "5.0", true},
		{`"5"`, "5.0", false},
		{"true", "TRUE", true},
		{`date("2024-02-29")`, "2024-02-29T10:00:00Z", true},
		{"<= 2024-02-29", "2024-02-29T23:59:59Z", true},
		{"> 2024-02-29", "2024-02-29T23:59:59Z", false},
		{"> 2024-02-29", "2024-03-01", true},
		{"> 2024-02-29T12:00:00+02:00", "2024-02-29T10:00:01Z", true},
		{`["a".."c")`, "Bob", true},
		{`["a".."c")`, "c", false},
		{`"a\"b"`, `A"B`, true},
		{`"\u0041"`, "a", true},
		{"51-200", "51-200", true},
	} {
		hits := lookUp(t, index.Part{Mode: schema.ModeCondition, Cells: column.FromStrings([]string{c.cell})}, c.value)
		require.Equal(t, c.want, len(hits.Rows) == 1, "%q for %q", c.cell, c.value)
	}
}

func TestTextRangesTakeInAllThatStartsWithTheirUpperEnd(t *testing.T) {
	requireBest(t, schema.ModeRange, []string{"A-F", "G..M", "N.."}, map[string]int{"Fox": 0, "anna": 0, "fzz": 0, "Miller": 1, "gé": 1, "Zoe": 2, "10": -1})
}

// The ranks of several parts stand one behind the other, but conditions count
// together.
func TestTheFirstPartDecidesAndTheNextBreaksTies(t *testing.T) {
	parts := []index.Part{
		{Mode: schema.ModePrefix, Cells: column.FromStrings([]string{"1", "12", "12", "1"})},
		{Mode: schema.ModeDomain, Cells: column.FromStrings([]string{"mail.acme.com", "com", "acme.com", "com"})},
	}
	ix, err := index.Build(context.Background(), parts)
	require.NoError(t, err)
	var hits index.Hits
	require.NoError(t, ix.Probe(context.Background(), [][]string{{"123"}, {"x@mail.acme.com"}}, index.All, &hits, nil))
	rows, _ := hits.Of(0)
	require.Equal(t, []int32{0, 1, 2, 3}, rows)
	require.Equal(t, 2, hits.Best(0))

	parts = []index.Part{
		{Mode: schema.ModeCondition, Cells: column.FromStrings([]string{"1", "-", "-"})},
		{Mode: schema.ModeCondition, Cells: column.FromStrings([]string{"-", "2", "-"})},
		{Mode: schema.ModeCondition, Cells: column.FromStrings([]string{"-", "3", "3"})},
	}
	ix, err = index.Build(context.Background(), parts)
	require.NoError(t, err)
	require.NoError(t, ix.Probe(context.Background(), [][]string{{"1"}, {"2"}, {"3"}}, index.All, &hits, nil))
	require.Equal(t, 1, hits.Best(0))
}

func TestManyPartsWithRanksStillFindTheirRows(t *testing.T) {
	parts := make([]index.Part, 8)
	keys := make([][]string, len(parts))
	for i := range parts {
		parts[i] = index.Part{Mode: schema.ModeRange, Cells: column.FromStrings([]string{"0-100", "5-6", "7-8"})}
		keys[i] = []string{"5"}
	}
	ix, err := index.Build(context.Background(), parts)
	require.NoError(t, err)
	var hits index.Hits
	require.NoError(t, ix.Probe(context.Background(), keys, index.All, &hits, nil))
	rows, scores := hits.Of(0)
	require.Equal(t, []int32{0, 1}, rows)
	require.Equal(t, []float32{1, 1}, scores)
	require.Equal(t, 1, hits.Best(0))
}

// However many parts count together, they do not outdo a part before them.
func TestConditionsDoNotOutweighAPartBeforeThem(t *testing.T) {
	parts := []index.Part{{Mode: schema.ModePrefix, Cells: column.FromStrings([]string{"1", "12"})}}
	keys := [][]string{{"123"}}
	for range 300 {
		parts = append(parts, index.Part{Mode: schema.ModeCondition, Cells: column.FromStrings([]string{"5", "-"})})
		keys = append(keys, []string{"5"})
	}
	ix, err := index.Build(context.Background(), parts)
	require.NoError(t, err)
	var hits index.Hits
	require.NoError(t, ix.Probe(context.Background(), keys, index.All, &hits, nil))
	require.Equal(t, 1, hits.Best(0))
}

func TestAPartThatMakesNoSenseIsRefused(t *testing.T) {
	one, two := column.FromStrings([]string{"1"}), column.FromStrings([]string{"1", "2"})
	for want, p := range map[string]index.Part{
		"upper ends, which mode": {Mode: schema.ModePrefix, Cells: one, To: one},
		"2 upper ends for 1":     {Mode: schema.ModeRange, Cells: one, To: two},
		"threshold 1.5":          {Mode: schema.ModeFuzzy, Cells: one, Threshold: 1.5},
		"threshold NaN":          {Mode: schema.ModeFuzzy, Cells: one, Threshold: math.NaN()},
	} {
		_, err := index.Build(context.Background(), []index.Part{p})
		require.ErrorContains(t, err, want)
	}
}

func TestAnyModeStopsWhenCancelledAndServesManyGoroutines(t *testing.T) {
	for _, mode := range schema.Modes() {
		cells := make([]string, 500)
		for i := range cells {
			cells[i] = "10.0.0." + string(rune('0'+i%10))
			if mode.Limits() {
				cells[i] = "10000" + string(rune('0'+i%10))
			}
		}
		seven, eight := cells[7], cells[8]
		parts := []index.Part{{Mode: mode, Cells: column.FromStrings(cells)}, {Mode: schema.ModeNormalized, Cells: column.FromStrings(cells)}}
		ix, err := index.Build(context.Background(), parts)
		require.NoError(t, err)
		want := lookUp(t, parts[1], seven, eight)
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				var hits index.Hits
				for range 20 {
					err := ix.Probe(context.Background(), [][]string{{seven, eight}, {seven, eight}}, index.All, &hits, nil)
					if err != nil || len(hits.Rows) != len(want.Rows) {
						t.Errorf("%s: %v, %d rows", mode, err, len(hits.Rows))
						return
					}
				}
			})
		}
		group.Wait()
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_, err = index.Build(ctx, parts)
		require.ErrorIs(t, err, context.Canceled, mode)
		require.ErrorIs(t, ix.Probe(ctx, [][]string{{"x"}, {"x"}}, index.All, new(index.Hits), nil), context.Canceled, mode)
	}
}

// Memory that is not counted would break the budget for snapshots.
func TestBytesIsAboutTheMemoryThatAnIndexTakes(t *testing.T) {
	for _, c := range benchTables() {
		if len(c.modes) == 1 && c.modes[0] == schema.ModeNormalized {
			continue
		}
		rows := 5000
		parts := c.parts(fixedRand(), rows)
		before := heap()
		ix, err := index.Build(context.Background(), parts)
		require.NoError(t, err)
		taken := heap() - before
		require.InEpsilon(t, float64(taken), float64(ix.Bytes()), 0.6, "%s: %d bytes said, %d taken", c.name, ix.Bytes(), taken)
		runtime.KeepAlive(parts)
	}
}

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// A column with thousands of distinct texts must not cost thousands of bitmaps.
func TestManyDistinctTextsCostNoBitmaps(t *testing.T) {
	cells := make([]string, 100_000)
	for i := range cells {
		cells[i] = `"text ` + strings.Repeat("x", i%7) + string(rune('a'+i%26)) + string(rune('a'+i/26%115)) + `"`
	}
	p := index.Part{Mode: schema.ModeCondition, Cells: column.FromStrings(cells)}
	ix, err := index.Build(context.Background(), []index.Part{p, p})
	require.NoError(t, err)
	require.Less(t, ix.Bytes(), int64(100*len(cells)))
}
