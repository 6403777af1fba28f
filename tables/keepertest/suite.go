package keepertest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/tables"
	"tablestep/tables/schema"
)

// A Place is where a test keeps things: it begins empty, and what was kept outlives its keepers.
type Place struct {
	Open   func(t testing.TB) tables.Keeper // of what is kept there
	Shared bool                             // several keepers can be open at once
}

// Run holds a keeper against what tables.Keeper promises. place makes a new place for each test.
func Run(t *testing.T, place func(t *testing.T) Place) {
	t.Helper()
	for name, test := range map[string]func(t *testing.T, p Place){
		"what is not there":                    notThere,
		"every field comes back":               everyField,
		"findings are replaced alone":          findingsReplaced,
		"a commit is done whole or not at all": wholeOrNot,
		"revisions tell who was faster":        revisions,
		"names are moved and forgotten":        moved,
		"versions are dropped":                 dropped,
		"aliases stand beside the versions":    aliases,
		"rows belong to whom they belong":      rowsLife,
		"a lease ends with its keeper":         leases,
		"what is swept":                        swept,
		"settings":                             settings,
		"history":                              history,
		"contexts end calls":                   contexts,
		"others are heard of":                  others,
	} {
		t.Run(name, func(t *testing.T) { test(t, place(t)) })
	}
}

// kept opens a place for as long as a test lasts.
func (p Place) keep(t *testing.T) tables.Keeper {
	t.Helper()
	k := p.Open(t)
	t.Cleanup(func() { require.NoError(t, k.Close()) })
	return k
}

// at is a time as records keep it.
func at(second int) time.Time { return time.Date(2024, 3, 31, 10, 0, second, 0, time.UTC) }

func tableName(name string) tables.Name { return tables.Name{Kind: tables.KindTable, Name: name} }

// thing is the table t, or one of its lookups.
func thing(lookup string) tables.Thing {
	return tables.Thing{Name: tableName("t"), Lookup: lookup}
}

// put is a commit that makes a rule set, or gives it one more version.
func put(name string, revision uint64, number int) *tables.Commit {
	n := tables.Name{Kind: tables.KindRuleSet, Name: name}
	return &tables.Commit{
		At: at(number), On: []tables.Base{{Name: n, Revision: revision}},
		Add: []tables.Addition{{
			Thing:   tables.Thing{Name: n},
			Content: &tables.Content{Making: tables.Making{Number: number, Created: at(number), By: "ann"}, Source: fmt.Sprint("source ", number)},
		}},
		Heads:  []tables.ThingHead{{Thing: tables.Thing{Name: n}, Head: tables.Head{Next: number + 1, Live: number, Updated: at(number)}}},
		Events: []tables.NamedEvent{{Name: n, Event: tables.Event{At: at(number), Action: tables.ActionPut, Version: number}}},
	}
}

// load is what is kept of one name, nil for nothing.
func load(t *testing.T, k tables.Keeper, name tables.Name) *tables.Records {
	t.Helper()
	stored, err := k.Load(t.Context(), name)
	require.NoError(t, err)
	require.Empty(t, stored.Damage)
	if len(stored.Records) == 0 {
		return nil
	}
	require.Len(t, stored.Records, 1)
	return stored.Records[0]
}

func notThere(t *testing.T, p Place) {
	k := p.keep(t)
	stored, err := k.Load(t.Context())
	require.NoError(t, err)
	require.Empty(t, stored.Records)
	require.Empty(t, stored.Damage)
	require.Nil(t, load(t, k, tableName("t")))
	_, err = k.Version(t.Context(), thing(""), 1)
	require.ErrorIs(t, err, schema.ErrVersionNotFound)
	list, err := k.Versions(t.Context(), thing(""))
	require.NoError(t, err)
	require.Empty(t, list)
	events, err := k.History(t.Context(), tableName("t"))
	require.NoError(t, err)
	require.Empty(t, events)
	require.ErrorIs(t, k.Read(t.Context(), 7, 0, []int{0}, func(int, []byte) error { return nil }), schema.ErrVersionGone)
	more, err := k.Sweep(t.Context(), func(uint64) bool { return true })
	require.NoError(t, err)
	require.False(t, more)
	require.NoError(t, k.Release(t.Context(), 7))
}

func settings(t *testing.T, p Place) {
	k := p.Open(t)
	value, err := k.Setting(t.Context(), "k")
	require.NoError(t, err)
	require.Nil(t, value)
	require.NoError(t, k.SetSetting(t.Context(), "k", []byte("a\x00é")))
	require.NoError(t, k.SetSetting(t.Context(), "empty", []byte{}))
	require.NoError(t, k.Close())
	k = p.keep(t)
	value, err = k.Setting(t.Context(), "k")
	require.NoError(t, err)
	require.Equal(t, []byte("a\x00é"), value)
	value, err = k.Setting(t.Context(), "empty")
	require.NoError(t, err)
	require.NotNil(t, value, "set to nothing is not the same as not set")
	require.NoError(t, k.SetSetting(t.Context(), "k", nil))
	require.NoError(t, k.SetSetting(t.Context(), "k", nil), "again is harmless")
	value, err = k.Setting(t.Context(), "k")
	require.NoError(t, err)
	require.Nil(t, value)
}

func history(t *testing.T, p Place) {
	k := p.keep(t)
	name := tableName("t")
	event := func(of tables.Name, n int) tables.NamedEvent {
		return tables.NamedEvent{Name: of, Event: tables.Event{At: at(n % 60), Action: tables.ActionPublish, Version: n}}
	}
	c := &tables.Commit{Events: []tables.NamedEvent{event(tableName("t-2"), 7), event(tables.Name{Kind: tables.KindRuleSet, Name: "t"}, 8)}}
	require.NoError(t, k.Commit(t.Context(), c))
	const beyond = 5
	for n := 0; n < tables.MaxEvents+beyond; n += 67 {
		c := &tables.Commit{}
		for i := n; i < min(n+67, tables.MaxEvents+beyond); i++ {
			c.Events = append(c.Events, event(name, i))
		}
		require.NoError(t, k.Commit(t.Context(), c))
	}
	events, err := k.History(t.Context(), name)
	require.NoError(t, err)
	require.Len(t, events, tables.MaxEvents, "the newest are kept, and no more")
	for i, e := range events {
		require.Equal(t, i+beyond, e.Version)
	}
	for _, other := range c.Events {
		events, err := k.History(t.Context(), other.Name)
		require.NoError(t, err)
		require.Equal(t, []tables.Event{other.Event}, events, "every name has its own")
	}
}

func contexts(t *testing.T, p Place) {
	k := p.keep(t)
	require.NoError(t, k.Commit(t.Context(), put("r", 0, 1)))
	before := load(t, k, put("r", 0, 1).On[0].Name)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	of := tables.Thing{Name: before.Name}
	_, loaded := k.Load(ctx)
	_, version := k.Version(ctx, of, 1)
	_, versions := k.Versions(ctx, of)
	_, begun := k.Begin(ctx, "t")
	_, swept := k.Sweep(ctx, all)
	_, setting := k.Setting(ctx, "k")
	_, told := k.History(ctx, before.Name)
	for i, err := range []error{
		loaded, version, versions, begun, swept, setting, told, k.Commit(ctx, put("r", 1, 2)), k.Put(ctx, 1, 0, nil), k.Release(ctx, 1),
		k.Read(ctx, 1, 0, nil, nil), k.SetSetting(ctx, "k", []byte("v")),
	} {
		require.ErrorIs(t, err, context.Canceled, i)
	}
	require.NoError(t, k.Watch(ctx, func(tables.Name) {}), "the end of watching is no error")
	require.Equal(t, before, load(t, k, before.Name))
}

func others(t *testing.T, p Place) {
	if !p.Shared {
		k := p.keep(t)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- k.Watch(ctx, func(tables.Name) {}) }()
		require.NoError(t, k.Commit(t.Context(), put("r", 0, 1)))
		cancel()
		require.NoError(t, <-done)
		return
	}
	one, two := p.keep(t), p.keep(t)
	heard := make(chan tables.Name, 10)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- one.Watch(ctx, func(n tables.Name) { heard <- n }) }()
	require.NoError(t, two.Commit(t.Context(), put("r", 0, 1)))
	require.Equal(t, put("r", 0, 1).On[0].Name, <-heard)
	require.Equal(t, "source 1", load(t, one, put("r", 0, 1).On[0].Name).Things[""].Live.Source)
	require.ErrorIs(t, one.Commit(t.Context(), put("r", 0, 1)), tables.ErrMoved)
	storage, err := two.Begin(t.Context(), "t")
	require.NoError(t, err)
	more, err := one.Sweep(t.Context(), all)
	require.NoError(t, err)
	require.False(t, more, "an import of the other one is left alone")
	require.ErrorIs(t, one.Commit(t.Context(), &tables.Commit{Take: []uint64{storage}}), tables.ErrLeaseLost)
	cancel()
	require.NoError(t, <-done)
}
