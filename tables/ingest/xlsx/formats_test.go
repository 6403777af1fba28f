package xlsx_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"tablestep/tables/ingest/xlsx"
)

var update = flag.Bool("update", false, "rewrite what becomes of numbers in testdata/formats.json; read the diff")

// A formatCase is a number in a cell with a number format: the text that is kept, a finding
// about it, and what excelize shows, with the reason where that is not right.
type formatCase struct {
	Code     string `json:"code"`
	ID       string `json:"id,omitempty"` // of a built-in format, the code of which is made up
	Number   string `json:"number"`
	Text     string `json:"text"`
	Found    string `json:"found,omitempty"`
	Excelize string `json:"excelize"`
	Wrong    string `json:"wrong,omitempty"` // why excelize is not right
}

func TestNumberFormats(t *testing.T) {
	const golden = "testdata/formats.json"
	raw, err := os.ReadFile(golden)
	require.NoError(t, err)
	var cases []formatCase
	require.NoError(t, json.Unmarshal(raw, &cases))
	require.Greater(t, len(cases), 250)
	book := excelize.NewFile()
	defer book.Close()
	for i := range cases {
		c := &cases[i]
		got := *c
		if c.ID != "" {
			got.Code = xlsx.BuiltinFormat(c.ID)
		}
		got.Text, got.Found = xlsx.Show(got.Code, c.Number)
		got.Excelize = shownByExcelize(t, book, fmt.Sprintf("A%d", i+1), got)
		if *update {
			*c = got
		}
		require.Equal(t, *c, got)
		explained(t, *c)
	}
	if *update {
		file, err := os.Create(golden)
		require.NoError(t, err)
		enc := json.NewEncoder(file)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", " ")
		require.NoError(t, enc.Encode(cases))
		require.NoError(t, file.Close())
	}
}

// explained holds that a text is what excelize shows, or the number behind the format, or an
// ISO date, or that there is a reason.
func explained(t *testing.T, c formatCase) {
	t.Helper()
	same := c.Text == strings.TrimSpace(c.Excelize)
	number, err := strconv.ParseFloat(c.Number, 64)
	require.NoError(t, err)
	kept, err := strconv.ParseFloat(c.Text, 64)
	behind := err == nil && kept-number < 1e-12 && number-kept < 1e-12
	iso := regexp.MustCompile(`^(\d{4}-\d\d-\d\d)?T?(-?\d+:\d\d:\d\d)?$`).MatchString(c.Text)
	require.Equal(t, !same && !behind && !iso, c.Wrong != "", "%q %s: %q, excelize %q", c.Code, c.Number, c.Text, c.Excelize)
}

func shownByExcelize(t *testing.T, book *excelize.File, cell string, c formatCase) string {
	t.Helper()
	style := &excelize.Style{CustomNumFmt: &c.Code}
	if c.ID != "" {
		id, err := strconv.Atoi(c.ID)
		require.NoError(t, err)
		style = &excelize.Style{NumFmt: id}
	}
	id, err := book.NewStyle(style)
	if err != nil {
		return "" // It refuses the code.
	}
	require.NoError(t, book.SetCellStyle("Sheet1", cell, cell, id))
	value, err := strconv.ParseFloat(c.Number, 64)
	require.NoError(t, err)
	require.NoError(t, book.SetCellFloat("Sheet1", cell, value, -1, 64))
	text, err := book.GetCellValue("Sheet1", cell)
	require.NoError(t, err)
	return text
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
	for _, seed := range []string{"General", "00000", "0.00_);(0.00)", `[<=9999999]###-####;(###) ###-####`, `"ABC-"0000`, "yyyy-mm-dd", "[h]:mm:ss", "# ?/?", `[=1]"Yes";[=0]"No";General`, "+0;-0;0", "0.0,,", "0.00E-00", "[$€-407] #,##0.00", "0;0;0;0;0", `0"`, `\`, "_", "*", "[", "上午/下午h:mm"} {
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
