package index

import (
	"strings"
	"unicode"
)

// opening is what words before or behind a number make of it.
type opening uint8

const (
	noOpening opening = iota
	fromIt            // it and more
	overIt            // more
	upToIt            // it and less
	underIt           // less
	twoEnds           // between this one and another
)

// phrase is words with what they mean.
type phrase struct {
	words []string
	means opening
}

func phrases(means opening, texts ...string) []phrase {
	var list []phrase
	for _, text := range texts {
		list = append(list, phrase{strings.Fields(text), means})
	}
	return list
}

// frontPhrases stand before a number, longer ones first where they begin alike;
// behindPhrases stand behind it, and joints between two.
var (
	frontPhrases = join( //nolint:gochecknoglobals // made once, and read only
		phrases(twoEnds, "between"),
		phrases(fromIt, "from", "at least", "not less than", "no less than", "min", "min.", "minimum", "starting at", "starting from", "since"),
		phrases(overIt, "over", "above", "more than", "greater than", "larger than", "bigger than", "higher than", "exceeding", "after"),
		phrases(upToIt, "up to", "at most", "not more than", "no more than", "max", "max.", "maximum", "until", "till", "through", "to"),
		phrases(underIt, "under", "below", "less than", "fewer than", "smaller than", "lower than", "before"),
	)
	behindPhrases = join( //nolint:gochecknoglobals // made once, and read only
		phrases(fromIt, "and up", "and above", "and over", "and more", "and greater", "and higher", "and later", "and after", "or more", "or above", "or over", "or up", "or greater", "or higher", "or later", "plus"),
		phrases(upToIt, "and below", "and under", "and less", "and fewer", "and lower", "and down", "and earlier", "or less", "or fewer", "or below", "or under", "or lower", "or earlier"),
	)
	joints        = []string{"to", "through", "thru", "until", "till"} //nolint:gochecknoglobals // made once, and read only
	betweenJoints = []string{"and", "to"}                              //nolint:gochecknoglobals // made once, and read only
)

func join(lists ...[]phrase) []phrase {
	var all []phrase
	for _, list := range lists {
		all = append(all, list...)
	}
	return all
}

// cutFront cuts the words off that a span begins with; at is where the rest begins.
func cutFront(text string) (means opening, at int, ok bool) {
	if text == "" || !isASCIILetter(text[0]) {
		return noOpening, 0, false
	}
	for _, p := range frontPhrases {
		if at := skipWords(text, p.words); at > 0 {
			return p.means, at, true
		}
	}
	return noOpening, 0, false
}

func isASCIILetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// skipWords is where a text goes on behind words and white space, 0 where it does not
// begin with them.
func skipWords(text string, words []string) int {
	at := 0
	for _, word := range words {
		rest, ok := cutFold(text[at:], word)
		if !ok {
			return 0
		}
		trimmed := strings.TrimLeftFunc(rest, unicode.IsSpace)
		if trimmed == rest || trimmed == "" {
			return 0
		}
		at = len(text) - len(trimmed)
	}
	return at
}

// cutBehind cuts the words off that a span ends with; end is where they begin, with the
// white space before them.
func cutBehind(text string) (means opening, end int, ok bool) {
	if text == "" || !isASCIILetter(text[len(text)-1]) {
		return noOpening, 0, false
	}
	for _, p := range behindPhrases {
		end := len(text)
		for i := len(p.words) - 1; i >= 0 && end > 0; i-- {
			end = skipLastWord(text[:end], p.words[i])
		}
		if end > 0 {
			return p.means, end, true
		}
	}
	return noOpening, 0, false
}

// skipLastWord is where a text ends before its last word and white space, 0 where the last
// word is another one.
func skipLastWord(text, word string) int {
	at := len(text) - len(word)
	if at <= 0 || !strings.EqualFold(text[at:], word) {
		return 0
	}
	trimmed := strings.TrimRightFunc(text[:at], unicode.IsSpace)
	if len(trimmed) == at {
		return 0
	}
	return len(trimmed)
}

// cutJoint cuts a text at the first of some words that stands between others.
func cutJoint(text string, joints []string) (low, high string, highAt int, ok bool) {
	at := 0
	for at < len(text) {
		space := strings.IndexFunc(text[at:], unicode.IsSpace)
		if space < 0 {
			break
		}
		space += at
		word := space + len(text[space:]) - len(strings.TrimLeftFunc(text[space:], unicode.IsSpace))
		for _, joint := range joints {
			if n := skipWords(text[word:], []string{joint}); n > 0 {
				return text[:space], text[word+n:], word + n, true
			}
		}
		at = word
	}
	return "", "", 0, false
}
