package rules

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// What people write who come from a spreadsheet, from SQL or from another language is
// told in words, with the spelling that rules have. A slip is looked for where the parser
// does not understand an expression, and the first one counts: what the parser stumbles
// over is mostly what follows from it. compile_slips_tokens.go takes a text apart,
// compile_slips_words.go has names, and compile_slips_parser.go what is left to say where
// there is no slip.

// A slips goes through the tokens of an expression.
type slips struct {
	text   []rune
	tokens []token
	i      int // of the token at hand
}

// slipIn is the first slip of an expression that could not be parsed: the character at
// which it stands, and what to write. The message is empty if there is none.
func slipIn(text string) (at int, message string) {
	s := slips{text: []rune(text), tokens: tokens(text)}
	for s.i = range s.tokens {
		t := s.tokens[s.i]
		switch {
		case t.kind != wordToken:
			message = s.sign()
		case s.near(-1).is(".", "?."):
			message = s.brokenName()
		default:
			message = s.word()
		}
		if message != "" {
			return t.at, message
		}
	}
	return 0, ""
}

// near is the token so many places from the one at hand.
func (s *slips) near(by int) token {
	if i := s.i + by; i >= 0 && i < len(s.tokens) {
		return s.tokens[i]
	}
	return token{}
}

// between is the text from one character to another.
func (s *slips) between(from, to int) string { return strings.TrimSpace(string(s.text[from:to])) }

// sign is the slip that a sign, a number or a text is.
func (s *slips) sign() string {
	t, before, after := s.near(0), s.near(-1), s.near(1)
	switch {
	case t.kind == numberToken:
		return s.number()
	case t.kind == textToken:
		if before.kind == textToken && before.end == t.at {
			return `a quote inside a text is written with a \ in front, or the text stands in quotes of the other kind: "it's"`
		}
		return ""
	case t.text == "=":
		if before.kind == noToken {
			return "an expression does not begin with =; leave it out"
		}
		if s.near(-2).is("let") {
			return ""
		}
		return "write == to compare; a single = only gives a name to a value behind let"
	case t.text == "===":
		return "write =="
	case t.is("=~", "~"):
		return "write matches, as in lead.title matches `^VP`"
	case t.text == "!~":
		return "write not matches, as in lead.title not matches `^VP`"
	case t.is("->", "::", ":") && before.kind == wordToken && isScope(before.text) && before.end == t.at && after.kind == wordToken:
		return fmt.Sprintf("write a dot: %s.%s", before.text, after.text)
	case t.text == "#" && !s.inBrackets():
		return `# is an element, inside of functions such as any(words(lead.title), # == "vp"); a comment begins with //`
	case t.is("!==", "<>", "≠"), t.text == "!" && after.is("=", "=="):
		return "write !="
	case t.is("≥", "=>"):
		return "write >="
	case t.is("≤", "=<"):
		return "write <="
	case t.text == "&":
		return "write and (or &&) between conditions, and + to join texts"
	case t.text == "|":
		if after.kind == wordToken && s.near(2).is("(") {
			return ""
		}
		return "write or (or ||) between conditions; a single | hands a value to a function, as in lead.title | lower()"
	case t.is("++", "+=", "-=", "*=", "/=", ":="):
		return fmt.Sprintf("an expression changes no value, so there is no %s; write what the new value is, as in number(lead.x) + 1", t.text)
	case t.is("{{", "${"):
		return s.marketoToken()
	case t.text == "@" && before.end == t.at && t.end == after.at && before.kind != noToken && after.kind != noToken,
		t.text == ":" && before.kind == wordToken && strings.HasPrefix(string(s.text[t.end:]), "//"):
		return fmt.Sprintf("a text stands in quotes: \"%s\"", s.around())
	case t.text == "@":
		return "write the name without @, as in lead.country"
	case t.text == `\`:
		return `a \ stands inside of texts only; write " without it`
	case t.text == "/" && !before.ends():
		return s.regex()
	case t.text == "." && after.is("["):
		return "brackets stand without a dot in front of them, as in lead[\"Lead Score\"]"
	case t.text == "." && after.kind == textToken:
		if before.kind == wordToken && isScope(before.text) {
			return fmt.Sprintf("a name in quotes stands in brackets: %s[%s]", before.text, after.text)
		}
		return "write + to join texts"
	case t.text == "%" && before.kind == numberToken && !after.ends() && !after.is("(", "-"):
		return fmt.Sprintf("%s%% is not read; write it as a number, 5%% is 0.05", before.text)
	case t.text == ",":
		return s.thousands()
	case t.text == "." && before.kind == noToken:
		return "name a field, as in lead.country"
	}
	return character([]rune(t.text)[0])
}

// around is what stands around the token at hand up to white space or a bracket.
func (s *slips) around() string {
	stops := func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("()[]{},\"'", r) }
	from, to := s.near(0).at, s.near(0).end
	for from > 0 && !stops(s.text[from-1]) {
		from--
	}
	for to < len(s.text) && !stops(s.text[to]) {
		to++
	}
	return string(s.text[from:to])
}

// inBrackets says that a bracket is open at the token at hand.
func (s *slips) inBrackets() bool {
	_, open := unclosed(s.tokens[:s.i])
	return open
}

// character is the slip of a character that looks like another one.
func character(r rune) string {
	switch r {
	case '“', '”', '„', '‟', '‘', '’', '‚', '‛', '«', '»', '″', '′':
		return fmt.Sprintf(`the quotes of expressions are straight: write "…" instead of %c`, r)
	case '–', '—', '−', '‐', '‑':
		return fmt.Sprintf("write - instead of %c", r)
	case '×':
		return "write * instead of ×"
	case '÷':
		return "write / instead of ÷"
	case '¬':
		return "write not instead of ¬"
	case '€', '£', '¥':
		return fmt.Sprintf("write the number without %c", r)
	case '\u200b', '\u200c', '\u200d', '\u2060', '\ufeff', '\u00ad':
		return fmt.Sprintf("there is a character here that cannot be seen (%U); take it out", r)
	}
	return ""
}

// number is the slip that a number is: one with a unit, or with a currency sign.
func (s *slips) number() string {
	t := s.near(0)
	if strings.HasPrefix(t.text, "0x") || strings.HasPrefix(t.text, "0b") || strings.HasPrefix(t.text, "0o") {
		return ""
	}
	if strings.Count(t.text, ".") > 1 {
		return fmt.Sprintf("%s is no number; write \"%s\" if it is a text", t.text, t.text)
	}
	digits := strings.TrimRightFunc(t.text, func(r rune) bool { return unicode.IsLetter(r) || r == '_' })
	if digits != t.text && !strings.HasSuffix(strings.ToLower(t.text), "e") {
		return fmt.Sprintf("%s is no number; write %s, or \"%s\" if it is a text", t.text, digits, t.text)
	}
	return ""
}

// thousands is a comma inside of a number.
func (s *slips) thousands() string {
	t, before, after := s.near(0), s.near(-1), s.near(1)
	if before.kind == numberToken && after.kind == numberToken && before.end == t.at && t.end == after.at && len(after.text) >= 3 && isDigits(after.text[:3]) {
		end := after.end
		for by := 2; s.near(by).text == "," && s.near(by).at == end && s.near(by+1).kind == numberToken && s.near(by+1).at == s.near(by).end; by += 2 {
			end = s.near(by + 1).end
		}
		return "a number is written without commas: " + strings.ReplaceAll(s.between(before.at, end), ",", "")
	}
	return ""
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// regex is a regular expression between slashes.
func (s *slips) regex() string {
	from := s.near(0).end
	for to := from; to < len(s.text); to++ {
		if s.text[to] != '/' || s.text[to-1] == '\\' {
			continue
		}
		pattern := strings.ReplaceAll(string(s.text[from:to]), `\/`, "/")
		if to+1 < len(s.text) && s.text[to+1] == 'i' {
			pattern = "(?i)" + pattern
		}
		return "a regular expression stands in quotes: matches `" + pattern + "`"
	}
	return "a regular expression stands in quotes, as in matches `^VP`"
}

// marketoToken is a token as Marketo's e-mails have it.
func (s *slips) marketoToken() string {
	from := s.near(0).end
	to := from
	for to < len(s.text) && s.text[to] != '}' {
		to++
	}
	// A token may have a default, which is an expression of its own here.
	inner, _, _ := strings.Cut(s.between(from, to), ":")
	scope, name, ok := strings.Cut(inner, ".")
	scope, name = strings.ToLower(strings.TrimSpace(scope)), strings.TrimSpace(name)
	if scope == "company" {
		scope = string(ScopeLead)
	}
	if ok && name != "" && isScope(scope) {
		return "write " + Ref{Scope(scope), name}.String() + ", without braces"
	}
	return `write a field or a token without braces, as in lead.country and my["Event Date"]`
}

// brokenName is a name with a space behind a dot.
func (s *slips) brokenName() string {
	scope, first := s.near(-2), s.near(0)
	if scope.kind != wordToken || !isScope(strings.ToLower(scope.text)) || s.near(-3).is(".", "?.") {
		return ""
	}
	last := first
	for by := 1; s.near(by).kind == wordToken; by++ {
		small := strings.ToLower(s.near(by).text)
		if isOperatorWord(small) || small == "startswith" || small == "endswith" || betweenOperands(small) != "" {
			break
		}
		if s.near(by+1).is("(", ".") {
			break // the next operand
		}
		last = s.near(by)
	}
	if last == first {
		return ""
	}
	return fmt.Sprintf(`a name with a space stands in brackets: %s["%s"]`, strings.ToLower(scope.text), s.between(first.at, last.end))
}

// word is the slip that a word is.
func (s *slips) word() string {
	t, before, after := s.near(0), s.near(-1), s.near(1)
	small := strings.ToLower(t.text)
	switch {
	case t.is("contains", "startsWith", "endsWith", "matches", "and", "or", "in") && !before.ends() && after.is("("):
		return s.operatorAsFunction()
	case t.text == "in" && after.is("("):
		if list := s.bracket(1); len(list) > 1 {
			return "a list stands in square brackets: in [" + strings.Join(list, ", ") + "]"
		}
		return ""
	case t.text == "let" && after.kind == wordToken && !s.near(2).is("="):
		return "let needs = behind the name, as in let x = lower(lead.title); x contains \"vp\""
	case t.text != small && isOperatorWord(small) || small != "startswith" && small != "endswith" && t.text != small && slices.Contains([]string{"true", "false", "nil"}, small):
		if small == "not" || small == "and" || small == "or" {
			if after.is("(") && !before.ends() {
				return s.operatorAsFunction()
			}
		}
		return "write " + small + " in small letters"
	case t.text != "startsWith" && small == "startswith", t.text != "endsWith" && small == "endswith":
		return "write " + small[:len(small)-4] + "With"
	case small == "return" && before.kind == noToken:
		return "leave return out: an expression is its value"
	case small == "elseif" || small == "elsif" || small == "elif":
		return "write else if, as in if a { 1 } else if b { 2 } else { 3 }"
	case slices.Contains([]string{"then", "case", "when", "switch", "endif"}, small) && !after.is("("), small == "end" && before.kind != noToken:
		return "write condition ? value : other, or if condition { value } else { other }"
	case strings.HasPrefix(t.text, "$") && isDigits(t.text[1:]):
		return "write the number without $: " + t.text[1:]
	case before.ends():
		return s.infix(small)
	case after.kind == signToken || after.kind == noToken:
		if message := nameOf(small); message != "" && !slices.Contains([]string{"true", "false", "nil"}, t.text) && !isScope(t.text) && !after.is("(") {
			return message
		}
	}
	return ""
}

// infix is a word between two operands that is no operator here.
func (s *slips) infix(small string) string {
	left, after := "lead.x", strings.ToLower(s.near(1).text)
	if small == "is" || small == "are" {
		negated := after == "not"
		if negated {
			after = strings.ToLower(s.near(2).text)
		}
		switch after {
		case "null", "nil", "none", "undefined":
			return "write " + map[bool]string{false: "== nil", true: "!= nil"}[negated]
		case "empty", "blank":
			return "write default(" + left + `, "") ` + map[bool]string{false: "==", true: "!="}[negated] + ` ""`
		case "in":
			return "write " + map[bool]string{false: "in", true: "not in"}[negated]
		}
		return "write " + map[bool]string{false: "==", true: "!="}[negated]
	}
	return betweenOperands(small)
}

// operatorAsFunction is contains(a, b) for a contains b.
func (s *slips) operatorAsFunction() string {
	name := strings.ToLower(s.near(0).text)
	switch name {
	case "startswith":
		name = "startsWith"
	case "endswith":
		name = "endsWith"
	}
	args := s.bracket(1)
	if name == "not" {
		return "write not in small letters"
	}
	if len(args) < 2 {
		return fmt.Sprintf("%s stands between its two sides, as in lead.title %s \"VP\"", name, name)
	}
	if name == "in" {
		return fmt.Sprintf("in stands between its two sides: %s in [%s]", args[0], strings.Join(args[1:], ", "))
	}
	return fmt.Sprintf("%s stands between its sides: %s", name, strings.Join(args, " "+name+" "))
}

// bracket is what stands between commas in the bracket that opens so many tokens away.
func (s *slips) bracket(by int) []string {
	depth := 0
	from := s.near(by).end
	var parts []string
	for ; s.near(by).kind != noToken; by++ {
		t := s.near(by)
		switch {
		case t.is("(", "[", "{"):
			depth++
		case t.is(")", "]", "}"):
			if depth--; depth == 0 {
				return append(parts, s.between(from, t.at))
			}
		case t.text == "," && depth == 1:
			parts = append(parts, s.between(from, t.at))
			from = t.end
		}
	}
	return nil
}

// calculated is a slip that the parser understands, as something else: a date without
// quotes is a difference or a quotient, and 1,000 in a call two arguments.
func calculated(text string) (at int, message string) {
	// Nearly no expression has one, and a look at the text is cheaper than its tokens.
	if !dateLike.MatchString(text) && !strings.Contains(text, ",0") {
		return 0, ""
	}
	s := slips{text: []rune(text), tokens: tokens(text)}
	for s.i = range s.tokens {
		t := s.near(0)
		if t.kind != numberToken {
			continue
		}
		last := s.near(4)
		if s.near(1).is("-", "/") && s.near(3).text == s.near(1).text && s.near(2).kind == numberToken && last.kind == numberToken {
			if written := string(s.text[t.at:last.end]); wholeDate.MatchString(written) {
				return t.at, fmt.Sprintf("%s is calculated here, and is no date; write date(\"%s\"%s)", written, written, layoutFor(written))
			}
		}
		if s.near(1).is(",") && strings.HasPrefix(s.near(2).text, "0") && len(s.near(2).text) > 1 && isDigits(s.near(2).text) {
			s.i++
			if message := s.thousands(); message != "" {
				return t.at, message
			}
			s.i--
		}
	}
	return 0, ""
}

// A date of numbers, somewhere in a text, and as the whole of it.
var ( //nolint:gochecknoglobals // compiled once, and read only
	dateLike  = regexp.MustCompile(`\d[-/]\d{1,2}[-/]\d`)
	wholeDate = regexp.MustCompile(`^(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}/\d{1,2}/\d{4}|\d{4}/\d{1,2}/\d{1,2})$`)
)

// layoutFor is the layout that date needs for a date with slashes; which number is the
// month is for its author to say.
func layoutFor(written string) string {
	if strings.Contains(written, "-") {
		return ""
	}
	if strings.Index(written, "/") == 4 {
		return `, "YYYY/M/D"`
	}
	return `, "M/D/YYYY"`
}
