package index

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"tablestep/tables/column"
	"tablestep/tables/notation"
	"tablestep/tables/schema"
)

// An operand is an end of a span, or what stands behind an operator. What begins like a
// number, a currency or a date has to be one, in the column's notation: as a text it would
// be ordered letter by letter, and 1,001 would come before 2. Texts without quotes begin
// with a letter.
//
// readOperand reads one without quotes. Where it can be none, problem says why, with the
// spellings that would be right; list says that a comma would begin another item.
func readOperand(text string, n *schema.Notation, list bool) (x scalar, problem string) {
	text = strings.TrimSpace(text)
	x = scalarOf(text, n)
	switch {
	case x.kind != textKind:
		return x, ""
	case beginsLikeNumber(text):
		return x, notANumber(text, n, list)
	}
	if inner := foreignQuoted(text); inner != "" {
		return x, fmt.Sprintf("texts stand in straight double quotes; write %s", quoted(inner))
	}
	if _, at, ok := cutFront(text); ok && beginsLikeNumber(text[at:]) {
		return x, fmt.Sprintf("%s says with words what the sign says; write only %s, or %s if it is a text", schema.Cut(text, shown), schema.Cut(text[at:], shown), quoted(text))
	}
	if r, _ := utf8.DecodeRuneInString(text); !unicode.IsLetter(r) {
		return x, fmt.Sprintf("a number, a date, or a text that begins with a letter is expected here; if this is a text, write %s", quoted(text))
	}
	return x, ""
}

// beginsLikeNumber says that a text begins as a number, an amount of money or a date does.
func beginsLikeNumber(text string) bool {
	text = strings.TrimSpace(text)
	r, size := utf8.DecodeRuneInString(text)
	rest := text[size:]
	switch {
	case unicode.IsNumber(r), unicode.Is(unicode.Sc, r):
		return true
	case isDash(r) || r == '+' || r == '.' || r == ',':
		next, _ := utf8.DecodeRuneInString(strings.TrimSpace(rest))
		return unicode.IsNumber(next) || unicode.Is(unicode.Sc, next) || next == '.' && r != '.'
	case !unicode.IsLetter(r):
		return false
	}
	if startsWithCurrency(text) {
		return true
	}
	_, rest, ok := cutMonth(text)
	return ok && beginsWithDigit(strings.TrimLeft(rest, " .-/,"))
}

// startsWithCurrency says that a text begins with the code of a currency and goes on as a
// number does.
func startsWithCurrency(text string) bool {
	if len(text) <= 3 || !notation.Currency(text[:3]) {
		return false
	}
	next, _ := utf8.DecodeRuneInString(strings.TrimLeft(text[3:], " \u00a0+-"))
	return unicode.IsNumber(next) || next == '.'
}

func beginsWithDigit(text string) bool { return text != "" && text[0] >= '0' && text[0] <= '9' }

// isDash says that a rune is a dash of any kind.
func isDash(r rune) bool {
	if r < utf8.RuneSelf {
		return r == '-'
	}
	return unicode.Is(unicode.Pd, r) || column.Normalize(string(r)) == "-"
}

// notANumber is why a text that begins like a number is none.
func notANumber(text string, n *schema.Notation, list bool) string {
	how := "numbers of this column are written like " + string(conventionOf(n))
	if looksLikeDate(text) {
		how = "dates of this column are written like " + exampleOf(n.Dates)
	}
	spellings := respell(text, n)
	if list {
		if items, ok := asItems(text); ok {
			spellings = append(spellings, items)
		}
	}
	if len(spellings) == 0 {
		return fmt.Sprintf("%s is no number or date (%s); if it is a text, write %s", schema.Cut(text, shown), how, quoted(text))
	}
	return fmt.Sprintf("%s is no number or date (%s); write %s", schema.Cut(text, shown), how, strings.Join(spellings, " or "))
}

func conventionOf(n *schema.Notation) notation.Numbers {
	if n.Numbers == "" {
		return notation.CommaPoint
	}
	return n.Numbers
}

func exampleOf(d notation.Dates) string {
	switch d {
	case notation.DayFirst:
		return "31/3/2024 or 2024-03-31"
	case notation.YearFirst:
		return "2024-03-31"
	case notation.Compact:
		return "20240331"
	}
	return "3/31/2024 or 2024-03-31"
}

// looksLikeDate says that a text begins with three numbers, or is a day with the name of a
// month.
func looksLikeDate(text string) bool {
	if _, ok := namedDate(text); ok {
		return true
	}
	numbers := 0
	for _, sign := range [...]string{"/", "-", "."} {
		numbers = max(numbers, len(strings.Split(text, sign)))
	}
	return numbers == 3 && beginsWithDigit(text) && !strings.ContainsRune(text, ',')
}

// respell is a text as the column writes what it most likely means.
func respell(text string, n *schema.Notation) []string {
	var spellings []string
	add := func(candidate string) {
		if _, problem := readPlain(candidate, n); !problem && candidate != text && !slices.Contains(spellings, candidate) {
			spellings = append(spellings, candidate)
		}
	}
	addNumber := func(text string) {
		for _, other := range notation.Conventions() {
			spelling, ok := notation.Reading{Numbers: other, Unit: n.Unit, Scale: true}.Spell(text)
			if !ok {
				continue
			}
			if decimals := conventionOf(n); decimals == notation.PointComma || decimals == notation.SpaceComma {
				spelling = strings.Replace(spelling, ".", ",", 1)
			}
			add(spelling)
		}
	}
	addNumber(text)
	for _, order := range [...]notation.Dates{notation.MonthFirst, notation.DayFirst} {
		if spelling, ok := order.Spell(text); ok {
			add(spelling)
		}
	}
	if day, ok := namedDate(text); ok {
		add(day)
	}
	last := strings.LastIndexFunc(text, unicode.IsNumber)
	if len(spellings) > 0 || last < 0 {
		return spellings
	}
	_, size := utf8.DecodeRuneInString(text[last:])
	end := last + size
	if scale := text[end:]; len(scale) > 1 && (scale[0] == 'K' || scale[0] == 'M' || scale[0] == '%') && scale[1] == ' ' {
		end++
	}
	front, behind := text[:end], strings.TrimSpace(text[end:])
	switch strings.ToLower(behind) {
	case "k":
		add(front + "K")
	case "m", "mio", "million":
		add(front + "M")
	}
	if isUnit := !strings.ContainsFunc(behind, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsSpace(r) }); isUnit && len(spellings) == 0 {
		add(front)
		addNumber(front)
	}
	// Groups of other sizes, as in 1,00,000.
	if digits := strings.ReplaceAll(text, ",", ""); len(spellings) == 0 && strings.Count(text, ",") > 1 {
		add(digits)
	}
	return spellings
}

// readPlain is readOperand without the words.
func readPlain(text string, n *schema.Notation) (x scalar, problem bool) {
	x = scalarOf(text, n)
	return x, x.kind == textKind
}

// asItems is a text with commas between digits as items of a list.
func asItems(text string) (string, bool) {
	items := strings.Split(text, ",")
	for i := range items {
		if items[i] = strings.TrimSpace(items[i]); items[i] == "" {
			return "", false
		}
	}
	return strings.Join(items, ", "), len(items) > 1
}

// months are the names of the months; three letters of one are enough.
var months = [...]string{ //nolint:gochecknoglobals // a constant
	"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
}

// cutMonth cuts the name of a month off the start, which three letters of it are enough
// for.
func cutMonth(text string) (month int, rest string, ok bool) {
	letters := 0
	for letters < len(text) && isASCIILetter(text[letters]) {
		letters++
	}
	if letters < 3 {
		return 0, text, false
	}
	word := strings.ToLower(text[:letters])
	for i, name := range months {
		if word == name || letters <= 4 && strings.HasPrefix(name, word) || word == "sept" && i == 8 {
			return i + 1, text[letters:], true
		}
	}
	return 0, text, false
}

// namedDate is a day written with the name of its month and the year, such as 5 Jan 2024
// or January 5, 2024, as 2024-01-05.
func namedDate(text string) (string, bool) {
	words := strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",./-", r) })
	if len(words) != 3 {
		return "", false
	}
	if _, _, ok := cutMonth(words[0]); ok {
		words[0], words[1] = words[1], words[0]
	}
	month, rest, ok := cutMonth(words[1])
	if !ok || rest != "" {
		return "", false
	}
	at, err := time.Parse("2 1 2006", fmt.Sprintf("%s %d %s", strings.TrimRight(words[0], "stndrh"), month, words[2]))
	if err != nil {
		return "", false
	}
	return at.Format(time.DateOnly), true
}

// monthCell reads a day and a month, or a month and a number, which is what a spreadsheet
// makes of 10-1: the numbers are the ends that were meant.
func monthCell(text string) (low, high int, ok bool) {
	text = strings.TrimSpace(text)
	if text == "" || !isASCIILetter(text[0]) && !isASCIILetter(text[len(text)-1]) {
		return 0, 0, false
	}
	front, behind, found := strings.Cut(text, "-")
	if !found {
		return 0, 0, false
	}
	month, rest, named := cutMonth(front)
	digits := behind
	if !named {
		month, rest, named = cutMonth(behind)
		digits = front
	}
	number, err := strconv.Atoi(digits)
	if !named || rest != "" || err != nil || number < 0 || len(digits) > 4 || !beginsWithDigit(digits) {
		return 0, 0, false
	}
	return min(number, month), max(number, month), true
}

// spreadsheet says what became of a cell; form shows the ends as the mode writes them.
func spreadsheet(cell string, low, high int, form string) string {
	return fmt.Sprintf("a spreadsheet has made a date of %d-%d or %d-%d; write %s, or %s if it is a text", high, low, low, high, fmt.Sprintf(form, low, high), quoted(cell))
}

// quotePairs are the quotes of other kinds with those that close them.
var quotePairs = map[rune]string{ //nolint:gochecknoglobals // a constant
	'\'': "'", '`': "`'´", '´': "´", '‘': "’‘", '’': "’", '‚': "‘’", '‹': "›", '›': "‹", '«': "»", '»': "«",
	'„': "“”„", '“': "”“", '”': "”", '「': "」", '『': "』", '＂': "＂", '＇': "＇", '〝': "〞〟",
}

// foreignQuoted is the text between quotes of other kinds that stand around a whole one;
// empty where there are none.
func foreignQuoted(text string) string {
	text = strings.TrimSpace(text)
	first, size := utf8.DecodeRuneInString(text)
	closers := quotePairs[first]
	if closers == "" {
		return ""
	}
	last, width := utf8.DecodeLastRuneInString(text)
	if !strings.ContainsRune(closers, last) || len(text) <= size+width {
		return ""
	}
	return strings.TrimSpace(text[size : len(text)-width])
}

// quoted is a text in the quotes that cells have.
func quoted(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(schema.Cut(text, shown)) + `"`
}

// apart are two ends with the two points of an interval between them: no point of their own
// beside those.
func apart(low, high string) string {
	low, high = strings.TrimSpace(low), strings.TrimSpace(high)
	if strings.HasPrefix(high, ".") {
		high = "0" + high
	}
	return strings.TrimSuffix(low, ".") + ".." + high
}
