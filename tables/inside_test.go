package tables_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	bolt "go.etcd.io/bbolt"

	"tablestep/tables"
)

// inside looks into a copy of the file of a store that open has opened, as it is now.
func inside(t testing.TB, s *tables.Store, f func(tx *bolt.Tx) error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "copy.db")
	require.NoError(t, os.WriteFile(path, backup(t, s), 0o600))
	db, err := bolt.Open(path, 0o600, &bolt.Options{NoFreelistSync: true})
	require.NoError(t, err)
	require.NoError(t, db.View(f))
	require.NoError(t, db.Close())
	require.NoError(t, os.Remove(path))
}

// storages are the storages that have chunks.
func storages(t testing.TB, s *tables.Store) map[uint64]int {
	t.Helper()
	segments := map[uint64]int{}
	inside(t, s, func(tx *bolt.Tx) error {
		return tx.Bucket([]byte("data")).ForEachBucket(func(k []byte) error {
			segments[binary.BigEndian.Uint64(k)]++
			return nil
		})
	})
	return segments
}

// doomed is how many storages wait for the sweeper.
func doomed(t testing.TB, s *tables.Store) int {
	t.Helper()
	n := 0
	inside(t, s, func(tx *bolt.Tx) error {
		n = tx.Bucket([]byte("doomed")).Stats().KeyN
		return nil
	})
	return n
}

// requireSound checks the pages of the file.
func requireSound(t testing.TB, s *tables.Store) {
	t.Helper()
	inside(t, s, func(tx *bolt.Tx) error {
		for err := range tx.Check() {
			return err
		}
		return nil
	})
}

// The sweeper works in the background.
const (
	sweepTime = 10 * time.Second
	sweepTick = 5 * time.Millisecond
)
