package schema_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/schema"
)

func TestTextsAreCutBetweenCharacters(t *testing.T) {
	for _, c := range []struct {
		text string
		most int
		want string
	}{
		{"", 0, ""},
		{"abc", 3, "abc"},
		{"abcd", 3, "abc…"},
		{"abé", 3, "ab…"},
		{"日本", 2, "…"},
		{"日本", 3, "日…"},
	} {
		require.Equal(t, c.want, schema.Cut(c.text, c.most), "%q", c.text)
	}
	require.Equal(t, "a b ", schema.Excerpt("a\nb\x00"))
	require.Equal(t, strings.Repeat("x", 80), schema.Excerpt(strings.Repeat("x", 80)))
	require.Equal(t, strings.Repeat("x", 80)+"…", schema.Excerpt(strings.Repeat("x", 81)))
}
