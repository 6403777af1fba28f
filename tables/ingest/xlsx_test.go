package ingest_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/ingest"
)

const (
	xmlHead  = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\r\n"
	mainNS   = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`
	relNS    = `xmlns="http://schemas.openxmlformats.org/package/2006/relationships"`
	relTypes = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
)

// parts is a workbook in pieces: the least that a workbook needs, which a test
// replaces or adds to.
func parts(sheetData string) map[string]string {
	return map[string]string{
		"[Content_Types].xml": xmlHead + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>`,
		"_rels/.rels":         xmlHead + `<Relationships ` + relNS + `><Relationship Id="rId1" Type="` + relTypes + `officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml":     xmlHead + `<workbook ` + mainNS + `><sheets><sheet name="Data" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": xmlHead + `<Relationships ` + relNS + `><Relationship Id="rId1" Type="` + relTypes + `worksheet" Target="worksheets/sheet1.xml"/>` +
			`<Relationship Id="rId2" Type="` + relTypes + `styles" Target="styles.xml"/><Relationship Id="rId3" Type="` + relTypes + `sharedStrings" Target="sharedStrings.xml"/></Relationships>`,
		"xl/worksheets/sheet1.xml": sheetXML(sheetData),
		"xl/styles.xml":            stylesXML(),
		"xl/sharedStrings.xml":     xmlHead + `<sst ` + mainNS + ` count="0" uniqueCount="0"/>`,
	}
}

func sheetXML(data string) string {
	return xmlHead + `<worksheet ` + mainNS + `><sheetData>` + data + `</sheetData></worksheet>`
}

// stylesXML has a style for each format code, numbered from 1.
func stylesXML(codes ...string) string {
	var formats, cells strings.Builder
	for i, code := range codes {
		fmt.Fprintf(&formats, `<numFmt numFmtId="%d" formatCode="%s"/>`, 164+i, strings.NewReplacer("&", "&amp;", `"`, "&quot;", "<", "&lt;", ">", "&gt;").Replace(code))
		fmt.Fprintf(&cells, `<xf numFmtId="%d" xfId="0" applyNumberFormat="1"><alignment horizontal="left"/></xf>`, 164+i)
	}
	return xmlHead + `<styleSheet ` + mainNS + `><numFmts>` + formats.String() + `</numFmts><cellStyleXfs><xf numFmtId="9"/></cellStyleXfs><cellXfs><xf numFmtId="0"/>` + cells.String() + `</cellXfs></styleSheet>`
}

func zipped(t testing.TB, parts map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		w, err := z.Create(name)
		require.NoError(t, err)
		_, err = w.Write([]byte(parts[name]))
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	return b.Bytes()
}

func readBook(t testing.TB, parts map[string]string, o ingest.Options) (table, error) {
	t.Helper()
	return readAll(put(t, "book.xlsx", zipped(t, parts)), o)
}

// text is a cell with an inline text.
func text(s string) string { return `<c t="inlineStr"><is><t>` + s + `</t></is></c>` }

const headerRow = `<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c><c r="B1" t="inlineStr"><is><t>b</t></is></c></row>`

func TestNumbersAreWhatAPersonMeans(t *testing.T) {
	for _, c := range []struct{ format, raw, want string }{
		{"General", "501", "501"},
		{"General", "0.30000000000000004", "0.3"},
		{"General", "1.1000000000000001", "1.1"},
		{"General", "-12.50", "-12.5"},
		{"General", "1E-3", "0.001"},
		{"General", "1.5E+3", "1500"},
		{"General", "-0", "0"},
		{"General", "1E+100", "1e+100"},
		{"General", "123456789012345", "123456789012345"},
		{"General", "9007199254740993", "9007199254740993"},
		{"General", "1.2345678901234501E+17", "123456789012345000"},
		{"@", "501", "501"},
		{"00000", "501", "00501"},
		{"00000", "123456", "123456"},
		{"00000", "1.5", "1.5"},
		{"0000000000", "-42", "-0000000042"},
		{"0", "2.5", "2.5"},
		{"0.00", "2.5", "2.50"},
		{"0.00", "3.14159", "3.14159"},
		{"0.00_);(0.00)", "-2.5", "-2.50"},
		{"0.##", "2.5", "2.5"},
		{"000-00-0000", "1234567", "001-23-4567"},
		{"(000) 000-0000", "5551234567", "(555) 123-4567"},
		{"[<=9999999]###-####;(###) ###-####", "5551234", "555-1234"},
		{"[<=9999999]###-####;(###) ###-####", "5551234567", "(555) 123-4567"},
		{`"ABC-"0000`, "42", "ABC-0042"},
		{`00\-000`, "12345", "12-345"},
		{"0%", "0.15", "0.15"},
		{"0.00%", "0.155", "0.155"},
		{`"$"#,##0.00`, "1200.5", "1200.5"},
		{`#,##0.00\ "€"`, "1200.5", "1200.5"},
		{"[$€-407] #,##0.00", "1200.5", "1200.5"},
		{`_-* #,##0.00\ _€_-;\-* #,##0.00\ _€_-`, "-3", "-3"},
		{"#,##0", "1234567", "1234567"},
		{"0.00E+00", "1234567", "1234567"},
		{"# ?/?", "0.25", "0.25"},
		{`0" kg"`, "5", "5"},
		{"yyyy-mm-dd", "45382", "2024-03-31"},
		{"d/m/yy", "45382.75", "2024-03-31"},
		{"[$-409]mmmm d, yyyy;@", "45382", "2024-03-31"},
		{"dd.mm.yyyy hh:mm", "45382.416666666664", "2024-03-31T10:00:00"},
		{"m/d/yy h:mm", "45382", "2024-03-31T00:00:00"},
		{"yyyy-mm-dd hh:mm:ss", "45382.99999999", "2024-04-01T00:00:00"},
		{"h:mm AM/PM", "0.75", "18:00:00"},
		{"mm:ss", "0.000706018518518519", "00:01:01"},
		{"[h]:mm:ss", "1.1041666666666667", "26:30:00"},
		{"yyyy-mm-dd", "59", "1900-02-28"},
		{"yyyy-mm-dd", "61", "1900-03-01"},
		{"yyyy-mm-dd", "60", "60"},
		{"yyyy-mm-dd", "-5", "-5"},
		{"yyyy-mm-dd", "2958465", "9999-12-31"},
		{"yyyy-mm-dd", "2958466", "2958466"},
		{"mmm yy", "45382", "2024-03-31"},
	} {
		t.Run(c.format+" "+c.raw, func(t *testing.T) {
			p := parts(headerRow + `<row r="2">` + text("x") + `<c r="B2" s="1"><v>` + c.raw + `</v></c></row>`)
			p["xl/styles.xml"] = stylesXML(c.format)
			got, err := readBook(t, p, ingest.Options{})
			require.NoError(t, err)
			require.Equal(t, [][]string{{"x", c.want}}, got.rows)
		})
	}
}

func TestDatesOf1904(t *testing.T) {
	p := parts(headerRow + `<row r="2"><c s="1"><v>43920</v></c><c s="1"><v>0</v></c></row>`)
	p["xl/styles.xml"] = stylesXML("yyyy-mm-dd")
	p["xl/workbook.xml"] = strings.Replace(p["xl/workbook.xml"], "<sheets>", `<workbookPr date1904="1"/><sheets>`, 1)
	got, err := readBook(t, p, ingest.Options{})
	require.NoError(t, err)
	require.Equal(t, [][]string{{"2024-03-31", "1904-01-01"}}, got.rows)
}

func TestCellsOfEveryKind(t *testing.T) {
	for _, c := range []struct {
		name, cell, want string
		code             string
	}{
		{"a shared text", `<c t="s"><v>0</v></c>`, "plain", ""},
		{"a shared text of runs without its phonetic runs", `<c t="s"><v>1</v></c>`, "東京 and more", ""},
		{"a shared text with an escaped character", `<c t="s"><v>2</v></c>`, "a\rb_x0041_", ""},
		{"a shared text with spaces", `<c t="s"><v>3</v></c>`, "  two  ", ""},
		{"a shared text that looks like an error", `<c t="s"><v>4</v></c>`, "#N/A", ""},
		{"a shared text that looks like a boolean", `<c t="s"><v>5</v></c>`, "TRUE", ""},
		{"an inline text", `<c t="inlineStr"><is><t>in &amp; line</t></is></c>`, "in & line", ""},
		{"an inline text of runs", `<c t="inlineStr"><is><r><rPr><b/></rPr><t>in</t></r><r><t xml:space="preserve"> line</t></r></is></c>`, "in line", ""},
		{"an inline text in CDATA", `<c t="inlineStr"><is><t><![CDATA[<b>&]]></t></is></c>`, "<b>&", ""},
		{"a text with a line break", "<c t=\"inlineStr\"><is><t>a\r\nb&#10;c&#xD;d</t></is></c>", "a\nb\nc\rd", ""},
		{"a result of a formula", `<c t="str"><f>A1&amp;"x"</f><v>done</v></c>`, "done", ""},
		{"a number of a formula", `<c><f>1+1</f><v>2</v></c>`, "2", ""},
		{"an empty result of a formula", `<c t="str"><f>""</f><v></v></c>`, "", ""},
		{"a formula without a result", `<c><f>1+1</f></c>`, "", "NO_CACHED_VALUE"},
		{"a true", `<c t="b"><v>1</v></c>`, "true", ""},
		{"a false", `<c t="b"><v>0</v></c>`, "false", ""},
		{"an error", `<c t="e"><v>#N/A</v></c>`, "", "ERROR_VALUE"},
		{"an error of a formula", `<c t="e"><f>1/0</f><v>#DIV/0!</v></c>`, "", "ERROR_VALUE"},
		{"an ISO date", `<c t="d"><v>2024-03-31</v></c>`, "2024-03-31", ""},
		{"an ISO date with a clock", `<c t="d"><v>2024-03-31T10:00:00.000Z</v></c>`, "2024-03-31T10:00:00", ""},
		{"a number that says so", `<c t="n"><v>5</v></c>`, "5", ""},
		{"an empty cell with a format", `<c s="0"/>`, "", ""},
		{"a number of 17 digits", `<c><v>12345678901234567</v></c>`, "12345678901234567", "LONG_NUMBER"},
		{"a style that is not there", `<c s="99"><v>7</v></c>`, "7", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := parts(headerRow + "<row>" + text("x") + c.cell + "</row>")
			p["xl/sharedStrings.xml"] = xmlHead + `<sst ` + mainNS + `><si><t>plain</t></si>` +
				`<si><r><rPr><sz val="11"/></rPr><t>東京</t></r><rPh sb="0" eb="2"><t>トウキョウ</t></rPh><r><t xml:space="preserve"> and more</t></r><phoneticPr fontId="1"/></si>` +
				`<si><t>a_x000D_b_x005F_x0041_</t></si><si><t xml:space="preserve">  two  </t></si><si><t>#N/A</t></si><si><t>TRUE</t></si></sst>`
			got, err := readBook(t, p, ingest.Options{})
			require.NoError(t, err)
			require.Equal(t, [][]string{{"x", c.want}}, got.rows)
			if c.code == "" {
				require.Empty(t, got.warnings)
				return
			}
			require.Len(t, got.warnings, 1)
			require.Equal(t, c.code, got.warnings[0].Code)
			require.Equal(t, 1, got.warnings[0].Row)
			require.Equal(t, "b", got.warnings[0].Column)
		})
	}
}

func TestWorkbooksOfManyWriters(t *testing.T) {
	want := [][]string{{"1", "x"}, {"", "y"}}
	plain := func() map[string]string {
		return parts(headerRow + `<row r="2"><c r="A2"><v>1</v></c><c r="B2" t="inlineStr"><is><t>x</t></is></c></row>` +
			`<row r="3"><c r="B3" t="inlineStr"><is><t>y</t></is></c></row>`)
	}
	for name, change := range map[string]func(p map[string]string){
		"relations with absolute paths": func(p map[string]string) {
			p["_rels/.rels"] = strings.Replace(p["_rels/.rels"], `Target="xl/`, `Target="/xl/`, 1)
			p["xl/_rels/workbook.xml.rels"] = strings.ReplaceAll(p["xl/_rels/workbook.xml.rels"], `Target="`, `Target="/xl/`)
		},
		"relations that go up and down": func(p map[string]string) {
			p["xl/_rels/workbook.xml.rels"] = strings.ReplaceAll(p["xl/_rels/workbook.xml.rels"], `Target="`, `Target="../xl/./`)
		},
		"a sheet of another name in another case": func(p map[string]string) {
			p["xl/Worksheets/Daten.xml"] = p["xl/worksheets/sheet1.xml"]
			delete(p, "xl/worksheets/sheet1.xml")
			p["xl/_rels/workbook.xml.rels"] = strings.Replace(p["xl/_rels/workbook.xml.rels"], "worksheets/sheet1.xml", "worksheets/daten.XML", 1)
		},
		"backslashes in the names of parts": func(p map[string]string) {
			for name, content := range maps.Clone(p) {
				delete(p, name)
				p[strings.ReplaceAll(name, "/", `\`)] = content
			}
		},
		"prefixes on all elements": func(p map[string]string) {
			s := p["xl/worksheets/sheet1.xml"]
			s = strings.ReplaceAll(s, "</", "\x00")
			s = strings.ReplaceAll(s, "<", "<x:")
			s = strings.ReplaceAll(s, "\x00", "</x:")
			s = strings.ReplaceAll(s, "<x:?xml", "<?xml")
			p["xl/worksheets/sheet1.xml"] = strings.Replace(s, "xmlns=", "xmlns:x=", 1)
		},
		"no references on rows and cells": func(p map[string]string) {
			p["xl/worksheets/sheet1.xml"] = sheetXML(`<row>` + text("a") + text("b") + `</row><row><c><v>1</v></c>` + text("x") + `</row><row><c/>` + text("y") + `</row>`)
		},
		"a dimension that lies": func(p map[string]string) {
			p["xl/worksheets/sheet1.xml"] = strings.Replace(p["xl/worksheets/sheet1.xml"], "<sheetData>", `<dimension ref="A1:XFD1048576"/><sheetData>`, 1)
		},
		"no styles and no shared texts": func(p map[string]string) {
			delete(p, "xl/styles.xml")
			delete(p, "xl/sharedStrings.xml")
			p["xl/_rels/workbook.xml.rels"] = xmlHead + `<Relationships ` + relNS + `><Relationship Id="rId1" Type="` + relTypes + `worksheet" Target="worksheets/sheet1.xml"/></Relationships>`
		},
		"comments, instructions and other elements": func(p map[string]string) {
			p["xl/worksheets/sheet1.xml"] = strings.Replace(p["xl/worksheets/sheet1.xml"], "<sheetData>",
				`<!-- <row><c><v>9</v></c></row> --><?app x?><sheetViews><sheetView><selection activeCell="A1" sqref="A1"/></sheetView></sheetViews><sheetData>`, 1)
		},
		"extensions in the row": func(p map[string]string) {
			p["xl/worksheets/sheet1.xml"] = strings.Replace(p["xl/worksheets/sheet1.xml"], `</row>`, `<extLst><ext><c><v>9</v></c></ext></extLst></row>`, 1)
		},
		"a part in UTF-16": func(p map[string]string) {
			s := strings.Replace(p["xl/worksheets/sheet1.xml"], `encoding="UTF-8"`, `encoding="UTF-16"`, 1)
			var b strings.Builder
			b.WriteString("\xff\xfe")
			for _, r := range s {
				b.WriteByte(byte(r))
				b.WriteByte(byte(r >> 8))
			}
			p["xl/worksheets/sheet1.xml"] = b.String()
		},
		"a part with a byte order mark": func(p map[string]string) {
			p["xl/worksheets/sheet1.xml"] = "\ufeff" + p["xl/worksheets/sheet1.xml"]
		},
		"a row of empty cells with a format": func(p map[string]string) {
			p["xl/worksheets/sheet1.xml"] = strings.Replace(p["xl/worksheets/sheet1.xml"], `<row r="3">`, `<row r="3"><c r="A3" s="1"/></row><row r="4">`, 1)
			p["xl/worksheets/sheet1.xml"] = strings.Replace(p["xl/worksheets/sheet1.xml"], `"B3"`, `"B4"`, 1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := plain()
			change(p)
			got, err := readBook(t, p, ingest.Options{})
			require.NoError(t, err)
			require.Equal(t, []string{"a", "b"}, got.columns)
			require.Equal(t, want, got.rows)
			require.Empty(t, got.warnings)
		})
	}
}

func threeSheets() map[string]string {
	p := parts(headerRow + "<row>" + text("1") + text("one") + "</row>")
	p["xl/worksheets/sheet2.xml"] = sheetXML(headerRow + "<row>" + text("1") + text("two") + "</row>")
	p["xl/worksheets/sheet3.xml"] = sheetXML("")
	p["xl/workbook.xml"] = xmlHead + `<workbook ` + mainNS + `><sheets><sheet name="Secret" sheetId="7" state="hidden" r:id="rId1"/><sheet name="Chart" sheetId="3" r:id="rId9"/>` +
		`<sheet name="2" sheetId="8" r:id="rId4"/><sheet name="Empty" sheetId="9" r:id="rId5"/></sheets></workbook>`
	p["xl/_rels/workbook.xml.rels"] = strings.Replace(p["xl/_rels/workbook.xml.rels"], "</Relationships>",
		`<Relationship Id="rId9" Type="`+relTypes+`chartsheet" Target="chartsheets/sheet1.xml"/><Relationship Id="rId4" Type="`+relTypes+`worksheet" Target="worksheets/sheet2.xml"/>`+
			`<Relationship Id="rId5" Type="`+relTypes+`worksheet" Target="worksheets/sheet3.xml"/></Relationships>`, 1)
	return p
}

func TestSheetIsChosen(t *testing.T) {
	for _, c := range []struct{ name, asked, want, code string }{
		{"the first visible one by default", "", "two", "OTHER_SHEETS"},
		{"by name, though hidden", "Secret", "one", "HIDDEN_SHEET"},
		{"by name in another case", "sEcret", "one", "HIDDEN_SHEET"},
		{"by number", "1", "one", "HIDDEN_SHEET"},
		{"a name goes before a number", "2", "two", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := readBook(t, threeSheets(), ingest.Options{Sheet: c.asked})
			require.NoError(t, err)
			require.Equal(t, [][]string{{"1", c.want}}, got.rows)
			require.Equal(t, []string{"Secret", "2", "Empty"}, got.used.Sheets)
			if c.code == "" {
				require.Empty(t, got.warnings)
			} else {
				require.Equal(t, []string{c.code}, codes(got.warnings))
			}
		})
	}
	t.Run("one that is not there is refused with those that are", func(t *testing.T) {
		_, err := readBook(t, threeSheets(), ingest.Options{Sheet: "Nope"})
		e := refused(t, err)
		require.Equal(t, "SHEET_NOT_FOUND", e.Code)
		require.Contains(t, e.Message, `"Secret", "2", "Empty"`)
	})
	t.Run("an empty one is refused with the others", func(t *testing.T) {
		_, err := readBook(t, threeSheets(), ingest.Options{Sheet: "Empty"})
		e := refused(t, err)
		require.Equal(t, "FILE_EMPTY", e.Code)
		require.Contains(t, e.Message, "Secret")
	})
}

func TestWhatAPersonDoesNotSeeIsMentioned(t *testing.T) {
	p := parts(`<row r="1">` + text("Report") + `</row>` +
		`<row r="3">` + text("a") + text("b") + text("c") + `</row>` +
		`<row r="4">` + text("1") + text("x") + text("p") + `</row>` +
		`<row r="5" hidden="1">` + text("2") + text("") + text("q") + `</row>` +
		`<row r="9">` + text("3") + text("") + text("r") + `</row>`)
	p["xl/worksheets/sheet1.xml"] = strings.Replace(p["xl/worksheets/sheet1.xml"], "<sheetData>", `<cols><col min="3" max="9" hidden="1"/></cols><sheetData>`, 1)
	p["xl/worksheets/sheet1.xml"] = strings.Replace(p["xl/worksheets/sheet1.xml"], "</sheetData>", `</sheetData><mergeCells count="3"><mergeCell ref="A1:C1"/><mergeCell ref="B5:B9"/><mergeCell ref="Z7:Z8"/></mergeCells>`, 1)
	got, err := readBook(t, p, ingest.Options{})
	require.NoError(t, err)
	require.Equal(t, 3, got.used.HeaderRow)
	require.Equal(t, [][]string{{"1", "x", "p"}, {"2", "", "q"}, {"3", "", "r"}}, got.rows)
	require.Equal(t, []string{"HEADER_FOUND", "HIDDEN_ROWS", "HIDDEN_COLUMNS", "MERGED_CELLS"}, codes(got.warnings))
	require.Contains(t, got.warnings[2].Message, `"c"`)
	require.Equal(t, 2, got.warnings[3].Row)
	require.Equal(t, "b", got.warnings[3].Column)
}

func TestColumnsWithoutNamesInASheet(t *testing.T) {
	p := parts(`<row r="1">` + text("a") + `<c r="C1" t="inlineStr"><is><t>c</t></is></c></row>` +
		`<row r="2">` + text("1") + `<c r="C2"><v>3</v></c></row>` +
		`<row r="3">` + text("2") + `<c r="C3"><v>4</v></c><c r="E3"><v>9</v></c></row>`)
	got, err := readBook(t, p, ingest.Options{})
	require.NoError(t, err)
	require.Equal(t, []string{"a", "c", "column 5"}, got.columns)
	require.Equal(t, [][]string{{"1", "3", ""}, {"2", "4", "9"}}, got.rows)
	require.Equal(t, []string{"UNNAMED_COLUMN", "EMPTY_COLUMNS"}, codes(got.warnings))
}

func TestTwoCellsOfOnePlaceAreReported(t *testing.T) {
	p := parts(headerRow + `<row r="2">` + text("x") + `<c r="B2" t="inlineStr"><is><t>one</t></is></c><c r="B2"><v>2</v></c></row>`)
	got, err := readBook(t, p, ingest.Options{})
	require.NoError(t, err)
	require.Equal(t, [][]string{{"x", "2"}}, got.rows)
	require.Equal(t, []string{"CELL_TWICE"}, codes(got.warnings))
}

func TestSharedTextsBeyondMemoryAreRead(t *testing.T) {
	var sst, rows strings.Builder
	for i := range 500 {
		fmt.Fprintf(&sst, "<si><t>text %d</t></si>", i)
		fmt.Fprintf(&rows, `<row><c t="s"><v>%d</v></c><c t="s"><v>%d</v></c></row>`, i, 499-i)
	}
	p := parts(headerRow + rows.String())
	p["xl/sharedStrings.xml"] = xmlHead + `<sst ` + mainNS + `>` + sst.String() + `</sst>`
	got, err := readBook(t, p, ingest.Options{TempDir: t.TempDir(), Limits: ingest.Limits{UnzipXMLSizeLimit: 1000}})
	require.NoError(t, err)
	require.Len(t, got.rows, 500)
	for i, row := range got.rows {
		require.Equal(t, []string{fmt.Sprintf("text %d", i), fmt.Sprintf("text %d", 499-i)}, row)
	}
}
