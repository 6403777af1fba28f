package rules

import (
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/unicode/norm"
)

// phoneFunctions read telephone numbers by the numbering plans of countries.
func phoneFunctions() []*function {
	return []*function{
		{
			name: "phone", signature: "phone(x, country)", takes: "text country?", nils: "nil", result: unknown, group: "web",
			parts: []string{"e164", "valid", "type", "country", "extension"},
			text:  "A telephone number read by the numbering plans of the world: a mapping of e164 (+14155552671; nil where the number is not valid), valid, type (mobile, fixedLine, fixedLineOrMobile, tollFree, premiumRate, sharedCost, voip, personal, pager, universal, voicemail; nil where it is not valid), country (two letters) and extension (nil if it has none). The country, two letters as in DE, says how a number without a + is to be read. It is never guessed: without one, or with one that is no such code, only a number with a + is read, and a number of another country than the one that was named can come out valid and wrong. Words around a number do not count; letters are digits, as in 1-800-FLOWERS, only where there is no valid number without them. nil if it is no number.",
			examples: []Example{
				{`phone("(415) 555-2671", "US").e164`, `"+14155552671"`},
				{`phone("0151 23456789", "DE").type`, `"mobile"`},
				{`phone("+44 (0)20 7946 0018 ext. 5", "US").country`, `"GB"`},
				{`phone("+44 (0)20 7946 0018 ext. 5").extension`, `"5"`},
				{`phone("555", "US").valid`, `false`},
				{`phone("(415) 555-2671")`, `nil`},
				{`phone("n/a", "US")?.e164`, `nil`},
			},
			call: func(m *machine, args []value) (value, error) {
				p, err := readPhone(m, args)
				if err != nil || !p.read {
					return value{}, err
				}
				return mapping(p.parts()), nil
			},
		},
		{
			name: "phoneCountry", signature: "phoneCountry(x, country)", takes: "text country?", nils: "nil", result: unknown, group: "web",
			text:     "The country of a telephone number, as two letters; nil if it is not valid, or of none, as +800 is. The country that is given says how a number without a + is to be read, as in phone.",
			examples: []Example{{`phoneCountry("+49 30 901820")`, `"DE"`}, {`phoneCountry("416 555 0123", "US")`, `"CA"`}, {`phoneCountry("030 901820")`, `nil`}},
			call: func(m *machine, args []value) (value, error) {
				p, err := readPhone(m, args)
				if err != nil || p.country == "" {
					return value{}, err
				}
				return text(p.country), nil
			},
		},
	}
}

// A phoneNumber is what was read of a text.
type phoneNumber struct {
	read      bool   // it is a number at all; else nothing else is known
	e164      string // empty where it is not valid, as are the kind and the country
	kind      string
	country   string // also empty of a number of no country
	extension string
}

// parts is the number as rules see it.
func (p *phoneNumber) parts() map[string]any {
	given := func(s string) any {
		if s == "" {
			return nil
		}
		return s
	}
	return map[string]any{"e164": given(p.e164), "valid": p.e164 != "", "type": given(p.kind), "country": given(p.country), "extension": given(p.extension)}
}

// A phoneQuestion is a text and the region by which it is read.
type phoneQuestion struct{ text, region string }

const (
	// maxPhone is the most bytes of a telephone number that is looked at.
	maxPhone = 250
	// phoneWork is the work of reading a number, 30 µs: some sixty regular expressions.
	phoneWork = 6000
	// maxPhones is how many numbers a machine keeps.
	maxPhones = 1 << 12
)

// readPhone reads the number in the first argument by the region in the second one. A number
// is read once a batch.
func readPhone(m *machine, args []value) (phoneNumber, error) {
	var s, country string
	if err := textsOf(args, &s, &country); err != nil {
		return phoneNumber{}, err
	}
	q := phoneQuestion{bare(s), regionOf(country)}
	// The shortest numbers have three digits; what is longer than any of them is none.
	if len(q.text) < leastNumber || len(q.text) > maxPhone {
		return phoneNumber{}, nil
	}
	if p, ok := m.phones[q]; ok {
		return p, nil
	}
	p, err := q.read(func() error { return m.spend(phoneWork) })
	if err != nil {
		return phoneNumber{}, err
	}
	if m.phones == nil || len(m.phones) >= maxPhones {
		m.phones = make(map[phoneQuestion]phoneNumber)
	}
	m.phones[q] = p
	return p, nil
}

// regionOf is the code of a country that has numbers, in capitals; empty for any other text.
func regionOf(country string) string {
	country = strings.ToUpper(strings.TrimSpace(country))
	if len(country) != 2 || phonenumbers.GetCountryCodeForRegion(country) == 0 {
		return ""
	}
	return country
}

// read reads the number, and spends what each reading takes. Letters are the keys of a telephone
// (1-800-FLOWERS) only where no digits between the words are a number: people also write when
// to call, and whose number it is.
func (q phoneQuestion) read(spend func() error) (phoneNumber, error) {
	number, extension := cutExtension(norm.NFKC.String(q.text))
	var p phoneNumber
	for _, try := range append(betweenWords(number), number) {
		if err := spend(); err != nil {
			return phoneNumber{}, err
		}
		if p = q.parse(try, extension); p.e164 != "" {
			break
		}
	}
	return p, nil
}

// betweenWords are the pieces of a text with letters that have digits enough for a number, at
// most maxPieces. Of a text without letters there are none.
func betweenWords(s string) (pieces []string) {
	for _, piece := range strings.FieldsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsMark(r) }) {
		if len(piece) < len(s) && len(pieces) < maxPieces && len(phoneDigits(piece)) >= leastNumber {
			pieces = append(pieces, piece)
		}
	}
	return pieces
}

// maxPieces is how many numbers a text is looked at for; each is read once more.
const maxPieces = 4

// parse reads a number by its region.
func (q phoneQuestion) parse(number, extension string) phoneNumber {
	region := q.region
	if region == "" {
		region = "ZZ" // of no country: a number without + is none
	}
	n, err := phonenumbers.Parse(number, region)
	if err != nil {
		return phoneNumber{}
	}
	p := phoneNumber{read: true, extension: extension}
	if p.extension == "" {
		p.extension = n.GetExtension()
	}
	if p.kind = phoneKind(phonenumbers.GetNumberType(n)); p.kind == "" {
		return p
	}
	n.Extension = nil
	p.e164 = phonenumbers.Format(n, phonenumbers.E164)
	if code := phonenumbers.GetRegionCodeForNumber(n); len(code) == 2 && code != "ZZ" {
		p.country = code
	}
	return p
}

// cutExtension takes off an extension that is announced by a word or a sign; what the
// numbers of countries have for one beside that, package phonenumbers knows.
func cutExtension(s string) (number, extension string) {
	digits := 0
	for i := 0; i < len(s); {
		r, size := decode(s[i:])
		if digits >= leastNumber && extends(s[i:i+size], s[i+size:]) {
			rest := phoneDigits(s[i+size:])
			return s[:i], rest[:min(len(rest), maxExtension)]
		}
		if digit(r) >= 0 {
			digits++
		}
		i += size
	}
	return s, ""
}

// maxExtension is the most digits of an extension.
const maxExtension = 11

// phoneKind is a type of numbers in our words; empty of a number that is not valid.
func phoneKind(t phonenumbers.PhoneNumberType) string {
	switch t {
	case phonenumbers.FIXED_LINE:
		return "fixedLine"
	case phonenumbers.MOBILE:
		return "mobile"
	case phonenumbers.FIXED_LINE_OR_MOBILE:
		return "fixedLineOrMobile"
	case phonenumbers.TOLL_FREE:
		return "tollFree"
	case phonenumbers.PREMIUM_RATE:
		return "premiumRate"
	case phonenumbers.SHARED_COST:
		return "sharedCost"
	case phonenumbers.VOIP:
		return "voip"
	case phonenumbers.PERSONAL_NUMBER:
		return "personal"
	case phonenumbers.PAGER:
		return "pager"
	case phonenumbers.UAN:
		return "universal"
	case phonenumbers.VOICEMAIL:
		return "voicemail"
	}
	return ""
}
