package keepertest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables"
	"tablestep/tables/schema"
)

// headsOf are heads of the table t, by lookups.
func headsOf(name tables.Name, lookups ...string) (heads []tables.ThingHead) {
	for _, lookup := range lookups {
		heads = append(heads, tables.ThingHead{Thing: tables.Thing{Name: name, Lookup: lookup}, Head: tables.Head{Next: 2, Updated: at(1)}})
	}
	return heads
}

func aliases(t *testing.T, p Place) {
	k := p.Open(t)
	name := tableName("t")
	one, two := filled[schema.Alias](1), filled[schema.Alias](50)
	one.ID, one.Action = 7, schema.AliasMap
	two.ID, two.Action, two.Target = 300, schema.AliasIgnore, nil
	other := one
	other.ID = 8
	require.NoError(t, k.Commit(t.Context(), &tables.Commit{
		At: at(1), On: []tables.Base{{Name: name}}, Heads: headsOf(name, "", tables.DefaultLookup, "by-code"),
		Alias: []tables.AliasChange{
			{Thing: thing("by-code"), ID: 300, Alias: &two}, {Thing: thing("by-code"), ID: 7, Alias: &one}, {Thing: thing(tables.DefaultLookup), ID: 8, Alias: &other},
		},
	}))
	neighbour := tableName("t-2")
	require.NoError(t, k.Commit(t.Context(), &tables.Commit{
		At: at(1), On: []tables.Base{{Name: neighbour}}, Heads: headsOf(neighbour, "", "by-code"),
		Alias: []tables.AliasChange{{Thing: tables.Thing{Name: neighbour, Lookup: "by-code"}, ID: 7, Alias: &one}},
	}))
	require.NoError(t, k.Close())
	k = p.keep(t)
	r := load(t, k, name)
	require.Equal(t, []schema.Alias{one, two}, r.Things["by-code"].Aliases, "by ascending id")
	require.Equal(t, []schema.Alias{other}, r.Things[tables.DefaultLookup].Aliases)
	require.Empty(t, r.Things[""].Aliases)

	// A commit that somebody was faster than changes none.
	require.ErrorIs(t, k.Commit(t.Context(), &tables.Commit{
		On: []tables.Base{{Name: name, Revision: 9}}, Alias: []tables.AliasChange{{Thing: thing("by-code"), ID: 7}},
	}), tables.ErrMoved)
	changed := one
	changed.By = "eve"
	require.NoError(t, k.Commit(t.Context(), &tables.Commit{
		On: []tables.Base{{Name: name, Revision: 1}}, Heads: headsOf(name, ""),
		Alias: []tables.AliasChange{{Thing: thing("by-code"), ID: 300}, {Thing: thing("by-code"), ID: 7, Alias: &changed}, {Thing: thing("by-code"), ID: 999}},
	}))
	require.Equal(t, []schema.Alias{changed}, load(t, k, name).Things["by-code"].Aliases)

	// They go where their lookup goes.
	bin := name
	bin.Bin = 1
	require.NoError(t, k.Commit(t.Context(), &tables.Commit{
		On: []tables.Base{{Name: name, Revision: 2}, {Name: bin}}, Move: []tables.Move{{From: name, To: bin}}, Heads: headsOf(name, ""),
	}))
	require.NotContains(t, load(t, k, name).Things, "by-code")
	require.Equal(t, []schema.Alias{changed}, load(t, k, bin).Things["by-code"].Aliases)
	require.Equal(t, []schema.Alias{other}, load(t, k, bin).Things[tables.DefaultLookup].Aliases)
	require.NoError(t, k.Commit(t.Context(), &tables.Commit{On: []tables.Base{{Name: bin, Revision: 2}}, Forget: []tables.Name{bin}}))
	require.Nil(t, load(t, k, bin))
	require.Equal(t, []schema.Alias{one}, load(t, k, neighbour).Things["by-code"].Aliases, "a neighbour by name keeps its own")
}
