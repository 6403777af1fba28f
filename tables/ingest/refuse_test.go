package ingest_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/ingest"
)

func wide(s string) string {
	var b strings.Builder
	for _, r := range s {
		b.WriteByte(byte(r))
		b.WriteByte(byte(r >> 8))
	}
	return b.String()
}

func TestWhatIsNoTableIsRefused(t *testing.T) {
	ole := "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 5000)
	for _, c := range []struct{ name, content, code, says string }{
		{"nothing", "", "FILE_EMPTY", "empty"},
		{"a byte order mark", "\ufeff", "FILE_EMPTY", "empty"},
		{"blank lines", "\n\r\n \t\n", "FILE_EMPTY", "empty"},
		{"lines of delimiters", ",,\n,,\n", "FILE_EMPTY", "blank"},
		{"a header only", "a,b\n", "NO_ROWS", "line 1"},
		{"a header and blank lines", "a,b\n\n,\n", "NO_ROWS", "line 1"},
		{"a picture", "\x89PNG\r\n\x1a\n0000", "NOT_A_TABLE", "PNG"},
		{"a document", "%PDF-1.7\n%\xe2\xe3", "NOT_A_TABLE", "PDF"},
		{"JSON", "[{\"a\": 1},\n {\"a\": 2}]", "NOT_A_TABLE", "JSON"},
		{"JSON lines", "{\"a\": 1}\n{\"a\": 2}\n", "NOT_A_TABLE", "JSON"},
		{"HTML", "\n<!DOCTYPE html><html><table><tr><td>a</td></tr></table></html>", "NOT_A_TABLE", "HTML"},
		{"an HTML table that calls itself a workbook", "<table border=1><tr><td>a</td></tr></table>", "NOT_A_TABLE", "HTML"},
		{"an XML spreadsheet", `<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>`, "NOT_A_TABLE", "Excel 2003"},
		{"XML", `<?xml version="1.0"?><a/>`, "NOT_A_TABLE", "XML"},
		{"gzip", "\x1f\x8b\x08\x00\x00\x00", "NOT_A_TABLE", "gzip"},
		{"bytes", strings.Repeat("\x01\x02\x03\x04\x05\x06\x07\x08\x10\x11", 50), "NOT_A_TABLE", "neither"},
		{"an old workbook", ole + wide("Workbook"), "XLS_OLD", ".xlsx or CSV"},
		{"an old workbook whose name lies between two portions", ole + strings.Repeat("\x00", 64<<10-len(ole)-4) + wide("Workbook"), "XLS_OLD", "save it"},
		{"a workbook with a password", ole + wide("Workbook") + wide("EncryptedPackage"), "PASSWORD_PROTECTED", "remove"},
		{"an old document", ole + wide("WordDocument"), "NOT_A_TABLE", "old Office"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, name := range []string{"x.csv", "x.xlsx"} {
				_, err := readText(t, c.content, ingest.Options{Name: name})
				e := refused(t, err)
				require.Equal(t, c.code, e.Code)
				require.Equal(t, name, e.File)
				require.Contains(t, e.Message, c.says)
			}
		})
	}
}

func TestZipsThatAreNoWorkbookAreRefused(t *testing.T) {
	for _, c := range []struct {
		name  string
		parts map[string]string
		code  string
		says  string
	}{
		{"OpenDocument", map[string]string{"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<a/>"}, "ODS", ".xlsx"},
		{"a binary workbook", map[string]string{"[Content_Types].xml": "<Types/>", "xl/workbook.bin": "x"}, "NOT_A_TABLE", ".xlsb"},
		{"a letter", map[string]string{"[Content_Types].xml": "<Types/>", "word/document.xml": "<a/>"}, "NOT_A_TABLE", "Word"},
		{"an archive", map[string]string{"a.csv": "a,b\n1,2\n"}, "NOT_A_TABLE", "unpack"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := readBook(t, c.parts, ingest.Options{})
			e := refused(t, err)
			require.Equal(t, c.code, e.Code)
			require.Contains(t, e.Message, c.says)
		})
	}
}

func TestHeaderThatCannotBeIsRefused(t *testing.T) {
	for _, c := range []struct {
		name, content string
		o             ingest.Options
		code, says    string
	}{
		{"two columns of one name", "a,b,a\n1,2,3\n", ingest.Options{}, "DUPLICATE_COLUMN", "columns 1 and 3"},
		{"two that differ by case and spaces", "Country, x ,COUNTRY \n1,2,3\n", ingest.Options{}, "DUPLICATE_COLUMN", "columns 1 and 3"},
		{"two that differ by a non-breaking space", "post code,post\u00a0code\n1,2\n", ingest.Options{}, "DUPLICATE_COLUMN", "columns 1 and 2"},
		{"a row behind the end", "a,b\n1,2\n", ingest.Options{HeaderRow: 9}, "NO_HEADER", "line 9"},
		{"a blank row", "a,b\n\n1,2\n", ingest.Options{HeaderRow: 2}, "NO_HEADER", "line 2"},
		{"a row inside a cell", "\"a\nb\",c\n1,2\n", ingest.Options{HeaderRow: 2}, "NO_HEADER", "line 2"},
		{"a row below zero", "a,b\n1,2\n", ingest.Options{HeaderRow: -1}, "NO_HEADER", "from 1"},
		{"the last row", "a,b\n1,2\n", ingest.Options{HeaderRow: 2}, "NO_ROWS", "line 2"},
		{"a delimiter that is a quote", "a,b\n1,2\n", ingest.Options{Delimiter: '"'}, "BAD_DELIMITER", "comma"},
		{"an encoding that does not exist", "a,b\n1,2\n", ingest.Options{Encoding: "klingon"}, "BAD_ENCODING", "klingon"},
		{"bytes that are not UTF-8 as was said", "a,b\n1,2\ncaf\xe9,2\n", ingest.Options{Encoding: "UTF-8"}, "BAD_ENCODING", "line 3"},
		{"bytes that are not Shift_JIS as was said", "a,b\n1,\x81\xff\n", ingest.Options{Encoding: "Shift_JIS"}, "BAD_ENCODING", "line 2"},
		{"more columns than allowed", "a,b,c,d\n1,2,3,4\n", ingest.Options{Limits: ingest.Limits{Columns: 3}}, "TOO_LARGE", "3"},
		{"a cell that is too long", "a,b\n1,2\n3," + strings.Repeat("x", 2000) + "\n", ingest.Options{Limits: ingest.Limits{CellBytes: 1000}}, "TOO_LARGE", "2000 bytes"},
		{"a quoted cell that is too long", "a,b\n1,2\n3,\"" + strings.Repeat("x\n", 2000) + "\"\n", ingest.Options{Limits: ingest.Limits{CellBytes: 1000}}, "TOO_LARGE", "1000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := readText(t, c.content, c.o)
			e := refused(t, err)
			require.Equal(t, c.code, e.Code)
			require.Contains(t, e.Message, c.says)
		})
	}
}

func TestRowsWithTooManyCellsAreNamedTogether(t *testing.T) {
	_, err := readText(t, "a,b\n1,2\n3,4,five\n\n6,7,\n8,9,10\n", ingest.Options{Name: "x.csv"})
	e := refused(t, err)
	require.Equal(t, "LONG_ROW", e.Code)
	require.Equal(t, 2, e.Row)
	require.Contains(t, e.Message, `line 3 has 3 cells and the header 2, and cell 3 holds "five"`)
	require.Contains(t, e.Message, "row 4")
	require.Contains(t, e.Error(), "x.csv: row 2: ")
}

func TestDoctypeIsRefusedInAnyPart(t *testing.T) {
	const doctype = `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>`
	for name := range parts("") {
		t.Run(name, func(t *testing.T) {
			p := parts(headerRow + "<row>" + text("1") + "</row>")
			p[name] = strings.Replace(p[name], xmlHead, xmlHead+"<!-- c -->"+doctype, 1)
			_, err := readBook(t, p, ingest.Options{})
			require.Equal(t, "DOCTYPE", refused(t, err).Code)
		})
	}
	t.Run("a part that is not read", func(t *testing.T) {
		p := parts(headerRow + "<row>" + text("1") + "</row>")
		p["docProps/app.xml"] = xmlHead + doctype + "<a>&b;</a>"
		_, err := readBook(t, p, ingest.Options{})
		require.Equal(t, "DOCTYPE", refused(t, err).Code)
	})
	t.Run("inside the root element", func(t *testing.T) {
		p := parts(headerRow + "<row>" + text("1") + "</row>" + doctype)
		_, err := readBook(t, p, ingest.Options{})
		require.Equal(t, "DOCTYPE", refused(t, err).Code)
	})
	t.Run("in UTF-16", func(t *testing.T) {
		p := parts(headerRow + "<row>" + text("1") + "</row>")
		p["xl/styles.xml"] = "\xff\xfe" + wide(doctype+"<styleSheet/>")
		_, err := readBook(t, p, ingest.Options{})
		require.Equal(t, "DOCTYPE", refused(t, err).Code)
	})
}

func TestDamagedWorkbooksAreRefused(t *testing.T) {
	row := "<row>" + text("1") + text("2") + "</row>"
	for name, change := range map[string]func(p map[string]string){
		"a sheet that breaks off": func(p map[string]string) {
			s := p["xl/worksheets/sheet1.xml"]
			p["xl/worksheets/sheet1.xml"] = s[:strings.LastIndex(s, "</row>")]
		},
		"a sheet that breaks off behind a row": func(p map[string]string) {
			s := p["xl/worksheets/sheet1.xml"]
			p["xl/worksheets/sheet1.xml"] = s[:strings.LastIndex(s, "</sheetData>")]
		},
		"tags that do not match": func(p map[string]string) { p["xl/worksheets/sheet1.xml"] = sheetXML(headerRow + "<row><c></row></c>") },
		"a shared text not there": func(p map[string]string) {
			p["xl/worksheets/sheet1.xml"] = sheetXML(headerRow + `<row><c t="s"><v>7</v></c></row>`)
		},
		"a reference that is none": func(p map[string]string) {
			p["xl/worksheets/sheet1.xml"] = sheetXML(headerRow + `<row><c r="7"><v>7</v></c></row>`)
		},
		"rows that go back": func(p map[string]string) {
			p["xl/worksheets/sheet1.xml"] = sheetXML(headerRow + `<row r="5"/><row r="4"/>`)
		},
		"an unknown entity": func(p map[string]string) {
			p["xl/worksheets/sheet1.xml"] = sheetXML(headerRow + "<row>" + text("&nbsp;") + "</row>")
		},
		"bytes that are not UTF-8": func(p map[string]string) {
			p["xl/worksheets/sheet1.xml"] = sheetXML(headerRow + "<row>" + text("\xff") + "</row>")
		},
		"a sheet that is not there":   func(p map[string]string) { delete(p, "xl/worksheets/sheet1.xml") },
		"an empty sheet part":         func(p map[string]string) { p["xl/worksheets/sheet1.xml"] = "" },
		"shared texts not there":      func(p map[string]string) { delete(p, "xl/sharedStrings.xml") },
		"shared texts that break off": func(p map[string]string) { p["xl/sharedStrings.xml"] = xmlHead + `<sst><si><t>a` },
	} {
		t.Run(name, func(t *testing.T) {
			p := parts(headerRow + row)
			change(p)
			_, err := readBook(t, p, ingest.Options{})
			require.Equal(t, "DAMAGED", refused(t, err).Code)
		})
	}
	t.Run("a zip that breaks off", func(t *testing.T) {
		b := zipped(t, parts(headerRow+row))
		_, err := readAll(put(t, "x.xlsx", b[:len(b)-30]), ingest.Options{})
		require.Equal(t, "DAMAGED", refused(t, err).Code)
	})
	t.Run("a sheet whose checksum is wrong", func(t *testing.T) {
		b := zipped(t, parts(headerRow+row))
		z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
		require.NoError(t, err)
		for _, f := range z.File {
			if f.Name == "xl/worksheets/sheet1.xml" {
				sum := binary.LittleEndian.AppendUint32(nil, f.CRC32)
				b = bytes.ReplaceAll(b, sum, []byte{1, 2, 3, 4})
			}
		}
		_, err = readAll(put(t, "x.xlsx", b), ingest.Options{})
		require.Equal(t, "DAMAGED", refused(t, err).Code)
	})
}

// bomb is a workbook whose sheet is a long run of the same text, between a
// beginning and an end.
func bomb(t *testing.T, begin, filler, end string, size int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bomb.xlsx")
	file, err := os.Create(path)
	require.NoError(t, err)
	z := zip.NewWriter(file)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	p := parts("")
	for name, content := range p {
		w, err := z.Create(name)
		require.NoError(t, err)
		if name != "xl/worksheets/sheet1.xml" {
			_, err = io.WriteString(w, content)
			require.NoError(t, err)
			continue
		}
		_, err = io.WriteString(w, xmlHead+`<worksheet `+mainNS+`><sheetData>`+headerRow+begin)
		require.NoError(t, err)
		block := strings.Repeat(filler, 1<<16/len(filler)+1)
		for n := 0; n < size; n += len(block) {
			_, err = io.WriteString(w, block)
			require.NoError(t, err)
		}
		_, err = io.WriteString(w, end+`</sheetData></worksheet>`)
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	require.NoError(t, file.Close())
	return path
}

// heapPeak runs do and gives by how much the heap grew over its start, as far
// as allocations show it.
func heapPeak(do func()) uint64 {
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestBombsAreRefusedCheaply(t *testing.T) {
	const size = 64 << 20
	for _, c := range []struct{ name, begin, filler, end string }{
		{"a text without an end", "<row><c t=\"inlineStr\"><is><t>", "a", "</t></is></c></row>"},
		{"a value without an end", "<row><c><v>", "1", "</v></c></row>"},
		{"an attribute without an end", "<row x=\"", "a", "\"></row>"},
		{"a comment without an end", "<!--", "a", "-->"},
		{"text in pieces", "<row><c t=\"inlineStr\"><is>", "<t>aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa</t>", "</is></c></row>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := bomb(t, c.begin, c.filler, c.end, size)
			grown := heapPeak(func() {
				_, err := readAll(path, ingest.Options{})
				require.Equal(t, "TOO_LARGE", refused(t, err).Code)
			})
			require.Less(t, grown, uint64(size-16<<20), "bytes allocated in all")
		})
	}
	t.Run("a sheet that unpacks to more than allowed", func(t *testing.T) {
		path := bomb(t, "", "<row><c><v>1</v></c></row>", "", 8<<20)
		_, err := readAll(path, ingest.Options{Limits: ingest.Limits{UnzipSizeLimit: 4 << 20}})
		require.Equal(t, "TOO_LARGE", refused(t, err).Code)
	})
	t.Run("a sheet that says it is small", func(t *testing.T) {
		path := bomb(t, "", "<row><c><v>1</v></c></row>", "", 8<<20)
		b, err := os.ReadFile(path)
		require.NoError(t, err)
		z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
		require.NoError(t, err)
		for _, f := range z.File {
			if f.Name == "xl/worksheets/sheet1.xml" {
				b = bytes.ReplaceAll(b, binary.LittleEndian.AppendUint32(nil, uint32(f.UncompressedSize64)), []byte{0, 4, 0, 0})
			}
		}
		require.NoError(t, os.WriteFile(path, b, 0o600))
		_, err = readAll(path, ingest.Options{Limits: ingest.Limits{UnzipSizeLimit: 4 << 20}})
		require.Contains(t, []string{"TOO_LARGE", "DAMAGED"}, refused(t, err).Code)
	})
	t.Run("a column far out", func(t *testing.T) {
		_, err := readBook(t, parts(headerRow+`<row><c r="ZZZZ1"><v>1</v></c></row>`), ingest.Options{})
		require.Equal(t, "TOO_LARGE", refused(t, err).Code)
	})
	t.Run("elements that nest for ever", func(t *testing.T) {
		path := bomb(t, "", "<a>", "", 1<<20)
		_, err := readAll(path, ingest.Options{})
		require.Equal(t, "DAMAGED", refused(t, err).Code)
	})
}

func TestZipOfManyEntriesIsRefused(t *testing.T) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := range 200_000 {
		_, err := z.CreateHeader(&zip.FileHeader{Name: fmt.Sprintf("e%d", i)})
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	path := put(t, "many.xlsx", b.Bytes())
	b = bytes.Buffer{}
	grown := heapPeak(func() {
		_, err := readAll(path, ingest.Options{})
		require.Equal(t, "TOO_LARGE", refused(t, err).Code)
	})
	require.Less(t, grown, uint64(64<<20))
}

func TestSheetThatClaimsAMillionRowsHasOne(t *testing.T) {
	p := parts(headerRow + `<row r="1048576"><c r="A1048576"><v>7</v></c></row>`)
	p["xl/worksheets/sheet1.xml"] = strings.Replace(p["xl/worksheets/sheet1.xml"], "<sheetData>", `<dimension ref="A1:XFD1048576"/><sheetData>`, 1)
	path := put(t, "x.xlsx", zipped(t, p))
	grown := heapPeak(func() {
		got, err := readAll(path, ingest.Options{})
		require.NoError(t, err)
		require.Equal(t, [][]string{{"7", ""}}, got.rows)
	})
	require.Less(t, grown, uint64(16<<20))
}

func TestNothingIsLeftBehind(t *testing.T) {
	dir := t.TempDir()
	var sst strings.Builder
	for i := range 500 {
		fmt.Fprintf(&sst, "<si><t>text %d</t></si>", i)
	}
	p := parts(headerRow + `<row><c t="s"><v>3</v></c></row>`)
	p["xl/sharedStrings.xml"] = `<sst>` + sst.String() + `</sst>`
	o := ingest.Options{TempDir: dir, Limits: ingest.Limits{UnzipXMLSizeLimit: 100}}
	path := put(t, "x.xlsx", zipped(t, p))
	f, err := ingest.Open(path, o)
	require.NoError(t, err)
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, left, 1, "the texts that do not fit in memory")
	require.NoError(t, f.Close())
	require.NoError(t, f.Close(), "closing twice is no error")

	p["xl/sharedStrings.xml"] = `<sst>` + sst.String()
	_, err = readBook(t, p, o)
	require.Equal(t, "DAMAGED", refused(t, err).Code)
	o.Sheet = "Nope"
	_, err = readAll(path, o)
	require.Equal(t, "SHEET_NOT_FOUND", refused(t, err).Code)
	left, err = os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestMissingFileIsNoRefusal(t *testing.T) {
	_, err := ingest.Open(filepath.Join(t.TempDir(), "nope"), ingest.Options{})
	require.ErrorIs(t, err, os.ErrNotExist)
}
