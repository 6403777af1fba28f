package file_test

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	bolt "go.etcd.io/bbolt"

	"tablestep/tables/file"
)

// storages are the storages that have chunks.
func storages(t testing.TB, k *file.Keeper) map[uint64]int {
	t.Helper()
	segments := map[uint64]int{}
	require.NoError(t, file.DB(k).View(func(tx *bolt.Tx) error {
		return tx.Bucket([]byte("data")).ForEachBucket(func(key []byte) error {
			segments[binary.BigEndian.Uint64(key)]++
			return nil
		})
	}))
	return segments
}

// doomed is how many storages wait for the sweeper.
func doomed(t testing.TB, k *file.Keeper) int {
	t.Helper()
	n := 0
	require.NoError(t, file.DB(k).View(func(tx *bolt.Tx) error {
		n = tx.Bucket([]byte("doomed")).Stats().KeyN
		return nil
	}))
	return n
}

// requireSound checks the pages of the file, in a writing transaction: the
// sweeper would change the list of free pages under a reading one.
func requireSound(t testing.TB, k *file.Keeper) {
	t.Helper()
	require.NoError(t, file.DB(k).Update(func(tx *bolt.Tx) error {
		for err := range tx.Check() {
			return err
		}
		return nil
	}))
}

// The sweeper works in the background.
const (
	sweepTime = 10 * time.Second
	sweepTick = 5 * time.Millisecond
)
