package ingest_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/cases"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"

	"tablestep/tables/ingest"
	"tablestep/tables/ingest/record"
)

// anyCell draws the texts that readers stumble over, and any others.
func anyCell() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.SampledFrom([]string{
			"", "0", "00501", "+5", "-5", "-12.5", "=1+1", "'+5", "''=x", "'", "@x", "\tx", "\rx", "null", " a ", "a\nb", "a\r\nb", "a\rb",
			`"`, `""`, `a"b`, `"a"`, ` "a"`, `a" `, ",", ";", "|", "\t", "a,b", "a;b", "\u00a0", "\ufeff", "é", "日本", "_x0041_", "_x005F_", "_x0041", "\x01",
			"]]>", "<a>&amp;", "a_x000D_b", "\u2028", "🙂", "_x005F_x0041_", "sep=;",
		}),
		rapid.StringOf(rapid.SampledFrom([]rune(`ab"',;|=+-@_x0 `+"\t\r\n\u00e9"))),
		rapid.String(),
	)
}

// anyTable draws a table that can come back: unique trimmed names, valid
// UTF-8, no NUL, no byte order mark.
func anyTable(t *rapid.T) ([]string, [][]string) {
	clean := func(s string) string {
		return strings.NewReplacer("\x00", "", "\ufeff", "").Replace(strings.ToValidUTF8(s, ""))
	}
	fold := func(s string) string { return cases.Fold().String(strings.Join(strings.Fields(s), " ")) }
	names := rapid.SliceOfNDistinct(rapid.Map(anyCell(), clean).Filter(func(s string) bool {
		trimmed := strings.TrimFunc(s, func(r rune) bool {
			return strings.ContainsRune("\u200b\ufeff\u2060", r) || strings.TrimSpace(string(r)) == ""
		})
		return trimmed == s && s != "" && !strings.HasPrefix(strings.ToLower(s), "sep=")
	}), 1, 5, fold).Draw(t, "names")
	rows := rapid.SliceOfN(rapid.SliceOfN(rapid.Map(anyCell(), clean), len(names), len(names)), 1, 12).Draw(t, "rows")
	return names, rows
}

func TestExportComesBack(t *testing.T) {
	dir := t.TempDir()
	formats := map[string]func(*bytes.Buffer, []string, [][]string) error{
		"csv": func(b *bytes.Buffer, names []string, rows [][]string) error {
			return ingest.WriteCSV(b, names, &stored{rows: rows})
		},
		"xlsx": func(b *bytes.Buffer, names []string, rows [][]string) error {
			return ingest.WriteXLSX(b, names, &stored{rows: rows})
		},
	}
	for format, write := range formats {
		t.Run("any table comes back from "+format, func(t *testing.T) {
			path := filepath.Join(dir, "export."+format)
			rapid.Check(t, func(t *rapid.T) {
				names, rows := anyTable(t)
				var b bytes.Buffer
				require.NoError(t, write(&b, names, rows))
				require.NoError(t, os.WriteFile(path, b.Bytes(), 0o600))
				got, err := readAll(path, ingest.Options{HeaderRow: 1, Encoding: "UTF-8"})
				require.NoError(t, err, "%q", b.String())
				require.Equal(t, names, got.columns)
				require.Equal(t, rows, got.rows)
			})
		})
	}
}

func TestExportIsFoundWithoutHelp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "export.csv")
	rapid.Check(t, func(t *rapid.T) {
		names, rows := anyTable(t)
		text := strings.Join(append(slices.Concat(rows...), names...), "")
		if strings.Count(text, "\x01") > 5 {
			t.Skip("a small file of control characters is taken for binary")
		}
		var b bytes.Buffer
		require.NoError(t, ingest.WriteCSV(&b, names, &stored{rows: rows}))
		require.NoError(t, os.WriteFile(path, b.Bytes(), 0o600))
		got, err := readAll(path, ingest.Options{})
		require.NoError(t, err, "%q", b.String())
		require.Equal(t, names, got.columns, "%q", b.String())
		require.Equal(t, rows, got.rows, "%q", b.String())
	})
}

func TestExportHasNoCellThatBeginsAFormula(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names, rows := anyTable(t)
		var b bytes.Buffer
		require.NoError(t, ingest.WriteXLSX(&b, names, &stored{rows: rows}))
		book, err := excelize.OpenReader(&b)
		require.NoError(t, err)
		defer book.Close()
		all, err := book.GetRows("Table")
		require.NoError(t, err)
		for _, row := range all {
			for _, cell := range row {
				require.NotContains(t, []string{"=", "+", "-", "@", "\t", "\r"}, cell[:min(len(cell), 1)])
			}
		}
	})
}

func TestDefuseComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anyCell().Draw(t, "cell")
		safe := record.Defuse(s)
		require.Equal(t, s, record.Undefuse(safe))
		if safe != "" {
			require.NotContains(t, "=+-@\t\r", safe[:1])
		}
	})
}

// A writer of a dialect, as obvious as can be: every cell in quotes.
func quotedCSV(names []string, rows [][]string, sep, eol string, last bool) string {
	var b strings.Builder
	all := append([][]string{names}, rows...)
	for i, row := range all {
		for j, cell := range row {
			if j > 0 {
				b.WriteString(sep)
			}
			b.WriteString(`"` + strings.ReplaceAll(cell, `"`, `""`) + `"`)
		}
		if i < len(all)-1 || last {
			b.WriteString(eol)
		}
	}
	return b.String()
}

func TestEveryDialectComesBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dialect.csv")
	encodings := []struct {
		name string
		enc  encoding.Encoding
	}{
		{"UTF-8", unicode.UTF8},
		{"UTF-8", unicode.UTF8BOM},
		{"UTF-16LE", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)},
		{"UTF-16BE", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)},
		{"UTF-16", unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)},
		{"windows-1252", charmap.Windows1252},
		{"ISO-8859-2", charmap.ISO8859_2},
		{"ISO-8859-15", charmap.ISO8859_15},
		{"windows-1251", charmap.Windows1251},
		{"Shift_JIS", japanese.ShiftJIS},
		{"GBK", simplifiedchinese.GBK},
	}
	rapid.Check(t, func(t *rapid.T) {
		names, rows := anyTable(t)
		sep := rapid.SampledFrom([]string{",", ";", "\t", "|", "§"}).Draw(t, "delimiter")
		eol := rapid.SampledFrom([]string{"\n", "\r\n", "\r"}).Draw(t, "eol")
		e := rapid.SampledFrom(encodings).Draw(t, "encoding")
		text := quotedCSV(names, rows, sep, eol, rapid.Bool().Draw(t, "last"))
		raw, err := e.enc.NewEncoder().Bytes([]byte(text))
		if back, derr := e.enc.NewDecoder().Bytes(raw); err != nil || derr != nil || strings.TrimPrefix(string(back), "\ufeff") != text {
			t.Skip("the encoding cannot hold the table")
		}
		if strings.Contains(text, "\uFFFD") {
			t.Skip("a replacement character is an error in a named encoding")
		}
		if strings.Contains(text, `"=""`) {
			t.Skip(`a cell like ="00501" is read as its text`)
		}
		require.NoError(t, os.WriteFile(path, raw, 0o600))
		r, _ := utf8.DecodeRuneInString(sep)
		got, err := readAll(path, ingest.Options{HeaderRow: 1, Delimiter: r, Encoding: e.name})
		require.NoError(t, err)
		require.Equal(t, names, got.columns)
		require.Equal(t, rows, got.rows)
	})
}

func TestPlainTablesAreWrittenAsTheyCame(t *testing.T) {
	const text = "country,alpha-2\nUnited States,US\n\"Korea, South\",KR\n,\"say \"\"hi\"\"\"\n"
	f, err := ingest.Open(put(t, "a.csv", []byte(text)), ingest.Options{})
	require.NoError(t, err)
	defer f.Close()
	var b bytes.Buffer
	require.NoError(t, ingest.WriteCSV(&b, f.Columns(), f))
	require.Equal(t, text, b.String())
}

func TestApostropheOfAStrangerStays(t *testing.T) {
	got, err := readText(t, "a,b\r\n'+5,\"'=x\"\r\n", ingest.Options{})
	require.NoError(t, err)
	require.Equal(t, [][]string{{"'+5", "'=x"}}, got.rows)
	require.Equal(t, []string{"QUOTED_FORMULA", "QUOTED_FORMULA"}, codes(got.warnings))

	got, err = readText(t, "a,b\r\n'+5,\"'=x\"\r\n", ingest.Options{Exported: true})
	require.NoError(t, err)
	require.Equal(t, [][]string{{"+5", "=x"}}, got.rows)
	require.Empty(t, got.warnings)
}

func TestExportThatDoesNotFitIsRefused(t *testing.T) {
	var b bytes.Buffer
	err := ingest.WriteXLSX(&b, []string{"a"}, &stored{rows: [][]string{{strings.Repeat("x", 40_000)}}})
	require.ErrorIs(t, err, ingest.ErrTooBig)
	err = ingest.WriteXLSX(&b, make([]string, 20_000), &stored{})
	require.ErrorIs(t, err, ingest.ErrTooBig)
}
