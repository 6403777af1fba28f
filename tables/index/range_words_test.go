package index_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/column"
	"tablestep/tables/index"
	"tablestep/tables/notation"
	"tablestep/tables/schema"
)

// Each way of writing a half-open span, held against what lies below 10, 10 itself, and what
// lies above it.
func TestTheWordsOfASpanSayWhetherItsEndBelongsToIt(t *testing.T) {
	t.Parallel()
	for hits, cells := range map[string][]string{
		"at and above": {
			"10+", "$10+", "10 and up", "10 and above", "10 and over", "10 and more", "10 and greater", "10 and higher", "10 or more", "10 or above", "10 or over", "10 or up",
			"10 or greater", "10 or higher", "10 plus", "10  AND  UP", "from 10", "From  10", "at least 10", "not less than 10", "no less than 10", "min 10", "min. 10", "minimum 10",
			"starting at 10", "starting from 10", "since 10", ">=10", "≥ 10", "10..", " 10 .. ",
		},
		"above": {"> 10", "over 10", "OVER 10", "above 10", "more than 10", "greater than 10", "larger than 10", "bigger than 10", "higher than 10", "exceeding 10", "after 10"},
		"at and below": {
			"up to 10", "Up To 10", "at most 10", "not more than 10", "no more than 10", "max 10", "max. 10", "maximum 10", "until 10", "till 10", "through 10", "to 10", "≤10", "<= 10", "..10",
			"10 and below", "10 and under", "10 and less", "10 and fewer", "10 and lower", "10 and down", "10 or less", "10 or fewer", "10 or below", "10 or under", "10 or lower",
		},
		"below": {"< 10", "under 10", "below 10", "less than 10", "fewer than 10", "smaller than 10", "lower than 10"},
		"at":    {"10", "=10", "== 10", "10.0", "$10", "10 EUR", "10-10", "10 to 10", "1000%"},
	} {
		for _, cell := range cells {
			var got []string
			for value, place := range map[string]string{"9.99": "below", "10": "at", "10.01": "above"} {
				if len(rowsHit(t, schema.ModeRange, schema.Notation{}, value, cell)) > 0 {
					got = append(got, place)
				}
			}
			require.ElementsMatch(t, strings.Split(hits, " and "), got, "%q", cell)
		}
	}
}

func TestASpanOfDaysIsWrittenWithTheSameWords(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string][3]bool{ // the day before, the day itself in the evening, the day after
		"before 2024-03-31":                            {true, false, false},
		"until 2024-03-31":                             {true, true, false},
		"2024-03-31 or earlier":                        {true, true, false},
		"2024-03-31 and earlier":                       {true, true, false},
		"since 2024-03-31":                             {false, true, true},
		"2024-03-31 or later":                          {false, true, true},
		"2024-03-31 and after":                         {false, true, true},
		"after 2024-03-31":                             {false, false, true},
		"3/31/2024 and later":                          {false, true, true},
		"2024-03-31+":                                  {false, true, true},
		"3/31/2024–3/31/2024":                          {false, true, false},
		"from 3/31/2024 to 2024-04-01":                 {false, true, true},
		"between 2024-03-30 and 2024-03-31":            {true, true, false},
		"2024-03-30 10:00 to 2024-03-31 10:00":         {true, false, false},
		"2024-03-31T00:00:00Z..2024-03-31T23:59:59.9Z": {false, true, false},
	} {
		for i, value := range []string{"2024-03-30T20:00:00Z", "3/31/2024 20:00", "2024-04-01"} {
			require.Equal(t, want[i], len(rowsHit(t, schema.ModeRange, schema.Notation{}, value, cell)) == 1, "%q, %q", cell, value)
		}
	}
}

// A text keeps its words where no number, amount or date stands beside them.
func TestWordsBesideATextAreText(t *testing.T) {
	t.Parallel()
	requireEqualities(t, schema.ModeRange, []string{
		"up to date", "over the moon", "under construction", "from A to Z", "since ever", "min", "max", "maximum effort", "to be or not to be", "before noon", "after work", "more than words",
		"between you and me", "at least one", "one or more", "ten and up", "Top 10 or more", "Route 66 to LA", "until further notice", "starting at dawn", "no more than enough", "through", "or less",
		"A or more", "A and up", "B to C", "till", "exceeding expectations", "plus", "A plus",
	})
}

func TestTheRightSpellingIsThatOfTheColumn(t *testing.T) {
	t.Parallel()
	english, german := schema.Notation{}, schema.Notation{Numbers: notation.PointComma, Dates: notation.DayFirst}
	french, swiss := schema.Notation{Numbers: notation.SpaceComma, Dates: notation.YearFirst}, schema.Notation{Numbers: notation.ApostrophePoint}
	for _, c := range []struct {
		n           schema.Notation
		cell, write string
	}{
		{english, ">= 1.234,5", "write 1234.5"},
		{english, ">= 1 234", "write 1234"},
		{english, ">= 1'234.5", "write 1234.5"},
		{english, ">= 5k", "write 5K"},
		{english, ">= 2.5m", "write 2.5M"},
		{english, ">= 3 million", "write 3M"},
		{english, ">= 10 people", "write 10"},
		{english, ">= 31.12.2024", "write 2024-12-31"},
		{english, ">= 31 December 2024", "write 2024-12-31"},
		{english, ">= Dec 31, 2024", "2024-12-31"},
		{english, ">= 1st Jan 2024", "write 2024-01-01"},
		{english, ">= 20240331x", "write 20240331"},
		{english, ">= 1.2.3", "dates of this column are written like 3/31/2024"},
		{german, ">= 1,234.5", "write 1234,5"},
		{german, ">= 1'234", "write 1234"},
		{german, ">= 12/31/2024", "write 2024-12-31"},
		{german, ">= 1.5.3", "dates of this column are written like 31/3/2024"},
		{german, ">= 5 kg", "write 5"},
		{french, ">= 1.234,5", "write 1234,5"},
		{french, ">= 3/31/2024", "write 2024-03-31"},
		{swiss, ">= 1,234.5", "write 1234.5"},
		{swiss, ">= 1 234,5", "write 1234.5"},
	} {
		for _, mode := range []schema.Mode{schema.ModeRange, schema.ModeCondition} {
			cell := c.cell
			if mode == schema.ModeCondition && strings.Contains(cell, "Dec 31,") {
				continue // The comma begins another item there.
			}
			err := index.CheckCell(mode, cell, c.n)
			require.ErrorContains(t, err, c.write, "%s %q", mode, cell)
			_, offer, ok := strings.Cut(err.Error(), "write ")
			offer, _, _ = strings.Cut(offer, " or ")
			offer, _, _ = strings.Cut(offer, " (")
			require.True(t, ok, "%v", err)
			require.NoError(t, index.CheckCell(mode, ">= "+offer, c.n), "the offer of %q", cell)
		}
	}
}

// A value that is a span costs those that are none nothing, and is read as the cells are.
func TestValuesThatAreSpansAreReadInTheirNotation(t *testing.T) {
	t.Parallel()
	cells := column.FromStrings([]string{"1000-2000", "0-10"})
	p := index.Part{Mode: schema.ModeRange, Cells: cells, Values: schema.Notation{Numbers: notation.PointComma}}
	hits := lookUp(t, p, "1.200-1.500", "1.200 to 1.900 people", "1,5-2,5", "1.200-", "a1.200-1.500", "5", "1.200–1.100", "1.200-1.500 (about)", strings.Repeat(" ", 200)+"1-2")
	require.Equal(t, []int32{0, 1, 2, 3, 3, 3, 4, 4, 4, 4}, hits.Starts)
	require.Equal(t, []int32{0, 0, 1, 1}, hits.Rows)
	english := lookUp(t, index.Part{Mode: schema.ModeRange, Cells: cells}, "1.200-1.500", "1,200-1,500")
	require.Equal(t, []int32{1, 0}, english.Rows)
}
