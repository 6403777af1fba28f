package csv_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/ingest/csv"
)

// told are the codes of what was found about a file as a whole.
func told(f *csv.File) (codes []string) {
	for _, found := range f.Told() {
		codes = append(codes, found.Code+found.Text)
	}
	return codes
}

func TestTheDelimiterOfAShortExportIsThatOfItsTable(t *testing.T) {
	t.Parallel()
	titles := "# ---\n# Traffic\n# Account: Acme\n# ---\n#\n"
	for _, c := range []struct{ name, content, sep string }{
		{"below more titles than rows", titles + "Source,Sessions,Users\na,1,2\n", ","},
		{"titles with a comma in prose", "Report, monthly\nfrom May 1, 2024\n" + titles + "Source;Sessions;Users\na;1;2\nb;3;4\n", ";"},
		{"titles with more commas than the table has tabs", "Start: May 1, 2024, 12:00\nEnd: May 2, 2024, 12:00\nMade: May 3, 2024, 12:00\n\nDay\tName\tCost\n1/1/2024\tAcme, Inc.\t5\n", "\t"},
		{"above more footers than rows", "a,b\nx,1\n\nConfidential\nCopyright\nMade by me\nAcme\n", ","},
		{"two columns below one title", "Report\nname,code\nx,1\ny,2\n", ","},
		{"two columns of words below one title", "Report\nname,city\nAnn,Bonn\nBob,Rome\n", ","},
		{"a semicolon below a title and a blank line", "Report\n\nname;city\nAnn;Bonn\nBob;Rome\n", ";"},
		{"a semicolon and numbers", "Report\nname;size\nAnn;5\nBob;6\n", ";"},
		{"a header with years", titles + "Region;2023;2024\nNorth;5;6\nSouth;7;8\n", ";"},
		{"lists in one column", "Codes\nA;B\nC;D\nE;F\n", ","},
		{"lists with pipes", "Codes\nA|B\nC|D\nE|F\n", ","},
		{"lists of unlike lengths", "Codes\nA;B\nC\nE;F;G\n", ","},
		{"a few commas among many lines", "name\n" + strings.Repeat("one\n", 20) + "a,b\nc,d\n" + strings.Repeat("one\n", 20), ";"},
		{"a sentence in a column", "text\nYes, we can\nNo, we cannot\n", ";"},
		{"an uneven file with a header", "a,b,c\n1\n2\n3\n", ","},
		{"more than twenty titles are a column", strings.Repeat("title\n", 21) + "a,b,c\n1,2,3\n", ";"},
	} {
		require.Equal(t, c.sep, opened(t, c.content, csv.Options{}).Delimiter(), c.name)
	}
}

func TestAFileOfOneColumnIsQuestionedWhereItsLinesAreAlike(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, content, sep, told string }{
		{"carets", "a^b\n1^2\n", "^", "DELIMITER_FOUND^"},
		{"tildes", "a~b~c\n1~2~3\n\n4~5~6\n", "~", "DELIMITER_FOUND~"},
		{"broken bars", "a¦b\n1¦2\n", "¦", "DELIMITER_FOUND¦"},
		{"control characters", "a\x1fb\n1\x1f2\n", "\x1f", "DELIMITER_FOUND\x1f"},
		{"carets, but not as names", "^a\n^b\n", ",", ""},
		{"a caret in most lines", "a^b\n1^2\n3\n", ",", ""},
		{"colons", "a:b\n1:2\n", ",", "ONE_COLUMN:"},
		{"slashes", "a/b\n1/2\n", ",", "ONE_COLUMN/"},
		{"a colon in a cell", "a:b\n12\n", ",", ""},
		{"lists below a header", "Codes\nA;B\nC;D\n", ",", "ONE_COLUMN;"},
		{"sentences below a header", "text\nYes, we\nNo, we\n", ";", ""},
		{"one line", "a^b\n", ",", ""},
		{"plain words", "a\nb\nc\n", ",", ""},
	} {
		f := opened(t, c.content, csv.Options{})
		require.Equal(t, c.sep, f.Delimiter(), c.name)
		require.Equal(t, c.told, strings.Join(told(f), " "), c.name)
		// What is named is not questioned.
		require.Empty(t, told(opened(t, c.content, csv.Options{Delimiter: '|'})), c.name)
	}
}

func TestLinesInQuotesAsAWholeAreReadWithoutThem(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, content string
		want          [][]string
		told          string
	}{
		{"all lines", "\"zip,\"\"name\"\"\"\n\"00501,\"\"Acme, Inc.\"\"\"\n", [][]string{{"zip", "name"}, {"00501", "Acme, Inc."}}, "LINES_IN_QUOTES"},
		{"those with quotes inside", "zip,name\n\"00501,\"\"Acme, Inc.\"\"\"\n02139,Globex\n", [][]string{{"zip", "name"}, {"00501", "Acme, Inc."}, {"02139", "Globex"}}, "LINES_IN_QUOTES"},
		{"no quotes inside", "\"zip;name\"\n\"1;a\"\n\"2;b\"\n", [][]string{{"zip", "name"}, {"1", "a"}, {"2", "b"}}, "LINES_IN_QUOTES"},
		{"a line break inside", "\"a,\"\"b\nc\"\"\"\r\n\"1,2\"\r\n", [][]string{{"a", "b\nc"}, {"1", "2"}}, "LINES_IN_QUOTES"},
		{"names with a comma and a space", "\"Last, First\"\n\"Smith, John\"\n", [][]string{{"Last, First"}, {"Smith, John"}}, ""},
		{"a column without a comma in its name", "name\n\"a,b\"\n\"c,d\"\n", [][]string{{"name"}, {"a,b"}, {"c,d"}}, "ONE_COLUMN,"},
		{"not alike", "\"a,\"\"b\"\"\"\n\"1,2,3\"\n", [][]string{{`a,"b"`}, {"1,2,3"}}, ""},
		{"a table with quotes", "\"a\",\"b\"\n\"1,2\",\"3\"\n", [][]string{{"a", "b"}, {"1,2", "3"}}, ""},
		{"one odd row of a table", "a,b\n1,2\n\"3,4\"\n", [][]string{{"a", "b"}, {"1", "2"}, {"3,4"}}, ""},
		{"an export of one column", "\"a,b\"\n\"1,2\"\r\n", [][]string{{"a,b"}, {"1,2"}}, ""},
	} {
		f := opened(t, c.content, csv.Options{})
		records, _, err := all(t, f)
		require.NoError(t, err, c.name)
		require.Equal(t, c.want, records, c.name)
		require.Equal(t, c.told, strings.Join(told(f), " "), c.name)
	}
	// Whoever names the delimiter gets each line as a cell, and hears of it.
	f := opened(t, "\"zip,\"\"name\"\"\"\n\"00501,\"\"Acme\"\"\"\n", csv.Options{Delimiter: ','})
	records, _, err := all(t, f)
	require.NoError(t, err)
	require.Equal(t, [][]string{{`zip,"name"`}, {`00501,"Acme"`}}, records)
	require.Equal(t, []string{`ONE_COLUMN"`}, told(f))
}

func TestPlacesStayWhereLinesAreReadWithoutQuotes(t *testing.T) {
	t.Parallel()
	f := opened(t, "\"a,b\"\n\n\"1,\"\"x\ny\"\"\"\n\"2,z\"\n", csv.Options{})
	r, err := f.Records()
	require.NoError(t, err)
	defer func() { require.NoError(t, r.Close()) }()
	var places []int
	for {
		rec, err := r.Next()
		if err != nil {
			break
		}
		if rec.Written {
			places = append(places, rec.Place)
		}
	}
	require.Equal(t, []int{1, 3, 5}, places)
}

func TestBackslashesBeforeQuotesAreADialect(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, content string
		want          [][]string
		escapes       bool
	}{
		{"quotes", "a,b\n\"x, \\\"y\\\", z\",1\n\"p, q\",2\n", [][]string{{"a", "b"}, {`x, "y", z`, "1"}, {"p, q", "2"}}, true},
		{"a quote at the end", "a,b\n\"5 \\\"\",1\n\"6 \\\"\",2\n", [][]string{{"a", "b"}, {`5 "`, "1"}, {`6 "`, "2"}}, true},
		{"backslashes", "a,b\n\"say \\\"a\\\"\",\"C:\\\\dir\\\\\"\n", [][]string{{"a", "b"}, {`say "a"`, `C:\dir\`}}, true},
		{"other backslashes stay", "a,b\n\"say \\\"a\\\"\",C:\\dir\\new\n", [][]string{{"a", "b"}, {`say "a"`, `C:\dir\new`}}, true},
		{"delimiters without quotes", "a,b\nAcme\\, Inc.,1\nGlobex,2\n", [][]string{{"a", "b"}, {"Acme, Inc.", "1"}, {"Globex", "2"}}, true},
		{"a quote without quotes", "a,b\nsay \\\"a\\\",1\n\"x \\\"y\\\"\",2\n", [][]string{{"a", "b"}, {`say "a"`, "1"}, {`x "y"`, "2"}}, true},
		{"over a line", "a,b\n\"x \\\"y\nz\\\"\",1\n\"x\",2\n", [][]string{{"a", "b"}, {"x \"y\nz\"", "1"}, {"x", "2"}}, true},
		{"a path before a doubled quote", "a,b\n\"C:\\dir\\\",\"x \"\"y\"\"\"\n\"C:\\\",\"z\"\n", [][]string{{"a", "b"}, {`C:\dir\`, `x "y"`}, {`C:\`, "z"}}, false},
		{"a path at the end of a cell", "a,b\nC:\\,disk\nD:\\,disk\n", [][]string{{"a", "b"}, {`C:\`, "disk"}, {`D:\`, "disk"}}, false},
		{"regular expressions", "a,b\n\\d+,\"\\w,\\s\"\n", [][]string{{"a", "b"}, {`\d+`, `\w,\s`}}, false},
	} {
		for _, sep := range []rune{0, ','} {
			f := opened(t, c.content, csv.Options{Delimiter: sep})
			records, found, err := all(t, f)
			require.NoError(t, err, c.name)
			require.Equal(t, c.want, records, c.name)
			require.Empty(t, found, c.name)
			require.Equal(t, map[bool][]string{true: {"BACKSLASHES"}}[c.escapes], told(f), c.name)
		}
	}
}

func TestAFormulaThatIsATextIsThatText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		cell, want, found string
	}{
		{`="00501"`, "00501", "TEXT_FORMULA"},
		{`"=""00501"""`, "00501", "TEXT_FORMULA"},
		{`="Acme, Inc."`, "Acme, Inc.", "TEXT_FORMULA"},
		{`="say ""a"""`, `say "a"`, "TEXT_FORMULA"},
		{`"=""say """"a"""""""`, `say "a"`, "TEXT_FORMULA"},
		{`=""`, "", "TEXT_FORMULA"},
		{`"="""""`, "", "TEXT_FORMULA"},
		{`="x" `, "x", "TEXT_FORMULA SPACE_AROUND_QUOTES"},
		{`="a"&"b"`, `="a"&"b"`, "BARE_QUOTE"},
		{`"=""a""&""b"""`, `="a"&"b"`, ""},
		{`=A1`, "=A1", ""},
		{`="x`, `="x`, "BARE_QUOTE"},
		{`=T("x")`, `=T("x")`, "BARE_QUOTE"},
		{`x="y"`, `x="y"`, "BARE_QUOTE"},
		{`"=x"`, "=x", ""},
		{`"="""`, `="`, ""},
	} {
		records, found, err := all(t, opened(t, "a,b\n"+c.cell+",1\n", csv.Options{Delimiter: ','}))
		require.NoError(t, err, c.cell)
		require.Equal(t, [][]string{{"a", "b"}, {c.want, "1"}}, records, c.cell)
		require.ElementsMatch(t, strings.Fields(c.found), found, c.cell)
	}
	// Such a cell is never one over lines.
	records, _, err := all(t, opened(t, "a,b\n=\"x\ny\",1\n", csv.Options{Delimiter: ','}))
	require.NoError(t, err)
	require.Len(t, records, 3)
}

func TestAMarkInTheMiddleGoesAndOneBeforeAQuoteOpensNoCell(t *testing.T) {
	t.Parallel()
	const mark = "\ufeff"
	records, found, err := all(t, opened(t, mark+"a,b\n"+mark+"\"x, y\",1\n"+mark+"\"z\","+mark+"2"+mark+"\nw,\"v"+mark+"\"\n", csv.Options{}))
	require.NoError(t, err)
	require.Equal(t, [][]string{{"a", "b"}, {"x, y", "1"}, {"z", "2"}, {"w", "v"}}, records)
	require.Equal(t, []string{"MARK_INSIDE", "MARK_INSIDE", "MARK_INSIDE", "MARK_INSIDE"}, found)
	// The one at the beginning is none of them, and it is found over the end of a piece.
	_, found, err = all(t, opened(t, mark+"a,b\n1,2\n", csv.Options{}))
	require.NoError(t, err)
	require.Empty(t, found)
	for shift := range 4 {
		_, found, err = all(t, opened(t, "a\n"+strings.Repeat("x", shift)+strings.Repeat("12345678\n", 29127)+mark+"y\n", csv.Options{}))
		require.NoError(t, err)
		require.Equal(t, []string{"MARK_INSIDE"}, found)
	}
}

func TestControlCharactersThatSeparateAreText(t *testing.T) {
	t.Parallel()
	hive := strings.Repeat("a\x01b\x01c\n", 30)
	require.True(t, csv.Binary([]byte(hive)))
	require.True(t, csv.Separated([]byte(hive)))
	for content, want := range map[string]bool{
		"a\x01b\x01c\n" + strings.Repeat("1\x012\x013\n", 30):                   true,
		"a\x01b\x01c\n" + strings.Repeat("1\x012\x013\n", 30) + "4\x01":         true, // it may end within a line
		"a\x01b\x01c\n" + strings.Repeat("1\x012\x013\n", 30) + "4\x01\n5\n":    false,
		"a\x01b\x01c\n" + strings.Repeat("1\x012\x013\n", 30) + "4\x025\x016\n": false,
		"a\x01b\x01c\n" + strings.Repeat("\xff\x012\x013\n", 30):                false,
		"a,b\n1,2\n": false,
		"":           false,
	} {
		require.Equal(t, want, csv.Separated([]byte(content)), "%q", content)
	}
}

// FuzzLayout holds of any text: reading it with the layout that was found loses no
// letter, and is the same when what was found is named. About 1,200 a second.
func FuzzLayout(f *testing.F) {
	for _, seed := range []string{
		"a,b\n1,2\n", "# x\n# y\nname;size\nAnn;5\nBob;6\n\nTotal;11\n", "\"zip,\"\"name\"\"\"\n\"1,\"\"Acme, Inc.\"\"\"\n", "a,b\n\"x, \\\"y\\\", z\",1\nAcme\\, Inc.,2\n",
		"a^b\n1^2\n", "Codes\nA;B\nC;D\n", "a\x01b\n1\x012\n", "a,b\n=\"00501\",\"=\"\"1\"\"\"\n", "a,b\n\ufeff\"x\",1\n", "a:b\n1:2\n",
	} {
		f.Add([]byte(seed))
	}
	path := filepath.Join(f.TempDir(), "file")
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 4096 || bytes.ContainsAny(data, "\xff\xfe") {
			return
		}
		require.NoError(t, os.WriteFile(path, data, 0o600))
		file, err := csv.Open(path, csv.Options{Encoding: "UTF-8"})
		if err != nil {
			return // not UTF-8
		}
		records, _, err := all(t, file)
		require.NoError(t, err)
		var text strings.Builder
		for _, rec := range records {
			require.NotEmpty(t, rec)
			text.WriteString(strings.Join(rec, ""))
		}
		lost := strings.NewReplacer("sep=", "", "Sep=", "", "SEP=", "", "sEp=", "", "seP=", "", "SEp=", "", "SeP=", "", "sEP=", "")
		require.Equal(t, letters(lost.Replace(string(data))), letters(lost.Replace(text.String())))
		if strings.Contains(strings.Join(told(file), " "), "LINES_IN_QUOTES") {
			return // named, it means the other reading
		}
		sep := []rune(file.Delimiter())[0]
		named, err := csv.Open(path, csv.Options{Encoding: "UTF-8", Delimiter: sep})
		require.NoError(t, err)
		again, _, err := all(t, named)
		require.NoError(t, err)
		require.Equal(t, records, again)
	})
}
