package testdata_test

import (
	"bytes"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"tablestep/testdata"
)

// cellKind is how a column of company-tiers.csv stands in the workbook.
type cellKind struct {
	column string
	format string // Excel's number format; empty is General
	layout string // of the date in the CSV file; empty for what is no date
	number bool
	truth  bool // a real boolean
}

// tierColumns tells the kinds of all columns, in order.
func tierColumns() []cellKind {
	return []cellKind{
		{column: "company"},
		{column: "tier"},
		{column: "postalCode", format: "00000", number: true},
		{column: "discount", format: "0.0%", number: true},
		{column: "contractValue", format: `"$"#,##0.00`, number: true},
		{column: "validFrom", format: "mm-dd-yy", layout: time.DateOnly},
		{column: "reviewedAt", format: "d mmm yyyy h:mm:ss", layout: "2006-01-02T15:04:05"},
		{column: "seats", number: true},
		{column: "strategic", truth: true},
		{column: "ownerEmail"},
	}
}

// builtinFormats are the number formats that Excel knows by an id.
func builtinFormats() map[string]int { return map[string]int{"": 0, "mm-dd-yy": 14} }

// excelSerial is a date as Excel counts it: days since the last but one day of
// 1899, the time as a part of a day.
func excelSerial(d time.Time) float64 {
	return d.Sub(time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)).Seconds() / 86400
}

// buildWorkbook makes company-tiers.xlsx from company-tiers.csv. Equal input
// gives equal bytes.
func buildWorkbook(t *testing.T) []byte {
	t.Helper()
	s := readSheet(t, "tables/company-tiers.csv")
	f := excelize.NewFile()
	defer func() { require.NoError(t, f.Close()) }()
	require.NoError(t, f.SetSheetName("Sheet1", "Tiers"))
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	require.NoError(t, err)
	require.NoError(t, f.SetSheetRow("Tiers", "A1", &s.columns))
	require.NoError(t, f.SetRowStyle("Tiers", 1, 1, bold))
	require.NoError(t, f.SetPanes("Tiers", &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}))
	for c, kind := range tierColumns() {
		require.Equal(t, kind.column, s.columns[c])
		letter, err := excelize.ColumnNumberToName(c + 1)
		require.NoError(t, err)
		style := excelize.Style{}
		if id, ok := builtinFormats()[kind.format]; ok {
			style.NumFmt = id
		} else {
			style.CustomNumFmt = &kind.format
		}
		id, err := f.NewStyle(&style)
		require.NoError(t, err)
		require.NoError(t, f.SetColWidth("Tiers", letter, letter, 18))
		for r, row := range s.rows {
			at := letter + strconv.Itoa(r+2)
			require.NoError(t, f.SetCellValue("Tiers", at, cellValue(t, kind, row[c])))
			if kind.format != "" {
				require.NoError(t, f.SetCellStyle("Tiers", at, at, id))
			}
		}
	}
	_, err = f.NewSheet("Notes")
	require.NoError(t, err)
	for r, line := range []string{
		"Company tiers",
		"Companies, people and amounts are invented.",
		"The sheet Tiers holds the rows of company-tiers.csv as a spreadsheet keeps them:",
		"postal codes and amounts are numbers with a format, dates are date cells, strategic is a boolean.",
		"The company 1024 is text.",
	} {
		require.NoError(t, f.SetCellStr("Notes", "A"+strconv.Itoa(r+1), line))
	}
	f.SetActiveSheet(0)
	var out bytes.Buffer
	require.NoError(t, f.Write(&out))
	return out.Bytes()
}

// cellValue turns the text of the CSV file into what the workbook holds.
func cellValue(t *testing.T, kind cellKind, text string) any {
	t.Helper()
	switch {
	case kind.number:
		n, err := strconv.ParseFloat(text, 64)
		require.NoError(t, err, "%s %q", kind.column, text)
		return n
	case kind.truth:
		b, err := strconv.ParseBool(text)
		require.NoError(t, err, "%s %q", kind.column, text)
		return b
	case kind.layout != "":
		d, err := time.Parse(kind.layout, text)
		require.NoError(t, err, "%s %q", kind.column, text)
		return excelSerial(d)
	default:
		return text
	}
}

func TestWorkbookIsTheTwinOfItsCSV(t *testing.T) {
	built := buildWorkbook(t)
	require.True(t, bytes.Equal(built, buildWorkbook(t)), "two builds differ")
	if *update {
		require.NoError(t, os.WriteFile("tables/company-tiers.xlsx", built, 0o644))
		return
	}
	raw, err := testdata.Files.ReadFile("tables/company-tiers.xlsx")
	require.NoError(t, err)
	f, err := excelize.OpenReader(bytes.NewReader(raw))
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	require.Equal(t, []string{"Tiers", "Notes"}, f.GetSheetList())

	s := readSheet(t, "tables/company-tiers.csv")
	rows, err := f.GetRows("Tiers", excelize.Options{RawCellValue: true})
	require.NoError(t, err)
	require.Len(t, rows, len(s.rows)+1)
	require.Equal(t, s.columns, rows[0])
	for r, row := range s.rows {
		for c, kind := range tierColumns() {
			at, err := excelize.CoordinatesToCellName(c+1, r+2)
			require.NoError(t, err)
			stored, err := f.GetCellType("Tiers", at)
			require.NoError(t, err)
			switch {
			case kind.truth:
				require.Equal(t, excelize.CellTypeBool, stored, at)
				require.Equal(t, row[c] == "true", rows[r+1][c] == "1", at)
			case kind.number || kind.layout != "":
				require.Equal(t, excelize.CellTypeUnset, stored, "%s is not a number", at)
				n, err := strconv.ParseFloat(rows[r+1][c], 64)
				require.NoError(t, err, at)
				require.InDelta(t, cellValue(t, kind, row[c]), n, 0, at)
			default:
				require.Equal(t, excelize.CellTypeSharedString, stored, at)
				require.Equal(t, row[c], rows[r+1][c], at)
			}
			require.Equal(t, kind.format, formatOf(t, f, at), at)
		}
		shown, err := f.GetCellValue("Tiers", "C"+strconv.Itoa(r+2))
		require.NoError(t, err)
		require.Equal(t, row[2], shown, "the postal code as a person sees it")
	}
}

// formatOf gives the number format of a cell as Excel spells it.
func formatOf(t *testing.T, f *excelize.File, at string) string {
	t.Helper()
	id, err := f.GetCellStyle("Tiers", at)
	require.NoError(t, err)
	style, err := f.GetStyle(id)
	require.NoError(t, err)
	if style.CustomNumFmt != nil {
		return *style.CustomNumFmt
	}
	for format, builtin := range builtinFormats() {
		if builtin == style.NumFmt {
			return format
		}
	}
	return "built-in " + strconv.Itoa(style.NumFmt)
}

func TestTierCellsHaveTheTextOfTheirKind(t *testing.T) {
	s := readSheet(t, "tables/company-tiers.csv")
	for _, row := range s.rows {
		require.Regexp(t, `^[0-9]{5}$`, row[2])
		require.Contains(t, []string{"Platinum", "Gold", "Silver", "Bronze"}, row[1])
		for c, kind := range tierColumns() {
			if kind.number && kind.format != "00000" {
				n, err := strconv.ParseFloat(row[c], 64)
				require.NoError(t, err)
				require.Equal(t, strconv.FormatFloat(n, 'f', -1, 64), row[c], "%s is not in its shortest form", kind.column)
			}
		}
	}
	require.Equal(t, "00501", s.rows[0][2])
	require.Equal(t, "1200.5", s.rows[0][4])
	require.Equal(t, "0.15", s.rows[0][3])
}
