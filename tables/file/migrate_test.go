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
	"tablestep/tables/keepertest"
	"tablestep/tables/schema"
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
	require.Equal(t, keepertest.Countries().Rows, keepertest.Cells(t, s, "countries", 0))
	sn, err := s.Snapshot(context.Background(), "countries", 0)
	require.NoError(t, err)
	require.Equal(t, []int32{1}, keepertest.RowsOf(keepertest.Find(t, sn, table.Lookups[0], "germany")))
	warned, err := s.Versions("warned")
	require.NoError(t, err)
	require.NotEmpty(t, warned[0].Findings.List)
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
	require.Equal(t, 6, keepertest.Publish(t, s, "countries", keepertest.Countries()).Version)
	require.Equal(t, 2, keepertest.Publish(t, s, "gone", keepertest.Countries()).Version)
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
	require.Equal(t, keepertest.Countries().Rows, keepertest.Cells(t, s, "countries", 0))
}

func TestAMissingBucketIsNotAnEmptyOne(t *testing.T) {
	for _, bucket := range []string{"meta", "heads", "versions", "findings", "data", "doomed", "history", "settings"} {
		path := filepath.Join(t.TempDir(), "tables.db")
		s, _ := at(t, path, tables.Options{})
		keepertest.Publish(t, s, "t", keepertest.Countries())
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
		keepertest.Publish(t, s, "t", keepertest.Countries())
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
	keepertest.Publish(t, s, "other", &keepertest.Sheet{Header: []string{"a"}, Rows: [][]string{{"1"}}})
	keepertest.Publish(t, s, "t", keepertest.Countries())
	for version := 1; version <= 4; version++ {
		require.Equal(t, keepertest.Countries().Rows, keepertest.Cells(t, s, "t", version))
	}
	events, err := s.History("t")
	require.NoError(t, err)
	require.Len(t, events, 8)
}

// requireFormat2 requires all that the file of format 2 holds.
func requireFormat2(t testing.TB, s *tables.Store, k *file.Keeper) {
	t.Helper()
	require.Empty(t, s.Damaged())
	require.Empty(t, s.Deleted(), "what was deleted then had been removed")
	names := []string{}
	for _, shown := range s.Catalog().Tables() {
		names = append(names, shown.Name)
	}
	require.Equal(t, []string{"countries", "draft", "guessed", "warned"}, names)

	shown, _ := s.Catalog().Table("countries")
	require.Equal(t, 4, shown.Live.Number)
	require.Equal(t, 3, shown.Versions)
	require.Equal(t, []schema.Lookup{{
		Name: "countries", Version: 1, Label: "Codes", HitPolicy: schema.PolicyFirst, OnNoMatch: schema.NoMatchDefault,
		Match:   []schema.Match{{Column: "country", Field: "country", Mode: schema.ModeNormalized}},
		Outputs: []schema.Output{{Column: "alpha-2", Field: "code", Type: schema.TypeString, Default: "XX"}},
	}, {
		Name: "by-code", Version: 1, HitPolicy: schema.PolicyCollect, Aggregate: schema.AggregateList, Separator: "|", OnNoMatch: schema.NoMatchKeep, RuleSet: "lead-routing",
		Match:   []schema.Match{{Column: "alpha-2", Field: "country", Mode: schema.ModeFuzzy, Threshold: 0.9}},
		Outputs: []schema.Output{{Column: "country", Field: "name", Type: schema.TypeString}},
	}}, shown.Lookups)
	require.Equal(t, keepertest.Countries().Rows, keepertest.Cells(t, s, "countries", 0))
	versions, err := s.Versions("countries")
	require.NoError(t, err)
	require.Equal(t, []int{5, 4, 3}, []int{versions[0].Number, versions[1].Number, versions[2].Number})
	events, err := s.History("countries")
	require.NoError(t, err)
	require.Len(t, events, 13)
	require.Equal(t, tables.ActionRollback, events[0].Action)
	lookups, err := s.LookupVersions("countries", "by-code")
	require.NoError(t, err)
	require.Len(t, lookups, 1)

	shown, _ = s.Catalog().Table("guessed")
	require.True(t, shown.Lookups[0].Guessed)
	require.Len(t, keepertest.Cells(t, s, "guessed", 0), 5)
	require.True(t, shown.Live.Patch)
	shown, _ = s.Catalog().Table("draft")
	require.Nil(t, shown.Live)
	require.True(t, shown.Lookups[0].Guessed, "from the version that is not live")
	warned, err := s.Versions("warned")
	require.NoError(t, err)
	require.Equal(t, schema.Warning{Row: 2, Code: "LONG_ROW", Severity: schema.SeverityBlock, Message: "a long row"}, warned[0].Findings.List[0])

	require.Equal(t, routing+"# 3\n", liveRules(t, s.Catalog(), "lead-routing").Source)
	sources, err := s.RuleSetVersions("lead-routing")
	require.NoError(t, err)
	require.Len(t, sources, 3)
	value, err := s.Setting("fieldMapping")
	require.NoError(t, err)
	require.JSONEq(t, `{"invocation":["country"],"callback":["countryCode2"]}`, string(value))
	for _, name := range []string{"gone"} {
		events, err = s.History(name)
		require.NoError(t, err)
		require.Equal(t, tables.ActionDelete, events[0].Action)
	}
	// Numbers go on, and so do the ways back.
	back, err := s.Rollback(context.Background(), "countries", tables.Lift{}, "eve")
	require.NoError(t, err)
	require.Equal(t, 3, back)
	require.Equal(t, 6, keepertest.Publish(t, s, "countries", keepertest.Countries()).Version)
	require.Equal(t, 2, keepertest.Publish(t, s, "gone", keepertest.Countries()).Version)
	require.Equal(t, 5, putRules(t, s, "lead-routing", "five").Number)
	require.Equal(t, 2, putRules(t, s, "old", "again").Number)
	set, _, err := s.PutLookup(context.Background(), "countries", schema.Lookup{Match: []schema.Match{{Column: "numeric", Field: "n"}}}, tables.LookupOptions{Publish: true})
	require.NoError(t, err)
	require.Equal(t, 2, set.Version)
	requireSound(t, k)
}

func TestAFileOfFormat2IsTakenOver(t *testing.T) {
	path := format2(t)
	report, err := file.Check(path)
	require.NoError(t, err)
	require.Empty(t, report.Findings)
	require.Equal(t, []int{2, 4, 1, 10}, []int{report.Format, report.Tables, report.RuleSets, report.Versions}, "it can be checked before it is taken over")
	s, k := at(t, path, tables.Options{KeepVersions: 3})
	requireFormat2(t, s, k)
	require.NoError(t, s.Close())
	s, _ = at(t, path, tables.Options{KeepVersions: 3})
	require.Empty(t, s.Damaged())
	require.Len(t, s.Catalog().Tables(), 5)
	require.NoError(t, s.Close())
	report, err = file.Check(path)
	require.NoError(t, err)
	require.Empty(t, report.Findings)
	require.Equal(t, 4, report.Format)
}

func TestAFileIsWrittenBesideItBeforeItsFormatIsChanged(t *testing.T) {
	for format, unpack := range map[int]func(testing.TB) string{1: format1, 2: format2} {
		path := unpack(t)
		before, err := os.ReadFile(path)
		require.NoError(t, err)
		s, _ := at(t, path, tables.Options{})
		require.NoError(t, s.Close())
		beside, err := os.ReadFile(file.Beside(path, format))
		require.NoError(t, err)
		again := filepath.Join(t.TempDir(), "tables.db")
		require.NoError(t, os.WriteFile(again, beside, 0o600))
		copied, k := at(t, again, tables.Options{KeepVersions: 3})
		if format == 1 {
			requireFormat1(t, copied, k)
		} else {
			requireFormat2(t, copied, k)
		}
		require.NoError(t, copied.Close())
		report, err := file.Check(file.Beside(path, format))
		require.NoError(t, err)
		require.Empty(t, report.Findings)
		require.Equal(t, format, report.Format)
		info, err := os.Stat(file.Beside(path, format))
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

		// Once: what no start has touched is not written over.
		require.NoError(t, os.WriteFile(path, before, 0o600))
		require.NoError(t, os.WriteFile(file.Beside(path, format), []byte("the first one"), 0o600))
		s, _ = at(t, path, tables.Options{})
		require.NoError(t, s.Close())
		beside, err = os.ReadFile(file.Beside(path, format))
		require.NoError(t, err)
		require.Equal(t, "the first one", string(beside))
		names, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*"))
		require.NoError(t, err)
		require.Len(t, names, 2)
	}
}

func TestAFileThatCannotBeWrittenBesideItselfIsNotChanged(t *testing.T) {
	path := format2(t)
	before, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.Mkdir(file.Beside(path, 2)+".new", 0o700)) // in the way of the copy
	require.NoError(t, os.WriteFile(filepath.Join(file.Beside(path, 2)+".new", "x"), nil, 0o600))
	_, err = file.Open(path, file.Options{})
	require.ErrorContains(t, err, "nothing was changed")
	require.ErrorContains(t, err, "has room for")
	require.ErrorContains(t, err, "remove "+file.Beside(path, 2)+".new: ", "what could not be cleared away is told as well")
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, before, after)
	require.NoError(t, os.RemoveAll(file.Beside(path, 2)+".new"))
	s, _ := at(t, path, tables.Options{})
	require.NoError(t, s.Close())
}

func TestWhatIsDamagedInAFileOfFormat2IsSetAside(t *testing.T) {
	for _, c := range []struct {
		bucket, key string
		says        string
	}{
		{"tables", "warned", `table "warned": it was set aside`},
		{"versions", "warned\x00\x00\x00\x00\x00\x00\x00\x00\x01", `table "warned", version 1: it is live and was set aside`},
		{"rulesets", "lead-routing", `rule set "lead-routing": it was set aside`},
		{"rulesetVersions", "lead-routing\x00\x00\x00\x00\x00\x00\x00\x00\x02", `rule set "lead-routing", version 2: the version cannot be published`},
		{"settings", "fieldMapping", `setting "fieldMapping"`},
	} {
		path := format2(t)
		change(t, path, flip(c.bucket, []byte(c.key)))
		report, err := file.Check(path)
		require.NoError(t, err)
		require.Len(t, report.Findings, 1)
		s, _ := at(t, path, tables.Options{})
		require.Len(t, s.Damaged(), 1, c.bucket)
		require.Contains(t, s.Damaged()[0].String(), c.says)
		require.Equal(t, keepertest.Countries().Rows, keepertest.Cells(t, s, "countries", 0))
		require.NoError(t, s.Close())
	}
}

// A migration that is killed before its end has changed nothing; the next start finds the copy and
// goes on.
func TestAMigrationThatIsKilledIsDoneAnewAtTheNextStart(t *testing.T) {
	path := format2(t)
	before, err := os.ReadFile(path)
	require.NoError(t, err)
	_, err = file.Open(path, file.Options{OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
		if flag&os.O_RDWR == 0 {
			return os.OpenFile(name, flag, mode)
		}
		return os.OpenFile(name, os.O_RDONLY, mode) // Every write fails.
	}})
	require.Error(t, err)
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, before, after)
	_, err = os.Stat(file.Beside(path, 2))
	require.NoError(t, err, "the copy was made before anything was changed")
	s, k := at(t, path, tables.Options{KeepVersions: 3})
	requireFormat2(t, s, k)
	require.NoError(t, s.Close())
}

// The bytes are those that were written before there were other modes and
// policies than these.
func TestALookupStoredByAnEarlierReleaseIsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tables.db")
	s, k := at(t, path, tables.Options{})
	keepertest.Publish(t, s, "t", keepertest.Countries())
	require.NoError(t, s.SetLookup("t", schema.Lookup{Match: []schema.Match{{Column: "numeric", Field: "n"}}}, "ann"))
	key := file.VersionKey(lookup(tables.DefaultLookup), 1)
	require.NoError(t, file.DB(k).Update(func(tx *bolt.Tx) error {
		return tx.Bucket([]byte("versions")).Put(key, file.Wrap("versions", key, []byte(
			`{"version":1,"created":"2024-03-31T10:00:00Z","match":[{"column":"country","field":"country","mode":"exact","matchEmpty":true}],"hitPolicy":"unique","outputs":[{"column":"numeric","field":"n","type":"string"}],"onNoMatch":"clear"}`)))
	}))
	require.NoError(t, s.Close())
	s, _ = at(t, path, tables.Options{})
	defer func() { require.NoError(t, s.Close()) }()
	shown, _ := s.Catalog().Table("t")
	require.Equal(t, schema.Lookup{
		Name: "t", Version: 1, Match: []schema.Match{{Column: "country", Field: "country", Mode: schema.ModeExact, MatchEmpty: true}},
		HitPolicy: schema.PolicyUnique, Outputs: []schema.Output{{Column: "numeric", Field: "n", Type: schema.TypeString}}, OnNoMatch: schema.NoMatchClear,
	}, shown.Lookups[0])
	sn, err := s.Snapshot(context.Background(), "t", 0)
	require.NoError(t, err)
	require.Equal(t, []int32{1, -1}, keepertest.RowsOf(keepertest.Find(t, sn, shown.Lookups[0], "Germany", "germany")))
}
