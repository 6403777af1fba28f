package check_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/check"
	"tablestep/tables/column"
	"tablestep/tables/scan/scantest"
	"tablestep/tables/schema"
)

func TestKeysThatCannotBeFoundAreWarnedOf(t *testing.T) {
	of := scantest.New([]string{"country", "code"}, [][]string{
		{"Germany", "DE"},
		{"germany\u00a0", "de"},
		{"", "FR"},
		{" ", "DE"},
		{"France", "FR "},
		{"GERMANY", "X"},
	}, 4)
	list, total := upload(t, of, check.Upload{Lookups: []schema.Lookup{
		settled(t, of.Version, schema.Lookup{Match: []schema.Match{{Column: "country"}}}),
		settled(t, of.Version, schema.Lookup{Name: "strict", Match: []schema.Match{{Column: "code", Mode: schema.ModeExact}}}),
	}})
	type place struct {
		row          int
		column, code string
	}
	places := []place{}
	for _, w := range list {
		places = append(places, place{w.Row, w.Column, w.Code})
	}
	require.Equal(t, []place{
		{2, "country", schema.WarnDuplicateKey},
		{2, "code", schema.WarnKeyVariant},
		{3, "country", schema.WarnEmptyKey},
		{4, "country", schema.WarnEmptyKey},
		{4, "code", schema.WarnDuplicateKey},
		{5, "code", schema.WarnKeyVariant},
		{6, "country", schema.WarnDuplicateKey},
	}, places)
	require.Contains(t, list[0].Message, "row 1")
	require.Contains(t, list[5].Message, "row 3")
	require.Equal(t, len(list), total)
}

func TestCellsThatWouldDoHarmAreWarnedOf(t *testing.T) {
	rows := [][]string{
		{"a", "1", strings.Repeat("é", 128), strings.Repeat("x", 2000)},
		{"b", "many", "null", strings.Repeat("x", 2001)},
		{"c", "", " NULL ", ""},
	}
	// Often enough for a dictionary: rows of one bad value are all found.
	for i := range 200 {
		rows = append(rows, []string{fmt.Sprint("k", i), "many", "fine", "fine"})
	}
	of := scantest.New([]string{"k", "n", "s", "t"}, rows, 0)
	list, total := upload(t, of, check.Upload{Lookups: []schema.Lookup{settled(t, of.Version, schema.Lookup{
		Match: []schema.Match{{Column: "k"}}, Outputs: []schema.Output{
			{Column: "n", Field: "n", Type: schema.TypeInteger}, {Column: "s", Field: "s"}, {Column: "t", Field: "t", Type: schema.TypeText},
		},
	})}})
	counts := codes(list)
	require.Equal(t, map[string]int{schema.WarnTooLong: 2, schema.WarnTextNull: 2, schema.WarnNotOfType: 101}, counts)
	require.Equal(t, 2+2+201, total)
	last := list[len(list)-1]
	require.Equal(t, schema.Warning{Code: schema.WarnNotOfType, Severity: schema.SeverityChange, More: 101, Message: "… and 101 more of this kind"}, last)
	for i := 1; i < len(list)-1; i++ {
		require.LessOrEqual(t, list[i-1].Row, list[i].Row)
	}
}

// Each lookup looks at all rows in its own way; the rows are read once for all of them.
func TestTheRowsOfAnUploadAreReadOnceHoweverManyLookupsThereAre(t *testing.T) {
	t.Parallel()
	of := scantest.Make([]string{"k", "code", "low", "high", "like", "v"}, 100, func(row int, cells []string) bool {
		cells[0], cells[1] = fmt.Sprint("key ", row%900), fmt.Sprint("C", row)
		cells[2], cells[3] = fmt.Sprint(10*row), fmt.Sprint(10*row+row%13)
		cells[4], cells[5] = fmt.Sprintf("*campaign-%d*", row%950), fmt.Sprint(row%7)
		return row < 1000
	})
	outputs := []schema.Output{{Column: "v", Field: "v"}}
	var lookups []schema.Lookup
	for _, l := range []schema.Lookup{
		{Match: []schema.Match{{Column: "k"}}},
		{Name: "strict", Match: []schema.Match{{Column: "code", Mode: schema.ModeExact}}},
		{Name: "agreed", Match: []schema.Match{{Column: "k"}, {Column: "code"}}, HitPolicy: schema.PolicyAny, Outputs: outputs},
		{Name: "band", Match: []schema.Match{{Column: "low", ColumnTo: "high", Mode: schema.ModeRange}}, HitPolicy: schema.PolicyAny, Outputs: outputs},
		{Name: "like", Match: []schema.Match{{Column: "like", Mode: schema.ModeWildcard}}},
		{Name: "all", Match: []schema.Match{{Column: "like", Mode: schema.ModeWords}}, HitPolicy: schema.PolicyCollect, Aggregate: schema.AggregateCount},
	} {
		lookups = append(lookups, settled(t, of.Version, l))
	}
	var w check.Warnings
	require.NoError(t, check.Rows(context.Background(), of, of.Version, check.Upload{Table: "t", Lookups: lookups}, &w))
	for c, described := range of.Version.Columns {
		require.Equal(t, 1, of.Reads(c), described.Name)
	}
	list := w.All(nil).List
	require.Equal(t, map[string]int{schema.WarnDuplicateKey: 101, schema.WarnOverlap: 1}, map[string]int{
		schema.WarnDuplicateKey: codes(list)[schema.WarnDuplicateKey], schema.WarnOverlap: min(1, codes(list)[schema.WarnOverlap]),
	}, "and all of them have looked")
}

func TestLookupsWithTheSameKeyWarnOnce(t *testing.T) {
	t.Parallel()
	of := scantest.New([]string{"k", "v"}, [][]string{{"a", "1"}, {"A", "2"}}, 0)
	match := []schema.Match{{Column: "k"}}
	list, _ := upload(t, of, check.Upload{Lookups: []schema.Lookup{
		settled(t, of.Version, schema.Lookup{Match: match}),
		settled(t, of.Version, schema.Lookup{Name: "other", Match: match}),
		settled(t, of.Version, schema.Lookup{Name: "strict", Match: match, HitPolicy: schema.PolicyUnique}),
	}})
	require.Equal(t, map[string]int{schema.WarnDuplicateKey: 1, schema.WarnOverlap: 1}, codes(list))
}

// With ten million rows, what one lookup remembers of them is 160 MB.
func TestLooksThatRememberMuchAreNotTakenTogether(t *testing.T) {
	t.Parallel()
	require.Equal(t, 3, check.Together(1, 2, 3))
	require.Equal(t, 2, check.Together(check.PassBytes/2, check.PassBytes/2, 1))
	require.Equal(t, 1, check.Together(check.PassBytes/2+1, check.PassBytes/2))
	require.Equal(t, 1, check.Together(2*check.PassBytes, 1), "one alone always")
	require.Equal(t, 1, check.Together(2*check.PassBytes))
}

func TestRowsThatCannotBeReadAreAnErrorAndNoWarning(t *testing.T) {
	t.Parallel()
	of := scantest.New([]string{"k", "v"}, [][]string{{"a", "1"}, {"b", "2"}, {"c", "3"}}, 2)
	of.Damage(1, 0)
	var w check.Warnings
	l := settled(t, of.Version, schema.Lookup{Match: []schema.Match{{Column: "k"}}})
	require.ErrorIs(t, check.Rows(context.Background(), of, of.Version, check.Upload{Table: "t", Lookups: []schema.Lookup{l}}, &w), column.ErrCorrupt)
}
