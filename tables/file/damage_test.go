package file_test

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	bolt "go.etcd.io/bbolt"

	"tablestep/tables"
	"tablestep/tables/answers"
	"tablestep/tables/column"
	"tablestep/tables/file"
	"tablestep/tables/keepertest"
	"tablestep/tables/schema"
)

func TestADamagedChunkIsAnErrorAndNotAnAnswer(t *testing.T) {
	for budget, name := range map[int64]string{0: "memory", 1: "disk"} {
		s, k := open(t, tables.Options{MemoryBudget: budget})
		keepertest.Publish(t, s, "t", keepertest.Countries())
		require.NoError(t, file.DB(k).Update(func(tx *bolt.Tx) error {
			data := tx.Bucket([]byte("data"))
			segment, _ := data.Cursor().First()
			b := data.Bucket(segment)
			key, chunk := b.Cursor().First()
			chunk = append([]byte{}, chunk...)
			chunk[len(chunk)-1] ^= 1
			return b.Put(key, chunk)
		}))
		sn, err := s.Snapshot(context.Background(), "t", 0)
		if err == nil {
			l := schema.Lookup{Match: []schema.Match{{Column: "country"}}}
			err = sn.Find(context.Background(), &l, [][]string{{"Germany"}}, make([]answers.Found, 1))
		}
		require.ErrorIs(t, err, column.ErrCorrupt, name)
		require.ErrorIs(t, err, tables.ErrDamaged, name)
		require.ErrorContains(t, err, `"country"`)
		scan, err := s.Scan(context.Background(), "t", 0)
		require.NoError(t, err)
		_, err = scan.Next()
		require.ErrorIs(t, err, tables.ErrDamaged, "it is known by now, and not read again")
		require.ErrorContains(t, err, `"country"`)
	}
}

func TestATableOfSeveralSegmentsIsReadAndSwept(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 150 MB")
	}
	s, k := open(t, tables.Options{})
	source := func() *keepertest.Sheet {
		r := rand.New(rand.NewPCG(9, 9))
		noise := make([]byte, 8<<20)
		return &keepertest.Sheet{Header: []string{"k", "noise"}, Make: func(row int, cells []string) bool {
			for i := range noise {
				noise[i] = byte(r.Uint32())
			}
			cells[0], cells[1] = string(rune('a'+row)), string(noise)
			return row < 17
		}}
	}
	keepertest.Publish(t, s, "t", source())
	require.Equal(t, map[uint64]int{1: 3}, storages(t, k))
	want, got := source(), keepertest.Cells(t, s, "t", 0)
	require.Len(t, got, 17)
	for i := range got {
		row, err := want.Next()
		require.NoError(t, err)
		require.True(t, row.Cells[0] == got[i][0] && row.Cells[1] == got[i][1], "row %d", i)
	}
	require.NoError(t, s.Delete("t", ""))
	require.NoError(t, s.Purge("t", ""))
	require.Eventually(t, func() bool { return len(storages(t, k)) == 0 && doomed(t, k) == 0 }, 10*time.Second, 10*time.Millisecond)
	requireSound(t, k)
}

// The sweeper saw the mark of an import that has become a version since.
func TestTheSweeperLooksAgainBeforeItRemoves(t *testing.T) {
	s, k := open(t, tables.Options{})
	keepertest.Publish(t, s, "t", keepertest.Countries())
	require.Len(t, storages(t, k), 1)
	for id := range storages(t, k) {
		require.NoError(t, file.SweepOne(k, id))
	}
	require.Equal(t, keepertest.Countries().Rows, keepertest.Cells(t, s, "t", 0))
}
