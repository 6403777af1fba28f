package file_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	bolt "go.etcd.io/bbolt"

	"tablestep/tables"
	"tablestep/tables/file"
	"tablestep/tables/keepertest"
	"tablestep/tables/schema"
)

func TestAFileOfAnotherFormatIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tables.db")
	db, err := bolt.Open(path, 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, db.Update(func(tx *bolt.Tx) error {
		b, err := tx.CreateBucket([]byte("meta"))
		if err != nil {
			return err
		}
		return b.Put([]byte("format"), []byte{99})
	}))
	require.NoError(t, db.Close())
	_, err = file.OpenStore(path, tables.Options{})
	require.ErrorContains(t, err, "99")
	require.NoError(t, os.WriteFile(path, []byte(strings.Repeat("no bolt", 10_000)), 0o600))
	_, err = file.OpenStore(path, tables.Options{})
	require.Error(t, err)
}

func TestASecondProcessDoesNotGetTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tables.db")
	s, err := file.OpenStore(path, tables.Options{})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	_, err = file.OpenStore(path, tables.Options{})
	require.ErrorIs(t, err, file.ErrInUse)
	require.ErrorContains(t, err, path+": in use by another process")
}

// No list of cells that mean anything is the mode's own, and an empty one is none: they
// stay two things on the disk.
func TestCellsThatMeanAnythingComeBackAsTheyWere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tables.db")
	s, err := file.OpenStore(path, tables.Options{})
	require.NoError(t, err)
	keepertest.Publish(t, s, "t", &keepertest.Sheet{Header: []string{"k", "v"}, Rows: [][]string{{"a", "1"}}})
	lists := map[string][]string{"own": nil, "nothing": {}, "some": {"*", "-", ""}}
	for name, list := range lists {
		l := schema.Lookup{Name: name, Match: []schema.Match{{Column: "k", Field: "f", Mode: schema.ModeCondition, Anything: list}}}
		require.NoError(t, s.SetLookup("t", l, "ann"))
	}
	require.NoError(t, s.Close())
	s, err = file.OpenStore(path, tables.Options{})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	table, ok := s.Catalog().Table("t")
	require.True(t, ok)
	for name, list := range lists {
		l, ok := table.Lookup(name)
		require.True(t, ok, name)
		require.Equal(t, list, l.Match[0].Anything, name)
	}
}
