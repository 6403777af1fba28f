package keepertest

import (
	"encoding/json"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/tables"
	"tablestep/tables/schema"
)

// fill gives every field of a value another value than its zero, so that one that a keeper forgets
// is noticed, also one that is added later.
func fill(v reflect.Value, seed *int) {
	*seed++
	if v.Type() == reflect.TypeFor[json.RawMessage]() {
		v.SetBytes(fmt.Appendf(nil, `{"é":%d}`, *seed))
		return
	}
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
	case reflect.Pointer:
		if v.Type().Elem() == reflect.TypeFor[schema.Aliases]() {
			return // what a catalog adds to what is kept
		}
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), seed)
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
		"":                   {Next: 4, Live: 3, Trail: []int{1, 2}, Left: map[int]time.Time{2: at(8), 1: at(9)}, Updated: at(1), Aliased: 12, Settings: filled[tables.Settings](400), Former: []string{"old", "older"}},
		"by-code":            {Next: 3, Live: 2, Updated: at(2)},
		tables.DefaultLookup: {Next: 2, Live: 1, Updated: at(3)},
		"gone":               {Next: 9, Updated: at(3), Deleted: at(4)},
	}
	later := filled[tables.Schedule](400)
	withSchedule := heads[""]
	withSchedule.Scheduled = &later
	heads[""] = withSchedule
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

	// With its history, among the events that the other name has had.
	third := name
	third.Name = "third"
	require.NoError(t, k.Commit(t.Context(), &tables.Commit{At: at(10), Events: []tables.NamedEvent{
		{Name: third, Event: tables.Event{At: at(0), Action: tables.ActionPut, Version: 70}},
		{Name: other, Event: tables.Event{At: at(10), Action: tables.ActionPublish, Version: 71}},
		{Name: third, Event: tables.Event{At: at(11), Action: tables.ActionDelete, Version: 72}},
	}}))
	require.NoError(t, k.Commit(t.Context(), &tables.Commit{
		At: at(12), On: []tables.Base{{Name: other, Revision: 2}, {Name: third}}, Move: []tables.Move{{From: other, To: third, History: true}},
		Heads: []tables.ThingHead{
			{Thing: tables.Thing{Name: other}, Head: tables.Head{Next: 8, Deleted: at(12)}},
			{Thing: tables.Thing{Name: third}, Head: tables.Head{Next: 8, Live: 1, Updated: at(12), Former: []string{"other"}}},
		},
		Events: []tables.NamedEvent{{Name: other, Event: tables.Event{At: at(12), Action: tables.ActionRename}}, {Name: third, Event: tables.Event{At: at(12), Action: tables.ActionRename, Version: 73}}},
	}))
	events, err = k.History(t.Context(), third)
	require.NoError(t, err)
	var versions []int
	for _, e := range events {
		versions = append(versions, e.Version)
	}
	require.Equal(t, []int{70, 71, 72, 73}, versions)
	events, err = k.History(t.Context(), other)
	require.NoError(t, err)
	require.Len(t, events, 1)
	require.Equal(t, "source 1", load(t, k, third).Things[""].Live.Source)
	require.Equal(t, []string{"other"}, load(t, k, third).Things[""].Head.Former)
	require.NoError(t, k.Commit(t.Context(), &tables.Commit{
		On: []tables.Base{{Name: other, Revision: 3}, {Name: third, Revision: 1}}, Move: []tables.Move{{From: third, To: other}},
		Heads: []tables.ThingHead{{Thing: tables.Thing{Name: other}, Head: tables.Head{Next: 8, Live: 1}}},
	}))
	require.NoError(t, k.Commit(t.Context(), &tables.Commit{On: []tables.Base{{Name: other, Revision: 4}}, Forget: []tables.Name{other}}))
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
