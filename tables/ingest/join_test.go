package ingest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/ingest"
)

func TestTheSampleOfTheProofOfConceptIsJoinedOrLeftOut(t *testing.T) {
	t.Parallel()
	path := uploads + "/country-codes.csv" // 249 rows, four with a comma that is not quoted

	got, err := readAll(path, ingest.Options{Join: []string{"LONG_ROW"}})
	require.NoError(t, err)
	require.Len(t, got.rows, 249)
	for row, want := range map[int][]string{
		27:  {"Bonaire, Sint Eustatius and Saba", "BQ", "BES", "535"},
		169: {"Palestine, State of", "PS", "PSE", "275"},
		186: {"Saint Helena, Ascension and Tristan da Cunha", "SH", "SHN", "654"},
		219: {"Tanzania, United Republic of", "TZ", "TZA", "834"},
		249: {"Åland Islands", "AX", "ALA", "248"},
	} {
		require.Equal(t, want, got.rows[row-1])
	}
	require.Equal(t, []string{"JOINED", "JOINED", "JOINED", "JOINED"}, codes(got.warnings))
	require.Equal(t, 27, got.warnings[0].Row)
	require.Equal(t, "country", got.warnings[0].Column)
	require.Contains(t, got.warnings[1].Message, `line 170 had more cells than columns are there`)
	require.Contains(t, got.warnings[1].Message, `"Palestine, State of"`)

	got, err = readAll(path, ingest.Options{LeaveOut: []string{"LONG_ROW"}})
	require.NoError(t, err)
	require.Len(t, got.rows, 245)
	require.Equal(t, []string{"Bosnia and Herzegovina", "BA", "BIH", "070"}, got.rows[26])
	require.Equal(t, []string{"LEFT_OUT", "LEFT_OUT", "LEFT_OUT", "LEFT_OUT"}, codes(got.warnings))
	require.Equal(t, `line 28 is left out (LONG_ROW): "Bonaire, Sint Eustatius and Saba,BQ,BES,535"`, got.warnings[0].Message)
	require.Zero(t, got.warnings[0].Row, "it is no row")

	// Both: joined is what can be, so nothing is left out.
	got, err = readAll(path, ingest.Options{LeaveOut: []string{"LONG_ROW"}, Join: []string{"LONG_ROW"}})
	require.NoError(t, err)
	require.Len(t, got.rows, 249)
}

func TestRowsAreJoinedOnlyWhereItIsPlain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, content string
		rows          [][]string
		why           string
	}{
		{"in any column", "a,b,c\n1,2, 3,4\n1, 1,2,3\n5,6,7\n", [][]string{{"1", "2, 3", "4"}, {"1, 1", "2", "3"}, {"5", "6", "7"}}, ""},
		{"at the end", "a,b\n1,2, 3\n5,6\n7,8\n", [][]string{{"1", "2, 3"}, {"5", "6"}, {"7", "8"}}, ""},
		{"twice in each", "a,b\n1, 2, 3,4\n5,6, 7, 8\n9,0\n1,2\n1,2\n", [][]string{{"1, 2, 3", "4"}, {"5", "6, 7, 8"}, {"9", "0"}, {"1", "2"}, {"1", "2"}}, ""},
		{"with empty cells behind", "a,b\n1, 2,3,,\n9,0\n", [][]string{{"1, 2", "3"}, {"9", "0"}}, ""},
		{"a quoted cell begins with a space of its own", "a,b,c\n1, 2,\" x\",4\n", [][]string{{"1, 2", " x", "4"}}, ""},
		{"another delimiter", "a;b;c\n1; 2;3;4\n5;6;7\n", [][]string{{"1; 2", "3", "4"}, {"5", "6", "7"}}, ""},
		{"a finding of a later cell moves with it", "a,b,c\n1, 2,3,x \"y\"\n5,6,7\n", [][]string{{"1, 2", "3", `x "y"`}, {"5", "6", "7"}}, ""},
		{"without a space", "a,b\n1,2,3\n5,6\n7,8\n", nil, "line 2 has 1 delimiter too many, and none has a space behind it"},
		{"more spaces than cells too many", "a,b,c\n1, 2, 3,4\n5,6,7\n", nil, "line 2 has 1 delimiter too many, and 2 have a space behind them"},
		{"not as many in each", "a,b\n1, 2,3\n1, 2, 3,4\n7,8\n7,8\n7,8\n", nil, "line 3 has 2 delimiters too many, others have 1"},
		{"one that is not plain stops all", "a,b\n1, 2,3\n1,2,3\n7,8\n7,8\n7,8\n", nil, "line 3 has 1 delimiter too many, and none has a space behind it"},
	} {
		got, err := readText(t, c.content, ingest.Options{Join: []string{"LONG_ROW"}})
		if c.why != "" {
			e := refused(t, err)
			require.Equal(t, "LONG_ROW", e.Code, c.name)
			require.Contains(t, e.Message, "join=LONG_ROW does not help, because "+c.why, c.name)
			// What cannot be joined can still be left out.
			got, err = readText(t, c.content, ingest.Options{Join: []string{"LONG_ROW"}, LeaveOut: []string{"LONG_ROW"}})
			require.NoError(t, err, c.name)
			require.Contains(t, codes(got.warnings), "LEFT_OUT", c.name)
			continue
		}
		require.NoError(t, err, c.name)
		require.Equal(t, c.rows, got.rows, c.name)
		for _, w := range got.warnings {
			require.NotContains(t, []string{"JOINED", "BARE_QUOTE"}, w.Column, c.name)
			if w.Code == "BARE_QUOTE" {
				require.Equal(t, "c", w.Column, c.name)
			}
		}
	}
	// Without being told, a cell that most rows have is a column without a name.
	got, err := readText(t, "a,b\n1, 2,3\n1, 2,3\n5,6\n", ingest.Options{})
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b", "column 3"}, got.columns)
	got, err = readText(t, "a,b\n1, 2,3\n1, 2,3\n5,6\n", ingest.Options{Join: []string{"LONG_ROW"}})
	require.NoError(t, err)
	require.Equal(t, [][]string{{"1, 2", "3"}, {"1, 2", "3"}, {"5", "6"}}, got.rows)
	// A file that has no long row is read as it is.
	got, err = readText(t, "a,b\n1, 2\n", ingest.Options{Join: []string{"LONG_ROW"}})
	require.NoError(t, err)
	require.Equal(t, [][]string{{"1", " 2"}}, got.rows)
	require.Empty(t, got.warnings)
	// The refusal offers what helps, and nothing else.
	_, err = readText(t, "a,b\n1, 2,3\n5,6\n", ingest.Options{})
	require.Contains(t, refused(t, err).Message, "join=LONG_ROW, as 1 delimiter of each has a space behind it, or leave such rows out with leaveOut=LONG_ROW")
	_, err = readText(t, "a,b\n1,2,3\n5,6\n7,8\n", ingest.Options{})
	require.NotContains(t, refused(t, err).Message, "join=")
}

func TestRowsWithAFindingAreLeftOut(t *testing.T) {
	t.Parallel()
	for code, c := range map[string]struct {
		content string
		text    string // of the line that is left out
	}{
		"LONG_ROW":            {"a,b\n1,2,3\n4,5\n6,7\n", `"1,2,3"`},
		"SHORT_ROW":           {"a,b\n1\n4,5\n6,7\n", `"1"`},
		"EMPTY_ROW":           {"a,b\n\"\",\"\"\n4,5\n6,7\n", `","`},
		"ERROR_VALUE":         {"a,b\n1,#N/A\n4,5\n6,7\n", `"1,#N/A"`},
		"BARE_QUOTE":          {"a,b\n1,x \"y\"\n4,5\n6,7\n", `"1,x \"y\""`},
		"INNER_QUOTE":         {"a,b\n1,\"x \"y\" z\"\n4,5\n6,7\n", `"1,x \"y\" z"`},
		"UNCLOSED_QUOTE":      {"a,b\n1,\"x\n4,5\n6,7\n", `"1,\"x"`},
		"SPACE_AROUND_QUOTES": {"a,b\n1, \"x\"\n4,5\n6,7\n", `"1,x"`},
		"NUL_BYTE":            {"a,b\n1,x\x00\n4,5\n6,7\n", `"1,x"`},
		"MARK_INSIDE":         {"a,b\n1,x\ufeff\n4,5\n6,7\n", `"1,x"`},
		"BAD_BYTES":           {"a,b\n1,ééééééé\xff\n4,5\n6,7\n", `"1,éééééééÿ"`},
	} {
		require.Contains(t, ingest.LeaveOutCodes(), code)
		got, err := readText(t, c.content, ingest.Options{LeaveOut: []string{code}})
		require.NoError(t, err, code)
		require.Equal(t, [][]string{{"4", "5"}, {"6", "7"}}, got.rows, code)
		require.Equal(t, []string{"LEFT_OUT"}, codes(got.warnings), code)
		require.Equal(t, fmt.Sprintf("line 2 is left out (%s): %s", code, c.text), got.warnings[0].Message)

		// Another code leaves the row where it is.
		if code != "LONG_ROW" {
			got, err = readText(t, c.content, ingest.Options{LeaveOut: []string{"ROWS_IN_CELL"}})
			require.NoError(t, err, code)
			require.Len(t, got.rows, 3, code)
			require.Contains(t, codes(got.warnings), code)
		}
	}
}

func TestWhatIsLeftOutIsBoundedAndNamed(t *testing.T) {
	t.Parallel()
	got, err := readText(t, "a,b\n"+strings.Repeat("1,2,3\n", 600)+"4,5\n"+strings.Repeat("6,7\n", 700), ingest.Options{LeaveOut: []string{"LONG_ROW"}})
	require.NoError(t, err)
	require.Len(t, got.rows, 701)
	require.Len(t, got.warnings, 501)
	require.Equal(t, "… and 100 more", got.warnings[500].Message)

	long := strings.Repeat("é", 1000)
	got, err = readText(t, "a,b\n1,2,"+long+"\n4,5\n6,7\n", ingest.Options{LeaveOut: []string{"LONG_ROW"}})
	require.NoError(t, err)
	require.Less(t, len(got.warnings[0].Message), 400)

	_, err = readText(t, "a,b\n1,2,3\n", ingest.Options{HeaderRow: 1, LeaveOut: []string{"LONG_ROW"}, Delimiter: ','})
	require.NoError(t, err, "most rows have a third cell, so it is a column")
	_, err = readText(t, "a,b\n1\n2\n", ingest.Options{LeaveOut: []string{"SHORT_ROW"}})
	e := refused(t, err)
	require.Equal(t, "NO_ROWS", e.Code)
	require.Equal(t, "all 2 rows of the file are left out, as SHORT_ROW was asked to be; a table without rows is not published", e.Message)

	_, err = readText(t, "a,b\n1,2\n", ingest.Options{LeaveOut: []string{"DUPLICATE_KEY"}})
	require.Contains(t, refused(t, err).Message, `rows with the finding "DUPLICATE_KEY" cannot be left out; this is done for LONG_ROW, `)
	_, err = readText(t, "a,b\n1,2\n", ingest.Options{Join: []string{"SHORT_ROW"}})
	require.Contains(t, refused(t, err).Message, `rows with the finding "SHORT_ROW" cannot be joined; this is done for LONG_ROW`)
}

func TestRowsOfASheetAreLeftOutToo(t *testing.T) {
	t.Parallel()
	path := put(t, "a.xlsx", zipped(t, parts(headerRow+`<row r="2"><c r="A2"><v>1</v></c><c r="B2" t="e"><v>#N/A</v></c></row><row r="3"><c r="A3"><v>2</v></c><c r="B3"><v>3</v></c></row>`)))
	got, err := readAll(path, ingest.Options{LeaveOut: []string{"ERROR_VALUE"}})
	require.NoError(t, err)
	require.Len(t, got.rows, 1)
	require.Equal(t, "LEFT_OUT", got.warnings[0].Code)
	require.Contains(t, got.warnings[0].Message, `row 2 of sheet "Data" is left out (ERROR_VALUE): "1"`)
}

func TestSignsThatNobodySeesGoInBothKinds(t *testing.T) {
	t.Parallel()
	path := put(t, "a.xlsx", zipped(t, parts(`<row r="1"><c r="A1" t="str"><v>a_xFEFF_b</v></c><c r="B1" t="str"><v>c</v></c></row><row r="2"><c r="A2" t="str"><v>U_xFEFF_S</v></c><c r="B2" t="str"><v>x_x0000_y</v></c></row>`)))
	got, err := readAll(path, ingest.Options{})
	require.NoError(t, err)
	fromCSV, err := readText(t, "a\ufeffb,c\nU\ufeffS,x\x00y\n", ingest.Options{})
	require.NoError(t, err)
	for _, g := range []table{got, fromCSV} {
		require.Equal(t, []string{"ab", "c"}, g.columns)
		require.Equal(t, [][]string{{"US", "xy"}}, g.rows)
		require.Equal(t, []string{"MARK_INSIDE", "MARK_INSIDE", "NUL_BYTE"}, codes(g.warnings))
		require.Equal(t, 1, g.warnings[1].Row)
		require.Equal(t, "c", g.warnings[2].Column)
	}
}

func TestALongRowIsKeptWithItsFindingWhereThatIsAskedFor(t *testing.T) {
	t.Parallel()
	got, err := readText(t, "a,b\n1,2,3,4,,\n5,6\n7, 8,9\n0,0\n", ingest.Options{KeepLong: true})
	require.NoError(t, err)
	require.Equal(t, [][]string{{"1", "2,3,4"}, {"5", "6"}, {"7", " 8,9"}, {"0", "0"}}, got.rows)
	require.Equal(t, []string{"LONG_ROW", "LONG_ROW"}, codes(got.warnings))
	require.Equal(t, 3, got.warnings[1].Row)
	require.Equal(t, "b", got.warnings[1].Column)
	require.Contains(t, got.warnings[0].Message, `line 2 has more cells than columns are there; they are kept in the last one, "2,3,4"`)

	// What is joined or left out is no such row.
	for _, o := range []ingest.Options{{LeaveOut: []string{"LONG_ROW"}}, {LeaveOut: []string{"LONG_ROW"}, Join: []string{"LONG_ROW"}}} {
		o.KeepLong = true
		got, err = readText(t, "a,b\n1,2,3,4,,\n5,6\n7, 8,9\n0,0\n", o)
		require.NoError(t, err)
		require.Equal(t, [][]string{{"5", "6"}, {"0", "0"}}, got.rows)
		require.Equal(t, []string{"LEFT_OUT", "LEFT_OUT"}, codes(got.warnings))
	}
	// Where joining is not plain, the rows are kept.
	got, err = readText(t, "a,b\n1,2,3,4\n5,6\n7, 8,9\n0,0\n", ingest.Options{KeepLong: true, Join: []string{"LONG_ROW"}})
	require.NoError(t, err)
	require.Len(t, got.rows, 4)
	// A cell that becomes too long by it is refused as any other.
	_, err = readText(t, "a,b\n1,2345,6789\n5,6\n7,8\n", ingest.Options{KeepLong: true, Limits: ingest.Limits{CellBytes: 8}})
	require.Equal(t, "TOO_LARGE", refused(t, err).Code)
}
