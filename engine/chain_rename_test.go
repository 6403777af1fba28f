package engine_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables"
	"tablestep/tables/schema"
)

// A chain finds a lookup by the name that its table had when the chain was set.
func TestAChainGoesOnToARenamedTable(t *testing.T) {
	h := chains(t)
	require.NoError(t, h.RenameTable(t.Context(), "owners", "people", tables.Lift{}, "ann"))
	written, told := h.said(t, `"country":"germany"`, `"table":"regions"`)
	require.JSONEq(t, `{"id":1,"region":"EMEA","zone":7,"ownerEmail":"ada@example.com","phone":"+49 1"}`, written)
	require.Contains(t, told, "table=people version=1 region=EMEA")
	require.Empty(t, h.store.Catalog().Unlinked())

	// It is the same lookup for whoever asks who uses it, and for a circle.
	used, err := h.UsesOfTable(t.Context(), "people")
	require.NoError(t, err)
	require.NotEmpty(t, used.Chains)
	table, _ := h.store.Catalog().Table("phones")
	phones, _ := table.Lookup("")
	phones.Then = "owners"
	err = h.store.SetLookup("phones", phones, "ann")
	require.ErrorIs(t, err, schema.ErrChain)
	require.ErrorContains(t, err, "people → phones → people")
}
