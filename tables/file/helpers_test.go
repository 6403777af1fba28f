package file_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables"
	"tablestep/tables/file"
)

// at opens the store of a file, and the keeper under it.
func at(t testing.TB, path string, o tables.Options) (*tables.Store, *file.Keeper) {
	t.Helper()
	k, err := file.Open(path, file.Options{})
	require.NoError(t, err)
	s, err := tables.Open(k, o)
	require.NoError(t, err)
	return s, k
}

func open(t testing.TB, o tables.Options) (*tables.Store, *file.Keeper) {
	t.Helper()
	s, k := at(t, filepath.Join(t.TempDir(), "tables.db"), o)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s, k
}

const routing = "rules:\n  - when: lead.country == \"US\" && lead.size >= 10 # é \u2028 <&>\x00\r\n"

func putRules(t require.TestingT, s *tables.Store, name, source string) *tables.RuleSetVersion {
	v, err := s.PutRuleSet(name, source, true, "ann")
	require.NoError(t, err)
	return v
}

// liveRules is what the catalog has for a name that is there and published.
func liveRules(t require.TestingT, c *tables.Catalog, name string) tables.RuleSetVersion {
	set, ok := c.RuleSet(name)
	require.True(t, ok, name)
	require.NotNil(t, set.Live, name)
	return *set.Live
}

// table is a table by its name.
func table(name string) tables.Thing {
	return tables.Thing{Name: tables.Name{Kind: tables.KindTable, Name: name}}
}

// rulesR is the rule set r.
func rulesR() tables.Thing {
	return tables.Thing{Name: tables.Name{Kind: tables.KindRuleSet, Name: "r"}}
}

// lookup is a lookup of the table t.
func lookup(name string) tables.Thing {
	t := table("t")
	t.Lookup = name
	return t
}
