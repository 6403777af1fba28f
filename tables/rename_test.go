package tables_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables"
	"tablestep/tables/keepertest"
	"tablestep/tables/schema"
	"tablestep/tables/view"
)

// furnishedTable makes table t with two versions, two lookups, a draft and settings.
func furnishedTable(t *testing.T, s *tables.Store) {
	t.Helper()
	keepertest.Publish(t, s, "t", harm{}.sheet())
	keepertest.Publish(t, s, "t", harm{}.sheet())
	for _, name := range []string{"t", "other"} {
		l := regexLookup()
		l.Name = name
		require.NoError(t, s.SetLookup("t", l, "ann"))
	}
	require.NoError(t, s.ChangeTable("t", tables.TableChange{Label: new("Tee"), Owner: new("Ann"), Order: new(4)}, "ann"))
	_, err := s.PatchDraft(t.Context(), "t", view.Patch{Set: []view.SetRow{{Row: 1, Cells: map[string]string{"v": "9"}}}}, tables.DraftOptions{Person: "ann"})
	require.NoError(t, err)
}

// called is which table a name finds; empty: none.
func called(s *tables.Store, name string) string {
	t, ok := s.Catalog().Called(name)
	if !ok {
		return ""
	}
	return t.Name
}

func nameTaken(t *testing.T, err error) (lift string) {
	t.Helper()
	lifts := reasons(t, err)
	require.Len(t, lifts, 1)
	require.Contains(t, lifts, schema.CodeNameTaken)
	return lifts[schema.CodeNameTaken]
}

func TestARenamedTableKeepsAllThatItHas(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "tables.db")
	s := openAt(t, path, tables.Options{})
	furnishedTable(t, s)
	before, err := s.History("t")
	require.NoError(t, err)
	require.NoError(t, s.Rename("t", "u", tables.Lift{}, "ann"))
	for range 2 {
		table, ok := s.Catalog().Table("u")
		require.True(t, ok)
		_, old := s.Catalog().Table("t")
		require.False(t, old)
		require.Equal(t, []string{"t"}, table.Former)
		require.Equal(t, tables.Settings{Label: "Tee", Owner: "Ann", Order: 4}, table.Settings)
		require.Equal(t, 2, table.Live.Number)
		require.Equal(t, "u", table.Live.Table)
		require.Equal(t, 2, table.Versions)
		require.Equal(t, []string{"u", "other"}, []string{table.Lookups[0].Name, table.Lookups[1].Name}, "the default one is called as the table is")
		require.False(t, table.Lookups[0].Guessed)
		require.Equal(t, harm{}.sheet().Rows, keepertest.Cells(t, s, "u", 1))
		require.Equal(t, "u", called(s, "t"))
		d, err := s.Draft(t.Context(), "u", tables.DraftOptions{Person: "ann"})
		require.NoError(t, err)
		require.Equal(t, 2, d.Base)
		_, err = s.Draft(t.Context(), "t", tables.DraftOptions{Person: "ann"})
		require.ErrorIs(t, err, schema.ErrDraftNotFound)
		events, err := s.History("u")
		require.NoError(t, err)
		require.Equal(t, before, events[1:])
		require.Equal(t, tables.ActionRename, events[0].Action)
		require.Equal(t, map[string]string{"name": "t"}, events[0].Before)
		left, err := s.History("t")
		require.NoError(t, err)
		require.Len(t, left, 1)
		require.Equal(t, "it is called u", left[0].Note)
		require.Empty(t, s.Deleted())
		require.NoError(t, s.Close())
		s = openAt(t, path, tables.Options{})
	}
	defer func() { require.NoError(t, s.Close()) }()
	// It goes on as any table does.
	saved, err := s.SaveDraft(t.Context(), "u", tables.SaveOptions{DraftOptions: tables.DraftOptions{Person: "ann"}, Publish: true})
	require.NoError(t, err)
	require.Equal(t, 3, saved.Version)
	back, err := s.Rollback(t.Context(), "u", tables.Lift{}, "")
	require.NoError(t, err)
	require.Equal(t, 2, back)
	require.ErrorIs(t, s.Publish("t", 1, ""), schema.ErrTableNotFound, "people call it by its name")
	require.ErrorIs(t, s.Rename("t", "v", tables.Lift{}, ""), schema.ErrTableNotFound)
}

func TestNobodyElseGetsAFormerNameButByForce(t *testing.T) {
	t.Parallel()
	s := open(t, tables.Options{})
	ctx := t.Context()
	furnishedTable(t, s)
	keepertest.Publish(t, s, "second", harm{}.sheet())
	require.NoError(t, s.Rename("t", "u", tables.Lift{}, ""))
	for _, take := range []func(tables.Lift) error{
		func(lift tables.Lift) error {
			_, err := s.Import(ctx, "t", harm{}.sheet(), tables.ImportOptions{Publish: true, Confirm: lift.Confirm, Force: lift.Force})
			return err
		},
		func(lift tables.Lift) error {
			_, err := s.Import(ctx, "t", harm{}.sheet(), tables.ImportOptions{Confirm: lift.Confirm, Force: lift.Force})
			return err
		},
		func(lift tables.Lift) error { _, err := s.Copy(ctx, "second", "t", lift, ""); return err },
		func(lift tables.Lift) error { return s.Rename("second", "t", lift, "") },
		func(lift tables.Lift) error {
			if err := s.Delete("second", ""); err != nil && len(s.Deleted()) == 0 {
				return err
			}
			return s.Restore(ctx, "second", "t", lift, "")
		},
		func(lift tables.Lift) error {
			if _, err := s.DraftFile(ctx, "t", "bob", harm{}.sheet(), tables.ImportOptions{}); err != nil {
				return err
			}
			_, err := s.SaveDraft(ctx, "t", tables.SaveOptions{DraftOptions: tables.DraftOptions{Person: "bob"}, Lift: lift})
			return err
		},
	} {
		err := take(tables.Lift{Confirm: true})
		require.Equal(t, schema.LiftForce, nameTaken(t, err))
		require.ErrorIs(t, err, schema.ErrConflict)
		require.ErrorContains(t, err, `table "u" was called "t"`)
		require.Equal(t, "u", called(s, "t"))
	}
	d, err := s.Draft(ctx, "t", tables.DraftOptions{Person: "bob"})
	require.NoError(t, err)
	require.Equal(t, "t", d.Table)
	require.NoError(t, s.DropDraft("t", tables.DraftOptions{Person: "bob"}))

	im, err := s.Import(ctx, "t", harm{}.sheet(), tables.ImportOptions{Publish: true, Force: true})
	require.NoError(t, err)
	require.Equal(t, 3, im.Version, "numbers are not used twice under a name")
	require.Equal(t, "t", called(s, "t"))
	table, _ := s.Catalog().Table("u")
	require.Empty(t, table.Former)
	events, err := s.History("u")
	require.NoError(t, err)
	require.Equal(t, tables.ActionRelease, events[0].Action)
	require.Equal(t, "t", events[0].Note)
}

func TestRenamingTwiceAndBack(t *testing.T) {
	t.Parallel()
	s := open(t, tables.Options{})
	ctx := t.Context()
	furnishedTable(t, s)
	former := func(name string) []string {
		table, ok := s.Catalog().Table(name)
		require.True(t, ok, name)
		return table.Former
	}
	require.NoError(t, s.Rename("t", "u", tables.Lift{}, ""))
	require.NoError(t, s.Rename("u", "v", tables.Lift{}, ""))
	require.Equal(t, []string{"t", "u"}, former("v"))
	require.Equal(t, []string{"v", "v", "v"}, []string{called(s, "t"), called(s, "u"), called(s, "v")})
	require.NoError(t, s.Rename("v", "t", tables.Lift{}, ""), "its own former name")
	require.Equal(t, []string{"u", "v"}, former("t"))
	require.Equal(t, []string{"t", "t", "t"}, []string{called(s, "t"), called(s, "u"), called(s, "v")})
	require.NoError(t, s.Rename("t", "t", tables.Lift{}, ""), "nothing to do")

	// Former names go with the table, and come back with it where they are free.
	require.NoError(t, s.Delete("t", ""))
	require.Empty(t, called(s, "u"))
	keepertest.Publish(t, s, "u", harm{}.sheet())
	require.NoError(t, s.Restore(ctx, "t", "", tables.Lift{}, ""))
	require.Equal(t, []string{"v"}, former("t"))
	require.Equal(t, []string{"u", "t"}, []string{called(s, "u"), called(s, "v")})

	// Names that are in use, and such as are none.
	require.Empty(t, nameTaken(t, s.Rename("t", "u", tables.Lift{Force: true, Confirm: true}, "")))
	err := s.Rename("t", "other", tables.Lift{}, "")
	require.Empty(t, nameTaken(t, err))
	require.ErrorContains(t, err, `a lookup of the table is called "other"`)
	require.ErrorIs(t, s.Rename("t", "None", tables.Lift{}, ""), schema.ErrInvalid)

	// Onto a name under which something was deleted: that stays to be restored, and the history has both.
	require.NoError(t, s.Delete("u", "bob"))
	require.NoError(t, s.Rename("t", "u", tables.Lift{}, ""))
	require.Len(t, s.Deleted(), 1)
	events, err := s.History("u")
	require.NoError(t, err)
	seen := map[tables.Action]int{}
	for i, e := range events {
		seen[e.Action]++
		if i > 0 {
			require.False(t, e.At.After(events[i-1].At), "the latest first")
		}
	}
	require.Equal(t, 2, seen[tables.ActionDelete], "of both tables")
	require.Empty(t, reasons(t, s.Restore(ctx, "u", "w", tables.Lift{}, "")))
	require.Equal(t, []string{"t", "v"}, []string{former("u")[1], former("u")[0]})

	// A draft of a table to be is nobody else's.
	_, err = s.DraftFile(ctx, "x", "ann", harm{}.sheet(), tables.ImportOptions{})
	require.NoError(t, err)
	require.ErrorContains(t, s.Rename("u", "x", tables.Lift{}, ""), `there is a draft of a table "x"`)
	require.NoError(t, s.DropDraft("x", tables.DraftOptions{Person: "ann"}))
	require.NoError(t, s.Rename("u", "x", tables.Lift{}, ""))
	_, err = s.Draft(ctx, "x", tables.DraftOptions{Person: "ann"})
	require.NoError(t, err, "its own came along")
}

func TestACopyHasRowsLookupsAndSettings(t *testing.T) {
	t.Parallel()
	s := open(t, tables.Options{})
	ctx := t.Context()
	s.TestBy(&prober{t: t})
	furnishedTable(t, s)
	require.NoError(t, s.SetLookup("t", tested("tested", "^a"), ""))
	require.NoError(t, s.Rename("t", "u", tables.Lift{}, ""))
	im, err := s.Copy(ctx, "u", "copy", tables.Lift{}, "bob")
	require.NoError(t, err)
	require.Equal(t, 1, im.Version)
	copied, ok := s.Catalog().Table("copy")
	require.True(t, ok)
	source, _ := s.Catalog().Table("u")
	require.Equal(t, source.Settings, copied.Settings)
	require.Empty(t, copied.Former)
	require.Equal(t, keepertest.Cells(t, s, "u", 0), keepertest.Cells(t, s, "copy", 0))
	require.Len(t, copied.Lookups, 3)
	for i := range copied.Lookups {
		want, got := source.Lookups[i], copied.Lookups[i]
		if i == 0 {
			want.Name = "copy"
		}
		want.Version = 1
		require.Equal(t, want, got)
	}
	events, err := s.History("copy")
	require.NoError(t, err)
	require.Equal(t, tables.ActionCopy, events[0].Action)
	require.Equal(t, "of u, version 2", events[0].Note)
	keepertest.Publish(t, s, "copy", harm{}.sheet())
	require.Equal(t, 2, source.Live.Number, "each goes its own way")

	require.Empty(t, nameTaken(t, func() error { _, err := s.Copy(ctx, "u", "copy", tables.Lift{Force: true}, ""); return err }()))
	_, err = s.Copy(ctx, "u", "other", tables.Lift{}, "")
	require.ErrorContains(t, err, `a lookup of the table is called "other"`)
	_, err = s.Copy(ctx, "none-such", "x", tables.Lift{}, "")
	require.ErrorIs(t, err, schema.ErrTableNotFound)

	// Of a table without a live version nothing can be copied, and of one whose tests fail nothing goes live.
	_, err = s.Import(ctx, "waits", harm{}.sheet(), tables.ImportOptions{})
	require.NoError(t, err)
	_, err = s.Copy(ctx, "waits", "x", tables.Lift{}, "")
	require.ErrorIs(t, err, schema.ErrVersionNotFound)
	p := &prober{t: t}
	p.harsh.Store(true)
	s.TestBy(p)
	_, err = s.Copy(ctx, "u", "x", tables.Lift{}, "")
	require.Equal(t, map[string]string{schema.CodeTestFailed: ""}, reasons(t, err))
}

func TestAFileOfAFormerNameIsOfTheTable(t *testing.T) {
	t.Parallel()
	s := open(t, tables.Options{})
	named(t, s, "zip-map", "ZIP map")
	require.NoError(t, s.Rename("zip-map", "zips", tables.Lift{}, ""))
	for file, want := range map[string]string{"ZIP map.xlsx": "zips", "zip-map.csv": "zips", "Zip-Map!.csv": "zip-map-2"} {
		name, _ := s.Catalog().Suggest(file)
		require.Equal(t, want, name, file)
	}
}
