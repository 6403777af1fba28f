package typos

import "strings"

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
	var count Counter
	for _, name := range names {
		candidate := []rune(strings.ToLower(name))
		most := min(least-1, max(1, len(candidate)/3))
		if d, ok := count.Distance(meant, candidate, most); ok && d < len(candidate) {
			best, least = name, d
		}
	}
	return best
}
