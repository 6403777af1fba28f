package ingest_test

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"tablestep/tables/ingest"
	"tablestep/tables/schema"
)

// checkFile reads a file and checks what holds for every one that is not
// refused: names that can be told apart, rows in order and of one width, cells
// of valid UTF-8; and an export of it that comes back.
func checkFile(t *testing.T, path string, o ingest.Options) {
	t.Helper()
	f, err := ingest.Open(path, o)
	if err != nil {
		var refused *schema.UploadError
		require.ErrorAs(t, err, &refused)
		require.NotEmpty(t, refused.Code)
		return
	}
	defer func() { require.NoError(t, f.Close()) }()
	columns := f.Columns()
	require.NotEmpty(t, columns)
	seen := map[string]bool{}
	for _, name := range columns {
		require.NotEmpty(t, strings.TrimSpace(name))
		require.True(t, utf8.ValidString(name))
		require.False(t, seen[name])
		seen[name] = true
	}
	var rows [][]string
	for number := 1; ; number++ {
		row, err := f.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			var refused *schema.UploadError
			require.ErrorAs(t, err, &refused)
			_, again := f.Next()
			require.Equal(t, err, again, "an error stays")
			return
		}
		require.Equal(t, number, row.Number)
		require.Len(t, row.Cells, len(columns))
		for _, cell := range row.Cells {
			require.True(t, utf8.ValidString(cell))
		}
		rows = append(rows, append([]string(nil), row.Cells...))
	}
	require.NotEmpty(t, rows)
	for _, w := range f.Warnings() {
		require.NotEmpty(t, w.Code)
		require.NotEmpty(t, w.Message)
		require.LessOrEqual(t, w.Row, len(rows))
		require.True(t, w.Column == "" || seen[w.Column])
	}
	var b bytes.Buffer
	require.NoError(t, ingest.WriteCSV(&b, columns, &stored{rows: rows}))
	export := filepath.Join(t.TempDir(), "export.csv")
	require.NoError(t, os.WriteFile(export, b.Bytes(), 0o600))
	again, err := readAll(export, ingest.Options{HeaderRow: 1, Encoding: "UTF-8", Delimiter: ','})
	if strings.HasPrefix(strings.ToLower(columns[0]), "sep=") || b.Len() > 1<<20 {
		return
	}
	require.NoError(t, err)
	require.Equal(t, columns, again.columns)
	require.Equal(t, rows, again.rows)
}

// FuzzCSV reads anything with and without help: about 400 a second.
func FuzzCSV(f *testing.F) {
	for _, seed := range []string{
		"a,b\n1,2\n", "\xef\xbb\xbf\"a\";\"b\"\r\n1;2", "sep=;\na;b\n1;2\n", "a,b\n\"x\ny\",2\n\"z,3\n4,5\n", "Report\n\na,b,c\n1,2,3\n",
		"\xff\xfea\x00,\x00b\x00\n\x001\x00,\x002\x00", "a,b\rcaf\xe9,\"x \"y\" z\"\r", "a\n'+5\n\"'=x\"\r\n", "a,,b,\n1,2,3,\n", "a|b\n\x00|\"\"\n,\n",
	} {
		f.Add([]byte(seed), 0, uint8(0))
	}
	path := filepath.Join(f.TempDir(), "fuzz.csv")
	f.Fuzz(func(t *testing.T, data []byte, headerRow int, choice uint8) {
		// The whole way, with and without help.
		require.NoError(t, os.WriteFile(path, data, 0o600))
		o := ingest.Options{HeaderRow: headerRow % 10, Exported: choice&1 != 0, Limits: ingest.Limits{CellBytes: 1000, RowBytes: 5000, Columns: 50}}
		o.Encoding = []string{"", "UTF-8", "UTF-16", "windows-1252", "Shift_JIS"}[int(choice>>1)%5]
		o.Delimiter = []rune{0, ',', ';', '\t', '§'}[int(choice>>4)%5]
		o.KeepLong = headerRow/50%2 == 1
		switch headerRow / 10 % 5 {
		case 1:
			o.LeaveOut = []string{"LONG_ROW", "FOOTER", "INNER_QUOTE", "ERROR_VALUE"}
		case 2:
			o.Join = []string{"LONG_ROW"}
		case 3:
			o.Join, o.LeaveOut, o.Headerless = []string{"LONG_ROW"}, []string{"LONG_ROW", "SHORT_ROW", "EMPTY_ROW"}, true
		case 4:
			o.Verbatim = []string{"a", "b", "name"}
		}
		checkFile(t, path, o)
	})
}

// FuzzXLSX puts bytes into the place of one part of a workbook, or takes them
// for the whole file.
func FuzzXLSX(f *testing.F) {
	const sheet, sst = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
	names := []string{sheet, sst, "xl/styles.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "[Content_Types].xml"}
	base := parts(headerRow + `<row r="2"><c r="A2" s="1"><v>501</v></c><c r="B2" t="s"><v>0</v></c></row><row hidden="1"><c t="b"><v>1</v></c><c t="e"><v>#N/A</v></c></row>`)
	base[sst] = `<sst><si><r><t>a</t></r><rPh><t>b</t></rPh></si></sst>`
	base["xl/styles.xml"] = stylesXML("000-00-0000", "yyyy-mm-dd")
	for i, name := range names {
		f.Add([]byte(base[name]), uint8(i))
	}
	f.Add([]byte(sheetXML(`<row r="1"><c r="A1" t="str"><v>a_x000D_</v></c></row><row r="9"><c s="2"><f>1</f><v>45382.5</v></c></row>`+`</sheetData><mergeCells><mergeCell ref="A1:B2"/></mergeCells><sheetData>`)), uint8(0))
	f.Add(zipped(f, base), uint8(len(names)))
	path := filepath.Join(f.TempDir(), "fuzz.xlsx")
	f.Fuzz(func(t *testing.T, data []byte, which uint8) {
		content := data
		if i := int(which) % (len(names) + 1); i < len(names) {
			p := parts("")
			maps.Copy(p, base)
			p[names[i]] = string(data)
			content = zipped(t, p)
		}
		require.NoError(t, os.WriteFile(path, content, 0o600))
		checkFile(t, path, ingest.Options{TempDir: t.TempDir(), Limits: ingest.Limits{CellBytes: 1000, UnzipSizeLimit: 1 << 20, UnzipXMLSizeLimit: 100, Columns: 50, Entries: 100}})
	})
}
