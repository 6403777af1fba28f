package answers_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/answers"
	"tablestep/tables/scan/scantest"
	"tablestep/tables/schema"
)

// Keys of up to five parts, of which several have two keys, give the same rows from memory
// and from the disk, where a sieve picks them, and those are the rows that a scan finds.
func TestKeysInFormsAreAnsweredFromTheDiskAsFromMemory(t *testing.T) {
	t.Parallel()
	all := manners()
	var hashed []manner
	for _, m := range all {
		if m.mode.Hashed() {
			hashed = append(hashed, m)
		}
	}
	require.Len(t, hashed, 4)
	hits := 0
	for round := range 12 * rounds(t) {
		r := rand.New(rand.NewPCG(14, uint64(round)))
		var entries []entry
		var columns []string
		l := schema.Lookup{HitPolicy: schema.PolicyCollect, Aggregate: schema.AggregateCount}
		for p := range 1 + r.IntN(5) {
			m := hashed[r.IntN(len(hashed))]
			if r.IntN(2) == 0 {
				m = hashed[2+r.IntN(2)]
			}
			columns = append(columns, fmt.Sprint("c", p))
			e := entry{Match: schema.Match{Column: columns[p], Field: "f", Mode: m.mode, MatchEmpty: r.IntN(2) == 0}, manner: m, column: p}
			entries, l.Match = append(entries, e), append(l.Match, e.Match)
		}
		rows := make([][]string, 1+r.IntN(200))
		for row := range rows {
			for _, e := range entries {
				cell := pick(r, e.cells[:min(len(e.cells), 5)])
				if r.IntN(20) == 0 {
					cell = ""
				}
				rows[row] = append(rows[row], cell)
			}
		}
		tuples := make([][]string, len(entries))
		for range 20 {
			for p, e := range entries {
				value := pick(r, e.of[:min(len(e.of), 6)])
				if r.IntN(20) == 0 {
					value = ""
				}
				tuples[p] = append(tuples[p], value)
			}
		}
		for _, budget := range []int64{roomy, onDisk} {
			sn := snapshot(t, budget, scantest.New(columns, rows, 7+r.IntN(60)))
			for at := range tuples[0] {
				var key []string
				for p := range tuples {
					key = append(key, tuples[p][at])
				}
				got, err := sn.All(context.Background(), &l, key, len(rows), nil)
				require.NoError(t, err)
				var want []int32
				for row, cells := range rows {
					all := true
					for p, e := range entries {
						_, _, ok := e.matches(cells, key[p])
						all = all && ok
					}
					if all {
						want = append(want, int32(row))
					}
				}
				require.Equal(t, fmt.Sprint(want), fmt.Sprint(got), "memory %v, %q, %+v", budget == roomy, key, l.Match)
				hits += len(want)
			}
		}
	}
	require.Greater(t, hits, 1000)
}

// A column that is compared in several forms has a list of hashes for each, and one for
// exact and normalized together.
func TestAColumnHasAListOfHashesForEachForm(t *testing.T) {
	t.Parallel()
	table := scantest.New([]string{"k"}, [][]string{{"Zürich"}, {"Zurich"}, {"Acme, Inc."}}, 2)
	s := shelve(t, answers.Options{Budget: onDisk}, table)
	sn, err := s.take(context.Background(), table.Version.Table)
	require.NoError(t, err)
	for _, c := range []struct {
		mode  schema.Mode
		value string
		want  []int32
		lists int
	}{
		{schema.ModeNormalized, "zürich", []int32{0}, 1},
		{schema.ModeExact, "Zurich", []int32{1}, 1},
		{schema.ModeLoose, "Zuerich", []int32{0}, 2},
		{schema.ModeLoose, "ZÜRICH", []int32{0, 1}, 2},
		{schema.ModeCompany, "ZÜRICH", []int32{0, 1}, 3},
	} {
		l := schema.Lookup{Match: []schema.Match{{Column: "k", Field: "f", Mode: c.mode}}}
		rows, err := sn.All(context.Background(), &l, []string{c.value}, 10, nil)
		require.NoError(t, err)
		require.Equal(t, c.want, rows, c)
		require.Equal(t, c.lists, answers.Lists(s.Cache), c)
	}
}
