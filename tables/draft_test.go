package tables_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/tables"
	"tablestep/tables/file"
	"tablestep/tables/keepertest"
	"tablestep/tables/schema"
	"tablestep/tables/view"
)

func ann() tables.DraftOptions { return tables.DraftOptions{Person: "ann"} }

// kv is a sheet of two columns, its cells between spaces.
func kv(rows ...string) *keepertest.Sheet {
	sheet := &keepertest.Sheet{Header: []string{"k", "v"}}
	for _, row := range rows {
		k, v, _ := strings.Cut(row, " ")
		sheet.Rows = append(sheet.Rows, []string{k, v})
	}
	return sheet
}

// publish makes rows the live version, by somebody.
func publish(t *testing.T, s *tables.Store, by string, rows ...string) {
	t.Helper()
	_, err := s.Import(context.Background(), "t", kv(rows...), tables.ImportOptions{Publish: true, Confirm: true, By: by, Key: []string{"k"}})
	require.NoError(t, err)
}

// draftCells are the rows of the draft of ann.
func draftCells(t *testing.T, s *tables.Store) (cells []string) {
	t.Helper()
	page, err := s.DraftRows(context.Background(), "t", ann(), view.Query{})
	require.NoError(t, err)
	for _, row := range page.Rows {
		cells = append(cells, strings.Join(row.Cells, " "))
	}
	return cells
}

func liveCells(t *testing.T, s *tables.Store) (cells []string) {
	t.Helper()
	for _, row := range keepertest.Cells(t, s, "t", 0) {
		cells = append(cells, strings.Join(row, " "))
	}
	return cells
}

func change(t *testing.T, s *tables.Store, p view.Patch) *tables.Draft {
	t.Helper()
	d, err := s.PatchDraft(context.Background(), "t", p, ann())
	require.NoError(t, err)
	return d
}

func set(row int, v string) view.Patch {
	return view.Patch{Set: []view.SetRow{{Row: row, Cells: cells("v", v)}}}
}

func save(s *tables.Store, o tables.SaveOptions) (*tables.Imported, error) {
	o.Person = "ann"
	return s.SaveDraft(context.Background(), "t", o)
}

func TestADraftIsBegunWithTheLiveVersionChangedAndSaved(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "tables.db")
	s := openAt(t, path, tables.Options{})
	publish(t, s, "", "a 1", "b 2", "c 3")
	_, err := s.Draft(context.Background(), "t", ann())
	require.ErrorIs(t, err, schema.ErrDraftNotFound)

	d := change(t, s, view.Patch{Set: []view.SetRow{{Row: 2, Cells: cells("v", "null")}}, Insert: []view.InsertRow{{Before: 1, Cells: cells("k", "new")}}})
	require.Equal(t, []any{"t", "ann", 1, 1, false}, []any{d.Table, d.Person, d.Number, d.Base, d.File})
	require.Equal(t, []view.EditedRow{{Kind: view.EditInsert, Row: 1}, {Kind: view.EditSet, Row: 3, Base: 2}}, d.Edits.Edited(9))
	require.Equal(t, map[string]int{"TEXT_NULL": 1}, d.Rows.Findings.Counts, "with the findings of its rows")
	require.Equal(t, []string{"a 1", "b 2", "c 3"}, liveCells(t, s), "leads do not see it")
	versions, err := s.Versions("t")
	require.NoError(t, err)
	require.Len(t, versions, 1)

	// It outlives the process, is changed further, and numbers are those that it has now.
	require.NoError(t, s.Close())
	s = openAt(t, path, tables.Options{})
	defer func() { require.NoError(t, s.Close()) }()
	d = change(t, s, view.Patch{DeleteRows: []int{2}, Set: []view.SetRow{{Row: 3, Cells: cells("v", "two")}}})
	require.Equal(t, 2, d.Number)
	require.Empty(t, d.Rows.Findings.List)
	require.Equal(t, []string{"new ", "b two", "c 3"}, draftCells(t, s))
	page, err := s.DraftRows(context.Background(), "t", ann(), view.Query{Text: "TWO"})
	require.NoError(t, err)
	require.Equal(t, 2, page.Rows[0].Row)

	im, err := save(s, tables.SaveOptions{Publish: true, By: "ann", Message: "two is a number"})
	require.NoError(t, err)
	require.Equal(t, []any{2, true}, []any{im.Version, im.Live})
	require.Equal(t, []string{"new ", "b two", "c 3"}, liveCells(t, s))
	versions, err = s.Versions("t")
	require.NoError(t, err)
	require.Equal(t, []any{"two is a number", true, "ann"}, []any{versions[0].Message, versions[0].Patch, versions[0].By})
	for _, err := range []error{
		func() error { _, err := s.Draft(context.Background(), "t", ann()); return err }(),
		func() error { _, err := save(s, tables.SaveOptions{}); return err }(),
		s.DropDraft("t", ann()),
	} {
		require.ErrorIs(t, err, schema.ErrDraftNotFound, "it is saved once")
	}
	require.Equal(t, 3, change(t, s, set(1, "x")).Number, "no number is used twice")
}

func TestEachPersonHasADraftOfTheirOwn(t *testing.T) {
	t.Parallel()
	s := open(t, tables.Options{})
	publish(t, s, "", "a 1", "b 2")
	bob := tables.DraftOptions{Person: "bob"}
	change(t, s, set(1, "ann"))
	_, err := s.PatchDraft(context.Background(), "t", set(2, "bob"), bob)
	require.NoError(t, err)
	require.Equal(t, []string{"a ann", "b 2"}, draftCells(t, s))
	// Both change other rows: each is made in what the other has saved.
	_, err = save(s, tables.SaveOptions{Publish: true})
	require.NoError(t, err)
	_, err = s.SaveDraft(context.Background(), "t", tables.SaveOptions{DraftOptions: bob, Publish: true})
	require.NoError(t, err)
	require.Equal(t, []string{"a ann", "b bob"}, liveCells(t, s))
}

// Where somebody else has published meanwhile, what no other has changed is saved, and what
// another has changed is told, and stays a draft.
func TestADraftIsSavedIntoWhatOthersHavePublishedUnlessARowCollides(t *testing.T) {
	t.Parallel()
	s := open(t, tables.Options{KeepVersions: 1})
	publish(t, s, "", "a 1", "b 2", "c 3", "d 4")
	change(t, s, view.Patch{Set: []view.SetRow{{Row: 2, Cells: cells("v", "two")}}, DeleteRows: []int{4}, Insert: []view.InsertRow{{Before: 3, Cells: cells("k", "new")}}})
	publish(t, s, "bob", "z 0", "a 1", "b 22", "c 3", "d 4")
	_, err := save(s, tables.SaveOptions{Publish: true})
	var moved *tables.RowsMovedError
	require.ErrorAs(t, err, &moved)
	require.Equal(t, []any{"t", 1, 2, "bob", []string{"row 2 of version 1"}}, []any{moved.Table, moved.Asked, moved.Current, moved.By, moved.Changed})
	require.ErrorContains(t, err, "has other cells in 1 rows that the draft changes")
	require.Equal(t, []string{"z 0", "a 1", "b 22", "c 3", "d 4"}, liveCells(t, s))
	require.Equal(t, []string{"a 1", "b two", "new ", "c 3"}, draftCells(t, s))

	publish(t, s, "bob", "z 0", "a 1", "b 2", "c 3", "d 4") // its base is gone long since
	publish(t, s, "bob", "z 0", "a one", "b 2", "c 3", "d 4")
	im, err := save(s, tables.SaveOptions{Publish: true})
	require.NoError(t, err)
	require.Equal(t, []string{"z 0", "a one", "b two", "new ", "c 3"}, liveCells(t, s))
	require.Equal(t, &view.Count{Added: 1, Removed: 1, Changed: 1, Unchanged: 3}, im.Diff)
}

func TestADraftThatIsSavedWithoutBeingPublishedIsAVersion(t *testing.T) {
	t.Parallel()
	s := open(t, tables.Options{})
	publish(t, s, "", "a 1", "b 2")
	change(t, s, set(1, "x"))
	im, err := save(s, tables.SaveOptions{})
	require.NoError(t, err)
	require.False(t, im.Live)
	require.Equal(t, []string{"a 1", "b 2"}, liveCells(t, s))
	require.NoError(t, s.Publish("t", 2, ""))
	require.Equal(t, []string{"a x", "b 2"}, liveCells(t, s))
}

func TestADraftIsMadeFromAFile(t *testing.T) {
	t.Parallel()
	s := open(t, tables.Options{})
	// Of a table that is not there yet.
	d, err := s.DraftFile(context.Background(), "t", "ann", kv("a 1", "b 1.500"), tables.ImportOptions{Source: "t.csv", Notations: map[string]schema.Notation{"v": {Numbers: "1.234,5"}}})
	require.NoError(t, err)
	require.Equal(t, []any{0, true, "t.csv", 2}, []any{d.Base, d.File, d.Rows.Source, d.Rows.Rows})
	_, ok := s.Catalog().Table("t")
	require.False(t, ok)
	change(t, s, view.Patch{Insert: []view.InsertRow{{Before: 1, Cells: cells("k", "new")}}})
	im, err := save(s, tables.SaveOptions{Publish: true, Message: "the first"})
	require.NoError(t, err)
	require.Equal(t, 1, im.Version)
	require.Equal(t, []string{"new ", "a 1", "b 1.500"}, liveCells(t, s))
	require.EqualValues(t, "1.234,5", im.Columns[1].Numbers, "as the person has said of the file")

	// In place of the draft that there is, and of the live rows.
	change(t, s, set(1, "x"))
	d, err = s.DraftFile(context.Background(), "t", "ann", kv("c 1"), tables.ImportOptions{})
	require.NoError(t, err)
	require.Equal(t, 1, d.Base)
	require.Equal(t, []string{"c 1"}, draftCells(t, s))
	_, err = save(s, tables.SaveOptions{Publish: true})
	require.ErrorIs(t, err, schema.ErrConflict, "most rows are gone")
	require.Equal(t, []string{"c 1"}, draftCells(t, s))
	publish(t, s, "bob", "new ", "a 1", "b 1.500")
	_, err = save(s, tables.SaveOptions{Publish: true, Lift: tables.Lift{Confirm: true}})
	var moved *tables.RowsMovedError
	require.ErrorAs(t, err, &moved, "it would undo what bob has done")
	require.Equal(t, []any{1, 2, "bob"}, []any{moved.Asked, moved.Current, moved.By})
	_, err = s.DraftFile(context.Background(), "t", "ann", kv("c 1"), tables.ImportOptions{})
	require.NoError(t, err)
	_, err = save(s, tables.SaveOptions{Publish: true, Lift: tables.Lift{Confirm: true}})
	require.NoError(t, err)
	require.Equal(t, []string{"c 1"}, liveCells(t, s))
}

func TestADraftThatWasChangedMeanwhileIsNotChangedBlindly(t *testing.T) {
	t.Parallel()
	s := open(t, tables.Options{})
	publish(t, s, "", "a 1", "b 2")
	first := change(t, s, set(1, "x"))
	seen := tables.DraftOptions{Person: "ann", Number: first.Number}
	_, err := s.PatchDraft(context.Background(), "t", set(1, "y"), seen)
	require.NoError(t, err)
	var moved *tables.RowsMovedError
	for what, f := range map[string]func() error{
		"change": func() error { _, err := s.PatchDraft(context.Background(), "t", set(1, "z"), seen); return err },
		"save": func() error {
			_, err := s.SaveDraft(context.Background(), "t", tables.SaveOptions{DraftOptions: seen})
			return err
		},
		"drop": func() error { return s.DropDraft("t", seen) },
	} {
		require.ErrorAs(t, f(), &moved, what)
		require.Equal(t, 2, moved.Current)
		require.ErrorContains(t, moved, "was changed since you looked at it")
	}
	_, err = s.PatchDraft(context.Background(), "t", set(1, "z"), tables.DraftOptions{Person: "bob", Number: 1})
	require.ErrorIs(t, err, schema.ErrDraftNotFound, "who has seen one does not begin another")
	_, err = s.PatchDraft(context.Background(), "t", set(1, "z"), tables.DraftOptions{Person: "bob", Version: 7})
	require.ErrorAs(t, err, &moved)
	require.NoError(t, s.DropDraft("t", tables.DraftOptions{Person: "ann", Number: 2}))

	results := make(chan error)
	change(t, s, set(1, "x"))
	for i := range 2 {
		go func() {
			_, err := s.PatchDraft(context.Background(), "t", set(1, fmt.Sprint(i)), tables.DraftOptions{Person: "ann", Number: 3})
			results <- err
		}()
	}
	one, two := <-results, <-results
	if one != nil {
		one, two = two, one
	}
	require.NoError(t, one)
	require.ErrorIs(t, two, schema.ErrConflict, "one of two at once")
}

func TestADraftThatChangesNothingIsNotSaved(t *testing.T) {
	t.Parallel()
	s := open(t, tables.Options{})
	publish(t, s, "", "a 1")
	change(t, s, view.Patch{Insert: []view.InsertRow{{Before: 1, Cells: cells("k", "x")}}})
	change(t, s, view.Patch{DeleteRows: []int{1}})
	_, err := save(s, tables.SaveOptions{Publish: true})
	require.ErrorIs(t, err, schema.ErrInvalid)
	require.ErrorContains(t, err, "throw it away")
}

func TestADraftLeavesNoRowsBehind(t *testing.T) {
	t.Parallel()
	memory := keepertest.NewMemory()
	s, err := tables.Open(memory.Open(), tables.Options{})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	publish(t, s, "", "a 1", "b 2")
	for i := range 3 {
		change(t, s, set(1, fmt.Sprint(i)))
	}
	storages := func() int { return len(memory.Storages()) }
	require.Eventually(t, func() bool { return storages() == 2 }, 10*time.Second, time.Millisecond, "the live version's and the draft's")
	_, err = save(s, tables.SaveOptions{Publish: true})
	require.NoError(t, err)
	require.Eventually(t, func() bool { return storages() == 2 }, 10*time.Second, time.Millisecond, "those of two versions")
	change(t, s, set(1, "x"))
	require.NoError(t, s.DropDraft("t", ann()))
	require.Eventually(t, func() bool { return storages() == 2 }, 10*time.Second, time.Millisecond)

	// What is deleted keeps its draft as it keeps its versions, and loses it with them.
	change(t, s, set(1, "x"))
	require.NoError(t, s.Delete("t", ""))
	require.Equal(t, []string{"a x", "b 2"}, draftCells(t, s))
	_, err = save(s, tables.SaveOptions{})
	require.ErrorIs(t, err, schema.ErrTableNotFound)
	require.NoError(t, s.Purge("t", ""))
	_, err = s.Draft(context.Background(), "t", ann())
	require.ErrorIs(t, err, schema.ErrDraftNotFound)
	require.Eventually(t, func() bool { return storages() == 0 }, 10*time.Second, time.Millisecond)
}

func TestADamagedDraftIsToldAndCanBeThrownAway(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "tables.db")
	s := openAt(t, path, tables.Options{})
	publish(t, s, "", "a 1")
	change(t, s, set(1, "to be damaged"))
	require.NoError(t, s.Close())
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Positive(t, bytes.Count(raw, []byte(`"cells":{"v":"to be damaged"}`)))
	require.NoError(t, os.WriteFile(path, bytes.ReplaceAll(raw, []byte(`"cells":{"v":"to be damaged"}`), []byte(`"cells":{"v":"to be dxmaged"}`)), 0o600))
	report, err := file.Check(path)
	require.NoError(t, err)
	require.Len(t, report.Findings, 2, "the record, and rows that nobody can have")
	require.Contains(t, report.Findings[0].Place, `draft of table "t"`)
	require.Equal(t, 1, report.Tables)

	s = openAt(t, path, tables.Options{})
	defer func() { require.NoError(t, s.Close()) }()
	damage := s.Damaged()
	require.Len(t, damage, 1)
	require.Equal(t, []any{tables.DamagedDraft, "t"}, []any{damage[0].Kind, damage[0].Name})
	require.Contains(t, damage[0].Problem, "throw it away")
	_, err = s.Draft(context.Background(), "t", ann())
	require.ErrorIs(t, err, tables.ErrDamaged)
	require.Equal(t, []string{"a 1"}, liveCells(t, s), "leads are answered")
	require.NoError(t, s.DropDraft("t", ann()))
	require.Empty(t, s.Damaged())
	require.Equal(t, 2, change(t, s, set(1, "x")).Number)
	require.NoError(t, s.Close())
	report, err = file.Check(path)
	require.NoError(t, err)
	require.Empty(t, report.Findings, "its rows are gone, too")
	s = openAt(t, path, tables.Options{})
}

// Who saves and who changes another row at the same moment both have what they wanted.
func TestADraftIsSavedWhileAnotherVersionGoesLive(t *testing.T) {
	t.Parallel()
	s := open(t, tables.Options{})
	_, err := s.Import(context.Background(), "t", numberedSheet(20_000), tables.ImportOptions{Publish: true, Key: []string{"account"}})
	require.NoError(t, err)
	for round := range 3 {
		mine, other := 10*round+1, 10*round+2
		_, err := s.PatchDraft(context.Background(), "t", view.Patch{Set: []view.SetRow{{Row: mine, Cells: cells("state", "mine")}}}, ann())
		require.NoError(t, err)
		saved := make(chan error)
		go func() {
			_, err := save(s, tables.SaveOptions{Publish: true})
			saved <- err
		}()
		require.Eventually(t, func() bool {
			_, err := s.Patch(context.Background(), "t", view.Patch{Set: []view.SetRow{{Row: other, Cells: cells("state", "other")}}}, tables.PatchOptions{Publish: true})
			return err == nil
		}, time.Minute, time.Millisecond)
		require.NoError(t, <-saved)
		live := keepertest.Cells(t, s, "t", 0)
		require.Equal(t, []string{"mine", "other"}, []string{live[mine-1][1], live[other-1][1]})
	}
}

func TestADraftIsBegunWithALiveVersionOnly(t *testing.T) {
	t.Parallel()
	s := open(t, tables.Options{})
	_, err := s.PatchDraft(context.Background(), "t", set(1, "x"), ann())
	require.ErrorIs(t, err, schema.ErrTableNotFound)
	_, err = s.Import(context.Background(), "t", kv("a 1"), tables.ImportOptions{})
	require.NoError(t, err)
	_, err = s.PatchDraft(context.Background(), "t", set(1, "x"), ann())
	require.ErrorIs(t, err, schema.ErrVersionNotFound)
	_, err = s.DraftFile(context.Background(), "No Name", "ann", kv("a 1"), tables.ImportOptions{})
	require.ErrorIs(t, err, schema.ErrInvalid)
	broken := kv("a 1", "b 2")
	broken.Fail = os.ErrDeadlineExceeded
	_, err = s.DraftFile(context.Background(), "t", "ann", broken, tables.ImportOptions{})
	require.ErrorIs(t, err, os.ErrDeadlineExceeded)
	_, err = s.Draft(context.Background(), "t", ann())
	require.ErrorIs(t, err, schema.ErrDraftNotFound, "of half a file there is none")
}

func TestADraftFromAFileOfATableThatWasDeletedMeanwhile(t *testing.T) {
	t.Parallel()
	s := open(t, tables.Options{})
	publish(t, s, "", "a 1")
	_, err := s.DraftFile(context.Background(), "t", "ann", kv("b 2"), tables.ImportOptions{})
	require.NoError(t, err)
	require.NoError(t, s.Delete("t", ""))
	_, err = save(s, tables.SaveOptions{Publish: true, Lift: tables.Lift{Confirm: true}})
	require.ErrorIs(t, err, schema.ErrConflict)
	require.ErrorContains(t, err, "version 1 of it, which was live when the draft was begun, is not any more")
	require.NoError(t, s.Restore(t.Context(), "t", "", tables.Lift{}, ""))
	_, err = save(s, tables.SaveOptions{Publish: true, Lift: tables.Lift{Confirm: true}})
	require.NoError(t, err)
	require.Equal(t, []string{"b 2"}, liveCells(t, s))
}

// What a person has said of a column holds for the draft and for what is made of it, and so does
// what the live version has.
func TestADraftKeepsTheConventionsOfItsColumns(t *testing.T) {
	t.Parallel()
	s := open(t, tables.Options{})
	_, err := s.Import(context.Background(), "t", kv("a 1.500"), tables.ImportOptions{Publish: true, Notations: map[string]schema.Notation{"v": {Numbers: "1.234,5"}}})
	require.NoError(t, err)
	d := change(t, s, set(1, "2.5"))
	require.EqualValues(t, "1.234,5", d.Rows.Columns[1].Numbers)
	im, err := save(s, tables.SaveOptions{Publish: true})
	require.NoError(t, err)
	require.EqualValues(t, "1.234,5", im.Columns[1].Numbers)
}

// Who reads a draft reads it to its end, whatever becomes of it.
func TestADraftIsReadByItsFindingsAndAsItWas(t *testing.T) {
	t.Parallel()
	s := open(t, tables.Options{})
	publish(t, s, "", "a 1", "b 2", "c null")
	change(t, s, set(1, "null"))
	page, err := s.DraftRows(context.Background(), "t", ann(), view.Query{Finding: "TEXT_NULL", Sort: "-k"})
	require.NoError(t, err)
	require.Equal(t, []view.Row{{Row: 3, Cells: []string{"c", "null"}}, {Row: 1, Cells: []string{"a", "null"}}}, page.Rows)
	_, err = s.DraftRows(context.Background(), "t", ann(), view.Query{Sort: "none"})
	require.ErrorIs(t, err, schema.ErrColumnNotFound)
	_, err = s.DraftRows(context.Background(), "t", tables.DraftOptions{Person: "ann", Number: 9}, view.Query{})
	var moved *tables.RowsMovedError
	require.ErrorAs(t, err, &moved)
	errs := make(chan error, 1)
	go func() {
		for range 20 {
			if _, err := s.DraftRows(context.Background(), "t", ann(), view.Query{Text: "b"}); err != nil {
				errs <- err
				return
			}
		}
		errs <- nil
	}()
	for i := range 10 {
		change(t, s, set(2, fmt.Sprint(i)))
	}
	require.NoError(t, <-errs)
}
