package xlsx

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"tablestep/tables/ingest/record"
	"tablestep/tables/schema"
)

// readCell reads a <c>; column is where it stands if it does not say.
func (s *Records) readCell(column int) (int, error) {
	x := s.part
	style, kind := 0, ""
	for i := range x.attrs {
		switch a := &x.attrs[i]; string(a.name) {
		case "r":
			c, _, ok := cellRef(string(a.value))
			if !ok {
				return 0, fmt.Errorf("cell reference %q", short(a.value))
			}
			column = c
		case "s":
			n, err := strconv.Atoi(string(a.value))
			if err != nil {
				return 0, fmt.Errorf("cell style %q", short(a.value))
			}
			style = n
		case "t":
			kind = cellKind(a.value)
		}
	}
	if column >= s.book.limits.Columns {
		return 0, &schema.UploadError{Code: "TOO_LARGE", Message: fmt.Sprintf(
			"row %d of sheet %q has a cell in column %d; %d columns are allowed", s.row, s.sheet.Name, column+1, s.book.limits.Columns)}
	}
	depth := x.depth() - 1
	s.value = s.value[:0]
	hasValue, formula, inValue := false, false, false
	for {
		token, err := x.next()
		if err != nil {
			return 0, err
		}
		switch token {
		case xmlStart:
			switch string(x.name) {
			case "v":
				hasValue, inValue = true, true
			case "is":
				hasValue = true
				if s.value, err = richText(x.xmlScanner, s.value[:0]); err != nil {
					return 0, err
				}
			default:
				formula = formula || string(x.name) == "f"
				if err := x.skip(); err != nil {
					return 0, err
				}
			}
		case xmlText:
			if inValue {
				if s.value = append(s.value, x.text...); len(s.value) > x.most {
					return 0, errXMLToken
				}
			}
		case xmlEnd:
			inValue = false
			if x.depth() == depth {
				return column, s.putCell(column, kind, style, hasValue, formula)
			}
		}
	}
}

// cellKind is the type of a cell without an allocation; "" is a number.
func cellKind(t []byte) string {
	switch string(t) {
	case "s":
		return "s"
	case "n":
		return ""
	case "str":
		return "str"
	case "inlineStr":
		return "inlineStr"
	case "b":
		return "b"
	case "e":
		return "e"
	case "d":
		return "d"
	}
	return "str"
}

// putCell puts the text of the cell that was read into the record.
func (s *Records) putCell(column int, kind string, style int, hasValue, formula bool) error {
	if s.merges.covers(column, s.row) {
		return nil // Nobody sees it, and the spreadsheet program that merges takes it away.
	}
	if formula && (!hasValue || len(s.value) == 0 && kind != "str") {
		s.grow(column)
		s.rec.Written = true
		s.find("NO_CACHED_VALUE", column, "")
		return nil
	}
	if !hasValue || len(s.value) == 0 && kind != "inlineStr" {
		return nil // As with a formula whose result is "": nothing is shown.
	}
	s.grow(column)
	if s.seen[column] == s.row {
		s.find("CELL_TWICE", column, string(s.value))
	}
	s.seen[column] = s.row
	s.rec.Written = true
	switch kind {
	case "s":
		i, err := strconv.Atoi(strings.TrimSpace(string(s.value)))
		if err != nil {
			return fmt.Errorf("shared text number %q", short(s.value))
		}
		text, ok, err := s.book.texts.get(i)
		if err != nil {
			return err
		}
		if !ok {
			return fmt.Errorf("row %d refers to shared text %d, which is not there", s.row, i)
		}
		s.drop(column)
		s.rec.Cells[column] = text
		s.dress(column, style)
	case "b":
		s.put(column, "false")
		if isTrue(s.value) {
			s.put(column, "true")
		}
	case "e":
		s.find("ERROR_VALUE", column, string(s.value))
		s.drop(column)
		s.rec.Cells[column] = ""
	case "inlineStr":
		s.putText(column, s.value)
		s.dress(column, style)
	case "str":
		s.putText(column, unescape(s.value))
		s.dress(column, style)
	case "d":
		s.put(column, isoText(string(s.value), s.book.styles.format(style).dated()))
	default:
		s.putNumber(column, style)
	}
	return nil
}

func (s *Records) putNumber(column, style int) {
	if s.skimmed {
		s.put(column, "0")
		return
	}
	text, code, about := s.book.styles.show(s.value, style)
	if code != "" {
		s.find(code, column, about)
	}
	s.put(column, text)
}

// dress puts around the text of a cell what its format shows with it: "ID-"@.
func (s *Records) dress(column, style int) {
	if style == 0 || s.skimmed {
		return
	}
	f := s.book.styles.format(style)
	if f.texts == nil && !f.hidesTexts {
		return
	}
	text := s.rec.Cells[column]
	if n := len(s.spans); n > 0 && s.spans[n-1].cell == column {
		text = string(s.own[s.spans[n-1].from:s.spans[n-1].to])
	}
	switch {
	case text == "":
	case f.hidesTexts:
		s.find("HIDDEN_VALUE", column, text)
	default:
		s.put(column, around(f.texts, text))
	}
}

// grow makes room for a column.
func (s *Records) grow(column int) {
	for len(s.rec.Cells) <= column {
		s.rec.Cells = append(s.rec.Cells, "")
	}
	for len(s.seen) <= column {
		s.seen = append(s.seen, 0)
	}
}

// drop forgets a text that an earlier cell of the same place left.
func (s *Records) drop(column int) {
	for i := len(s.spans) - 1; i >= 0 && s.spans[i].cell >= column; i-- {
		if s.spans[i].cell == column {
			s.spans = append(s.spans[:i], s.spans[i+1:]...)
		}
	}
}

func (s *Records) put(column int, text string) {
	s.drop(column)
	s.rec.Cells[column] = text
}

// putText keeps a text that is not shared; it becomes a string with all others
// of the row.
func (s *Records) putText(column int, text []byte) {
	s.drop(column)
	from := len(s.own)
	s.own = append(s.own, text...)
	s.spans = append(s.spans, span{column, from, len(s.own)})
	s.rec.Cells[column] = ""
}

func (s *Records) find(code string, column int, text string) {
	if !s.skimmed && len(s.rec.Findings) < 1000 {
		s.rec.Findings = append(s.rec.Findings, record.Finding{Code: code, Cell: column, Text: text})
	}
}

// cellRef reads a reference like AB12: column from 0, row from 1.
func cellRef(ref string) (column, row int, ok bool) {
	i := 0
	for i < len(ref) && (ref[i]|0x20) >= 'a' && (ref[i]|0x20) <= 'z' && i < 4 {
		column = column*26 + int(ref[i]|0x20-'a') + 1
		i++
	}
	if i == 0 || i == len(ref) {
		return 0, 0, false
	}
	row, err := strconv.Atoi(ref[i:])
	if err != nil || row < 1 {
		return 0, 0, false
	}
	return column - 1, row, true
}

// columnLetters names a column as spreadsheet programs do: 0 is A.
func columnLetters(column int) string {
	var b [8]byte
	i := len(b)
	for n := column + 1; n > 0 && i > 0; n = (n - 1) / 26 {
		i--
		b[i] = byte('A' + (n-1)%26)
	}
	return string(b[i:])
}

// isoText shortens the ISO text of a date cell to what its format shows.
func isoText(text string, shown section) string {
	if !utf8.ValidString(text) || len(text) < len("2006-01-02") {
		return text
	}
	date, clock, hasClock := strings.Cut(text, "T")
	if !hasClock || shown.kind == formatDate && !shown.clock {
		return date
	}
	clock = strings.TrimSuffix(clock, "Z")
	clock, _, _ = strings.Cut(clock, ".")
	return date + "T" + clock
}
