package notation_test

import (
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tablestep/tables/notation"
)

// figures are texts that are numbers in some convention, or nearly.
func figures() *rapid.Generator[string] {
	return rapid.OneOf(cells(), rapid.StringMatching(`[-+]?[0-9]{1,4}([.,' ][0-9]{1,4}){0,3}`), rapid.StringMatching(`[-$€ ]{0,2}[0-9.,]{1,7}[ KM%€]{0,2}`))
}

// valueOf is a spelling as a number.
func valueOf(t require.TestingT, spelling string) *big.Rat {
	x, ok := new(big.Rat).SetString(strings.TrimPrefix(spelling, "+"))
	require.True(t, ok, "%q", spelling)
	return x
}

// amountOf is a text as a number in a convention; nil where it is none.
func amountOf(t require.TestingT, r notation.Reading, text string) *big.Rat {
	spelling, ok := r.Spell(text)
	if !ok {
		return nil
	}
	return valueOf(t, spelling)
}

// What is told at a glance is never wrong about a number or a date.
func TestAGlanceLeavesNothingOut(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := figures().Draw(t, "text")
		for _, n := range notation.Conventions() {
			if _, ok := (notation.Reading{Numbers: n, Scale: true}).Spell(text); ok {
				require.True(t, notation.MayBeNumber(text, ""), "%q", text)
				require.True(t, notation.HasDigit(text), "%q", text)
			}
			if _, ok := (notation.Reading{Numbers: n, Unit: "kg", Scale: true}).Spell(text); ok {
				require.True(t, notation.MayBeNumber(text, "kg"), "%q", text)
			}
		}
		for _, d := range notation.Orders() {
			if day, ok := d.Spell(text); ok && len(strings.TrimSpace(text)) >= len("1/1/2024") {
				require.True(t, notation.MayBeDate(strings.TrimSpace(text)), "%q is %s", text, day)
			}
		}
		if notation.Plain(text) {
			for _, n := range notation.Conventions() {
				got, ok := (notation.Reading{Numbers: n}).Spell(text)
				require.True(t, ok)
				require.Equal(t, text, got)
			}
		}
	})
}

// A text is ambiguous if two conventions read two numbers in it, and only then.
func TestAmbiguousIsWhatTwoConventionsReadInTwoWays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := figures().Draw(t, "text")
		different := false
		var first *big.Rat
		for _, n := range notation.Conventions() {
			x := amountOf(t, notation.Reading{Numbers: n, Scale: true}, text)
			different = different || x != nil && first != nil && x.Cmp(first) != 0
			if x != nil && first == nil {
				first = x
			}
		}
		require.Equal(t, different, notation.Ambiguous(text), "%q", text)
		month, monthOk := notation.MonthFirst.Spell(text)
		day, dayOk := notation.DayFirst.Spell(text)
		require.Equal(t, monthOk && dayOk && month != day, notation.AmbiguousDate(text), "%q", text)
	})
}

// Scales, signs, per cent, currencies and units do to a number what they say, exactly.
func TestWhatStandsBesideANumberCounts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.SampledFrom(notation.Conventions()).Draw(t, "convention")
		text := written(n, rapid.StringMatching(`0|[1-9][0-9]{0,8}`).Draw(t, "whole"), rapid.StringMatching(`|[0-9]{1,5}`).Draw(t, "fraction"), rapid.Bool().Draw(t, "grouped"))
		r := notation.Reading{Numbers: n, Scale: true, Unit: "kg"}
		x := amountOf(t, r, text)
		require.NotNil(t, x, "%q by %s", text, n)
		times := func(num, den int64) *big.Rat { return new(big.Rat).Mul(x, big.NewRat(num, den)) }
		for dressed, want := range map[string]*big.Rat{
			text + "K": times(1000, 1), text + " M": times(1_000_000, 1), text + "%": times(1, 100), text + " %": times(1, 100), text + "K%": times(10, 1),
			"-" + text: times(-1, 1), "−" + text: times(-1, 1), "+" + text: x, "$" + text: x, "€ " + text: x, "-$" + text: times(-1, 1), "$-" + text: times(-1, 1),
			"USD " + text: x, text + " EUR": x, text + "€": x, text + " kg": x, text + "KG": x, "-" + text + "K kg": times(-1000, 1), " " + text + "\u00a0": x, text + "e2": times(100, 1), text + "E-2": times(1, 100),
		} {
			got := amountOf(t, r, dressed)
			require.NotNil(t, got, "%q by %s", dressed, n)
			require.Zero(t, want.Cmp(got), "%q by %s is %s", dressed, n, got.RatString())
		}
		for _, wrong := range []string{text + " lb", "$" + text + " €", "--" + text, "(" + text + ")", text + "k", text + "KM", "x" + text, text + " USD EUR", "- -" + text, "usd " + text} {
			require.Nil(t, amountOf(t, r, wrong), "%q by %s", wrong, n)
		}
		unscaled := notation.Reading{Numbers: n}
		require.Nil(t, amountOf(t, unscaled, text+"K"), "only where it is asked for")
		require.Nil(t, amountOf(t, unscaled, text+" kg"), "only that of the column")
	})
}

// Only days that there are, are spelled, and what follows stays as it is.
func TestOnlyDaysThatThereAreAreSpelled(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		year, month, day := rapid.IntRange(1, 9999).Draw(t, "year"), rapid.IntRange(0, 14).Draw(t, "month"), rapid.IntRange(0, 33).Draw(t, "day")
		at := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
		there := month >= 1 && month <= 12 && day >= 1 && at.Day() == day && int(at.Month()) == month
		rest := rapid.SampledFrom([]string{"", " 10:00", "T23:59:59.5Z", " 10:00 PM"}).Draw(t, "rest")
		sign := rapid.SampledFrom([]string{"-", "/", "."}).Draw(t, "sign")
		for order, text := range map[notation.Dates]string{
			notation.YearFirst:  fmt.Sprintf("%04d%s%02d%s%02d", year, sign, month, sign, day),
			notation.MonthFirst: fmt.Sprintf("%d%s%d%s%04d", month, sign, day, sign, year),
			notation.DayFirst:   fmt.Sprintf("%02d%s%02d%s%04d", day, sign, month, sign, year),
			notation.Compact:    fmt.Sprintf("%04d%02d%02d", year, month, day),
		} {
			got, ok := order.Spell(text + rest)
			require.Equal(t, there, ok, "%q by %s", text+rest, order)
			if ok {
				require.Equal(t, at.Format(time.DateOnly)+rest, got)
			}
			// Two signs are none, and more digits than a year has neither.
			_, ok = order.Spell(strings.Replace(text, sign, sign+sign, 1) + "0")
			require.False(t, ok, "%q", text)
		}
	})
}

// What a column decides, its own evidence or that of others, is one of what reads its cells.
func TestADecisionReadsTheCells(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		column := rapid.SliceOfN(cells(), 1, 6).Draw(t, "cells")
		s := surveyOf(column...)
		n, _ := s.Numbers.Decide(rapid.SampledFrom(notation.Conventions()).Draw(t, "elsewhere"))
		require.True(t, n.Known())
		for _, other := range notation.Conventions() {
			require.LessOrEqual(t, s.Numbers.Read(other), s.Numbers.Read(n), "%q: %s reads more than %s", column, other, n)
		}
		d, decided := s.Dates.Decide(rapid.SampledFrom(notation.Orders()).Draw(t, "other column"))
		require.True(t, d.Known())
		if e, ok := s.Dates.Evidence(); ok {
			require.Equal(t, []any{e, true}, []any{d, decided}, "%q: evidence of its own goes before that of others", column)
		}
		if e, ok := s.Numbers.Evidence(); ok {
			require.Equal(t, e, n, "%q", column)
		}
		require.LessOrEqual(t, s.Dates.Dates(), len(column))
		require.LessOrEqual(t, s.Numbers.Numbers(), len(column))
	})
}
