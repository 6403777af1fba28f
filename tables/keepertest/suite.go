package keepertest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
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

// fill gives every field of a value another value than its zero, so that one that a keeper forgets
// is noticed, also one that is added later.
func fill(v reflect.Value, seed *int) {
	*seed++
	switch v.Kind() {
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(at(*seed % 60)))
			return
		}
		for _, field := range v.Fields() {
			fill(field, seed)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			fill(v.Index(i), seed)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key, seed)
		fill(value, seed)
		v.SetMapIndex(key, value)
	case reflect.String:
		v.SetString(fmt.Sprint("é\u2028<", *seed))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*seed))
	case reflect.Uint64:
		v.SetUint(uint64(*seed))
	case reflect.Float64:
		v.SetFloat(float64(*seed) / 4)
	default:
		panic(fmt.Sprintf("nobody fills a %s", v.Type()))
	}
}

func filled[T any](seed int) T {
	var v T
	fill(reflect.ValueOf(&v).Elem(), &seed)
	return v
}

func everyField(t *testing.T, p Place) {
	k := p.Open(t)
	name := tableName("t")
	rows := filled[schema.Version](1)
	rows.Table, rows.Number, rows.Storage, rows.Patch = "t", 3, 0, true
	rows.Groups, rows.Rows = []int{4, 5}, 9
	require.NoError(t, rows.Locate())
	storage, err := k.Begin(t.Context(), "t")
	require.NoError(t, err)
	rows.Storage = storage
	l := filled[schema.Lookup](100)
	l.Name, l.Version, l.Guessed = "by-code", 0, false // told by the key, and by what it is
	ordinary := l
	ordinary.Name = ""
	source := tables.Content{Making: tables.Making{Number: 2, Created: at(2), By: "é"}, Source: "a\x00b\r\n\u2028é<>&"}
	heads := map[string]tables.Head{
		"":                   {Next: 4, Live: 3, Trail: []int{1, 2}, Left: map[int]time.Time{2: at(8), 1: at(9)}, Updated: at(1), Label: "都道府県 \u2028é<>&"},
		"by-code":            {Next: 3, Live: 2, Updated: at(2)},
		tables.DefaultLookup: {Next: 2, Live: 1, Updated: at(3)},
		"gone":               {Next: 9, Updated: at(3), Deleted: at(4)},
	}
	event := filled[tables.Event](200)
	drafts := tables.Thing{Name: tables.Name{Kind: tables.KindDraft, Name: "t"}, Lookup: "ann"}
	draft := tables.Content{Making: tables.Making{Number: 4, Created: at(8), By: "ann"}}
	content := filled[tables.DraftContent](300)
	draft.Draft = &content
	draftRows := rows
	draftRows.Number, draftRows.Patch, draftRows.Created, draftRows.By = 4, false, at(8), "ann"
	draftRows.Storage, err = k.Begin(t.Context(), "t")
	require.NoError(t, err)
	draft.Rows, draft.Storage = &draftRows, draftRows.Storage
	rules := tables.Name{Kind: tables.KindRuleSet, Name: "t"} // the same name, of another kind
	making := tables.Making{Number: 3, Patch: true, By: rows.By, Created: rows.Created, Storage: storage}
	c := &tables.Commit{
		At: at(5), On: []tables.Base{{Name: drafts.Name}, {Name: name}, {Name: rules}},
		Add: []tables.Addition{
			{Thing: thing(""), Content: &tables.Content{Making: making, Rows: &rows}},
			{Thing: thing("by-code"), Content: &tables.Content{Making: tables.Making{Number: 2, Created: at(6), By: "bob"}, Lookup: &l}},
			{Thing: thing(tables.DefaultLookup), Content: &tables.Content{Making: tables.Making{Number: 1, Created: at(7)}, Lookup: &ordinary}},
			{Thing: tables.Thing{Name: rules}, Content: &source},
			{Thing: drafts, Content: &draft},
		},
		Heads:  []tables.ThingHead{{Thing: tables.Thing{Name: rules}, Head: tables.Head{Next: 3, Live: 2, Updated: at(9)}}},
		Take:   []uint64{storage, draft.Storage},
		Events: []tables.NamedEvent{{Name: name, Event: event}},
	}
	draftHead := tables.Head{Next: 5, Live: 4, Updated: at(8)}
	c.Heads = append(c.Heads, tables.ThingHead{Thing: drafts, Head: draftHead}, tables.ThingHead{Thing: tables.Thing{Name: drafts.Name}, Head: tables.Head{Next: 1, Updated: at(8)}})
	for lookup, h := range heads {
		c.Heads = append(c.Heads, tables.ThingHead{Thing: thing(lookup), Head: h})
	}
	require.NoError(t, k.Commit(t.Context(), c))

	for _, again := range []bool{false, true} {
		if again {
			require.NoError(t, k.Close())
			k = p.keep(t)
		}
		stored, err := k.Load(t.Context())
		require.NoError(t, err)
		require.Len(t, stored.Records, 3)
		kept := load(t, k, drafts.Name).Things["ann"]
		require.Equal(t, draftHead, kept.Head)
		bareRows := draftRows
		bareRows.Findings = schema.Findings{}
		require.Equal(t, &bareRows, kept.Live.Rows)
		require.Equal(t, &content, kept.Live.Draft)
		r := load(t, k, name)
		require.Equal(t, uint64(1), r.Revision)
		require.Len(t, r.Things, len(heads))
		for lookup, want := range heads {
			require.Equal(t, want, r.Things[lookup].Head, lookup)
			require.NoError(t, r.Things[lookup].Damage)
		}
		bare := rows
		bare.Findings = schema.Findings{}
		require.Equal(t, &bare, r.Things[""].Live.Rows)
		require.Equal(t, []tables.Making{making}, r.Things[""].Made)
		require.Equal(t, &l, r.Things["by-code"].Live.Lookup)
		require.Equal(t, &ordinary, r.Things[tables.DefaultLookup].Live.Lookup)
		require.Nil(t, r.Things["gone"].Live)
		require.Equal(t, &source, load(t, k, rules).Things[""].Live)
		one, err := k.Version(t.Context(), thing(""), 3)
		require.NoError(t, err)
		require.Equal(t, &bare, one.Rows)
		list, err := k.Versions(t.Context(), thing(""))
		require.NoError(t, err)
		require.Len(t, list, 1)
		require.Equal(t, &rows, list[0].Rows, "with its findings")
		require.NoError(t, list[0].Findings)
		found, err := k.Findings(t.Context(), thing(""), 3)
		require.NoError(t, err)
		require.Equal(t, rows.Findings, found)
		found, err = k.Findings(t.Context(), thing(""), 4)
		require.NoError(t, err)
		require.Zero(t, found.Total(), "of a version that is not there")
		events, err := k.History(t.Context(), name)
		require.NoError(t, err)
		require.Equal(t, []tables.Event{event}, events)
	}
}

func wholeOrNot(t *testing.T, p Place) {
	k := p.keep(t)
	require.NoError(t, k.Commit(t.Context(), put("r", 0, 1)))
	before := load(t, k, put("r", 0, 1).On[0].Name)
	storage, err := k.Begin(t.Context(), "t")
	require.NoError(t, err)

	c := put("r", 1, 2)
	c.On = append(c.On, tables.Base{Name: tableName("other"), Revision: 7}) // the second base is wrong
	c.Take = []uint64{storage}
	require.ErrorIs(t, k.Commit(t.Context(), c), tables.ErrMoved)
	c = put("r", 1, 2)
	c.Take = []uint64{storage + 1} // nobody has begun it
	require.ErrorIs(t, k.Commit(t.Context(), c), tables.ErrLeaseLost)

	require.Equal(t, before, load(t, k, before.Name))
	events, err := k.History(t.Context(), before.Name)
	require.NoError(t, err)
	require.Len(t, events, 1)
	require.NoError(t, k.Put(t.Context(), storage, 0, [][][]byte{{[]byte("x")}}), "the lease is still there")
}

func revisions(t *testing.T, p Place) {
	k := p.keep(t)
	for n := range 3 {
		require.NoError(t, k.Commit(t.Context(), put("r", uint64(n), n+1)))
		require.Equal(t, uint64(n+1), load(t, k, put("r", 0, 1).On[0].Name).Revision)
	}
	require.ErrorIs(t, k.Commit(t.Context(), put("r", 0, 4)), tables.ErrMoved)
	require.ErrorIs(t, k.Commit(t.Context(), put("r", 2, 4)), tables.ErrMoved)
	require.ErrorIs(t, k.Commit(t.Context(), put("r", 4, 4)), tables.ErrMoved)
	require.NoError(t, k.Commit(t.Context(), put("other", 0, 1)), "another name has its own")

	// Of many that begin with the same, one is the faster.
	results := make(chan error, 8)
	var wg sync.WaitGroup
	for range cap(results) {
		wg.Go(func() { results <- k.Commit(t.Context(), put("r", 3, 4)) })
	}
	wg.Wait()
	close(results)
	done := 0
	for err := range results {
		if err == nil {
			done++
			continue
		}
		require.ErrorIs(t, err, tables.ErrMoved)
	}
	require.Equal(t, 1, done)
}

func moved(t *testing.T, p Place) {
	k := p.keep(t)
	require.NoError(t, k.Commit(t.Context(), put("r", 0, 1)))
	require.NoError(t, k.Commit(t.Context(), put("r-2", 0, 1)))
	name := put("r", 0, 1).On[0].Name
	bin := name
	bin.Bin = 3
	require.NoError(t, k.Commit(t.Context(), &tables.Commit{
		At: at(9), On: []tables.Base{{Name: name, Revision: 1}, {Name: bin}}, Move: []tables.Move{{From: name, To: bin}},
		Heads: []tables.ThingHead{
			{Thing: tables.Thing{Name: name}, Head: tables.Head{Next: 2, Updated: at(9), Deleted: at(9)}},
			{Thing: tables.Thing{Name: bin}, Head: tables.Head{Next: 2, Live: 1, Updated: at(9), Deleted: at(9)}},
		},
	}))
	left := load(t, k, name)
	require.Equal(t, uint64(2), left.Revision)
	require.Empty(t, left.Things[""].Made)
	there := load(t, k, bin)
	require.Equal(t, uint64(1), there.Revision)
	require.Equal(t, "source 1", there.Things[""].Live.Source)
	events, err := k.History(t.Context(), bin)
	require.NoError(t, err)
	require.Len(t, events, 1, "the history is the name's")

	// Back, under another name, in place of the head that is there.
	other := name
	other.Name = "other"
	require.NoError(t, k.Commit(t.Context(), &tables.Commit{
		On: []tables.Base{{Name: other}}, Heads: []tables.ThingHead{{Thing: tables.Thing{Name: other}, Head: tables.Head{Next: 8, Deleted: at(1)}}},
	}))
	require.NoError(t, k.Commit(t.Context(), &tables.Commit{
		At: at(9), On: []tables.Base{{Name: other, Revision: 1}, {Name: bin, Revision: 1}}, Move: []tables.Move{{From: bin, To: other}},
		Heads: []tables.ThingHead{{Thing: tables.Thing{Name: other}, Head: tables.Head{Next: 8, Live: 1, Updated: at(9)}}},
	}))
	require.Nil(t, load(t, k, bin))
	require.Equal(t, uint64(2), load(t, k, other).Revision)
	require.Equal(t, "source 1", load(t, k, other).Things[""].Live.Source)

	require.NoError(t, k.Commit(t.Context(), &tables.Commit{On: []tables.Base{{Name: other, Revision: 2}}, Forget: []tables.Name{other}}))
	require.Nil(t, load(t, k, other))
	require.NotNil(t, load(t, k, put("r-2", 0, 1).On[0].Name), "a neighbour by name stays")
}

func findingsReplaced(t *testing.T, p Place) {
	k := p.keep(t)
	storage, err := k.Begin(t.Context(), "t")
	require.NoError(t, err)
	name := tableName("t")
	rows := filled[schema.Version](1)
	rows.Table, rows.Number, rows.Storage, rows.Groups, rows.Rows = "t", 1, storage, []int{9}, 9
	require.NoError(t, rows.Locate())
	head := []tables.ThingHead{{Thing: thing(""), Head: tables.Head{Next: 2, Live: 1, Updated: at(1)}}}
	content := &tables.Content{Making: tables.Making{Number: 1, By: rows.By, Created: rows.Created, Patch: rows.Patch, Storage: storage}, Rows: &rows}
	require.NoError(t, k.Commit(t.Context(), &tables.Commit{
		At: at(1), On: []tables.Base{{Name: name}}, Add: []tables.Addition{{Thing: thing(""), Content: content}}, Heads: head, Take: []uint64{storage},
	}))
	for n, next := range []schema.Findings{
		{Counts: map[string]int{"B": 2}, List: []schema.Warning{{Row: 2, Code: "B", Severity: schema.SeverityNote, Message: "b"}}, Under: map[string]int{"*": 7}},
		{}, // none any more
	} {
		require.NoError(t, k.Commit(t.Context(), &tables.Commit{
			At: at(2), On: []tables.Base{{Name: name, Revision: uint64(n) + 1}}, Heads: head,
			Find: []tables.NewFindings{{Thing: thing(""), Number: 1, Findings: next}},
		}))
		found, err := k.Findings(t.Context(), thing(""), 1)
		require.NoError(t, err)
		require.Equal(t, next, found)
		list, err := k.Versions(t.Context(), thing(""))
		require.NoError(t, err)
		want := rows
		want.Findings = next
		require.Equal(t, []*schema.Version{&want}, []*schema.Version{list[0].Rows}, "the version itself is as it was")
	}
}

func dropped(t *testing.T, p Place) {
	k := p.keep(t)
	for n := range 3 {
		require.NoError(t, k.Commit(t.Context(), put("r", uint64(n), n+1)))
	}
	c := put("r", 3, 4)
	of := tables.Thing{Name: c.On[0].Name}
	c.Drop = []tables.ThingNumber{{Thing: of, Number: 1}, {Thing: of, Number: 3}}
	require.NoError(t, k.Commit(t.Context(), c))
	numbers := []int{}
	for _, m := range load(t, k, of.Name).Things[""].Made {
		numbers = append(numbers, m.Number)
	}
	require.Equal(t, []int{2, 4}, numbers)
	_, err := k.Version(t.Context(), of, 3)
	require.ErrorIs(t, err, schema.ErrVersionNotFound)
	list, err := k.Versions(t.Context(), of)
	require.NoError(t, err)
	require.Equal(t, []int{2, 4}, []int{list[0].Number, list[1].Number}, "by ascending number")
}

// take makes rows a version's.
func take(t *testing.T, k tables.Keeper, storage uint64) {
	t.Helper()
	require.NoError(t, k.Commit(t.Context(), &tables.Commit{At: at(1), Take: []uint64{storage}}))
}

// chunks reads a row group.
func chunks(t *testing.T, k tables.Keeper, storage uint64, group int, columns ...int) []string {
	t.Helper()
	var list []string
	require.NoError(t, k.Read(t.Context(), storage, group, columns, func(i int, chunk []byte) error {
		require.Equal(t, len(list), i)
		list = append(list, string(chunk))
		return nil
	}))
	return list
}

func all(uint64) bool { return true }

func rowsLife(t *testing.T, p Place) {
	k := p.keep(t)
	one, err := k.Begin(t.Context(), "t")
	require.NoError(t, err)
	two, err := k.Begin(t.Context(), "t")
	require.NoError(t, err)
	require.NotEqual(t, one, two)
	mine := []byte("a")
	require.NoError(t, k.Put(t.Context(), one, 0, [][][]byte{{mine, []byte("b")}, {[]byte("c"), []byte("d")}}))
	mine[0] = 'X' // it is ours again
	require.NoError(t, k.Put(t.Context(), one, 2, [][][]byte{{[]byte("e"), []byte("f")}}))
	require.Equal(t, []string{"a", "b"}, chunks(t, k, one, 0, 0, 1), "an import reads its own")
	more, err := k.Sweep(t.Context(), all)
	require.NoError(t, err)
	require.False(t, more, "an import under way is left alone")

	take(t, k, one)
	require.Equal(t, []string{"d"}, chunks(t, k, one, 1, 1))
	require.Equal(t, []string{"f", "e"}, chunks(t, k, one, 2, 1, 0))
	require.ErrorIs(t, k.Read(t.Context(), one, 2, []int{0, 5}, func(int, []byte) error { return nil }), tables.ErrDamaged)
	enough := errors.New("enough")
	require.Equal(t, enough, k.Read(t.Context(), one, 0, []int{0}, func(int, []byte) error { return enough }), "as it is")
	require.NoError(t, k.Release(t.Context(), one), "too late is no error")
	more, err = k.Sweep(t.Context(), all)
	require.NoError(t, err)
	require.False(t, more, "nor is a version")
	require.ErrorIs(t, k.Put(t.Context(), one, 3, [][][]byte{{[]byte("x")}}), tables.ErrLeaseLost, "a version never changes")
	require.ErrorIs(t, k.Commit(t.Context(), &tables.Commit{Take: []uint64{one}}), tables.ErrLeaseLost, "nor is it given away twice")

	require.NoError(t, k.Release(t.Context(), two))
	require.ErrorIs(t, k.Put(t.Context(), two, 0, [][][]byte{{[]byte("x")}}), tables.ErrLeaseLost)
	require.ErrorIs(t, k.Commit(t.Context(), &tables.Commit{Take: []uint64{two}}), tables.ErrLeaseLost)
}

func leases(t *testing.T, p Place) {
	k := p.Open(t)
	storage, err := k.Begin(t.Context(), "t")
	require.NoError(t, err)
	require.NoError(t, k.Put(t.Context(), storage, 0, [][][]byte{{bytes.Repeat([]byte("x"), 10_000)}}))
	require.NoError(t, k.Close())
	k = p.keep(t)
	require.ErrorIs(t, k.Commit(t.Context(), &tables.Commit{Take: []uint64{storage}}), tables.ErrLeaseLost)
	require.ErrorIs(t, k.Put(t.Context(), storage, 1, [][][]byte{{[]byte("x")}}), tables.ErrLeaseLost)
	next, err := k.Begin(t.Context(), "t")
	require.NoError(t, err)
	require.Greater(t, next, storage, "no number is given out twice")
	for {
		more, err := k.Sweep(t.Context(), func(s uint64) bool {
			require.Equal(t, storage, s)
			return true
		})
		require.NoError(t, err)
		if !more {
			break
		}
	}
	require.ErrorIs(t, k.Read(t.Context(), storage, 0, []int{0}, func(int, []byte) error { return nil }), schema.ErrVersionGone)
}

func swept(t *testing.T, p Place) {
	k := p.keep(t)
	var list []uint64
	for range 4 {
		storage, err := k.Begin(t.Context(), "t")
		require.NoError(t, err)
		require.NoError(t, k.Put(t.Context(), storage, 0, [][][]byte{{[]byte("x")}}))
		take(t, k, storage)
		list = append(list, storage)
	}
	require.NoError(t, k.Commit(t.Context(), &tables.Commit{At: at(2), Doom: list[1:3]}))
	require.Equal(t, []string{"x"}, chunks(t, k, list[1], 0, 0), "it can be read until it is swept")
	asked := map[uint64]bool{}
	more, err := k.Sweep(t.Context(), func(s uint64) bool {
		asked[s] = true
		return false
	})
	require.NoError(t, err)
	require.False(t, more)
	require.Equal(t, map[uint64]bool{list[1]: true, list[2]: true}, asked)
	for more = true; more; {
		more, err = k.Sweep(t.Context(), func(s uint64) bool { return s == list[2] })
		require.NoError(t, err)
	}
	require.ErrorIs(t, k.Read(t.Context(), list[2], 0, []int{0}, func(int, []byte) error { return nil }), schema.ErrVersionGone)
	for _, kept := range []uint64{list[0], list[1], list[3]} {
		require.Equal(t, []string{"x"}, chunks(t, k, kept, 0, 0))
	}
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
