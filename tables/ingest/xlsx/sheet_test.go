package xlsx_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/ingest/record"
	"tablestep/tables/ingest/xlsx"
	"tablestep/tables/schema"
)

const (
	mainNS   = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`
	relTypes = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
)

// parts are the least that a workbook has. Style 1 is a date, style 2 a time of day.
func parts(sheet string) map[string]string {
	return map[string]string{
		"[Content_Types].xml": `<Types/>`,
		"_rels/.rels":         `<Relationships><Relationship Id="r1" Type="` + relTypes + `officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml":     `<workbook ` + mainNS + `><sheets><sheet name="Data" r:id="r1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="r1" Type="` + relTypes + `worksheet" Target="worksheets/sheet1.xml"/>` +
			`<Relationship Id="r2" Type="` + relTypes + `styles" Target="styles.xml"/><Relationship Id="r3" Type="` + relTypes + `sharedStrings" Target="sharedStrings.xml"/></Relationships>`,
		"xl/worksheets/sheet1.xml": `<worksheet ` + mainNS + `>` + sheet + `</worksheet>`,
		"xl/styles.xml":            `<styleSheet><cellStyleXfs><xf numFmtId="9"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="21"/></cellXfs></styleSheet>`,
		"xl/sharedStrings.xml":     `<sst><si><t>zero</t></si><si><r><t>o</t></r><r><t>ne</t></r><rPh><t>wun</t></rPh></si></sst>`,
	}
}

// book opens a workbook of these parts.
func book(t *testing.T, parts map[string]string, o xlsx.Options) (*xlsx.Workbook, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "book.xlsx")
	writeBook(t, path, parts)
	w, err := xlsx.Open(path, o)
	if err == nil {
		t.Cleanup(func() { require.NoError(t, w.Close()) })
	}
	return w, err
}

func writeBook(t *testing.T, path string, parts map[string]string) {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range parts {
		w, err := z.Create(name)
		require.NoError(t, err)
		_, err = io.WriteString(w, text)
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	require.NoError(t, os.WriteFile(path, b.Bytes(), 0o600))
}

// A read is what came of a sheet: a line for each row, the codes of findings as CELL:CODE.
type read struct {
	rows   []string
	found  []string
	unseen xlsx.Unseen
}

func rows(t *testing.T, w *xlsx.Workbook) (got read, err error) {
	t.Helper()
	sheet, err := w.Choose("")
	require.NoError(t, err)
	survey, err := w.Survey(sheet)
	if err != nil {
		return got, err
	}
	r, err := w.Records(sheet, xlsx.Merges{Ranges: survey.Merges})
	if err != nil {
		return got, err
	}
	defer func() { require.NoError(t, r.Close()) }()
	for {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			got.unseen = r.Unseen()
			return got, nil
		} else if err != nil {
			return got, err
		}
		written := ""
		if !rec.Written {
			written = " (blank)"
		}
		got.rows = append(got.rows, fmt.Sprintf("%d: %s%s", rec.Place, strings.Join(rec.Cells, "|"), written))
		for _, f := range rec.Findings {
			got.found = append(got.found, fmt.Sprintf("%d:%s:%s", f.Cell, f.Code, f.Text))
		}
	}
}

func TestATextIsShownWithWhatItsFormatPutsAroundIt(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{
		`"ID-"@`: "ID-zero", `0;0;0;"ID-"@`: "ID-zero", `@" (old)"`: "zero (old)", `0;@\!`: "zero!",
		"@": "zero", `_(@_)`: "zero", `* @`: "zero", "General": "zero", `0;0;0;"hidden"`: "zero", ";;;": "zero", `"x"0`: "zero", `@@"x"`: "zero",
	} {
		p := parts(`<sheetData><row r="1"><c r="A1" t="s" s="1"><v>0</v></c><c r="B1" t="inlineStr" s="1"><is><t>zero</t></is></c><c r="C1" t="str" s="1"><v>zero</v></c><c r="D1" t="str"><v>zero</v></c><c r="E1" t="str" s="1"><v></v></c></row></sheetData>`)
		p["xl/styles.xml"] = `<styleSheet><numFmts><numFmt numFmtId="170" formatCode="` + strings.NewReplacer(`"`, "&quot;").Replace(code) + `"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="170"/></cellXfs></styleSheet>`
		w, err := book(t, p, xlsx.Options{})
		require.NoError(t, err)
		got, err := rows(t, w)
		require.NoError(t, err)
		require.Equal(t, []string{"1: " + want + "|" + want + "|" + want + "|zero"}, got.rows, code)
		var hidden []string
		if code == ";;;" || strings.HasSuffix(code, `"hidden"`) {
			hidden = []string{"0:HIDDEN_VALUE:zero", "1:HIDDEN_VALUE:zero", "2:HIDDEN_VALUE:zero"}
		}
		require.Equal(t, hidden, got.found, code)
	}
}

func TestACellIsReadByItsKind(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]string{
		`<c><v>5</v></c>`:                                       "5",
		`<c t="n"><v> 5.50 </v></c>`:                            "5.5",
		`<c s="1"><v>45000</v></c>`:                             "2023-03-15",
		`<c s="2"><v>0.5</v></c>`:                               "12:00:00",
		`<c s="99"><v>45000</v></c>`:                            "45000", // a style that is not there
		`<c t="s"><v>0</v></c>`:                                 "zero",
		`<c t="s"><v> 1 </v></c>`:                               "one", // runs join, and how it is spoken is no text
		`<c t="b"><v>1</v></c>`:                                 "true",
		`<c t="b"><v>true</v></c>`:                              "true",
		`<c t="b"><v>0</v></c>`:                                 "false",
		`<c t="str"><v>a_x0041_b</v></c>`:                       "aAb",
		`<c t="str"><f>A1</f><v>x</v></c>`:                      "x",
		`<c t="what"><v>x</v></c>`:                              "x",
		`<c t="inlineStr"><is><t>in</t></is></c>`:               "in",
		`<c t="inlineStr"><is><t></t></is></c>`:                 "",
		`<c t="d"><v>2024-05-06T07:08:09.123Z</v></c>`:          "2024-05-06T07:08:09",
		`<c t="d"><v>2024-05-06</v></c>`:                        "2024-05-06",
		`<c t="d" s="1"><v>2024-05-06T07:08:09Z</v></c>`:        "2024-05-06",
		`<c t="d" s="2"><v>2024-05-06T07:08:09Z</v></c>`:        "2024-05-06T07:08:09",
		`<c t="d"><v>07:08</v></c>`:                             "07:08", // too short for a date
		`<c><extLst><v>9</v></extLst><v>5</v></c>`:              "5",
		`<c><v>5</v><v>6</v></c>`:                               "56", // one after the other
		`<c r="C1"><v>5</v></c>`:                                "||5",
		`<c r="aa1"><v>5</v></c>`:                               strings.Repeat("|", 26) + "5",
		`<c><v>1</v></c><c/><c><v>3</v></c>`:                    "1||3",
		`<c r="B1"><v>1</v></c><c><v>2</v></c>`:                 "|1|2",
		`<c t="str"><v>a</v></c><c t="str"><v>b</v></c>`:        "a|b",
		`<c r="A1" t="str"><v>a</v></c><other/><c><v>b</v></c>`: "a|b",
	} {
		w, err := book(t, parts(`<sheetData><row r="1">`+cell+`</row></sheetData>`), xlsx.Options{})
		require.NoError(t, err)
		got, err := rows(t, w)
		require.NoError(t, err, cell)
		require.Equal(t, []string{"1: " + want}, got.rows, cell)
		require.Empty(t, got.found, cell)
	}
}

func TestWhatAPersonShouldKnowOfACellIsFound(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string][]string{ // the row, then the findings
		`<c><f>1+1</f></c>`:                                           {"1: ", "0:NO_CACHED_VALUE:"},
		`<c><f>1+1</f><v></v></c>`:                                    {"1: ", "0:NO_CACHED_VALUE:"},
		`<c/><c><f/></c>`:                                             {"1: |", "1:NO_CACHED_VALUE:"},
		`<c t="e"><v>#N/A</v></c>`:                                    {"1: ", "0:ERROR_VALUE:#N/A"},
		`<c r="A1"><v>1</v></c><c r="A1"><v>2</v></c>`:                {"1: 2", "0:CELL_TWICE:2"},
		`<c r="A1" t="str"><v>x</v></c><c r="A1"><v>2</v></c>`:        {"1: 2", "0:CELL_TWICE:2"},
		`<c r="A1" t="str"><v>x</v></c><c r="A1" t="s"><v>0</v></c>`:  {"1: zero", "0:CELL_TWICE:0"},
		`<c r="A1" t="str"><v>x</v></c><c r="A1" t="e"><v>#X</v></c>`: {"1: ", "0:CELL_TWICE:#X", "0:ERROR_VALUE:#X"},
		`<c r="A1"><v>1</v></c><c r="A1" t="str"><v>y</v></c>`:        {"1: y", "0:CELL_TWICE:y"},
		`<c r="B1" t="str"><v>b</v></c><c r="A1" t="str"><v>a</v></c><c r="B1" t="str"><v>c</v></c>`: {"1: a|c", "1:CELL_TWICE:c"},
		`<c s="1"><v>99999999</v></c>`:    {"1: 99999999", "0:BAD_DATE:99999999"},
		`<c t="str"><f>A1</f><v></v></c>`: nil, // a formula that gives an empty text shows nothing
		`<c t="str"><v></v></c>`:          nil,
		`<c><v></v></c>`:                  nil,
		`<c s="1"/>`:                      nil,
	} {
		w, err := book(t, parts(`<sheetData><row>`+cell+`</row></sheetData>`), xlsx.Options{})
		require.NoError(t, err)
		got, err := rows(t, w)
		require.NoError(t, err, cell)
		require.Equal(t, want, append(got.rows, got.found...), cell)
	}
}

func TestASheetThatContradictsItselfIsRefused(t *testing.T) {
	t.Parallel()
	for sheet, says := range map[string]string{
		`<sheetData><row r="2"/><row r="2"/></sheetData>`:                 "row 2 comes after row 2",
		`<sheetData><row r="2"/><row r="1"/></sheetData>`:                 "row 1 comes after row 2",
		`<sheetData><row r="0"/></sheetData>`:                             `row number "0"`,
		`<sheetData><row r="x"/></sheetData>`:                             `row number "x"`,
		`<sheetData><row><c r="1"/></row></sheetData>`:                    `cell reference "1"`,
		`<sheetData><row><c r="A"/></row></sheetData>`:                    `cell reference "A"`,
		`<sheetData><row><c r="A0"/></row></sheetData>`:                   `cell reference "A0"`,
		`<sheetData><row><c s="x"/></row></sheetData>`:                    `cell style "x"`,
		`<sheetData><row><c t="s"><v>x</v></c></row></sheetData>`:         `shared text number "x"`,
		`<sheetData><row><c t="s"><v>2</v></c></row></sheetData>`:         "refers to shared text 2, which is not there",
		`<sheetData><row><c t="s"><v>-1</v></c></row></sheetData>`:        "refers to shared text -1, which is not there",
		`<sheetData><row><c><v>1</row></sheetData>`:                       "<v> is closed by </row>",
		`<sheetData><row><c t="inlineStr"><is><t>1</c></row></sheetData>`: "<t> is closed by </c>",
		`<sheetData><row><c><f><g></f></c></row></sheetData>`:             "<g> is closed by </f>",
		`<sheetData><row><x></row></sheetData>`:                           "<x> is closed by </row>",
	} {
		w, err := book(t, parts(sheet), xlsx.Options{})
		require.NoError(t, err)
		_, err = rows(t, w)
		require.ErrorContains(t, err, says, sheet)
		var refused *schema.UploadError
		require.ErrorAs(t, err, &refused, "it is the file that is wrong, and not the service: %s", sheet)
	}
	w, err := book(t, parts(`<sheetData><row r="3"><c r="D3"><v>1</v></c></row></sheetData>`), xlsx.Options{Limits: record.Limits{Columns: 3}})
	require.NoError(t, err)
	_, err = rows(t, w)
	require.ErrorContains(t, err, `row 3 of sheet "Data" has a cell in column 4; 3 columns are allowed`)
	w, err = book(t, parts(`<sheetData><row r="3"><c r="C3"><v>1</v></c></row></sheetData>`), xlsx.Options{Limits: record.Limits{Columns: 3}})
	require.NoError(t, err)
	got, err := rows(t, w)
	require.NoError(t, err)
	require.Equal(t, []string{"3: ||1"}, got.rows)
}

func TestWhatIsHiddenOrMergedIsTold(t *testing.T) {
	t.Parallel()
	w, err := book(t, parts(`<cols><col min="2" max="3" hidden="1"/><col min="5" max="5" hidden="true"/><col min="6" max="6"/><col min="x" max="7" hidden="1"/></cols>`+
		`<sheetData><row><c><v>1</v></c></row><row hidden="1"><c><v>2</v></c></row><row hidden="1"><c s="1"/></row><row r="7" hidden="1"><c><v>3</v></c></row></sheetData>`+
		`<mergeCells><mergeCell ref="C1:D2"/><mergeCell ref="A1"/><mergeCell ref="A1:B"/></mergeCells><sheetData><row><c><v>9</v></c></row></sheetData>`), xlsx.Options{})
	require.NoError(t, err)
	got, err := rows(t, w)
	require.NoError(t, err)
	require.Equal(t, []string{"1: 1", "2: 2", "7: 3"}, got.rows, "rows have an end, and what comes behind it are none")
	require.Equal(t, xlsx.Unseen{
		Rows: 2, FirstRow: 2, Columns: [][2]int{{1, 2}, {4, 4}},
		Merges: []xlsx.CellRange{{Column: 2, Row: 1, ToColumn: 3, ToRow: 2}},
	}, got.unseen)
}

func TestASheetIsChosenByNameOrNumber(t *testing.T) {
	t.Parallel()
	p := parts(`<sheetData/>`)
	p["xl/workbook.xml"] = `<workbook ` + mainNS + `><sheets><sheet name="Secret" state="hidden" r:id="r1"/><sheet name="Gone" r:id="nowhere"/><sheet name="2" state="veryHidden" r:id="r4"/><sheet name=" Data" r:id="r5"/><sheet name="data" r:id="r6"/></sheets></workbook>`
	for id, part := range map[string]string{"r4": "a", "r5": "b", "r6": "c"} {
		p["xl/_rels/workbook.xml.rels"] = strings.Replace(p["xl/_rels/workbook.xml.rels"], "</Relationships>", `<Relationship Id="`+id+`" Type="`+relTypes+`worksheet" Target="/xl/worksheets/`+part+`.xml"/></Relationships>`, 1)
		p["xl/worksheets/"+part+".xml"] = `<worksheet/>`
	}
	w, err := book(t, p, xlsx.Options{})
	require.NoError(t, err)
	var names []string
	for _, s := range w.Sheets() {
		names = append(names, fmt.Sprintf("%s %v", s.Name, s.Hidden))
	}
	require.Equal(t, []string{"Secret true", "2 true", " Data false", "data false"}, names)
	for asked, want := range map[string]string{"": " Data", "data": "data", " Data": " Data", "DATA ": " Data", "2": "2", "1": "Secret", "4": "data", "secret": "Secret"} {
		s, err := w.Choose(asked)
		require.NoError(t, err)
		require.Equal(t, want, s.Name, asked)
		require.True(t, s.Same(s))
		require.Equal(t, want == "Secret", s.Same(w.Sheets()[0]), asked)
	}
	for _, asked := range []string{"0", "5", "x"} {
		_, err := w.Choose(asked)
		require.ErrorContains(t, err, `the workbook has no sheet "`+asked+`"; it has "Secret", "2", " Data", "data"`)
	}
	// Where all are hidden the first is taken; where none is, there is nothing to take.
	p["xl/workbook.xml"] = `<workbook ` + mainNS + `><sheets><sheet name="A" state="hidden" r:id="r1"/><sheet name="B" state="hidden" r:id="r4"/></sheets></workbook>`
	w, err = book(t, p, xlsx.Options{})
	require.NoError(t, err)
	s, err := w.Choose("")
	require.NoError(t, err)
	require.Equal(t, "A", s.Name)
	p["xl/workbook.xml"] = `<workbook ` + mainNS + `><sheets/></workbook>`
	w, err = book(t, p, xlsx.Options{})
	require.NoError(t, err)
	_, err = w.Choose("")
	require.ErrorContains(t, err, "no sheet with cells")
}

func TestTextsThatAreSharedMayLieInAFile(t *testing.T) {
	t.Parallel()
	p := parts(`<sheetData><row><c t="s"><v>0</v></c><c t="s"><v>1</v></c><c t="s"><v>2</v></c><c t="s"><v>3</v></c></row></sheetData>`)
	p["xl/sharedStrings.xml"] = `<sst><si><t>first</t></si><si><t/></si><si><t>second text</t></si><si><t xml:space="preserve"> third</t></si></sst>`
	for _, most := range []int64{1, 5, 6, 16, 17, 22, 1000} { // bytes that stay in memory
		dir := t.TempDir()
		w, err := book(t, p, xlsx.Options{TempDir: dir, Limits: record.Limits{UnzipXMLSizeLimit: most}})
		require.NoError(t, err, most)
		got, err := rows(t, w)
		require.NoError(t, err, most)
		require.Equal(t, []string{"1: first||second text| third"}, got.rows, most)
		left, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Equal(t, most < 22, len(left) > 0, "a file is made for what is more than %d bytes", most)
	}
}

func TestAWorkbookHasABoundedNumberOfStyles(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]string{"styles": `<cellXfs>%s</cellXfs>`, "formats": `<numFmts>%s</numFmts>`} {
		for n, fits := range map[int]bool{1 << 17: true, 1<<17 + 1: false} {
			var list strings.Builder
			for i := range n {
				if name == "styles" {
					list.WriteString("<xf/>")
				} else {
					fmt.Fprintf(&list, `<numFmt numFmtId="%d"/>`, i)
				}
			}
			p := parts(`<sheetData/>`)
			p["xl/styles.xml"] = "<styleSheet>" + fmt.Sprintf(one, list.String()) + "</styleSheet>"
			_, err := book(t, p, xlsx.Options{})
			if fits {
				require.NoError(t, err, "%d %s", n, name)
				continue
			}
			require.ErrorContains(t, err, "more than 131072 cell formats", "%d %s", n, name)
		}
	}
}
