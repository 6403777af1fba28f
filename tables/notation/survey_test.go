package notation_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tablestep/tables/notation"
)

// surveyOf looks at cells.
func surveyOf(cells ...string) *notation.Survey {
	s := new(notation.Survey)
	for _, cell := range cells {
		s.Add(cell)
	}
	return s
}

// found is all that a survey tells.
func found(s *notation.Survey) string {
	numbers, decided := s.Numbers.Decide()
	dates, ordered := s.Dates.Decide()
	read := ""
	for _, n := range notation.Conventions() {
		read += fmt.Sprint(" ", s.Numbers.Read(n))
	}
	for _, d := range notation.Orders() {
		read += fmt.Sprint(" ", s.Dates.Read(d))
	}
	return fmt.Sprint(numbers, decided, dates, ordered, s.Numbers.Tells(), s.Numbers.Numbers(), strings.ToLower(s.Numbers.Unit()), s.Dates.Any(), s.Dates.Dates(), s.Dates.Packed(), read)
}

// cells are those that columns of numbers and dates have, and some others.
func cells() *rapid.Generator[string] {
	return rapid.SampledFrom([]string{
		"", " ", "-", "*", "1", "-7", "007", "1,001", "1.001", "1.001,5", "1,001.5", "1 001", "1'001", "0,5", "0.5", "12,34", "5 kg", "5 KG", "10-20 kg", "5 lb", "20+ employees", "$5", "5 €", "15%", "1.5K",
		"1,001-5,000", "1.001-5.000", "<= 1.000", ">= 7,25", "[1.000..2.000,5)", "2024-03-31", "31/03/2024", "3/31/2024", "03/04/2024", "04/04/2024", "20240331", "20240101-20240331", "20249999", "2024-03-31..2024-04-01",
		"31.03.2024-01.04.2024", "n/a", "Ann", "from 10 to 20", "up to 1.000", "٣", "１，００１", "10²", "94105-1234", "1.2.3", "+1 416",
	})
}

// A column that is looked at in two halves, in any order, tells what it tells as a whole.
func TestASurveyDoesNotDependOnTheOrderOfTheCells(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		column := rapid.SliceOfN(cells(), 0, 8).Draw(t, "cells")
		want := found(surveyOf(column...))
		other := rapid.Permutation(column).Draw(t, "other")
		require.Equal(t, want, found(surveyOf(other...)), "%q as %q", column, other)
		at := rapid.IntRange(0, len(other)).Draw(t, "half")
		half := surveyOf(other[:at]...)
		half.Merge(surveyOf(other[at:]...))
		require.Equal(t, want, found(half), "%q in halves of %q at %d", column, other, at)
	})
}

// Twice the same cells tell what they tell once, but for how many they are.
func TestASurveyDoesNotDependOnHowOftenACellStands(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		column := rapid.SliceOfN(cells(), 1, 6).Draw(t, "cells")
		one, two := surveyOf(column...), surveyOf(slices.Concat(column, column)...)
		a, aDecided := one.Numbers.Decide()
		b, bDecided := two.Numbers.Decide()
		require.Equal(t, []any{a, aDecided}, []any{b, bDecided}, "%q", column)
		c, cDecided := one.Dates.Decide()
		d, dDecided := two.Dates.Decide()
		require.Equal(t, []any{c, cDecided, one.Dates.Packed()}, []any{d, dDecided, two.Dates.Packed()}, "%q", column)
		require.Equal(t, strings.ToLower(one.Numbers.Unit()), strings.ToLower(two.Numbers.Unit()), "%q", column)
	})
}

// joints are what stands between the ends of a span, as far as no end is torn by it.
func joints() *rapid.Generator[string] {
	return rapid.SampledFrom([]string{"-", " - ", "–", "..", " .. ", " to ", "…", " bis "})
}

// A column of spans tells the convention that its ends tell, with any joint.
func TestSpansTellWhatTheirEndsTell(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.SampledFrom(notation.Conventions()).Draw(t, "convention")
		var spans, ends []string
		for range rapid.IntRange(1, 4).Draw(t, "rows") {
			var two [2]string
			for i := range two {
				fraction := rapid.StringMatching("[0-9]{1,2}").Draw(t, "fraction")
				if rapid.Bool().Draw(t, "whole") {
					fraction = ""
				}
				two[i] = written(n, rapid.StringMatching("[1-9][0-9]{3,6}").Draw(t, "number"), fraction, true)
			}
			spans = append(spans, two[0]+joints().Draw(t, "joint")+two[1])
			ends = append(ends, two[0], two[1])
		}
		a, decided := surveyOf(spans...).Numbers.Decide()
		b, alone := surveyOf(ends...).Numbers.Decide()
		require.Equal(t, []any{b, alone}, []any{a, decided}, "%q", spans)
	})
}

// A span is no number, though its signs may look like those of one: its ends are read, with a unit or without.
func TestASpanThatIsSpelledLikeANumberIsReadByItsEnds(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]notation.Numbers{
		"1.000-1.000,0":         notation.Conventions()[1],
		"1.000,5 - 2.000":       notation.Conventions()[1],
		"1.000,5..2.000,5":      notation.Conventions()[1],
		"1.000,5..2.000,5 kg":   notation.Conventions()[1],
		"1,000-1,000.0":         notation.Conventions()[0],
		"1,000.5-2,000.5 leads": notation.Conventions()[0],
		"from 1.000,5 to 2.000": notation.Conventions()[1],
	} {
		got, decided := surveyOf(cell).Numbers.Decide()
		require.Equal(t, []any{want, true}, []any{got, decided}, cell)
		require.Zero(t, surveyOf(cell).Numbers.Numbers(), cell)
	}
}

// A column of spans of days tells the order that its days tell.
func TestSpansOfDaysTellTheirOrder(t *testing.T) {
	t.Parallel()
	layouts := map[notation.Dates][]string{
		notation.YearFirst: {"2006-01-02", "2006/1/2", "2006.01.02"}, notation.MonthFirst: {"01/02/2006", "1/2/2006", "01-02-2006", "1.2.2006"},
		notation.DayFirst: {"02.01.2006", "2/1/2006", "02-01-2006"}, notation.Compact: {"20060102"},
	}
	rapid.Check(t, func(t *rapid.T) {
		order := rapid.SampledFrom(notation.Orders()).Draw(t, "order")
		layout := rapid.SampledFrom(layouts[order]).Draw(t, "layout")
		var spans, days []string
		for range rapid.IntRange(1, 4).Draw(t, "rows") {
			var two [2]string
			for i := range two {
				two[i] = time.Date(2024, 1, 1+rapid.IntRange(0, 365).Draw(t, "day"), 0, 0, 0, 0, time.UTC).Format(layout)
			}
			joint := joints().Draw(t, "joint")
			if strings.Contains(layout, "-") && order != notation.YearFirst && (joint == "-" || joint == "–") {
				joint = " - " // 01-02-2024-03-04-2024 could be parted in several ways
			}
			spans = append(spans, two[0]+joint+two[1])
			days = append(days, two[0], two[1])
		}
		a, decided := surveyOf(spans...).Dates.Decide()
		b, alone := surveyOf(days...).Dates.Decide()
		require.Equal(t, []any{b, alone}, []any{a, decided}, "%q", spans)
		require.Equal(t, order == notation.Compact, surveyOf(spans...).Dates.Packed(), "%q", spans)
	})
}

// Digits of every script are the ten digits, in their order.
func TestDigitsOfEveryScriptAreRead(t *testing.T) {
	t.Parallel()
	seen := 0
	for _, table := range [][2]rune{{0x80, 0x10ffff}} {
		for r := table[0]; r <= table[1]; r++ {
			if !unicode.Is(unicode.Nd, r) {
				continue
			}
			seen++
			got, ok := notation.Reading{}.Spell(string(r))
			require.True(t, ok, "%U", r)
			require.Len(t, got, 1, "%U", r)
			if next := r + 1; got != "9" && unicode.Is(unicode.Nd, next) {
				after, _ := notation.Reading{}.Spell(string(next))
				require.Equal(t, got[0]+1, after[0], "%U", next)
			}
			// Ten in a row are each digit once.
			if got == "0" {
				var ten string
				for i := range rune(10) {
					ten += string(r + i)
				}
				all, ok := notation.Reading{}.Spell(ten)
				require.True(t, ok, "%U", r)
				require.Equal(t, "0123456789", all, "%U", r)
			}
		}
	}
	require.Greater(t, seen, 600)
}

// What is spelled is a fixed point: spelling it again changes nothing, in English.
func TestASpellingIsSpelledAsItIs(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.SampledFrom(notation.Conventions()).Draw(t, "convention")
		text := rapid.StringMatching(`[-+]?[$€]?[0-9]{1,3}([.,' ][0-9]{3}){0,2}([.,][0-9]{1,4})?(e[-+]?[0-9]{1,2})?[KM]?%?`).Draw(t, "text")
		spelling, ok := (notation.Reading{Numbers: n, Scale: true}).Spell(text)
		if !ok {
			return
		}
		again, ok := (notation.Reading{}).Spell(spelling)
		require.True(t, ok, "%q is spelled %q by %s", text, spelling, n)
		require.Equal(t, spelling, again, "%q by %s", text, n)
		require.NotContains(t, spelling, ",")
	})
}

// White space around a number and signs that nobody sees change nothing.
func TestWhatNobodySeesChangesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		cell := cells().Draw(t, "cell")
		around := rapid.SampledFrom([]string{" ", "\t", "\n", "\u00a0", "\u200b", "\ufeff", "\u200e"})
		dressed := around.Draw(t, "before") + cell + around.Draw(t, "behind")
		for _, n := range notation.Conventions() {
			want, ok := (notation.Reading{Numbers: n, Scale: true}).Spell(cell)
			got, dressedOk := (notation.Reading{Numbers: n, Scale: true}).Spell(dressed)
			require.Equal(t, ok, dressedOk, "%q as %q by %s", cell, dressed, n)
			require.Equal(t, strings.TrimSpace(want), got, "%q as %q by %s", cell, dressed, n)
		}
		for _, d := range notation.Orders() {
			want, ok := d.Spell(cell)
			got, dressedOk := d.Spell(dressed)
			require.Equal(t, []any{want, ok}, []any{got, dressedOk}, "%q as %q by %s", cell, dressed, d)
		}
		require.Equal(t, found(surveyOf(cell)), found(surveyOf(dressed)), "%q as %q", cell, dressed)
	})
}

// FuzzSurvey takes columns of any cells, parted by |. Noted rate: 400 to 1,200 a second on a
// busy machine of two cores.
func FuzzSurvey(f *testing.F) {
	for _, column := range []string{
		"", "1,001|2", "1.001|3,5", "5 kg|10-20 KG|7 lb", "2024-03-31|31/03/2024", "20240331|-|20240101-20240331", "03/04/2024 - 31/12/2024", "1.000,5..2.000,5",
		"٣|１，００１|10²", "\ufeff5 kg\u200e|\xff", "[1.000..2.000,5)|>= 7,25|from 10 to 20", "2024-03-31T10:00:00.123-05:00", "--|..|1..|…", "5\u00a0000|5\u202f000",
	} {
		f.Add(column)
	}
	f.Fuzz(func(t *testing.T, column string) {
		list := strings.Split(column, "|")
		whole := surveyOf(list...)
		half := surveyOf(list[:len(list)/2]...)
		half.Merge(surveyOf(list[len(list)/2:]...))
		require.Equal(t, found(whole), found(half), "%q", list)
		slices.Reverse(list)
		require.Equal(t, found(whole), found(surveyOf(list...)), "%q", list)
		require.LessOrEqual(t, whole.Numbers.Numbers(), len(list))
		require.LessOrEqual(t, whole.Dates.Dates(), len(list))
		if whole.Dates.Packed() {
			order, decided := whole.Dates.Decide()
			require.Equal(t, []any{notation.Compact, true}, []any{order, decided}, "%q", list)
		}
	})
}
