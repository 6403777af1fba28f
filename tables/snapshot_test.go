package tables_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/tables"
	"tablestep/tables/answers"
	"tablestep/tables/keepertest"
	"tablestep/tables/schema"
)

// Each version has its number in every cell, so that an answer made of two
// versions would show.
func TestPublishingWhileLeadsAreLookedUpNeverMixesVersions(t *testing.T) {
	s := open(t, tables.Options{KeepVersions: 4})
	version := func(n int) *keepertest.Sheet {
		return &keepertest.Sheet{Header: []string{"k", "v"}, Make: func(row int, cells []string) bool {
			cells[0], cells[1] = fmt.Sprint("key ", row), fmt.Sprint(n)
			return row < 2000
		}}
	}
	keepertest.Publish(t, s, "t", version(1))
	stop := make(chan struct{})
	errs := make(chan error, 4)
	var wg sync.WaitGroup
	for g := range 3 {
		wg.Go(func() {
			keys, cells := make([]string, 20), make([]string, 20)
			found, rows := make([]answers.Found, 20), make([]int32, 20)
			for round := 0; ; round++ {
				select {
				case <-stop:
					return
				default:
				}
				table, ok := s.Catalog().Table("t")
				if !ok {
					errs <- fmt.Errorf("no table")
					return
				}
				l, _ := table.Lookup("")
				sn, err := s.Snapshot(context.Background(), "t", table.Live.Number)
				if err != nil {
					errs <- err
					return
				}
				for i := range keys {
					keys[i] = fmt.Sprint("KEY ", (round*20+i*g)%2000)
				}
				if err := sn.Find(context.Background(), &l, [][]string{keys}, found); err != nil {
					errs <- err
					return
				}
				for i := range found {
					rows[i] = found[i].Row
				}
				if err := sn.Gather(context.Background(), 1, rows, cells); err != nil {
					errs <- err
					return
				}
				for i := range cells {
					if cells[i] != fmt.Sprint(table.Live.Number) {
						errs <- fmt.Errorf("version %d answered %q for %q", table.Live.Number, cells[i], keys[i])
						return
					}
				}
			}
		})
	}
	for n := 2; n <= 25; n++ {
		keepertest.Publish(t, s, "t", version(n))
		if n%5 == 0 {
			back, err := s.Rollback(context.Background(), "t", tables.Lift{}, "")
			require.NoError(t, err)
			require.Equal(t, n-1, back)
			require.NoError(t, s.Publish("t", n, ""))
		}
		runtime.Gosched()
	}
	close(stop)
	wg.Wait()
	close(errs)
	for err := range errs {
		require.NoError(t, err)
	}
	requireSound(t, s)
}

func TestASweptVersionOnDiskSaysSo(t *testing.T) {
	s := open(t, tables.Options{MemoryBudget: 1})
	keepertest.Publish(t, s, "t", keepertest.Countries())
	sn, err := s.Snapshot(context.Background(), "t", 0)
	require.NoError(t, err)
	require.NoError(t, s.Delete("t", ""))
	require.NoError(t, s.Purge("t", ""))
	l := schema.Lookup{Match: []schema.Match{{Column: "country"}}}
	require.Eventually(t, func() bool { return len(storages(t, s)) == 0 }, 5*time.Second, 10*time.Millisecond)
	require.ErrorIs(t, sn.Find(context.Background(), &l, [][]string{{"Germany"}}, make([]answers.Found, 1)), schema.ErrVersionNotFound)
}

func TestPublishTakesNoLongerForALargeTable(t *testing.T) {
	s := open(t, tables.Options{})
	keepertest.Publish(t, s, "t", numberedSheet(200_000))
	keepertest.Publish(t, s, "t", numberedSheet(200_000))
	best := time.Hour
	for i := range 20 {
		start := time.Now()
		require.NoError(t, s.Publish("t", 1+i&1, ""))
		best = min(best, time.Since(start))
	}
	require.Less(t, best, 50*time.Millisecond, "far from what copying 200,000 rows takes, even on a slow disk")
}
