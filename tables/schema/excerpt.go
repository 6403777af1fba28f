package schema

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Excerpt cuts a text that goes into a message, between characters.
func Excerpt(s string) string {
	const most = 80
	if len(s) > most {
		cut := most
		for cut > 0 && !utf8.RuneStart(s[cut]) {
			cut--
		}
		s = s[:cut] + "…"
	}
	return Visible(s)
}

// Visible puts spaces in place of control characters.
func Visible(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
}
