package tables_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/tables"
	"tablestep/tables/keepertest"
	"tablestep/tables/schema"
	"tablestep/tables/view"
)

// over opens a store over one more owner of a memory.
func over(t testing.TB, m *keepertest.Memory, o tables.Options) (*tables.Store, *keepertest.Owner) {
	t.Helper()
	owner := m.Open()
	s, err := tables.Open(owner, o)
	require.NoError(t, err)
	return s, owner
}

// everyChange are all kinds of change, each good on a store that furnished has filled.
func everyChange() map[string]func(s *tables.Store) error {
	ctx := context.Background()
	upload := func(s *tables.Store, table string, publish bool) error {
		_, err := s.Import(ctx, table, keepertest.Countries(), tables.ImportOptions{Publish: publish, Confirm: true})
		return err
	}
	source := func(s *tables.Store, name string, publish bool) error {
		_, err := s.PutRuleSet(name, "a new source", publish, "ann")
		return err
	}
	lookup := func(s *tables.Store, name string, publish bool) error {
		_, _, err := s.PutLookup(ctx, "t", schema.Lookup{Name: name, Match: []schema.Match{{Column: "numeric", Field: "n"}}}, tables.LookupOptions{Publish: publish})
		return err
	}
	return map[string]func(s *tables.Store) error{
		"import":             func(s *tables.Store) error { return upload(s, "t", false) },
		"import and publish": func(s *tables.Store) error { return upload(s, "t", true) },
		"import the first":   func(s *tables.Store) error { return upload(s, "first", false) },
		"import again":       func(s *tables.Store) error { return upload(s, "gone", true) },
		"patch": func(s *tables.Store) error {
			_, err := s.Patch(ctx, "t", view.Patch{Upsert: []map[string]string{{"country": "Atlantis"}}}, tables.PatchOptions{Publish: true, By: "ann"})
			return err
		},
		"publish": func(s *tables.Store) error { return s.Publish("t", 1, "ann") },
		"rollback": func(s *tables.Store) error {
			_, err := s.Rollback(context.Background(), "t", tables.Lift{}, "ann")
			return err
		},
		"change settings": func(s *tables.Store) error {
			return s.ChangeTable("t", tables.TableChange{Hidden: new(true), Owner: new("Ann")}, "ann")
		},
		"rename":                  func(s *tables.Store) error { return s.Rename("t", "renamed", tables.Lift{}, "ann") },
		"rename to what was gone": func(s *tables.Store) error { return s.Rename("t", "gone", tables.Lift{}, "ann") },
		"copy":                    func(s *tables.Store) error { _, err := s.Copy(ctx, "t", "copied", tables.Lift{}, "ann"); return err },
		"schedule": func(s *tables.Store) error {
			_, err := s.Schedule(ctx, "t", tables.PublishRequest{Version: 1}, tables.ScheduleOptions{At: time.Now().Add(time.Hour), Replace: true})
			return err
		},
		"unschedule": func(s *tables.Store) error { return s.Unschedule("t", "ann") },
		"delete":     func(s *tables.Store) error { return s.Delete("t", "ann") },
		"restore":    func(s *tables.Store) error { return s.Restore(context.Background(), "gone", "", tables.Lift{}, "ann") },
		"restore as": func(s *tables.Store) error {
			return s.Restore(context.Background(), "gone", "back", tables.Lift{}, "ann")
		},
		"purge":                 func(s *tables.Store) error { return s.Purge("gone", "ann") },
		"set a lookup":          func(s *tables.Store) error { return lookup(s, "", true) },
		"put a lookup":          func(s *tables.Store) error { return lookup(s, "other", false) },
		"publish a lookup":      func(s *tables.Store) error { return s.PublishLookup(ctx, "t", "", 1, "ann") },
		"roll a lookup back":    func(s *tables.Store) error { _, err := s.RollbackLookup(ctx, "t", "", "ann"); return err },
		"delete a lookup":       func(s *tables.Store) error { return s.DeleteLookup("t", "", "ann") },
		"put rules":             func(s *tables.Store) error { return source(s, "r", false) },
		"put and publish rules": func(s *tables.Store) error { return source(s, "r", true) },
		"new rules":             func(s *tables.Store) error { return source(s, "new", true) },
		"publish rules":         func(s *tables.Store) error { return s.PublishRuleSet("r", 1, "ann") },
		"roll rules back":       func(s *tables.Store) error { _, err := s.RollbackRuleSet("r", "ann"); return err },
		"delete rules":          func(s *tables.Store) error { return s.DeleteRuleSet("r", "ann") },
		"restore rules":         func(s *tables.Store) error { return s.RestoreRuleSet("gone", "", "ann") },
		"purge rules":           func(s *tables.Store) error { return s.PurgeRuleSet("gone", "ann") },
		"change a draft": func(s *tables.Store) error {
			_, err := s.PatchDraft(ctx, "t", numeric(2), tables.DraftOptions{Person: "ann"})
			return err
		},
		"begin a draft": func(s *tables.Store) error {
			_, err := s.PatchDraft(ctx, "t", numeric(2), tables.DraftOptions{Person: "bob"})
			return err
		},
		"draft from a file": func(s *tables.Store) error {
			_, err := s.DraftFile(ctx, "t", "ann", keepertest.Countries(), tables.ImportOptions{})
			return err
		},
		"save a draft": func(s *tables.Store) error {
			_, err := s.SaveDraft(ctx, "t", tables.SaveOptions{DraftOptions: tables.DraftOptions{Person: "ann"}, Publish: true})
			return err
		},
		"throw a draft away": func(s *tables.Store) error { return s.DropDraft("t", tables.DraftOptions{Person: "ann"}) },
		"add an alias": func(s *tables.Store) error {
			_, err := s.AddAliases(ctx, "t", "", []schema.Alias{ignored("Atlantis")}, tables.AliasOptions{})
			return err
		},
		"remove an alias": func(s *tables.Store) error { return s.RemoveAliases("t", []int{1}, "ann") },
		"setting":         func(s *tables.Store) error { return s.SetSetting("k", []byte("other")) },
		"publish together": func(s *tables.Store) error {
			return s.PublishTogether(ctx, "t", tables.PublishRequest{Version: 1, Lookups: map[string]int{"t": 1}}, "ann")
		},
	}
}

// numeric is a change of one cell.
func numeric(row int) view.Patch {
	return view.Patch{Set: []view.SetRow{{Row: row, Cells: map[string]string{"numeric": "7"}}}}
}

// furnished fills a store so that every change changes something, and keeps two versions of each thing.
func furnished(t testing.TB, m *keepertest.Memory) {
	t.Helper()
	s, _ := over(t, m, tables.Options{KeepVersions: 2})
	for _, name := range []string{"t", "gone"} {
		keepertest.Publish(t, s, name, keepertest.Countries())
		keepertest.Publish(t, s, name, keepertest.Countries())
		for _, field := range []string{"first", "country"} {
			require.NoError(t, s.SetLookup(name, schema.Lookup{Match: []schema.Match{{Column: "country", Field: field}}}, "ann"))
		}
	}
	require.NoError(t, s.Delete("gone", "ann"))
	_, err := s.Schedule(context.Background(), "t", tables.PublishRequest{Version: 1, Lookups: map[string]int{"t": 1}}, tables.ScheduleOptions{At: time.Now().Add(24 * time.Hour)})
	require.NoError(t, err)
	_, err = s.AddAliases(context.Background(), "t", "", []schema.Alias{mapped("Allemagne", "Germany")}, tables.AliasOptions{})
	require.NoError(t, err)
	_, err = s.PatchDraft(context.Background(), "t", numeric(1), tables.DraftOptions{Person: "ann"})
	require.NoError(t, err)
	for _, name := range []string{"r", "gone"} {
		putRules(t, s, name, "one")
		putRules(t, s, name, "two")
	}
	require.NoError(t, s.DeleteRuleSet("gone", "ann"))
	require.NoError(t, s.Close())
}

// shown is all that a new pin shows, and what can be restored.
func shown(s *tables.Store) []any {
	pin := s.Pin()
	defer pin.Release()
	c := pin.Catalog()
	return []any{append([]*tables.Table{}, c.Tables()...), append([]*tables.RuleSet{}, c.RuleSets()...), s.Deleted(), append([]tables.Damage{}, s.Damaged()...), tables.DraftsOf(s)}
}

// background are the calls that a store makes by itself.
func background(call string) bool { return call == "Watch" || call == "Sweep" }

func TestAfterAnyFailedCallTheCatalogIsWhatIsStored(t *testing.T) {
	harm := errors.New("harm")
	faults := map[string]keepertest.Fault{
		"before":    {Err: harm},
		"after":     {Err: harm, Done: true},
		"disk full": {Err: fmt.Errorf("%w: harm", tables.ErrDiskFull)},
		"broken":    {Err: fmt.Errorf("%w: harm", tables.ErrBroken)},
		"moved":     {Err: fmt.Errorf("%w: harm", tables.ErrMoved)},
	}
	for name, change := range everyChange() {
		for kind, fault := range faults {
			if kind == "moved" && name == "setting" {
				continue // a setting has no revision
			}
			t.Run(name+" "+kind, func(t *testing.T) {
				t.Parallel()
				for n := 1; ; n++ {
					m := keepertest.NewMemory()
					furnished(t, m)
					s, owner := over(t, m, tables.Options{KeepVersions: 2})
					var mu sync.Mutex
					calls, struck := 0, ""
					owner.Inject(func(call string) *keepertest.Fault {
						mu.Lock()
						defer mu.Unlock()
						if background(call) || kind == "moved" && call != "Commit" {
							return nil
						}
						if calls++; calls == n {
							struck = call
							return &fault
						}
						return nil
					})
					err := change(s)
					mu.Lock()
					owner.Inject(nil)
					failed := struck // a call under way in the background may be struck later
					mu.Unlock()
					other, _ := over(t, m, tables.Options{KeepVersions: 2})
					require.Equal(t, shown(other), shown(s), "%s failed, number %d", failed, n)
					require.NoError(t, other.Close())
					switch {
					case kind == "broken" && err != nil:
						require.ErrorIs(t, err, tables.ErrBroken)
						if failed != "Load" && failed != "Read" && failed != "Version" && failed != "Versions" && failed != "Findings" && failed != "History" {
							require.ErrorIs(t, s.Err(), tables.ErrBroken, failed)
						}
					case kind == "moved":
						require.NoError(t, err, "it is tried again")
					case kind != "after" && err != nil:
						require.NoError(t, change(s), "%s failed, number %d: it can be tried again", failed, n)
					}
					require.NoError(t, s.Close())
					// Nothing is left of an import that failed.
					s, _ = over(t, m, tables.Options{})
					require.Eventually(t, func() bool { return onlyOwned(m) }, sweepTime, sweepTick)
					require.NoError(t, s.Close())
					if failed == "" {
						require.NoError(t, err)
						require.Greater(t, n, 1, "there is a call to fail")
						return
					}
				}
			})
		}
	}
}

// onlyOwned says that all rows are a version's.
func onlyOwned(m *keepertest.Memory) bool {
	for _, owned := range m.Storages() {
		if !owned {
			return false
		}
	}
	return true
}

// Nobody knows whether a commit was done, and reading what is kept fails as well: the store asks
// again until it knows.
func TestACatalogThatCannotBeReadAgainIsReadLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := keepertest.NewMemory()
		furnished(t, m)
		s, owner := over(t, m, tables.Options{})
		synctest.Wait()
		harm := errors.New("harm")
		left := 3
		owner.Inject(func(call string) *keepertest.Fault {
			switch {
			case call == "Commit":
				return &keepertest.Fault{Err: harm, Done: true}
			case call == "Load" && left > 0:
				left--
				return &keepertest.Fault{Err: harm}
			}
			return nil
		})
		require.ErrorIs(t, s.Publish("t", 1, "ann"), harm)
		synctest.Wait()
		require.ErrorIs(t, s.Background(), harm)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		require.NoError(t, s.Background())
		table, _ := s.Catalog().Table("t")
		require.Equal(t, 1, table.Live.Number)
		require.NoError(t, s.Close())
	})
}

func TestTheSweeperKeepsItsErrorTellsItOnceAndTriesAgainWithARest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := keepertest.NewMemory()
		furnished(t, m)
		var said bytes.Buffer
		s, owner := over(t, m, tables.Options{KeepVersions: 1, Log: slog.New(slog.NewTextHandler(&said, nil))})
		harm := errors.New("harm")
		var calls atomic.Int64
		owner.Inject(func(call string) *keepertest.Fault {
			if call == "Sweep" {
				calls.Add(1)
				return &keepertest.Fault{Err: harm}
			}
			return nil
		})
		keepertest.Publish(t, s, "t", keepertest.Countries()) // drops two
		synctest.Wait()
		require.ErrorIs(t, s.Background(), harm)
		require.EqualValues(t, 1, calls.Load())
		for range 5 { // whoever wakes it does not cut the rest short
			tables.WakeSweeper(s)
			synctest.Wait()
		}
		require.EqualValues(t, 1, calls.Load())
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		require.Greater(t, calls.Load(), int64(9), "it is tried again and again")
		require.Less(t, calls.Load(), int64(20), "with a rest that grows to a minute")
		require.Equal(t, 1, bytes.Count(said.Bytes(), []byte("level=ERROR")), "the log is told once")
		require.False(t, onlyOwned(m))

		owner.Inject(nil)
		time.Sleep(time.Minute)
		synctest.Wait()
		require.NoError(t, s.Background())
		require.True(t, onlyOwned(m))
		require.Contains(t, said.String(), "works again")
		require.NoError(t, s.Close())
	})
}

func TestALeaseThatCannotBeGivenBackIsGivenBackLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := keepertest.NewMemory()
		furnished(t, m)
		s, owner := over(t, m, tables.Options{})
		harm := errors.New("harm")
		owner.Inject(func(call string) *keepertest.Fault {
			if call == "Release" {
				return &keepertest.Fault{Err: harm}
			}
			return nil
		})
		before := len(m.Storages())
		broken := keepertest.Countries()
		broken.Fail = io.ErrUnexpectedEOF
		_, err := s.Import(t.Context(), "t", broken, tables.ImportOptions{})
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
		require.ErrorIs(t, err, harm)
		require.Len(t, m.Storages(), before+1)
		owner.Inject(nil)
		time.Sleep(time.Minute)
		synctest.Wait()
		require.Len(t, m.Storages(), before)
		require.NoError(t, s.Close())
	})
}

// Two stores of one memory, as two processes would be.
func TestAStoreHearsOfWhatAnotherOneChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := keepertest.NewMemory()
		one, _ := over(t, m, tables.Options{})
		two, owner := over(t, m, tables.Options{})
		keepertest.Publish(t, one, "t", keepertest.Countries())
		putRules(t, one, "r", "one")
		synctest.Wait()
		require.Equal(t, shown(one), shown(two))
		require.Equal(t, keepertest.Countries().Rows, keepertest.Cells(t, two, "t", 0))
		require.NoError(t, two.SetLookup("t", schema.Lookup{Match: []schema.Match{{Column: "numeric", Field: "n"}}}, "bob"))
		require.NoError(t, two.Delete("t", "bob"))
		synctest.Wait()
		require.Equal(t, shown(two), shown(one))
		require.NoError(t, one.Restore(context.Background(), "t", "back", tables.Lift{}, "ann"))
		synctest.Wait()
		require.Equal(t, shown(one), shown(two))

		// What it did not hear of while it could not listen it reads afterwards.
		harm := errors.New("harm")
		owner.Inject(func(call string) *keepertest.Fault {
			if call == "Watch" {
				return &keepertest.Fault{Err: harm}
			}
			return nil
		})
		putRules(t, one, "r", "two")
		synctest.Wait()
		putRules(t, one, "r", "three")
		require.ErrorIs(t, two.Background(), harm)
		owner.Inject(nil)
		time.Sleep(time.Minute)
		synctest.Wait()
		require.NoError(t, two.Background())
		require.Equal(t, shown(one), shown(two))
		require.NoError(t, one.Close())
		require.NoError(t, two.Close())
	})
}

// Both change the same names at once, each with what it has heard of so far: no change is lost, and
// no number is given twice.
func TestTwoStoresThatChangeTheSameNamesLoseNothing(t *testing.T) {
	m := keepertest.NewMemory()
	var wg sync.WaitGroup
	const each = 30
	for i := range 2 {
		s, _ := over(t, m, tables.Options{KeepVersions: 2 * each})
		wg.Go(func() {
			for n := range each {
				_, err := s.PutRuleSet("r", fmt.Sprint(i, " ", n), true, "ann")
				for errors.Is(err, schema.ErrConflict) { // the other one was faster five times
					_, err = s.PutRuleSet("r", fmt.Sprint(i, " ", n), true, "ann")
				}
				if err != nil {
					t.Errorf("put: %v", err)
				}
			}
			if err := s.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		})
	}
	wg.Wait()
	s, _ := over(t, m, tables.Options{})
	versions, err := s.RuleSetVersions("r")
	require.NoError(t, err)
	require.Len(t, versions, 2*each)
	for i, v := range versions {
		require.Equal(t, 2*each-i, v.Number)
	}
	require.NoError(t, s.Close())
}

// Whoever reads the versions of a table that others change all the time gets them: at last
// the others wait.
func TestVersionsAreReadWhoeverKeepsChangingThem(t *testing.T) {
	m := keepertest.NewMemory()
	furnished(t, m)
	s, owner := over(t, m, tables.Options{KeepVersions: 2})
	defer func() { require.NoError(t, s.Close()) }()
	var reads int
	var late sync.WaitGroup
	change := func() { keepertest.Publish(t, s, "t", keepertest.Countries()) }
	owner.Inject(func(call string) *keepertest.Fault {
		if call != "Versions" {
			return nil
		}
		reads++
		if reads <= 5 {
			change()
		} else {
			late.Go(change) // would not end before the read does
		}
		return nil
	})
	versions, err := s.Versions("t")
	require.NoError(t, err)
	late.Wait()
	require.Equal(t, 6, reads)
	require.Equal(t, 7, versions[0].Number, "the five that came before the last read are there, and not the one that waited")
}
