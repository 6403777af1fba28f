package index

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"tablestep/tables/column"
	"tablestep/tables/schema"
)

// test is a cell of a decision table, after the unary tests of S-FEEL in DMN 1.3:
// any, or a list of which one item must hold, or not() of such a list.
type test struct {
	any   bool
	not   bool
	null  bool     // an item is null or "": the value is empty
	texts []string // the value is one of these, in normal form
	spans []span   // or lies in one of these
}

// maxItems is the most items of a list.
const maxItems = 1000

// conditionParser reads
//
//	cell     = "" | "-" | "not" "(" list ")" | list
//	list     = item { "," item }
//	item     = operator end | interval | end
//	operator = "<" | "<=" | ">" | ">=" | "=" | "!="    (!= x is not(x), and stands alone)
//	interval = ( "[" | "(" | "]" ) end ".." end ( "]" | ")" | "[" )
//	end      = text in quotes | date | number | true | false | null | text
//	date     = year-month-day [ "T" time ] | "date" "(" quoted ")" |
//	           "date and time" "(" quoted ")" | "@" quoted
//
// A text without quotes goes on to the next comma, or to where its list or
// interval ends. Nothing nests, so the stack cannot run over.
type conditionParser struct {
	cell     string
	notation *schema.Notation
	at       int
}

// parseCondition reads a cell.
func parseCondition(cell string, n *schema.Notation) (test, error) {
	if len(cell) > maxPattern {
		return test{}, wrong(schema.ModeCondition, cell, maxPattern, "it is longer than %d bytes", maxPattern)
	}
	p := &conditionParser{cell: cell, notation: n}
	p.space()
	if p.done() || strings.TrimSpace(cell[p.at:]) == "-" || column.Blank(cell) {
		return test{any: true}, nil
	}
	var t test
	parens := false
	if rest, ok := cutFold(p.rest(), "not"); ok && strings.HasPrefix(strings.TrimLeftFunc(rest, unicode.IsSpace), "(") {
		t.not, parens = true, true
		p.at = strings.IndexByte(cell[p.at:], '(') + p.at + 1
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
		return t, p.wrong("a comma or the end is expected here")
	}
	return t, nil
}

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
	return wrong(schema.ModeCondition, p.cell, p.at, format, args...)
}

// item reads one item into the test.
func (p *conditionParser) item(t *test) error {
	p.space()
	begin := p.at
	for _, op := range [...]string{"<=", "≤", ">=", "≥", "!=", "<", ">", "="} {
		if !p.take(op) {
			continue
		}
		p.space()
		start := p.at
		e, err := p.end(t.not, false)
		if err != nil {
			return err
		}
		switch op {
		case "=":
			t.add(e)
			return nil
		case "!=":
			if t.not || !t.none() {
				p.at = begin
				return p.wrong(`!= stands alone; for several values write not("US","CA")`)
			}
			t.not = true
			t.add(e)
			return nil
		}
		if e.null {
			p.at = start
			return p.wrong("nothing is less or greater than an empty value")
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
		t.spans = append(t.spans, s)
		return nil
	}
	if r := p.rest(); r != "" && strings.IndexByte("[(]", r[0]) >= 0 {
		return p.interval(t)
	}
	start := p.at
	e, err := p.end(t.not, false)
	if err != nil {
		return err
	}
	if !e.quoted && strings.Contains(p.cell[start:p.at], "..") {
		p.at = start
		return p.wrong("an interval stands in brackets, like [1..5] or [1..5)")
	}
	if !e.quoted && e.x.kind == textKind && e.x.text == "-" {
		p.at = start
		return p.wrong("- stands alone; put it in quotes if it is a text")
	}
	t.add(e)
	return nil
}

// interval reads an interval, whose ends belong to it where its bracket is
// closed.
func (p *conditionParser) interval(t *test) error {
	start := p.at
	lowIn := p.cell[p.at] == '['
	p.at++
	p.space()
	low, err := p.end(false, true)
	if err != nil {
		return err
	}
	p.space()
	if !p.take("..") {
		return p.wrong(".. is expected here, and then the upper end of the interval")
	}
	p.space()
	highAt := p.at
	high, err := p.end(false, true)
	if err != nil {
		return err
	}
	p.space()
	highIn := p.take("]")
	if !highIn && !p.take(")") && !p.take("[") {
		return p.wrong("the interval is not closed by ], ) or [")
	}
	end := p.at
	p.at = highAt
	switch {
	case low.null || high.null:
		return p.wrong("an interval has no empty end; write a comparison like >= 5")
	case low.x.kind != high.x.kind:
		return p.wrong("the ends are a %s and a %s", low.x.kind, high.x.kind)
	}
	s := span{low.x.kind, lowest(low.x, lowIn), highest(high.x, highIn)}
	if s.empty() {
		p.at = start
		return p.wrong("nothing lies in this interval")
	}
	t.spans = append(t.spans, s)
	p.at = end
	return nil
}

// literal is a value written in a cell.
type literal struct {
	x      scalar
	null   bool
	quoted bool
}

// end reads a literal.
func (p *conditionParser) end(inNot, inInterval bool) (literal, error) {
	if text, ok, err := p.quoted(); ok || err != nil {
		return literal{x: scalar{text: column.Normalize(text)}, null: column.Blank(text), quoted: true}, err
	}
	start := p.at
	for _, name := range [...]string{"date and time", "date", "@"} {
		rest, ok := cutFold(p.rest(), name)
		if !ok {
			continue
		}
		p.at = len(p.cell) - len(rest)
		p.space()
		call := name != "@"
		if call && !p.take("(") {
			p.at = start
			continue
		}
		p.space()
		at := p.at
		text, ok, err := p.quoted()
		if err != nil {
			return literal{}, err
		}
		if !ok && !call {
			p.at = start
			continue
		}
		x, isDate := dateOf(p.notation.Date(text))
		if !isDate {
			p.at = at
			return literal{}, p.wrong(`a date in quotes is expected here, like "2024-03-31"`)
		}
		p.space()
		if call && !p.take(")") {
			return literal{}, p.wrong("%s( is not closed by a )", name)
		}
		return literal{x: x, quoted: true}, nil
	}
	text := p.bare(inNot, inInterval)
	switch {
	case column.Blank(text):
		return literal{}, p.wrong("a value is missing here")
	case strings.ContainsAny(text, `"“”`):
		p.at = start + strings.IndexAny(p.cell[start:], `"“”`)
		return literal{}, p.wrong("a quote inside a text; put the whole text in quotes and a \\ before the inner ones")
	}
	x := scalarOf(text, p.notation)
	return literal{x: x, null: x.text == "null"}, nil
}

// bare reads a text without quotes.
func (p *conditionParser) bare(inNot, inInterval bool) string {
	start, open := p.at, 0
	for p.at < len(p.cell) {
		c := p.cell[p.at]
		switch {
		case c == ',' && !inInterval,
			c == ')' && open == 0 && (inNot || inInterval),
			inInterval && (c == ']' || c == '[' || strings.HasPrefix(p.rest(), "..")):
			return p.cell[start:p.at]
		case c == '(':
			open++
		case c == ')':
			open--
		}
		p.at++
	}
	return p.cell[start:]
}

// quoted reads a text in quotes, with escapes as in FEEL; ok says that there is
// one.
func (p *conditionParser) quoted() (text string, ok bool, err error) {
	start := p.at
	r, n := utf8.DecodeRuneInString(p.rest())
	if r != '"' && r != '“' && r != '”' {
		return "", false, nil
	}
	curly := r != '"'
	p.at += n
	var b strings.Builder
	for !p.done() {
		r, n := utf8.DecodeRuneInString(p.rest())
		switch {
		case !curly && r == '"', curly && (r == '”' || r == '“'):
			p.at += n
			return b.String(), true, nil
		case r == '\\':
			if err := p.escape(&b); err != nil {
				return "", true, err
			}
			continue
		}
		b.WriteString(p.cell[p.at : p.at+n])
		p.at += n
	}
	p.at = start
	return "", true, p.wrong("the quote is not closed")
}

func (p *conditionParser) escape(b *strings.Builder) error {
	rest := p.rest()
	if len(rest) >= 2 {
		if i := strings.IndexByte(`"\nrt'`, rest[1]); i >= 0 {
			b.WriteByte("\"\\\n\r\t'"[i])
			p.at += 2
			return nil
		}
		if rest[1] == 'u' && len(rest) >= 6 {
			if code, err := strconv.ParseUint(rest[2:6], 16, 16); err == nil {
				b.WriteRune(rune(code))
				p.at += 6
				return nil
			}
		}
	}
	return p.wrong(`a backslash stands before ", \, n, r, t or uXXXX; write \\ for the sign itself`)
}

// cutFold cuts an ASCII word in lower case off the start, whatever its case.
func cutFold(text, word string) (string, bool) {
	if len(text) < len(word) || !strings.EqualFold(text[:len(word)], word) {
		return text, false
	}
	return text[len(word):], true
}

// none says that there is no item yet.
func (t *test) none() bool { return !t.null && len(t.texts) == 0 && len(t.spans) == 0 }

// add adds a literal as an item.
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
