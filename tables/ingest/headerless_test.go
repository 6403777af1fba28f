package ingest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/ingest"
)

// mixed is a content as CSV and as a workbook of texts, which must be understood alike.
func mixed(t *testing.T, content string, o ingest.Options) map[string]table {
	t.Helper()
	fromCSV, err := readText(t, content, o)
	require.NoError(t, err)
	var sheet strings.Builder
	for i, line := range strings.Split(strings.TrimSuffix(content, "\n"), "\n") {
		if strings.Trim(line, ",") == "" {
			continue
		}
		fmt.Fprintf(&sheet, `<row r="%d">`, i+1)
		for j, cell := range strings.Split(line, ",") {
			if cell = strings.Trim(cell, `"`); cell != "" {
				fmt.Fprintf(&sheet, `<c r="%c%d" t="inlineStr"><is><t>%s</t></is></c>`, 'A'+j, i+1, cell)
			}
		}
		sheet.WriteString("</row>")
	}
	fromXLSX, err := readBook(t, parts(sheet.String()), o)
	require.NoError(t, err)
	return map[string]table{"csv": fromCSV, "xlsx": fromXLSX}
}

func TestAFirstLineThatLooksLikeDataIsAFinding(t *testing.T) {
	t.Parallel()
	for content, reason := range map[string]string{
		"ann@example.com,Ann,2024-01-05\nbob@example.com,Bob,2024-02-03\n": `"ann@example.com" is an e-mail address`,
		"1,2\n3,4\n":                                     `"1" is a number`,
		"2019,2020\nx,y\n":                               "it holds only numbers",
		"Germany,DACH\nAustria,DACH\n":                   `"DACH" stands in its column again`,
		"SKU-001,red\nSKU-002,blue\nSKU-003,green\n":     `"SKU-001" is written as the cells below it are`,
		"94105-1234,CA\n00501-0001,NY\n":                 `"94105-1234" is written as the cells below it are`,
		"31.3.2024,x\n1.4.2024,y\n":                      `"31.3.2024" is a date`,
		"https://a.example/x,a\nhttps://b.example/y,b\n": `"https://a.example/x" is a link`,
		"Germany,yes\nFrance,no\n":                       `"yes" is a value and no name`,
		"DE,15%\nFR,20%\n":                               `"15%" is a number`,
	} {
		for kind, got := range mixed(t, content, ingest.Options{}) {
			require.Len(t, got.warnings, 1, "%s of %q", kind, content)
			require.Equal(t, "HEADER_LIKE_DATA", got.warnings[0].Code)
			require.Contains(t, got.warnings[0].Message, reason)
			require.Contains(t, got.warnings[0].Message, "headerRow=0")
		}
		// However the line was found.
		got, err := readText(t, content, ingest.Options{HeaderRow: 1})
		require.NoError(t, err)
		require.Equal(t, []string{"HEADER_LIKE_DATA"}, codes(got.warnings), "%q", content)
	}
}

// The records that are looked at first do not show what is wrong further on.
func TestASheetWithoutAHeaderThatIsDamagedFurtherOnIsRefused(t *testing.T) {
	t.Parallel()
	var sheet strings.Builder
	for i := range 300 {
		fmt.Fprintf(&sheet, `<row r="%d"><c r="A%[1]d"><v>%[1]d</v></c></row>`, i+1)
	}
	p := parts(sheet.String())
	p["xl/worksheets/sheet1.xml"], _, _ = strings.Cut(p["xl/worksheets/sheet1.xml"], `<row r="200">`)
	f, err := ingest.Open(put(t, "book.xlsx", zipped(t, p)), ingest.Options{Headerless: true})
	require.Nil(t, f)
	require.Equal(t, "DAMAGED", refused(t, err).Code)
}

func TestAFileOfOneColumnFarToTheRightIsNoFileOfTitles(t *testing.T) {
	t.Parallel()
	got, err := readText(t, ",,name\n,,Ann\n", ingest.Options{})
	require.NoError(t, err)
	require.Len(t, got.rows, 1)
	_, err = readText(t, ",,name\n", ingest.Options{})
	require.ErrorContains(t, err, "a header in line 1 but no row below it")
}

func TestNamesThatStandTwiceInARowOfDataAreRefusedWithTheWayOut(t *testing.T) {
	t.Parallel()
	_, err := readText(t, "US,US,1\nCA,US,2\nMX,CA,3\n", ingest.Options{})
	e := refused(t, err)
	require.Equal(t, "DUPLICATE_COLUMN", e.Code)
	require.Contains(t, e.Message, "headerRow=0")
	_, err = readText(t, "name,name\nx,1\ny,2\n", ingest.Options{})
	require.NotContains(t, refused(t, err).Message, "headerRow=0")
}

func TestAHeaderIsNotTakenForData(t *testing.T) {
	t.Parallel()
	for _, content := range []string{
		"email,name,since\nann@example.com,Ann,2024-01-05\nbob@example.com,Bob,2024-02-03\n",
		"country,2019,2020,2021\nDE,1,2,3\nFR,4,5,6\n",
		"No,City\n1,Rome\n2,Oslo\n",
		"Address1,Address2\nUnit 7,x\nUnit 8,y\n",
		"Line1,Line2\nUnit7,x\n",
		"region,2024-01-31,2024-02-29\nDACH,5,6\nSOUTH,7,8\n",
		"id,US\n1,US\n2,US\n", // The column of numbers has its name.
		"a,b\nx,y\na,b\nz,w\n",
	} {
		for kind, got := range mixed(t, content, ingest.Options{}) {
			require.Empty(t, got.warnings, "%s of %q", kind, content)
		}
	}
}

func TestAFileWithoutAHeaderHasColumnsByLetters(t *testing.T) {
	t.Parallel()
	for kind, got := range mixed(t, "ann@example.com,Ann,2024-01-05\n,,\nbob@example.com,Bob,\n", ingest.Options{Headerless: true}) {
		require.Equal(t, []string{"A", "B", "C"}, got.columns, kind)
		require.Equal(t, [][]string{{"ann@example.com", "Ann", "2024-01-05"}, {"bob@example.com", "Bob", ""}}, got.rows, kind)
		require.Zero(t, got.used.HeaderRow)
		require.NotContains(t, codes(got.warnings), "HEADER_LIKE_DATA")
	}
	wide, err := readText(t, strings.Repeat("x,", 27)+"x\n"+strings.Repeat("y,", 27)+"y\n", ingest.Options{Headerless: true})
	require.NoError(t, err)
	require.Equal(t, []string{"Z", "AA", "AB"}, wide.columns[25:])
	_, err = readText(t, "", ingest.Options{Headerless: true})
	require.Equal(t, "FILE_EMPTY", refused(t, err).Code)
}
