package tables_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables"
	"tablestep/tables/answers"
	"tablestep/tables/keepertest"
	"tablestep/tables/schema"
)

// A batch asks a version on the disk for nothing, to learn whether it is sound.
func TestWhereNoColumnIsWantedTheKeeperIsNotAsked(t *testing.T) {
	t.Parallel()
	s, owner := over(t, keepertest.NewMemory(), tables.Options{MemoryBudget: 1, Scratch: t.TempDir()})
	defer func() { require.NoError(t, s.Close()) }()
	keepertest.Publish(t, s, "t", keepertest.Countries())
	var mu sync.Mutex // guards calls
	var calls []string
	owner.Inject(func(call string) *keepertest.Fault {
		mu.Lock()
		defer mu.Unlock()
		calls = append(calls, call)
		return nil
	})
	l := schema.Lookup{Match: []schema.Match{{Column: "country"}}, Outputs: []schema.Output{{Column: "numeric"}}}
	var a answers.Batch
	for _, value := range []string{"Germany", ""} {
		sn, err := s.Snapshot(context.Background(), "t", 0)
		require.NoError(t, err)
		require.False(t, sn.InMemory())
		mu.Lock()
		calls = nil
		mu.Unlock()
		require.NoError(t, sn.Answer(context.Background(), &l, [][]string{{value}}, &a, nil))
		mu.Lock()
		require.Equal(t, value != "", slices.Contains(calls, "Read"), "%q: %v", value, calls)
		mu.Unlock()
	}
}
