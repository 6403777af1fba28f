package typos_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tablestep/tables/typos"
)

func TestKnownDistances(t *testing.T) {
	t.Parallel()
	var masks typos.Masks
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"a", "", 1},
		{"kitten", "sitting", 3},
		{"germany", "gremany", 1},
		{"ca", "abc", 2},     // a swap with a letter between in the one,
		{"abc", "ca", 2},     // or in the other text
		{"cxya", "ac", 3},    // with two
		{"cxa", "ayc", 3},    // with one in both: no less than three substitutions
		{"axbcd", "cdab", 5}, // two characters are not swapped with two
		{"straße", "strasse", 2},
		{"日本", "本日", 1},
		{"Ünïcödé", "Unïcöéd", 2},
		{"\xff", "\ufffd", 0},
	} {
		for _, pair := range [][2]string{{c.a, c.b}, {c.b, c.a}} {
			masks.Set([]rune(pair[0]))
			got, ok := masks.Distance(pair[1], 10)
			require.True(t, ok)
			require.Equal(t, c.want, got, "%q %q", pair[0], pair[1])
			got, ok = masks.Distance(pair[1], c.want)
			require.True(t, ok)
			require.Equal(t, c.want, got)
			_, ok = masks.Distance(pair[1], c.want-1)
			require.False(t, ok, "%q %q", pair[0], pair[1])
			require.Positive(t, masks.Work())
		}
	}
}

// held holds a distance against the matrix, with limits below, at and above it.
func held(t require.TestingT, masks *typos.Masks, want int, b string, limits ...int) {
	for _, limit := range append(limits, want-1, want, want+1, want+2, want+9, 1<<20) {
		got, ok := masks.Distance(b, limit)
		if ok != (want <= limit) || ok && got != want {
			require.Failf(t, "another distance", "%d, %t instead of %d with limit %d: %q", got, ok, want, limit, b)
		}
	}
}

func TestDistancesAreThoseOfTheMatrix(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(11, 1))
	var masks typos.Masks
	var plain matrix
	for _, letters := range alphabets {
		for range rounds(t) * 8_000 {
			a := text(r, letters, r.IntN(16))
			b := text(r, letters, r.IntN(16))
			if r.IntN(2) == 0 {
				b = mistyped(r, letters, a, r.IntN(6))
			}
			masks.Set(a)
			held(t, &masks, plain.distance(a, b), string(b))
		}
	}
}

func TestDistancesOfLongTextsAreThoseOfTheMatrix(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(11, 2))
	var masks typos.Masks
	var plain matrix
	lengths := []int{62, 63, 64, 65, 66, 100, 127, 128, 129, 130, 191, 192, 193, 300}
	for _, letters := range alphabets {
		for range rounds(t) * 12 {
			for _, length := range lengths {
				a := text(r, letters, length)
				b := mistyped(r, letters, a, r.IntN(length/2))
				if r.IntN(6) == 0 {
					b = text(r, letters, r.IntN(2*length))
				}
				want := plain.distance(a, b)
				masks.Set(a)
				held(t, &masks, want, string(b), want/2, want+20, want+64, want+70)
			}
		}
	}
}

func TestDistancesOfTheLongestTextsAreThoseOfTheMatrix(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(11, 3))
	var masks typos.Masks
	var plain matrix
	for _, letters := range alphabets {
		for range rounds(t) {
			for _, length := range []int{511, 512, 513, 1500} {
				a := text(r, letters, length)
				b := mistyped(r, letters, a, r.IntN(length/4))
				masks.Set(a)
				held(t, &masks, plain.distance(a, b), string(b), length/2)
			}
		}
	}
}

func TestASwapAcrossTheEndOfAWordIsOne(t *testing.T) {
	t.Parallel()
	var masks typos.Masks
	var plain matrix
	base := []rune(strings.Repeat("abcdefghijklmnopqrstuvwxyzäöü日本語", 7))
	for at := 56; at < 136; at++ {
		for between := range 6 {
			for _, into := range []string{"", "#", "##", "###"} {
				b := append([]rune(nil), base[:at]...)
				b = append(b, base[at+between+1])
				b = append(b, []rune(into)...)
				b = append(b, base[at])
				b = append(b, base[at+between+2:]...)
				want := plain.distance(base, b)
				if between == 0 {
					require.Equal(t, 1+len(into), want)
				}
				masks.Set(base)
				held(t, &masks, want, string(b))
				masks.Set(b)
				held(t, &masks, want, string(base))
			}
		}
	}
}

func TestDistancesObeyTheLaws(t *testing.T) {
	t.Parallel()
	var masks typos.Masks
	const none = 1 << 20
	distance := func(a, b []rune) int {
		masks.Set(a)
		d, _ := masks.Distance(string(b), none)
		return d
	}
	rapid.Check(t, func(t *rapid.T) {
		letters := rapid.SliceOfN(rapid.SampledFrom([]rune("abcé日")), 0, 80)
		a, b, c := letters.Draw(t, "a"), letters.Draw(t, "b"), letters.Draw(t, "c")
		ab := distance(a, b)
		require.Equal(t, ab, distance(b, a), "symmetry")
		require.Equal(t, string(a) == string(b), ab == 0, "zero for equal texts only")
		require.Zero(t, distance(a, a))
		require.LessOrEqual(t, distance(a, c), ab+distance(b, c), "the triangle")
		require.GreaterOrEqual(t, ab, max(len(a)-len(b), len(b)-len(a)))
		require.LessOrEqual(t, ab, max(len(a), len(b)))
		// A limit cuts off, and changes nothing else.
		limit := rapid.IntRange(-1, 90).Draw(t, "limit")
		masks.Set(a)
		got, ok := masks.DistanceOf(string(b), len(b), limit)
		require.Equal(t, ab <= limit, ok)
		if ok {
			require.Equal(t, ab, got)
		}
		// What both begin or end with makes no difference.
		require.Equal(t, ab, distance(append([]rune("é日a"), a...), append([]rune("é日a"), b...)))
		require.Equal(t, ab, distance(append(a, 'b', 'é'), append(b, 'b', 'é')))
	})
}

func TestAPatternLeavesNothingForTheNext(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(11, 4))
	var used typos.Masks
	for range 3_000 {
		letters := alphabets[r.IntN(len(alphabets))]
		a, b := text(r, letters, r.IntN(150)), text(r, alphabets[r.IntN(len(alphabets))], r.IntN(150))
		var fresh typos.Masks
		fresh.Set(a)
		used.Set(a)
		want, _ := fresh.Distance(string(b), 200)
		got, ok := used.Distance(string(b), 200)
		require.True(t, ok)
		require.Equal(t, want, got)
		require.Equal(t, fresh.Work(), used.Work())
	}
}

func TestWhatIsNoCharacterCountsAsInAString(t *testing.T) {
	t.Parallel()
	var masks typos.Masks
	for _, r := range []rune{-1, 0xd800, 0xdfff, utf8.MaxRune + 1, 1<<31 - 1} {
		masks.Set([]rune{'a', r, 'b'})
		d, ok := masks.Distance(string([]rune{'a', r, 'b'}), 0)
		require.True(t, ok)
		require.Zero(t, d)
		d, _ = masks.Distance("ab", 5)
		require.Equal(t, 1, d)
	}
	masks.Set([]rune{utf8.MaxRune, 0, 127, 128})
	d, ok := masks.Distance("\U0010ffff\x00\x7f\u0080", 0)
	require.True(t, ok)
	require.Zero(t, d)
}

func TestALimitSparesWork(t *testing.T) {
	t.Parallel()
	var masks typos.Masks
	work := func(pattern, text string, limit int) int {
		masks.Set([]rune(pattern))
		masks.Distance(text, limit)
		return masks.Work()
	}
	a, b := strings.Repeat("abcdefghij", 20), strings.Repeat("0123456789", 20)
	require.Equal(t, 40, work(a, b[:100], 50), "lengths alone tell")
	require.Equal(t, 40+8*4, work(a, b, 3), "after as many differences, and one, it is known")
	require.Equal(t, 40+8*200*4, work(a, b, 400))
	require.Equal(t, 40+8*20, work(a[:20], a[:20], 20), "a column of a short pattern is a word")
	// Within the limit lie two diagonals on each side of the main one; where they go
	// over the end of a word, for four columns each time, a column takes two words.
	require.Equal(t, 40+8*(200+3*4), work(a, a, 2))
}

func TestADistanceTakesNoMemoryOnceWarm(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 5))
	var masks typos.Masks
	var patterns [][]rune
	var texts []string
	for _, letters := range alphabets {
		for _, length := range []int{20, 64, 65, 512} {
			patterns = append(patterns, text(r, letters, length))
			texts = append(texts, string(text(r, letters, length)))
		}
	}
	all := func() {
		for i, p := range patterns {
			masks.Set(p)
			masks.Distance(texts[i], 600)
		}
	}
	all()
	require.Zero(t, testing.AllocsPerRun(10, all))
}

func FuzzDistance(f *testing.F) {
	f.Add("ca", "abc", 2)
	f.Add(strings.Repeat("ab", 40), strings.Repeat("ba", 41), 9)
	f.Add("\xff日本a", "本日\xffb", 3)
	f.Fuzz(func(t *testing.T, a, b string, limit int) {
		if len(a) > 400 || len(b) > 400 {
			return
		}
		var masks typos.Masks
		var plain matrix
		masks.Set([]rune(a))
		held(t, &masks, plain.distance([]rune(a), []rune(b)), b, limit)
	})
}
