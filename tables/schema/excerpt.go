package schema

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Cut is the one way to shorten a text for a message: at most so many bytes of it, whole
// characters, and … behind them where something is left out.
func Cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most] + "…"
}

// Excerpt is the beginning of a stranger's text, fit for a line of a message: control
// characters become spaces.
func Excerpt(s string) string { return Visible(Cut(s, 80)) }

// Visible puts spaces in place of control characters.
func Visible(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
}
