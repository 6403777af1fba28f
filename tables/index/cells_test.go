package index_test

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/column"
	"tablestep/tables/index"
	"tablestep/tables/schema"
)

func TestACellWithSeveralDomainsIsRefusedWhereTheSecondBegins(t *testing.T) {
	t.Parallel()
	for cell, at := range map[string]int{
		"example.com, example.org": 13, "example.com;example.org": 12, "example.com | example.org": 14, "example.com example.org": 12,
		"example.com or example.org": 15, "a@example.com, b@example.org": 15, "com,org": 4, "https://a.com,https://b.com": 14, "a.com\nb.com": 6,
		"example.com，example.org": 14, "foo, bar": 5, "https://a.com/x b.com": 16,
	} {
		err := index.CheckCell(schema.ModeDomain, cell, schema.Notation{})
		require.ErrorContains(t, err, "there is more than one domain in it", cell)
		var bad *index.CellError
		require.ErrorAs(t, err, &bad)
		require.Equal(t, at, bad.Offset, cell)
	}
	for cell, host := range map[string]string{
		"example.com": "example.com", "example.com,": "example.com", "Jane Doe <jane@example.com>": "example.com", "example.com (parent)": "example.com",
		"https://example.com/a,b.html": "example.com", "https://www.acme.com/path": "acme.com", "www.acme.co.uk": "acme.co.uk", "*.acme.com": "acme.com",
		"*.www.acme.com": "acme.com", "www.gov.uk": "www.gov.uk", "www.com": "www.com", "www": "www", "wwwacme.com": "wwwacme.com", "//www.acme.com": "acme.com",
		"jane@www.acme.com": "acme.com", "https://www.acme.com:8443?x=y": "acme.com",
	} {
		require.NoError(t, index.CheckCell(schema.ModeDomain, cell, schema.Notation{}), cell)
		hits := lookUp(t, index.Part{Mode: schema.ModeDomain, Cells: column.FromStrings([]string{cell})}, "jo@"+host, "jo@below."+host, "jo@not"+host)
		require.Equal(t, []int32{0, 1, 2, 2}, hits.Starts, "%q is %q", cell, host)
	}
}

func TestAnAddressIsTheLocalPartOfAPersonAndAHost(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]bool{
		"jane@gmail.com": true, "@gmail.com": false, "gmail.com": false, "https://user@gmail.com": false, "gmail.com/@jane": false, "jane@": false, "": false,
	} {
		require.Equal(t, want, index.HasAddress(cell), cell)
	}
	require.True(t, index.HasAddress(" Jane <jane@gmail.com> "), "white space around it, and a name before")
}

func TestTheSignsOfAWildcardCanStandForThemselves(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		cell       string
		hits, not_ []string
	}{
		{`5\* hotel`, []string{"5* Hotel"}, []string{"5 hotel", "5x hotel", `5\* hotel`}},
		{`why\?`, []string{"why?"}, []string{"whyx", "why"}},
		{`\*`, []string{"*"}, []string{"x", "**", ""}},
		{`\\*`, []string{`\`, `\x`}, []string{"*", "x"}},
		{`\\\*`, []string{`\*`}, []string{`\x`, `\\*`}},
		{`\\server\share`, []string{`\\Server\Share`}, []string{`\server\share`}},
		{`c:\*.txt`, []string{`c:*.txt`}, []string{`c:\a.txt`}},
		{`a\`, []string{`a\`}, []string{"a"}},
		{`*\?*`, []string{"a?b", "?"}, []string{"ab", `\`}},
		{`?\**`, []string{"a*b", "a*"}, []string{"ab", "a"}},
	} {
		values := slices.Concat(c.hits, c.not_)
		hits := lookUp(t, index.Part{Mode: schema.ModeWildcard, Cells: column.FromStrings([]string{c.cell})}, values...)
		for i, value := range values {
			rows, _ := hits.Of(i)
			require.Equal(t, i < len(c.hits), len(rows) == 1, "%q %q", c.cell, value)
		}
	}
	// The rank is of the characters that stand for themselves.
	part := index.Part{Mode: schema.ModeWildcard, Cells: column.FromStrings([]string{"*a*", `\*a*`, "*", "?*", `\*a\*`})}
	hits := lookUp(t, part, "*a*")
	require.Equal(t, []int32{0, 1, 2, 3, 4}, hits.Rows)
	ranks := hits.RanksOf(0)
	require.Equal(t, 4, hits.Best(0))
	for _, pair := range [][2]int{{2, 3}, {3, 0}, {0, 1}, {1, 4}} {
		require.Less(t, ranks[pair[0]], ranks[pair[1]], pair)
	}
	var pairs []index.Pair
	for pair, err := range index.Duplicates(context.Background(), []index.Part{{Mode: schema.ModeWildcard, Cells: column.FromStrings([]string{`a**b`, "a*b", `a\*b`, `a\**b`})}}, nil) {
		require.NoError(t, err)
		pairs = append(pairs, pair)
	}
	require.Equal(t, []index.Pair{{First: 0, Second: 1}}, pairs)
}

func TestCellsThatMeanAnythingAreKnownByTheirForm(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		mode     schema.Mode
		list     []string
		has, not []string
	}{
		{schema.ModeNormalized, []string{"-"}, []string{"-", " – ", "—", "−", "\u2011", "－"}, []string{"", "--", "- -", "a", "ー"}},
		{schema.ModeNormalized, []string{"Any", "*"}, []string{"ANY", " any ", "*", "＊"}, []string{"", "anyone", "**"}},
		{schema.ModeExact, []string{"Any", "–"}, []string{"Any", " Any", "-", "—"}, []string{"ANY", ""}},
		{schema.ModeRegex, []string{"*", ""}, []string{"*", " ", ""}, []string{".*"}},
		{schema.ModeWildcard, nil, []string{"*", "**", " * "}, []string{"", "?", `\*`, "*a"}},
		{schema.ModeWildcard, []string{}, nil, []string{"*", ""}},
		{schema.ModeCondition, nil, []string{"-", "–", "", " "}, []string{"*", "null"}},
		{schema.ModeCondition, []string{"*"}, []string{"*"}, []string{"-", ""}},
		{schema.ModePrefix, nil, nil, []string{"-", "*", ""}},
	} {
		a := index.NewAnything(c.mode, c.list)
		require.Equal(t, len(c.list) == 0 && c.list != nil || c.mode == schema.ModePrefix, a.None())
		for _, cell := range c.has {
			require.True(t, a.Has(cell), "%s %q: %q", c.mode, c.list, cell)
		}
		for _, cell := range c.not {
			require.False(t, a.Has(cell), "%s %q: %q", c.mode, c.list, cell)
		}
	}
	var none index.Anything
	require.False(t, none.Has("-"))
}
