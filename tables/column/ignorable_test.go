package column_test

import (
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"tablestep/tables/column"
)

// defaultIgnorable is Default_Ignorable_Code_Point as Unicode derives it.
func defaultIgnorable(r rune) bool {
	switch {
	case unicode.Is(unicode.White_Space, r), r >= 0xFFF9 && r <= 0xFFFB, r >= 0x13430 && r <= 0x13440, unicode.Is(unicode.Prepended_Concatenation_Mark, r):
		return false
	}
	return unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Variation_Selector, r)
}

func TestWhatCannotBeSeenIsLeftOutAndNothingElse(t *testing.T) {
	seen := 0
	before := false
	for r := rune(0); r <= unicode.MaxRune; r++ {
		want := defaultIgnorable(r)
		edge := want != before || defaultIgnorable(r+1) != want
		before = want
		// All of them, and their neighbours; the rest is a million of others.
		if !want && !edge || r >= 0xD800 && r < 0xE000 || want && !edge && r > 0xE0000 && r%64 != 0 {
			continue
		}
		seen++
		require.Equal(t, want, column.Normalize("a"+string(r)+"b") == "ab", "%U", r)
	}
	require.Greater(t, seen, 150)
}
