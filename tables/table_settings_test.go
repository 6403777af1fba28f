package tables_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables"
	"tablestep/tables/schema"
)

func TestSettingsOfATableAreKeptAndToldInItsHistory(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "tables.db")
	s := openAt(t, path, tables.Options{})
	named(t, s, "t", "Old")
	require.NoError(t, s.ChangeTable("t", tables.TableChange{
		Label: new(" Neu\n"), Description: new("\r\none\r\ntwo \x00"), Owner: new("  Ada  L. "), Hidden: new(true), Order: new(3),
	}, "ada"))
	want := tables.Settings{Label: "Neu", Description: "one\ntwo", Owner: "Ada L.", Hidden: true, Order: 3}
	require.NoError(t, s.ChangeTable("t", tables.TableChange{Order: new(3), Owner: new("Ada L.")}, "bob"), "nothing of it is new")
	require.NoError(t, s.ChangeTable("t", tables.TableChange{}, "bob"))
	require.NoError(t, s.Close())
	s = openAt(t, path, tables.Options{})
	defer func() { require.NoError(t, s.Close()) }()
	table, ok := s.Catalog().Table("t")
	require.True(t, ok)
	require.Equal(t, want, table.Settings)
	events, err := s.History("t")
	require.NoError(t, err)
	require.Len(t, events, 3, "import, publish, and one change")
	require.Equal(t, tables.ActionChange, events[0].Action)
	require.Equal(t, map[string]string{"label": "Old", "description": "", "owner": "", "hidden": "false", "order": "0"}, events[0].Before)
	require.Equal(t, map[string]string{"label": "Neu", "description": "one two", "owner": "Ada L.", "hidden": "true", "order": "3"}, events[0].After)

	require.NoError(t, s.ChangeTable("t", tables.TableChange{Hidden: new(false), Description: new("")}, "bob"))
	table, _ = s.Catalog().Table("t")
	require.Equal(t, tables.Settings{Label: "Neu", Owner: "Ada L.", Order: 3}, table.Settings, "what is not named stays")
	require.NoError(t, s.Delete("t", ""))
	require.NoError(t, s.Restore(t.Context(), "t", "u", tables.Lift{}, ""))
	table, _ = s.Catalog().Table("u")
	require.Equal(t, 3, table.Order, "they come back with it")

	for message, ch := range map[string]tables.TableChange{
		"order -1":            {Order: new(-1)},
		"order 1000001":       {Order: new(1_000_001)},
		"owner: ":             {Owner: new(strings.Repeat("o", 256))},
		"description of 2001": {Description: new(strings.Repeat("d", 2001))},
		"description \"":      {Description: new("\xff")},
		"label of 256 bytes":  {Label: new(strings.Repeat("l", 256))},
	} {
		ch.Hidden = new(true)
		err := s.ChangeTable("u", ch, "ada")
		require.ErrorIs(t, err, schema.ErrInvalid, message)
		require.ErrorContains(t, err, message)
	}
	table, _ = s.Catalog().Table("u")
	require.False(t, table.Hidden, "all or nothing")
	require.ErrorIs(t, s.ChangeTable("none", tables.TableChange{Order: new(1)}, ""), schema.ErrTableNotFound)
}

func TestTablesStandInTheirOrderThenByWhatTheyAreCalled(t *testing.T) {
	t.Parallel()
	s := open(t, tables.Options{})
	for name, label := range map[string]string{"a": "zeta", "b": "", "c": "Alpha", "d": "beta", "e": "last", "f": "second"} {
		named(t, s, name, label)
	}
	require.NoError(t, s.ChangeTable("e", tables.TableChange{Order: new(1)}, ""))
	require.NoError(t, s.ChangeTable("f", tables.TableChange{Order: new(tables.MaxOrder)}, ""))
	var order []string
	for _, table := range s.Catalog().InOrder() {
		order = append(order, table.Name)
	}
	require.Equal(t, []string{"e", "f", "c", "b", "d", "a"}, order)
	require.Equal(t, "a", s.Catalog().Tables()[0].Name, "which are still found by name")
}
