package xlsx

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/xuri/nfp"
)

// A formatKind is what a section of a number format means for a table of texts.
type formatKind uint8

const (
	formatGeneral formatKind = iota // the number itself: General, text, percent, currency, thousands, …
	formatDate                      // a date, a time or both
	formatShown                     // digits as they are shown: 00000, 0.00, 000-00-0000, +0
	formatWords                     // words instead of a number: "Yes"
)

// maxFormat is the most bytes of a code that is read; spreadsheet programs allow 255
// characters.
const maxFormat = 1024

// A format is what is understood of the code of a number format. Its sections are those for
// numbers; the zero value is General.
type format struct {
	sections []section
	texts    []piece // what is shown around a text, with a place @ for it; nil is nothing

	hidesTexts bool // shows nothing of a text, or another one
	unknown    bool // the code makes no sense: the number is kept as it is, with a finding
}

// A section is one of the parts between semicolons.
type section struct {
	kind      formatKind
	condition func(float64) bool // nil: the sign of the number decides
	day       bool               // formatDate: shows day, month or year
	clock     bool               // formatDate: shows hours, minutes or seconds
	elapsed   bool               // formatDate: hours may exceed 24
	plus      bool               // shows a plus sign before the digits
	digits    bool               // has places for digits
	general   bool               // shows the number as General does
	hides     bool               // shows nothing of 0, or of any number if it has no digits
	text      bool               // shows a text before or behind the digits that is part of a name: SKU-5
	decimals  int                // digits behind the point that it has room for
	pieces    []piece            // what it shows, in order
}

// A piece is a place for a digit (0, # or ?), the decimal point, the whole number (G), or a
// text.
type piece struct {
	place byte // 0 is a text
	text  string
}

// parseFormat understands a code. nfp takes it apart into tokens, but takes for literal what
// it does not know, so that what cannot be right is looked for here.
func parseFormat(code string) format {
	if len(code) > maxFormat || unclosed(code) {
		return format{unknown: true}
	}
	code = plainQuotes(code)
	code = strings.NewReplacer("+General", `\+General`, "-General", `\-General`).Replace(code) // nfp drops a bare sign there.
	code = strings.TrimSpace(code)
	// The name of General in Chinese programs, which nfp would take for the year of an era.
	if code == "" || strings.EqualFold(code, "general") || strings.HasPrefix(code, "G/通用格式") {
		return format{}
	}
	parser := nfp.NumberFormatParser()
	parsed := parser.Parse(code)
	if len(parsed) == 0 {
		return format{unknown: true}
	}
	var f format
	if last := len(parsed) - 1; last == 3 || forTexts(parsed[last].Items) {
		f.texts = textPieces(parsed[last].Items)
		f.hidesTexts = last == 3 && !forTexts(parsed[last].Items)
		if last > 0 {
			parsed = parsed[:last]
		}
	}
	conditional, ownWords, ownNumbers, dates := false, false, false, false
	for i, p := range parsed {
		r := sectionReader{
			slashes: strings.Contains(code, `\/`) || strings.Contains(code, `"/`), quotes: strings.ContainsAny(code, `"\`),
			first: i == 0, negative: i == 1 && !conditional,
		}
		s, ok := r.read(p.Items)
		if !ok {
			return format{unknown: true}
		}
		conditional = conditional || s.condition != nil
		ownWords = ownWords || s.kind == formatWords
		ownNumbers = ownNumbers || s.digits && !s.text
		dates = dates || s.kind == formatDate
		f.sections = append(f.sections, s)
	}
	switch {
	case ownWords && ownNumbers && !conditional:
		// A word for one number among many: "free" for 0. Such a column is one of numbers.
		for i := range f.sections {
			if f.sections[i].kind == formatWords {
				f.sections[i].kind = formatGeneral
			}
		}
	case (ownWords || dates) && !ownNumbers:
		// Beside words a sign is one, too: "?" for what is neither "Yes" nor "No". Beside
		// dates also nothing is: the 0 that shows nothing is a day that is not known.
		for i := range f.sections {
			if s := &f.sections[i]; s.kind == formatGeneral && !s.digits && !s.general && (dates || s.words() != "") {
				s.kind = formatWords
			}
		}
	}
	return f
}

// plainQuotes writes texts in quotes that contain a backslash, which means itself there, as
// single characters behind backslashes, which nfp understands.
func plainQuotes(code string) string {
	if !strings.Contains(code, `\`) || !strings.Contains(code, `"`) {
		return code
	}
	var b strings.Builder
	for i := 0; i < len(code); i++ {
		switch c := code[i]; {
		case c == '\\' && i+1 < len(code):
			b.WriteString(code[i : i+2])
			i++
		case c == '"':
			text := code[i+1 : i+1+strings.IndexByte(code[i+1:], '"')]
			i += len(text) + 1
			if !strings.Contains(text, `\`) {
				b.WriteString(`"` + text + `"`)
				continue
			}
			for _, r := range text {
				b.WriteString(`\` + string(r))
			}
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// unclosed says that a quote or a bracket has no end.
func unclosed(code string) bool {
	for i := 0; i < len(code); i++ {
		var end int
		switch code[i] {
		case '\\', '_', '*':
			i++
			continue
		case '"':
			end = strings.IndexByte(code[i+1:], '"')
		case '[':
			end = strings.IndexByte(code[i+1:], ']')
		default:
			continue
		}
		if end < 0 {
			return true
		}
		i += end + 1
	}
	return false
}

// textPieces are what a section for texts shows, nil where that is the text and nothing
// else, or not even the text.
func textPieces(items []nfp.Token) (pieces []piece) {
	places, more := 0, false
	for _, t := range items {
		switch t.TType {
		case nfp.TokenTypeTextPlaceHolder:
			places++
			pieces = append(pieces, piece{place: '@'})
		case nfp.TokenTypeLiteral:
			more = more || strings.TrimSpace(t.TValue) != ""
			pieces = append(pieces, piece{text: t.TValue})
		}
	}
	if places != 1 || !more {
		return nil
	}
	return pieces
}

func forTexts(items []nfp.Token) bool {
	for _, t := range items {
		if t.TType == nfp.TokenTypeTextPlaceHolder {
			return true
		}
	}
	return false
}

// choose finds the section for a number; own says that it is the one for negative numbers,
// which shows the sign itself. A number that no condition takes is General.
func (f *format) choose(value float64) (s section, own bool) {
	n := len(f.sections)
	at := 0
	switch {
	case n == 0:
		return section{}, false
	case f.sections[0].condition == nil && (n == 1 || f.sections[1].condition == nil):
		if value < 0 && n > 1 {
			return f.sections[1], true
		}
		if value == 0 && n > 2 {
			at = 2
		}
		return f.sections[at], false
	case f.sections[0].holds(value):
	case n > 1 && f.sections[1].holds(value):
		at = 1
	case n > 1 && f.sections[0].condition != nil && f.sections[1].condition != nil:
		at = 2
	default:
		at = 1
	}
	if at >= n {
		return section{}, false
	}
	return f.sections[at], false
}

func (s *section) holds(value float64) bool { return s.condition != nil && s.condition(value) }

// A sectionReader makes a section of its tokens.
type sectionReader struct {
	section
	slashes  bool // the code has slashes that are literal
	quotes   bool // the code has texts that are meant as such
	first    bool // it is the first section, where a - that is always there is none
	negative bool // it is the section for negative numbers, where brackets and - are the sign

	zeros, places int  // digits before the point that are always there; all
	padded        bool // one that is not always there stands behind one that is: 0###
	point         bool // was seen
	decimals      int  // zeros behind the point
	thousands     bool // only groups digits, or scales
	dressed       bool // percent, currency, fraction, exponent, text
	beside        bool // characters before or behind the digits
	inner         bool // characters between digits
	pending       bool // characters behind a digit, which are inner if another one follows
	words         bool // letters
	strange       bool // letters of eras and weekdays, which often are texts without quotes
}

func (r *sectionReader) read(items []nfp.Token) (section, bool) {
	for i, t := range items {
		switch t.TType {
		case nfp.TokenTypeZeroPlaceHolder, nfp.TokenTypeHashPlaceHolder, nfp.TokenTypeDigitalPlaceHolder:
			for j := range len(t.TValue) {
				if strings.IndexByte("0#?", t.TValue[j]) < 0 {
					return section{}, false
				}
				r.digit(t.TValue[j])
			}
		case nfp.TokenTypeDecimalPoint:
			if r.point {
				return section{}, false
			}
			r.point = true
			r.pieces = append(r.pieces, piece{place: '.'})
		case nfp.TokenTypeThousandsSeparator:
			r.thousands = true
		case nfp.TokenTypePercent, nfp.TokenTypeExponential, nfp.TokenTypeFraction, nfp.TokenTypeDenominator, nfp.TokenTypeTextPlaceHolder:
			r.dressed = true
		case nfp.TokenTypeGeneral:
			r.general = true
			r.pieces = append(r.pieces, piece{place: 'G'})
		case nfp.TokenTypeDateTimes:
			r.date(t.TValue, items[i+1:])
		case nfp.TokenTypeElapsedDateTimes:
			if low := strings.ToLower(t.TValue); strings.Trim(low, low[:1]) == "" && slices.Contains([]string{"h", "m", "s"}, low[:1]) {
				r.elapsed, r.clock = true, true
			}
		case nfp.TokenTypeCurrencyLanguage:
			r.dressed = r.dressed || len(t.Parts) > 0 && t.Parts[0].Token.TType == nfp.TokenSubTypeCurrencyString && t.Parts[0].Token.TValue != ""
		case nfp.TokenTypeCondition:
			var ok bool
			if r.condition, ok = condition(t.Parts); !ok {
				return section{}, false
			}
		case nfp.TokenTypeUnknown:
			// Colours by number, calendars, scripts; but not a condition without a number.
			if strings.ContainsAny(t.TValue[:min(1, len(t.TValue))], "<>=") {
				return section{}, false
			}
		case nfp.TokenTypeLiteral:
			r.literal(t.TValue)
		}
	}
	return r.settle()
}

func (r *sectionReader) digit(c byte) {
	if r.pending && r.places > 0 {
		r.inner = true
	}
	r.pending, r.section.digits = false, true
	if r.point {
		r.section.decimals++
		if c == '0' {
			r.decimals++
		}
	} else {
		r.places++
		if c == '0' {
			r.zeros++
		} else if r.zeros > 0 {
			r.padded = true
		}
	}
	r.pieces = append(r.pieces, piece{place: c})
}

func (r *sectionReader) literal(text string) {
	r.pieces = append(r.pieces, piece{text: text})
	bare := strings.TrimSpace(text)
	switch {
	case text == ",": // nfp gives a second comma that scales as a literal.
		r.thousands = true
		return
	case bare == "" && r.places == 0:
		return
	case bare == "/" && r.places > 0 && !r.slashes, strings.ContainsAny(text, "$€£¥₹₽₩₺₴฿¢"):
		r.dressed = true
		return
	case r.negative && strings.Trim(bare, "()-") == "":
		return
	}
	r.words = r.words || strings.ContainsFunc(text, func(c rune) bool { return unicode.IsLetter(c) || unicode.Is(unicode.So, c) })
	if r.places == 0 && !r.point && !r.general {
		if r.dressed = r.dressed || currencyCode(bare); !r.dressed {
			r.text = r.text || r.first && r.condition == nil && bare == "-" || strings.ContainsFunc(bare, func(c rune) bool {
				return unicode.IsLetter(c) || unicode.IsDigit(c) || strings.ContainsRune("#<>=~≥≤№", c)
			})
		}
	} else {
		r.text = r.text || partOfName(text)
	}
	r.plus = r.plus || r.places == 0 && !r.beside && strings.HasPrefix(bare, "+")
	r.beside, r.pending = true, true
}

// partOfName says that a text behind digits belongs to them and is no unit: 7-B, 500+.
func partOfName(text string) bool {
	if text == "+" {
		return true
	}
	rest := strings.TrimLeft(text, "-/_.")
	return rest != text && strings.IndexFunc(rest, func(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) }) == 0
}

// currencyCode says that a text is the code or the short name of a currency, as it is
// written beside its sign.
func currencyCode(text string) bool {
	switch strings.ToUpper(strings.TrimRight(text, ".: ")) {
	case "EUR", "USD", "GBP", "JPY", "CHF", "CAD", "AUD", "NZD", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "INR", "CNY", "RMB", "BRL", "MXN", "ZAR", "SGD", "HKD",
		"RUB", "UAH", "TRY", "KRW", "ILS", "AED", "SAR", "RON", "BGN", "THB", "EURO", "SFR", "KR", "KČ", "ZŁ", "FT", "RS", "RP", "LEI", "TL":
		return true
	}
	return false
}

// date takes in a run of one letter of a date or time.
func (r *sectionReader) date(run string, rest []nfp.Token) {
	switch low := strings.ToLower(run); low[0] {
	case 'h', 's':
		r.clock = true
	case 'm':
		// Minutes stand behind hours or before seconds.
		if len(run) < 3 && (r.clock || secondsFollow(rest)) {
			r.clock = true
		} else {
			r.day = true
		}
	case 'y', 'd':
		r.day = true
	default: // AM/PM and its kind, else the name or year of an era, or a weekday
		if strings.Contains(low, "/") {
			r.clock = true
		} else {
			r.strange = true
		}
	}
}

func secondsFollow(rest []nfp.Token) bool {
	for _, t := range rest {
		switch {
		case t.TType == nfp.TokenTypeLiteral && strings.Trim(t.TValue, ": .") == "":
		case t.TType == nfp.TokenTypeDateTimes, t.TType == nfp.TokenTypeElapsedDateTimes:
			return strings.HasPrefix(strings.ToLower(t.TValue), "s")
		default:
			return false
		}
	}
	return false
}

// settle tells the kind by what was seen; false is a code that makes no sense.
func (r *sectionReader) settle() (section, bool) {
	s := r.section
	s.hides = r.zeros == 0 && r.decimals == 0 && !s.general && !r.dressed && s.words() == ""
	switch {
	case r.day || r.clock || r.elapsed:
		s.kind = formatDate
	case r.strange && r.section.digits:
		// nfp knows the exponent E+ but not E-; other letters beside digits are a text
		// without quotes.
		if !r.exponent() {
			return section{}, false
		}
	case r.strange:
		s.kind, s.day = formatDate, true
	case r.dressed:
		s.plus, s.text = false, false
	case r.thousands:
		s.text = false
	case r.text && (s.digits || s.general):
		s.kind = formatShown
	case s.general:
	case r.places == 0 && !r.point:
		s.text = false
		if r.words && r.quotes {
			s.kind = formatWords
		}
	case r.inner, r.plus, r.zeros > 1, r.padded, !r.beside && r.decimals > 0:
		s.kind = formatShown
	}
	return s, true
}

// exponent says that the section ends in an exponent that is written E-00.
func (r *sectionReader) exponent() bool {
	n := len(r.pieces)
	for n > 0 && r.pieces[n-1].place != 0 {
		n--
	}
	return n > 0 && n < len(r.pieces) && strings.HasPrefix(r.pieces[n-1].text, "-")
}

// condition reads a condition such as <=9999999.
func condition(parts []nfp.Part) (func(float64) bool, bool) {
	if len(parts) != 2 {
		return nil, false
	}
	limit, err := strconv.ParseFloat(parts[1].Token.TValue, 64)
	if err != nil {
		return nil, false
	}
	switch parts[0].Token.TValue {
	case "<":
		return func(v float64) bool { return v < limit }, true
	case "<=":
		return func(v float64) bool { return v <= limit }, true
	case ">":
		return func(v float64) bool { return v > limit }, true
	case ">=":
		return func(v float64) bool { return v >= limit }, true
	case "=":
		return func(v float64) bool { return v == limit }, true
	case "<>":
		return func(v float64) bool { return v != limit }, true
	}
	return nil, false
}

// dated is the first section that shows a date or time; General if none does.
func (f *format) dated() section {
	for _, s := range f.sections {
		if s.kind == formatDate {
			return s
		}
	}
	return section{}
}
