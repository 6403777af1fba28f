package index

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"tablestep/tables/schema"
)

// beside refuses bare texts beside a comparison of the same cell that are hardly meant as
// texts: there they are what somebody took for more of the language.
func (p *conditionParser) beside() error {
	if !p.compares {
		return nil
	}
	for _, b := range p.bare {
		text := p.cell[b.from:b.to]
		if offset, problem := strange(text); problem != "" {
			return p.wrongAt(b.from+offset, "%s", problem)
		}
	}
	return nil
}

// comparing are the signs of comparisons, intervals and functions.
const comparing = "<>=≤≥≠[("

// comparisonBehind finds a comparison behind a word or sign that is none of the language.
var comparisonBehind = regexp.MustCompile(`(?i)(?:^|\s)(not|and|or)\s*(?:[<>=≤≥≠\[]|!=|contains\s*\(|startswith\s*\(|endswith\s*\()|(;|&&|\|\|?|&)\s*(?:[<>=≤≥≠\[]|!=)`)

// bareText refuses a text without quotes that has a quote in it or around it, or a
// comparison behind a word.
func (p *conditionParser) bareText(start int, text string) error {
	if inner := foreignQuoted(text); inner != "" {
		return p.wrongAt(start+strings.Index(text, strings.TrimSpace(text)), "texts stand in straight double quotes; write %s", quoted(inner))
	}
	if !strings.ContainsAny(text, comparing+`"“”`) {
		return nil
	}
	if at := comparisonBehind.FindStringSubmatchIndex(text); at != nil {
		from := max(at[2], at[4])
		return p.wrongAt(start+from, "%s", misplaced(text[from:max(at[3], at[5])]))
	}
	at := strings.IndexAny(text, `"“”`)
	if at < 0 {
		return nil
	}
	if rest, ok := cutFold(text, "not"); ok && strings.TrimLeft(rest, " ") != rest {
		return p.wrongAt(start, "not has brackets; write not(%s)", strings.TrimSpace(rest))
	}
	if rest, ok := cutFold(text, "in"); ok && strings.TrimLeft(rest, " (") != rest {
		return p.wrongAt(start, `a list needs no word; write "US","CA"`)
	}
	if name, ok := callOf(text); ok {
		return p.wrongAt(start, "%s", noFunction(name))
	}
	return p.wrongAt(start+at, `a quote inside a text; put the whole text in quotes and a \ before the inner ones`)
}

// rubbish is the error of what follows an item and is no comma.
func (p *conditionParser) rubbish() error {
	for _, word := range [...]string{"and", "or", ";", "&&", "||", "&", "|"} {
		if _, ok := cutFold(p.rest(), word); ok {
			return p.wrong("a comma or the end is expected here: %s", misplaced(word))
		}
	}
	// The comma of a function with two arguments has cut it in two.
	for _, b := range p.bare {
		text := p.cell[b.from:b.to]
		if name, ok := callOf(text); ok && strings.Count(text, "(") > strings.Count(text, ")") {
			return p.wrongAt(b.from, "%s", noFunction(name))
		}
	}
	return p.wrong("a comma or the end is expected here")
}

// misplaced is the advice for a word or sign that is none of the language.
func misplaced(word string) string {
	switch strings.ToLower(word) {
	case "and", "&&", "&":
		return fmt.Sprintf("%s is no operator: for both at once write an interval like (5..10); if this is a text, put it in quotes", word)
	case "not":
		return `not has brackets; write not(> 5) or not("US")`
	}
	return fmt.Sprintf("%s is no operator: a comma is or, as in < 5, > 10; if this is a text, put it in quotes", word)
}

// strange finds, in a text without quotes that is compared, or stands beside what compares,
// a word or sign that is hardly part of a text.
func strange(text string) (offset int, problem string) {
	for at, r := range text {
		switch {
		case r == ';', r == '&' && strings.HasPrefix(text[at:], "&&"), r == '|':
			return at, misplaced(string(r))
		case strings.ContainsRune("[]{}", r):
			return at, fmt.Sprintf("a bracket inside a text; if this is a text, write %s; cells have no variables and no expressions", quoted(strings.TrimSpace(text)))
		case strings.ContainsRune("<>=≤≥≠", r):
			return at, fmt.Sprintf("an operator inside a text; items of a list have commas between them, or write %s if this is a text", quoted(strings.TrimSpace(text)))
		case r == '(' && at > 0 && isNameRune(text[at-1:]):
			name, _ := callOf(text)
			if name == "" {
				name = text[:at]
			}
			return 0, noFunction(name)
		case (r == '.' || r == '_') && inVariable(text, at):
			return 0, fmt.Sprintf("this looks like a variable, and cells have none; if it is a text, write %s", quoted(strings.TrimSpace(text)))
		}
	}
	at := 0
	for word := range strings.FieldsSeq(text) {
		at += strings.Index(text[at:], word)
		if lower := strings.ToLower(word); (lower == "and" || lower == "or") && len(word) < len(strings.TrimSpace(text)) {
			return at, misplaced(word)
		}
		at += len(word)
	}
	return 0, ""
}

func isNameRune(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_'
}

// inVariable says that a point or an underscore joins letters or digits of a word that
// begins with a letter.
func inVariable(text string, at int) bool {
	from := strings.LastIndexFunc(text[:at], unicode.IsSpace) + 1
	first, _ := utf8.DecodeRuneInString(text[from:])
	before, _ := utf8.DecodeLastRuneInString(text[:at])
	behind, _ := utf8.DecodeRuneInString(text[at+1:])
	joined := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' }
	return (unicode.IsLetter(first) || first == '_') && joined(before) && joined(behind)
}

// callPattern is a name with an opening bracket directly behind it, or one before a quote.
var callPattern = regexp.MustCompile(`^([\pL_][\pL\d_ ]*?)(?:\(|\s+\(\s*["“”])`)

// callOf is the name of the function that a text begins with.
func callOf(text string) (name string, ok bool) {
	m := callPattern.FindStringSubmatchIndex(text)
	if m == nil {
		return "", false
	}
	return text[m[2]:m[3]], true
}

func noFunction(name string) string {
	switch strings.ToLower(strings.ReplaceAll(name, " ", "")) {
	case "startswith":
		return `the function is written startsWith("US-")`
	case "endswith":
		return `the function is written endsWith(".edu")`
	case "contains":
		return `the function has a text in quotes, and nothing else: contains("vp")`
	}
	return fmt.Sprintf(`there is no function %s; there are contains("x"), startsWith("x"), endsWith("x"), not(…) and date("2024-03-31"); cells have no other expressions`, schema.Cut(name, shown))
}

// call is the function that is offered and begins here, with the place behind its bracket.
// With white space before the bracket it is one only where a quote follows.
func (p *conditionParser) call() (name string, at int, ok bool) {
	for _, f := range functions {
		name = f.name
		rest, ok := cutFold(p.rest(), name)
		if !ok {
			continue
		}
		trimmed := strings.TrimLeftFunc(rest, unicode.IsSpace)
		if !strings.HasPrefix(trimmed, "(") {
			return "", 0, false
		}
		argument := strings.TrimLeftFunc(trimmed[1:], unicode.IsSpace)
		r, _ := utf8.DecodeRuneInString(argument)
		return name, len(p.cell) - len(trimmed) + 1, trimmed == rest || r == '"' || r == '“' || r == '”'
	}
	return "", 0, false
}

// function reads the argument of a function, which begins at a place.
func (p *conditionParser) function(t *test, name string, at int) error {
	p.at = at
	p.space()
	at = p.at
	e, ok, err := p.literal()
	switch {
	case err != nil:
		return err
	case !ok || e.x.kind != textKind:
		return p.wrongAt(at, `a text in quotes is expected here: %s("x"); the lead's value is not named`, name)
	case e.null:
		return p.wrongAt(at, "there is nothing between the quotes, and every text has that in it")
	}
	p.space()
	if strings.HasPrefix(p.rest(), ",") {
		return p.wrong(`%s has one text; for several write %s("a"), %s("b")`, name, name, name)
	}
	if !p.take(")") {
		return p.wrong("%s( is not closed by a )", name)
	}
	for _, f := range functions {
		if f.name == name {
			t.fragments = append(t.fragments, fragment{f.where, e.x.text})
		}
	}
	t.needs |= textKind.set()
	return nil
}

// conjunction is two comparisons with a word between them.
type conjunction struct {
	at              int // place of the word
	and             bool
	first, second   string // the comparisons
	low, high       string // the ends, where together they make an interval
	lowOut, highOut bool
}

var conjunctionPattern = regexp.MustCompile(`(?i)^\s*([<>]=?|≤|≥)\s*([^<>=≤≥]+?)\s*(\band\b|\bor\b|&&?|\|\|?|;|,?\s*)\s*([<>]=?|≤|≥)\s*([^<>=≤≥]+?)\s*\)?$`)

// cutConjunction reads a text that is two comparisons without a comma between them.
func cutConjunction(text string, n *schema.Notation) (c conjunction, ok bool) {
	// Most cells have one operator, which is at their start.
	if text = strings.TrimRightFunc(text, unicode.IsSpace); len(text) < 2 || !strings.ContainsAny(text[1:], "<>≤≥") {
		return c, false
	}
	m := conjunctionPattern.FindStringSubmatchIndex(text)
	if m == nil {
		return c, false
	}
	part := func(i int) string { return text[m[2*i]:m[2*i+1]] }
	word := strings.ToLower(strings.TrimSpace(part(3)))
	if strings.HasPrefix(word, ",") {
		return c, false
	}
	c.at = m[6]
	c.and = word == "and" || word == "&" || word == "&&" || word == ""
	c.first, c.second = part(1)+" "+part(2), part(4)+" "+part(5)
	x, isText := readPlain(part(2), n)
	y, isText2 := readPlain(part(5), n)
	if isText || isText2 || x.kind != y.kind {
		return c, true
	}
	lower := func(op string) bool { return op[0] == '>' || op == "≥" }
	out := func(op string) bool { return op == "<" || op == ">" }
	switch {
	case !c.and:
	case lower(part(1)) && !lower(part(4)) && x.compare(y) <= 0:
		c.low, c.lowOut, c.high, c.highOut = part(2), out(part(1)), part(5), out(part(4))
	case !lower(part(1)) && lower(part(4)) && y.compare(x) <= 0:
		c.low, c.lowOut, c.high, c.highOut = part(5), out(part(4)), part(2), out(part(1))
	}
	return c, true
}

// interval is the interval of mode condition that is meant.
func (c *conjunction) interval() string {
	open, closed := "[", "]"
	if c.lowOut {
		open = "("
	}
	if c.highOut {
		closed = ")"
	}
	return open + apart(c.low, c.high) + closed
}

// advice says how mode condition writes it.
func (c *conjunction) advice() string {
	switch {
	case c.low != "":
		return fmt.Sprintf("for both at once write the interval %s", c.interval())
	case c.and:
		return "for both at once write an interval like (5..10); a comma is or"
	}
	return fmt.Sprintf("a comma is or; write %s, %s", c.first, c.second)
}
