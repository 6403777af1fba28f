package file_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	bolt "go.etcd.io/bbolt"

	"tablestep/tables"
	"tablestep/tables/file"
)

// format1 is a file that the program wrote before records had checksums: five
// versions of countries with --keep-versions 3, rolled back once, and a second lookup; a
// table with warnings; a deleted one; a rule set in three versions and a deleted one; a
// setting.
func format1(t testing.TB) (path string) {
	t.Helper()
	return unpacked(t, "format1.db.gz")
}

// format2 is a file that the program wrote before lookups had versions: much the same, with two
// lookups that are unlike their defaults, a table whose lookup is guessed and that was patched, and one
// that was never published.
func format2(t testing.TB) (path string) {
	t.Helper()
	return unpacked(t, "format2.db.gz")
}

func unpacked(t testing.TB, name string) (path string) {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "format", name))
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	z, err := gzip.NewReader(f)
	require.NoError(t, err)
	raw, err := io.ReadAll(z)
	require.NoError(t, err)
	path = filepath.Join(t.TempDir(), "tables.db")
	require.NoError(t, os.WriteFile(path, raw, 0o600))
	return path
}

// change changes a closed file as bbolt does.
func change(t testing.TB, path string, f func(tx *bolt.Tx) error) {
	t.Helper()
	db, err := bolt.Open(path, 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, db.Update(f))
	require.NoError(t, db.Close())
}

// requireFormat1 requires all that the file of the old format holds.
func requireFormat1(t testing.TB, s *tables.Store, k *file.Keeper) {
	t.Helper()
	require.Empty(t, s.Damaged())
	require.Len(t, s.Catalog().Tables(), 2)
	table, ok := s.Catalog().Table("countries")
	require.True(t, ok)
	require.Equal(t, 4, table.Live.Number)
	require.Equal(t, 3, table.Versions)
	require.Equal(t, []string{"countries", "by-code"}, []string{table.Lookups[0].Name, table.Lookups[1].Name})
	require.Equal(t, countries().rows, content(t, s, "countries", 0))
	sn, err := s.Snapshot(context.Background(), "countries", 0)
	require.NoError(t, err)
	require.Equal(t, []int32{1}, rowsOf(find(t, sn, table.Lookups[0], "germany")))
	warned, err := s.Versions("warned")
	require.NoError(t, err)
	require.NotEmpty(t, warned[0].Warnings)
	events, err := s.History("countries")
	require.NoError(t, err)
	require.Equal(t, tables.ActionRollback, events[0].Action)
	require.Len(t, events, 12)
	events, err = s.History("gone")
	require.NoError(t, err)
	require.Equal(t, tables.ActionDelete, events[0].Action)
	require.Equal(t, routing, liveRules(t, s.Catalog(), "lead-routing").Source)
	versions, err := s.RuleSetVersions("lead-routing")
	require.NoError(t, err)
	require.Len(t, versions, 3)
	value, err := s.Setting("fieldMapping")
	require.NoError(t, err)
	require.JSONEq(t, `{"invocation":["country"],"callback":["countryCode2"]}`, string(value))
	// Numbers go on.
	require.Equal(t, 6, publish(t, s, "countries", countries()).Version)
	require.Equal(t, 2, publish(t, s, "gone", countries()).Version)
	require.Equal(t, 4, putRules(t, s, "lead-routing", "four").Number)
	require.Equal(t, 2, putRules(t, s, "old", "again").Number)
	requireSound(t, k)
}

func TestAFileOfFormat1IsTakenOver(t *testing.T) {
	path := format1(t)
	s, k := at(t, path, tables.Options{KeepVersions: 3})
	requireFormat1(t, s, k)
	require.NoError(t, s.Close())
	s, _ = at(t, path, tables.Options{KeepVersions: 3})
	require.Empty(t, s.Damaged())
	require.Equal(t, 6, len(s.Catalog().Tables())+len(s.Catalog().RuleSets())+1)
	require.NoError(t, s.Close())
	report, err := file.Check(path)
	require.NoError(t, err)
	require.Empty(t, report.Findings)
}

func TestAFileFromBeforeThereWereRulesIsTakenOver(t *testing.T) {
	path := format1(t)
	change(t, path, func(tx *bolt.Tx) error {
		for _, bucket := range []string{"rulesets", "rulesetVersions", "rulesetHistory"} {
			if err := tx.DeleteBucket([]byte(bucket)); err != nil {
				return err
			}
		}
		return nil
	})
	s, _ := at(t, path, tables.Options{})
	require.Len(t, s.Catalog().Tables(), 2)
	require.Equal(t, 1, putRules(t, s, "r", "x").Number)
	require.NoError(t, s.Close())
}

func TestWhatIsDamagedInAFileOfFormat1IsSetAside(t *testing.T) {
	path := format1(t)
	change(t, path, func(tx *bolt.Tx) error {
		b := tx.Bucket([]byte("tables"))
		return b.Put([]byte("warned"), bytes.Replace(b.Get([]byte("warned")), []byte("next"), []byte(`ne"t`), 1))
	})
	s, _ := at(t, path, tables.Options{})
	defer func() { require.NoError(t, s.Close()) }()
	require.Len(t, s.Damaged(), 1)
	require.Contains(t, s.Damaged()[0].String(), `table "warned": it was set aside`)
	require.Equal(t, countries().rows, content(t, s, "countries", 0))
}

func TestAMissingBucketIsNotAnEmptyOne(t *testing.T) {
	for _, bucket := range []string{"meta", "heads", "versions", "findings", "data", "doomed", "history", "settings"} {
		path := filepath.Join(t.TempDir(), "tables.db")
		s, _ := at(t, path, tables.Options{})
		publish(t, s, "t", countries())
		require.NoError(t, s.Close())
		change(t, path, func(tx *bolt.Tx) error { return tx.DeleteBucket([]byte(bucket)) })
		_, err := file.Open(path, file.Options{})
		require.ErrorIs(t, err, tables.ErrDamaged)
		require.ErrorContains(t, err, bucket)
	}
}

func TestADamagedSequenceNeverOverwritesRows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tables.db")
	s, _ := at(t, path, tables.Options{})
	for range 3 {
		publish(t, s, "t", countries())
	}
	require.NoError(t, s.Close())
	change(t, path, func(tx *bolt.Tx) error {
		for _, bucket := range []string{"data", "history"} {
			if err := tx.Bucket([]byte(bucket)).SetSequence(0); err != nil {
				return err
			}
		}
		return nil
	})
	s, _ = at(t, path, tables.Options{})
	defer func() { require.NoError(t, s.Close()) }()
	publish(t, s, "other", &sheet{columns: []string{"a"}, rows: [][]string{{"1"}}})
	publish(t, s, "t", countries())
	for version := 1; version <= 4; version++ {
		require.Equal(t, countries().rows, content(t, s, "t", version))
	}
	events, err := s.History("t")
	require.NoError(t, err)
	require.Len(t, events, 8)
}
