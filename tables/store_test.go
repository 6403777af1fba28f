package tables_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/tables"
	"tablestep/tables/answers"
	"tablestep/tables/file"
	"tablestep/tables/keepertest"
	"tablestep/tables/schema"
)

func TestAnUploadBecomesTheLiveVersionAndAnswers(t *testing.T) {
	s := open(t, tables.Options{Now: fixedClock()})
	im := keepertest.Publish(t, s, "country-codes", keepertest.Countries())
	require.Equal(t, 1, im.Version)
	require.True(t, im.Live)
	require.Equal(t, 4, im.Rows)
	require.Empty(t, im.Findings.List)
	require.Nil(t, im.Diff)
	require.Equal(t, []schema.Column{
		{Name: "country", Type: schema.TypeString, Distinct: 4, MaxBytes: 14},
		{Name: "alpha-2", Type: schema.TypeString, Distinct: 4, MaxBytes: 2},
		{Name: "numeric", Type: schema.TypeString, Distinct: 4, MaxBytes: 3},
	}, im.Columns, "numbers with leading zeros are texts")

	table, ok := s.Catalog().Table("country-codes")
	require.True(t, ok)
	require.Equal(t, 1, table.Live.Number)
	require.Equal(t, "ann", table.Live.By)
	require.Equal(t, "country-codes.csv", table.Live.Source)
	require.Equal(t, fixedClock()(), table.Live.Created)
	l, ok := table.Lookup("")
	require.True(t, ok)
	require.Equal(t, schema.Lookup{
		Name: "country-codes", Guessed: true, HitPolicy: schema.PolicyFirst, OnNoMatch: schema.NoMatchKeep,
		Match: []schema.Match{{Column: "country", Field: "country", Mode: schema.ModeNormalized}},
		Outputs: []schema.Output{
			{Column: "alpha-2", Field: "alpha2", Type: schema.TypeString}, {Column: "numeric", Field: "numeric", Type: schema.TypeString},
		},
	}, l)

	sn, err := s.Snapshot(context.Background(), "country-codes", 0)
	require.NoError(t, err)
	require.True(t, sn.InMemory())
	found := keepertest.Find(t, sn, l, " united\u00a0STATES ", "germany", "CÔTE D'IVOIRE", "Atlantis", "")
	require.Equal(t, []int32{0, 1, 3, -1, -1}, keepertest.RowsOf(found))
	require.Equal(t, answers.Found{Row: 1, Score: 1, Other: -1, Hits: 1}, found[1])
	c, ok := sn.Column("NUMERIC")
	require.True(t, ok)
	cells := make([]string, 3)
	require.NoError(t, sn.Gather(context.Background(), c, []int32{2, -1, 0}, cells))
	require.Equal(t, []string{"004", "", "840"}, cells)
}

func TestWhatWasStoredIsThereAfterReopening(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tables.db")
	s, err := file.OpenStore(path, tables.Options{Now: fixedClock()})
	require.NoError(t, err)
	keepertest.Publish(t, s, "a", keepertest.Countries())
	keepertest.Publish(t, s, "b", numberedSheet(40_000))
	require.NoError(t, s.SetLookup("a", schema.Lookup{
		Name: "by-code", Match: []schema.Match{{Column: "alpha-2", Field: "country", Mode: schema.ModeExact}},
		Outputs: []schema.Output{{Column: "country", Field: "countryName"}},
	}, "ann"))
	require.NoError(t, s.SetSetting("mapping", []byte("{}")))
	before := s.Catalog().Tables()
	rows := keepertest.Cells(t, s, "b", 1)
	require.NoError(t, s.Close())
	require.NoError(t, s.Close(), "closing twice is harmless")
	_, err = s.Snapshot(context.Background(), "a", 0)
	require.ErrorIs(t, err, tables.ErrClosed)

	s, err = file.OpenStore(path, tables.Options{Now: fixedClock()})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	require.Equal(t, before, s.Catalog().Tables())
	require.Equal(t, rows, keepertest.Cells(t, s, "b", 0))
	value, err := s.Setting("mapping")
	require.NoError(t, err)
	require.Equal(t, "{}", string(value))
	value, err = s.Setting("none")
	require.NoError(t, err)
	require.Nil(t, value)
	require.NoError(t, s.SetSetting("mapping", nil))
	value, err = s.Setting("mapping")
	require.NoError(t, err)
	require.Nil(t, value)
	require.ErrorIs(t, s.SetSetting("", nil), schema.ErrInvalid)
}

func TestPublishingAndRollingBackMoveThePointerOnly(t *testing.T) {
	s := open(t, tables.Options{})
	for i := range 4 {
		keepertest.Publish(t, s, "t", &keepertest.Sheet{Header: []string{"k", "v"}, Rows: [][]string{{"a", fmt.Sprint(i + 1)}}})
	}
	live := func() int {
		table, ok := s.Catalog().Table("t")
		require.True(t, ok)
		require.Equal(t, 4, table.Versions)
		return table.Live.Number
	}
	require.Equal(t, 4, live())
	require.NoError(t, s.Publish("t", 2, "bob"))
	require.Equal(t, 2, live())
	require.NoError(t, s.Publish("t", 2, "bob"), "again is no change")
	for _, want := range []int{4, 3, 2, 1} {
		got, err := s.Rollback(context.Background(), "t", tables.Lift{}, "eve")
		require.NoError(t, err)
		require.Equal(t, want, got)
		require.Equal(t, want, live())
	}
	_, err := s.Rollback(context.Background(), "t", tables.Lift{}, "eve")
	require.ErrorIs(t, err, schema.ErrVersionNotFound)
	require.ErrorIs(t, s.Publish("t", 9, "bob"), schema.ErrVersionNotFound)
	require.ErrorIs(t, s.Publish("none", 1, "bob"), schema.ErrTableNotFound)
	_, err = s.Rollback(context.Background(), "none", tables.Lift{}, "eve")
	require.ErrorIs(t, err, schema.ErrTableNotFound)

	events, err := s.History("t")
	require.NoError(t, err)
	require.Equal(t, tables.ActionRollback, events[0].Action)
	require.Equal(t, "eve", events[0].By)
	require.Equal(t, 1, events[0].Version)
	require.Len(t, events, 4*2+1+4)
	_, err = s.History("none")
	require.ErrorIs(t, err, schema.ErrTableNotFound)
}

func TestOldVersionsGoAndTheLiveOneStays(t *testing.T) {
	s := open(t, tables.Options{KeepVersions: 3})
	keepertest.Publish(t, s, "t", keepertest.Countries())
	for range 5 {
		_, err := s.Import(context.Background(), "t", keepertest.Countries(), tables.ImportOptions{})
		require.NoError(t, err)
	}
	versions, err := s.Versions("t")
	require.NoError(t, err)
	numbers := []int{}
	for _, v := range versions {
		numbers = append(numbers, v.Number)
	}
	require.Equal(t, []int{6, 5, 4, 1}, numbers)
	require.Len(t, keepertest.Cells(t, s, "t", 1), 4)
	_, err = s.Scan(context.Background(), "t", 2)
	require.ErrorIs(t, err, schema.ErrVersionNotFound)
	require.Eventually(t, func() bool { return len(storages(t, s)) == 4 }, 5*time.Second, 10*time.Millisecond, "their chunks are swept")
}

func TestADeletedTableIsGoneAndItsNumbersAreNotUsedAgain(t *testing.T) {
	s := open(t, tables.Options{})
	keepertest.Publish(t, s, "t", keepertest.Countries())
	keepertest.Publish(t, s, "t", keepertest.Countries())
	sn, err := s.Snapshot(context.Background(), "t", 0)
	require.NoError(t, err)
	require.NoError(t, s.Delete("t", "ann"))
	_, ok := s.Catalog().Table("t")
	require.False(t, ok)
	require.Empty(t, s.Catalog().Tables())
	for _, err := range []error{
		s.Delete("t", "ann"), s.Publish("t", 1, "ann"), s.SetLookup("t", schema.Lookup{}, "ann"), s.DeleteLookup("t", "", "ann"),
	} {
		require.ErrorIs(t, err, schema.ErrTableNotFound)
	}
	_, err = s.Versions("t")
	require.ErrorIs(t, err, schema.ErrTableNotFound)
	cells := make([]string, 1)
	require.NoError(t, sn.Gather(context.Background(), 0, []int32{0}, cells), "who has it goes on")
	require.Equal(t, "United States", cells[0])
	require.NoError(t, s.Purge("t", "ann"))
	require.Eventually(t, func() bool { return len(storages(t, s)) == 0 }, 5*time.Second, 10*time.Millisecond)

	im := keepertest.Publish(t, s, "t", keepertest.Countries())
	require.Equal(t, 3, im.Version)
	_, err = s.Rollback(context.Background(), "t", tables.Lift{}, "ann")
	require.ErrorIs(t, err, schema.ErrVersionNotFound, "nothing from its former life comes back")
	events, err := s.History("t")
	require.NoError(t, err)
	require.Equal(t, []tables.Action{tables.ActionPurge, tables.ActionDelete}, []tables.Action{events[2].Action, events[3].Action})
}

func TestCatalogIsSortedAndOldOnesDoNotChange(t *testing.T) {
	s := open(t, tables.Options{})
	for _, name := range []string{"m", "z", "a"} {
		keepertest.Publish(t, s, name, keepertest.Countries())
	}
	before := s.Catalog()
	keepertest.Publish(t, s, "b", keepertest.Countries())
	require.NoError(t, s.Delete("m", ""))
	names := func(c *tables.Catalog) (list []string) {
		for _, table := range c.Tables() {
			list = append(list, table.Name)
		}
		return list
	}
	require.Equal(t, []string{"a", "m", "z"}, names(before))
	require.Equal(t, []string{"a", "b", "z"}, names(s.Catalog()))
	require.Equal(t, 1, before.Tables()[0].Live.Number)
}

func TestTableNamesAreChecked(t *testing.T) {
	s := open(t, tables.Options{})
	for _, name := range []string{"", "-a", ".a", "A", "a b", "ä", "a/b", "a\x00", strings.Repeat("a", 101)} {
		_, err := s.Import(context.Background(), name, keepertest.Countries(), tables.ImportOptions{})
		require.ErrorIs(t, err, schema.ErrInvalid, "%q", name)
	}
	for _, name := range []string{"a", "0", "country-codes.csv", strings.Repeat("a", 100)} {
		keepertest.Publish(t, s, name, keepertest.Countries())
	}
}

func TestABackupIsAStoreOfItsOwn(t *testing.T) {
	s := open(t, tables.Options{})
	keepertest.Publish(t, s, "t", keepertest.Countries())
	path := filepath.Join(t.TempDir(), "copy.db")
	require.NoError(t, os.WriteFile(path, backup(t, s), 0o600))
	copied, err := file.OpenStore(path, tables.Options{})
	require.NoError(t, err)
	require.Equal(t, keepertest.Cells(t, s, "t", 0), keepertest.Cells(t, copied, "t", 0))
	require.NoError(t, copied.Close())
}

func TestAFailedUploadLeavesNothing(t *testing.T) {
	s := open(t, tables.Options{})
	keepertest.Publish(t, s, "t", keepertest.Countries())
	broken := numberedSheet(50_000)
	broken.Fail = &schema.UploadError{Row: 50_001, Code: "BAD_QUOTE", Message: "a quote is not closed"}
	_, err := s.Import(context.Background(), "t", broken, tables.ImportOptions{Publish: true, Force: true})
	var upload *schema.UploadError
	require.ErrorAs(t, err, &upload)
	require.Equal(t, 50_001, upload.Row)

	disk := errors.New("device is gone")
	broken = numberedSheet(1)
	broken.Fail = disk
	_, err = s.Import(context.Background(), "new", broken, tables.ImportOptions{Publish: true})
	require.ErrorIs(t, err, disk)

	ctx, cancel := context.WithCancel(context.Background())
	endless := &keepertest.Sheet{Header: []string{"a"}, Make: func(row int, cells []string) bool {
		if row == 100_000 {
			cancel()
		}
		cells[0] = fmt.Sprint(row)
		return true
	}}
	_, err = s.Import(ctx, "new", endless, tables.ImportOptions{Publish: true})
	require.ErrorIs(t, err, context.Canceled)

	_, err = s.Import(context.Background(), "new", &keepertest.Sheet{Header: []string{"a"}}, tables.ImportOptions{Publish: true})
	require.ErrorAs(t, err, &upload)
	require.Equal(t, "NO_ROWS", upload.Code)

	_, ok := s.Catalog().Table("new")
	require.False(t, ok)
	require.Equal(t, keepertest.Countries().Rows, keepertest.Cells(t, s, "t", 0))
	require.Eventually(t, func() bool { return len(storages(t, s)) == 1 && doomed(t, s) == 0 }, 5*time.Second, 10*time.Millisecond)
}

func TestClosingCutsAnImportShort(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tables.db")
	s := openAt(t, path, tables.Options{})
	started, done := make(chan struct{}), make(chan error)
	go func() {
		_, err := s.Import(context.Background(), "t", &keepertest.Sheet{Header: []string{"a"}, Make: func(row int, cells []string) bool {
			if row == 50_000 {
				close(started)
			}
			cells[0] = fmt.Sprint(row)
			return true
		}}, tables.ImportOptions{Publish: true})
		done <- err
	}()
	<-started
	require.NoError(t, s.Close())
	require.ErrorIs(t, <-done, tables.ErrClosed)
	s = openAt(t, path, tables.Options{})
	require.Empty(t, s.Catalog().Tables())
	require.Eventually(t, func() bool { return len(storages(t, s)) == 0 && doomed(t, s) == 0 }, 5*time.Second, 10*time.Millisecond)
	require.NoError(t, s.Close())
}
