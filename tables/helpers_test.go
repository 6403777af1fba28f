package tables_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/tables"
	"tablestep/tables/file"
	"tablestep/tables/keepertest"
	"tablestep/tables/schema"
)

func open(t testing.TB, o tables.Options) *tables.Store {
	t.Helper()
	s := openAt(t, filepath.Join(t.TempDir(), "tables.db"), o)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// openAt is a store that the caller closes.
func openAt(t testing.TB, path string, o tables.Options) *tables.Store {
	t.Helper()
	keeper, err := file.Open(path, file.Options{})
	require.NoError(t, err)
	s, err := tables.Open(keeper, o)
	require.NoError(t, err)
	keepers.Store(s, keeper)
	t.Cleanup(func() { keepers.Delete(s) })
	return s
}

// backup is a copy of the file of a store that open has opened.
func backup(t testing.TB, s *tables.Store) []byte {
	t.Helper()
	keeper, ok := keepers.Load(s)
	require.True(t, ok)
	var b bytes.Buffer
	n, err := keeper.(*file.Keeper).WriteTo(&b)
	require.NoError(t, err)
	require.Equal(t, int64(b.Len()), n)
	return b.Bytes()
}

// keepers are the files of the stores that open has opened, for tests that look into them.
var keepers sync.Map //nolint:gochecknoglobals // of tests

func codes(list []schema.Warning) map[string]int {
	counts := map[string]int{}
	for _, w := range list {
		counts[w.Code]++
	}
	return counts
}

func fixedClock() func() time.Time {
	at := time.Date(2024, 3, 31, 10, 0, 0, 0, time.UTC)
	return func() time.Time { return at }
}

// numbered makes a table of so many rows: a unique key, a dictionary column, a
// column of numbers.
func numberedSheet(rows int) *keepertest.Sheet {
	return &keepertest.Sheet{Header: []string{"account", "state", "employees"}, Make: func(row int, cells []string) bool {
		if row == rows {
			return false
		}
		cells[0] = fmt.Sprintf("Account %07d", row)
		cells[1] = [...]string{"CA", "NY", "TX", "", "WA"}[row%5]
		cells[2] = fmt.Sprint(row * 7919 % 100_000)
		return true
	}}
}
