package index

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"tablestep/tables/column"
	"tablestep/tables/notation"
	"tablestep/tables/schema"
)

// literal is a value written in a cell.
type literal struct {
	x      scalar
	null   bool
	quoted bool
}

// end reads a bare item, or a literal in quotes.
func (p *conditionParser) end(inNot bool) (literal, error) {
	e, ok, err := p.literal()
	if ok || err != nil {
		return e, err
	}
	start := p.at
	text := p.text(inNot, false, false)
	if column.Blank(text) {
		return literal{}, p.wrong("a value is missing here")
	}
	if err := p.bareText(start, text); err != nil {
		return literal{}, err
	}
	x := bareScalar(text, p.notation)
	if x.kind == textKind {
		if p.bares++; p.keeps {
			p.bare = append(p.bare, passage{start, start + len(text)})
		}
	}
	return literal{x: x, null: x.text == "null"}, nil
}

// operand reads what stands behind the operator at a place, or, where inInterval says so,
// an end of the interval there.
func (p *conditionParser) operand(inNot, inInterval bool, begin int) (literal, error) {
	e, ok, err := p.literal()
	if ok || err != nil {
		return e, err
	}
	start := p.at
	text := strings.TrimSpace(p.text(inNot, inInterval, true))
	if column.Blank(text) {
		return literal{}, p.wrong("a value is missing here")
	}
	if !inInterval {
		if c, ok := cutConjunction(p.cell[begin:], p.notation); ok {
			return literal{}, p.wrongAt(begin+c.at, "%s", c.advice())
		}
	}
	if err := p.bareText(start, text); err != nil {
		return literal{}, err
	}
	if strings.EqualFold(text, "null") {
		return literal{null: true}, nil
	}
	if strings.ContainsRune("<>=!", rune(text[0])) {
		return literal{}, p.wrongAt(start, "this is no operator; there are >, >=, <, <=, = and !=")
	}
	x, problem := readOperand(text, p.notation, !inInterval)
	if x.kind == textKind {
		// A word or a sign behind a number says more than that both are none.
		if at, other := strange(text); other != "" {
			start, problem = start+at, other
		}
	}
	if problem != "" {
		return literal{}, p.wrongAt(start, "%s", problem)
	}
	return literal{x: x}, nil
}

// literal reads a text in quotes or a date in a function; ok says that there is one.
func (p *conditionParser) literal() (e literal, ok bool, err error) {
	if text, ok, err := p.quoted(); ok || err != nil {
		return literal{x: scalar{text: column.Normalize(text)}, null: column.Blank(text), quoted: true}, true, err
	}
	start := p.at
	if r := p.rest(); r == "" || strings.IndexByte("dD@", r[0]) < 0 {
		return literal{}, false, nil
	}
	for _, name := range [...]string{"date and time", "date", "@"} {
		rest, ok := cutFold(p.rest(), name)
		if !ok {
			continue
		}
		p.at = len(p.cell) - len(rest)
		p.space()
		apart := p.at > len(p.cell)-len(rest)
		call := name != "@"
		if call && !p.take("(") {
			p.at = start
			continue
		}
		p.space()
		at := p.at
		text, ok, err := p.quoted()
		if err != nil {
			return literal{}, true, err
		}
		if !ok && (!call || apart) { // Date (to be told) is a text
			p.at = start
			continue
		}
		x, isDate := dateOf(p.notation.Date(text))
		if !isDate {
			return literal{}, true, p.wrongAt(at, `a date in quotes is expected here, like "2024-03-31"`)
		}
		p.space()
		if call && !p.take(")") {
			return literal{}, true, p.wrong("%s( is not closed by a )", name)
		}
		return literal{x: x, quoted: true}, true, nil
	}
	return literal{}, false, nil
}

// bareScalar is a bare item as what it looks like. K and M belong to comparisons and spans:
// 3M is a text here.
func bareScalar(text string, n *schema.Notation) scalar {
	x := scalarOf(text, n)
	if x.kind == numberKind {
		if _, ok := (notation.Reading{Numbers: n.Numbers, Unit: n.Unit}).Spell(text); !ok {
			return scalar{text: column.Normalize(text)}
		}
	}
	return x
}

// text reads a text without quotes. Of an operand, a comma directly between two digits
// belongs to it where it begins like a number.
func (p *conditionParser) text(inNot, inInterval, operand bool) string {
	start, open := p.at, 0
	grouped := operand && beginsLikeNumber(p.rest())
	for p.at < len(p.cell) {
		c := p.cell[p.at]
		switch {
		case c == ',' && !(grouped && p.betweenDigits(start)),
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

// betweenDigits says that a digit stands on both sides of the byte at hand.
func (p *conditionParser) betweenDigits(start int) bool {
	before, _ := utf8.DecodeLastRuneInString(p.cell[start:p.at])
	behind, _ := utf8.DecodeRuneInString(p.cell[p.at+1:])
	return unicode.IsDigit(before) && unicode.IsDigit(behind)
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
