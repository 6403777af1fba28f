package index

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// A match of mode Fuzzy, in a form that does not depend on the numbers of the entries.
type fuzzyMatch struct {
	text  string
	score float32
	rank  uint32
}

// fuzzyMatches are what a kernel found, by text. entries are as the kernel numbers them.
func fuzzyMatches(entries *texts, list []found, dst []fuzzyMatch) []fuzzyMatch {
	for _, f := range list {
		dst = append(dst, fuzzyMatch{entries.at(f.entry), f.score, f.rank})
	}
	slices.SortFunc(dst, func(a, b fuzzyMatch) int { return cmp.Compare(a.text, b.text) })
	return dst
}

// onlyHighest leaves the matches of the highest rank.
func onlyHighest(list []fuzzyMatch) []fuzzyMatch {
	highest := uint32(0)
	for _, m := range list {
		highest = max(highest, m.rank)
	}
	return slices.DeleteFunc(slices.Clone(list), func(m fuzzyMatch) bool { return m.rank < highest })
}

// fuzzyKernel is a kernel of mode Fuzzy with what it takes to ask it.
type fuzzyKernel struct {
	entries *texts
	kernel  kernel
	work    work
	values  []value
}

func newFuzzyKernel(t testing.TB, list []string, p Part) *fuzzyKernel {
	t.Helper()
	k := &fuzzyKernel{entries: textsOf(list)}
	require.NoError(t, k.work.meter.Start(context.Background(), nil))
	var err error
	k.kernel, err = newFuzzy(k.entries, p, &k.work.meter)
	require.NoError(t, err)
	return k
}

// set makes values of keys, which are in normal form.
func (k *fuzzyKernel) set(keys []string) {
	k.values = make([]value, len(keys))
	for i, key := range keys {
		k.values[i].set(key, key)
	}
}

func (k *fuzzyKernel) all(i int, dst []found) []found {
	v := &k.values[i]
	if !k.kernel.prepare(v, &k.work) {
		return dst
	}
	return k.kernel.find(v, &k.work, dst)
}

// best are the matches of the highest rank, and perhaps others.
func (k *fuzzyKernel) best(i int, dst []found) []found {
	v := &k.values[i]
	if !k.kernel.prepare(v, &k.work) {
		return dst
	}
	return k.kernel.(picky).best(v, &k.work, dst)
}

// plainMatrix counts errors by the matrix of Damerau and Levenshtein, every cell of it.
// Characters have small numbers.
type plainMatrix struct {
	numbers map[rune]int32
	cells   [][]int32
	last    []int32
}

func newPlainMatrix(longest int) *plainMatrix {
	m := &plainMatrix{numbers: map[rune]int32{}, cells: make([][]int32, longest+2)}
	for i := range m.cells {
		m.cells[i] = make([]int32, longest+2)
	}
	return m
}

func (m *plainMatrix) numbered(text string) []int32 {
	var list []int32
	for _, r := range text {
		n, ok := m.numbers[r]
		if !ok {
			n = int32(len(m.numbers))
			m.numbers[r] = n
		}
		list = append(list, n)
	}
	return list
}

func (m *plainMatrix) errors(a, b []int32) int {
	d := m.cells
	far := int32(len(a) + len(b))
	d[0][0] = far
	for i := range len(a) + 1 {
		d[i+1][0], d[i+1][1] = far, int32(i)
	}
	for j := range len(b) + 1 {
		d[0][j+1], d[1][j+1] = far, int32(j)
	}
	m.last = append(m.last[:0], make([]int32, len(m.numbers))...)
	for i := 1; i <= len(a); i++ {
		column := int32(0)
		for j := 1; j <= len(b); j++ {
			k, l, cost := m.last[b[j-1]], column, int32(1)
			if a[i-1] == b[j-1] {
				cost, column = 0, int32(j)
			}
			swap := d[k][l] + int32(i) - k - 1 + 1 + int32(j) - l - 1
			d[i+1][j+1] = min(d[i][j]+cost, d[i+1][j]+1, d[i][j+1]+1, swap)
		}
		m.last[a[i-1]] = int32(i)
	}
	return int(d[len(a)+1][len(b)+1])
}

// fuzzyExpected are the matches by the definition: so many errors of at most a share of
// the longer text, and at most so many.
func fuzzyExpected(rows []string, lengths, errors []int, length int, p Part, dst []fuzzyMatch) []fuzzyMatch {
	for i, row := range rows {
		longer := max(lengths[i], length)
		score := 1 - float64(errors[i])/float64(longer)
		if score < p.Threshold-1e-9 || p.MaxErrors > 0 && errors[i] > p.MaxErrors {
			continue
		}
		dst = append(dst, fuzzyMatch{row, float32(score), uint32(score * (1<<24 - 1))})
	}
	return dst
}

// With TABLESTEP_ROUNDS there are 20,000 queries at the four thresholds, and as many again
// for each number of errors.
func TestFuzzyFindsWhatTheMatrixFindsInAllRows(t *testing.T) {
	t.Parallel()
	rows, keys := 500, 40
	if os.Getenv("TABLESTEP_ROUNDS") != "" {
		rows, keys = 8_000, 1_700
	}
	t.Run("companies", func(t *testing.T) {
		t.Parallel()
		requireFuzzyExact(t, newNames(21, companies), rows, keys)
	})
	t.Run("places", func(t *testing.T) {
		t.Parallel()
		requireFuzzyExact(t, newNames(22, places), rows, keys)
	})
	t.Run("two letters", func(t *testing.T) {
		t.Parallel()
		requireFuzzyExact(t, newNames(23, twoLetters), rows, keys)
	})
}

func requireFuzzyExact(t *testing.T, n *names, rows, keys int) {
	list := n.list(rows)
	slices.Sort(list)
	asked := n.keys(list, keys)
	plain := newPlainMatrix(64)
	numbered := make([][]int32, len(list))
	lengths, errors := make([]int, len(list)), make([]int, len(list))
	for i, row := range list {
		numbered[i] = plain.numbered(row)
		lengths[i] = len(numbered[i])
	}
	type asking struct {
		part   Part
		now    [2]*fuzzyKernel // without lists and with them
		before *fuzzyBefore
	}
	var all []asking
	for _, threshold := range []float64{0.9, 0.8, 0.7, 0.6} {
		for most := range 4 {
			a := asking{part: Part{Threshold: threshold, MaxErrors: most}}
			for i := range a.now {
				a.now[i] = newFuzzyKernel(t, list, a.part)
				a.now[i].set(asked)
				if i == 1 {
					listThrees(a.now[i].kernel)
				}
			}
			if most == 0 {
				a.before = newFuzzyBefore(textsOf(list), threshold, new(Meter))
			}
			all = append(all, a)
		}
	}
	var want, got []fuzzyMatch
	var answer []found
	hits := 0
	for i, key := range asked {
		value := plain.numbered(key)
		for row := range list {
			errors[row] = plain.errors(numbered[row], value)
		}
		for _, a := range all {
			want = fuzzyExpected(list, lengths, errors, len(value), a.part, want[:0])
			hits += len(want)
			name := func(what string) string {
				return fmt.Sprintf("%s, key %d %q, threshold %v, at most %d errors", what, i, key, a.part.Threshold, a.part.MaxErrors)
			}
			for lists, k := range a.now {
				answer = k.all(i, answer[:0])
				if got = fuzzyMatches(k.entries, answer, got[:0]); !slices.Equal(want, got) {
					require.Equal(t, want, got, "%s, lists %d", name("all"), lists)
				}
				answer = k.best(i, answer[:0])
				got = onlyHighest(fuzzyMatches(k.entries, answer, got[:0]))
				if best := onlyHighest(want); !slices.Equal(best, got) {
					require.Equal(t, best, got, "%s, lists %d", name("best"), lists)
				}
			}
			if a.before != nil {
				answer = a.before.find(key, new(Meter), answer[:0])
				if got = fuzzyMatches(a.before.entries, answer, got[:0]); !slices.Equal(want, got) {
					require.Equal(t, want, got, name("before"))
				}
			}
		}
	}
	require.Greater(t, hits, len(asked))
}

// listThrees gives a kernel the lists that only large columns have.
func listThrees(of kernel) {
	k := of.(*fuzzies)
	k.grams = newGramLists(&k.texts, k.firsts, new(Meter))
	k.grams.always = true
}
