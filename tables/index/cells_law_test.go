package index_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tablestep/tables/index"
	"tablestep/tables/notation"
	"tablestep/tables/schema"
)

// operands writes numbers and days as columns of a notation have them.
func operands(n schema.Notation) *rapid.Generator[string] {
	group, decimal := map[notation.Numbers]string{notation.PointComma: ".", notation.SpaceComma: " ", notation.ApostrophePoint: "'"}[n.Numbers], "."
	if group == "" {
		group = ","
	}
	if n.Numbers == notation.PointComma || n.Numbers == notation.SpaceComma {
		decimal = ","
	}
	layout := map[notation.Dates]string{notation.YearFirst: "2006-01-02", notation.DayFirst: "2/1/2006", notation.Compact: "20060102"}[n.Dates]
	if layout == "" {
		layout = "1/2/2006"
	}
	return rapid.Custom(func(t *rapid.T) string {
		if rapid.IntRange(0, 2).Draw(t, "day") == 0 {
			return time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 70).Draw(t, "date")).Format(layout)
		}
		x := rapid.IntRange(-20, 3000).Draw(t, "number")
		text := fmt.Sprint(x)
		if x >= 1000 && rapid.Bool().Draw(t, "grouped") {
			text = text[:1] + group + text[1:]
		}
		if rapid.Bool().Draw(t, "decimals") {
			text += decimal + rapid.SampledFrom([]string{"5", "25", "0"}).Draw(t, "fraction")
		}
		return text
	})
}

// lawNotations are those of columns.
func lawNotations() *rapid.Generator[schema.Notation] {
	return rapid.Custom(func(t *rapid.T) schema.Notation {
		return schema.Notation{
			Numbers: rapid.SampledFrom(slices.Concat([]notation.Numbers{""}, notation.Conventions())).Draw(t, "numbers"),
			Dates:   rapid.SampledFrom([]notation.Dates{"", notation.YearFirst, notation.MonthFirst, notation.DayFirst}).Draw(t, "dates"),
		}
	})
}

// lawValues are values of leads: those that the operands are, times, texts and nothing.
func lawValues(n schema.Notation) *rapid.Generator[string] {
	return rapid.OneOf(operands(n), operands(n), rapid.SampledFrom([]string{"", " ", "soon", "null", "US", "2024-01-15T12:00:00Z", "2024-02-01 00:00", "K", "7-Eleven", "0", "-0", "1e3", "5.0", "15%", "$12"}))
}

// reads says whether a cell of a mode hits a value; a cell that is refused hits nothing, and
// ok is false.
func reads(t testing.TB, mode schema.Mode, n schema.Notation, cell, value string) (hit, ok bool) {
	t.Helper()
	if index.CheckCell(mode, cell, n) != nil {
		return false, false
	}
	return len(rowsHit(t, mode, n, value, cell)) == 1, true
}

// The same comparison hits the same values in every mode that has it.
func TestComparisonsAreTheSameInEveryMode(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		n := lawNotations().Draw(r, "notation")
		a, b, v := operands(n).Draw(r, "a"), operands(n).Draw(r, "b"), lawValues(n).Draw(r, "value")
		for _, same := range [][]struct {
			mode schema.Mode
			cell string
		}{
			{{schema.ModeRange, ">=" + a}, {schema.ModeCondition, ">= " + a}, {schema.ModeRange, a + ".."}, {schema.ModeRange, "from " + a}, {schema.ModeAtLeast, a}, {schema.ModeRange, "≥" + a}},
			{{schema.ModeRange, "<=" + a}, {schema.ModeCondition, "<= " + a}, {schema.ModeRange, ".." + a}, {schema.ModeRange, "up to " + a}, {schema.ModeAtMost, a}, {schema.ModeRange, "≤" + a}},
			{{schema.ModeRange, ">" + a}, {schema.ModeCondition, ">" + a}, {schema.ModeRange, "over " + a}},
			{{schema.ModeRange, "<" + a}, {schema.ModeCondition, "< " + a}, {schema.ModeRange, "under " + a}},
			{{schema.ModeRange, a}, {schema.ModeCondition, a}, {schema.ModeCondition, "=" + a}, {schema.ModeCondition, "== " + a}, {schema.ModeRange, "=" + a}, {schema.ModeCondition, "[" + a + ".." + a + "]"}},
			{{schema.ModeRange, a + ".." + b}, {schema.ModeCondition, "[" + a + ".." + b + "]"}, {schema.ModeRange, a + " to " + b}, {schema.ModeRange, a + " .. " + b}},
			{{schema.ModeCondition, "[" + a + ".." + b + ")"}, {schema.ModeCondition, "[" + a + ".." + b + "["}},
			{{schema.ModeCondition, "(" + a + ".." + b + "]"}, {schema.ModeCondition, "]" + a + ".." + b + "]"}},
		} {
			want, ok := reads(t, same[0].mode, n, same[0].cell, v)
			for _, other := range same[1:] {
				if other.cell == a && strings.Contains(a, ",") {
					continue // Bare items are parted by commas.
				}
				got, otherOk := reads(t, other.mode, n, other.cell, v)
				require.Equal(r, []bool{ok, want}, []bool{otherOk, got}, "%v, value %q: %s %q and %s %q", n, v, same[0].mode, same[0].cell, other.mode, other.cell)
			}
		}
	})
}

// Below, at and above an operand are all values of its kind, each once, and no others.
func TestAnOperandPartsTheValuesOfItsKind(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		n := lawNotations().Draw(r, "notation")
		a, v := operands(n).Draw(r, "a"), lawValues(n).Draw(r, "value")
		hits := 0
		for _, cell := range []string{"< " + a, "= " + a, "> " + a} {
			if hit, ok := reads(t, schema.ModeCondition, n, cell, v); hit {
				require.True(r, ok)
				hits++
			}
		}
		below, _ := reads(t, schema.ModeCondition, n, "< "+a, v)
		notBelow, _ := reads(t, schema.ModeCondition, n, "not(< "+a+")", v)
		require.Equal(r, hits == 1, below != notBelow, "%v: %q, %q", n, a, v)
		require.LessOrEqual(r, hits, 1, "%v: %q, %q", n, a, v)
		require.False(r, below && notBelow)
		least, _ := reads(t, schema.ModeCondition, n, ">= "+a, v)
		require.Equal(r, notBelow, least, "%v: %q, %q", n, a, v)
	})
}

// A list hits what one of its items hits, and not() of it what none does, where the value is
// of the kinds that its parts compare.
func TestAListHitsWhatItsItemsHit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		n := lawNotations().Draw(r, "notation")
		a, b, v := operands(n).Draw(r, "a"), operands(n).Draw(r, "b"), lawValues(n).Draw(r, "value")
		item := rapid.SampledFrom([]string{`"US"`, "soon", "> " + a, "[" + a + ".." + b + "]", `contains("o")`, `startsWith("7")`, "7-Eleven", "null", `"` + a + `"`})
		items := rapid.SliceOfN(item, 1, 4).Draw(r, "items")
		any, compares := false, false
		for _, one := range items {
			hit, ok := reads(t, schema.ModeCondition, n, one, v)
			if !ok {
				return // an interval that nothing lies in
			}
			any = any || hit
			compares = compares || strings.ContainsAny(one, "<>[(")
		}
		list := strings.Join(items, ", ")
		hit, ok := reads(t, schema.ModeCondition, n, list, v)
		require.True(r, ok, list)
		require.Equal(r, any, hit, "%v: %s, %q", n, list, v)
		not, ok := reads(t, schema.ModeCondition, n, "not("+list+")", v)
		if ok && any {
			require.False(r, not, "%v: not(%s), %q", n, list, v)
		}
		if ok && !any && !compares {
			require.True(r, not, "%v: not(%s), %q", n, list, v)
		}
	})
}

// A text in quotes is that text, whatever it looks like, in every mode that has quotes.
func TestATextInQuotesIsTheText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		n := lawNotations().Draw(r, "notation")
		text := rapid.OneOf(lawValues(n), rapid.SampledFrom([]string{"> 5", "not(x)", "a, b", "[1..2]", "-", "*", `a\b`, `say "hi"`, "date(x)", "'x'", "A-F", "10-20", "true", "x or y"}), rapid.StringMatching(`[ -~]{1,8}`)).Draw(r, "text")
		other := lawValues(n).Draw(r, "other")
		cell := `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
		for _, v := range []string{text, other, strings.ToUpper(text)} {
			hit, ok := reads(t, schema.ModeCondition, n, cell, v)
			require.True(r, ok, "%s", cell)
			require.Equal(r, normal(text) == normal(v), hit, "%v: %s, %q", n, cell, v)
		}
		if strings.ContainsAny(text, `"\`) || normal(text) == "" {
			return // mode range has no escapes
		}
		hit, ok := reads(t, schema.ModeRange, n, `"`+text+`"`, other)
		require.True(r, ok, "%q", text)
		require.Equal(r, normal(text) == normal(other), hit, "%v: %q, %q", n, text, other)
	})
}

// White space where a cell may have it changes nothing, and no cell is read otherwise for
// what nobody sees around it.
func TestWhiteSpaceChangesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		n := lawNotations().Draw(r, "notation")
		a, b, v := operands(n).Draw(r, "a"), operands(n).Draw(r, "b"), lawValues(n).Draw(r, "value")
		space := rapid.SampledFrom([]string{"", " ", "  ", "\t", "\u00a0", "\n"})
		s := func() string { return space.Draw(r, "space") }
		for mode, two := range map[schema.Mode][][2]string{
			schema.ModeCondition: {
				{">" + a, s() + ">" + s() + a + s()},
				{"[" + a + ".." + b + ")", s() + "[" + s() + a + s() + ".." + s() + b + s() + ")" + s()},
				{"not(" + a + ", " + b + ")", s() + "not(" + s() + a + s() + ", " + s() + b + s() + ")" + s()},
				{`"US","CA"`, s() + `"US"` + s() + "," + s() + `"CA"` + s()},
			},
			schema.ModeRange:   {{"<=" + a, s() + "<=" + s() + a + s()}, {a + ".." + b, s() + a + s() + ".." + s() + b + s()}},
			schema.ModeAtLeast: {{a, s() + a + s()}},
		} {
			for _, cells := range two {
				want, ok := reads(t, mode, n, cells[0], v)
				got, spacedOk := reads(t, mode, n, cells[1], v)
				require.Equal(r, []bool{ok, want}, []bool{spacedOk, got}, "%v, %s: %q and %q, value %q", n, mode, cells[0], cells[1], v)
			}
		}
	})
}
