package rules

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// particle says that a word inside a name stays small.
func particle(word string) bool {
	switch word {
	case "van", "von", "der", "den", "de", "da", "di", "du", "del", "della", "dos", "das", "do", "la", "le", "el", "al", "bin", "ibn", "ter", "ten", "zu", "zum", "zur", "af", "av", "y", "e", "und", "and", "of", "the":
		return true
	}
	return false
}

// titleCase gives a name capital first letters. A word in mixed case was typed
// with care and stays.
func titleCase(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	first := true
	for len(s) > 0 {
		end := strings.IndexFunc(s, unicode.IsSpace)
		if end < 0 {
			end = len(s)
		}
		if end > 0 {
			b.WriteString(titleWord(s[:end], first))
			first = false
			s = s[end:]
			continue
		}
		_, size := utf8.DecodeRuneInString(s)
		b.WriteString(s[:size])
		s = s[size:]
	}
	return b.String()
}

// titleWord cases one word, its parts between hyphens one by one.
func titleWord(word string, first bool) string {
	if mixed(word) {
		return word
	}
	// Only Turkish and its neighbours have İ and ı, and there the small I is ı.
	letters := casing{turkish: strings.ContainsAny(word, "İı")}
	small := letters.lower(word)
	if !first && particle(small) {
		return small
	}
	if !first && generation(small) {
		return strings.ToUpper(small)
	}
	parts := strings.Split(small, "-")
	for i, p := range parts {
		parts[i] = letters.part(p)
	}
	return strings.Join(parts, "-")
}

// generation says that a word behind a name counts the bearers of that name. One letter
// is large in any case; vi and xi are left out, because they are names of their own in
// Vietnam and China.
func generation(word string) bool {
	switch strings.Trim(word, "(),.;") {
	case "ii", "iii", "iv", "vii", "viii", "ix", "xii", "xiii", "xiv", "xv", "xvi", "xvii", "xviii", "xix", "xx", "xxi", "xxii", "xxiii":
		return true
	}
	return false
}

// mixed says that a word has a capital letter behind a small one.
func mixed(word string) bool {
	small := false
	for _, r := range word {
		if unicode.IsLower(r) {
			small = true
		} else if unicode.IsUpper(r) && small {
			return true
		}
	}
	return false
}

// casing is which letters are a pair: i and I, or, in Turkish, i and İ, ı and I.
type casing struct{ turkish bool }

func (c casing) lower(s string) string {
	if c.turkish {
		return strings.ToLowerSpecial(unicode.TurkishCase, s)
	}
	return strings.ToLower(s)
}

// finalSigma writes the small Greek sigma at the end of a word, behind a letter, as the
// letter that it is there.
func finalSigma(s string) string {
	end := strings.LastIndex(s, "σ")
	if end <= 0 || strings.ContainsFunc(s[end+len("σ"):], unicode.IsLetter) {
		return s
	}
	if before, _ := utf8.DecodeLastRuneInString(s[:end]); !unicode.IsLetter(before) && !unicode.IsMark(before) {
		return s
	}
	return s[:end] + "ς" + s[end+len("σ"):]
}

func (c casing) title(r rune) rune {
	if c.turkish {
		return unicode.TurkishCase.ToTitle(r)
	}
	return unicode.ToTitle(r)
}

// part cases a part without hyphens: O'Neil, d'Angelo's D'Angelo, McDonald, J.R.
func (c casing) part(p string) string {
	p = finalSigma(p)
	// One or two letters, an apostrophe and at least three more: O'Neil, and not Women's.
	if at := strings.IndexAny(p, "'’"); at > 0 && at <= 2 {
		_, size := utf8.DecodeRuneInString(p[at:])
		if rest := p[at+size:]; utf8.RuneCountInString(rest) > 2 {
			return c.capital(p[:at]) + p[at:at+size] + c.capital(rest)
		}
	}
	// Names on Mac are left alone, for Macey and Mack are no MacEy and MacK.
	if rest, ok := strings.CutPrefix(p, "mc"); ok && utf8.RuneCountInString(rest) > 2 {
		return "Mc" + c.capital(rest)
	}
	if strings.Contains(p, ".") {
		return c.initials(c.capital(p))
	}
	return c.capital(p)
}

// capital makes the first letter large; what stands in front of it stays.
func (c casing) capital(s string) string {
	for i, r := range s {
		if unicode.IsLetter(r) {
			return s[:i] + string(c.title(r)) + s[i+utf8.RuneLen(r):]
		}
		if unicode.IsDigit(r) {
			return s
		}
	}
	return s
}

// initials makes letters large that stand alone between points, and the letter behind
// one that does: J.R., A.J., Ph.D., J.Smith, and not Example.com.
func (c casing) initials(s string) string {
	r := []rune(s)
	// alone says that the letter at i has no other letter or digit on its left.
	alone := func(i int) bool { return i == 0 || !unicode.IsLetter(r[i-1]) && !unicode.IsDigit(r[i-1]) }
	for i := range r {
		if !unicode.IsLetter(r[i]) || i == 0 || r[i-1] != '.' {
			continue
		}
		afterInitial := i >= 2 && unicode.IsLetter(r[i-2]) && alone(i-2)
		if afterInitial || i+1 == len(r) || r[i+1] == '.' {
			r[i] = c.title(r[i])
		}
	}
	return string(r)
}

// toASCII takes the accents off and spells letters that are not ASCII.
func toASCII(s string) string {
	ascii := true
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			ascii = false
			break
		}
	}
	if ascii {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	// Decomposed, an accent is a mark of its own, which is left out.
	for _, r := range norm.NFKD.String(s) {
		switch {
		case r < utf8.RuneSelf:
			b.WriteRune(r)
		case unicode.Is(unicode.Mn, r):
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		default:
			b.WriteString(spell(r))
		}
	}
	return b.String()
}

// spell is the ASCII form of a letter that does not decompose.
func spell(r rune) string {
	switch r {
	case 'ß':
		return "ss"
	case 'ẞ':
		return "SS"
	case 'ø':
		return "o"
	case 'Ø':
		return "O"
	case 'æ':
		return "ae"
	case 'Æ':
		return "AE"
	case 'œ':
		return "oe"
	case 'Œ':
		return "OE"
	case 'ł':
		return "l"
	case 'Ł':
		return "L"
	case 'đ', 'ð':
		return "d"
	case 'Đ', 'Ð':
		return "D"
	case 'þ':
		return "th"
	case 'Þ':
		return "Th"
	case 'ı':
		return "i"
	case 'ħ':
		return "h"
	case 'Ħ':
		return "H"
	case 'ŋ':
		return "n"
	case '‘', '’', '‚', '′', 'ʼ':
		return "'"
	case '“', '”', '„', '″':
		return `"`
	case '–', '—', '−', '‐', '‑':
		return "-"
	// Characters without a width.
	case '\u200b', '\u200c', '\u200d', '\ufeff', '\u00ad':
		return ""
	}
	return "?"
}
