package typos

import (
	"strings"
	"unicode/utf8"
)

// maxMeant is the longest word, in characters, for which a name is looked for: what is
// longer is a text, and no name that was mistyped.
const maxMeant = 200

// Nearest is the one of some names that a word was most likely meant to be, empty where
// none is near: up to two typing errors, and no more than a third of the name. Case does
// not count. Of names that are equally near the first one is taken.
func Nearest(word string, names []string) string {
	meant := []rune(strings.ToLower(word))
	if len(meant) == 0 || len(meant) > maxMeant {
		return ""
	}
	best, least := "", 3
	var masks Masks
	masks.Set(meant)
	for _, name := range names {
		candidate := strings.ToLower(name)
		length := utf8.RuneCountInString(candidate)
		most := min(least-1, max(1, length/3))
		if d, ok := masks.DistanceOf(candidate, length, most); ok && d < length {
			best, least = name, d
		}
	}
	return best
}
