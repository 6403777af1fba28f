package check_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/check"
	"tablestep/tables/scan/scantest"
	"tablestep/tables/schema"
)

// rowsOf makes rows of one key column and one output.
func rowsOf(cells ...string) [][]string {
	var rows [][]string
	for i, cell := range cells {
		rows = append(rows, []string{cell, fmt.Sprint("out ", i)})
	}
	return rows
}

func matching(mode schema.Mode, anything ...string) schema.Lookup {
	return schema.Lookup{Match: []schema.Match{{Column: "k", Mode: mode, Anything: anything}}}
}

func TestABareSignThatMeansItselfIsTold(t *testing.T) {
	t.Parallel()
	want := func(row int, mode schema.Mode, sign string) string {
		return fmt.Sprintf(`ANYTHING %d k: in lookup "t", mode %s, the cell means the sign %q itself and nothing else; if it means anything, name it in the match entry: "anything": [%q]`, row, mode, sign, sign)
	}
	for _, mode := range schema.Modes() {
		cell := "a"
		switch mode {
		case schema.ModeCIDR:
			cell = "10.0.0.0/8"
		case schema.ModeRange, schema.ModeAtLeast, schema.ModeAtMost:
			cell = "m"
		}
		takesDash := mode != schema.ModeCIDR && mode != schema.ModeRange && !mode.Limits() && mode != schema.ModeWords && mode != schema.ModeCondition
		if takesDash {
			require.Contains(t, told(warned(t, matching(mode), []string{"k", "out"}, rowsOf(cell, " – "))), want(2, mode, "-"), mode)
		}
		if mode == schema.ModeExact || mode == schema.ModeNormalized || mode == schema.ModePrefix || mode == schema.ModeFuzzy || mode == schema.ModeCondition {
			require.Contains(t, told(warned(t, matching(mode), []string{"k", "out"}, rowsOf(cell, "*", cell+"b", "*"))), want(4, mode, "*"), mode)
		}
		// Once it is named, or where it means anything anyhow, there is nothing to tell.
		require.Empty(t, codes(warned(t, matching(mode, "-", "*"), []string{"k", "out"}, rowsOf(cell, "-", "*")))["ANYTHING"], mode)
	}
	require.Empty(t, codes(warned(t, matching(schema.ModeCondition), []string{"k", "out"}, rowsOf("a", "-", "")))["ANYTHING"])
	require.Empty(t, warned(t, matching(schema.ModeWildcard), []string{"k", "out"}, rowsOf("a*", "-x", "*")))
	require.Equal(t, 1, codes(warned(t, matching(schema.ModeCondition, []string{}...), []string{"k", "out"}, rowsOf("a", "*")))["ANYTHING"])
}

func TestAColumnOfStepsOffersAtLeast(t *testing.T) {
	t.Parallel()
	ascending := func(from, step, n int) (cells []string) {
		for i := range n {
			cells = append(cells, fmt.Sprint(from+i*step))
		}
		return cells
	}
	for _, c := range []struct {
		name  string
		mode  schema.Mode
		cells []string
		want  string // the kind, or ""
	}{
		{"single numbers among spans", schema.ModeRange, []string{"0", "5000", "15000"}, "numbers"},
		{"in any order, as people write them", schema.ModeRange, []string{"$15,000", "", "0", "5K"}, "numbers"},
		{"single dates", schema.ModeRange, []string{"2024-01-01", "2024-04-01"}, "dates"},
		{"one span is enough to know better", schema.ModeRange, []string{"0", "5000", "10000-15000"}, ""},
		{"a half-open one as well", schema.ModeRange, []string{">=0", ">=5000"}, ""},
		{"texts", schema.ModeRange, []string{"A", "B"}, ""},
		{"one number", schema.ModeRange, []string{"5"}, ""},
		{"zero and up, with gaps", schema.ModeNormalized, []string{"0", "5000", "15000"}, "numbers"},
		{"as exact texts", schema.ModeExact, []string{"0", "10.5", "20"}, "numbers"},
		{"ids", schema.ModeNormalized, ascending(10001, 37, 50), ""},
		{"codes from zero on", schema.ModeNormalized, ascending(0, 1, 50), ""},
		{"years", schema.ModeExact, ascending(2001, 1, 20), ""},
		{"ZIP codes", schema.ModeNormalized, []string{"00501", "02139", "10001"}, ""},
		{"out of order", schema.ModeNormalized, []string{"0", "15000", "5000"}, ""},
		{"a word among them", schema.ModeNormalized, []string{"0", "5000", "more"}, ""},
		{"two rows", schema.ModeNormalized, []string{"0", "5000"}, ""},
		{"a thousand and more", schema.ModeNormalized, ascending(0, 5, 1001), ""},
		{"already", schema.ModeAtLeast, []string{"0", "5000", "15000"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			list := told(warned(t, matching(c.mode), []string{"k", "out"}, rowsOf(c.cells...)))
			text := fmt.Sprintf(`THRESHOLDS 0 k: the cells are single %s: in lookup "t", mode %s, each is hit by itself alone, and a value between two of them hits nothing; if each holds from there on, use mode atLeast, and if up to there, mode atMost`, c.want, c.mode)
			if c.want == "" {
				for _, line := range list {
					require.NotContains(t, line, "THRESHOLDS")
				}
				return
			}
			require.Contains(t, list, text)
		})
	}
	two := schema.Lookup{Match: []schema.Match{{Column: "k", ColumnTo: "out", Mode: schema.ModeRange}}}
	require.Empty(t, codes(warned(t, two, []string{"k", "out"}, [][]string{{"0", "9"}, {"10", "19"}}))["THRESHOLDS"], "these are the ends of spans")
}

func TestAnAddressAmongDomainsIsTold(t *testing.T) {
	t.Parallel()
	list := told(warned(t, matching(schema.ModeDomain), []string{"k", "out"}, rowsOf("acme.com", "jane@gmail.com", "@globex.org", "https://user@initech.com/a@b", "Jane <jane@hooli.com>")))
	require.Equal(t, []string{
		`LOOKS_LIKE_ADDRESS 2 k: "jane@gmail.com" is an e-mail address: in lookup "t", mode domain, all addresses of its host hit this row; write the host alone, or match the address in mode normalized`,
		`LOOKS_LIKE_ADDRESS 5 k: "Jane <jane@hooli.com>" is an e-mail address: in lookup "t", mode domain, all addresses of its host hit this row; write the host alone, or match the address in mode normalized`,
	}, list)
}

// The same use of a column by two lookups is told once, and another use for itself; without
// an upload it is the same.
func TestEachUseOfAColumnIsLookedAtOnce(t *testing.T) {
	t.Parallel()
	of := scantest.New([]string{"k", "out"}, rowsOf("0", "5000", "15000", "-"), 2)
	lookups := []schema.Lookup{
		settled(t, of.Version, schema.Lookup{Name: "a", Match: []schema.Match{{Column: "k"}}}),
		settled(t, of.Version, schema.Lookup{Name: "b", Match: []schema.Match{{Column: "k"}}}),
		settled(t, of.Version, schema.Lookup{Name: "c", Match: []schema.Match{{Column: "k", Mode: schema.ModeExact}}}),
	}
	var w check.Warnings
	require.NoError(t, check.Meanings(context.Background(), of, of.Version, lookups, &w))
	all := w.All(nil)
	list := all.List
	require.Equal(t, 2, all.Total())
	require.Contains(t, list[0].Message, `lookup "a", mode normalized`)
	require.Contains(t, list[1].Message, `lookup "c", mode exact`)
	require.Equal(t, 4, list[0].Row)
}

func TestAnExactKeyThatDiffersByTheKindOfASignIsAVariant(t *testing.T) {
	t.Parallel()
	for _, pair := range [][2]string{
		{"O'Neil", "O’Neil"}, {"A-1", "A–1"}, {"A-1", "A\u20111"}, {`5" pipe`, "5″ pipe"}, {"co-op", "co\u00ad-op"}, {"Acme", "ACME"}, {"New York", "New\u00a0York"}, {"1", "１"},
	} {
		list := told(warned(t, matching(schema.ModeExact), []string{"k", "out"}, rowsOf(pair[0], pair[1])))
		require.Equal(t, []string{fmt.Sprintf(`KEY_VARIANT 2 k: the key (%q) differs from that of row 1 only by case, spaces, invisible characters or the kind of a dash, quote or apostrophe, which mode exact in lookup "t" tells apart`, pair[1])}, list, "%q", pair)
	}
	require.Empty(t, warned(t, matching(schema.ModeExact), []string{"k", "out"}, rowsOf("O'Neil", "O`Neil", "ONeil")))
}

func TestLimitsAndCellsThatMeanAnythingStandInEachOthersWay(t *testing.T) {
	t.Parallel()
	columns := []string{"c", "k", "out"}
	match := []schema.Match{{Column: "c", Anything: []string{"*"}}, {Column: "k", Mode: schema.ModeAtLeast}}
	rows := [][]string{{"US", "0", "a"}, {"US", "5000", "b"}, {"us", "5,000", "c"}, {"*", "0", "d"}, {"DE", "", "e"}}
	require.Equal(t, []string{
		`OVERLAP 3 c + k: one value can hit it and row 2 ("US", "5000") in lookup "t": hit policy unique gives such a lead neither of them`,
		`OVERLAP 4 c + k: one value can hit it and row 1 ("US", "0") in lookup "t": hit policy unique gives such a lead neither of them`,
		`EMPTY_KEY 5 c + k: no key in lookup "t": no lead can match this row`,
	}, sortedByRow(told(warned(t, schema.Lookup{Match: match, HitPolicy: "unique"}, columns, rows))))
	require.Equal(t, []string{
		`DUPLICATE_KEY 3 c + k: it says the same as row 2 ("US", "5000") in lookup "t": no lead gets this row`,
		`EMPTY_KEY 5 c + k: no key in lookup "t": no lead can match this row`,
	}, sortedByRow(told(warned(t, schema.Lookup{Match: match}, columns, rows))))
	match[1].Anything = []string{""}
	require.Empty(t, codes(warned(t, schema.Lookup{Match: match}, columns, rows))["EMPTY_KEY"], "an empty cell means anything")
	condition := []schema.Match{{Column: "k", Mode: schema.ModeCondition, Anything: []string{"-"}}}
	require.Equal(t, 1, codes(warned(t, schema.Lookup{Match: condition}, columns, rows))["EMPTY_KEY"], "and here it does not")
}

func TestATextThatLooksLikeATestIsTold(t *testing.T) {
	t.Parallel()
	rows := rowsOf("10-20", `"10-20"`, "10+", "US or CA", "not US", "US", "94105-1234", "[10..20]", "A-F")
	told := told(warned(t, matching(schema.ModeCondition), []string{"k", "out"}, rows))
	require.Equal(t, []string{
		`LOOKS_LIKE_SPAN 1 k: in lookup "t", mode condition, the item 10-20 is a text here and looks like a span; write [10..20], or put it in quotes`,
		`LOOKS_LIKE_SPAN 3 k: in lookup "t", mode condition, the item 10+ is a text here and looks like a span; write >= 10, or put it in quotes`,
	}, told[:2])
	require.Len(t, told, 4)
	for i, row := range []string{"4", "5"} {
		require.Contains(t, told[2+i], "LOOKS_LIKE_TEST "+row+" k: ")
	}
	require.Contains(t, told[2], `"US", "CA"`)
	require.Contains(t, told[3], `not("US")`)
}
