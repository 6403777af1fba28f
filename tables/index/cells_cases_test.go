package index_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/column"
	"tablestep/tables/index"
	"tablestep/tables/notation"
	"tablestep/tables/schema"
)

// rowsHit are the rows of cells, written as n says, that a value hits.
func rowsHit(t testing.TB, mode schema.Mode, n schema.Notation, value string, cells ...string) []int {
	t.Helper()
	for _, cell := range cells {
		require.NoError(t, index.CheckCell(mode, cell, n), "%s %q", mode, cell)
	}
	found, _ := lookUp(t, index.Part{Mode: mode, Cells: column.FromStrings(cells), Notation: n, Values: n}, value).Of(0)
	rows := []int{}
	for _, row := range found {
		rows = append(rows, int(row))
	}
	return rows
}

// Cells that went silently wrong, and what is right. See the table of each mode in
// MATCHING.md.
func TestCellsMeanWhatPeopleMean(t *testing.T) {
	t.Parallel()
	dmy := schema.Notation{Dates: notation.DayFirst}
	mdy := schema.Notation{Dates: notation.MonthFirst}
	german := schema.Notation{Numbers: notation.PointComma}
	french := schema.Notation{Numbers: notation.SpaceComma}
	people := schema.Notation{Unit: "employees"}
	const r, c = schema.ModeRange, schema.ModeCondition
	sizes := []string{"11-50", "501-999", "1,000-4,999", "10,000+"}
	for _, e := range []struct {
		mode  schema.Mode
		n     schema.Notation
		cells []string
		want  map[string][]int
	}{
		{r, mdy, sizes, map[string][]int{"20": {0}, "20000": {3}, "200000": {3}, "3": {}, "1,500": {2}, "$1,500": {2}, "45000": {3}}},
		{c, mdy, []string{">= 10,000", "-"}, map[string][]int{"500": {1}, "5000": {1}, "20000": {0, 1}}},
		{c, mdy, []string{">1,000", "-"}, map[string][]int{"2": {1}, "0": {1}, "5000": {0, 1}}},
		{c, mdy, []string{"not(< 3)"}, map[string][]int{"": {}, "n/a": {}, "2": {}, "3": {0}}},
		{r, mdy, []string{">= 01/01/2024"}, map[string][]int{"12/31/2023": {}, "2024-01-01": {0}, "01/02/2024": {0}}},
		{c, dmy, []string{"> 01/02/2024", "-"}, map[string][]int{"1999-01-01": {1}, "2024-02-01": {1}, "2024-02-02": {0, 1}, "13/05/2024": {0, 1}}},
		{r, dmy, []string{"01/01/2024 - 31/03/2024", "01.04.2024–30.06.2024"}, map[string][]int{"2024-05-15": {1}, "2031-12-25": {}, "31/03/2024": {0}}},
		{r, mdy, []string{"1,001-5,000"}, map[string][]int{"3": {}, "12": {}, "45000": {}, "4000": {0}}},
		{r, german, []string{"1.001-5.000", "5,5..7,5", ">= 10.000,50"}, map[string][]int{"3": {}, "4000": {0}, "5.000": {0}, "6": {1}, "10000.5": {2}, "10.000,5": {2}}},
		{r, french, []string{"1 001 – 5 000", "up to 1 000"}, map[string][]int{"4000": {0}, "1 000": {1}, "1\u00a0001": {0}}},
		{c, german, []string{"> 5,7", "[1.000..2.000]"}, map[string][]int{"5.6": {}, "5.8": {0}, "1500": {0, 1}}},
		{r, people, []string{"1-50 employees", "51-200", "201 employees or more", "up to 0 employees"}, map[string][]int{"7": {0}, "60 employees": {1}, "500": {2}, "-1": {3}}},
		{r, mdy, []string{"10 to 20", "up to 50", "≤50", "under 5", "10+", "10 and up", "from 10", "over 10"}, map[string][]int{
			"10": {0, 1, 2, 4, 5, 6}, "50": {1, 2, 4, 5, 6, 7}, "5": {1, 2}, "4.9": {1, 2, 3}, "11": {0, 1, 2, 4, 5, 6, 7},
		}},
		{r, mdy, []string{"5 or more", "less than 5", "at least 5", "more than 5", "until 5", "between 5 and 10", "< 5", "5K-10K", "$1M+", "5%-10%", "== 5"}, map[string][]int{
			"5": {0, 2, 4, 5, 10}, "4": {1, 4, 6}, "6": {0, 2, 3, 5}, "7000": {0, 2, 3, 7}, "2M": {0, 2, 3, 8}, "0.07": {1, 4, 6, 9}, "7%": {1, 4, 6, 9},
		}},
		{r, mdy, []string{"10‐20", "10‑20", "10‒20", "10–20", "10—20", "10―20", "10−20", "10－20", "10﹣20", "-20 – -10"}, map[string][]int{"15": {0, 1, 2, 3, 4, 5, 6, 7, 8}, "-15": {9}}},
		{r, mdy, []string{"A-F", `"1".."5"`, "A..F"}, map[string][]int{"Bob": {0, 2}, "3x": {1}, "Fox": {0, 2}, "G": {}}},
		// Spans as values hit what has both of their ends.
		{r, mdy, []string{"1-50", "11-50", "51-200", "10-500", ">=10,000", "10,000-20,000", "under 100", "all"}, map[string][]int{
			"11-50": {0, 1, 3, 6}, "51-200 employees": {2, 3}, "10,000+": {4}, "10K-15K": {4, 5}, "under 11": {6}, "12 to 40": {0, 1, 3, 6},
			"40-60": {3, 6}, "60-40": {}, "≤ 5": {6}, "11–50 people": {0, 1, 3, 6}, "1-5K": {}, "up to 99 employees": {6},
		}},
		{r, mdy, []string{"2024-01-01..2024-03-31"}, map[string][]int{"2024-02-01..2024-03-31": {0}, "2024-02-01 to 2024-04-01": {}, "2024-03-31": {0}}},
		{c, mdy, []string{"!= 5", "<> 5", "= 5", "== 5", "≠ 5"}, map[string][]int{"5": {2, 3}, "6": {0, 1, 4}, "": {0, 1, 4}, "n/a": {0, 1, 4}, "5.0": {2, 3}}},
		{c, mdy, []string{`contains("vp")`, `startsWith("US-")`, `endsWith(".edu")`, `not(contains("vp"))`, `not(startsWith("US-"), "CA")`, `contains("x"), endsWith("P"), > 100`}, map[string][]int{
			"SVP Sales": {0, 4}, "us-ca": {1, 3}, "Harvard.EDU": {2, 3, 4}, "": {}, "CA": {3}, "200": {3, 4, 5}, "VP": {0, 4, 5}, "xx": {3, 4, 5},
		}},
		{c, mdy, []string{"—", "–", " ‒ ", "-", "−"}, map[string][]int{"": {0, 1, 2, 3, 4}, "x": {0, 1, 2, 3, 4}}},
		{c, mdy, []string{">5, <3", "> 10,000, < 3", "not(> 1,000)", "> 1,000,\"x\""}, map[string][]int{"4": {2}, "6": {0, 2}, "2": {0, 1, 2}, "10001": {0, 1, 3}, "x": {3}}},
		{c, mdy, []string{"3M", "10-20", "3000000", "15%", "$5"}, map[string][]int{"3M": {0, 2}, "3000000": {2}, "10-20": {1}, "15": {}, "0.15": {3}, "5": {4}}},
	} {
		for value, want := range e.want {
			require.Equal(t, want, rowsHit(t, e.mode, e.n, value, e.cells...), "%s %q: %q", e.mode, value, e.cells)
		}
	}
}

func TestTwoColumnsOfARangeAreReadInTheirNotation(t *testing.T) {
	t.Parallel()
	p := index.Part{
		Mode: schema.ModeRange, Cells: column.FromStrings([]string{"01/01/2024", "01/04/2024"}), To: column.FromStrings([]string{"31/03/2024", "30/06/2024"}),
		Notation: schema.Notation{Dates: notation.DayFirst},
	}
	hits := lookUp(t, p, "2024-05-15", "2031-12-25", "2024-03-31")
	require.Equal(t, []int32{0, 1, 1, 2}, hits.Starts)
	require.Equal(t, []int32{1, 0}, hits.Rows)
	require.NoError(t, index.CheckRange("01/01/2024", "31/03/2024", p.Notation))
	var cell *index.CellError
	require.ErrorAs(t, index.CheckRange("01/01/2024", "31/03/2024", schema.Notation{}), &cell)
	require.Equal(t, "01/01/2024..31/03/2024\n            ^", cell.Caret())
	require.Contains(t, cell.Message, "write 2024-03-31")
	require.ErrorAs(t, index.CheckRange("5x", "", schema.Notation{}), &cell)
	require.Contains(t, cell.Message, "5x is no number")
}

// The tables are made again from the facts of the decision tables of the DMN Technology
// Compatibility Kit (its lending, vacation, priority, table and sepsis tests).
func TestDecisionTablesAreReadAsDMNReadsThem(t *testing.T) {
	t.Parallel()
	var tables []struct {
		Name  string
		Rows  [][]string
		Cases []struct {
			Values []string
			Hits   []int32
		}
	}
	data, err := os.ReadFile("testdata/decisions.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &tables))
	require.NotEmpty(t, tables)
	for _, table := range tables {
		var parts []index.Part
		for c := range table.Rows[0] {
			var cells []string
			for _, row := range table.Rows {
				require.NoError(t, index.CheckCell(schema.ModeCondition, row[c], schema.Notation{}))
				cells = append(cells, row[c])
			}
			parts = append(parts, index.Part{Mode: schema.ModeCondition, Cells: column.FromStrings(cells)})
		}
		ix, err := index.Build(context.Background(), parts)
		require.NoError(t, err)
		for _, c := range table.Cases {
			var keys [][]string
			for _, v := range c.Values {
				keys = append(keys, []string{v})
			}
			var hits index.Hits
			require.NoError(t, ix.Probe(context.Background(), keys, index.All, &hits, nil))
			require.Equal(t, fmt.Sprint(c.Hits), fmt.Sprint(hits.Rows), "%s: %q", table.Name, c.Values)
		}
	}
}

// Cells of the same kit that need expressions are refused in words.
func TestExpressionsInCellsAreRefused(t *testing.T) {
	t.Parallel()
	for cell, words := range map[string]string{
		"> Complex.aNumber":           "looks like a variable",
		"< Complex.aNumber":           "looks like a variable",
		"[structA.low..structA.high]": "looks like a variable",
		"> date and time(x)":          "a date in quotes",
		"> 2 * 5":                     "is no number",
		">= (10 + 5)":                 "begins with a letter",
		"> max(1,2)":                  "there is no function max",
		`list contains(x, "a")`:       "there is no function list contains",
		`? > 5, < 3`:                  "an operator inside a text",
		`starts with(?, "a")`:         "is written startsWith",
		`contains(?, "a")`:            `contains("x")`,
		`> duration("P1D")`:           "there is no function duration",
		"> today() - 5":               "there is no function today",
		"[date(\"x\")..date(\"y\")]":  "a date in quotes",
		"not(contains(?, \"a\"))":     `contains("x")`,
		`matches("^a")`:               "there is no function matches",
		`string length(?) > 5, <3`:    "there is no function string length",
		"> x.y and < x.z":             "a comma is or",
		`{a: 1}, > 5`:                 "a bracket inside a text",
	} {
		t.Run(cell, func(t *testing.T) {
			require.ErrorContains(t, index.CheckCell(schema.ModeCondition, cell, schema.Notation{}), words)
		})
	}
}

// The page's table of refusals holds.
func TestCellsAreRefusedAsThePageSays(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("MATCHING.md")
	require.NoError(t, err)
	_, table, ok := strings.Cut(string(page), "| mode | cell | the message says |\n|---|---|---|\n")
	require.True(t, ok)
	table, _, _ = strings.Cut(table, "\n\n")
	rows := strings.Split(table, "\n")
	require.Greater(t, len(rows), 10)
	for _, row := range rows {
		fields := strings.Split(strings.Trim(row, "| "), " | ")
		require.Len(t, fields, 3, row)
		err := index.CheckCell(schema.Mode(strings.Trim(fields[0], "`")), strings.Trim(fields[1], "`"), schema.Notation{})
		require.ErrorContains(t, err, fields[2], row)
	}
}
