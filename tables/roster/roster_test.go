package roster_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/tables/notation"
	"tablestep/tables/roster"
	"tablestep/tables/schema"
)

// read reads rows of name, weight, cap and absences.
func read(t *testing.T, v *schema.Version, rows [][4]string) (*roster.Roster, []roster.Problem) {
	t.Helper()
	columns, err := roster.ColumnsOf(v, &schema.Lookup{RowKey: "name", WeightColumn: "weight", CapColumn: "cap", AwayColumn: "away"})
	require.NoError(t, err)
	require.Equal(t, []int{0, 1, 2, 3}, columns.List())
	r := roster.New(columns)
	var problems []roster.Problem
	for at := 0; at < len(rows); at += 2 { // in several pieces, as row groups come
		piece := rows[at:min(at+2, len(rows))]
		r.Add(len(piece), func(c, row int) string { return piece[row][c] }, func(p roster.Problem) { problems = append(problems, p) })
	}
	return r, problems
}

func team() *schema.Version { return schema.NamedVersion([]string{"name", "weight", "cap", "away"}) }

func TestTheCellsOfARowSayHowItTakesTurns(t *testing.T) {
	v := team()
	v.Columns[2].Notation.Numbers = notation.PointComma
	r, problems := read(t, v, [][4]string{
		{" ana@example.com ", "", "", ""},
		{"bo@example.com", "3", "1.000", "2026-12-24..2026-12-31; 2027-01-04"},
		{"cy@example.com", "0", "0", ">= 2027-03-01"},
	})
	require.Empty(t, problems)
	names := []string{}
	for i, row := range r.Rows {
		names = append(names, fmt.Sprint(row.Name, " ", row.Weight, " ", row.Cap, " ", row.Broken))
		n, ok := r.Number(row.Name)
		require.True(t, ok)
		require.Equal(t, i, n)
	}
	require.Equal(t, []string{"ana@example.com 1 -1 false", "bo@example.com 3 1000 false", "cy@example.com 0 0 false"}, names)
	_, known := r.Number("dan@example.com")
	require.False(t, known)

	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	for at, free := range map[string]bool{
		"2026-12-23T23:59:59": true, "2026-12-24T00:00:00": false, "2026-12-31T23:59:59": false, "2027-01-01T00:00:00": true, "2027-01-04T12:00:00": false, "2027-01-05T00:00:00": true,
	} {
		moment, err := time.ParseInLocation("2006-01-02T15:04:05", at, berlin)
		require.NoError(t, err)
		require.Equal(t, free, r.Rows[1].Free(moment), at)
		require.True(t, r.Rows[0].Free(moment))
		require.False(t, r.Rows[2].Free(moment), "weight 0 is out")
	}
	// A day is that of the clock of the moment's zone: in UTC it is still the day before.
	require.True(t, r.Rows[1].Free(time.Date(2026, 12, 23, 23, 30, 0, 0, time.UTC)))
	require.False(t, r.Rows[1].Free(time.Date(2026, 12, 23, 23, 30, 0, 0, time.UTC).In(berlin)))
}

func TestACellThatSaysNothingTakesItsRowOutAndIsTold(t *testing.T) {
	r, problems := read(t, team(), [][4]string{
		{"ana", "half", "", ""},
		{"", "", "", ""},
		{"ana", "", "", ""},
		{"bo", "-1", "", ""},
		{"cy", "1.5", "", ""},
		{"dan", "100001", "", ""},
		{"eve", "", "many", ""},
		{"fay", "", "", "next week"},
		{"gus", "", "", "2026-12-31..2026-12-24"},
		{"hal", "", "", "2026-12-24; 7"},
		{strings.Repeat("x", 256), "", "", ""},
		{"ok", "1", "1", "2026-12-24;"},
	})
	for i, row := range r.Rows {
		require.Equal(t, row.Name != "ok", row.Broken, i)
		require.Equal(t, row.Name == "ok", row.Free(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)))
	}
	told := []string{}
	for _, p := range problems {
		text, _, _ := strings.Cut(p.Message, "\n")
		told = append(told, fmt.Sprint(p.Row, " ", p.Column, " ", p.Code, " ", text))
	}
	require.Equal(t, []string{
		`1 1 BAD_TURN "half" is no weight: write a whole number from 0, which takes the row out, to 100000, or leave it empty for 1`,
		`2 0 ROW_KEY the cell is empty and so names no row: fill it in`,
		`3 0 ROW_KEY "ana" names row 1 already: give each row a name of its own`,
		`4 1 BAD_TURN "-1" is no weight: write a whole number from 0, which takes the row out, to 100000, or leave it empty for 1`,
		`5 1 BAD_TURN "1.5" is no weight: write a whole number from 0, which takes the row out, to 100000, or leave it empty for 1`,
		`6 1 BAD_TURN "100001" is no weight: write a whole number from 0, which takes the row out, to 100000, or leave it empty for 1`,
		`7 2 BAD_TURN "many" is no cap: write a whole number from 0 to 1000000000, or leave it empty for none`,
		`8 3 BAD_TURN it is no date and no span of dates; write a day as 3/31/2024 or 2024-03-31, the first and the last of several as 2024-03-25..2024-03-31, and a semicolon between spans`,
		`9 3 BAD_TURN the range ends before it begins`,
		`10 3 BAD_TURN it is no date and no span of dates; write a day as 3/31/2024 or 2024-03-31, the first and the last of several as 2024-03-25..2024-03-31, and a semicolon between spans`,
		`11 0 ROW_KEY a name of 256 bytes, 255 are the most: shorten it`,
	}, told)
	require.Contains(t, problems[9].Message, "2026-12-24; 7\n            ^", "the caret stands under the spot of the whole cell")
}

func TestColumnsThatAreNotThereAreNamed(t *testing.T) {
	_, err := roster.ColumnsOf(team(), &schema.Lookup{RowKey: "name", CapColumn: "most"})
	require.ErrorIs(t, err, schema.ErrColumnNotFound)
	require.ErrorContains(t, err, `capColumn "most"`)
	_, err = roster.ColumnsOf(team(), &schema.Lookup{Name: "l"})
	require.ErrorIs(t, err, schema.ErrInvalid)
	columns, err := roster.ColumnsOf(team(), &schema.Lookup{RowKey: "away", CapColumn: "name", AwayColumn: "away"})
	require.NoError(t, err)
	require.Equal(t, []int{0, 3}, columns.List(), "each once, in order")
}
