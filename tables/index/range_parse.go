package index

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"tablestep/tables/column"
	"tablestep/tables/schema"
)

// form is a span as it is written, before its ends are read.
type form struct {
	low, high       string // empty where there is none
	lowAt, highAt   int    // their places in the text
	lowOut, highOut bool   // the end itself does not belong to the span
	operator        bool   // written with < > or =
	twoPoints       bool   // written with two points
	hasLow, hasHigh bool
	equality        bool // both ends are low
}

// parseRange reads a cell of one column:
//
//	cell  = end | operator end | span
//	span  = end ".." [ end ] | ".." end | end dash end | number "+"
//	      | number to number | "between" number "and" number
//	      | from number | over number | up-to number | under number
//	      | number and-up | number and-below
//	end   = text in quotes | date | number | text that begins with a letter
//
// dash is one of any kind, to and the other small words are those of range_words.go, in any
// case, and number stands for dates too. A cell that is nothing of it is a text, which is
// compared for equality.
func parseRange(cell string, n *schema.Notation) (span, error) {
	if len(cell) > maxPattern {
		return span{}, wrong(schema.ModeRange, cell, maxPattern, "it is longer than %d bytes", maxPattern)
	}
	text := strings.TrimSpace(cell)
	start := strings.Index(cell, text)
	if text != "" && (strings.IndexByte("<>=", text[0]) >= 0 || text[0] >= utf8.RuneSelf) {
		if f, ok := cutForm(text, n); ok && f.operator {
			return f.span(cell, start, n)
		}
	}
	if inner := foreignQuoted(text); inner != "" && foreignQuoted(inner) == "" && !strings.ContainsAny(inner, "'\"`’”“") {
		return span{}, wrong(schema.ModeRange, cell, start, "texts stand in straight double quotes; write %s", quoted(inner))
	}
	if len(text) > 1 && text[0] == '"' && strings.IndexByte(text[1:], '"') == len(text)-2 {
		x, err := parseEnd(cell, text, start, n)
		return point(x), err
	}
	if err := bracketed(cell, text, start); err != nil {
		return span{}, err
	}
	if x := scalarOf(text, n); x.kind != textKind {
		return point(x), nil
	}
	if low, high, ok := monthCell(text); ok {
		return span{}, wrong(schema.ModeRange, cell, start, "%s", spreadsheet(text, low, high, "%d..%d"))
	}
	f, ok := cutForm(text, n)
	if !ok {
		f, ok = cutTexts(text)
	}
	if ok {
		return f.span(cell, start, n)
	}
	return single(cell, text, start)
}

// single reads a cell that is no span.
func single(cell, text string, start int) (span, error) {
	dashes, last := 0, 0
	for i, r := range text {
		if isDash(r) {
			dashes++
			last = i
		}
	}
	switch {
	case dashes > 1:
		return span{}, wrong(schema.ModeRange, cell, start+last, "it has several hyphens; write the range with .. between its ends, or put a text in quotes")
	case dashes == 1:
		return span{}, wrong(schema.ModeRange, cell, start+last, "a range needs both ends around the hyphen; for an open one write 10.. or ..20")
	case strings.HasPrefix(text, `"`):
		return span{}, wrong(schema.ModeRange, cell, start, "the quote is not closed, or there is more than one text in quotes; lists belong to mode condition")
	}
	return point(scalar{text: column.Normalize(text)}), nil
}

// bracketed gives an answer to who writes an interval of mode condition.
func bracketed(cell, text string, start int) error {
	if len(text) < 2 || strings.IndexByte("[(]", text[0]) < 0 || strings.IndexByte("])[", text[len(text)-1]) < 0 {
		return nil
	}
	low, high, ok := strings.Cut(text[1:len(text)-1], "..")
	if !ok {
		return nil
	}
	ends := apart(low, high)
	if text[0] == '[' && text[len(text)-1] == ']' {
		return wrong(schema.ModeRange, cell, start, "brackets belong to mode condition; in mode range both ends belong to a range without them: write %s", ends)
	}
	return wrong(schema.ModeRange, cell, start, "brackets belong to mode condition; in mode range both ends belong to a range: write %s with ends that belong to it, or use mode condition", ends)
}

// operators are those of a comparison, longer ones first.
var operators = [...]string{">=", "≥", "<=", "≤", ">", "<", "==", "="} //nolint:gochecknoglobals // a constant

// cutForm tells the form of a span of numbers or dates, or of one that has an operator or
// two points. ok is false for a text that is none.
func cutForm(text string, n *schema.Notation) (f form, ok bool) {
	for _, op := range operators {
		rest, ok := strings.CutPrefix(text, op)
		if !ok {
			continue
		}
		f.operator = true
		switch op {
		case "=", "==":
			f.equality = true
			f.setLow(rest, len(op))
		case ">=", "≥", ">":
			f.setLow(rest, len(op))
			f.lowOut = op == ">"
		default:
			f.setHigh(rest, len(op))
			f.highOut = op == "<"
		}
		return f, true
	}
	if at, width := points(text); at >= 0 {
		f.setLow(text[:at], 0)
		f.setHigh(text[at+width:], at+width)
		f.twoPoints = true
		f.hasLow, f.hasHigh = !column.Blank(f.low), !column.Blank(f.high)
		return f, true
	}
	if f, ok := cutWords(text, n); ok {
		return f, true
	}
	if number, ok := strings.CutSuffix(text, "+"); ok && beginsLikeNumber(number) {
		f.setLow(number, 0)
		return f, true
	}
	dashes := 0
	for i, r := range text {
		if !isDash(r) || i == 0 {
			continue
		}
		if dashes++; dashes > maxDashes {
			break
		}
		size := utf8.RuneLen(r)
		low, high := scalarOf(text[:i], n), scalarOf(text[i+size:], n)
		if low.kind != textKind && low.kind == high.kind {
			f.setLow(text[:i], 0)
			f.setHigh(text[i+size:], i+size)
			return f, true
		}
	}
	return f, false
}

// maxDashes is how many dashes of a cell are tried: two dates and the one between them
// have five.
const maxDashes = 8

// points finds the two points between ends, outside of quotes, or between numbers the one
// sign that a program makes of three.
func points(text string) (at, width int) {
	if !strings.Contains(text, "..") && !strings.Contains(text, "…") {
		return -1, 0
	}
	in := false
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '"':
			in = !in
		case in:
		case strings.HasPrefix(text[i:], ".."):
			return i, 2
		case strings.HasPrefix(text[i:], "…") && beginsLikeNumber(text[:i]) && beginsLikeNumber(text[i+len("…"):]):
			return i, len("…")
		}
	}
	return -1, 0
}

func (f *form) setLow(text string, at int)  { f.low, f.lowAt, f.hasLow = text, at, true }
func (f *form) setHigh(text string, at int) { f.high, f.highAt, f.hasHigh = text, at, true }

// cutWords tells a span that is written with words. What is beside them has to begin like a
// number, or it is a text.
func cutWords(text string, n *schema.Notation) (f form, ok bool) {
	if means, at, ok := cutFront(text); ok && beginsLikeNumber(text[at:]) {
		rest := text[at:]
		switch means {
		case overIt, fromIt:
			if f, ok := cutTwo(rest, at, joints, n); ok && means == fromIt {
				return f, true
			}
			f.setLow(rest, at)
			f.lowOut = means == overIt
			return f, true
		case upToIt, underIt:
			f.setHigh(rest, at)
			f.highOut = means == underIt
			return f, true
		case twoEnds:
			return cutTwo(rest, at, betweenJoints, n)
		}
	}
	if !beginsLikeNumber(text) {
		return f, false
	}
	if f, ok := cutTwo(text, 0, joints, nil); ok {
		return f, true
	}
	means, end, ok := cutBehind(text)
	switch {
	case !ok:
		return f, false
	case means == upToIt:
		f.setHigh(text[:end], 0)
	default:
		f.setLow(text[:end], 0)
	}
	return f, true
}

// cutTwo cuts two ends at a word between them, or, where n is given, at a dash. Both begin
// like numbers.
func cutTwo(text string, at int, joints []string, n *schema.Notation) (f form, ok bool) {
	low, high, highAt, ok := cutJoint(text, joints)
	if ok = ok && beginsLikeNumber(low) && beginsLikeNumber(high); ok {
		f.setLow(low, at)
		f.setHigh(high, at+highAt)
		return f, true
	}
	if n == nil {
		return f, false
	}
	for i, r := range text {
		size := utf8.RuneLen(r)
		if !isDash(r) || i == 0 {
			continue
		}
		if scalarOf(text[:i], n).kind != textKind && scalarOf(text[i+size:], n).kind != textKind {
			f.setLow(text[:i], at)
			f.setHigh(text[i+size:], at+i+size)
			return f, true
		}
	}
	return f, false
}

// cutTexts tells a span with the only dash that there is between its ends.
func cutTexts(text string) (f form, ok bool) {
	at, width := -1, 0
	for i, r := range text {
		if !isDash(r) {
			continue
		}
		if at >= 0 {
			return f, false
		}
		at, width = i, utf8.RuneLen(r)
	}
	if at < 0 || column.Blank(text[:at]) || column.Blank(text[at+width:]) {
		return f, false
	}
	f.setLow(text[:at], 0)
	f.setHigh(text[at+width:], at+width)
	return f, true
}

// parseEnds reads the cells of two columns.
func parseEnds(from, to string, n *schema.Notation) (span, error) {
	f := form{low: from, high: to, highAt: len(from) + 2, hasLow: !column.Blank(from), hasHigh: !column.Blank(to)}
	return f.span(from+".."+to, 0, n)
}

// span reads the ends; start is the place of the form in the cell.
func (f *form) span(cell string, start int, n *schema.Notation) (span, error) {
	s := span{low: cut{side: beforeAll}, high: cut{side: behindAll}}
	if !f.hasLow && !f.hasHigh {
		return s, wrong(schema.ModeRange, cell, start+f.lowAt, "the range has no end")
	}
	var x, y scalar
	var err error
	if f.hasLow {
		if x, err = f.end(cell, f.low, start+f.lowAt, n); err != nil {
			return s, err
		}
		if f.equality {
			return point(x), nil
		}
		s.kind, s.low = x.kind, lowest(x, !f.lowOut)
	}
	if f.hasHigh {
		if y, err = f.end(cell, f.high, start+f.highAt, n); err != nil {
			return s, err
		}
		if s.kind, s.high = y.kind, last(y); f.highOut {
			s.high = highest(y, false)
		}
	}
	if !f.hasLow || !f.hasHigh {
		return s, nil
	}
	if f.twoPoints && strings.HasPrefix(f.high, ".") {
		return s, wrong(schema.ModeRange, cell, start+f.highAt, "two points stand between the ends; if the upper end begins with a point, write a 0 before it")
	}
	if x.kind != y.kind {
		return s, wrong(schema.ModeRange, cell, start+f.highAt, "its ends are a %s and a %s; put both in quotes if they are texts, or the whole cell if it is one", x.kind, y.kind)
	}
	if problem := f.shared(x, y); problem != "" {
		return s, wrong(schema.ModeRange, cell, start+f.highAt, "%s", problem)
	}
	if s.empty() && !s.perhaps() {
		return s, wrong(schema.ModeRange, cell, start+f.highAt, "the range ends before it begins")
	}
	return s, nil
}

// perhaps says that a span that seems to be empty may not be: one end has a zone and the other
// one has not, and which of them comes first is known by the clocks of the entry's zone.
func (s span) perhaps() bool {
	const farthest = 26 * 60 * 60 // seconds between two zones' clocks
	return s.kind == dateKind && s.low.at.zoned != s.high.at.zoned && s.low.at.f-s.high.at.f < farthest
}

// shared is why two ends cannot be told: in 1-5K and 10-20% the sign may be meant for both.
func (f *form) shared(x, y scalar) string {
	if x.kind != numberKind || x.f == 0 {
		return ""
	}
	low, high := strings.TrimSpace(f.low), strings.TrimSpace(f.high)
	for _, sign := range [...]string{"K", "M", "%"} {
		number, ok := strings.CutSuffix(high, sign)
		if !ok || strings.HasSuffix(low, sign) {
			continue
		}
		factor := map[string]float64{"K": 1e3, "M": 1e6, "%": 0.01}[sign]
		if sign == "%" || strings.TrimRight(low, "KM") == low && x.f < y.f/factor {
			plain := strings.TrimSpace(number)
			switch sign {
			case "K":
				plain += "000"
			case "M":
				plain += "000000"
			default:
				return fmt.Sprintf("the sign %% may be meant for both ends; write %s%%..%s", low, high)
			}
			return fmt.Sprintf("%s may be meant for both ends; write %s%s..%s or %s..%s", sign, low, sign, high, low, plain)
		}
	}
	return ""
}

// last is the upper end of a range, which belongs to it.
func last(x scalar) cut {
	if x.kind == textKind {
		return cut{x, behindAllThatStart}
	}
	return highest(x, true)
}

// end reads one end.
func (f *form) end(cell, text string, at int, n *schema.Notation) (scalar, error) {
	trimmed := strings.TrimLeftFunc(text, unicode.IsSpace)
	if f.operator && !strings.HasPrefix(trimmed, `"`) {
		if strings.HasPrefix(trimmed, ">") || strings.HasPrefix(trimmed, "<") || strings.HasPrefix(trimmed, "=") {
			return scalar{}, wrong(schema.ModeRange, cell, at, "this is no operator; there are >, >=, <, <= and =")
		}
		if c, ok := cutConjunction(cell, n); ok && c.low != "" {
			return scalar{}, wrong(schema.ModeRange, cell, c.at, "a cell has one comparison; write the range as %s, whose ends belong to it, or in mode condition %s", apart(c.low, c.high), c.interval())
		}
	}
	return parseEnd(cell, text, at, n)
}

// parseEnd reads one end; at is its place in the cell.
func parseEnd(cell, text string, at int, n *schema.Notation) (scalar, error) {
	if column.Blank(text) {
		return scalar{}, wrong(schema.ModeRange, cell, at, "a number, a date or a text is missing here")
	}
	trimmed := strings.TrimSpace(text)
	place := at + strings.Index(text, trimmed)
	if strings.HasPrefix(trimmed, `"`) {
		if len(trimmed) < 2 || strings.IndexByte(trimmed[1:], '"') != len(trimmed)-2 {
			return scalar{}, wrong(schema.ModeRange, cell, place, "the quote is not closed")
		}
		x := scalar{text: column.Normalize(trimmed[1 : len(trimmed)-1])}
		if x.text == "" {
			return scalar{}, wrong(schema.ModeRange, cell, place, "there is nothing between the quotes")
		}
		return x, nil
	}
	x, problem := readOperand(trimmed, n, false)
	if problem != "" {
		return x, wrong(schema.ModeRange, cell, place, "%s", problem)
	}
	if x.kind == textKind {
		if offset, problem := strange(trimmed); problem != "" {
			return x, wrong(schema.ModeRange, cell, place+offset, "%s", problem)
		}
	}
	return x, nil
}
