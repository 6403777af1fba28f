package view_test

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tablestep/tables/column"
	"tablestep/tables/scan/scantest"
	"tablestep/tables/schema"
	"tablestep/tables/view"
)

func TestRowsComeInPages(t *testing.T) {
	of := numbered(40_000)
	of.Version.Columns[2].Type = schema.TypeInteger
	page := func(q view.Query) *view.Page {
		p, err := view.Rows(context.Background(), side(of), nil, q)
		require.NoError(t, err)
		return p
	}
	p := page(view.Query{})
	require.Equal(t, 40_000, p.Total)
	require.Equal(t, 1, p.Version)
	require.Len(t, p.Rows, 100)
	require.Equal(t, view.Row{Row: 1, Cells: []string{"Account 0000000", "CA", "0"}}, p.Rows[0])
	p = page(view.Query{Offset: column.MaxRows - 1, Limit: 2})
	require.Equal(t, column.MaxRows, p.Rows[0].Row)
	require.Equal(t, fmt.Sprintf("Account %07d", column.MaxRows), p.Rows[1].Cells[0])
	require.Empty(t, page(view.Query{Offset: 40_000}).Rows)
	p = page(view.Query{Text: " ACCOUNT  003999", Limit: 3})
	require.Equal(t, 10, p.Total)
	require.Equal(t, 39_991, p.Rows[0].Row)
	p = page(view.Query{Sort: "-employees", Limit: 1})
	most := 0
	for row := range 40_000 {
		most = max(most, row*7919%100_000)
	}
	require.Equal(t, fmt.Sprint(most), p.Rows[0].Cells[2])
	p = page(view.Query{Sort: "EMPLOYEES", Text: "ny", Offset: 1, Limit: 1})
	require.Equal(t, 8000, p.Total)
	require.Equal(t, "NY", p.Rows[0].Cells[1])

	for _, q := range []view.Query{{Offset: -1}, {Limit: -1}, {Limit: 10_001}, {Sort: "employees", Offset: 300_000}} {
		_, err := view.Rows(context.Background(), side(of), nil, q)
		require.ErrorIs(t, err, schema.ErrInvalid)
	}
	_, err := view.Rows(context.Background(), side(of), nil, view.Query{Sort: "-city"})
	require.ErrorIs(t, err, schema.ErrColumnNotFound)
	require.ErrorContains(t, err, `"city": version 1 has account, state, employees`)
}

// A sort keeps no more of a large table than the page needs.
func TestASortedPageOfALargeTableTakesLittleMemory(t *testing.T) {
	const rows = 150_000
	of := scantest.Make([]string{"n"}, 0, func(row int, cells []string) bool {
		cells[0] = fmt.Sprint(row % 1000)
		return row < rows
	})
	of.Version.Columns[0].Type = schema.TypeInteger
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := view.Rows(context.Background(), side(of), nil, view.Query{Sort: "n", Limit: 10})
	require.NoError(t, err)
	runtime.ReadMemStats(&after)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(rows*32), "less than a rank of each row")
}

func TestAnyPageIsAPieceOfTheSortedAndFilteredTable(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		cell := rapid.SampledFrom([]string{"", "a", "B", "b ", "10", "9", "-2.5", "Ä", "ä", "null"})
		numbers := rapid.Bool().Draw(rt, "numbers")
		if numbers {
			cell = rapid.SampledFrom([]string{"", "10", "9", "-2.5", "100", "0"})
		}
		rows := rapid.SliceOfN(rapid.SliceOfN(cell, 2, 2), 1, 40).Draw(rt, "rows")
		of := scantest.New([]string{"x", "-x"}, rows, rapid.IntRange(1, 50).Draw(rt, "group"))
		if numbers {
			of.Version.Columns[0].Type, of.Version.Columns[1].Type = schema.TypeInteger, schema.TypeFloat
		}
		q := view.Query{
			Offset: rapid.IntRange(0, 20).Draw(rt, "offset"), Limit: rapid.IntRange(1, 20).Draw(rt, "limit"),
			Text: rapid.SampledFrom([]string{"", "b", "Ä", " 1"}).Draw(rt, "text"),
			Sort: rapid.SampledFrom([]string{"", "x", "-x", "--x"}).Draw(rt, "sort"),
		}
		page, err := view.Rows(context.Background(), side(of), nil, q)
		require.NoError(rt, err)

		want := []view.Row{}
		for i, row := range rows {
			needle := column.Normalize(q.Text)
			if strings.Contains(column.Normalize(row[0]), needle) || strings.Contains(column.Normalize(row[1]), needle) {
				want = append(want, view.Row{Row: i + 1, Cells: row})
			}
		}
		by := 0
		if q.Sort != "x" {
			by = 1
		}
		if q.Sort != "" {
			slices.SortStableFunc(want, func(a, b view.Row) int {
				order := strings.Compare(column.Normalize(a.Cells[by]), column.Normalize(b.Cells[by]))
				if numbers {
					x, _ := strconv.ParseFloat(a.Cells[by], 64)
					y, _ := strconv.ParseFloat(b.Cells[by], 64)
					order = cmp.Compare(x, y)
					// Cells without a number come first.
					if (a.Cells[by] == "") != (b.Cells[by] == "") {
						order = cmp.Compare(min(1, len(a.Cells[by])), min(1, len(b.Cells[by])))
					}
				}
				if q.Sort == "--x" {
					order = -order
				}
				return order
			})
		}
		require.Equal(rt, len(want), page.Total)
		want = want[min(q.Offset, len(want)):]
		require.Equal(rt, want[:min(q.Limit, len(want))], page.Rows)
	})
}
