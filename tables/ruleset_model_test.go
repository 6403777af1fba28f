package tables_test

import (
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tablestep/tables"
	"tablestep/tables/file"
	"tablestep/tables/schema"
)

// modelRules is what a rule set is expected to be, kept in the plainest way: all
// versions there ever were, and all that was live, in order.
type modelRules struct {
	exists   bool
	versions []tables.RuleSetVersion // every one, at its number less one
	gone     map[int]bool            // swept or deleted
	live     int
	was      []int // live before, the latest last
	updated  time.Time
	events   []tables.Event // the latest last
}

func (m *modelRules) kept() (list []tables.RuleSetVersion) {
	for _, v := range m.versions {
		if !m.gone[v.Number] {
			list = append(list, v)
		}
	}
	return list
}

func (m *modelRules) has(version int) bool {
	return version >= 1 && version <= len(m.versions) && !m.gone[version]
}

func (m *modelRules) happened(at time.Time, a tables.Action, version int) {
	m.updated = at
	m.events = append(m.events, tables.Event{At: at, By: "ann", Action: a, Version: version})
}

func (m *modelRules) publish(at time.Time, version int) {
	if version == m.live {
		return
	}
	if m.live != 0 {
		m.was = append(m.was, m.live)
	}
	m.live = version
	m.happened(at, tables.ActionPublish, version)
}

func (m *modelRules) put(at time.Time, source string, publish bool, keep int) tables.RuleSetVersion {
	m.exists = true
	kept := m.kept()
	fresh := len(kept) == 0 || kept[len(kept)-1].Source != source
	if fresh {
		m.versions = append(m.versions, tables.RuleSetVersion{Number: len(m.versions) + 1, Source: source, Created: at, By: "ann"})
		m.happened(at, tables.ActionPut, len(m.versions))
	}
	newest := m.versions[len(m.versions)-1]
	if publish {
		m.publish(at, newest.Number)
	}
	if fresh {
		kept = m.kept()
		for i, v := range kept {
			if i < len(kept)-keep && v.Number != m.live {
				m.gone[v.Number] = true
			}
		}
	}
	return newest
}

// rollback is 0 where there is nothing to go back to, and changes nothing then.
func (m *modelRules) rollback(at time.Time) int {
	for i, n := range slices.Backward(m.was) {
		if m.has(n) && n != m.live {
			m.was, m.live = m.was[:i], n
			m.happened(at, tables.ActionRollback, n)
			return n
		}
	}
	return 0
}

func (m *modelRules) remove(at time.Time) {
	for _, v := range m.versions {
		m.gone[v.Number] = true
	}
	m.exists, m.live, m.was = false, 0, nil
	m.happened(at, tables.ActionDelete, 0)
}

func TestRuleSetsDoWhatTheirModelDoes(t *testing.T) {
	folder := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		path := filepath.Join(folder, "tables.db")
		require.NoError(rt, os.RemoveAll(path))
		keep := rapid.IntRange(1, 4).Draw(rt, "keep")
		var seconds atomic.Int64 // the store's own goroutines ask for the time, too
		now := func() time.Time {
			return time.Date(2024, 3, 31, 10, 0, int(seconds.Load()), 0, time.UTC)
		}
		reopen := func() *tables.Store {
			s, err := file.OpenStore(path, tables.Options{KeepVersions: keep, Now: now})
			require.NoError(rt, err)
			return s
		}
		s := reopen()
		defer func() { require.NoError(rt, s.Close()) }()
		models := map[string]*modelRules{"a": {gone: map[int]bool{}}, "a.b": {gone: map[int]bool{}}}
		anyName := rapid.SampledFrom([]string{"a", "a.b"})
		anySource := rapid.SampledFrom([]string{"", "one", "two", "three"})

		rt.Repeat(map[string]func(*rapid.T){
			"put": func(rt *rapid.T) {
				name, source, publish := anyName.Draw(rt, "name"), anySource.Draw(rt, "source"), rapid.Bool().Draw(rt, "publish")
				got, err := s.PutRuleSet(name, source, publish, "ann")
				require.NoError(rt, err)
				require.Equal(rt, models[name].put(now(), source, publish, keep), *got)
			},
			"publish": func(rt *rapid.T) {
				name := anyName.Draw(rt, "name")
				m := models[name]
				version := rapid.IntRange(0, len(m.versions)+1).Draw(rt, "version")
				err := s.PublishRuleSet(name, version, "ann")
				switch {
				case !m.exists:
					require.ErrorIs(rt, err, schema.ErrRuleSetNotFound)
				case !m.has(version):
					require.ErrorIs(rt, err, schema.ErrVersionNotFound)
				default:
					require.NoError(rt, err)
					m.publish(now(), version)
				}
			},
			"roll back": func(rt *rapid.T) {
				name := anyName.Draw(rt, "name")
				m := models[name]
				got, err := s.RollbackRuleSet(name, "ann")
				if !m.exists {
					require.ErrorIs(rt, err, schema.ErrRuleSetNotFound)
					return
				}
				want := m.rollback(now())
				require.Equal(rt, want, got)
				if want == 0 {
					require.ErrorIs(rt, err, schema.ErrVersionNotFound)
				} else {
					require.NoError(rt, err)
				}
			},
			"delete": func(rt *rapid.T) {
				name := anyName.Draw(rt, "name")
				m := models[name]
				err := s.DeleteRuleSet(name, "ann")
				if !m.exists {
					require.ErrorIs(rt, err, schema.ErrRuleSetNotFound)
					return
				}
				require.NoError(rt, err)
				m.remove(now())
			},
			"reopen": func(rt *rapid.T) {
				require.NoError(rt, s.Close())
				s = reopen()
			},
			"": func(rt *rapid.T) {
				requireModels(rt, s, models)
				seconds.Add(1)
			},
		})
	})
}

// requireModels says that the store shows exactly what the models do.
func requireModels(rt *rapid.T, s *tables.Store, models map[string]*modelRules) {
	catalog := []*tables.RuleSet{}
	for _, name := range []string{"a", "a.b"} {
		m := models[name]
		events, err := s.RuleSetHistory(name)
		if len(m.events) == 0 {
			require.ErrorIs(rt, err, schema.ErrRuleSetNotFound)
		} else {
			require.NoError(rt, err)
			slices.Reverse(events)
			require.Equal(rt, m.events, events)
		}
		versions, err := s.RuleSetVersions(name)
		if !m.exists {
			require.ErrorIs(rt, err, schema.ErrRuleSetNotFound)
			continue
		}
		require.NoError(rt, err)
		slices.Reverse(versions)
		require.Equal(rt, m.kept(), versions)
		set := &tables.RuleSet{Name: name, Versions: len(versions), Updated: m.updated}
		if m.live != 0 {
			set.Live = &m.versions[m.live-1]
		}
		catalog = append(catalog, set)
	}
	require.Equal(rt, catalog, append([]*tables.RuleSet{}, s.Catalog().RuleSets()...))
	for _, want := range catalog {
		got, ok := s.Catalog().RuleSet(want.Name)
		require.True(rt, ok)
		require.Equal(rt, want, got)
	}
}
