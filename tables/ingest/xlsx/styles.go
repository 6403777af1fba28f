package xlsx

import (
	"fmt"
	"strconv"
	"strings"

	"tablestep/tables/schema"
)

// maxStyles is how many cell formats a workbook may have; spreadsheet programs
// stop at 65,490.
const maxStyles = 1 << 17

// styles are the number formats of a workbook, by the style number of a cell.
type styles struct {
	date1904 bool
	codes    []string  // the format code of each style
	formats  []*format // read when a cell needs them
}

// readStyles reads the number formats.
func (w *Workbook) readStyles(name string) error {
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

// builtinFormat is the code of a format that workbooks refer to by number only. Those of
// dates differ by the language of the program; here they say which parts are shown.
func builtinFormat(id string) string {
	n, err := strconv.Atoi(id)
	if err != nil {
		return ""
	}
	switch {
	case n == 1, n == 59:
		return "0"
	case n == 2, n == 60:
		return "0.00"
	case n == 3, n == 61:
		return "#,##0"
	case n == 4, n == 62:
		return "#,##0.00"
	case n >= 5 && n <= 8, n >= 37 && n <= 44:
		return "#,##0.00_);(#,##0.00)"
	case n == 9, n == 67:
		return "0%"
	case n == 10, n == 68:
		return "0.00%"
	case n == 11:
		return "0.00E+00"
	case n == 48:
		return "##0.0E+0"
	case n == 12, n == 69:
		return "# ?/?"
	case n == 13, n == 70:
		return "# ??/??"
	case n >= 14 && n <= 17, n >= 27 && n <= 31, n == 36, n >= 50 && n <= 54, n == 57, n == 58, n >= 71 && n <= 74:
		return "yyyy-mm-dd"
	case n >= 18 && n <= 21, n >= 32 && n <= 35, n == 45, n == 47, n == 55, n == 56, n >= 75 && n <= 78, n == 80:
		return "h:mm:ss"
	case n == 46, n == 79:
		return "[h]:mm:ss"
	case n == 22, n == 81:
		return "yyyy-mm-dd h:mm"
	case n == 49:
		return "@"
	}
	return ""
}

// format is the number format of a style; an unknown one is General.
func (s *styles) format(style int) *format {
	if style < 0 || style >= len(s.codes) {
		return &format{}
	}
	if s.formats == nil {
		s.formats = make([]*format, len(s.codes))
	}
	if s.formats[style] == nil {
		f := parseFormat(s.codes[style])
		s.formats[style] = &f
	}
	return s.formats[style]
}

// show gives the text of a number: a date as ISO, what is more than a dressed number as it
// is shown, everything else as the number behind the format. code is a finding, or "", and
// about what it is, if not about the text.
func (s *styles) show(raw []byte, style int) (text, code, about string) {
	number, long := plainNumber(string(raw))
	f := s.format(style)
	if f.unknown {
		return number, "FORMAT_UNKNOWN", s.codes[style]
	}
	if len(f.sections) == 0 {
		if long {
			code = "LONG_NUMBER"
		}
		return number, code, number
	}
	value, err := strconv.ParseFloat(strings.TrimSpace(string(raw)), 64)
	if err != nil {
		return number, "", ""
	}
	section, own := f.choose(value)
	switch section.kind {
	case formatDate:
		if text, ok := isoDate(value, section, s.date1904); ok {
			return text, "", ""
		}
		return number, "BAD_DATE", number
	case formatWords:
		return section.words(), "", ""
	case formatShown:
		// A text that lost digits is no text to keep.
		if text, ok := section.shown(number, own); ok {
			return text, "", ""
		}
		if section.plus && value >= 0 {
			return "+" + number, "", ""
		}
	case formatGeneral:
		if section.plus && value >= 0 {
			return "+" + number, "", ""
		}
		if section.hides && (value == 0 || !section.digits) {
			return number, "HIDDEN_VALUE", number
		}
		if long {
			return number, "LONG_NUMBER", number
		}
	}
	return number, "", ""
}
