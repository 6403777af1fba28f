package rules

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// personFunctions take names of people apart.
func personFunctions() []*function {
	return []*function{
		{
			name: "personName", signature: "personName(x)", takes: "text", nils: "nil", result: unknown, group: "text",
			parts: []string{"salutation", "first", "middle", "last", "suffix"},
			text:  "The name of a person taken apart: a mapping of salutation, first, middle, last and suffix, each nil where it is missing. Behind a comma stands the first name, or a suffix; else the last word is the last name, with the words such as van der in front of it. One word alone is a last name. Two words in Chinese, Japanese or Korean writing begin with the last name. Case stays as it is; see title. nil if there is no name of one person: with an @, a digit, & or the word and in it.",
			examples: []Example{
				{`personName("Müller, Dr. Anna-Lena").first`, `"Anna-Lena"`},
				{`personName("Müller, Dr. Anna-Lena").salutation`, `"Dr."`},
				{`personName("Jan Pieter van der Berg").last`, `"van der Berg"`},
				{`personName("Jan Pieter van der Berg").middle`, `"Pieter"`},
				{`personName("O'Neil Jr.").suffix`, `"Jr."`},
				{`personName("山田 太郎").last`, `"山田"`},
				{`personName("Ann & Bob Lee")`, `nil`},
			},
			call: func(m *machine, args []value) (value, error) {
				s, err := textOf(args, 0)
				if err != nil {
					return value{}, err
				}
				if err := m.spend(effortOf(16 * min(len(s), maxName))); err != nil {
					return value{}, err
				}
				n, ok := readName(s)
				if !ok {
					return value{}, nil
				}
				return mapping(n.parts()), nil
			},
		},
	}
}

// maxName is the most bytes of a name that is taken apart.
const maxName = 300

// A personName is the words of a name by what they are.
type personName struct{ salutation, first, middle, last, suffix []string }

// parts is the name as rules see it.
func (n *personName) parts() map[string]any {
	joined := func(words []string) any {
		if len(words) == 0 {
			return nil
		}
		return strings.Join(words, " ")
	}
	return map[string]any{"salutation": joined(n.salutation), "first": joined(n.first), "middle": joined(n.middle), "last": joined(n.last), "suffix": joined(n.suffix)}
}

// readName takes a name apart; ok is false where there is no name of one person.
func readName(s string) (n personName, ok bool) {
	if len(s) > maxName || !utf8.ValidString(s) || strings.ContainsAny(s, "@&+/\\|_=<>;:!?#%*") || strings.ContainsFunc(s, unicode.IsDigit) {
		return n, false
	}
	var parts [][]string
	for _, part := range strings.FieldsFunc(besideBrackets(s), func(r rune) bool { return r == ',' || r == '，' || r == '、' }) {
		words := strings.Fields(part)
		words = slices.DeleteFunc(words, func(w string) bool { return !strings.ContainsFunc(w, unicode.IsLetter) })
		if slices.ContainsFunc(words, joinsPeople) {
			return n, false
		}
		if len(words) > 0 {
			parts = append(parts, words)
		}
	}
	// Degrees and generations behind commas, and titles behind the last one.
	for len(parts) > 1 {
		last := parts[len(parts)-1]
		switch {
		case !slices.ContainsFunc(last, func(w string) bool { return !follows(w) }):
			n.suffix = append(slices.Clone(last), n.suffix...)
		case len(parts) > 2 && !slices.ContainsFunc(last, func(w string) bool { return !precedes(w) }):
			n.salutation = append(n.salutation, last...)
		default:
			last = nil
		}
		if last == nil {
			break
		}
		parts = parts[:len(parts)-1]
	}
	switch {
	case len(parts) == 0:
		return n, false
	case len(parts) == 1:
		n.plain(n.framed(parts[0]))
	default:
		last, given := n.framed(parts[0]), n.framed(slices.Concat(parts[1:]...))
		// Berg, Jan van der
		at := len(given)
		for at > 0 && small(given[at-1]) {
			at--
		}
		n.last = append(slices.Clone(given[at:]), last...)
		n.given(given[:at])
	}
	return n, len(n.first)+len(n.last) > 0
}

// framed takes salutations and suffixes off around some words, which leaves one of them at
// least.
func (n *personName) framed(words []string) []string {
	for len(words) > 1 && precedes(words[0]) {
		n.salutation = append(n.salutation, words[0])
		words = words[1:]
	}
	var behind []string
	for len(words) > 1 && followsOpenly(words[len(words)-1], words) {
		behind = append([]string{words[len(words)-1]}, behind...)
		words = words[:len(words)-1]
	}
	n.suffix = append(behind, n.suffix...)
	return words
}

// plain reads words in the order in which people say them.
func (n *personName) plain(words []string) {
	if len(words) == 2 && eastern(words[0]) && eastern(words[1]) {
		n.last, n.first = words[:1], words[1:]
		return
	}
	at := len(words) - 1
	for at > 0 && (particleOfName(words[at-1]) || at > 1 && links(words[at-1])) {
		if links(words[at-1]) {
			at-- // the word in front of it is of the name, too
		}
		at--
	}
	// What begins like a last name is one, but for short first names that look so.
	if at == 0 && len(words) == 2 && !small(words[0]) && givenToo(words[0]) {
		at = 1
	}
	n.last = words[at:]
	n.given(words[:at])
}

// given is first and middle names.
func (n *personName) given(words []string) {
	if len(words) > 0 {
		n.first, n.middle = words[:1], words[1:]
	}
}

// besideBrackets is a text without what stands in brackets or double quotes, a nickname.
func besideBrackets(s string) string {
	var b strings.Builder
	depth, quoted := 0, false
	for _, r := range s {
		switch r {
		case '(', '[', '（':
			depth++
		case ')', ']', '）':
			depth = max(0, depth-1)
		case '"', '“', '”', '„':
			quoted = !quoted
			b.WriteByte(' ')
		default:
			if depth == 0 && !quoted {
				b.WriteRune(r)
			}
		}
	}
	if depth > 0 || quoted || strings.TrimSpace(b.String()) == "" {
		// A bracket that nobody closed, or all of the name within: the signs alone go.
		return strings.Map(func(r rune) rune {
			if strings.ContainsRune("()[]（）\"“”„", r) {
				return -1
			}
			return r
		}, s)
	}
	return b.String()
}

// bareWord is a word as lists have it: in lower case, without points.
func bareWord(word string) string { return strings.ReplaceAll(strings.ToLower(word), ".", "") }

// joinsPeople says that a word stands between two people. With a capital it is a name: En-lai.
func joinsPeople(word string) bool {
	switch word {
	case "and", "und", "et", "og", "och", "en", "AND", "UND":
		return true
	}
	return false
}

// precedes says that a word is a salutation or a title.
func precedes(word string) bool {
	switch bareWord(word) {
	case "mr", "mrs", "ms", "miss", "mx", "mister", "sir", "dame", "lord", "lady", "rev", "reverend", "hon", "honorable", "capt", "captain", "col", "colonel", "lt", "sgt", "gen",
		"dr", "drs", "prof", "professor", "doctor", "doc",
		"herr", "herrn", "hr", "frau", "fr", "fräulein", "ing", "dipl-ing", "dipl-kfm", "dipl-kffr", "mag", "priv-doz", "pd", "hc", "habil",
		"mme", "mlle", "monsieur", "madame", "mademoiselle", "maître", "me",
		"sr", "sra", "srta", "señor", "señora", "señorita", "don", "doña", "dn", "dña",
		"sig", "sigra", "signor", "signora", "dott", "dottssa", "avv", "geom",
		"senhor", "senhora", "dra", "eng", "engª", "dhr", "mevr", "mw", "ir", "fru", "frk", "pan", "pani", "mgr", "inż":
		// Some of these are names without a point: Don, Fr, Me, Gen, Pan.
		return strings.HasSuffix(word, ".") || !ambiguousTitle(bareWord(word))
	}
	return false
}

// ambiguousTitle says that a title is a title only with its point: without it, it is a name
// as well.
func ambiguousTitle(bare string) bool {
	switch bare {
	case "don", "me", "gen", "col", "hon", "mag", "pan", "eng", "ing", "doc", "ir", "sr", "fr", "lt", "pd", "sig", "hc":
		return true
	}
	return false
}

// follows says that a word behind a comma is a generation or a degree.
func follows(word string) bool {
	if generation(strings.ToLower(word)) {
		return true
	}
	switch bareWord(word) {
	case "jr", "sr", "jnr", "snr", "junior", "senior", "esq", "esquire", "phd", "md", "do", "dds", "dmd", "dvm", "dphil", "edd", "psyd", "pharmd", "jd", "llm", "llb", "mba", "ma", "msc", "ms", "mphil", "mpa", "mph", "msw", "med", "meng",
		"ba", "bsc", "bs", "beng", "bcom", "cpa", "cfa", "cfp", "pmp", "rn", "np", "pe", "mbe", "obe", "cbe", "kc", "qc", "frs", "ret", "mdb", "usn", "usaf", "filho", "neto":
		return true
	}
	return false
}

// followsOpenly says that the last of some words is a suffix without a comma in front: what is
// a name as well (Ma, Do, Ba, Med) counts with points in it, or in capitals where the others
// are not.
func followsOpenly(word string, words []string) bool {
	if !follows(word) {
		return false
	}
	bare := bareWord(word)
	if len(bare) > 3 || generation(strings.ToLower(word)) {
		return bare != "junior" && bare != "senior" && bare != "neto" && bare != "filho" || len(words) > 2
	}
	switch bare {
	case "jr", "sr", "jnr", "snr", "esq", "phd", "mba", "cpa", "dds", "dvm", "dmd", "llm", "llb", "cfa", "pmp":
		return true
	}
	return strings.Contains(strings.TrimSuffix(word, "."), ".") || strings.ToUpper(word) == word && strings.ToUpper(words[0]) != words[0]
}

// particleOfName says that a word in front of a last name is a part of it.
func particleOfName(word string) bool {
	small := strings.ToLower(word)
	switch small {
	case "y", "e", "und", "and", "of", "the":
		return false
	case "vom", "van't", "'t", "op", "st.", "st", "saint", "san", "santa", "mac", "ben", "abu", "lo", "degli", "dei", "dalla", "dal", "vander", "vanden", "auf":
		return true
	}
	return particle(small)
}

// links says that a word joins two last names of one person.
func links(word string) bool {
	switch word {
	case "y", "e", "i":
		return true
	}
	return false
}

// small says that a particle is written small, as no first name is.
func small(word string) bool { return particleOfName(word) && strings.ToLower(word) == word }

// givenToo says that a particle is a first name, too.
func givenToo(word string) bool {
	switch strings.ToLower(word) {
	case "van", "al", "del", "do", "ben", "mac", "santa", "san", "abu":
		return true
	}
	return false
}

// eastern says that a word is in Chinese, Japanese or Korean writing.
func eastern(word string) bool {
	return !strings.ContainsFunc(word, func(r rune) bool {
		return !unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) && r != 'ー' && r != '・'
	})
}
