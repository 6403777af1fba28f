package index

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"tablestep/tables/column"
	"tablestep/tables/schema"
)

// test is a cell of a decision table, after the unary tests of S-FEEL in DMN 1.3:
// any, or a list of which one item must hold, or not() of such a list.
type test struct {
	any       bool
	not       bool
	null      bool       // an item is null or "": the value is empty
	texts     []string   // the value is one of these, in normal form
	spans     []span     // or lies in one of these
	fragments []fragment // or has one of these in it
	// needs are the kinds that a value has to be for not() of the list to hold: those
	// that items compare with.
	needs kinds
}

// fragment is a text, in normal form, that stands somewhere in a value.
type fragment struct {
	where where
	text  string
}

// where a fragment stands.
type where uint8

const (
	anywhere where = iota
	atStart
	atEnd
)

// functions are those of a cell, with the place of the fragment that they ask for.
var functions = [...]struct { //nolint:gochecknoglobals // a constant
	name  string
	where where
}{{"contains", anywhere}, {"startsWith", atStart}, {"endsWith", atEnd}}

// kinds is a set of kinds.
type kinds uint8

func (k kind) set() kinds { return 1 << k }

// maxItems is the most items of a list.
const maxItems = 1000

// conditionParser reads
//
//	cell     = "" | dash | "not" "(" list ")" | list
//	list     = item { "," item }
//	item     = operator end | interval | function "(" text in quotes ")" | end
//	operator = "<" | "<=" | ">" | ">=" | "=" | "==" | "!=" | "<>"    (!= x is not(x), and stands alone)
//	interval = ( "[" | "(" | "]" ) end ".." end ( "]" | ")" | "[" )
//	function = "contains" | "startsWith" | "endsWith"
//	end      = text in quotes | date | number | true | false | null | text
//	date     = day of the column, or year-month-day [ "T" time ] | "date" "(" quoted ")" |
//	           "date and time" "(" quoted ")" | "@" quoted
//
// A text without quotes goes on to the next comma, or to where its list or interval ends.
// Behind an operator and in an interval a comma between two digits belongs to the number.
// There, an end that begins like a number is one, and a text begins with a letter; a bare
// item that is no number or date is a text, whatever it begins with. Nothing nests, so the
// stack cannot run over.
type conditionParser struct {
	cell     string
	notation *schema.Notation
	at       int
	compares bool      // an item has an operator, an interval or a function
	bares    int       // how many bare texts there are
	keeps    bool      // and whether they are kept
	bare     []passage // the bare texts
}

// passage is a part of a cell.
type passage struct{ from, to int }

// parseCondition reads a cell.
func parseCondition(cell string, n *schema.Notation) (test, error) {
	if len(cell) > maxPattern {
		return test{}, wrong(schema.ModeCondition, cell, maxPattern, "it is longer than %d bytes", maxPattern)
	}
	p := &conditionParser{cell: cell, notation: n}
	t, err := p.parse()
	if err == nil && (!p.compares || p.bares == 0) {
		return t, nil
	}
	// Few cells are refused, or have bare texts beside a comparison: these are read again.
	p = &conditionParser{cell: cell, notation: n, keeps: true}
	if t, err = p.parse(); err != nil {
		return t, err
	}
	return t, p.beside()
}

func (p *conditionParser) parse() (test, error) {
	p.space()
	if p.done() || isAnything(p.rest()) {
		return test{any: true}, nil
	}
	var t test
	parens := false
	if rest, ok := cutFold(p.rest(), "not"); ok && strings.HasPrefix(strings.TrimLeftFunc(rest, unicode.IsSpace), "(") {
		t.not, parens = true, true
		p.at += strings.IndexByte(p.rest(), '(') + 1
	}
	for items := 1; ; items++ {
		if items > maxItems {
			return t, p.wrong("the list has more than %d items", maxItems)
		}
		if err := p.item(&t); err != nil {
			return t, err
		}
		p.space()
		if t.not && !parens && strings.HasPrefix(p.rest(), ",") {
			return t, p.wrong(`!= stands alone; for several values write not("US","CA")`)
		}
		if !p.take(",") {
			break
		}
	}
	if parens {
		if !p.take(")") {
			return t, p.wrong("not( is not closed by a )")
		}
		p.space()
	}
	if !p.done() {
		return t, p.rubbish()
	}
	return t, nil
}

// isAnything says that a text is empty, or a single dash of any kind.
func isAnything(text string) bool {
	if text == "" {
		return true
	}
	// Most cells are neither, and their first byte says so.
	if c := text[0]; c > ' ' && c < utf8.RuneSelf && c != '-' || len(text) > maxDash {
		return column.Blank(text)
	}
	normal := column.Normalize(text)
	return normal == "" || normal == "-"
}

// maxDash is the longest text, in bytes, that is taken for a dash and white space.
const maxDash = 64

func (p *conditionParser) rest() string { return p.cell[p.at:] }

func (p *conditionParser) done() bool { return p.at == len(p.cell) }

func (p *conditionParser) space() {
	p.at = len(p.cell) - len(strings.TrimLeftFunc(p.rest(), unicode.IsSpace))
}

func (p *conditionParser) take(token string) bool {
	if strings.HasPrefix(p.rest(), token) {
		p.at += len(token)
		return true
	}
	return false
}

func (p *conditionParser) wrong(format string, args ...any) error {
	return p.wrongAt(p.at, format, args...)
}

func (p *conditionParser) wrongAt(at int, format string, args ...any) error {
	return wrong(schema.ModeCondition, p.cell, at, format, args...)
}

// item reads one item into the test.
func (p *conditionParser) item(t *test) error {
	p.space()
	// Most items begin with a quote or a letter: neither is the start of an operator.
	if r := p.rest(); r != "" {
		switch c := r[0]; {
		case strings.IndexByte("<>=!", c) >= 0, c >= utf8.RuneSelf:
			for _, op := range [...]string{"<=", "≤", ">=", "≥", "!=", "<>", "≠", "==", "<", ">", "="} {
				if p.take(op) {
					p.compares = true
					return p.comparison(t, op)
				}
			}
		case strings.IndexByte("[(]", c) >= 0:
			p.compares = true
			return p.interval(t)
		case strings.IndexByte("cCsSeE", c) >= 0:
			if name, at, ok := p.call(); ok {
				p.compares = true
				return p.function(t, name, at)
			}
		}
	}
	start := p.at
	e, err := p.end(t.not)
	if err != nil {
		return err
	}
	if !e.quoted && e.x.kind == textKind && e.x.text == "-" {
		return p.wrongAt(start, "- stands alone; put it in quotes if it is a text")
	}
	t.add(e)
	return nil
}

// comparison reads what stands behind an operator.
func (p *conditionParser) comparison(t *test, op string) error {
	begin := p.at - len(op)
	p.space()
	start := p.at
	e, err := p.operand(t.not, false, begin)
	if err != nil {
		return err
	}
	switch op {
	case "=", "==":
		t.add(e)
		return nil
	case "!=", "<>", "≠":
		if t.not || !t.none() {
			return p.wrongAt(begin, `!= stands alone; for several values write not("US","CA")`)
		}
		t.not = true
		t.add(e)
		return nil
	}
	if e.null {
		return p.wrongAt(start, "nothing is less or greater than an empty value")
	}
	s := span{kind: e.x.kind, low: cut{side: beforeAll}, high: cut{side: behindAll}}
	switch op {
	case "<":
		s.high = highest(e.x, false)
	case "<=", "≤":
		s.high = highest(e.x, true)
	case ">":
		s.low = lowest(e.x, false)
	default:
		s.low = lowest(e.x, true)
	}
	t.compare(s)
	return nil
}

// interval reads an interval, whose ends belong to it where its bracket is
// closed.
func (p *conditionParser) interval(t *test) error {
	start := p.at
	lowIn := p.cell[p.at] == '['
	p.at++
	p.space()
	lowAt := p.at
	low, err := p.operand(false, true, start)
	if err != nil {
		return p.insteadOfInterval(start, lowAt, err)
	}
	p.space()
	if !p.take("..") {
		return p.insteadOfInterval(start, lowAt, p.wrong(".. is expected here, and then the upper end of the interval; a text that begins with a bracket stands in quotes"))
	}
	if strings.HasPrefix(p.rest(), ".") {
		return p.wrong("two points stand between the ends of an interval; if the upper end begins with a point, write a 0 before it")
	}
	p.space()
	highAt := p.at
	high, err := p.operand(false, true, start)
	if err != nil {
		return err
	}
	p.space()
	highIn := p.take("]")
	if !highIn && !p.take(")") && !p.take("[") {
		return p.wrong("the interval is not closed by ], ) or [")
	}
	switch {
	case low.null || high.null:
		return p.wrongAt(highAt, "an interval has no empty end; write a comparison like >= 5")
	case low.x.kind != high.x.kind:
		return p.wrongAt(highAt, "the ends are a %s and a %s", low.x.kind, high.x.kind)
	}
	s := span{low.x.kind, lowest(low.x, lowIn), highest(high.x, highIn)}
	if s.empty() {
		return p.wrongAt(start, "nothing lies in this interval")
	}
	t.compare(s)
	return nil
}

// insteadOfInterval tells who writes [10-20], [1,5] or [10 to 20] how an interval is
// written; else the error stays.
func (p *conditionParser) insteadOfInterval(start, from int, err error) error {
	to := start + strings.IndexAny(p.cell[start+1:], "])") + 1
	if to <= start {
		return err
	}
	text := p.cell[from:max(to, from)]
	f, ok := cutForm(text, p.notation)
	if !ok || !f.hasLow || !f.hasHigh || strings.Contains(text, "..") {
		low, high, comma := strings.Cut(text, ",")
		if _, isText := readPlain(low, p.notation); !comma || isText {
			return err
		}
		if _, isText := readPlain(high, p.notation); isText {
			return err
		}
		f = form{low: low, high: high}
	}
	return p.wrongAt(from, "the ends of an interval have two points between them; write %c%s%c",
		p.cell[start], apart(f.low, f.high), p.cell[to])
}

// none says that there is no item yet.
func (t *test) none() bool {
	return !t.null && len(t.texts) == 0 && len(t.spans) == 0 && len(t.fragments) == 0
}

// add adds a literal as an item that the value equals.
func (t *test) add(e literal) {
	switch {
	case e.null:
		t.null = true
	case e.x.kind == textKind:
		t.texts = append(t.texts, e.x.text)
	default:
		t.spans = append(t.spans, point(e.x))
	}
}

// compare adds a span as an item.
func (t *test) compare(s span) {
	t.spans = append(t.spans, s)
	t.needs |= s.kind.set()
}
