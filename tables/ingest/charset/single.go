package charset

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// A single is a set whose characters are a byte each.
type single struct {
	name      string
	table     *charmap.Charmap
	languages string
	prior     float64 // the logarithm of how often it is met beside windows-1252
	signs     *[256]sign
}

// singles are made once; nothing changes them.
var singles = sync.OnceValue(func() []single { //nolint:gochecknoglobals // made of a constant
	const (
		western = "western de fr es pt it sv da nb fi is ca nl en et"
		central = "central hu pl cs sk sl hr ro"
		east    = "east ru bg uk sr be"
	)
	all := []single{
		{name: "windows-1252", table: charmap.Windows1252, languages: western, prior: 0},
		{name: "windows-1250", table: charmap.Windows1250, languages: central, prior: -6},
		{name: "windows-1251", table: charmap.Windows1251, languages: east, prior: -6},
		{name: "windows-1253", table: charmap.Windows1253, languages: "el", prior: -6},
		{name: "windows-1254", table: charmap.Windows1254, languages: "tr", prior: -6},
		{name: "windows-1255", table: charmap.Windows1255, languages: "he", prior: -6},
		{name: "windows-1256", table: charmap.Windows1256, languages: "ar", prior: -6},
		{name: "windows-1257", table: charmap.Windows1257, languages: "lt lv et", prior: -7},
		{name: "windows-874", table: charmap.Windows874, languages: "th", prior: -6},
		{name: "ISO-8859-2", table: charmap.ISO8859_2, languages: central, prior: -8},
		{name: "ISO-8859-5", table: charmap.ISO8859_5, languages: east, prior: -9},
		{name: "ISO-8859-6", table: charmap.ISO8859_6, languages: "ar", prior: -9},
		{name: "ISO-8859-7", table: charmap.ISO8859_7, languages: "el", prior: -9},
		{name: "ISO-8859-8", table: charmap.ISO8859_8, languages: "he", prior: -9},
		{name: "KOI8-R", table: charmap.KOI8R, languages: "ru bg", prior: -7},
		{name: "KOI8-U", table: charmap.KOI8U, languages: "uk be", prior: -8},
		{name: "macintosh", table: charmap.Macintosh, languages: western, prior: -8},
		{name: "x-mac-cyrillic", table: charmap.MacintoshCyrillic, languages: east, prior: -10},
		{name: "IBM850", table: charmap.CodePage850, languages: western, prior: -8},
		{name: "IBM852", table: charmap.CodePage852, languages: central, prior: -9},
		{name: "IBM855", table: charmap.CodePage855, languages: east, prior: -11},
		{name: "IBM866", table: charmap.CodePage866, languages: "ru bg uk be", prior: -8},
	}
	for i := range all {
		all[i].signs = signsOf(all[i].table)
	}
	return all
})

// A sign is what a byte means in a set.
type sign struct {
	char   rune
	folded rune // edge is no letter
	upper  bool
	lower  bool
}

// plain tells a letter of ASCII.
func (s sign) plain() bool { return s.folded != edge && s.folded < utf8.RuneSelf }

func signsOf(table *charmap.Charmap) *[256]sign {
	var all [256]sign
	for i := range all {
		c := rune(i)
		if c >= utf8.RuneSelf {
			c = table.DecodeByte(byte(i))
		}
		all[i].char = c
		if letter(c) {
			all[i] = sign{c, fold(c), unicode.IsUpper(c), unicode.IsLower(c)}
		}
	}
	return &all
}

// weigh gives the best reading of a tally in any of the set's languages.
func (s single) weigh(t *tally) float64 {
	signs := s.signs
	shape := 0.0
	for _, p := range t.seen {
		shape += float64(t.pairs[p[0]][p[1]]) * odd(signs[p[0]], signs[p[1]])
	}
	best, first := 0.0, true
	for name := range strings.FieldsSeq(s.languages) {
		l := languages()[name]
		sum := shape + l.prior
		for _, p := range t.seen {
			a, b := signs[p[0]], signs[p[1]]
			sum += float64(t.pairs[p[0]][p[1]]) * l.reading(a, b)
		}
		for i := utf8.RuneSelf; l.latin && i < len(signs); i++ {
			if signs[i].folded != edge {
				sum += float64(t.alone[i]) * lonely
			}
		}
		if first || sum > best {
			best, first = sum, false
		}
	}
	return best + s.prior
}
