package rules

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"tablestep/tables/column"
	"tablestep/tables/typos"
)

// textFunctions work on texts. On nil they all give the empty text.
func textFunctions() []*function {
	return []*function{
		{
			name: "lower", signature: "lower(x)", takes: "text", nils: `""`, result: isText, group: "text",
			text:     "The text in lower case.",
			examples: []Example{{`lower("VP Sales")`, `"vp sales"`}, {`lower(nil)`, `""`}},
			plain:    strings.ToLower,
		},
		{
			name: "upper", signature: "upper(x)", takes: "text", nils: `""`, result: isText, group: "text",
			text:     "The text in upper case.",
			examples: []Example{{`upper("us")`, `"US"`}},
			plain:    strings.ToUpper,
		},
		{
			name: "title", signature: "title(x)", takes: "text", nils: `""`, result: isText, group: "text",
			text: "A person's or company's name with capital first letters. Names typed all in one case are put right (McDonald, O'Neil, van der Berg, Smith-Jones, J.R., III); a word in mixed case is left as it is. A word with İ or ı is Turkish.",
			examples: []Example{
				{`title("RONALD MCDONALD")`, `"Ronald McDonald"`},
				{`title("sinead o'neil")`, `"Sinead O'Neil"`},
				{`title("JAN VAN DER BERG")`, `"Jan van der Berg"`},
				{`title("anna smith-jones")`, `"Anna Smith-Jones"`},
				{`title("J.R. EWING III")`, `"J.R. Ewing III"`},
				{`title("İZMİR")`, `"İzmir"`},
				{`title("DeShawn")`, `"DeShawn"`},
			},
			plain: titleCase,
		},
		{
			name: "trim", signature: "trim(x)", takes: "text", nils: `""`, result: isText, group: "text",
			text:     "The text without white space around it.",
			examples: []Example{{`trim("  Acme ")`, `"Acme"`}},
			plain:    strings.TrimSpace,
		},
		{
			name: "squeeze", signature: "squeeze(x)", takes: "text", nils: `""`, result: isText, group: "text",
			text:     "The text trimmed, with one space for each run of white space inside it.",
			examples: []Example{{`squeeze(" Acme   Corp ")`, `"Acme Corp"`}},
			plain:    func(s string) string { return strings.Join(strings.Fields(s), " ") },
		},
		{
			name: "normalize", signature: "normalize(x)", takes: "text", nils: `""`, result: isText, group: "text",
			text:     "The form in which the match mode normalized compares: Unicode NFKC, case folded, white space squeezed.",
			examples: []Example{{`normalize("  ＵＳＡ ")`, `"usa"`}, {`normalize("Straße")`, `"strasse"`}},
			plain:    column.Normalize,
		},
		{
			name: "ascii", signature: "ascii(x)", takes: "text", nils: `""`, result: isText, group: "text",
			text:     "The text without accents, in ASCII; letters that have no ASCII form become ?.",
			examples: []Example{{`ascii("Côte d'Ivoire")`, `"Cote d'Ivoire"`}, {`ascii("Łódź, Århus, Straße")`, `"Lodz, Arhus, Strasse"`}},
			plain:    toASCII,
		},
		{
			name: "left", signature: "left(x, n)", takes: "text whole", nils: `""`, result: isText, group: "text",
			text:     "The first n characters of the text.",
			examples: []Example{{`left("94105-1234", 5)`, `"94105"`}, {`left("ab", 5)`, `"ab"`}},
			call:     leftCall,
		},
		{
			name: "right", signature: "right(x, n)", takes: "text whole", nils: `""`, result: isText, group: "text",
			text:     "The last n characters of the text.",
			examples: []Example{{`right("555-1234", 4)`, `"1234"`}},
			call:     rightCall,
		},
		{
			name: "len", signature: "len(x)", takes: "any", nils: "0", result: isNumber, group: "text",
			text:     "The number of characters of a text, or of elements of a list.",
			examples: []Example{{`len("Zürich")`, `6`}, {`len(["a", "b"])`, `2`}, {`len(nil)`, `0`}},
			call:     lenCall,
		},
		{
			name: "string", signature: "string(x)", takes: "text", nils: `""`, result: isText, group: "text",
			text:     "The value as text: a number in decimals, a date as RFC 3339, nil as the empty text.",
			examples: []Example{{`string(5)`, `"5"`}, {`string(2.50)`, `"2.5"`}, {`string(nil)`, `""`}},
			plain:    func(s string) string { return s },
		},
		{
			name: "split", signature: "split(x, separator)", takes: "text text", nils: "[]", result: isTexts, group: "text",
			text:     "The parts of the text between separators, as a list. An empty text has no parts.",
			examples: []Example{{`split("a;b;c", ";")`, `["a", "b", "c"]`}, {`split("a;b", ";")[1]`, `"b"`}, {`split("", ";")`, `[]`}},
			call:     splitCall,
		},
		{
			name: "join", signature: "join(list, separator)", takes: "list text?", nils: `""`, result: isText, group: "text",
			text:     "The elements of a list as one text; nil and empty elements are left out.",
			examples: []Example{{`join(["a", nil, "b"], ", ")`, `"a, b"`}},
			call:     joinCall,
		},
		{
			name: "replace", signature: "replace(x, old, new)", takes: "text text text", nils: `""`, result: isText, group: "text",
			text:     "The text with every old replaced by new.",
			examples: []Example{{`replace("Acme, Inc.", ", Inc.", "")`, `"Acme"`}},
			call:     replaceCall,
		},
		{
			name: "extract", signature: "extract(x, regex, group)", takes: "text pattern whole?", nils: "nil", result: unknown, group: "text",
			text:     "What a group of the regular expression (RE2) found in the text; without a group the first one, or the whole match if there is none. nil if it does not match.",
			examples: []Example{{`extract("PO 4711 / 2024", "(\\d+) / (\\d+)", 2)`, `"2024"`}, {`extract("ref A-17", "[A-Z]-\\d+")`, `"A-17"`}, {`extract("none", "\\d+")`, `nil`}},
			call:     extractCall,
		},
		{
			name: "words", signature: "words(x)", takes: "text", nils: "[]", result: isTexts, group: "text",
			text:     "The words of the text: runs of letters and digits, in lower case.",
			examples: []Example{{`words("VP, Sales & Marketing")`, `["vp", "sales", "marketing"]`}, {`"vp" in words("Senior VP")`, `true`}},
			call:     wordsCall,
		},
		{
			name: "similarity", signature: "similarity(x, y)", takes: "text text", nils: "0.0", result: isNumber, group: "text",
			text:     "How alike two texts are, normalized: 1 for equal ones, else 1 minus the edits it takes (insert, delete, replace, swap neighbours) by the length of the longer one. Only the first 200 characters count.",
			examples: []Example{{`similarity("Acme Corp", "ACME corp")`, `1.0`}, {`similarity("Jonson", "Johnson") > 0.8`, `true`}, {`similarity("abc", "xyz")`, `0.0`}},
			call:     similarityCall,
		},
		{
			name: "hash", signature: "hash(x)", takes: "text", nils: `"e3b0c44298fc1c14"`, result: isText, group: "text",
			text:     "A stable fingerprint of the text: the first 16 hexadecimal digits of its SHA-256.",
			examples: []Example{{`hash("jane@example.com") == hash("jane@example.com")`, `true`}, {`hash("abc")`, `"ba7816bf8f01cfea"`}},
			call:     hashCall,
		},
	}
}

// leftCall cuts at a character, never inside of one. The text is shared, not copied.
func leftCall(_ *machine, args []value) (value, error) {
	s, n, err := textAndCount(args)
	if err != nil {
		return value{}, err
	}
	for i := range s {
		if n == 0 {
			return text(s[:i]), nil
		}
		n--
	}
	return text(s), nil
}

// rightCall goes from the end, so that a long text costs no more than the part that is
// taken.
func rightCall(_ *machine, args []value) (value, error) {
	s, n, err := textAndCount(args)
	if err != nil {
		return value{}, err
	}
	at := len(s)
	for ; n > 0 && at > 0; n-- {
		_, size := utf8.DecodeLastRuneInString(s[:at])
		at -= size
	}
	return text(s[at:]), nil
}

// textAndCount reads the arguments of left and right.
func textAndCount(args []value) (string, int, error) {
	s, err := textOf(args, 0)
	if err != nil {
		return "", 0, err
	}
	n, err := wholeOf(args, 1)
	if err == nil && n < 0 {
		err = errors.New("argument 2 must not be negative")
	}
	return s, n, err
}

// lenCall counts characters, not bytes: len(x) <= 20 must mean what a person sees. A
// mapping has as many elements as keys.
func lenCall(_ *machine, args []value) (value, error) {
	if n, ok := args[0].length(); ok {
		return integer(n), nil
	}
	if x, ok := args[0].other.(map[string]any); ok {
		return integer(len(x)), nil
	}
	s, err := textOf(args, 0)
	return integer(utf8.RuneCountInString(s)), err
}

// splitCall counts before it splits, so a list that is too long is never made.
func splitCall(m *machine, args []value) (value, error) {
	s, err := textOf(args, 0)
	if err != nil {
		return value{}, err
	}
	sep, err := textOf(args, 1)
	switch {
	case err != nil:
		return value{}, err
	case sep == "":
		return value{}, errors.New("the separator is empty")
	case s == "":
		return list([]any{}), nil
	case strings.Count(s, sep) >= m.limits.List:
		return value{}, m.tooMany()
	}
	return strs(strings.Split(s, sep)), nil
}

// joinCall leaves out what is empty: "a, , b" is what nobody wants of fields that may be
// empty.
func joinCall(m *machine, args []value) (value, error) {
	l, err := listOf(args, 0)
	if err != nil {
		return value{}, err
	}
	sep, err := textOf(args, 1)
	if err != nil {
		return value{}, err
	}
	var b strings.Builder
	for i := range l {
		s, ok := asText(fromAny(l[i]))
		if !ok {
			return value{}, errors.New("the list must be one of texts")
		}
		if s == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteString(sep)
		}
		b.WriteString(s)
		if b.Len() > m.limits.Text {
			return value{}, m.tooLong()
		}
	}
	return text(b.String()), m.spend(effortOf(b.Len()))
}

// replaceCall knows the length of the result beforehand: a text that is too long is never
// made.
func replaceCall(m *machine, args []value) (value, error) {
	var s, old, with string
	if err := textsOf(args, &s, &old, &with); err != nil {
		return value{}, err
	}
	if old == "" {
		return value{}, errors.New("the text to replace is empty")
	}
	if n := strings.Count(s, old); len(s)+n*(len(with)-len(old)) > m.limits.Text {
		return value{}, m.tooLong()
	}
	return text(strings.ReplaceAll(s, old, with)), nil
}

// extractCall is charged twice what a match is, because groups have to be found as well.
func extractCall(m *machine, args []value) (value, error) {
	var s, p string
	if err := textsOf(args, &s, &p); err != nil {
		return value{}, err
	}
	re, err := m.regexp(p)
	if err != nil {
		return value{}, err
	}
	group := min(1, re.NumSubexp())
	if len(args) == 3 {
		if group, err = wholeOf(args, 2); err != nil {
			return value{}, err
		}
		if group < 0 || group > re.NumSubexp() {
			return value{}, errors.New("the regular expression has no such group")
		}
	}
	if err := m.spend(2 * re.effort(len(s))); err != nil {
		return value{}, err
	}
	found := re.FindStringSubmatchIndex(s)
	// A group may have no part in a match, as in (a)|(b).
	if found == nil || found[2*group] < 0 {
		return value{}, nil
	}
	return text(s[found[2*group]:found[2*group+1]]), nil
}

// wordsCall takes marks for parts of words: an accent may be a character of its own.
func wordsCall(m *machine, args []value) (value, error) {
	s, err := textOf(args, 0)
	if err != nil {
		return value{}, err
	}
	if len(s) > m.limits.Text {
		return value{}, m.tooLong()
	}
	return strs(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) })), nil
}

// mostCompared is how many characters of a text similarity looks at.
const mostCompared = 200

// similarityCall takes time by the product of the lengths, hence mostCompared.
func similarityCall(m *machine, args []value) (value, error) {
	var r [2][]rune
	for i := range r {
		s, err := textOf(args, i)
		if err != nil {
			return value{}, err
		}
		// A character has four bytes at most.
		if len(s) > 4*mostCompared {
			s = s[:4*mostCompared]
		}
		r[i] = []rune(column.Normalize(s))
		r[i] = r[i][:min(len(r[i]), mostCompared)]
	}
	a, b := r[0], r[1]
	longer := max(len(a), len(b))
	// Two texts without anything in them are equal.
	if longer == 0 {
		return float(1), nil
	}
	if err := m.spend(40 + len(a)*len(b)/2); err != nil {
		return value{}, err
	}
	var masks typos.Masks
	masks.Set(a)
	errors, _ := masks.DistanceOf(string(b), len(b), longer)
	return float(1 - float64(errors)/float64(longer)), nil
}
