package file_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	bolt "go.etcd.io/bbolt"

	"tablestep/tables"
	"tablestep/tables/file"
	"tablestep/tables/keepertest"
	"tablestep/tables/schema"
)

// aliased makes a file with the table t, whose lookup has two aliases.
func aliased(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "tables.db")
	s, _ := at(t, path, tables.Options{})
	keepertest.Publish(t, s, "t", keepertest.Countries())
	require.NoError(t, s.SetLookup("t", schema.Lookup{Match: []schema.Match{{Column: "country", Field: "country"}}}, "ann"))
	_, err := s.AddAliases(t.Context(), "t", "", []schema.Alias{
		{Action: schema.AliasMap, Values: map[string]string{"country": "BRD"}, Target: map[string]string{"country": "Germany"}},
		{Action: schema.AliasIgnore, Values: map[string]string{"country": "n/a"}},
	}, tables.AliasOptions{By: "ann"})
	require.NoError(t, err)
	require.NoError(t, s.Close())
	return path
}

// A damaged alias is set aside alone: the other ones and their lookup work, and it can be removed.
func TestADamagedAliasIsSetAsideAlone(t *testing.T) {
	key := file.VersionKey(lookup(tables.DefaultLookup), 1)
	for name, damage := range map[string]func(tx *bolt.Tx) error{
		"changed": flip("aliases", key),
		"of an action that nobody knows": func(tx *bolt.Tx) error {
			return tx.Bucket([]byte("aliases")).Put(key, file.Wrap("aliases", key, []byte(`{"values":{"country":"BRD"},"action":"guess"}`)))
		},
		"of another one": func(tx *bolt.Tx) error {
			b := tx.Bucket([]byte("aliases"))
			return b.Put(key, append([]byte{}, b.Get(file.VersionKey(lookup(tables.DefaultLookup), 2))...))
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := aliased(t)
			change(t, path, damage)
			report, err := file.Check(path)
			require.NoError(t, err)
			require.Len(t, report.Findings, 1)
			require.Equal(t, `lookup "t" of table "t", alias 1`, report.Findings[0].Place)
			s, k := at(t, path, tables.Options{})
			defer func() { require.NoError(t, s.Close()) }()
			d := requireDamage(t, s, tables.DamagedLookup, "t/t", 0)
			require.Contains(t, d.Problem, "alias 1 of it was set aside")
			list, err := s.Aliases(t.Context(), "t", "t")
			require.NoError(t, err)
			require.Len(t, list, 1)
			require.Equal(t, 2, list[0].ID)
			require.NoError(t, s.RemoveAliases("t", []int{1}, "ann"))
			require.Empty(t, s.Damaged())
			requireSound(t, k)
		})
	}
}

// What stands where no alias can is told, and harms nothing.
func TestCheckTellsOfAliasesThatAreNoLookups(t *testing.T) {
	path := aliased(t)
	report, err := file.Check(path)
	require.NoError(t, err)
	require.Empty(t, report.Findings)
	require.Equal(t, 2, report.Aliases)
	gone := file.VersionKey(lookup("gone"), 7)
	content := []byte(`{"values":{"a":"b"},"action":"ignore"}`)
	strange := file.VersionKey(table("t"), 3)
	change(t, path, func(tx *bolt.Tx) error {
		b := tx.Bucket([]byte("aliases"))
		if err := b.Put(gone, file.Wrap("aliases", gone, content)); err != nil {
			return err
		}
		return b.Put(strange, file.Wrap("aliases", strange, content))
	})
	report, err = file.Check(path)
	require.NoError(t, err)
	var places []string
	for _, f := range report.Findings {
		places = append(places, f.Place+": "+f.Problem)
	}
	require.Contains(t, places, `lookup "gone" of table "t", alias 7: its lookup is missing`)
	require.Contains(t, places, `table "t", alias 3: it is no lookup's`)
}

// A file that was written before there were aliases is opened as it is.
func TestAFileOfBeforeAliasesGetsRoomForThem(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tables.db")
	s, _ := at(t, path, tables.Options{})
	keepertest.Publish(t, s, "t", keepertest.Countries())
	require.NoError(t, s.SetLookup("t", schema.Lookup{Match: []schema.Match{{Column: "country", Field: "country"}}}, "ann"))
	require.NoError(t, s.Close())
	change(t, path, func(tx *bolt.Tx) error { return tx.DeleteBucket([]byte("aliases")) })
	report, err := file.Check(path)
	require.NoError(t, err)
	require.Empty(t, report.Findings)
	require.Equal(t, 1, report.Tables)
	s, k := at(t, path, tables.Options{})
	defer func() { require.NoError(t, s.Close()) }()
	_, err = s.AddAliases(t.Context(), "t", "", []schema.Alias{{Action: schema.AliasIgnore, Values: map[string]string{"country": "x"}}}, tables.AliasOptions{})
	require.NoError(t, err)
	requireSound(t, k)
}
