package csv_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/ingest/csv"
	"tablestep/tables/ingest/record"
	"tablestep/tables/schema"
)

// stored writes a file for a reader.
func stored(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

// opened opens a text as a CSV file.
func opened(t *testing.T, content string, o csv.Options) *csv.File {
	t.Helper()
	f, err := csv.Open(stored(t, content), o)
	require.NoError(t, err)
	return f
}

// all reads a file's records, blank lines included, and the codes of its findings.
func all(t *testing.T, f *csv.File) (records [][]string, found []string, err error) {
	t.Helper()
	r, err := f.Records()
	require.NoError(t, err)
	defer func() { require.NoError(t, r.Close()) }()
	for {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			return records, found, nil
		} else if err != nil {
			return records, found, err
		}
		records = append(records, append([]string(nil), rec.Cells...))
		for _, f := range rec.Findings {
			found = append(found, f.Code)
		}
	}
}

// refusal is the error of an upload that is refused.
func refusal(t *testing.T, err error) *schema.UploadError {
	t.Helper()
	var refused *schema.UploadError
	require.ErrorAs(t, err, &refused)
	return refused
}

// wide spreads a text of ASCII to characters of so many bytes.
func wide(s string, bytes int, little bool) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		pad := strings.Repeat("\x00", bytes-1)
		if little {
			b.WriteString(string(rune(c)) + pad)
		} else {
			b.WriteString(pad + string(rune(c)))
		}
	}
	return b.String()
}

func TestACharacterSetIsFoundByItsMarkOrByWhatTheBytesAre(t *testing.T) {
	t.Parallel()
	const text = "a,b\n1,2\n"
	plain := [][]string{{"a", "b"}, {"1", "2"}}
	for _, c := range []struct {
		name, content, asked, want string
		guessed                    bool
		records                    [][]string
		found                      []string
	}{
		{"ASCII", text, "", "UTF-8", false, plain, nil},
		{"a mark of UTF-8", "\xef\xbb\xbf" + text, "", "UTF-8", false, plain, nil},
		{"a mark of UTF-8, and told", "\xef\xbb\xbf" + text, "utf-8", "UTF-8", false, plain, nil},
		{"told, without a mark", text, " UTF8 ", "UTF-8", false, plain, nil},
		{"a mark of UTF-16", "\xff\xfe" + wide(text, 2, true), "", "UTF-16LE", false, plain, nil},
		{"a mark of UTF-16 the other way round", "\xfe\xff" + wide(text, 2, false), "", "UTF-16BE", false, plain, nil},
		{"a mark of UTF-32", "\xff\xfe\x00\x00" + wide(text, 4, true), "", "UTF-32LE", false, plain, nil},
		{"a mark of UTF-32 the other way round", "\x00\x00\xfe\xff" + wide(text, 4, false), "", "UTF-32BE", false, plain, nil},
		{"UTF-16 without a mark", wide(text, 2, true), "", "UTF-16LE", true, plain, nil},
		{"UTF-16 without a mark, the other way round", wide(text, 2, false), "", "UTF-16BE", true, plain, nil},
		{"UTF-16 told, with a mark", "\xfe\xff" + wide(text, 2, false), "utf-16", "UTF-16BE", false, plain, nil},
		{"UTF-16 told, without a mark", wide(text, 2, false), "UTF-16", "UTF-16BE", false, plain, nil},
		{"UTF-16 told by its order, with its mark", "\xfe\xff" + wide(text, 2, false), "utf-16be", "UTF-16BE", false, plain, nil},
		{"UTF-16 told by its order, without a mark", wide(text, 2, true), "utf-16le", "UTF-16LE", false, plain, nil},
		{"one letter that is no UTF-8", "caf\xe9,b\n", "", "windows-1252", true, [][]string{{"café", "b"}}, nil},
		{"five characters of UTF-8 to one stray byte", "ééééé,\xe9\n", "", "UTF-8", false, [][]string{{"ééééé", "é"}}, []string{"BAD_BYTES"}},
		{"a stray byte behind a mark of UTF-8", "\xef\xbb\xbfa,\xe9\n", "", "UTF-8", false, [][]string{{"a", "é"}}, []string{"BAD_BYTES"}},
		{"an old name of another set", "\xe9,b\n", "latin1", "windows-1252", false, [][]string{{"é", "b"}}, nil},
		{"a NUL", "a\x00x,b\n", "", "UTF-8", false, [][]string{{"ax", "b"}}, []string{"NUL_BYTE"}},
	} {
		f := opened(t, c.content, csv.Options{Encoding: c.asked, Delimiter: ','})
		name, guessed := f.Encoding()
		require.Equal(t, c.want, name, c.name)
		require.Equal(t, c.guessed, guessed, c.name)
		records, found, err := all(t, f)
		require.NoError(t, err, c.name)
		require.Equal(t, c.records, records, c.name)
		require.Equal(t, c.found, found, c.name)
	}
	// With fewer good characters to a stray byte it is no UTF-8.
	name, guessed := opened(t, "éééé,\xe9\n", csv.Options{}).Encoding()
	require.NotEqual(t, "UTF-8", name)
	require.True(t, guessed)
}

func TestACharacterSetThatDoesNotFitIsRefusedWithItsPlace(t *testing.T) {
	t.Parallel()
	_, err := csv.Open(stored(t, "a\nb\nc\xff,\xfe\n"), csv.Options{Encoding: "UTF-8"})
	require.Equal(t, "BAD_ENCODING", refusal(t, err).Code)
	require.ErrorContains(t, err, "line 3 holds the byte 0xFF")

	// The line is the right one, too, where the file is read in several pieces.
	_, err = csv.Open(stored(t, strings.Repeat("a line\n", 60_000)+"\xfe"), csv.Options{Encoding: "UTF-8"})
	require.ErrorContains(t, err, "line 60001 holds the byte 0xFE")

	for _, name := range []string{"klingon", "replacement"} {
		_, err := csv.Open(stored(t, "a\n"), csv.Options{Encoding: name})
		require.Equal(t, "BAD_ENCODING", refusal(t, err).Code, name)
		require.ErrorContains(t, err, `"`+name+`" is not the name of a character set that can be read`)
	}

	// Bytes that the named set does not have are an error, and not a guess.
	_, _, err = all(t, opened(t, "a\nx\x81\xff\n", csv.Options{Encoding: "Shift_JIS", Delimiter: ','}))
	require.Equal(t, "BAD_ENCODING", refusal(t, err).Code)
	require.ErrorContains(t, err, "line 2")
	require.ErrorContains(t, err, "Shift_JIS")
}

// A character that stands over the end of a piece that is read is as good as any other.
func TestCharactersAndLineEndsMayLieOverTheEndOfAPiece(t *testing.T) {
	t.Parallel()
	const piece = 256 << 10
	for _, over := range []string{"é", "€", "𝄞", "\r\n"} {
		for back := 1; back <= len(over); back++ {
			f := opened(t, strings.Repeat("x", piece-back)+over+"y\n", csv.Options{Encoding: "utf-8", Delimiter: ','})
			records, found, err := all(t, f)
			require.NoError(t, err, "%q, %d before the end", over, back)
			require.Empty(t, found)
			require.Equal(t, strings.Repeat("x", piece-back)+strings.ReplaceAll(over, "\r\n", "\n")+"y", strings.Join(flat(records), "\n"))
		}
	}
}

func flat(records [][]string) (cells []string) {
	for _, r := range records {
		cells = append(cells, r...)
	}
	return cells
}

func TestALoneCRIsALineEndWhereverItStands(t *testing.T) {
	t.Parallel()
	for content, want := range map[string][][]string{
		"a,b\r1,2\r":     {{"a", "b"}, {"1", "2"}},
		"a,b\r\n1,2\r":   {{"a", "b"}, {"1", "2"}},
		"a,b\n1,2\r3,4":  {{"a", "b"}, {"1", "2"}, {"3", "4"}},
		"a,b\r\n1,2\r\n": {{"a", "b"}, {"1", "2"}},
	} {
		records, _, err := all(t, opened(t, content, csv.Options{}))
		require.NoError(t, err)
		require.Equal(t, want, records, "%q", content)
	}
}

func TestExcelsLineTellsTheDelimiter(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"sep=;": ";", "SEP=|": "|", `"sep=;"`: ";", "sep=§": "§", "sep=\t": "\t",
		"sep=": ",", "sep=;;": ",", "sep=\x20": ",", `sep="`: ",", "xsep=;": ",", "tab=;": ",", `"sep=;`: ",",
	} {
		f := opened(t, line+"\na,b;c|d§e\tf\n1,2;3|4§5\t6\n", csv.Options{})
		if want == "," {
			require.NotEqual(t, "§", f.Delimiter(), line)
			records, _, err := all(t, f)
			require.NoError(t, err)
			require.Len(t, records, 3, "%q is a line like others", line)
			continue
		}
		require.Equal(t, want, f.Delimiter(), line)
		records, _, err := all(t, f)
		require.NoError(t, err)
		require.Len(t, records, 2, "%q is no record", line)
		require.Len(t, records[0], 2)
	}
	// A table of one line is a table, whatever stands there.
	records, _, err := all(t, opened(t, "sep=;", csv.Options{}))
	require.NoError(t, err)
	require.Equal(t, "sep=;", strings.Join(flat(records), ";"))
}

func TestWhatCannotBeADelimiterIsRefused(t *testing.T) {
	t.Parallel()
	path := stored(t, "a:b\n")
	for _, r := range []rune{'"', '\r', '\n', ' ', '\uFFFD', -1, 0xD800} {
		_, err := csv.Open(path, csv.Options{Delimiter: r})
		require.Equal(t, "BAD_DELIMITER", refusal(t, err).Code, "%q", r)
	}
	for _, r := range []rune{':', '§', '\t', 'x'} {
		f, err := csv.Open(path, csv.Options{Delimiter: r})
		require.NoError(t, err)
		require.Equal(t, string(r), f.Delimiter())
	}
}

func TestTheDelimiterThatCutsMostRecordsAlikeIsTaken(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, file, content, want string }{
		{"more cells win where both cut all", "", "a,b;c;d\n1,2;3;4\n", ";"},
		{"the more usual one where all is equal", "", "a,b;c\n1,2;3\n", ","},
		{"half of the records are enough", "", "a;b\n1;2\n3\n4\n", ";"},
		{"less is not, and the first that cuts the header is taken", "", "a|b;c\n1\n2\n3\n4\n", ","},
		{"punctuation is no delimiter", "", "name\nSmith, Ann\nMiller, Bob\n", ";"},
		{"punctuation with a header is one", "", "name, first\nSmith, Ann\nMiller, Bob\n", ","},
		{"a comma without its space is one", "", "name\nSmith,Ann\nMiller, Bob\n", ","},
		{"a record that is guessed counts half", "", "a,b;c\n\"x\"y,2;3\n\"z\"y,2;3\n", ","},
		{"the name of a file of tabs", "x.TSV", "a,b\tc\n1,2\t3\n", "\t"},
		{"the name does not help where there are no tabs", "x.tsv", "a,b\n1,2\n", ","},
		{"nothing to cut", "", "a\n1\n", ","},
		{"behind blank lines", "", "\n\na;b\n1;2\n", ";"},
	} {
		require.Equal(t, c.want, opened(t, c.content, csv.Options{Name: c.file}).Delimiter(), c.name)
	}
}

func TestAnExportWithDefusedCellsIsToldByItsEnds(t *testing.T) {
	t.Parallel()
	for content, want := range map[string]bool{
		"a,b\n1,2\r\n":             true,
		"a,b\r\n1,2\r\n":           false, // of another program
		"a,b\n1,2\n":               false,
		"a,b\n\r\n":                true,
		"\r\n":                     false,
		"\n":                       false,
		"":                         false,
		"\xef\xbb\xbfa,b\n1,2\r\n": false, // ours have no mark
		"sep=,\na,b\n1,2\r\n":      false,
		"a\xe9,b\n1,2\r\n":         false,
		"\"a\n\",b\n1,2\r\n":       true,
		"\"a\r\n\",b\n1,2\r\n":     true,
	} {
		got, err := opened(t, content, csv.Options{Delimiter: ','}).Exported()
		require.NoError(t, err)
		require.Equal(t, want, got, "%q", content)
	}
}

func TestBytesThatAreNoTextAreToldFromText(t *testing.T) {
	t.Parallel()
	for content, want := range map[string]bool{
		strings.Repeat("\x01", 8):                           false, // too few to tell
		strings.Repeat("\x01", 9):                           true,
		strings.Repeat("\x7f", 9):                           true,
		strings.Repeat("\x01", 9) + strings.Repeat("x", 80): true,
		strings.Repeat("\x01", 9) + strings.Repeat("x", 81): false, // a tenth
		strings.Repeat("\t\r\n\f\v\x1b", 9):                 false,
		"\xff\xfe" + strings.Repeat("\x01", 90):             false, // marked as text
		wide("a,b\n1,2\n3,4\n5,6\n", 2, true):               false,
		"":                                                  false,
	} {
		require.Equal(t, want, csv.Binary([]byte(content)), "%q", content)
	}
}

func TestALineMayHaveAsManyCellsAndBytesAsItIsAllowed(t *testing.T) {
	t.Parallel()
	limits := record.Limits{Columns: 3, RowBytes: 40, CellBytes: 10}
	for _, sep := range []rune{',', '§'} {
		line := func(cells ...string) string { return strings.Join(cells, string(sep)) + "\n" }
		read := func(content string) error {
			f := opened(t, content, csv.Options{Delimiter: sep, Encoding: "utf-8", Limits: limits})
			r, err := f.Records()
			require.NoError(t, err)
			defer func() { require.NoError(t, r.Close()) }()
			r.Expect(3)
			for {
				if _, err := r.Next(); errors.Is(err, io.EOF) {
					return nil
				} else if err != nil {
					return err
				}
			}
		}
		require.NoError(t, read(line("a", "b", "c")+line(`"a"`, "b", "c")))
		// A line without quotes may have one more: who reads the rows has a finding for it.
		for _, many := range []string{line("a", "b", "c", "d", "e"), line(`"a"`, "b", "c", "d")} {
			err := read(line("a", "b", "c") + many)
			require.Equal(t, "TOO_LARGE", refusal(t, err).Code)
			require.ErrorContains(t, err, "line 2 has more than 3 cells")
		}
	}
	// The bytes of a line that has no end yet.
	_, _, err := all(t, opened(t, "a,b\n"+strings.Repeat("x", 300<<10), csv.Options{Delimiter: ',', Limits: limits}))
	require.Equal(t, "TOO_LARGE", refusal(t, err).Code)
	require.ErrorContains(t, err, "line 2 has more than 40 bytes")
}

// The letters that tell the character set may come late.
func TestACharacterSetIsFoundByLettersFarBehindTheStart(t *testing.T) {
	t.Parallel()
	russian := "\xcf\xf0\xe8\xe2\xe5\xf2, \xea\xe0\xea \xe4\xe5\xeb\xe0 \xe2 \xcc\xee\xf1\xea\xe2\xe5 \xf1\xe5\xe3\xee\xe4\xed\xff" // windows-1251
	for _, before := range []int{0, 100, 20_000} {
		f := opened(t, strings.Repeat("a line;of it\n", before)+strings.Repeat(russian+";x\n", 20), csv.Options{Delimiter: ';'})
		name, guessed := f.Encoding()
		require.Equal(t, "windows-1251", name, "%d lines before", before)
		require.True(t, guessed)
		records, _, err := all(t, f)
		require.NoError(t, err)
		require.Contains(t, records[len(records)-1][0], "в Москве сегодня")
	}
}

// A quote that is never closed is told from a cell that is too long by what follows it:
// rows, between which there may be blank lines.
func TestAQuoteThatIsNeverClosedIsNoCellThatIsTooLong(t *testing.T) {
	t.Parallel()
	read := func(content string) ([][]string, []string, error) {
		f := opened(t, content, csv.Options{Delimiter: ',', Limits: record.Limits{CellBytes: 10}})
		r, err := f.Records()
		require.NoError(t, err)
		defer func() { require.NoError(t, r.Close()) }()
		r.Expect(2)
		var records [][]string
		var found []string
		for {
			rec, err := r.Next()
			if errors.Is(err, io.EOF) {
				return records, found, nil
			} else if err != nil {
				return records, found, err
			}
			records = append(records, append([]string(nil), rec.Cells...))
			for _, f := range rec.Findings {
				found = append(found, f.Code)
			}
		}
	}
	long := strings.Repeat("x", 30)
	for _, follows := range []string{"3,4\n5,6\n7,8\n", "\n3,4\n\n5,6\n", ""} {
		records, found, err := read("a,b\n\"" + long + ",2\n" + follows)
		require.NoError(t, err, "%q", follows)
		require.Equal(t, []string{`"` + long, "2"}, records[1])
		require.Equal(t, []string{"UNCLOSED_QUOTE"}, found)
	}
	_, _, err := read("a,b\n\"" + long + ",2\nsome more of the text\nand more\n\"")
	require.Equal(t, "TOO_LARGE", refusal(t, err).Code)
	require.ErrorContains(t, err, "line 2 begins a cell in quotes")
}

// A quote within quotes takes two bytes of the file and counts as one.
func TestACellOfQuotesMayBeAsLongAsAnyOther(t *testing.T) {
	t.Parallel()
	for n, fits := range map[int]bool{10: true, 11: false} {
		f := opened(t, "a,b\n\""+strings.Repeat(`""`, n)+"\",2\n", csv.Options{Delimiter: ',', Limits: record.Limits{CellBytes: 10}})
		records, found, err := all(t, f)
		require.NoError(t, err)
		require.Equal(t, fits, records[1][0] == strings.Repeat(`"`, n), "%q", records[1])
		require.Equal(t, fits, len(found) == 0, "%v", found)
	}
}
