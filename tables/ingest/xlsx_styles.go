package ingest

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"tablestep/tables/schema"
)

// maxStyles is how many cell formats a workbook may have; spreadsheet programs
// stop at 65,490.
const maxStyles = 1 << 17

// styles are the number formats of a workbook, by the style number of a cell.
type styles struct {
	date1904 bool
	codes    []string // the format code of each style
	formats  []*numberFormat

	// Format codes that need more than digits are applied by excelize, in a
	// scratch workbook of its own with one cell for each code.
	scratch *excelize.File
	cells   map[string]string
}

func (s *styles) Close() error {
	if s.scratch == nil {
		return nil
	}
	return s.scratch.Close()
}

// readStyles reads the number formats.
func (w *workbook) readStyles(name string) error {
	custom := map[string]string{}
	inCells := 0
	return w.each(name, func(p *part) error {
		switch string(p.name) {
		case "numFmt":
			custom[string(p.attr("numFmtId"))] = string(p.attr("formatCode"))
		case "cellXfs":
			inCells = p.depth() + 1
		case "cellStyleXfs", "cellStyles", "dxfs":
			inCells = 0
		case "xf":
			if p.depth() != inCells {
				return nil
			}
			id := string(p.attr("numFmtId"))
			code, ok := custom[id]
			if !ok {
				code = builtinFormat(id)
			}
			w.styles.codes = append(w.styles.codes, code)
		}
		if len(w.styles.codes) > maxStyles || len(custom) > maxStyles {
			return &schema.UploadError{Code: "TOO_LARGE", Message: fmt.Sprintf("the workbook has more than %d cell formats", maxStyles)}
		}
		return nil
	})
}

// builtinFormat is the code of a format that workbooks refer to by number only.
func builtinFormat(id string) string {
	n, err := strconv.Atoi(id)
	if err != nil {
		return ""
	}
	switch {
	case n == 1:
		return "0"
	case n == 2:
		return "0.00"
	case n >= 3 && n <= 8, n >= 37 && n <= 44:
		return "#,##0.00"
	case n == 9, n == 10:
		return "0.00%"
	case n == 11, n == 48:
		return "0.00E+00"
	case n == 12, n == 13:
		return "# ?/?"
	case n >= 14 && n <= 17, n >= 27 && n <= 31, n == 36, n >= 50 && n <= 54, n == 57, n == 58, n >= 71 && n <= 74:
		return "yyyy-mm-dd"
	case n >= 18 && n <= 21, n >= 32 && n <= 35, n == 45, n == 47, n == 55, n == 56, n >= 75 && n <= 78, n == 80:
		return "h:mm:ss"
	case n == 46, n == 79:
		return "[h]:mm:ss"
	case n == 22, n == 81:
		return "yyyy-mm-dd h:mm"
	}
	return ""
}

// format is the number format of a style; an unknown one is General.
func (s *styles) format(style int) numberFormat {
	if style < 0 || style >= len(s.codes) {
		return numberFormat{}
	}
	if s.formats == nil {
		s.formats = make([]*numberFormat, len(s.codes))
	}
	if s.formats[style] == nil {
		f := parseFormat(s.codes[style])
		s.formats[style] = &f
	}
	return *s.formats[style]
}

// show gives the text of a number: a date as ISO, an identifier as it is shown,
// everything else as the number behind the format. code is a finding, or "".
func (s *styles) show(raw []byte, style int) (text, code string) {
	number, long := plainNumber(string(raw))
	f := s.format(style)
	if f.kind == formatGeneral {
		if long {
			code = "LONG_NUMBER"
		}
		return number, code
	}
	value, err := strconv.ParseFloat(strings.TrimSpace(string(raw)), 64)
	if err != nil {
		return number, ""
	}
	switch f.kind {
	case formatDate:
		if text, ok := isoDate(value, f, s.date1904); ok {
			return text, ""
		}
		return number, "BAD_DATE"
	case formatPadded:
		if text, ok := padded(number, f); ok {
			return text, ""
		}
	case formatShown:
		// A text that lost digits is no text to keep.
		if text, err := s.apply(value, style); err == nil && digitsOf(text) == digitsOf(number) {
			return text, ""
		}
	}
	return number, ""
}

// apply formats a number with a code as a spreadsheet program does.
func (s *styles) apply(value float64, style int) (string, error) {
	const sheet = "Sheet1"
	if s.scratch == nil {
		s.scratch = excelize.NewFile()
		s.cells = map[string]string{}
	}
	code := sectionFor(s.codes[style], value)
	cell, ok := s.cells[code]
	if !ok {
		cell = "A" + strconv.Itoa(len(s.cells)+1)
		id, err := s.scratch.NewStyle(&excelize.Style{CustomNumFmt: &code})
		if err != nil {
			return "", fmt.Errorf("make number format %q: %w", code, err)
		}
		if err := s.scratch.SetCellStyle(sheet, cell, cell, id); err != nil {
			return "", fmt.Errorf("set number format %q: %w", code, err)
		}
		s.cells[code] = cell
	}
	if err := s.scratch.SetCellFloat(sheet, cell, value, -1, 64); err != nil {
		return "", fmt.Errorf("format %v: %w", value, err)
	}
	text, err := s.scratch.GetCellValue(sheet, cell)
	if err != nil {
		return "", fmt.Errorf("format %v with %q: %w", value, code, err)
	}
	return strings.TrimSpace(text), nil
}

// sectionFor chooses the section of a code whose condition holds, such as that
// of short telephone numbers in [<=9999999]###-####;(###) ###-####. excelize
// does not look at conditions. A code without them is given whole.
func sectionFor(code string, value float64) string {
	conditional := false
	for rest, more := code, true; more; {
		var section string
		section, rest, more = cutSection(rest)
		condition, bare, ok := cutCondition(section)
		if !ok {
			if conditional {
				return section
			}
			return code
		}
		conditional = true
		if condition(value) {
			return bare
		}
	}
	return code
}

// cutSection splits a code behind its first section.
func cutSection(code string) (section, rest string, more bool) {
	quoted := false
	for i := 0; i < len(code); i++ {
		switch c := code[i]; {
		case c == '"':
			quoted = !quoted
		case c == '\\' && !quoted:
			i++
		case c == ';' && !quoted:
			return code[:i], code[i+1:], true
		}
	}
	return code, "", false
}

// cutCondition reads a condition like [<=9999999] at the start of a section.
func cutCondition(section string) (holds func(float64) bool, bare string, ok bool) {
	end := strings.IndexByte(section, ']')
	if end < 0 || section[0] != '[' {
		return nil, section, false
	}
	inner := section[1:end]
	operator := inner[:len(inner)-len(strings.TrimLeft(inner, "<>="))]
	limit, err := strconv.ParseFloat(inner[len(operator):], 64)
	if err != nil {
		return nil, section, false
	}
	switch operator {
	case "<":
		holds = func(v float64) bool { return v < limit }
	case "<=":
		holds = func(v float64) bool { return v <= limit }
	case ">":
		holds = func(v float64) bool { return v > limit }
	case ">=":
		holds = func(v float64) bool { return v >= limit }
	case "=":
		holds = func(v float64) bool { return v == limit }
	case "<>":
		holds = func(v float64) bool { return v != limit }
	default:
		return nil, section, false
	}
	return holds, section[end+1:], true
}
