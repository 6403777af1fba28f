package check_test

import (
	"cmp"
	"context"
	"hash/maphash"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/check"
	"tablestep/tables/column"
	"tablestep/tables/scan"
	"tablestep/tables/scan/scantest"
	"tablestep/tables/schema"
)

// upload takes rows in as an upload does: it describes the columns, and gives what was
// found and how many there were.
func upload(t testing.TB, rows *scantest.Table, u check.Upload) (list []schema.Warning, total int) {
	t.Helper()
	var w check.Warnings
	v, names := rows.Version, rows.Version.ColumnNames()
	cells, stats, seed := check.CellsOf(v, u.Lookups), make([]check.Stats, len(names)), maphash.MakeSeed()
	for c := range stats {
		stats[c] = check.NewStats(len(names))
	}
	require.NoError(t, scan.Each(context.Background(), rows, v.AllColumns(), func(first int, chunks []*column.Chunk) error {
		for c, chunk := range chunks {
			stats[c].Add(seed, chunk)
			cells[c].Check(&w, first+1, chunk)
		}
		return nil
	}))
	for c := range stats {
		v.Columns[c] = stats[c].Column(names[c], v.Rows)
	}
	u.Table = v.Table
	require.NoError(t, check.Rows(context.Background(), rows, v, u, &w))
	all := w.All(nil)
	return all.List, all.Total()
}

// settled is a lookup as it stands once it was set for a version.
func settled(t testing.TB, v *schema.Version, l schema.Lookup) schema.Lookup {
	t.Helper()
	if l.Name == "" {
		l.Name = v.Table
	}
	l.Match = append([]schema.Match{}, l.Match...)
	for i := range l.Match {
		l.Match[i].Field = "f"
	}
	require.NoError(t, l.Settle(v))
	return l
}

// warned is what is found in rows under a lookup that is the table's default one.
func warned(t testing.TB, l schema.Lookup, columns []string, rows [][]string) []schema.Warning {
	t.Helper()
	of := scantest.New(columns, rows, 2)
	list, _ := upload(t, of, check.Upload{Lookups: []schema.Lookup{settled(t, of.Version, l)}})
	return list
}

func codes(list []schema.Warning) map[string]int {
	counts := map[string]int{}
	for _, w := range list {
		counts[w.Code]++
	}
	return counts
}

// rounds is how often an oracle test goes over everything: 1, or what the
// environment says for a long run.
func rounds(t testing.TB) int {
	text := os.Getenv("TABLESTEP_ROUNDS")
	if text == "" {
		return 1
	}
	n, err := strconv.Atoi(text)
	require.NoError(t, err)
	return n
}

// sortedByRow puts lines of told in the order of their rows.
func sortedByRow(lines []string) []string {
	slices.SortFunc(lines, func(a, b string) int {
		return cmp.Compare(strings.Fields(a)[1], strings.Fields(b)[1])
	})
	return lines
}
