package index_test

import (
	"context"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/tables/column"
	"tablestep/tables/index"
	"tablestep/tables/schema"
)

// witnesses are values of which one hits two cells of the mode wherever any value
// does.
func witnesses(c judgedColumn) []string {
	values := []string{"", "something else", "-"}
	var numbers []*big.Rat
	var times []time.Time
	note := func(text string) {
		values = append(values, text, "a@"+text)
		if n, ok := rat(text); ok {
			numbers = append(numbers, n)
		}
		if from, over, ok := moment(text); ok {
			times = append(times, from, over)
		}
	}
	for _, j := range c.cells {
		for _, text := range scalarsIn(j.cell) {
			note(text)
		}
		for _, text := range scalarsIn(j.to) {
			note(text)
		}
	}
	slices.SortFunc(numbers, (*big.Rat).Cmp)
	for i := range numbers {
		if i > 0 {
			middle := new(big.Rat).Add(numbers[i-1], numbers[i])
			values = append(values, middle.Quo(middle, big.NewRat(2, 1)).FloatString(20))
		}
	}
	if len(numbers) > 0 {
		one := big.NewRat(1, 1)
		values = append(values, new(big.Rat).Sub(numbers[0], one).FloatString(20), new(big.Rat).Add(numbers[len(numbers)-1], one).FloatString(20))
	}
	for _, t := range times {
		for _, d := range []time.Duration{-time.Second / 2, 0, time.Second / 2} {
			values = append(values, t.Add(d).UTC().Format(time.RFC3339Nano))
		}
	}
	return values
}

// scalarsIn are the texts between the signs of a cell, and the cell itself.
func scalarsIn(cell string) []string {
	found := []string{cell}
	word := ""
	for _, r := range cell + "," {
		switch r {
		case ',', '(', ')', '[', ']', '"', '<', '>', '=', '“', '”', '@', '/', '*':
			found = append(found, trimEnds(word)...)
			word = ""
		default:
			word += string(r)
		}
	}
	return found
}

// trimEnds are a word, and the two parts of it around each hyphen and "..".
func trimEnds(word string) []string {
	parts := []string{normal(word)}
	for i := range word {
		if word[i] == '-' {
			parts = append(parts, normal(word[:i]), normal(word[i+1:]))
		}
		if i+1 < len(word) && word[i:i+2] == ".." {
			parts = append(parts, normal(word[:i]), normal(word[i+2:]))
		}
	}
	return parts
}

// meeting says for each two rows whether a witness hits both.
func meeting(c judgedColumn) func(a, b int) bool {
	values := witnesses(c)
	hit := make([][]bool, len(c.cells))
	for row := range c.cells {
		hit[row] = make([]bool, len(values))
		for i, v := range values {
			_, _, hit[row][i] = c.judge(row, v)
		}
	}
	return func(a, b int) bool {
		for i := range values {
			if hit[a][i] && hit[b][i] {
				return true
			}
		}
		return false
	}
}

// numbersOnly keeps the ranges apart of which overlaps are exact.
func numbersOnly(w writer) writer {
	cell := w.cell
	w.cell = func(r *rand.Rand) judged {
		for {
			if j := cell(r); j.cell == "" || j.cell[0] <= '>' && j.cell[0] != '"' {
				return j
			}
		}
	}
	return w
}

// withoutFunctions keeps the conditions of which overlaps are exact.
func withoutFunctions(w writer) writer {
	cell := w.cell
	w.cell = func(r *rand.Rand) judged {
		for {
			if j := cell(r); !strings.Contains(j.cell, "contains") && !strings.Contains(j.cell, "With") {
				return j
			}
		}
	}
	return w
}

func TestOverlapsAreThoseThatAValueCanHit(t *testing.T) {
	exact := []writer{
		exactWriter(), normalizedWriter(), prefixWriter(), suffixWriter(), domainWriter(), cidrWriter(),
		numbersOnly(rangeWriter()), endsWriter(), withoutFunctions(conditionWriter()),
	}
	for i := range len(exact) + rounds(t, 10) {
		r := rand.New(rand.NewPCG(5, uint64(i)))
		rows := pickOf(r, 0, 1, 3, 40)
		columns := []judgedColumn{exact[i%len(exact)].column(r, rows, true)}
		if i >= len(exact) {
			rows = 100
			columns = nil
			for range 1 + r.IntN(3) {
				columns = append(columns, exact[r.IntN(len(exact))].column(r, rows, r.IntN(2) == 0))
			}
		}
		var parts []index.Part
		var meets []func(a, b int) bool
		name := ""
		for _, c := range columns {
			parts = append(parts, c.part())
			meets = append(meets, meeting(c))
			name += string(c.mode) + " "
		}
		var want, got []index.Pair
		for b := range rows {
			for a := range b {
				if !slices.ContainsFunc(meets, func(meet func(a, b int) bool) bool { return !meet(a, b) }) {
					want = append(want, index.Pair{First: a, Second: b})
					break
				}
			}
		}
		for pair, err := range index.Overlaps(context.Background(), parts, nil) {
			require.NoError(t, err)
			got = append(got, pair)
		}
		for _, p := range append(slices.Clone(want), got...) {
			if !slices.Contains(want, p) || !slices.Contains(got, p) {
				cells := ""
				for _, c := range columns {
					cells += fmt.Sprintf("%q %q, %q %q; ", c.cells[p.First].cell, c.cells[p.First].to, c.cells[p.Second].cell, c.cells[p.Second].to)
				}
				t.Fatalf("%s: %v wanted %v, got %v: %s", name, p, slices.Contains(want, p), slices.Contains(got, p), cells)
			}
		}
	}
}

func pairs(t *testing.T, mode schema.Mode, cells ...string) (overlaps, duplicates []index.Pair) {
	t.Helper()
	parts := []index.Part{{Mode: mode, Cells: column.FromStrings(cells)}}
	for p, err := range index.Overlaps(context.Background(), parts, nil) {
		require.NoError(t, err)
		overlaps = append(overlaps, p)
	}
	for p, err := range index.Duplicates(context.Background(), parts, nil) {
		require.NoError(t, err)
		duplicates = append(duplicates, p)
	}
	return overlaps, duplicates
}

func TestOverlapsAndDuplicatesAreFoundWithBothRows(t *testing.T) {
	for _, c := range []struct {
		mode       schema.Mode
		cells      []string
		overlaps   []index.Pair
		duplicates []index.Pair
	}{
		{schema.ModeNormalized, []string{"US", "CA", "us ", "Us"}, []index.Pair{{0, 2}, {0, 3}}, []index.Pair{{0, 2}, {0, 3}}},
		{schema.ModeExact, []string{"US", "us", ""}, nil, nil},
		{schema.ModeRange, []string{"0-10", "11-20", "15..", "2024-01-01..2024-01-31", "10", ">=100"}, []index.Pair{{1, 2}, {0, 4}, {2, 5}}, nil},
		{schema.ModePrefix, []string{"12", "1", "13", "12"}, []index.Pair{{0, 1}, {1, 2}, {0, 3}}, []index.Pair{{0, 3}}},
		{schema.ModeContains, []string{"vice president", "sales", "President", "PRES", "sales ", "vp"}, []index.Pair{{0, 2}, {0, 3}, {1, 4}}, []index.Pair{{1, 4}}},
		{schema.ModeDomain, []string{"acme.com", "mail.acme.com", "me.com", "@ACME.com"}, []index.Pair{{0, 1}, {0, 3}}, []index.Pair{{0, 3}}},
		{schema.ModeCIDR, []string{"10.0.0.0/8", "11.0.0.0/8", "10.1.2.3", "10.9.9.9/8"}, []index.Pair{{0, 2}, {0, 3}}, []index.Pair{{0, 3}}},
		{schema.ModeWords, []string{"vice president", "president", "sales", "President, Vice"}, []index.Pair{{0, 1}, {0, 3}}, []index.Pair{{0, 3}}},
		{schema.ModeWildcard, []string{"a*", "ab*", "A**"}, []index.Pair{{0, 2}}, []index.Pair{{0, 2}}},
		{schema.ModeRegex, []string{"a+", "A+", "a+"}, []index.Pair{{0, 2}}, []index.Pair{{0, 2}}},
		{schema.ModeFuzzy, []string{"Acme Holding", "Acme Holdings", "Other"}, []index.Pair{{0, 1}}, nil},
		{schema.ModeCondition, []string{`"5"`, "[1..9]", `"12"`, "not(5)", "> 11"}, []index.Pair{{0, 1}, {1, 3}, {2, 4}}, nil},
		{schema.ModeCondition, []string{`startsWith("US-")`, `"US-CA","CA"`, `endsWith("CA")`, `contains("x")`, `not(contains("S"))`, "not(< 5)"}, []index.Pair{{0, 1}, {1, 2}, {1, 4}}, nil},
		{schema.ModeCondition, []string{`"US","CA"`, `not("US")`, "> 5", "[1..5]", "-"}, []index.Pair{{0, 1}, {1, 2}, {1, 3}, {0, 4}}, nil},
	} {
		overlaps, duplicates := pairs(t, c.mode, c.cells...)
		require.Equal(t, c.overlaps, overlaps, "%s %q", c.mode, c.cells)
		require.Equal(t, c.duplicates, duplicates, "%s %q", c.mode, c.cells)
	}
}

func TestRowsInAFormOverlapIfTheyHaveAKeyInCommon(t *testing.T) {
	t.Parallel()
	overlaps, duplicates := pairs(t, schema.ModeLoose, "Zürich", "Zurich", "ZUERICH", "zürich!", "Bern", "Zuerich", "")
	require.Equal(t, []index.Pair{{First: 0, Second: 1}, {First: 0, Second: 2}, {First: 0, Second: 3}, {First: 0, Second: 5}}, overlaps)
	require.Equal(t, []index.Pair{{First: 0, Second: 3}, {First: 2, Second: 5}}, duplicates)
	overlaps, _ = pairs(t, schema.ModeLoose, "Zurich", "Zuerich", "Zürich")
	require.Equal(t, []index.Pair{{First: 0, Second: 2}}, overlaps, "a value with the mark hits the first two, and neither is spelt so")
}

func TestOverlapsEndWithTheFirstError(t *testing.T) {
	parts := []index.Part{{Mode: schema.ModeRange, Cells: column.FromStrings([]string{"1-2", "5-7"})}}
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	count := 0
	for _, err := range index.Overlaps(gone, parts, nil) {
		require.ErrorIs(t, err, context.Canceled)
		count++
	}
	for _, err := range index.Duplicates(gone, parts, nil) {
		require.ErrorIs(t, err, context.Canceled)
		count++
	}
	require.Equal(t, 2, count)
}

// A version may be older than the rules by which its cells are read.
func TestARowThatCannotBeReadStandsInNobodysWay(t *testing.T) {
	overlaps, duplicates := pairs(t, schema.ModeRange, "1-9", "9-1", "2-3", "9-1", "1-9")
	require.Equal(t, []index.Pair{{0, 2}, {0, 4}}, overlaps)
	require.Equal(t, []index.Pair{{0, 4}}, duplicates)
}
