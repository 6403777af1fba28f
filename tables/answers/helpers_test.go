package answers_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/answers"
	"tablestep/tables/scan"
	"tablestep/tables/scan/scantest"
	"tablestep/tables/schema"
)

// Budgets of a cache: with room for all there is here, and with none at all.
const (
	roomy  = 2 << 30
	onDisk = 1
)

// A shelf is a cache over versions in memory, and which of them are live.
type shelf struct {
	*answers.Cache

	mu   sync.Mutex // guards the fields below
	live map[string]*scantest.Table
	all  map[*schema.Version]*scantest.Table
}

// shelve makes a shelf of versions, each the live one of the table that it names.
func shelve(t testing.TB, o answers.Options, of ...*scantest.Table) *shelf {
	t.Helper()
	s := &shelf{live: map[string]*scantest.Table{}, all: map[*schema.Version]*scantest.Table{}}
	for _, table := range of {
		s.put(table)
	}
	if o.Scratch == "" {
		o.Scratch = t.TempDir()
	}
	o.Reader = func(v *schema.Version) scan.Reader {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.all[v]
	}
	o.Live = func(name string) (*schema.Version, *schema.Lookup) {
		if table := s.of(name); table != nil {
			return table.Version, nil
		}
		return nil, nil
	}
	s.Cache = answers.NewCache(o)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// put makes a version the live one of its table.
func (s *shelf) put(table *scantest.Table) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.live[table.Version.Table], s.all[table.Version] = table, table
}

// of is the live version of a table.
func (s *shelf) of(name string) *scantest.Table {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.live[name]
}

// take is the snapshot of the live version of a table.
func (s *shelf) take(ctx context.Context, name string) (*answers.Snapshot, error) {
	return s.Snapshot(ctx, name, s.of(name).Version)
}

// snapshot is the only version of a cache of its own.
func snapshot(t testing.TB, budget int64, of *scantest.Table) *answers.Snapshot {
	t.Helper()
	sn, err := shelve(t, answers.Options{Budget: budget}, of).take(context.Background(), of.Version.Table)
	require.NoError(t, err)
	require.Equal(t, budget != onDisk, sn.InMemory())
	return sn
}

func countries() *scantest.Table {
	return scantest.New([]string{"country", "alpha-2", "numeric"}, [][]string{
		{"United States", "US", "840"}, {"Germany", "DE", "276"}, {"Afghanistan", "AF", "004"}, {"Côte d'Ivoire", "CI", "384"},
	}, 0)
}

// numbered is a table of so many rows: a unique key, a column of few texts, a number.
func numbered(rows int) *scantest.Table {
	return scantest.Make([]string{"account", "state", "employees"}, 0, func(row int, cells []string) bool {
		cells[0] = fmt.Sprintf("Account %07d", row)
		cells[1] = [...]string{"CA", "NY", "TX", "", "WA"}[row%5]
		cells[2] = fmt.Sprint(row * 7919 % 100_000)
		return row < rows
	})
}

// find looks up single values.
func find(t testing.TB, sn *answers.Snapshot, l schema.Lookup, values ...string) []answers.Found {
	t.Helper()
	found := make([]answers.Found, len(values))
	require.NoError(t, sn.Find(context.Background(), &l, [][]string{values}, found))
	return found
}

func rowsOf(found []answers.Found) []int32 {
	rows := make([]int32, len(found))
	for i, f := range found {
		rows[i] = f.Row
	}
	return rows
}
