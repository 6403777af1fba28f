package index

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"tablestep/tables/notation"
	"tablestep/tables/schema"
)

// spanOf reads a value that is a span itself: 11-50, 51-200 employees, 10,000+. Only
// numbers and dates are ends of one. What is behind its last number may be a unit.
//
// Most values are none, and cost a look at their first and last characters.
func (r *reading) spanOf(value string) *span {
	if len(value) < 2 || len(value) > maxValueSpan || !mayBeSpan(value) {
		return nil
	}
	text := strings.TrimSpace(value)
	if s := r.anySpan(text); s != nil {
		return s
	}
	last := strings.LastIndexFunc(text, func(r rune) bool { return unicode.IsNumber(r) || strings.ContainsRune("+%KM", r) })
	if last < 0 || last+1 == len(text) {
		return nil
	}
	front, behind := text[:last+1], text[last+1:]
	if strings.ContainsFunc(behind, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsSpace(r) }) {
		return nil
	}
	return r.anySpan(front)
}

// anySpan reads a span as its notation says, else, as a single value is read, in the one
// other way in which it can be.
func (r *reading) anySpan(text string) *span {
	if s, ok := r.readSpan(text, &r.values); ok {
		return &s
	}
	if !strings.ContainsAny(text, ".,'/") {
		return nil // Every notation reads it alike.
	}
	for _, numbers := range notation.Conventions() {
		if s, ok := r.readSpan(text, &schema.Notation{Numbers: numbers, Dates: r.values.Dates, Unit: r.values.Unit}); ok && numbers != r.values.Numbers {
			return &s
		}
	}
	for _, dates := range [...]notation.Dates{notation.MonthFirst, notation.DayFirst} {
		if s, ok := r.readSpan(text, &schema.Notation{Numbers: r.values.Numbers, Dates: dates, Unit: r.values.Unit}); ok && dates != r.values.Dates {
			return &s
		}
	}
	return nil
}

// maxValueSpan is the longest value, in bytes, that is looked at.
const maxValueSpan = 100

// mayBeSpan is false for most values that are no spans: one has a digit, and begins with a
// number, or with a word that spans begin with, or with a sign.
func mayBeSpan(value string) bool {
	digits, joined := false, false
	letter := false // the first character that counts is one
	started := false
	for i := range len(value) {
		c := value[i]
		switch {
		case c >= '0' && c <= '9':
			digits = true
		case c >= utf8.RuneSelf: // perhaps a digit, a dash or a sign
			digits, joined = true, true
		case c == ' ' && !started:
			continue
		case c == '-' && started, c == '.' && i > 0 && value[i-1] == '.', c == '+' && started, c == ' ', c == '<', c == '>', c == '=':
			joined = true
		}
		if !started {
			started = true
			letter = isASCIILetter(c)
		}
	}
	if !digits || !joined {
		return false
	}
	if !letter {
		return true
	}
	_, _, ok := cutFront(strings.TrimSpace(value))
	return ok || beginsLikeNumber(value)
}

// readSpan reads a span of numbers or dates in any of its forms; a single one is none. Ends
// with a zone are those that the clocks of the entry's zone show, as single values are.
func (r *reading) readSpan(text string, n *schema.Notation) (span, bool) {
	f, ok := cutForm(text, n)
	if !ok {
		return span{}, false
	}
	// Most that fail do so here; the words of an error would take longer than all the rest.
	for _, end := range [...]string{f.low, f.high} {
		if end != "" && scalarOf(end, n).kind == textKind {
			return span{}, false
		}
	}
	f.low, f.high = r.local(f.low, n), r.local(f.high, n)
	s, err := f.span(text, 0, n)
	return s, err == nil && s.kind != textKind
}

// local is an end without its zone, as the clocks of the entry's zone show it; any other
// text is left as it is.
func (r *reading) local(end string, n *schema.Notation) string {
	if r.zone == nil || !strings.Contains(end, ":") {
		return end
	}
	d, ok := n.Date(end)
	if !ok || !d.Zoned {
		return end
	}
	d = d.In(r.zone)
	return time.Unix(d.Seconds, int64(d.Nanos)).UTC().Format("2006-01-02T15:04:05.999999999")
}

// around says that a span of numbers or dates has both ends of another one.
func (s span) around(o span) bool {
	return s.kind == o.kind && s.low.compare(o.low) <= 0 && o.high.compare(s.high) <= 0
}

// around adds the numbers of the spans that have both ends of one.
func (s *spans) around(o span, dst []int32, m *Meter) []int32 {
	known := len(dst)
	dst = s.meeting(o, dst, m)
	kept := dst[:known]
	for _, i := range dst[known:] {
		if s.all[i].around(o) {
			kept = append(kept, i)
		}
	}
	return kept
}
