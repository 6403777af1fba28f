package index_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"tablestep/tables/column"
	"tablestep/tables/schema"
	"tablestep/tables/spelling"

	"github.com/stretchr/testify/require"

	"tablestep/tables/index"
)

// requireOnlyBest checks, of an index of which all answers to some tuples are known, that
// it gives the first of those with the highest rank where the best is asked for.
func requireOnlyBest(t testing.TB, ix index.Index, keys [][]string, all *index.Hits) {
	t.Helper()
	var best index.Hits
	require.NoError(t, ix.Probe(context.Background(), keys, index.Best, &best, nil))
	require.Equal(t, all.Len(), best.Len())
	for i := range all.Len() {
		rows, scores := all.Of(i)
		got, gotScores := best.Of(i)
		at := all.Best(i)
		if at < 0 {
			require.Empty(t, got)
			continue
		}
		require.Len(t, got, 1, "tuple %d", i)
		require.Equal(t, rows[at], got[0], "tuple %d: rows %v, ranks %v", i, rows, all.RanksOf(i))
		require.Equal(t, scores[at], gotScores[0])
		require.Equal(t, all.RanksOf(i)[at], best.RanksOf(i)[0])
	}
}

// A world is a kind of texts that mode Fuzzy compares.
type world struct {
	name string
	text func(r *rand.Rand) string
}

func worlds() []world {
	pieces := func(list ...string) func(r *rand.Rand) string {
		return func(r *rand.Rand) string { return pickOf(r, list...) }
	}
	first := pieces("acme", "global", "Müller", "Ürün Ltd. Şti.", "bananas", "north", "東京", "нова", "aa", "summit", "ïle")
	last := pieces("holding", "gmbh", "inc", "systems", "group", "株式会社", "services", "GmbH & Co. KG", "Øst", "логистика", "a", "labs ltd")
	return []world{
		{"companies", func(r *rand.Rand) string {
			name := first(r)
			for range r.IntN(4) {
				name += " " + pickOf(r, first, last)(r)
			}
			return name
		}},
		{"two letters", func(r *rand.Rand) string {
			b := make([]byte, 1+r.IntN(24))
			for i := range b {
				b[i] = "ab"[r.IntN(2)]
			}
			return string(b)
		}},
		{"numbered", func(r *rand.Rand) string { return fmt.Sprintf("account %07d holding", r.IntN(300)) }},
		{"long", func(r *rand.Rand) string {
			b := make([]byte, 40+r.IntN(280))
			for i := range b {
				b[i] = "abcdefgh"[r.IntN(8)] // texts that begin alike, so that some are near
				if i < 30 {
					b[i] = 'x'
				}
			}
			return string(b)
		}},
	}
}

// mistyped has some errors more, of all kinds, and swaps with others between.
func mistyped(r *rand.Rand, text string, errors int) string {
	x := []rune(text)
	for range errors {
		i := r.IntN(len(x))
		other := pickOf(r, 'a', 'b', 'é', 'x', x[r.IntN(len(x))])
		switch r.IntN(6) {
		case 0:
			x = slices.Insert(x, i, other)
		case 1:
			x[i] = other
		case 2:
			if len(x) > 1 {
				x = slices.Delete(x, i, i+1)
			}
		default:
			if far := i + 1 + r.IntN(3)/2; far < len(x) {
				x[i], x[far] = x[far], x[i]
				if r.IntN(3) == 0 {
					x = slices.Insert(x, i+1, other)
				}
				if r.IntN(4) == 0 && far == i+2 {
					x = slices.Delete(x, i+1, i+2)
				}
			}
		}
	}
	return string(x)
}

// fuzzyCase is one index of mode Fuzzy and what is looked up in it.
type fuzzyCase struct {
	cells, values []string
	part          index.Part
	listed        bool // with the lists of large columns
}

func (w world) of(r *rand.Rand, rows, values int) fuzzyCase {
	c := fuzzyCase{listed: r.IntN(3) > 0}
	for range rows {
		if len(c.cells) > 0 && r.IntN(3) == 0 {
			c.cells = append(c.cells, mistyped(r, pickOf(r, c.cells...), 1+r.IntN(5)))
			continue
		}
		c.cells = append(c.cells, w.text(r))
	}
	for range values {
		text := pickOf(r, c.cells...)
		if r.IntN(4) == 0 {
			text = w.text(r)
		}
		c.values = append(c.values, mistyped(r, text, r.IntN(7)))
	}
	c.part = index.Part{
		Mode: schema.ModeFuzzy, Threshold: pickOf(r, 0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.6, 0.5, 0.3),
		MaxErrors: pickOf(r, 0, 0, 0, 1, 2, 3, 7), Form: pickOf(r, "", "", schema.ModeNormalized, schema.ModeLoose, schema.ModeCompany),
		Cells: column.FromStrings(c.cells),
	}
	return c
}

// requireExact holds an index of mode Fuzzy against the whole matrix for each row.
func (c fuzzyCase) requireExact(t testing.TB) (hits int) {
	t.Helper()
	ix, err := index.Build(context.Background(), []index.Part{c.part})
	require.NoError(t, err)
	if c.listed {
		index.ListThrees(ix)
	}
	var all index.Hits
	require.NoError(t, ix.Probe(context.Background(), [][]string{c.values}, index.All, &all, nil))
	requireOnlyBest(t, ix, [][]string{c.values}, &all)
	threshold := c.part.Threshold
	if threshold == 0 {
		threshold = schema.DefaultThreshold
	}
	for i, value := range c.values {
		rows, scores := all.Of(i)
		at := 0
		for row, cell := range c.cells {
			score, ok := likeness(c.part.Form, c.part.MaxErrors, cell, value)
			if !ok || score < threshold-1e-9 {
				continue
			}
			require.Less(t, at, len(rows), "%v %s, listed %v: %q lacks row %q", c.part.Threshold, c.part.Form, c.listed, value, cell)
			require.Equal(t, int32(row), rows[at], "%v %s, listed %v: %q and row %q", c.part.Threshold, c.part.Form, c.listed, value, cell)
			require.InDelta(t, score, scores[at], 1e-6)
			at++
		}
		require.Len(t, rows, at, "surplus for %q", value)
		hits += at
	}
	return hits
}

// likeness is the similarity of the most similar keys of two texts, by the plain matrix,
// where they have no more errors than most; ok is false where there are none.
func likeness(form schema.Mode, most int, cell, value string) (score float64, ok bool) {
	keys := func(text string) []string {
		if normal(text) == "" {
			return nil
		}
		of := spelling.Normalized
		switch form {
		case schema.ModeLoose:
			of = spelling.Loose
		case schema.ModeCompany:
			of = spelling.Company
		}
		plain, paired := of.Keys(text)
		if paired == "" {
			return []string{plain}
		}
		return []string{plain, paired}
	}
	for _, c := range keys(cell) {
		for _, v := range keys(value) {
			a, b := []rune(c), []rune(v)
			errors := typos(a, b)
			if s := 1 - float64(errors)/float64(max(len(a), len(b))); (most == 0 || errors <= most) && (!ok || s > score) {
				score, ok = s, true
			}
		}
	}
	return score, ok
}

func TestFuzzyIsExactInAnyWorld(t *testing.T) {
	t.Parallel()
	for _, w := range worlds() {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			hits := 0
			for round := range rounds(t, 12) {
				r := rand.New(rand.NewPCG(uint64(round), 23))
				rows := 150
				if w.name == "long" {
					rows = 12
				}
				hits += w.of(r, rows, 40).requireExact(t)
			}
			require.Positive(t, hits)
		})
	}
}

// Where other parts leave few rows, these are looked at, and not the whole column.
func TestFuzzyIsHeldAgainstTheRowsThatOtherPartsLeave(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 5))
	w := worlds()[0]
	c := w.of(r, 3000, 60)
	c.part.Threshold, c.part.MaxErrors = 0.7, 0
	countries, keys := make([]string, len(c.cells)), [][]string{make([]string, len(c.values)), c.values}
	for i := range countries {
		countries[i] = fmt.Sprint("c", i%100)
	}
	for i := range keys[0] {
		keys[0][i] = fmt.Sprint("c", i%5)
	}
	for _, mode := range []schema.Mode{schema.ModeNormalized, schema.ModePrefix} {
		both, err := index.Build(context.Background(), []index.Part{{Mode: mode, Cells: column.FromStrings(countries)}, c.part})
		require.NoError(t, err)
		alone, err := index.Build(context.Background(), []index.Part{c.part})
		require.NoError(t, err)
		var some, all index.Hits
		few, many := index.NewBudget(plenty, nil), index.NewBudget(plenty, nil)
		require.NoError(t, both.Probe(context.Background(), keys, index.All, &some, few))
		require.NoError(t, alone.Probe(context.Background(), keys[1:], index.All, &all, many))
		if mode == schema.ModeNormalized {
			require.Less(t, 2*few.Used(), many.Used())
		}
		for i := range c.values {
			var want []int32
			rows, _ := all.Of(i)
			for _, row := range rows {
				if countries[row] == keys[0][i] || mode == schema.ModePrefix && strings.HasPrefix(keys[0][i], countries[row]) {
					want = append(want, row)
				}
			}
			got, _ := some.Of(i)
			require.ElementsMatch(t, want, got)
		}
	}
}

// A text with more errors is as near as one with fewer if it is so much longer.
func TestTheFirstOfEquallyNearRowsIsTheBestWhateverItsErrors(t *testing.T) {
	t.Parallel()
	for threshold, cells := range map[float64][]string{
		0.5: {"abcd", "ax"}, // of ab: two errors of four characters, one of two
		0.2: {"abcdefyyyxxxz", "abcxxx", "abcdefyyy", "abcdeyy"},
	} {
		value := map[float64]string{0.5: "ab", 0.2: "abcdef"}[threshold]
		p := index.Part{Mode: schema.ModeFuzzy, Threshold: threshold, Cells: column.FromStrings(cells)}
		ix, err := index.Build(context.Background(), []index.Part{p})
		require.NoError(t, err)
		var all index.Hits
		require.NoError(t, ix.Probe(context.Background(), [][]string{{value}}, index.All, &all, nil))
		require.Equal(t, len(cells), len(all.Rows))
		requireOnlyBest(t, ix, [][]string{{value}}, &all)
	}
}
