package rules_test

import (
	"math"
	"math/big"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// rounded is round(f, digits) worked out with whole numbers of any size.
func rounded(t *testing.T, f float64, digits int) float64 {
	r, ok := new(big.Rat).SetString(strconv.FormatFloat(math.Abs(f), 'g', -1, 64))
	require.True(t, ok)
	ten := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil))
	r.Add(r.Mul(r, ten), big.NewRat(1, 2))
	whole := new(big.Int).Quo(r.Num(), r.Denom())
	result, _ := r.Quo(new(big.Rat).SetInt(whole), ten).Float64()
	if result == 0 {
		return 0
	}
	return math.Copysign(result, f)
}

func TestRoundingIsThatOfTheDecimalsThatAreWritten(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(12, 2))
	for range 200_000 {
		digits := 1 + r.IntN(15)
		f := math.Float64frombits(r.Uint64())
		switch r.IntN(3) {
		case 0: // of few digits, as people write them, many of them in the middle
			f, _ = strconv.ParseFloat(strconv.Itoa(r.IntN(2000)-1000)+"."+strconv.Itoa(r.IntN(100_000))+"5", 64)
		case 1:
			f = (r.Float64() - 0.5) * math.Pow10(r.IntN(18))
		}
		if math.IsNaN(f) || math.IsInf(f, 0) {
			continue
		}
		got, _, err := call("round", f, digits)
		require.NoError(t, err)
		require.InDelta(t, rounded(t, f, digits), got, 0, "round(%v, %d)", f, digits)
	}
}

// FuzzTextsOfStrangers holds what functions make of texts that forms let through: texts
// again, and of what they have made once the same.
func FuzzTextsOfStrangers(f *testing.F) {
	for _, s := range []string{
		"", "JOHN O'NEIL III", "j.r.r. tolkien", "İSTANBUL ışık", "ΓΙΩΡΓΟΣ-Σ.", "McDONALD", `"Jane" <jane@example.co.uk>,`, "https://user:x@www.食狮.公司.cn:80/a?b#c",
		"[::1]", "mailto:a@b.com?c", "+44 (0)20 7946 0018 ext. 5", "０３－１２３４（内線１２）", "\xff@\xfe.com", "a@b@c", "xn--a.com", "<<@>>", "١٢٣;",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 2000 {
			return
		}
		for _, name := range []string{"title", "emailDomain", "urlHost", "registrableDomain", "phoneDigits", "loose", "company"} {
			once, _, err := call(name, s)
			require.NoError(t, err)
			text, ok := once.(string)
			require.True(t, ok, name)
			if utf8.ValidString(s) {
				require.True(t, utf8.ValidString(text), "%s(%q) is %q", name, s, text)
			}
			switch name {
			case "registrableDomain", "urlHost":
				require.False(t, strings.ContainsAny(text, " ,;\"'<>()@/?#"), "%s(%q) is %q", name, s, text)
				fallthrough
			case "phoneDigits", "title", "loose":
				again, _, err := call(name, text)
				require.NoError(t, err)
				require.Equal(t, text, again, "%s(%q)", name, s)
			}
		}
		_, _, err := call("isFreemail", s)
		require.NoError(t, err)
	})
}
