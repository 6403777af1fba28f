package index_test

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tablestep/tables/column"
	"tablestep/tables/index"
	"tablestep/tables/notation"
	"tablestep/tables/schema"
)

// probes are values that are no numbers and no dates, in no notation, and no spans of them.
var probes = []string{"zzz", "aaa", "mm", "!", "~~", "é", "5x", "10x", "007-x", "1.2.3", "k", "#5", "9 lives", "東京", "Zebra", "11/", "50 k g", ":", "1,2,3,"}

// notations are those that a column may have.
func notations() *rapid.Generator[schema.Notation] {
	return rapid.Custom(func(t *rapid.T) schema.Notation {
		return schema.Notation{
			Numbers: rapid.SampledFrom(append(notation.Conventions(), "")).Draw(t, "numbers"),
			Dates:   rapid.SampledFrom(append(notation.Orders(), "")).Draw(t, "dates"),
			Unit:    rapid.SampledFrom([]string{"", "", "kg"}).Draw(t, "unit"),
		}
	})
}

// ends are what people write for a number, an amount or a date.
var ends = []string{
	"5", "10", "0", "-5", "1,000", "1.000", "1 000", "1'000", "1,5", "1.5", ".5", "5.", "0,123", "12,34,567", "5K", "5k", "1.5M", "$5", "$ 1,200", "5 €", "USD 5", "5 EUR",
	"15%", "5 kg", "10kg", "007", "1e3", "½", "①", "１２", "٣", "2024-01-31", "2024/01/31", "31/01/2024", "01/31/2024", "1.2.2024", "31.1.24", "20240131", "2024-13-01",
	"2024-01-31 10:00", "10-Jan", "5 Jan 2024", "24/7", "1.2.3", "94105-1234", "+1 416", "(5)", "0x10", "#5", "~5", "--5", "7-Eleven", "3M", "5x", "A", "Fox", "$", "€ x", "",
}

// operatorsWritten and words stand before, between and behind ends.
var (
	operatorsWritten = []string{"", "", ">", ">=", "<", "<= ", "≤", "≥", "=", "==", "=>", "> =", "up to ", "under ", "over ", "from ", "at least ", "between ", "[", "(", "not "}
	between          = []string{"", "", "-", "–", " — ", "..", " .. ", "...", " to ", " and ", " or ", ";", ", ", ",", " and < ", " & <", "…", "/", " "}
	behindEnds       = []string{"", "", "", "+", " and up", " or more", "]", ")", "[", " people", "%", "K", " plus", " or less"}
)

// written are cells that people write, well and badly.
func written() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		cell := rapid.SampledFrom(operatorsWritten).Draw(t, "operator") + rapid.SampledFrom(ends).Draw(t, "low")
		cell += rapid.SampledFrom(between).Draw(t, "between")
		if rapid.Bool().Draw(t, "two ends") {
			cell += rapid.SampledFrom(ends).Draw(t, "high")
		}
		return cell + rapid.SampledFrom(behindEnds).Draw(t, "behind")
	})
}

// beginsWithLetter finds an end that begins with a letter: directly behind an operator, a
// bracket, a dash or two points, or at the start.
var beginsWithLetter = regexp.MustCompile(`(?:^|[<>=≤≥\[(]|\.\.|…|[-–—])\s*\pL`)

func TestNothingIsOrderedAsATextUnlessItBeginsWithALetter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := notations().Draw(t, "notation")
		cell := written().Draw(t, "cell")
		for _, mode := range []schema.Mode{schema.ModeRange, schema.ModeCondition} {
			if index.CheckCell(mode, cell, n) == nil {
				requireNotOrdered(t, mode, cell, n)
			}
		}
	})
}

// requireNotOrdered looks probes up in a cell that is understood. They are hit only as its
// equals, unless an end of it begins with a letter or stands in quotes, or it means anything
// or not().
func requireNotOrdered(t require.TestingT, mode schema.Mode, cell string, n schema.Notation) {
	normal := column.Normalize(cell)
	if normal == "" || normal == "-" || strings.HasPrefix(normal, "not") || strings.ContainsAny(cell, "\"“”!≠") || strings.Contains(cell, "<>") || beginsWithLetter.MatchString(cell) {
		return
	}
	hits := lookUp(t, index.Part{Mode: mode, Cells: column.FromStrings([]string{cell}), Notation: n, Values: n}, probes...)
	items := []string{normal}
	for item := range strings.SplitSeq(cell, ",") {
		items = append(items, column.Normalize(strings.TrimLeft(column.Normalize(item), "= ")))
	}
	for i, value := range probes {
		rows, _ := hits.Of(i)
		require.True(t, len(rows) == 0 || slices.Contains(items, column.Normalize(value)), "%s %q, written as %v, orders %q", mode, cell, n, value)
	}
}

// In the two columns of a range an end is what it looks like, or the row is refused.
func TestNoEndInTwoColumnsIsOrderedAsATextUnlessItBeginsWithALetter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := notations().Draw(t, "notation")
		low, high := rapid.SampledFrom(ends).Draw(t, "low"), rapid.SampledFrom(ends).Draw(t, "high")
		if index.CheckRange(low, high, n) != nil || beginsWithLetter.MatchString(low) || beginsWithLetter.MatchString(high) {
			return
		}
		p := index.Part{Mode: schema.ModeRange, Cells: column.FromStrings([]string{low}), To: column.FromStrings([]string{high}), Notation: n, Values: n}
		require.Empty(t, lookUp(t, p, probes...).Rows, "%q to %q", low, high)
	})
}

// texts are what people write for a name, a code or a title.
func texts() *rapid.Generator[string] {
	word := rapid.SampledFrom([]string{
		"US", "CA", "Acme", "O'Neil", "and", "or", "not", "OR", "to", "up", "over", "7", "24", "3M", "1.2", "+1", "416", "555-0123", "&", "/", "-", "+", "#", "%", "(R)", "Toys", "Inc.", "C++",
		"x_1", "a.b", "Yahoo!", "é", "東京", "2024", "Q1", "$x", "½", "'n", "contains", "startsWith", "date", "true-ish", "K", "*", "?", "5kg", "10+", "Jan", "null-ish", "..", "@", "~",
	})
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(word, 1, 4).Draw(t, "words"), rapid.SampledFrom([]string{" ", "", "  ", "/", "-"}).Draw(t, "sign"))
	})
}

var callWritten = regexp.MustCompile(`(?i)^(?:\(|not *\(|(?:contains|startswith|date)\()`)

func TestATextForEqualityKeepsItsMeaning(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := notations().Draw(t, "notation")
		text := texts().Draw(t, "text")
		_, isNumber := n.Number(text)
		_, isDate := n.Date(text)
		// What is a call, or not() of a list, was no text before either.
		if isNumber || isDate || strings.Trim(text, "-/ ") == "" || callWritten.MatchString(text) {
			return
		}
		values := append([]string{text, " " + strings.ToUpper(text) + " ", text + "x", "x" + text}, probes...)
		for _, cell := range []string{text, `"` + text + `"`, text + ", another"} {
			require.NoError(t, index.CheckCell(schema.ModeCondition, cell, n), "%q", cell)
			hits := lookUp(t, index.Part{Mode: schema.ModeCondition, Cells: column.FromStrings([]string{cell}), Notation: n, Values: n}, slices.Compact(slices.Sorted(slices.Values(values)))...)
			for i, value := range slices.Compact(slices.Sorted(slices.Values(values))) {
				rows, _ := hits.Of(i)
				require.Equal(t, column.Normalize(value) == column.Normalize(text), len(rows) == 1, "cell %q, value %q", cell, value)
			}
		}
	})
}

// orderedLetter finds a letter behind an operator or two points.
var orderedLetter = regexp.MustCompile(`(?:[<>≤≥]|\.\.|…)\s*\pL`)

// A cell of mode range that is a span of numbers or dates is a value that the cell itself
// has around it, as have all spans that are at least as wide.
func TestASpanHasItselfAroundIt(t *testing.T) {
	found := 0
	rapid.Check(t, func(t *rapid.T) {
		cell := written().Draw(t, "cell")
		n := schema.Notation{}
		_, isNumber := n.Number(cell)
		_, isDate := n.Date(cell)
		wide := []string{cell, "-1e300..1e300", "0001-01-01..9999-12-31", "<=1e300", ">=-1e300"}
		if strings.TrimSpace(cell) == "" || isNumber || isDate || index.CheckCell(schema.ModeRange, cell, n) != nil || orderedLetter.MatchString(cell) || strings.ContainsAny(cell, "=AF") {
			return
		}
		rows, _ := lookUp(t, index.Part{Mode: schema.ModeRange, Cells: column.FromStrings(wide)}, cell).Of(0)
		require.Contains(t, rows, int32(0), "%q", cell)
		found += len(rows)
	})
	require.Positive(t, found)
}

// Ranks are made of nothing but the cells, so that those of row groups may be compared.
func TestRanksAreTheSameInAnyIndex(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cells := rapid.SliceOfN(rapid.SampledFrom([]string{">=0", ">=50", ">50", ">=1000", "<=10", "<10", "<=20", "0-100", "0-10", "5", "1K+", "-5..5", "A-F", ">= B", "all", "2024-01-01+", ">=2024-01-02"}), 1, 8).Draw(t, "cells")
		value := rapid.SampledFrom([]string{"5", "75", "5000", "-3", "Bob", "2024-05-01"}).Draw(t, "value")
		whole := lookUp(t, index.Part{Mode: schema.ModeRange, Cells: column.FromStrings(cells)}, value)
		rows, _ := whole.Of(0)
		for i, row := range rows {
			alone := lookUp(t, index.Part{Mode: schema.ModeRange, Cells: column.FromStrings(cells[row : row+1])}, value)
			require.Equal(t, alone.Ranks, whole.Ranks[i:i+1])
		}
	})
}

func TestTheBestRangeIsTheNarrowest(t *testing.T) {
	t.Parallel()
	requireBest(t, schema.ModeRange, []string{">=0", ">=50", ">=1000"}, map[string]int{"10": 0, "75": 1, "5000": 2, "-1": -1})
	requireBest(t, schema.ModeRange, []string{"<=20", "<=10", "<=0"}, map[string]int{"15": 0, "10": 1, "-5": 2, "21": -1})
	requireBest(t, schema.ModeRange, []string{">=-5", ">=-50", ">=-0.5"}, map[string]int{"-20": 1, "-3": 0, "0": 2})
	requireBest(t, schema.ModeRange, []string{">=50", ">50", ">=49.9"}, map[string]int{"50": 0, "51": 1})
	requireBest(t, schema.ModeRange, []string{"<50", "<=50", "up to 51"}, map[string]int{"49": 0, "50": 1})
	requireBest(t, schema.ModeRange, []string{">=0", "0-1000000", "5-6", "6"}, map[string]int{"3": 1, "5.5": 2, "6": 3, "1000001": 0})
	requireBest(t, schema.ModeRange, []string{">=2024-01-01", ">=2024-01-02", ">=1999-12-31", "since 2024-01-02 10:00", ">= 2024-01-02 10:01"}, map[string]int{
		"2024-01-01": 0, "2024-01-02T09:00:00Z": 1, "2024-01-02T10:00:30Z": 3, "2025-01-01": 4, "1999-12-31": 2,
	})
	requireBest(t, schema.ModeRange, []string{"<= 2024-01-31", "<= 2024-01-30", "before 2024-01-30"}, map[string]int{"2024-01-31": 0, "2024-01-30": 1, "2024-01-29": 2})
	requireBest(t, schema.ModeRange, []string{">= B", ">= D", ">= A"}, map[string]int{"Carl": 0, "Eve": 1, "Al": 2})
	requireBest(t, schema.ModeRange, []string{"<= D", "<= B", "<= Z"}, map[string]int{"Carl": 0, "Al": 1, "X": 2})
	requireBest(t, schema.ModeRange, []string{"B..D", "A-Z", "Carl"}, map[string]int{"Bob": 0, "Eve": 1, "Carl": 2})
	requireBest(t, schema.ModeRange, []string{"8388607+", "8388606+", "8388608+"}, map[string]int{"9000000": 2, "8388607": 0})
}

func TestATextThatLooksLikeASpanIsToldFrom(t *testing.T) {
	t.Parallel()
	for cell, offer := range map[string]string{
		"10-20": "[10..20]", "10+": ">= 10", "2024-01-01..2024-02-01": "[2024-01-01..2024-02-01]", "1..5": "[1..5]", "10 – 20": "[10..20]", "10 to 20": "[10..20]",
		"up to 50": "<= 50", "under 5": "< 5", "over 10": "> 10", "10 and up": ">= 10", "5 or less": "<= 5", "between 5 and 10": "[5..10]", "10-Jan": "[1..10]", "Oct-10": "[10..10]",
		"US, 10-20": "[10..20]", "not(10-20)": "[10..20]", "1K-5K": "[1K..5K]", "$10-$20": "[$10..$20]", "1..": ">= 1", "..5": "<= 5",
	} {
		got, ok := looksLikeSpan(cell, schema.Notation{})
		require.True(t, ok, cell)
		require.Equal(t, offer, got, cell)
		require.NoError(t, index.CheckCell(schema.ModeCondition, cell, schema.Notation{}), "it is a text all the same")
		require.NoError(t, index.CheckCell(schema.ModeCondition, offer, schema.Notation{}), "the offer is read")
		require.Equal(t, []int{}, rowsHit(t, schema.ModeCondition, schema.Notation{}, "7.5", strings.TrimPrefix(strings.TrimSuffix(cell, ")"), "not(")))
	}
	for _, cell := range []string{
		"", "-", "US", "7-Eleven", "24/7", "94105-1234", "A-F", "A..F", "5", "> 5", "[1..5]", `"10-20"`, "US,CA", "1.2.3", "3M", "C++", "C+", "Wal-Mart", "not(US)", "=> 5", "from Russia", "2024-01-31", "415,510,650",
	} {
		offer, ok := looksLikeSpan(cell, schema.Notation{})
		require.False(t, ok, "%q: %q", cell, offer)
		require.Empty(t, offer)
	}
	offer, ok := looksLikeSpan("1.000-5.000", schema.Notation{Numbers: notation.PointComma})
	require.True(t, ok)
	require.Equal(t, "[1.000..5.000]", offer)
}

func TestTextsThatJoinCodesWithWordsGetAHint(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]index.Hint{
		"not US":          {Offset: 0, Offer: `not("US")`},
		"US or CA":        {Offset: 3, Offer: `"US", "CA"`},
		"UK, US or CA":    {Offset: 7, Offer: `"US", "CA"`},
		"US OR CA or MEX": {Offset: 3, Offer: `"US", "CA", "MEX"`},
		"5 or 6":          {Offset: 2, Offer: `"5", "6"`},
		"US,10-20":        {Span: true, Offset: 3, Offer: "[10..20]"},
	} {
		got, ok := index.HintOf(cell, schema.Notation{})
		require.True(t, ok, cell)
		require.Contains(t, got.Message, want.Offer)
		want.Message = got.Message
		require.Equal(t, want, got, cell)
	}
	for _, cell := range []string{"not available", "Not Applicable", "OR", "Bosnia and Herzegovina", "Arts or Crafts", "NOT", "US and CA", `not("US")`, "not US maybe", "or US", "> 5"} {
		_, ok := index.HintOf(cell, schema.Notation{})
		require.False(t, ok, cell)
	}
}

func TestRowsThatCannotBeReadAreToldAndTheOthersGoOn(t *testing.T) {
	t.Parallel()
	parts := []index.Part{
		{Mode: schema.ModeNormalized, Cells: column.FromStrings([]string{"US", "US", "US", "US"})},
		{Mode: schema.ModeCondition, Cells: column.FromStrings([]string{"> 5 and < 10", "-", "> 5 and < 10", "> 3"})},
		{Mode: schema.ModeRange, Cells: column.FromStrings([]string{"1", "9", "1", ""}), To: column.FromStrings([]string{"5", "1", "5", "99"})},
	}
	ix, err := index.Build(context.Background(), parts)
	require.NoError(t, err)
	unread := ix.Unread()
	require.Len(t, unread, 2)
	require.Equal(t, 1, unread[0].Part)
	require.Equal(t, 2, unread[0].Rows)
	require.Equal(t, 0, unread[0].First.Row)
	require.Equal(t, "> 5 and < 10", unread[0].First.Cell)
	require.Equal(t, 2, unread[1].Part)
	require.Equal(t, 1, unread[1].Rows)
	require.Equal(t, 1, unread[1].First.Row)
	require.Equal(t, "9..1", unread[1].First.Cell)
	var hits index.Hits
	require.NoError(t, ix.Probe(context.Background(), [][]string{{"US", "us"}, {"7", ""}, {"4", "4"}}, index.All, &hits, nil))
	require.Equal(t, []int32{3}, hits.Rows, "an empty value is no exception")
	require.Equal(t, []int32{0, 1, 1}, hits.Starts)

	equal, err := index.Build(context.Background(), parts[:1])
	require.NoError(t, err)
	require.Empty(t, equal.Unread())
}

// FuzzReaders holds the readers of ranges and conditions, and that of values that are spans,
// to what they promise: a refusal has its place, a hint's offer is understood, nothing is
// ordered as a text by mistake, and a value is read without harm.
func FuzzReaders(f *testing.F) {
	for i, end := range ends {
		f.Add(operatorsWritten[i%len(operatorsWritten)]+end+between[i%len(between)]+ends[len(ends)-1-i]+behindEnds[i%len(behindEnds)], uint8(i))
	}
	for _, cell := range []string{`contains("a"), > 5`, `not("US")`, "'US','CA'", "US or CA", "> Complex.aNumber", "[1,5..2,5)", "]", `"a".."b"`, "> 5 and < 10"} {
		f.Add(cell, uint8(1))
	}
	f.Fuzz(func(t *testing.T, cell string, which uint8) {
		if !utf8.ValidString(cell) {
			return
		}
		n := schema.Notation{Numbers: notation.Conventions()[which%4], Dates: notation.Orders()[which/4%4]}
		for _, mode := range []schema.Mode{schema.ModeRange, schema.ModeCondition} {
			err := index.CheckCell(mode, cell, n)
			requirePlace(t, err)
			if err == nil {
				requireNotOrdered(t, mode, cell, n)
			}
		}
		if hint, ok := index.HintOf(cell, n); ok {
			require.NoError(t, index.CheckCell(schema.ModeCondition, cell, n))
			require.LessOrEqual(t, hint.Offset, len(cell))
			require.NoError(t, index.CheckCell(schema.ModeCondition, hint.Offer, n), "the offer %q for %q", hint.Offer, cell)
		}
		lookUp(t, index.Part{Mode: schema.ModeRange, Cells: column.FromStrings([]string{"1-5", "10+", "A-F"}), Notation: n, Values: n}, cell)
	})
}

// looksLikeSpan is what is offered for a text that looks like a span.
func looksLikeSpan(cell string, n schema.Notation) (offer string, ok bool) {
	h, ok := index.HintOf(cell, n)
	if !ok || !h.Span {
		return "", false
	}
	return h.Offer, true
}
