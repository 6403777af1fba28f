package starter_test

import (
	"encoding/csv"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/cmd/tablestep/starter"
)

// written is a sheet as lines.
func written(t *testing.T, text string) *starter.Sheet {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	require.NoError(t, err)
	return &starter.Sheet{Columns: rows[0], Rows: rows[1:]}
}

func TestWhatPeopleMadeOfABaseStaysUnderTheNext(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		base, mine, next, want           string
		side                             starter.Side
		added, removed, changed, kept, n int
	}{
		"nothing changed":                 {base: "k,v\na,1\nb,2\n", mine: "k,v\na,1\nb,2\n", next: "k,v\na,1\nb,2\n", want: "k,v\na,1\nb,2\n"},
		"the base alone changed":          {base: "k,v\na,1\nb,2\n", mine: "k,v\na,1\nb,2\n", next: "k,v\nc,3\na,9\n", want: "k,v\nc,3\na,9\n", added: 1, removed: 1, changed: 1},
		"a row that people added":         {base: "k,v\na,1\nb,2\n", mine: "k,v\na,1\nx,7\ny,8\nb,2\n", next: "k,v\na,1\nn,5\nb,2\n", want: "k,v\na,1\nx,7\ny,8\nn,5\nb,2\n", added: 1, kept: 2},
		"a row added in front":            {base: "k,v\na,1\n", mine: "k,v\nx,7\na,1\n", next: "k,v\nn,5\na,1\n", want: "k,v\nx,7\nn,5\na,1\n", added: 1, kept: 1},
		"a row that people changed":       {base: "k,v\na,1\nb,2\n", mine: "k,v\na,7\nb,2\n", next: "k,v\na,1\nb,3\n", want: "k,v\na,7\nb,3\n", changed: 1, kept: 1},
		"a row that people took out":      {base: "k,v\na,1\nb,2\n", mine: "k,v\nb,2\n", next: "k,v\na,1\nb,2\nc,3\n", want: "k,v\nb,2\nc,3\n", added: 1, kept: 1},
		"both took it out":                {base: "k,v\na,1\nb,2\n", mine: "k,v\nb,2\n", next: "k,v\nb,2\n", want: "k,v\nb,2\n"},
		"both made the same change":       {base: "k,v\na,1\n", mine: "k,v\na,2\n", next: "k,v\na,2\n", want: "k,v\na,2\n"},
		"both added the same":             {base: "k,v\na,1\n", mine: "k,v\na,1\nb,2\n", next: "k,v\nb,2\na,1\n", want: "k,v\nb,2\na,1\n"},
		"both changed it otherwise":       {base: "k,v\na,1\n", mine: "k,v\na,2\n", next: "k,v\na,3\n", want: "k,v\na,2\n", n: 1},
		"changed here, taken out there":   {base: "k,v\na,1\n", mine: "k,v\na,2\n", next: "k,v\nb,3\n", want: "k,v\na,2\nb,3\n", added: 1, n: 1},
		"taken out here, changed there":   {base: "k,v\na,1\nb,1\n", mine: "k,v\nb,1\n", next: "k,v\na,2\nb,1\n", want: "k,v\nb,1\n", n: 1},
		"both added the same key":         {base: "k,v\na,1\n", mine: "k,v\na,1\nb,2\n", next: "k,v\na,1\nb,3\n", want: "k,v\na,1\nb,2\n", n: 1},
		"a conflict decided for people":   {base: "k,v\na,1\n", mine: "k,v\na,2\n", next: "k,v\na,3\n", want: "k,v\na,2\n", side: starter.Mine, kept: 1},
		"a conflict decided for the base": {base: "k,v\na,1\n", mine: "k,v\na,2\n", next: "k,v\na,3\n", want: "k,v\na,3\n", side: starter.Shipped, changed: 1},
		"several rows of a key":           {base: "k,v\na,1\na,2\nb,1\n", mine: "k,v\na,1\na,2\na,3\nb,1\n", next: "k,v\na,1\na,2\nb,9\n", want: "k,v\na,1\na,2\na,3\nb,9\n", changed: 1, kept: 1},
		"a column that people added":      {base: "k,v\na,1\nb,2\n", mine: "k,v,o\na,1,me\nb,2,\n", next: "k,v\na,1\nb,3\nc,4\n", want: "k,v,o\na,1,me\nb,3,\nc,4,\n", added: 1, changed: 1, kept: 1},
		"a column that people took out":   {base: "k,v,w\na,1,x\n", mine: "k,w\na,x\n", next: "k,v,w\na,2,y\n", want: "k,w\na,y\n", changed: 1},
		"a column that the base brings":   {base: "k,v\na,1\nb,2\n", mine: "k,v\na,1\n", next: "k,w,v\na,x,1\n", want: "k,w,v\na,x,1\n", changed: 1},
		"columns in another order":        {base: "k,v\na,1\n", mine: "v,k\n1,a\n7,x\n", next: "k,v\na,2\n", want: "k,v\na,2\nx,7\n", changed: 1, kept: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, err := starter.Join(written(t, c.base), written(t, c.mine), written(t, c.next), []string{"k"}, c.side)
			require.NoError(t, err)
			require.Equal(t, written(t, c.want), &m.Sheet)
			require.Equal(t, []int{c.added, c.removed, c.changed, c.kept, c.n}, []int{m.Added, m.Removed, m.Changed, m.Kept, len(m.Conflicts)}, "added, removed, changed, kept, conflicts")
		})
	}
}

func TestAConflictTellsTheRowsOfAllThree(t *testing.T) {
	t.Parallel()
	m, err := starter.Join(written(t, "k,v\na,1\nb,1\n"), written(t, "k,v\na,2\n"), written(t, "k,v\na,3\nb,3\n"), []string{"k"}, starter.Undecided)
	require.NoError(t, err)
	require.Equal(t, []starter.Conflict{
		{Key: []string{"a"}, Base: [][]string{{"a", "1"}}, Mine: [][]string{{"a", "2"}}, Shipped: [][]string{{"a", "3"}}},
		{Key: []string{"b"}, Base: [][]string{{"b", "1"}}, Shipped: [][]string{{"b", "3"}}},
	}, m.Conflicts)
}

func TestWithoutItsKeyATableIsNotMerged(t *testing.T) {
	t.Parallel()
	_, err := starter.Join(written(t, "k,v\na,1\n"), written(t, "v\n1\n"), written(t, "k,v\na,1\n"), []string{"k"}, starter.Undecided)
	require.ErrorContains(t, err, `no column "k"`)
}

// Keys are cells side by side: no cell runs into the next.
func TestKeysOfSeveralColumnsAreToldApart(t *testing.T) {
	t.Parallel()
	base := written(t, "k,l,v\nab,c,1\na,bc,1\n")
	m, err := starter.Join(base, written(t, "k,l,v\nab,c,1\na,bc,2\n"), base, []string{"k", "l"}, starter.Undecided)
	require.NoError(t, err)
	require.Equal(t, written(t, "k,l,v\nab,c,1\na,bc,2\n"), &m.Sheet)
	require.Equal(t, 1, m.Kept)
}

// The oracle looks at each key by itself: what people left alone is as in the next base, and
// what the next base left alone is as people made it.
func TestAMergeIsWhatAPlainModelSays(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(15, 7))
	conflicts := 0
	for range 2000 {
		base := randomCells(random)
		mine, next := changed(random, base), changed(random, base)
		m, err := starter.Join(sheetOf(base), sheetOf(mine), sheetOf(next), []string{"k"}, starter.Shipped)
		require.NoError(t, err)
		got := map[string]string{}
		for _, r := range m.Sheet.Rows {
			require.NotContains(t, got, r[0])
			got[r[0]] = r[1]
		}
		for i := range 8 {
			k := strconv.Itoa(i)
			want := next[k]
			if next[k] == base[k] {
				want = mine[k]
			} else if mine[k] != base[k] && mine[k] != next[k] {
				conflicts++
			}
			require.Equal(t, want, got[k], "key %s of %v, %v, %v", k, base, mine, next)
		}
	}
	require.Greater(t, conflicts, 100)
}

// randomCells are some of eight keys with a value each.
func randomCells(random *rand.Rand) map[string]string {
	cells := map[string]string{}
	for i := range 8 {
		if random.IntN(3) > 0 {
			cells[strconv.Itoa(i)] = strconv.Itoa(1 + random.IntN(3))
		}
	}
	return cells
}

// changed is cells of which some are gone, new or others.
func changed(random *rand.Rand, cells map[string]string) map[string]string {
	other := randomCells(random)
	for i := range 8 {
		k := strconv.Itoa(i)
		if random.IntN(3) == 0 {
			continue
		}
		delete(other, k)
		if v, ok := cells[k]; ok {
			other[k] = v
		}
	}
	return other
}

// sheetOf is cells as rows, in the order of their keys.
func sheetOf(cells map[string]string) *starter.Sheet {
	s := &starter.Sheet{Columns: []string{"k", "v"}}
	for i := range 8 {
		k := strconv.Itoa(i)
		if v, ok := cells[k]; ok {
			s.Rows = append(s.Rows, []string{k, v})
		}
	}
	return s
}
