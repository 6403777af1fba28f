package tables_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/tables"
	"tablestep/tables/answers"
	"tablestep/tables/file"
	"tablestep/tables/keepertest"
	"tablestep/tables/schema"
	"tablestep/tables/view"
)

// marked is a table with its mark in every cell but those of the key, in row groups
// of ten.
func marked(mark int) *keepertest.Sheet {
	return &keepertest.Sheet{Header: []string{"k", "v"}, Make: func(row int, cells []string) bool {
		cells[0], cells[1] = fmt.Sprint("key ", row), fmt.Sprint("v", mark)
		return row < 50
	}}
}

// onDisk is a store whose tables do not fit into memory and that keeps one version.
func onDisk(t *testing.T) *tables.Store {
	t.Helper()
	return open(t, tables.SmallGroups(tables.Options{MemoryBudget: 1, KeepVersions: 1}, 10))
}

// swept waits until no rows are there but those of so many versions.
func swept(t *testing.T, s *tables.Store, versions int) {
	t.Helper()
	require.Eventually(t, func() bool { return len(storages(t, s)) == versions && doomed(t, s) == 0 }, 10*time.Second, 5*time.Millisecond, "rows are left behind")
}

// requireMarked says that all that is matched and fetched is of one version.
func requireMarked(t require.TestingT, sn *answers.Snapshot, table *tables.Table, mark int) {
	keys := []string{"key 0", "key 49", "KEY 25"}
	l, ok := table.Lookup("")
	require.True(t, ok)
	l.Outputs = []schema.Output{{Column: "v"}}
	var got answers.Batch
	require.NoError(t, sn.Answer(context.Background(), &l, [][]string{keys}, &got, nil))
	want := fmt.Sprint("v", mark)
	require.Equal(t, []string{want, want, want}, got.Cells[0])
	rows, err := sn.All(context.Background(), &l, []string{"key 7"}, 5, nil)
	require.NoError(t, err)
	require.Equal(t, []int32{7}, rows)
	_, _, cells, found, err := sn.Nearest(context.Background(), &schema.Lookup{Match: []schema.Match{{Column: "v"}}}, []string{want + "?"}, nil)
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, []string{want}, cells)
}

func TestWhatIsPinnedStaysUntilItIsReleased(t *testing.T) {
	s := onDisk(t)
	keepertest.Publish(t, s, "t", marked(1))
	keepertest.Publish(t, s, "other", marked(1))
	first := s.Pin()
	for n := 2; n <= 25; n++ {
		keepertest.Publish(t, s, "t", marked(n))
	}
	second := s.Pin()
	versions, err := s.Versions("t")
	require.NoError(t, err)
	require.Equal(t, []int{25, 1}, []int{versions[0].Number, versions[1].Number}, "one that is pinned is not dropped")
	require.NoError(t, s.Delete("t", "ann"))
	require.NoError(t, s.Purge("t", "ann"))
	keepertest.Publish(t, s, "t", marked(26))

	for pin, mark := range map[*tables.Pin]int{first: 1, second: 25} {
		table, ok := pin.Catalog().Table("t")
		require.True(t, ok)
		require.Equal(t, mark, table.Live.Number)
		sn, err := pin.Snapshot(t.Context(), "t")
		require.NoError(t, err)
		require.False(t, sn.InMemory())
		requireMarked(t, sn, table, mark)
	}
	swept2 := func() bool { return len(storages(t, s)) == 4 && doomed(t, s) == 2 }
	require.Eventually(t, swept2, 10*time.Second, 5*time.Millisecond, "of what is not pinned the rows go")

	second.Release()
	require.Eventually(t, func() bool { return len(storages(t, s)) == 3 && doomed(t, s) == 1 }, 10*time.Second, 5*time.Millisecond)
	sn, err := first.Snapshot(t.Context(), "t")
	require.NoError(t, err)
	table, _ := first.Catalog().Table("t")
	requireMarked(t, sn, table, 1)
	_, err = first.Snapshot(t.Context(), "none")
	require.ErrorIs(t, err, schema.ErrTableNotFound)
	first.Release()
	swept(t, s, 2)
	requireSound(t, s)
}

func TestAPinThatIsHeldForLongKeepsOneVersionOfATable(t *testing.T) {
	s := onDisk(t)
	keepertest.Publish(t, s, "t", marked(1))
	pin := s.Pin()
	for n := 2; n <= 60; n++ {
		keepertest.Publish(t, s, "t", marked(n))
	}
	swept(t, s, 2)
	pin.Release()
	keepertest.Publish(t, s, "t", marked(61))
	swept(t, s, 1)
}

func TestPinsEndWithTheProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tables.db")
	s, err := file.OpenStore(path, tables.Options{KeepVersions: 1})
	require.NoError(t, err)
	keepertest.Publish(t, s, "t", marked(1))
	pin := s.Pin()
	require.NoError(t, s.Delete("t", "ann"))
	require.NoError(t, s.Purge("t", "ann"))
	require.NoError(t, s.Close(), "a pin does not hold up the end")
	require.NotPanics(t, pin.Release)
	s = openAt(t, path, tables.Options{})
	swept(t, s, 0)
	require.NoError(t, s.Close())
}

// Nobody waits for anybody here: versions come and go as fast as they can, beside
// readers that stop in the middle.
func TestReadersSeeOneVersionWhileOthersComeAndGo(t *testing.T) {
	rounds := 40
	if testing.Short() {
		rounds = 15
	}
	s := onDisk(t)
	for _, name := range []string{"t", "u"} {
		keepertest.Publish(t, s, name, marked(1))
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	var wg sync.WaitGroup
	for _, name := range []string{"t", "u"} {
		wg.Go(func() {
			defer stop()
			for n := range rounds {
				switch n % 10 {
				case 7: // live again under a number that the mark does not tell
					if err := errors.Join(s.Delete(name, "ann"), s.Purge(name, "ann")); err != nil {
						t.Errorf("delete: %v", err)
					}
					fallthrough
				default:
					next := 1
					if events, err := s.History(name); err == nil {
						for _, e := range events {
							next = max(next, e.Version+1)
						}
					}
					_, err := s.Import(context.Background(), name, marked(next), tables.ImportOptions{Publish: true})
					if err != nil {
						t.Errorf("import: %v", err)
					}
				}
			}
		})
	}
	reads := make([]int, 2)
	for g := range reads {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(g), 1))
			for ctx.Err() == nil && !t.Failed() {
				pin := s.Pin()
				for range 1 + r.IntN(3) {
					name := []string{"t", "u"}[r.IntN(2)]
					table, ok := pin.Catalog().Table(name)
					if !ok {
						continue
					}
					sn, err := pin.Snapshot(ctx, name)
					if err != nil {
						t.Errorf("load: %v", err)
						break
					}
					requireMarked(t, sn, table, table.Live.Number)
					reads[g]++
				}
				pin.Release()
				readPage(t, s, r)
			}
		})
	}
	wg.Wait()
	for _, n := range reads {
		require.Positive(t, n)
	}
	for _, name := range []string{"t", "u"} {
		_, err := s.Import(context.Background(), name, marked(0), tables.ImportOptions{Publish: true})
		require.NoError(t, err)
	}
	swept(t, s, 2)
	requireSound(t, s)
}

// readPage reads a version as people do: whole, or not at all.
func readPage(t *testing.T, s *tables.Store, r *rand.Rand) {
	t.Helper()
	name := []string{"t", "u"}[r.IntN(2)]
	gone := func(err error) bool {
		return errors.Is(err, schema.ErrTableNotFound) || errors.Is(err, schema.ErrVersionNotFound) && !errors.Is(err, schema.ErrVersionGone)
	}
	switch r.IntN(3) {
	case 0:
		page, err := s.Rows(context.Background(), name, view.Query{Text: "v"})
		if err != nil {
			if !gone(err) {
				t.Errorf("rows: %v", err)
			}
			return
		}
		for _, row := range page.Rows {
			if row.Cells[1] != fmt.Sprint("v", page.Version) {
				t.Errorf("version %d has %v", page.Version, row)
			}
		}
	case 1:
		if d, err := s.Diff(context.Background(), name, 0, 0); err == nil {
			if d.Count.Changed != 50 || d.From >= d.To {
				t.Errorf("diff: %+v", d.Count)
			}
		} else if !gone(err) {
			t.Errorf("diff: %v", err)
		}
	default:
		scan, err := s.Scan(context.Background(), name, 0)
		if err != nil {
			if !gone(err) {
				t.Errorf("scan: %v", err)
			}
			return
		}
		for rows := 0; ; rows++ {
			row, err := scan.Next()
			if err == io.EOF { //nolint:errorlint // a Scan returns io.EOF itself
				break
			}
			if err != nil || row.Cells[1] != fmt.Sprint("v", scan.Version().Number) {
				t.Errorf("row %d of version %d: %v, %v", rows, scan.Version().Number, row, err)
				break
			}
		}
		if err := scan.Close(); err != nil {
			t.Errorf("close scan: %v", err)
		}
	}
}

// A page, an export or a change that has begun is not cut short because the version
// is dropped meanwhile.
func TestAVersionThatIsReadStaysToTheEndOfTheReading(t *testing.T) {
	s := onDisk(t)
	keepertest.Publish(t, s, "t", marked(1))
	scan, err := s.Scan(t.Context(), "t", 0)
	require.NoError(t, err)
	row, err := scan.Next()
	require.NoError(t, err)
	require.Equal(t, []string{"key 0", "v1"}, row.Cells)
	for n := 2; n <= 5; n++ {
		keepertest.Publish(t, s, "t", marked(n))
	}
	require.NoError(t, s.Delete("t", "ann"))
	require.NoError(t, s.Purge("t", "ann"))
	require.Eventually(t, func() bool { return len(storages(t, s)) == 1 && doomed(t, s) == 1 }, 10*time.Second, 5*time.Millisecond)
	for n := 1; n < 50; n++ {
		row, err := scan.Next()
		require.NoError(t, err)
		require.Equal(t, []string{fmt.Sprint("key ", n), "v1"}, row.Cells)
	}
	require.Equal(t, 1, doomed(t, s))
	_, err = scan.Next()
	require.Equal(t, io.EOF, err)
	swept(t, s, 0)
	require.NoError(t, scan.Close())

	keepertest.Publish(t, s, "t", marked(6))
	keepertest.Publish(t, s, "t", marked(7))
	scan, err = s.Scan(t.Context(), "t", 7)
	require.NoError(t, err)
	require.NoError(t, s.Delete("t", "ann"))
	require.NoError(t, s.Purge("t", "ann"))
	require.NoError(t, scan.Close(), "closed before its end")
	require.NoError(t, scan.Close())
	swept(t, s, 0)
}

// An upload is compared with the version that was live when it began, however long
// it takes.
func TestASlowUploadIsComparedThoughItsForerunnerWasDropped(t *testing.T) {
	s := onDisk(t)
	keepertest.Publish(t, s, "t", marked(1))
	slow := marked(9)
	rows := slow.Make
	slow.Make = func(row int, cells []string) bool {
		if row == 25 {
			for n := 2; n <= 5; n++ {
				keepertest.Publish(t, s, "t", marked(n))
			}
			require.Eventually(t, func() bool { return doomed(t, s) == 1 }, 10*time.Second, 5*time.Millisecond, "but for the upload itself")
		}
		return rows(row, cells)
	}
	im, err := s.Import(t.Context(), "t", slow, tables.ImportOptions{Publish: true})
	require.NoError(t, err)
	require.Equal(t, &view.Count{Changed: 50}, im.Diff)
	keepertest.Publish(t, s, "t", marked(10))
	swept(t, s, 1)
}

func TestThePreviousVersionIsWhatADiffComparesWith(t *testing.T) {
	s := open(t, tables.Options{})
	keepertest.Publish(t, s, "t", marked(1))
	_, err := s.Diff(t.Context(), "t", 0, 0)
	require.ErrorIs(t, err, schema.ErrVersionNotFound)
	require.ErrorContains(t, err, "has none before 1")
	keepertest.Publish(t, s, "t", marked(2))
	keepertest.Publish(t, s, "t", marked(3))
	d, err := s.Diff(t.Context(), "t", 0, 0)
	require.NoError(t, err)
	require.Equal(t, [2]int{2, 3}, [2]int{d.From, d.To})
	require.NoError(t, s.Publish("t", 2, "ann"))
	d, err = s.Diff(t.Context(), "t", 0, 0)
	require.NoError(t, err)
	require.Equal(t, [2]int{1, 2}, [2]int{d.From, d.To})
	for _, pair := range [][2]int{{9, 0}, {0, 9}, {9, 1}, {1, 9}} {
		_, err = s.Diff(t.Context(), "t", pair[0], pair[1])
		require.ErrorIs(t, err, schema.ErrVersionNotFound)
		require.ErrorContains(t, err, "version 9 of table")
	}
}
