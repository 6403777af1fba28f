package tables_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables"
)

func TestALookupIsSettledWhenSet(t *testing.T) {
	s := open(t, tables.Options{})
	publish(t, s, "t", countries())
	require.NoError(t, s.SetLookup("t", tables.Lookup{
		Label: "Codes", Guessed: true,
		Match:   []tables.Match{{Column: "COUNTRY", Field: " country "}},
		Outputs: []tables.Output{{Column: "Numeric", Field: "n", Default: "000"}},
	}, "ann"))
	want := tables.Lookup{
		Name: "t", Label: "Codes", HitPolicy: tables.PolicyFirst, OnNoMatch: tables.NoMatchKeep,
		Match:   []tables.Match{{Column: "country", Field: "country", Mode: tables.ModeNormalized}},
		Outputs: []tables.Output{{Column: "numeric", Field: "n", Type: tables.TypeString, Default: "000"}},
	}
	table, _ := s.Catalog().Table("t")
	got, ok := table.Lookup("t")
	require.True(t, ok)
	require.Equal(t, want, got)

	for _, name := range []string{"z", "a"} {
		l := want
		l.Name = name
		require.NoError(t, s.SetLookup("t", l, "bob"))
	}
	publish(t, s, "t", countries())
	table, _ = s.Catalog().Table("t")
	names := []string{}
	for _, l := range table.Lookups {
		names = append(names, l.Name)
	}
	require.Equal(t, []string{"t", "a", "z"}, names)
	require.Equal(t, want, table.Lookups[0], "it survives an upload")
	_, ok = table.Lookup("none")
	require.False(t, ok)

	require.NoError(t, s.DeleteLookup("t", "a", "bob"))
	require.ErrorIs(t, s.DeleteLookup("t", "a", "bob"), tables.ErrLookupNotFound)
	require.NoError(t, s.DeleteLookup("t", "", "bob"))
	table, _ = s.Catalog().Table("t")
	require.Len(t, table.Lookups, 2)
	require.True(t, table.Lookups[0].Guessed, "the default one is guessed again")
	events, err := s.History("t")
	require.NoError(t, err)
	require.Equal(t, tables.ActionDeleteLookup, events[0].Action)
	require.Equal(t, "a", events[1].Lookup)
}

func TestALookupThatMakesNoSenseIsRefusedAndNamed(t *testing.T) {
	s := open(t, tables.Options{})
	publish(t, s, "t", countries())
	before := s.Catalog()
	many := make([]tables.Output, 201)
	for i := range many {
		many[i] = tables.Output{Column: "numeric", Field: fmt.Sprint("f", i)}
	}
	for _, c := range []struct {
		says   string
		change func(l *tables.Lookup)
	}{
		{"lookup name", func(l *tables.Lookup) { l.Name = "A b" }},
		{"label", func(l *tables.Lookup) { l.Label = strings.Repeat("x", 256) }},
		{"0 match entries", func(l *tables.Lookup) { l.Match = nil }},
		{"17 match entries", func(l *tables.Lookup) { l.Match = make([]tables.Match, 17) }},
		{`match 1: column not found: "city": version 1 has country, alpha-2, numeric`, func(l *tables.Lookup) { l.Match[0].Column = "city" }},
		{"match 1: invalid: no column", func(l *tables.Lookup) { l.Match[0].Column = "" }},
		{"match 1: invalid: a field", func(l *tables.Lookup) { l.Match[0].Field = " " }},
		{`mode "fuzzyish"`, func(l *tables.Lookup) { l.Match[0].Mode = "fuzzyish" }},
		{"hit policy", func(l *tables.Lookup) { l.HitPolicy = "last" }},
		{"onNoMatch", func(l *tables.Lookup) { l.OnNoMatch = "panic" }},
		{`output 1: column not found: "city"`, func(l *tables.Lookup) { l.Outputs[0].Column = "city" }},
		{"output 1: invalid: a field", func(l *tables.Lookup) { l.Outputs[0].Field = "" }},
		{"output 1: invalid: field id", func(l *tables.Lookup) { l.Outputs[0].Field = "id" }},
		{`type "colour"`, func(l *tables.Lookup) { l.Outputs[0].Type = "colour" }},
		{`default of field "n": integer: not a whole number`, func(l *tables.Lookup) {
			l.Outputs[0].Type, l.Outputs[0].Default = tables.TypeInteger, "many"
		}},
		{`field "n" is written twice`, func(l *tables.Lookup) { l.Outputs = append(l.Outputs, l.Outputs[0]) }},
		{"201 outputs", func(l *tables.Lookup) { l.Outputs = many }},
		{"rule set name", func(l *tables.Lookup) { l.RuleSet = "?" }},
	} {
		l := tables.Lookup{
			Match:   []tables.Match{{Column: "country", Field: "country"}},
			Outputs: []tables.Output{{Column: "numeric", Field: "n"}},
		}
		c.change(&l)
		err := s.SetLookup("t", l, "ann")
		require.ErrorContains(t, err, c.says)
		if !strings.Contains(c.says, "column not found") {
			require.ErrorIs(t, err, tables.ErrInvalid)
		}
	}
	require.Same(t, before, s.Catalog(), "nothing has changed")
}

func TestATableHasABoundedNumberOfLookups(t *testing.T) {
	s := open(t, tables.Options{})
	publish(t, s, "t", countries())
	l := tables.Lookup{Match: []tables.Match{{Column: "country", Field: "country"}}}
	for i := range 99 {
		l.Name = fmt.Sprint("l", i)
		require.NoError(t, s.SetLookup("t", l, ""))
	}
	l.Name = "more"
	require.ErrorIs(t, s.SetLookup("t", l, ""), tables.ErrInvalid)
	l.Name = "l7"
	require.NoError(t, s.SetLookup("t", l, ""), "a known one can be changed")
}
