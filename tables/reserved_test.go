package tables_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables"
	"tablestep/tables/keepertest"
	"tablestep/tables/schema"
)

func TestNothingCanBeCalledNone(t *testing.T) {
	s := open(t, tables.Options{})
	keepertest.Publish(t, s, "t", keepertest.Countries())
	match := []schema.Match{{Column: "country", Field: "country"}}
	for _, name := range []string{"none", "None", "NONE"} {
		_, err := s.Import(context.Background(), name, keepertest.Countries(), tables.ImportOptions{Publish: true})
		require.ErrorIs(t, err, schema.ErrInvalid, name)
		_, err = s.PutRuleSet(name, "rules", true, "ann")
		require.ErrorIs(t, err, schema.ErrInvalid, name)
		require.ErrorIs(t, s.SetLookup("t", schema.Lookup{Name: name, Match: match}, "ann"), schema.ErrInvalid, name)

		require.NoError(t, s.SetLookup("t", schema.Lookup{Name: "other", Match: match, RuleSet: name}, "ann"))
		table, _ := s.Catalog().Table("t")
		other, _ := table.Lookup("other")
		require.Empty(t, other.RuleSet, "it stands for no rule set")
	}
	_, err := s.PutRuleSet("none", "rules", true, "ann")
	require.ErrorContains(t, err, "choose another name")
	keepertest.Publish(t, s, "none-of-these", keepertest.Countries())
	require.Len(t, s.Catalog().Tables(), 2)
}
