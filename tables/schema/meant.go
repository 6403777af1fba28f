package schema

import (
	"fmt"

	"tablestep/tables/typos"
)

// Meant ends a message about a word that is none of some names: with the one that was
// likely meant, or with nothing.
func Meant[Name ~string](word string, names []Name) string {
	texts := make([]string, len(names))
	for i, n := range names {
		texts[i] = string(n)
	}
	near := typos.Nearest(word, texts)
	if near == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", Excerpt(near))
}
