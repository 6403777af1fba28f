package schema_test

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tablestep/tables/column"
	"tablestep/tables/schema"
)

// anyNumber writes a number in one of the ways that are read, and gives it in Go's way.
func anyNumber(t *rapid.T) (written, plain string) {
	whole := rapid.StringMatching(`[1-9][0-9]{0,24}`).Draw(t, "whole")
	fraction := rapid.StringMatching(`(\.[0-9]{0,20})?`).Draw(t, "fraction")
	power := rapid.StringMatching(`([eE][+-]?[0-9]{1,2})?`).Draw(t, "power")
	sign := rapid.SampledFrom([]string{"", "-", "+"}).Draw(t, "sign")
	currency := rapid.SampledFrom([]string{"", "", "", "$", "€ ", "£", "¥"}).Draw(t, "currency")
	plain = sign + whole + fraction + power
	if rapid.Bool().Draw(t, "grouped") {
		var groups []string
		for len(whole) > 3 {
			groups = append([]string{whole[len(whole)-3:]}, groups...)
			whole = whole[:len(whole)-3]
		}
		whole = strings.Join(append([]string{whole}, groups...), ",")
	}
	written = sign + currency + whole + fraction + power
	if rapid.Bool().Draw(t, "signBehind") {
		written = currency + sign + whole + fraction + power
	}
	space := rapid.SampledFrom([]string{"", " ", "\t", "\u00a0", "\u2003"}).Draw(t, "space")
	return space + written + space, plain
}

func TestNumbersInEveryWayOfWritingAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		written, plain := anyNumber(t)
		n, ok := schema.ParseNumber(written)
		require.True(t, ok, "%q", written)
		want, err := strconv.ParseFloat(plain, 64)
		require.NoError(t, err)
		require.InDelta(t, want, n.Float, 0, "%q", written)

		other, otherPlain := anyNumber(t)
		o, ok := schema.ParseNormalNumber(other, column.Normalize(other))
		require.True(t, ok, "%q", other)
		a, _ := new(big.Rat).SetString(plain)
		b, _ := new(big.Rat).SetString(otherPlain)
		require.Equal(t, a.Cmp(b), n.Compare(o), "%q %q", written, other)
		require.Equal(t, b.Cmp(a), o.Compare(n))
		again, _ := schema.ParseNumber(written)
		require.Zero(t, n.Compare(again))

		d, ok := schema.ParseDecimal(written)
		require.True(t, ok)
		e, ok := schema.ParseDecimal(other)
		require.True(t, ok)
		require.Equal(t, a.Cmp(b), d.Compare(e))
	})
}

func TestNumbersThatAFloatTakesForEqualAreToldApart(t *testing.T) {
	for _, pair := range [][2]string{
		{"9007199254740992", "9007199254740993"},
		{"9,007,199,254,740,992", "9007199254740993"},
		{"-9007199254740993", "-9007199254740992"},
		{"0.10000000000000000000", "0.10000000000000000001"},
		{"123456789012345678901234567890", "$123,456,789,012,345,678,901,234,567,891"},
	} {
		a, ok := schema.ParseNumber(pair[0])
		require.True(t, ok)
		b, ok := schema.ParseNumber(pair[1])
		require.True(t, ok)
		require.InDelta(t, a.Float, b.Float, 0)
		require.Negative(t, a.Compare(b), "%v", pair)
		require.Positive(t, b.Compare(a), "%v", pair)
	}
}

func TestZeroHasNoSign(t *testing.T) {
	n, ok := schema.ParseNumber("-0.0")
	require.True(t, ok)
	require.False(t, math.Signbit(n.Float))
	zero, _ := schema.ParseNumber("0")
	require.Zero(t, n.Compare(zero))
}

func TestNumbersAreBounded(t *testing.T) {
	for text, want := range map[string]bool{
		strings.Repeat("1", 308):        true,
		strings.Repeat("1", 309):        false, // 1e308 and more
		"0." + strings.Repeat("1", 399): true,
		"0." + strings.Repeat("1", 400): false, // 401 digits
		strings.Repeat("0", 400):        true,
		"1e307":                         true,
		"1e308":                         false,
		"9.99e307":                      true,
		"1e-307":                        true,
		"1e-308":                        false,
		"0e99999999999999999999":        true,
		"1e99999999999999999999":        false,
		"1e-99999999999999999999":       false,
		"0." + strings.Repeat("0", 300) + "1e300":              true,
		"1" + strings.Repeat("0", 300) + "e-300":               true,
		"1" + strings.Repeat(",000", 102):                      true,
		"1" + strings.Repeat(",000", 103):                      false,
		"1" + strings.Repeat(",000", 99) + "e" + "-200":        true,
		strings.Repeat("9", 16) + "." + strings.Repeat("9", 9): true,
	} {
		n, ok := schema.ParseNumber(text)
		require.Equal(t, want, ok, "%q", text)
		require.False(t, math.IsInf(n.Float, 0))
		_, ok = schema.ParseDecimal(text)
		require.Equal(t, want, ok, "%q", text)
		require.Equal(t, want, schema.CheckValue(schema.TypeFloat, text) == nil, "%q", text)
	}
}

func TestReadingForAMatchAllocatesNothing(t *testing.T) {
	for _, text := range []string{"1200", "1,200", "$1,200.50", "-12.5e3", "united states", "2024-03-31", "2024-03-31t10:00:00+02:00", "2024/03/31", "12abc", "münchen"} {
		require.Zero(t, testing.AllocsPerRun(100, func() {
			if _, ok := schema.ParseNormalNumber(text, text); !ok {
				schema.ParseNormalDate(text, text)
			}
		}), "%q", text)
	}
}

func BenchmarkReadValue(b *testing.B) {
	for _, text := range []string{"1200", "1234.56", "united states", "2024-03-31", "2024-03-31t10:00:00z"} {
		b.Run(text, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, ok := schema.ParseNormalNumber(text, text); !ok {
					schema.ParseNormalDate(text, text)
				}
			}
		})
	}
}
