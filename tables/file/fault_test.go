//go:build !windows

package file_test

import (
	"context"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables"
	"tablestep/tables/file"
	"tablestep/tables/keepertest"
	"tablestep/tables/schema"
	"tablestep/tables/view"
)

// changes are all kinds of change, each good on a store that prepared has filled.
func changes() map[string]func(s *tables.Store) error {
	importTable := func(s *tables.Store, publish bool) error {
		_, err := s.Import(context.Background(), "t", keepertest.Countries(), tables.ImportOptions{Publish: publish, Confirm: true})
		return err
	}
	rules := func(s *tables.Store, name string, publish bool) error {
		_, err := s.PutRuleSet(name, "a new source", publish, "ann")
		return err
	}
	return map[string]func(s *tables.Store) error{
		"import":             func(s *tables.Store) error { return importTable(s, false) },
		"import and publish": func(s *tables.Store) error { return importTable(s, true) },
		"publish":            func(s *tables.Store) error { return s.Publish("t", 1, "ann") },
		"rollback": func(s *tables.Store) error {
			_, err := s.Rollback(context.Background(), "t", tables.Lift{}, "ann")
			return err
		},
		"delete": func(s *tables.Store) error { return s.Delete("t", "ann") },
		"lookup": func(s *tables.Store) error {
			return s.SetLookup("t", schema.Lookup{Name: "other", Match: []schema.Match{{Column: "country", Field: "country"}}}, "ann")
		},
		"delete a lookup": func(s *tables.Store) error { return s.DeleteLookup("t", "t", "ann") },
		"patch": func(s *tables.Store) error {
			_, err := s.Patch(context.Background(), "t", view.Patch{Upsert: []map[string]string{{"country": "Atlantis"}}}, tables.PatchOptions{Publish: true, By: "ann"})
			return err
		},
		"put rules":             func(s *tables.Store) error { return rules(s, "r", false) },
		"put and publish rules": func(s *tables.Store) error { return rules(s, "r", true) },
		"new rules":             func(s *tables.Store) error { return rules(s, "new", true) },
		"publish rules":         func(s *tables.Store) error { return s.PublishRuleSet("r", 1, "ann") },
		"roll rules back": func(s *tables.Store) error {
			_, err := s.RollbackRuleSet("r", "ann")
			return err
		},
		"delete rules": func(s *tables.Store) error { return s.DeleteRuleSet("r", "ann") },
		"put a lookup": func(s *tables.Store) error {
			_, _, err := s.PutLookup(context.Background(), "t", schema.Lookup{Match: []schema.Match{{Column: "numeric", Field: "n"}}}, tables.LookupOptions{By: "ann"})
			return err
		},
		"publish a lookup": func(s *tables.Store) error { return s.PublishLookup(context.Background(), "t", "", 1, "ann") },
		"publish together": func(s *tables.Store) error {
			return s.PublishTogether(context.Background(), "t", tables.PublishRequest{Version: 1, Lookups: map[string]int{"t": 1}}, "ann")
		},
		"restore": func(s *tables.Store) error { return s.Restore(context.Background(), "gone", "", tables.Lift{}, "ann") },
		"restore as": func(s *tables.Store) error {
			return s.Restore(context.Background(), "gone", "back", tables.Lift{}, "ann")
		},
		"purge":            func(s *tables.Store) error { return s.Purge("gone", "ann") },
		"restore rules":    func(s *tables.Store) error { return s.RestoreRuleSet("gone", "", "ann") },
		"purge rules":      func(s *tables.Store) error { return s.PurgeRuleSet("gone", "ann") },
		"setting":          func(s *tables.Store) error { return s.SetSetting("k", []byte("other")) },
		"remove a setting": func(s *tables.Store) error { return s.SetSetting("k", nil) },
	}
}

// prepared fills a store so that every change changes something.
func prepared(t testing.TB, s *tables.Store) {
	t.Helper()
	for range 2 {
		keepertest.Publish(t, s, "t", keepertest.Countries())
	}
	for _, field := range []string{"first", "country"} {
		require.NoError(t, s.SetLookup("t", schema.Lookup{Match: []schema.Match{{Column: "country", Field: field}}}, "ann"))
	}
	keepertest.Publish(t, s, "gone", keepertest.Countries())
	require.NoError(t, s.Delete("gone", "ann"))
	putRules(t, s, "gone", "one")
	require.NoError(t, s.DeleteRuleSet("gone", "ann"))
	putRules(t, s, "r", "one")
	putRules(t, s, "r", "two")
	require.NoError(t, s.SetSetting("k", []byte("v")))
}

func TestAFailedWriteOfAnyKindOfChangeBreaksTheStoreForGood(t *testing.T) {
	for name, make := range changes() {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "tables.db")
			s, under := harmed(t, path)
			prepared(t, s)
			require.NoError(t, s.Err())
			require.NoError(t, (*under).Close()) // From now on every write fails.

			before := s.Catalog()
			require.ErrorIs(t, make(s), tables.ErrBroken)
			require.ErrorIs(t, s.Err(), os.ErrClosed, "the cause is named")
			select {
			case <-s.Failed():
			default:
				require.Fail(t, "the process is not told")
			}
			require.Same(t, before, s.Catalog(), "nothing that is not on the disk is answered from")
			for other, make := range changes() {
				require.ErrorIs(t, make(s), tables.ErrBroken, other)
			}
			require.Error(t, s.Close(), "the file was closed under it")
			s, _ = at(t, path, tables.Options{})
			require.Len(t, s.Catalog().Tables(), 1)
			require.NoError(t, make(s))
			require.NoError(t, s.Close())
		})
	}
}

// harmed opens a store whose file a test can close under it.
func harmed(t testing.TB, path string) (*tables.Store, **os.File) {
	t.Helper()
	k, under := harmedKeeper(t, path)
	s, err := tables.Open(k, tables.Options{})
	require.NoError(t, err)
	return s, under
}

func harmedKeeper(t testing.TB, path string) (*file.Keeper, **os.File) {
	t.Helper()
	under := new(*os.File)
	k, err := file.Open(path, file.Options{OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
		f, err := os.OpenFile(name, flag, mode)
		*under = f
		return f, err
	}})
	require.NoError(t, err)
	return k, under
}

func TestAFailedSweepBreaksTheStore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tables.db")
	s, _ := at(t, path, tables.Options{})
	prepared(t, s)
	require.NoError(t, s.Close())
	k, under := harmedKeeper(t, path)
	require.NoError(t, file.Doom(k, 77)) // A storage that is nobody's.
	require.NoError(t, (*under).Close())
	s, err := tables.Open(k, tables.Options{})
	require.NoError(t, err)
	<-s.Failed()
	require.ErrorIs(t, s.Err(), tables.ErrBroken)
	require.Eventually(t, func() bool { return errors.Is(s.Background(), tables.ErrBroken) }, sweepTime, sweepTick, "the sweeper says why rows stay")
	require.Error(t, s.Close())
}

// All writing goes through Keeper.write: no other function begins a writing transaction.
func TestThereIsOneWayToWrite(t *testing.T) {
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	found := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		require.NoError(t, err)
		for _, d := range parsed.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			ast.Inspect(f, func(n ast.Node) bool {
				s, ok := n.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				of, ok := s.X.(*ast.SelectorExpr)
				if ok && of.Sel.Name == "db" && (s.Sel.Name == "Update" || s.Sel.Name == "Batch" || s.Sel.Name == "Begin") {
					found++
					require.Equal(t, "write", f.Name.Name, "%s: %s", name, s.Sel.Name)
				}
				return true
			})
		}
	}
	require.Equal(t, 1, found)
}
