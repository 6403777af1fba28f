package typos_test

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// rounds is how often a generated test is repeated. TABLESTEP_ROUNDS=60 makes millions
// of pairs of texts.
func rounds(t *testing.T) int {
	t.Helper()
	text := os.Getenv("TABLESTEP_ROUNDS")
	if text == "" {
		return 1
	}
	n, err := strconv.Atoi(text)
	require.NoError(t, err)
	return n
}

// A matrix is the distance of Damerau and Levenshtein as it is written in books: every
// cell, and for each the places where its two characters stand the other way round.
type matrix struct {
	cells []int32
	last  map[rune]int
}

func (m *matrix) distance(a, b []rune) int {
	width := len(b) + 2
	far := int32(len(a) + len(b))
	if cap(m.cells) < (len(a)+2)*width {
		m.cells = make([]int32, 2*(len(a)+2)*width)
	}
	d := m.cells[:(len(a)+2)*width]
	for i := range len(a) + 2 {
		d[i*width] = far
		if i > 0 {
			d[i*width+1] = int32(i - 1)
		}
	}
	for j := range len(b) + 2 {
		d[j] = far
		if j > 0 {
			d[width+j] = int32(j - 1)
		}
	}
	if m.last == nil {
		m.last = map[rune]int{}
	}
	clear(m.last)
	for i := 1; i <= len(a); i++ {
		column := 0
		for j := 1; j <= len(b); j++ {
			k, l, cost := m.last[b[j-1]], column, int32(1)
			if a[i-1] == b[j-1] {
				cost, column = 0, j
			}
			d[(i+1)*width+j+1] = min(
				d[i*width+j]+cost,
				d[(i+1)*width+j]+1,
				d[i*width+j+1]+1,
				d[k*width+l]+int32(i-k-1+1+j-l-1),
			)
		}
		m.last[a[i-1]] = i
	}
	return int(d[(len(a)+1)*width+len(b)+1])
}

// text is a text of so many of the letters.
func text(r *rand.Rand, letters []rune, length int) []rune {
	runes := make([]rune, length)
	for i := range runes {
		runes[i] = letters[r.IntN(len(letters))]
	}
	return runes
}

// mistyped is a text with some errors: insertions, deletions, substitutions, and swaps of
// characters that have up to four others between them.
func mistyped(r *rand.Rand, letters, from []rune, errors int) []rune {
	runes := append([]rune(nil), from...)
	for range errors {
		letter, at := letters[r.IntN(len(letters))], r.IntN(len(runes)+1)
		switch r.IntN(5) {
		case 0:
			runes = append(runes[:at:at], append([]rune{letter}, runes[at:]...)...)
		case 1:
			if at < len(runes) {
				runes = append(runes[:at:at], runes[at+1:]...)
			}
		case 2:
			if at < len(runes) {
				runes[at] = letter
			}
		default:
			// A swap, with what stands between left as it is, taken out, or put in.
			to := at + 1 + r.IntN(5)
			if to < len(runes) {
				runes[at], runes[to] = runes[to], runes[at]
				switch r.IntN(3) {
				case 0:
					runes = append(runes[:at+1:at+1], runes[to:]...)
				case 1:
					runes = append(runes[:at+1:at+1], append(text(r, letters, r.IntN(4)), runes[at+1:]...)...)
				}
			}
		}
	}
	return runes
}

// alphabets of few letters make many swaps, of many letters few matches.
var alphabets = [][]rune{
	[]rune("ab"),
	[]rune("abcé"),
	[]rune("abcdefghijklmnopqrstuvwxyz"),
	[]rune("東京都大阪市名古屋横浜札幌福岡神戸川崎京都府仙台広島千葉北九州堺新潟浜松熊本相模原岡山静岡"),
	[]rune("aäоб中𝔸😀\ufffd"),
}
