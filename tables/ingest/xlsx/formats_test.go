package xlsx_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/ingest/xlsx"
)

var update = flag.Bool("update", false, "rewrite what becomes of numbers in testdata/formats.json, and what LibreOffice shows where it is installed; read the diff")

const formatsFile = "testdata/formats.json"

// A formatCase is a number, or a word, in a cell with a number format: the text that is kept, a
// finding about it, and what LibreOffice shows, with the reason where that is not what is kept.
type formatCase struct {
	Code   string `json:"code"`
	ID     string `json:"id,omitempty"` // of a built-in format, the code of which is made up
	Number string `json:"number,omitempty"`
	Word   string `json:"word,omitempty"`
	Text   string `json:"text"`
	Found  string `json:"found,omitempty"`
	Shown  string `json:"shown"`
	Why    string `json:"why,omitempty"` // the text is neither what is shown nor the number nor a date
}

func formatCases(t *testing.T) []formatCase {
	t.Helper()
	raw, err := os.ReadFile(formatsFile)
	require.NoError(t, err)
	var cases []formatCase
	require.NoError(t, json.Unmarshal(raw, &cases))
	require.Greater(t, len(cases), 900)
	return cases
}

// formatsBook is a workbook with a row for each case: the number in its format, and a mark.
func formatsBook(cases []formatCase) map[string]string {
	const head = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>`
	var formats, cells, rows strings.Builder
	quote := strings.NewReplacer("&", "&amp;", `"`, "&quot;", "<", "&lt;", ">", "&gt;", "\n", "&#10;")
	for i, c := range cases {
		id := c.ID
		if id == "" {
			id = strconv.Itoa(1000 + i)
			fmt.Fprintf(&formats, `<numFmt numFmtId="%s" formatCode="%s"/>`, id, quote.Replace(c.Code))
		}
		fmt.Fprintf(&cells, `<xf numFmtId="%s" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>`, id)
		cell := `><v>` + c.Number + `</v>`
		if c.Word != "" {
			cell = ` t="inlineStr"><is><t>` + c.Word + `</t></is>`
		}
		fmt.Fprintf(&rows, `<row r="%d"><c r="A%d" s="%d"%s</c><c r="B%d"><v>1</v></c></row>`, i+1, i+1, i+1, cell, i+1)
	}
	book := parts(`<sheetData>` + rows.String() + `</sheetData>`)
	const types = "application/vnd.openxmlformats-officedocument.spreadsheetml."
	book["[Content_Types].xml"] = head + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>` +
		`<Override PartName="/xl/workbook.xml" ContentType="` + types + `sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="` + types + `worksheet+xml"/>` +
		`<Override PartName="/xl/styles.xml" ContentType="` + types + `styles+xml"/><Override PartName="/xl/sharedStrings.xml" ContentType="` + types + `sharedStrings+xml"/></Types>`
	const relations = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`
	for _, name := range []string{"_rels/.rels", "xl/_rels/workbook.xml.rels"} {
		book[name] = strings.Replace(book[name], `<Relationships>`, relations, 1)
	}
	book["xl/workbook.xml"] = strings.Replace(book["xl/workbook.xml"], `name="Data"`, `name="Data" sheetId="1"`, 1)
	book["xl/styles.xml"] = head + `<styleSheet ` + mainNS + `><numFmts>` + formats.String() + `</numFmts><fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders>` +
		`<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs><xf numFmtId="0"/>` + cells.String() + `</cellXfs></styleSheet>`
	book["xl/sharedStrings.xml"] = `<sst ` + mainNS + `/>`
	return book
}

func TestNumberFormats(t *testing.T) {
	cases := formatCases(t)
	w, err := book(t, formatsBook(cases), xlsx.Options{})
	require.NoError(t, err)
	read, err := rows(t, w)
	require.NoError(t, err)
	require.Len(t, read.rows, len(cases))
	for i := range cases {
		c := &cases[i]
		got := *c
		if c.ID != "" {
			got.Code = xlsx.BuiltinFormat(c.ID)
		}
		text, ok := strings.CutPrefix(read.rows[i], fmt.Sprintf("%d: ", i+1))
		require.True(t, ok)
		got.Text = strings.TrimSuffix(text, "|1")
		if c.Word == "" {
			got.Text, got.Found = xlsx.Show(got.Code, c.Number)
			// The cell of a workbook is read the same.
			require.Equal(t, text, got.Text+"|1", "%q", c.Code)
		}
		if *update {
			*c = got
		}
		require.Equal(t, *c, got)
		if !*update {
			explained(t, *c)
		}
	}
	if *update {
		writeCases(t, cases)
	}
}

func writeCases(t *testing.T, cases []formatCase) {
	t.Helper()
	var b bytes.Buffer
	b.WriteString("[\n ")
	for i, c := range cases {
		if i > 0 {
			b.WriteString(",\n ")
		}
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		require.NoError(t, enc.Encode(c))
		b.Truncate(b.Len() - 1)
	}
	b.WriteString("\n]\n")
	require.NoError(t, os.WriteFile(formatsFile, b.Bytes(), 0o600))
}

// explained holds that a text is what LibreOffice shows, or the number behind the format, or
// an ISO date, or that there is a reason.
func explained(t *testing.T, c formatCase) {
	t.Helper()
	same := c.Text == strings.TrimSpace(c.Shown)
	if c.Word != "" {
		require.True(t, same || c.Text == c.Word && c.Why != "", "%q %s: %q, shown as %q", c.Code, c.Word, c.Text, c.Shown)
		return
	}
	number, err := strconv.ParseFloat(c.Number, 64)
	require.NoError(t, err)
	kept, err := strconv.ParseFloat(c.Text, 64)
	behind := err == nil && kept-number < 1e-12 && number-kept < 1e-12
	iso := regexp.MustCompile(`^(\d{4}-\d\d-\d\d)?T?(-?\d+:\d\d:\d\d)?$`).MatchString(c.Text)
	require.Equal(t, !same && !behind && !iso, c.Why != "", "%q %s: %q, shown as %q", c.Code, c.Number, c.Text, c.Shown)
}

// The judge of what a spreadsheet program shows is one.
func TestLibreOfficeShowsWhatIsRecorded(t *testing.T) {
	t.Parallel()
	// The program's script alone may be there, of an office that was taken off again.
	const office = "soffice"
	if err := exec.CommandContext(t.Context(), office, "--version").Run(); err != nil {
		t.Skip("LibreOffice is not installed (package libreoffice-calc-nogui): " + err.Error())
	}
	cases := formatCases(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "formats.xlsx")
	writeBook(t, path, formatsBook(cases))
	// The filter's numbers: comma, quote, UTF-8. Cells come as they are shown.
	run := exec.CommandContext(t.Context(), office, "-env:UserInstallation=file://"+dir+"/profile", "--headless", "--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76", "--outdir", dir, path)
	run.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "HOME="+dir)
	out, err := run.CombinedOutput()
	require.NoError(t, err, "%s", out)
	file, err := os.Open(filepath.Join(dir, "formats.csv"))
	require.NoError(t, err, "%s", out)
	defer func() { require.NoError(t, file.Close()) }()
	shown, err := csv.NewReader(file).ReadAll()
	require.NoError(t, err)
	require.Len(t, shown, len(cases))
	for i := range cases {
		if *update {
			cases[i].Shown = shown[i][0]
		}
		require.Equal(t, []string{cases[i].Shown, "1"}, shown[i], "%q %s", cases[i].Code, cases[i].Number)
	}
	if *update {
		writeCases(t, cases)
	}
}

func TestEveryBuiltinFormatIsUnderstood(t *testing.T) {
	for id := range 200 {
		_, found := xlsx.Show(xlsx.BuiltinFormat(strconv.Itoa(id)), "45382.75")
		require.Empty(t, found, "%d", id)
	}
	require.Empty(t, xlsx.BuiltinFormat("x"))
}

// rowOfFormats is a line of the table in UPLOADS.md: formats, a number, a cell.
var rowOfFormats = regexp.MustCompile("^\\| (`.*`) \\| ([-0-9.]+) \\| `([^`]+)` \\|")

func TestUploadsTellWhatBecomesOfNumbers(t *testing.T) {
	raw, err := os.ReadFile("../UPLOADS.md")
	require.NoError(t, err)
	checked := 0
	for line := range strings.Lines(string(raw)) {
		row := rowOfFormats.FindStringSubmatch(line)
		if row == nil {
			continue
		}
		for code := range strings.SplitSeq(strings.Trim(row[1], "`"), "`, `") {
			text, _ := xlsx.Show(code, row[2])
			require.Equal(t, row[3], text, "%s", code)
			checked++
		}
	}
	require.GreaterOrEqual(t, checked, 13)
}

// FuzzFormats holds that no code of a format breaks the reader, and that no digit of a number
// is lost or made up beside those that the code itself writes.
func FuzzFormats(f *testing.F) {
	for _, seed := range []string{"General", "00000", "0.00_);(0.00)", `[<=9999999]###-####;(###) ###-####`, `"ABC-"0000`, "yyyy-mm-dd", "[h]:mm:ss", "# ?/?", `[=1]"Yes";[=0]"No";General`, "+0;-0;0", "0.0,,", "0.00E-00", "[$€-407] #,##0.00", "0;0;0;0;0", `0"`, `\`, "_", "*", "[", "上午/下午h:mm", `"SKU-"0`, "+General;-General", `"a\\b"0"+"`, `[=0]"";d/m/yy`, `0;0;0;"x"@`} {
		f.Add(seed, "1234567.25")
		f.Add(seed, "-5")
	}
	f.Fuzz(func(t *testing.T, code, number string) {
		if value, err := strconv.ParseFloat(number, 64); err != nil || value > 1e15 || value < -1e15 || strings.ContainsAny(number, "xX_pP") {
			t.Skip()
		}
		text, found := xlsx.Show(code, number)
		if found != "" || strings.ContainsAny(code, "0123456789ymdhsegabrYMDHSEGABR\"\\") {
			return
		}
		plain, _ := xlsx.Show("", number)
		require.Equal(t, significant(plain), significant(text), "%q %q: %q", code, number, text)
	})
}

// significant are the digits of a number without zeros around them.
func significant(text string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text), "0")
}
