package answers_test

import (
	"context"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tablestep/tables/answers"
	"tablestep/tables/column"
	"tablestep/tables/scan/scantest"
	"tablestep/tables/schema"
)

var decimalText = regexp.MustCompile(`^(?:([+-]?)(?:[$€£¥] *)?|[$€£¥] *([+-]?))([0-9]+\.?[0-9]*|[1-9][0-9]{0,2}(?:,[0-9]{3})+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$`)

// exact reads a number by the rules that are written down, the slow way.
func exact(text string) (*big.Rat, bool) {
	if strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.No, r) }) {
		return nil, false
	}
	m := decimalText.FindStringSubmatch(column.Normalize(text))
	if m == nil {
		return nil, false
	}
	digits := strings.ReplaceAll(m[3], ",", "")
	if len(strings.ReplaceAll(digits, ".", "")) > 400 {
		return nil, false
	}
	if strings.Trim(digits, "0.") == "" {
		return new(big.Rat), true
	}
	if power := strings.TrimLeft(strings.TrimLeft(strings.TrimLeft(m[4], "eE"), "+-"), "0"); len(power) > 3 {
		return nil, false
	}
	x, ok := new(big.Rat).SetString(m[1] + m[2] + digits + m[4])
	if !ok {
		return nil, false
	}
	size := new(big.Rat).Abs(x)
	ten := func(power int64) *big.Rat {
		return new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(power), nil))
	}
	return x, size.Cmp(ten(308)) < 0 && size.Cmp(new(big.Rat).Inv(ten(307))) >= 0
}

func FuzzDecimal(f *testing.F) {
	for _, pair := range [][2]string{{"1", "2"}, {"+1.50", "1.5"}, {"-0", "0.0"}, {" 1e3", "1000"}, {"9007199254740993", "9007199254740992"}, {".5", "5."}, {"1e-200", "-1E+200"}, {"1e", "0x1"}, {"1_000", "1,000"}, {"$1,200.50", "-€ 3"}, {"0,123", "- 5"}, {"10²", "１２"}, {"9.9e307", "1e-307"}, {"1e308", "9e-308"}, {"", "-"}} {
		f.Add(pair[0], pair[1])
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		x, isX := exact(a)
		y, isY := exact(b)
		order, sum, gotX, gotY := answers.Decimals(a, b)
		require.Equal(t, isX, gotX, "%q is a number", a)
		require.Equal(t, isY, gotY, "%q is a number", b)
		if !isX || !isY {
			return
		}
		require.Equal(t, x.Cmp(y), order, "%q and %q", a, b)
		got, ok := new(big.Rat).SetString(sum)
		require.True(t, ok, sum)
		require.Zero(t, new(big.Rat).Add(x, y).Cmp(got), "%q and %q are not %q", a, b, sum)
	})
}

// Whatever is put together, the sum is exact to the last digit, has as many
// decimals as the input with most, and keeps a plus sign.
func TestASumIsExactAndKeepsDecimalsAndSign(t *testing.T) {
	for _, c := range []struct {
		cells []string
		want  string
	}{
		{[]string{"+5"}, "+5"},
		{[]string{"+5", "-3"}, "+2"},
		{[]string{"-5", "-3"}, "-8"},
		{[]string{"+5", "-5"}, "+0"},
		{[]string{"+5", "-8"}, "-3"},
		{[]string{"5", "3"}, "8"},
		{[]string{"-0"}, "0"},
		{[]string{"0.1", "0.2"}, "0.3"},
		{[]string{"1.50", "1.5"}, "3.00"},
		{[]string{" 007 ", "", "  "}, "7"},
		{[]string{"9007199254740993", "1"}, "9007199254740994"},
		{[]string{"1e3", "1"}, "1001"},
		{[]string{"1e-2", "-1"}, "-0.99"},
		{[]string{"", "\u00a0"}, ""},
	} {
		require.Equal(t, c.want, collected(t, schema.AggregateSum, c.cells), c.cells)
	}
	require.Equal(t, "9999999999999990000", answers.Total(schema.AggregateSum, schema.Notation{}, slices.Repeat([]string{"999999999999999"}, 10_000)), "beyond 64 bits")
	require.Equal(t, "-9999999999999990000.0", answers.Total(schema.AggregateSum, schema.Notation{}, append(slices.Repeat([]string{"-999999999999999"}, 10_000), "0.0")))
	require.Equal(t, "2024-01-05", collected(t, schema.AggregateMin, []string{"2024-10-01", " 2024-01-05 ", ""}))
	require.Equal(t, "10", collected(t, schema.AggregateMax, []string{"9", "10"}))
	require.Equal(t, "x", collected(t, schema.AggregateMax, []string{"9", "10", "x"}), "a text makes all of them texts")
	require.Equal(t, "10", collected(t, schema.AggregateMin, []string{"9", "10", "x"}))
	require.Equal(t, "1.0", collected(t, schema.AggregateMin, []string{"1.0", "1", "+1"}), "of equals the first")

	rapid.Check(t, func(t *rapid.T) {
		cells := rapid.SliceOfN(rapid.StringMatching(`[+-]?[0-9]{1,19}(\.[0-9]{1,9})?`), 1, 12).Draw(t, "cells")
		sum, decimals, plus := new(big.Rat), 0, false
		for _, cell := range cells {
			n, _ := new(big.Rat).SetString(cell)
			sum.Add(sum, n)
			_, fraction, _ := strings.Cut(cell, ".")
			decimals = max(decimals, len(fraction))
			plus = plus || cell[0] == '+'
		}
		want := sum.FloatString(decimals)
		if plus && sum.Sign() >= 0 {
			want = "+" + want
		}
		require.Equal(t, want, answers.Total(schema.AggregateSum, schema.Notation{}, cells))
	})
}

// collected puts the cells into a table and asks for all of them.
func collected(t *testing.T, a schema.Aggregate, cells []string) string {
	var rows [][]string
	for _, cell := range cells {
		rows = append(rows, []string{"a", cell})
	}
	sn := snapshot(t, roomy, scantest.New([]string{"k", "v"}, rows, 0))
	l := schema.Lookup{Match: []schema.Match{{Column: "k"}}, HitPolicy: schema.PolicyCollect, Aggregate: a, Outputs: []schema.Output{{Column: "v"}}}
	var out answers.Batch
	require.NoError(t, sn.Answer(context.Background(), &l, [][]string{{"a"}}, &out, nil))
	require.Empty(t, out.Found[0].Problem)
	return out.Cells[0][0]
}
