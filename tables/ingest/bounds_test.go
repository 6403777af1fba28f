package ingest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/ingest"
)

// Each bound lets in what just fits and refuses one more.
func TestBoundsOfACSVFile(t *testing.T) {
	for _, c := range []struct {
		name   string
		limits ingest.Limits
		file   func(n int) string
		fits   int
	}{
		{"bytes of a cell", ingest.Limits{CellBytes: 7}, func(n int) string { return "a,b\n1," + strings.Repeat("x", n) + "\n" }, 7},
		{"bytes of a cell in quotes", ingest.Limits{CellBytes: 7}, func(n int) string { return "a,b\n1,\"" + strings.Repeat("x", n) + "\"\n" }, 7},
		{"columns", ingest.Limits{Columns: 7}, func(n int) string {
			return strings.Join(strings.Split("abcdefghijk"[:n], ""), ",") + "\n" + strings.Repeat("1,", n-1) + "1\n"
		}, 7},
		{"columns in quotes", ingest.Limits{Columns: 7}, func(n int) string {
			return `"` + strings.Join(strings.Split("abcdefghijk"[:n], ""), `","`) + "\"\n" + strings.Repeat("1,", n-1) + "1\n"
		}, 7},
		{"columns of another delimiter", ingest.Limits{Columns: 7}, func(n int) string {
			return strings.Join(strings.Split("abcdefghijk"[:n], ""), "§") + "\n" + strings.Repeat("1§", n-1) + "1\n"
		}, 7},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := ingest.Options{Limits: c.limits}
			if strings.Contains(c.name, "columns") {
				o.Delimiter = ',' // What is too wide for a delimiter is no reason to guess it.
			}
			if strings.Contains(c.file(2), "§") {
				o.Delimiter = '§'
			}
			_, err := readText(t, c.file(c.fits), o)
			require.NoError(t, err)
			_, err = readText(t, c.file(c.fits+1), o)
			require.Equal(t, "TOO_LARGE", refused(t, err).Code)
		})
	}
}

func TestBoundsOfAWorkbook(t *testing.T) {
	const most = 12
	many := func(n int, one func(i int) string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(one(i))
		}
		return b.String()
	}
	for _, c := range []struct {
		name string
		book func(n int) map[string]string
	}{
		{"relations between parts", func(n int) map[string]string {
			p := parts(headerRow + "<row>" + text("1") + text("2") + "</row>")
			p["_rels/.rels"] = strings.Replace(p["_rels/.rels"], "</Relationships>", many(n-1, func(i int) string {
				return fmt.Sprintf(`<Relationship Id="x%d" Type="x/y" Target="z"/>`, i)
			})+"</Relationships>", 1)
			return p
		}},
		{"sheets", func(n int) map[string]string {
			p := parts(headerRow + "<row>" + text("1") + text("2") + "</row>")
			p["xl/workbook.xml"] = strings.Replace(p["xl/workbook.xml"], "</sheets>", many(n-1, func(i int) string {
				return fmt.Sprintf(`<sheet name="s%d" sheetId="%d" r:id="rId1"/>`, i, i+2)
			})+"</sheets>", 1)
			return p
		}},
		{"entries of the zip", func(n int) map[string]string {
			p := parts(headerRow + "<row>" + text("1") + text("2") + "</row>")
			for i := len(p); i < n; i++ {
				p[fmt.Sprintf("x%d.bin", i)] = ""
			}
			return p
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := ingest.Options{Limits: ingest.Limits{Entries: most}}
			_, err := readBook(t, c.book(most), o)
			require.NoError(t, err)
			_, err = readBook(t, c.book(most+1), o)
			require.Equal(t, "TOO_LARGE", refused(t, err).Code)
		})
	}
	t.Run("columns", func(t *testing.T) {
		o := ingest.Options{Limits: ingest.Limits{Columns: 3}}
		_, err := readBook(t, parts(headerRow+`<row r="2"><c r="C2"><v>1</v></c></row>`), o)
		require.NoError(t, err)
		_, err = readBook(t, parts(headerRow+`<row r="2"><c r="D2"><v>1</v></c></row>`), o)
		require.Equal(t, "TOO_LARGE", refused(t, err).Code)
	})
	t.Run("bytes of a cell", func(t *testing.T) {
		o := ingest.Options{Limits: ingest.Limits{CellBytes: 7}}
		for _, cell := range []func(n int) string{
			func(n int) string { return text(strings.Repeat("x", n)) },
			func(n int) string { return `<c t="str"><v>` + strings.Repeat("x", n) + `</v></c>` },
		} {
			_, err := readBook(t, parts(headerRow+"<row>"+text("1")+cell(7)+"</row>"), o)
			require.NoError(t, err)
			_, err = readBook(t, parts(headerRow+"<row>"+text("1")+cell(8)+"</row>"), o)
			require.Equal(t, "TOO_LARGE", refused(t, err).Code)
		}
	})
}

func TestHeaderIsLookedForInTheFirstTwentyRecords(t *testing.T) {
	body := "a,b,c,d\n1,2,3,4\n1,2,3,4\n1,2,3,4\n"
	for titles, line := range map[int]int{1: 2, 20: 21, 21: 1} {
		// Enough rows that titles are not the usual width.
		got, err := readText(t, strings.Repeat("Report,,,\n", titles)+body+strings.Repeat("1,2,3,4\n", 40), ingest.Options{})
		require.NoError(t, err)
		require.Equal(t, line, got.used.HeaderRow, "%d titles", titles)
	}
	_, err := readText(t, "Report,,\na,b,c\n", ingest.Options{})
	e := refused(t, err)
	require.Equal(t, "NO_ROWS", e.Code)
	require.Contains(t, e.Message, "line 2", "also the last record of a file is looked at")
}

func TestAFormatThatMakesNoSenseIsReported(t *testing.T) {
	p := parts(headerRow + `<row r="2">` + text("x") + `<c r="B2" s="1"><v>5</v></c></row>`)
	p["xl/styles.xml"] = stylesXML("0 kg")
	got, err := readBook(t, p, ingest.Options{})
	require.NoError(t, err)
	require.Equal(t, [][]string{{"x", "5"}}, got.rows)
	require.Equal(t, []string{"FORMAT_UNKNOWN"}, codes(got.warnings))
	require.Contains(t, got.warnings[0].Message, `the number format "0 kg" of the cell is not understood`)
	require.Equal(t, "b", got.warnings[0].Column)
	require.Equal(t, 1, got.warnings[0].Row)
}

func TestMergedRangesAreWarnedOfUpToABound(t *testing.T) {
	var merges strings.Builder
	for i := range 1100 {
		fmt.Fprintf(&merges, `<mergeCell ref="A%d:A%d"/>`, 3*i+2, 3*i+3)
	}
	p := parts(headerRow + `<row r="2">` + text("x") + text("y") + `</row>`)
	p["xl/worksheets/sheet1.xml"] = strings.Replace(p["xl/worksheets/sheet1.xml"], "</sheetData>", "</sheetData><mergeCells>"+merges.String()+"</mergeCells>", 1)
	got, err := readBook(t, p, ingest.Options{})
	require.NoError(t, err)
	require.Equal(t, "… and 1050 more", got.warnings[len(got.warnings)-1].Message)
	require.Equal(t, `the cells A2:A3 of sheet "Data" are merged over 2 rows; only the first one, A2, is read, and below it the column is empty. Have each row filled with fill=MERGED_CELLS, or unmerge them and fill in each cell`, got.warnings[0].Message)
}
