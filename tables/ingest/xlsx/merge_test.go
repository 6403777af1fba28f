package xlsx_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/ingest/record"
	"tablestep/tables/ingest/xlsx"
)

// merged reads a sheet twice, as a whole sheet is read: to know of it, and for its rows.
func merged(t *testing.T, sheet string, fill bool, limits record.Limits) (lines []string, found xlsx.Survey) {
	t.Helper()
	w, err := book(t, parts(sheet), xlsx.Options{Limits: limits})
	require.NoError(t, err)
	chosen, err := w.Choose("")
	require.NoError(t, err)
	found, err = w.Survey(chosen)
	require.NoError(t, err)
	r, err := w.Records(chosen, xlsx.Merges{Ranges: found.Merges, Fill: fill})
	require.NoError(t, err)
	defer func() { require.NoError(t, r.Close()) }()
	for {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			return lines, found
		}
		require.NoError(t, err)
		if rec.Written {
			lines = append(lines, fmt.Sprintf("%d:%s", rec.Place, strings.Join(rec.Cells, "|")))
		}
	}
}

// grid is a sheet of rows of one-letter texts from A1; a space is no cell, a - one without a
// value.
func grid(rows ...string) string {
	var b strings.Builder
	b.WriteString("<sheetData>")
	for i, row := range rows {
		fmt.Fprintf(&b, `<row r="%d">`, i+1)
		for j, c := range row {
			switch c {
			case ' ':
			case '-':
				fmt.Fprintf(&b, `<c r="%c%d" s="1"/>`, 'A'+j, i+1)
			default:
				fmt.Fprintf(&b, `<c r="%c%d" t="str"><v>%c</v></c>`, 'A'+j, i+1, c)
			}
		}
		b.WriteString("</row>")
	}
	return b.String() + "</sheetData>"
}

func ranges(refs ...string) string {
	return `<mergeCells><mergeCell ref="` + strings.Join(refs, `"/><mergeCell ref="`) + `"/></mergeCells>`
}

func TestWhatLiesUnderMergedCellsIsNotRead(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, sheet string
		want, fill  []string
	}{
		{"over rows", grid("ax", "by", "cz") + ranges("A1:A2"), []string{"1:a|x", "2:|y", "3:c|z"}, []string{"1:a|x", "2:a|y", "3:c|z"}},
		{"over columns", grid("abc", "def") + ranges("A1:B1"), []string{"1:a||c", "2:d|e|f"}, []string{"1:a||c", "2:d|e|f"}},
		{"over both", grid("abc", "def", "ghi") + ranges("A1:B2"), []string{"1:a||c", "2:||f", "3:g|h|i"}, []string{"1:a||c", "2:a||f", "3:g|h|i"}},
		{"nothing but what is covered", grid("a", "b", "c") + ranges("A1:A2"), []string{"1:a", "3:c"}, []string{"1:a", "3:c"}},
		{"below cells without a value", grid("ax", "-y", "-z") + ranges("A1:A3"), []string{"1:a|x", "2:|y", "3:|z"}, []string{"1:a|x", "2:a|y", "3:a|z"}},
		{"where the first cell is empty", grid("-x", "by") + ranges("A1:A2"), []string{"1:|x", "2:|y"}, []string{"1:|x", "2:|y"}},
		{"where the row of the first cell is not there", `<sheetData><row r="3"><c r="A3" t="str"><v>b</v></c><c r="B3" t="str"><v>y</v></c></row></sheetData>` + ranges("A2:A3"), []string{"3:|y"}, []string{"3:|y"}},
		{"one below the other", grid("ax", "by", "cz", "dw") + ranges("A3:A4", "A1:A2"), []string{"1:a|x", "2:|y", "3:c|z", "4:|w"}, []string{"1:a|x", "2:a|y", "3:c|z", "4:c|w"}},
		{"in the last column", grid("xa", "y ", "z ") + ranges("B1:B2"), []string{"1:x|a", "2:y", "3:z"}, []string{"1:x|a", "2:y|a", "3:z"}},
		{"written the other way round", grid("ax", "by") + ranges("A2:A1"), []string{"1:a|x", "2:|y"}, []string{"1:a|x", "2:a|y"}},
		{"over what others are merged over", grid("abx", "cdy", "efz") + ranges("A1:A3", "A2:B2"), []string{"1:a|b|x", "2:||y", "3:|f|z"}, []string{"1:a|b|x", "2:a||y", "3:a|f|z"}},
		{"as wide as the whole sheet", grid("ab", "cd") + ranges("A1:XFD1"), []string{"1:a", "2:c|d"}, []string{"1:a", "2:c|d"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, found := merged(t, c.sheet, false, record.Limits{})
			require.Equal(t, c.want, got)
			require.NotEmpty(t, found.Merges)
			got, _ = merged(t, c.sheet, true, record.Limits{})
			require.Equal(t, c.fill, got)
		})
	}
}

func TestAResultThatIsMissingUnderAMergedCellIsNoFinding(t *testing.T) {
	t.Parallel()
	w, err := book(t, parts(`<sheetData><row r="1"><c r="A1" t="str"><v>a</v></c><c r="B1"><f>1+1</f></c><c r="C1" t="e"><v>#N/A</v></c></row></sheetData>`+ranges("A1:C1")), xlsx.Options{})
	require.NoError(t, err)
	got, err := rows(t, w)
	require.NoError(t, err)
	require.Equal(t, []string{"1: a"}, got.rows)
	require.Empty(t, got.found)
}

func TestASurveyKnowsTheLastRowOfEachColumn(t *testing.T) {
	t.Parallel()
	_, found := merged(t, grid("a c", "d  ", "  -", "  e", "---")+ranges("A4:B5", "A1:B1"), false, record.Limits{})
	require.Equal(t, []int{2, 0, 4}, found.LastRows)
	require.Equal(t, []xlsx.CellRange{{Column: 0, Row: 1, ToColumn: 1, ToRow: 1}, {Column: 0, Row: 4, ToColumn: 1, ToRow: 5}}, found.Merges)
	require.Equal(t, "A4:B5", found.Merges[1].Name())
	require.Equal(t, "A4", found.Merges[1].First())

	w, err := book(t, parts(`<sheetData><row r="2"/><row r="1"/></sheetData>`), xlsx.Options{})
	require.NoError(t, err)
	chosen, err := w.Choose("")
	require.NoError(t, err)
	_, err = w.Survey(chosen)
	require.ErrorContains(t, err, "row 1 comes after row 2")
}

func TestVeryManyMergedRangesCostNoMoreThanTheirCells(t *testing.T) {
	t.Parallel()
	var refs []string
	for i := range 70_000 {
		refs = append(refs, fmt.Sprintf("A%d:B%d", 1+i%3, 200_000))
	}
	got, found := merged(t, grid("abx", "cdy", "efz")+ranges(refs...), true, record.Limits{Columns: 8})
	require.Len(t, found.Merges, 1<<16)
	require.Equal(t, []string{"1:a||x", "2:a||y", "3:a||z"}, got)
}
