package index

import (
	"math"
	"strings"
	"unicode/utf8"

	"tablestep/tables/column"
	"tablestep/tables/schema"
)

// ranges is the kernel of mode Range: the value lies in the span of the cell.
//
// A cell is one value, `10-20`, `10..20`, `10..`, `..20`, `>=500`, `>500`,
// `<=5`, `<5`, `=5` or `500+`; in two columns, the lower and the upper end, each
// of which may be empty. Ends are numbers, dates, dates with times, or texts;
// quotes make anything a text. Both ends belong to the range but for < and >.
//
// Numbers are looked for among the values that are numbers, dates among those
// that are dates, and texts among all. A day ends with its last second. A text at
// the upper end takes in all that starts with it: `A-F` has Fox in it.
//
// The rank is higher the narrower the span is: for texts, the more characters the
// ends share at their start.
type ranges struct {
	*spans
	reading
	ranks []uint32
}

func newRange(entries *texts, p Part, m *Meter) (kernel, error) {
	k := &ranges{reading: p.reading(), ranks: make([]uint32, entries.len())}
	all := make([]span, entries.len())
	for e := range all {
		if !m.Spend(500) {
			return k, nil
		}
		var err error
		if cell := entries.at(int32(e)); p.To != nil {
			from, to, _ := strings.Cut(cell, "\x00")
			all[e], err = parseEnds(from, to, &p.Notation)
		} else {
			all[e], err = parseRange(cell, &p.Notation)
		}
		if err != nil {
			return nil, err
		}
		k.ranks[e] = all[e].narrowness()
	}
	k.spans = newSpans(all, m)
	return k, nil
}

func canonRange(cell string, n *schema.Notation) (string, error) {
	cell = strings.TrimSpace(cell)
	_, err := parseRange(cell, n)
	return cell, err
}

func canonEnds(from, to string, n *schema.Notation) (string, error) {
	from, to = strings.TrimSpace(from), strings.TrimSpace(to)
	if _, err := parseEnds(from, to, n); err != nil {
		return "", err
	}
	return from + "\x00" + to, nil
}

func (k *ranges) prepare(v *value, _ *work) bool {
	k.read(v)
	return true
}

func (k *ranges) find(v *value, w *work, dst []found) []found {
	w.entries = k.spans.find(v, w.entries[:0], &w.meter)
	if n := len(w.entries); n > little/2 {
		w.meter.Spend(2 * n)
	}
	for _, e := range w.entries {
		dst = append(dst, k.hit(e))
	}
	return dst
}

func (k *ranges) verify(v *value, w *work, entry int32) (found, bool) {
	if work := k.all[entry].work(v); work > little {
		w.meter.Spend(work)
	}
	if !k.holds(v, entry) {
		return found{}, false
	}
	return k.hit(entry), true
}

func (k *ranges) hit(entry int32) found { return found{entry: entry, score: 1, rank: k.ranks[entry]} }

// overlaps does not see that a number may lie in a range of texts.
func (k *ranges) overlaps(w *work) func(int32, []int32) []int32 {
	return func(entry int32, dst []int32) []int32 { return k.meeting(k.all[entry], dst, &w.meter) }
}

func (k *ranges) bytes() int64 { return k.spans.bytes() + 4*int64(len(k.ranks)) }

// narrowness is higher the narrower a span is.
func (s span) narrowness() uint32 {
	if s.low.end() != 0 || s.high.end() != 0 {
		return 0
	}
	if s.kind != textKind {
		return math.Float32bits(math.MaxFloat32) - math.Float32bits(float32(min(s.high.at.f-s.low.at.f, math.MaxFloat32)))
	}
	a, b := s.low.at.text, s.high.at.text
	if a == b && s.high.side == behind {
		return math.MaxUint32
	}
	shared := 0
	for shared < min(len(a), len(b)) && a[shared] == b[shared] {
		shared++
	}
	return uint32(utf8.RuneCountInString(a[:shared])) + 1
}

// parseRange reads a cell of one column.
func parseRange(cell string, n *schema.Notation) (span, error) {
	if len(cell) > maxPattern {
		return span{}, wrong(schema.ModeRange, cell, maxPattern, "it is longer than %d bytes", maxPattern)
	}
	text := strings.TrimSpace(cell)
	start := strings.Index(cell, text)
	for _, op := range [...]string{">=", "≥", "<=", "≤", ">", "<", "="} {
		rest, ok := strings.CutPrefix(text, op)
		if !ok {
			continue
		}
		x, err := parseEnd(cell, rest, start+len(op), n)
		if err != nil {
			return span{}, err
		}
		switch op {
		case ">=", "≥":
			return span{x.kind, lowest(x, true), cut{side: behindAll}}, nil
		case "<=", "≤":
			return span{x.kind, cut{side: beforeAll}, last(x)}, nil
		case ">":
			return span{x.kind, lowest(x, false), cut{side: behindAll}}, nil
		case "<":
			return span{x.kind, cut{side: beforeAll}, highest(x, false)}, nil
		}
		return point(x), nil
	}
	if low, high, ok := strings.Cut(text, ".."); ok {
		return between(cell, low, high, start, start+len(low)+2, n)
	}
	x, err := parseEnd(cell, text, start, n)
	if err != nil {
		return span{}, err
	}
	if x.kind != textKind || strings.HasPrefix(text, `"`) && !strings.Contains(text[1:len(text)-1], `"`) {
		return point(x), nil
	}
	if number, ok := strings.CutSuffix(text, "+"); ok {
		if x, ok := numberOf(n.Number(number)); ok {
			return span{x.kind, lowest(x, true), cut{side: behindAll}}, nil
		}
	}
	return parseDashed(cell, text, start, n)
}

// parseDashed reads a range that is written with a hyphen or a dash: the one that
// leaves a number or a date on both sides, or the only one there is.
func parseDashed(cell, text string, start int, n *schema.Notation) (span, error) {
	dashes, at, width := 0, 0, 0
	for i, r := range text {
		if r != '-' && r != '–' && r != '—' {
			continue
		}
		size := utf8.RuneLen(r)
		low, high := scalarOf(text[:i], n), scalarOf(text[i+size:], n)
		if low.kind != textKind && low.kind == high.kind {
			return between(cell, text[:i], text[i+size:], start, start+i+size, n)
		}
		dashes++
		at, width = i, size
	}
	switch dashes {
	case 0:
		return point(scalarOf(text, n)), nil
	case 1:
		if column.Blank(text[:at]) || column.Blank(text[at+width:]) {
			return span{}, wrong(schema.ModeRange, cell, start+at, "a range needs both ends around the hyphen; for an open one write 10.. or ..20")
		}
		return between(cell, text[:at], text[at+width:], start, start+at+width, n)
	}
	return span{}, wrong(schema.ModeRange, cell, start+at, "it has several hyphens; write the range with .. between its ends")
}

// parseEnds reads the cells of two columns.
func parseEnds(from, to string, n *schema.Notation) (span, error) {
	return between(from+".."+to, from, to, 0, len(from)+2, n)
}

// between is the span from one end to another, either of which may be open.
func between(cell, low, high string, lowAt, highAt int, n *schema.Notation) (span, error) {
	s := span{low: cut{side: beforeAll}, high: cut{side: behindAll}}
	lowOpen, highOpen := column.Blank(low), column.Blank(high)
	if lowOpen && highOpen {
		return s, wrong(schema.ModeRange, cell, lowAt, "the range has no end")
	}
	var x, y scalar
	var err error
	if !lowOpen {
		if x, err = parseEnd(cell, low, lowAt, n); err != nil {
			return s, err
		}
		s.kind, s.low = x.kind, lowest(x, true)
	}
	if !highOpen {
		if y, err = parseEnd(cell, high, highAt, n); err != nil {
			return s, err
		}
		s.kind, s.high = y.kind, last(y)
	}
	if !lowOpen && !highOpen && x.kind != y.kind {
		return s, wrong(schema.ModeRange, cell, highAt, "its ends are a %s and a %s; put both in quotes if they are texts", x.kind, y.kind)
	}
	if s.empty() {
		return s, wrong(schema.ModeRange, cell, highAt, "the range ends before it begins")
	}
	return s, nil
}

// last is the upper end of a range, which belongs to it.
func last(x scalar) cut {
	if x.kind == textKind {
		return cut{x, behindAllThatStart}
	}
	return highest(x, true)
}

// parseEnd reads one end; at is its place in the cell.
func parseEnd(cell, text string, at int, n *schema.Notation) (scalar, error) {
	if column.Blank(text) {
		return scalar{}, wrong(schema.ModeRange, cell, at, "a number, a date or a text is missing here")
	}
	trimmed := strings.TrimSpace(text)
	if strings.HasPrefix(trimmed, `"`) {
		at += strings.Index(text, trimmed)
		if len(trimmed) < 2 || !strings.HasSuffix(trimmed, `"`) {
			return scalar{}, wrong(schema.ModeRange, cell, at, "the quote is not closed")
		}
		x := scalar{text: column.Normalize(trimmed[1 : len(trimmed)-1])}
		if x.text == "" {
			return scalar{}, wrong(schema.ModeRange, cell, at, "there is nothing between the quotes")
		}
		return x, nil
	}
	return scalarOf(text, n), nil
}
