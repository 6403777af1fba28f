package file_test

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	bolt "go.etcd.io/bbolt"

	"tablestep/tables"
	"tablestep/tables/file"
	"tablestep/tables/keepertest"
	"tablestep/tables/schema"
	"tablestep/tables/view"
)

// A damagedStore is a file with a sound table and rule set beside what is to be
// damaged: table t and rule set r, of three versions each, of which the last is live, and
// a setting.
func damagedStore(t testing.TB, damage func(tx *bolt.Tx) error) (*tables.Store, *file.Keeper) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tables.db")
	s, _ := at(t, path, tables.Options{KeepVersions: 3})
	keepertest.Publish(t, s, "sound", keepertest.Countries())
	putRules(t, s, "sound", routing)
	for n := range 3 {
		keepertest.Publish(t, s, "t", &keepertest.Sheet{Header: []string{"k", "v"}, Rows: [][]string{{"a", fmt.Sprint(n + 1)}, {"a", "x"}}, Findings: []schema.Warning{{Code: "SHORT_ROW"}}})
		putRules(t, s, "r", fmt.Sprint("source ", n+1))
	}
	require.NoError(t, s.SetSetting("mapping", []byte("{}")))
	require.NoError(t, s.Close())
	change(t, path, damage)
	s, k := at(t, path, tables.Options{KeepVersions: 3}) // the store opens whatever is damaged in it
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	require.Equal(t, keepertest.Countries().Rows, keepertest.Cells(t, s, "sound", 0), "everything else works")
	require.Equal(t, routing, liveRules(t, s.Catalog(), "sound").Source)
	keepertest.Publish(t, s, "sound", keepertest.Countries())
	return s, k
}

// flip damages one record.
func flip(bucket string, key []byte) func(tx *bolt.Tx) error {
	return func(tx *bolt.Tx) error {
		b := tx.Bucket([]byte(bucket))
		record := bytes.Clone(b.Get(key))
		record[len(record)/2] ^= 4
		return b.Put(bytes.Clone(key), record)
	}
}

// requireDamage requires exactly one damage.
func requireDamage(t testing.TB, s *tables.Store, kind tables.DamageKind, name string, version int) tables.Damage {
	t.Helper()
	list := s.Damaged()
	require.Len(t, list, 1)
	require.Equal(t, kind, list[0].Kind)
	require.Equal(t, name, list[0].Name)
	require.Equal(t, version, list[0].Version)
	return list[0]
}

func TestADamagedTableRecordIsSetAsideAndCanBeReplaced(t *testing.T) {
	for name, damage := range map[string]func(tx *bolt.Tx) error{
		"changed": flip("heads", file.HeadKey(table("t"))),
		"empty":   func(tx *bolt.Tx) error { return tx.Bucket([]byte("heads")).Put(file.HeadKey(table("t")), nil) },
		"missing": func(tx *bolt.Tx) error { return tx.Bucket([]byte("heads")).Delete(file.HeadKey(table("t"))) },
		"of another table": func(tx *bolt.Tx) error {
			b := tx.Bucket([]byte("heads"))
			return b.Put(file.HeadKey(table("t")), bytes.Clone(b.Get(file.HeadKey(table("sound")))))
		},
		"of a format before": func(tx *bolt.Tx) error {
			b := tx.Bucket([]byte("heads"))
			return b.Put(file.HeadKey(table("t")), append([]byte{1}, b.Get(file.HeadKey(table("t")))[5:]...))
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := damagedStore(t, damage)
			d := requireDamage(t, s, tables.DamagedTable, "t", 0)
			require.Contains(t, d.Problem, "upload the table again")
			require.Contains(t, d.Problem, "backup")
			shown, ok := s.Catalog().Table("t")
			require.True(t, ok, "a person must see it")
			require.Nil(t, shown.Live)
			require.NotNil(t, shown.Damage)
			_, err := s.Snapshot(context.Background(), "t", 0)
			require.ErrorIs(t, err, tables.ErrDamaged)
			if name != "missing" {
				require.ErrorIs(t, s.Publish("t", 2, "ann"), tables.ErrDamaged)
				require.ErrorIs(t, s.SetLookup("t", schema.Lookup{Match: []schema.Match{{Column: "k", Field: "k"}}}, "ann"), tables.ErrDamaged)
				require.ErrorIs(t, s.DeleteLookup("t", "", "ann"), tables.ErrDamaged)
			}
			_, err = s.Patch(context.Background(), "t", view.Patch{Upsert: []map[string]string{{"k": "a"}}}, tables.PatchOptions{Publish: true, By: "ann"})
			require.ErrorIs(t, err, tables.ErrDamaged)
			events, err := s.History("t")
			require.NoError(t, err)
			require.Len(t, events, 6)

			require.Equal(t, 4, keepertest.Publish(t, s, "t", keepertest.Countries()).Version, "no number is used twice")
			require.Empty(t, s.Damaged())
			require.Equal(t, keepertest.Countries().Rows, keepertest.Cells(t, s, "t", 0))
			require.Equal(t, [][]string{{"a", "2"}, {"a", "x"}}, keepertest.Cells(t, s, "t", 2), "what can be read is still there")
		})
	}
}

func TestADamagedTableCanBeDeleted(t *testing.T) {
	for name, damage := range map[string]func(tx *bolt.Tx) error{
		"record":          flip("heads", file.HeadKey(table("t"))),
		"live version":    flip("versions", file.VersionKey(table("t"), 3)),
		"another version": flip("versions", file.VersionKey(table("t"), 1)),
	} {
		s, k := damagedStore(t, damage)
		require.Len(t, s.Damaged(), 1, name)
		require.NoError(t, s.Delete("t", "ann"), name)
		require.Empty(t, s.Damaged(), name)
		require.NoError(t, s.Purge("t", "ann"), name)
		_, ok := s.Catalog().Table("t")
		require.False(t, ok)
		require.Eventually(t, func() bool { return doomed(t, k) == 0 }, sweepTime, sweepTick)
		require.Len(t, storages(t, k), 2, "%s: the rows of sound's versions are left, and no others", name)
		require.Equal(t, 4, keepertest.Publish(t, s, "t", keepertest.Countries()).Version, name)
	}
}

func TestADamagedLiveVersionIsSetAsideAndAnotherCanBePublished(t *testing.T) {
	s, k := damagedStore(t, flip("versions", file.VersionKey(table("t"), 3)))
	d := requireDamage(t, s, tables.DamagedTable, "t", 3)
	require.Contains(t, d.Problem, "publish another version")
	_, err := s.Snapshot(context.Background(), "t", 0)
	require.ErrorIs(t, err, tables.ErrDamaged)
	require.ErrorIs(t, s.Publish("t", 3, "ann"), tables.ErrDamaged)
	versions, err := s.Versions("t")
	require.NoError(t, err)
	require.Len(t, versions, 2)
	back, err := s.Rollback(context.Background(), "t", tables.Lift{}, "ann")
	require.NoError(t, err)
	require.Equal(t, 2, back)
	requireDamage(t, s, tables.DamagedTable, "t", 3)
	require.Equal(t, [][]string{{"a", "2"}, {"a", "x"}}, keepertest.Cells(t, s, "t", 0))
	require.ErrorIs(t, s.Publish("t", 3, "ann"), tables.ErrDamaged)
	// Time drops it like any other.
	for range 3 {
		keepertest.Publish(t, s, "t", keepertest.Countries())
	}
	require.Empty(t, s.Damaged())
	require.Eventually(t, func() bool { return doomed(t, k) == 0 && len(storages(t, k)) == 5 }, sweepTime, sweepTick)
}

func TestAReuploadKeepsTheLookupsWhereOnlyTheVersionIsDamaged(t *testing.T) {
	s, _ := damagedStore(t, flip("versions", file.VersionKey(table("t"), 3)))
	_, err := s.Rollback(context.Background(), "t", tables.Lift{}, "ann")
	require.NoError(t, err)
	require.NoError(t, s.SetLookup("t", schema.Lookup{Name: "by-v", Match: []schema.Match{{Column: "v", Field: "v"}}}, "ann"))
	require.NoError(t, s.Publish("t", 2, "ann"))
	keepertest.Publish(t, s, "t", &keepertest.Sheet{Header: []string{"k", "v"}, Rows: [][]string{{"b", "2"}}})
	shown, _ := s.Catalog().Table("t")
	require.Len(t, shown.Lookups, 2)
}

func TestADamagedVersionThatIsNotLiveHarmsNobody(t *testing.T) {
	s, _ := damagedStore(t, flip("versions", file.VersionKey(table("t"), 2)))
	d := requireDamage(t, s, tables.DamagedTable, "t", 2)
	require.Contains(t, d.Problem, "cannot be published")
	require.Equal(t, [][]string{{"a", "3"}, {"a", "x"}}, keepertest.Cells(t, s, "t", 0))
	require.ErrorIs(t, s.Publish("t", 2, "ann"), tables.ErrDamaged)
	require.Equal(t, 4, keepertest.Publish(t, s, "t", keepertest.Countries()).Version)
}

func TestDamagedFindingsAndEventsDoNotHideTheOthers(t *testing.T) {
	s, _ := damagedStore(t, func(tx *bolt.Tx) error {
		if err := flip("findings", file.VersionKey(table("t"), 3))(tx); err != nil {
			return err
		}
		c := tx.Bucket([]byte("history")).Cursor()
		c.Seek(file.EventsKey(table("t").Name))
		k, _ := c.Next()
		return flip("history", bytes.Clone(k))(tx)
	})
	require.Empty(t, s.Damaged(), "they are read when somebody asks for them")
	versions, err := s.Versions("t")
	require.NoError(t, err)
	require.Len(t, versions, 3)
	require.Equal(t, schema.WarnDamaged, versions[0].Findings.List[0].Code)
	events, err := s.History("t")
	require.NoError(t, err)
	require.Len(t, events, 6)
	lost := 0
	for _, e := range events {
		if e.Action == tables.ActionDamaged {
			lost++
		}
	}
	require.Equal(t, 1, lost)
}

func TestADamagedRuleSetIsSetAsideAndCanBeReplaced(t *testing.T) {
	for name, damage := range map[string]func(tx *bolt.Tx) error{
		"record":       flip("heads", file.HeadKey(rulesR())),
		"missing":      func(tx *bolt.Tx) error { return tx.Bucket([]byte("heads")).Delete(file.HeadKey(rulesR())) },
		"live version": flip("versions", file.VersionKey(rulesR(), 3)),
		"of a table": func(tx *bolt.Tx) error {
			b := tx.Bucket([]byte("heads"))
			return b.Put(file.HeadKey(rulesR()), bytes.Clone(b.Get(file.HeadKey(table("t")))))
		},
		"cut short": func(tx *bolt.Tx) error {
			b := tx.Bucket([]byte("versions"))
			return b.Put(file.VersionKey(rulesR(), 3), bytes.Clone(b.Get(file.VersionKey(rulesR(), 3)))[:20])
		},
		"under another's number": func(tx *bolt.Tx) error {
			b := tx.Bucket([]byte("versions"))
			return b.Put(file.VersionKey(rulesR(), 3), bytes.Clone(b.Get(file.VersionKey(rulesR(), 2))))
		},
	} {
		for _, remove := range []bool{false, true} {
			t.Run(fmt.Sprint(name, " ", remove), func(t *testing.T) {
				s, _ := damagedStore(t, damage)
				require.Len(t, s.Damaged(), 1)
				require.Equal(t, tables.DamagedRuleSet, s.Damaged()[0].Kind)
				set, ok := s.Catalog().RuleSet("r")
				require.True(t, ok)
				require.Nil(t, set.Live)
				require.NotNil(t, set.Damage)
				_, err := s.RuleSetHistory("r")
				require.NoError(t, err)
				if remove {
					require.NoError(t, s.DeleteRuleSet("r", "ann"))
					require.Empty(t, s.Damaged())
				}
				require.Equal(t, 4, putRules(t, s, "r", "source 4").Number)
				require.Equal(t, "source 4", liveRules(t, s.Catalog(), "r").Source)
				for _, d := range s.Damaged() {
					require.Equal(t, 3, d.Version, "only the old version is still damaged")
				}
			})
		}
	}
}

func TestADamagedSettingCountsAsNotSet(t *testing.T) {
	s, _ := damagedStore(t, flip("settings", []byte("mapping")))
	requireDamage(t, s, tables.DamagedSetting, "mapping", 0)
	_, err := s.Setting("mapping")
	require.ErrorIs(t, err, tables.ErrDamaged)
	require.NoError(t, s.SetSetting("mapping", []byte("{}")))
	require.Empty(t, s.Damaged())
	value, err := s.Setting("mapping")
	require.NoError(t, err)
	require.Equal(t, "{}", string(value))
}

func TestADamagedDoomedRecordSweepsNothing(t *testing.T) {
	// The record of one storage under the number of another, that of a live version.
	s, _ := damagedStore(t, func(tx *bolt.Tx) error {
		b := tx.Bucket([]byte("doomed"))
		one, two := []byte{0, 0, 0, 0, 0, 0, 0, 9}, []byte{0, 0, 0, 0, 0, 0, 0, 1}
		record := file.Wrap("doomed", one, []byte(`{"table":"t"}`))
		return b.Put(two, record)
	})
	keepertest.Publish(t, s, "sound", keepertest.Countries()) // Wakes the sweeper.
	require.Equal(t, keepertest.Countries().Rows, keepertest.Cells(t, s, "sound", 1))
}

func TestARecordUnderAnImpossibleNameIsNamedAndLeftAlone(t *testing.T) {
	head := file.HeadKey(table("t"))
	end := len(head) - 1
	for name, key := range map[string][]byte{
		"no name":                file.HeadKey(table("T\xff")),
		"no kind":                append([]byte("x"), head[1:]...),
		"a kind alone":           []byte("t"),
		"no end of the name":     []byte("t1234567"),
		"half a bin":             head[:end-1],
		"no end of a bin":        head[:end],
		"no end of the lookup":   append(slices.Clone(head[:end]), "abc"...),
		"an end before the end":  append(slices.Concat(head[:end], []byte("a\x00b")), 0),
		"nothing but a number":   make([]byte, 8),
		"less than a number":     []byte("t12"),
		"a number without a bin": append(slices.Clone(head[:end-2]), make([]byte, 8)...),
	} {
		t.Run(name, func(t *testing.T) {
			for _, bucket := range []string{"heads", "versions"} {
				if bucket == "versions" && name == "no name" {
					key = file.VersionKey(table("T\xff"), 1)
				}
				s, k := damagedStore(t, func(tx *bolt.Tx) error { return tx.Bucket([]byte(bucket)).Put(key, []byte("x")) })
				require.Len(t, s.Damaged(), 1, bucket)
				require.Contains(t, s.Damaged()[0].Problem, "a name that no table can have", bucket)
				require.Len(t, s.Catalog().Tables(), 2, bucket)
				require.NoError(t, file.DB(k).View(func(tx *bolt.Tx) error {
					require.Equal(t, "x", string(tx.Bucket([]byte(bucket)).Get(key)), bucket)
					return nil
				}))
			}
		})
	}
}

func TestATableOfWhoseVersionsNoneIsLeftTakesNoLookup(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tables.db")
	s, _ := at(t, path, tables.Options{})
	_, err := s.Import(context.Background(), "t", keepertest.Countries(), tables.ImportOptions{})
	require.NoError(t, err)
	require.NoError(t, s.Close())
	change(t, path, flip("versions", file.VersionKey(table("t"), 1)))
	s, _ = at(t, path, tables.Options{})
	defer func() { require.NoError(t, s.Close()) }()
	l := schema.Lookup{Match: []schema.Match{{Column: "country", Field: "c"}}}
	require.ErrorIs(t, s.SetLookup("t", l, "ann"), schema.ErrVersionNotFound)
	require.ErrorContains(t, s.SetLookup("t", l, "ann"), "upload the table again")
	_, _, err = s.PutLookup(context.Background(), "t", l, tables.LookupOptions{Publish: true})
	require.ErrorIs(t, err, schema.ErrVersionNotFound)
	require.Equal(t, 2, keepertest.Publish(t, s, "t", keepertest.Countries()).Version)
	require.NoError(t, s.SetLookup("t", l, "ann"), "a new upload mends it")
}

func TestRowsThatAreFoundDamagedAreToldOnce(t *testing.T) {
	s, _ := damagedStore(t, func(tx *bolt.Tx) error {
		data := tx.Bucket([]byte("data"))
		c := data.Cursor()
		for segment, _ := c.First(); segment != nil; segment, _ = c.Next() {
			if segment[7] != 4 { // The fourth import is the last of t.
				continue
			}
			b := data.Bucket(segment)
			k, chunk := b.Cursor().First()
			chunk = bytes.Clone(chunk)
			chunk[len(chunk)-1] ^= 1
			return b.Put(bytes.Clone(k), chunk)
		}
		return nil
	})
	require.Empty(t, s.Damaged(), "rows are not read before somebody asks for them")
	for range 3 {
		_, err := s.Snapshot(context.Background(), "t", 0)
		require.ErrorIs(t, err, tables.ErrDamaged)
		require.ErrorContains(t, err, `"k"`)
	}
	d := requireDamage(t, s, tables.DamagedTable, "t", 3)
	require.Contains(t, d.Problem, "leads that choose it fail")
	require.NoError(t, s.Publish("t", 2, "ann"))
	_, err := s.Snapshot(context.Background(), "t", 0)
	require.NoError(t, err)
	require.NotContains(t, requireDamage(t, s, tables.DamagedTable, "t", 3).Problem, "leads")
	require.NoError(t, s.Delete("t", "ann"))
	require.Eventually(t, func() bool { return len(s.Damaged()) == 0 }, sweepTime, sweepTick)
}

// withLookups is a file whose table t has its default lookup set in two versions, and another one.
func withLookups(t testing.TB, damage func(tx *bolt.Tx) error) *tables.Store {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tables.db")
	s, _ := at(t, path, tables.Options{})
	keepertest.Publish(t, s, "t", &keepertest.Sheet{Header: []string{"k", "v"}, Rows: [][]string{{"a", "1"}}})
	for _, field := range []string{"one", "two"} {
		require.NoError(t, s.SetLookup("t", schema.Lookup{Match: []schema.Match{{Column: "k", Field: field}}}, "ann"))
	}
	require.NoError(t, s.SetLookup("t", schema.Lookup{Name: "second", Match: []schema.Match{{Column: "v", Field: "v"}}}, "ann"))
	require.NoError(t, s.Close())
	change(t, path, damage)
	s, _ = at(t, path, tables.Options{})
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func TestADamagedDefaultLookupIsNotReplacedByAGuess(t *testing.T) {
	own := lookup(tables.DefaultLookup)
	for name, damage := range map[string]func(tx *bolt.Tx) error{
		"head":         flip("heads", file.HeadKey(own)),
		"lost head":    func(tx *bolt.Tx) error { return tx.Bucket([]byte("heads")).Delete(file.HeadKey(own)) },
		"live version": flip("versions", file.VersionKey(own, 2)),
		"lost version": func(tx *bolt.Tx) error { return tx.Bucket([]byte("versions")).Delete(file.VersionKey(own, 2)) },
	} {
		t.Run(name, func(t *testing.T) {
			s := withLookups(t, damage)
			d := s.Damaged()
			require.Len(t, d, 1)
			require.Equal(t, tables.DamagedTable, d[0].Kind)
			require.Contains(t, d[0].Problem, "its default lookup")
			require.Contains(t, d[0].Problem, "set the lookup again")
			_, err := s.Snapshot(context.Background(), "t", 0)
			require.ErrorIs(t, err, tables.ErrDamaged, "nothing is written that nobody asked for")
			shown, _ := s.Catalog().Table("t")
			require.Len(t, shown.Lookups, 1, "the other one is still there")
			_, _, err = s.ConfirmLookup(context.Background(), "t", "", "ann")
			require.ErrorIs(t, err, tables.ErrDamaged, "there is nothing to agree to")
			require.ErrorContains(t, err, "set the lookup again")

			set, _, err := s.PutLookup(context.Background(), "t", schema.Lookup{Match: []schema.Match{{Column: "k", Field: "three"}}}, tables.LookupOptions{Publish: true})
			require.NoError(t, err)
			require.Equal(t, 3, set.Version, "no number is used twice")
			for _, d := range s.Damaged() {
				require.Equal(t, tables.DamagedLookup, d.Kind, "only the old version is still damaged")
				require.Equal(t, 2, d.Version)
			}
			_, err = s.Snapshot(context.Background(), "t", 0)
			require.NoError(t, err)
		})
	}
}

func TestAnotherLookupThatIsDamagedHarmsOnlyWhoChoosesIt(t *testing.T) {
	s := withLookups(t, flip("versions", file.VersionKey(lookup("second"), 1)))
	requireDamage(t, s, tables.DamagedLookup, "t/second", 1)
	shown, _ := s.Catalog().Table("t")
	require.NotNil(t, shown.Live)
	require.Len(t, shown.Lookups, 1)
	require.NoError(t, s.DeleteLookup("t", "second", "ann"))
	require.Empty(t, s.Damaged())
}

func TestAnOldVersionOfALookupThatIsDamagedIsNamed(t *testing.T) {
	s := withLookups(t, flip("versions", file.VersionKey(lookup(tables.DefaultLookup), 1)))
	require.Contains(t, requireDamage(t, s, tables.DamagedLookup, "t/t", 1).Problem, "cannot be published")
	require.ErrorIs(t, s.PublishLookup(context.Background(), "t", "", 1, "ann"), tables.ErrDamaged)
	versions, err := s.LookupVersions("t", "")
	require.NoError(t, err)
	require.Len(t, versions, 1)
}

func TestTheLookupsOfATableOutliveItsRecord(t *testing.T) {
	s := withLookups(t, flip("heads", file.HeadKey(table("t"))))
	requireDamage(t, s, tables.DamagedTable, "t", 0)
	keepertest.Publish(t, s, "t", &keepertest.Sheet{Header: []string{"k", "v"}, Rows: [][]string{{"b", "2"}}})
	require.Empty(t, s.Damaged())
	shown, _ := s.Catalog().Table("t")
	require.Equal(t, []string{"two", "v"}, []string{shown.Lookups[0].Match[0].Field, shown.Lookups[1].Match[0].Field})
}

func TestWhatIsDamagedAndDeletedCanBeRestoredAsFarAsItIsThere(t *testing.T) {
	s, _ := damagedStore(t, flip("versions", file.VersionKey(table("t"), 2)))
	require.NoError(t, s.Delete("t", "ann"))
	require.Empty(t, s.Damaged())
	require.NoError(t, s.Restore(context.Background(), "t", "back", tables.Lift{}, "ann"))
	requireDamage(t, s, tables.DamagedTable, "back", 2)
	require.Equal(t, [][]string{{"a", "3"}, {"a", "x"}}, keepertest.Cells(t, s, "back", 0))
	require.Equal(t, [][]string{{"a", "1"}, {"a", "x"}}, keepertest.Cells(t, s, "back", 1))
}
