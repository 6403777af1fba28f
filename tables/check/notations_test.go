package check_test

import (
	"hash/maphash"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/check"
	"tablestep/tables/column"
	"tablestep/tables/notation"
	"tablestep/tables/schema"
)

// surveyed takes columns in, each cells with a | between them, and gives how they are
// written and what is said of it. Columns are called a, b, c.
func surveyed(t testing.TB, live *schema.Version, lookups []schema.Lookup, asked map[string]schema.Notation, columns ...string) (*schema.Version, []schema.Warning) {
	t.Helper()
	names := []string{"a", "b", "c"}[:len(columns)]
	n, _, err := check.NotationsOf(names, live, lookups, asked, false)
	require.NoError(t, err)
	v, seed := schema.NamedVersion(names), maphash.MakeSeed()
	stats := make([]check.Stats, len(columns))
	for c, cells := range columns {
		stats[c] = check.NewStats(len(columns))
		var list column.Cells
		for cell := range strings.SplitSeq(cells, "|") {
			list.Append(cell)
		}
		stats[c].Add(seed, list.Chunk())
	}
	var w check.Warnings
	n.Settle(v, stats, &w)
	list := w.All(nil).List
	return v, list
}

func TestHowAColumnIsWrittenIsFoundInItsCells(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		columns []string
		want    schema.Notation // of the first
		says    []string        // codes
	}{
		{[]string{"1|2|007"}, schema.Notation{}, nil},
		{[]string{"Ann|Bo"}, schema.Notation{}, nil},
		{[]string{"1,001|2"}, schema.Notation{Numbers: notation.CommaPoint}, nil},
		{[]string{"1.001,5|2"}, schema.Notation{Numbers: notation.PointComma}, nil},
		{[]string{"1 001|2"}, schema.Notation{Numbers: notation.SpaceComma}, nil},
		{[]string{"1'001.5|2"}, schema.Notation{Numbers: notation.ApostrophePoint}, nil},
		{[]string{"1.001|2"}, schema.Notation{Numbers: notation.CommaPoint}, []string{schema.WarnOrderUndecided}},
		{[]string{"1.001|2", "3,5"}, schema.Notation{Numbers: notation.PointComma}, nil},
		{[]string{"1.001|2", "1,234,567.5"}, schema.Notation{Numbers: notation.CommaPoint}, []string{schema.WarnOrderUndecided}},
		{[]string{"1,001-5,000|5,001+|<= 1,000"}, schema.Notation{Numbers: notation.CommaPoint}, nil},
		{[]string{"1.001,5-5.000|[1.000..2.000,5)|>= 7,25"}, schema.Notation{Numbers: notation.PointComma}, nil},
		{[]string{"03/04/2024", "04/04/2024"}, schema.Notation{Dates: notation.MonthFirst}, []string{schema.WarnOrderUndecided}},
		{[]string{"1.000,5..2.000,5"}, schema.Notation{Numbers: notation.PointComma}, nil},
		{[]string{"5 kg|1,000 kg\u200e"}, schema.Notation{Numbers: notation.CommaPoint, Unit: "kg"}, nil},
		{[]string{"03/04/2024 - 31/12/2024"}, schema.Notation{Dates: notation.DayFirst}, nil},
		{[]string{"1.001,5|2.000,5|3,000.5"}, schema.Notation{Numbers: notation.PointComma}, []string{schema.WarnMixedNotation}},
		{[]string{"5 kg|1,000 kg"}, schema.Notation{Numbers: notation.CommaPoint, Unit: "kg"}, nil},
		{[]string{"10-20 employees|20+ employees"}, schema.Notation{Numbers: notation.CommaPoint, Unit: "employees"}, nil},
		{[]string{"2024-03-31|2024-04-01"}, schema.Notation{Dates: notation.YearFirst}, nil},
		{[]string{"20240331|20240401"}, schema.Notation{Packed: true}, nil},
		{[]string{"20240101-20240331|-|>20240401"}, schema.Notation{Packed: true}, nil},
		{[]string{"20240331|20249999"}, schema.Notation{}, nil},
		{[]string{"20240331|soon"}, schema.Notation{}, nil},
		{[]string{"20240331|2024-04-01"}, schema.Notation{Dates: notation.YearFirst}, []string{schema.WarnMixedNotation}},
		{[]string{"31/03/2024|01/04/2024"}, schema.Notation{Dates: notation.DayFirst}, nil},
		{[]string{"3/31/2024|1/4/2024"}, schema.Notation{Dates: notation.MonthFirst}, nil},
		{[]string{"01/04/2024|02/04/2024"}, schema.Notation{Dates: notation.MonthFirst}, []string{schema.WarnOrderUndecided}},
		{[]string{"01/04/2024|02/04/2024", "31/12/2024"}, schema.Notation{Dates: notation.DayFirst}, nil},
		{[]string{">= 01/04/2024|< 31/12/2024"}, schema.Notation{Dates: notation.DayFirst}, nil},
		{[]string{"01/01/2024 - 31/03/2024|01/04/2024-30/06/2024"}, schema.Notation{Dates: notation.DayFirst}, nil},
		{[]string{"31/03/2024|30/03/2024|3/31/2024"}, schema.Notation{Dates: notation.DayFirst}, []string{schema.WarnMixedNotation}},
		{[]string{"415-555-1234|416-555-1234"}, schema.Notation{}, nil},
	} {
		v, warnings := surveyed(t, nil, nil, nil, c.columns...)
		require.Equal(t, c.want, v.Columns[0].Notation, "%q", c.columns)
		var codes []string
		for _, w := range warnings {
			if w.Column == "a" {
				codes = append(codes, w.Code)
			}
		}
		require.Equal(t, c.says, codes, "%q", c.columns)
	}
}

func TestWhatCannotBeDecidedSaysWhatWasAssumedAndHowToChangeIt(t *testing.T) {
	t.Parallel()
	_, warnings := surveyed(t, nil, nil, nil, "1.500|2.500", "03/04/2024")
	require.Len(t, warnings, 2)
	require.Contains(t, warnings[0].Message, "1.500 is taken for 1.5")
	require.Contains(t, warnings[0].Message, "numbers=a:1.234,5")
	require.Contains(t, warnings[1].Message, "03/04/2024 is taken for 4 March")
	require.Contains(t, warnings[1].Message, "dates=b:dmy")
}

func TestTheTwoEndsOfSpansAreWrittenAlike(t *testing.T) {
	t.Parallel()
	lookup := schema.Lookup{Match: []schema.Match{{Column: "a", ColumnTo: "b", Mode: schema.ModeRange}}}
	v, warnings := surveyed(t, nil, []schema.Lookup{lookup}, nil, "01/01/2024|01/04/2024", "31/03/2024|30/06/2024")
	require.Empty(t, warnings)
	require.Equal(t, notation.DayFirst, v.Columns[0].Dates)
	require.Equal(t, notation.DayFirst, v.Columns[1].Dates)
}

func TestAnUploadChangesNothingWhereALookupUsesTheColumn(t *testing.T) {
	t.Parallel()
	live := schema.NamedVersion([]string{"a", "b"})
	live.Columns[0].Notation = schema.Notation{Numbers: notation.PointComma}
	live.Columns[1].Notation = schema.Notation{Numbers: notation.PointComma}
	lookup := schema.Lookup{Match: []schema.Match{{Column: "a"}}}
	v, _ := surveyed(t, live, []schema.Lookup{lookup}, nil, "1,234.5", "1,234.5")
	require.Equal(t, notation.PointComma, v.Columns[0].Numbers, "a lookup uses it")
	require.Equal(t, notation.CommaPoint, v.Columns[1].Numbers, "none does")
	v, _ = surveyed(t, live, []schema.Lookup{lookup}, map[string]schema.Notation{"a": {Dates: notation.DayFirst}, "b": {Numbers: notation.SpaceComma}}, "1", "1,234.5")
	require.Equal(t, schema.Notation{Numbers: notation.PointComma, Dates: notation.DayFirst}, v.Columns[0].Notation)
	require.Equal(t, notation.SpaceComma, v.Columns[1].Numbers, "as a person says")

	names := []string{"a", "b"}
	of := func(asked map[string]schema.Notation, patch bool) error {
		_, guards, err := check.NotationsOf(names, live, []schema.Lookup{lookup}, asked, patch)
		if err != nil {
			return err
		}
		return schema.Refuse("t", 0, guards, schema.Findings{})
	}
	other := map[string]schema.Notation{"a": {Numbers: notation.CommaPoint}}
	require.ErrorIs(t, of(other, false), schema.ErrConflict)
	require.ErrorContains(t, of(other, false), `column "a" is used by a lookup and written as 1.234,5`)
	require.NoError(t, of(map[string]schema.Notation{"b": {Numbers: notation.CommaPoint}}, false))
	require.ErrorIs(t, of(map[string]schema.Notation{"b": {Numbers: notation.CommaPoint}}, true), schema.ErrConflict, "a patch keeps all")
	require.ErrorIs(t, of(map[string]schema.Notation{"z": {}}, false), schema.ErrColumnNotFound)
	err := of(map[string]schema.Notation{"a": {Numbers: "1.2.3"}}, false)
	require.ErrorIs(t, err, schema.ErrInvalid)
	require.ErrorContains(t, err, "1.234,5")
	require.ErrorIs(t, of(map[string]schema.Notation{"a": {Dates: "ydm"}}, false), schema.ErrInvalid)
}

// Patterns are read while rows come in where it is known how their cells are written.
func TestPatternsWaitForTheNotationOfTheirColumns(t *testing.T) {
	t.Parallel()
	live := schema.NamedVersion([]string{"a", "b"})
	live.Columns[0].Notation = schema.Notation{Numbers: notation.PointComma}
	lookups := []schema.Lookup{{Match: []schema.Match{{Column: "a", Mode: schema.ModeRange}, {Column: "b", Mode: schema.ModeCondition}, {Column: "b", Mode: schema.ModePrefix}}}}
	n, _, err := check.NotationsOf([]string{"a", "b"}, live, lookups, nil, false)
	require.NoError(t, err)
	v := schema.NamedVersion([]string{"a", "b"})
	n.Apply(v)
	patterns := check.PatternsOf(v, lookups)
	require.Len(t, patterns, 3)
	early := n.Early(patterns)
	require.Len(t, early, 2)
	require.False(t, slices.ContainsFunc(early, patterns[1].Same), "nobody knows yet")
}
