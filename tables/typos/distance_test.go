package typos_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tablestep/tables/typos"
)

// oracle is the distance of Damerau and Levenshtein, the whole matrix of it.
func oracle(a, b []rune) int {
	far := len(a) + len(b)
	d := make([][]int, len(a)+2)
	for i := range d {
		d[i] = make([]int, len(b)+2)
		d[i][0] = far
		if i > 0 {
			d[i][1] = i - 1
		}
	}
	for j := range d[0] {
		d[0][j] = far
		if j > 0 {
			d[1][j] = j - 1
		}
	}
	last := map[rune]int{}
	for i := 1; i <= len(a); i++ {
		column := 0
		for j := 1; j <= len(b); j++ {
			k, l, cost := last[b[j-1]], column, 1
			if a[i-1] == b[j-1] {
				cost, column = 0, j
			}
			d[i+1][j+1] = min(d[i][j]+cost, d[i+1][j]+1, d[i][j+1]+1, d[k][l]+(i-k-1)+1+(j-l-1))
		}
		last[a[i-1]] = i
	}
	return d[len(a)+1][len(b)+1]
}

// aligned is the distance of which no place is edited twice.
func aligned(a, b []rune) int {
	d := make([][]int, len(a)+1)
	for i := range d {
		d[i] = make([]int, len(b)+1)
		for j := range d[i] {
			if i == 0 || j == 0 {
				d[i][j] = i + j
				continue
			}
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, d[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(a)][len(b)]
}

func TestKnownDistances(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"a", "", 1},
		{"kitten", "sitting", 3},
		{"germany", "gremany", 1},
		{"ca", "abc", 2}, // a swap with a letter between
		{"straße", "strasse", 2},
		{"日本", "本日", 1},
	} {
		var count typos.Counter
		got, ok := count.Distance([]rune(c.a), []rune(c.b), 10)
		require.True(t, ok)
		require.Equal(t, c.want, got, "%q %q", c.a, c.b)
		require.Positive(t, count.Work())
	}
}

func TestDistancesAreThoseOfTheWholeMatrixUpToTheLimit(t *testing.T) {
	var count typos.Counter
	rapid.Check(t, func(t *rapid.T) {
		letters := rapid.SliceOfN(rapid.SampledFrom([]rune("abcé")), 0, 12)
		a, b := letters.Draw(t, "a"), letters.Draw(t, "b")
		limit := rapid.IntRange(-1, 14).Draw(t, "limit")
		want := oracle(a, b)
		got, ok := count.Distance(a, b, limit)
		require.Equal(t, want <= limit, ok, "%d of %d", want, limit)
		if ok {
			require.Equal(t, want, got)
		}
		back, same := count.Distance(b, a, limit)
		require.Equal(t, ok, same)
		if ok {
			require.Equal(t, got, back)
		}
	})
}

func TestMasksCountWithoutEditingAPlaceTwice(t *testing.T) {
	var masks typos.Masks
	rapid.Check(t, func(t *rapid.T) {
		letters := rapid.SliceOfN(rapid.SampledFrom([]rune("abcéß")), 0, 70)
		a, b := letters.Draw(t, "a"), letters.Draw(t, "b")
		fits := len(a) > 0 && len(a) <= 64
		require.Equal(t, fits, masks.Set(a))
		if !fits {
			return
		}
		got := masks.Restricted(string(b))
		require.Equal(t, aligned(a, b), got)
		// The promise that lets a Counter be spared.
		exact := oracle(a, b)
		require.LessOrEqual(t, exact, got)
		require.LessOrEqual(t, 2*got, 3*exact)
	})
}

func TestWorkIsThatOfTheCellsWithinTheLimit(t *testing.T) {
	var count typos.Counter
	for limit, want := range map[int]int{0: 20 + 4*5*3, 1: 20 + 5*(4+5+5+4), 3: 20 + 5*4*6, 9: 20 + 5*4*6} {
		_, ok := count.Distance([]rune("abcd"), []rune("abcd"), limit)
		require.True(t, ok)
		require.Equal(t, want, count.Work(), "limit %d", limit)
	}
}

func TestALimitSparesWork(t *testing.T) {
	var count typos.Counter
	a, b := []rune(strings.Repeat("abcdefghij", 20)), []rune(strings.Repeat("jihgfedcba", 20))
	_, ok := count.Distance(a, b, 3)
	require.False(t, ok)
	little := count.Work()
	_, ok = count.Distance(a, b, 200)
	require.True(t, ok)
	require.Greater(t, count.Work(), 50*little)
	_, ok = count.Distance(a, b[:100], 50)
	require.False(t, ok, "lengths alone tell")
	require.Less(t, count.Work(), little)
}
