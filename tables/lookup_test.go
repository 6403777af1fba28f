package tables_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables"
	"tablestep/tables/keepertest"
	"tablestep/tables/schema"
)

func TestALookupIsSettledWhenSet(t *testing.T) {
	s := open(t, tables.Options{})
	keepertest.Publish(t, s, "t", keepertest.Countries())
	require.NoError(t, s.SetLookup("t", schema.Lookup{
		Label: "Codes", Guessed: true,
		Match:   []schema.Match{{Column: "COUNTRY", Field: " country "}},
		Outputs: []schema.Output{{Column: "Numeric", Field: "n", Default: "000"}},
	}, "ann"))
	want := schema.Lookup{
		Name: "t", Version: 1, Label: "Codes", HitPolicy: schema.PolicyFirst, OnNoMatch: schema.NoMatchKeep,
		Match:   []schema.Match{{Column: "country", Field: "country", Mode: schema.ModeNormalized}},
		Outputs: []schema.Output{{Column: "numeric", Field: "n", Type: schema.TypeString, Default: "000"}},
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
	keepertest.Publish(t, s, "t", keepertest.Countries())
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
	require.ErrorIs(t, s.DeleteLookup("t", "a", "bob"), schema.ErrLookupNotFound)
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
	keepertest.Publish(t, s, "t", keepertest.Countries())
	before := s.Catalog()
	many := make([]schema.Output, 201)
	for i := range many {
		many[i] = schema.Output{Column: "numeric", Field: fmt.Sprint("f", i)}
	}
	for _, c := range []struct {
		says   string
		change func(l *schema.Lookup)
	}{
		{"lookup name", func(l *schema.Lookup) { l.Name = "A b" }},
		{"label", func(l *schema.Lookup) { l.Label = strings.Repeat("x", 256) }},
		{"0 match entries", func(l *schema.Lookup) { l.Match = nil }},
		{"17 match entries", func(l *schema.Lookup) { l.Match = make([]schema.Match, 17) }},
		{`match 1: column not found: "city": version 1 has country, alpha-2, numeric`, func(l *schema.Lookup) { l.Match[0].Column = "city" }},
		{"match 1: invalid: no column", func(l *schema.Lookup) { l.Match[0].Column = "" }},
		{"match 1: invalid: a field", func(l *schema.Lookup) { l.Match[0].Field = " " }},
		{`mode "fuzzyish"`, func(l *schema.Lookup) { l.Match[0].Mode = "fuzzyish" }},
		{"hit policy", func(l *schema.Lookup) { l.HitPolicy = "last" }},
		{`match 1: invalid: mode "fuzzyish": use one of exact, normalized, loose, company, prefix, suffix, contains, domain, range, atLeast, atMost, wildcard, regex, words, fuzzy, cidr or condition`, func(l *schema.Lookup) { l.Match[0].Mode = "fuzzyish" }},
		{`match 1: invalid: threshold 1.5: give a similarity from 0 to 1`, func(l *schema.Lookup) { l.Match[0].Mode, l.Match[0].Threshold = schema.ModeFuzzy, 1.5 }},
		{`match 1: invalid: threshold -0.1`, func(l *schema.Lookup) { l.Match[0].Mode, l.Match[0].Threshold = schema.ModeFuzzy, -0.1 }},
		{`match 1: invalid: threshold NaN`, func(l *schema.Lookup) { l.Match[0].Mode, l.Match[0].Threshold = schema.ModeFuzzy, math.NaN() }},
		{`match 1: invalid: threshold 0.5 with mode normalized`, func(l *schema.Lookup) { l.Match[0].Threshold = 0.5 }},
		{`match 1: invalid: anything names 21 cells, 20 are the most`, func(l *schema.Lookup) { l.Match[0].Anything = make([]string, 21) }},
		{`match 1: invalid: a cell in anything is longer than 100 bytes`, func(l *schema.Lookup) { l.Match[0].Anything = []string{"*", strings.Repeat("x", 101)} }},
		{`match 1: invalid: columnTo "numeric" with mode atLeast`, func(l *schema.Lookup) { l.Match[0].Mode, l.Match[0].ColumnTo = schema.ModeAtLeast, "numeric" }},
		{`match 1: invalid: columnTo "numeric" with mode normalized: only mode range takes`, func(l *schema.Lookup) { l.Match[0].ColumnTo = "numeric" }},
		{`match 1: columnTo: column not found: "upper"`, func(l *schema.Lookup) { l.Match[0].Mode, l.Match[0].ColumnTo = schema.ModeRange, "upper" }},
		{`match 1: invalid: columnTo is the column itself`, func(l *schema.Lookup) { l.Match[0].Mode, l.Match[0].ColumnTo = schema.ModeRange, "COUNTRY" }},
		{`hit policy "last": use one of first, unique, any, best, priority, collect or rotate`, func(l *schema.Lookup) { l.HitPolicy = "last" }},
		{"hit policy priority needs a priorityColumn", func(l *schema.Lookup) { l.HitPolicy = schema.PolicyPriority }},
		{`priorityColumn: column not found: "rank"`, func(l *schema.Lookup) { l.HitPolicy, l.PriorityColumn = schema.PolicyPriority, "rank" }},
		{`priorityColumn "numeric" with hit policy first: only priority takes one`, func(l *schema.Lookup) { l.PriorityColumn = "numeric" }},
		{`aggregate "": hit policy collect needs one of list, distinct, count, sum, min or max`, func(l *schema.Lookup) { l.HitPolicy = schema.PolicyCollect }},
		{`aggregate "mean": hit policy collect needs`, func(l *schema.Lookup) { l.HitPolicy, l.Aggregate = schema.PolicyCollect, "mean" }},
		{`aggregate "sum" with hit policy first: only collect takes one`, func(l *schema.Lookup) { l.Aggregate = schema.AggregateSum }},
		{`separator "|": only aggregates list and distinct`, func(l *schema.Lookup) {
			l.HitPolicy, l.Aggregate, l.Separator = schema.PolicyCollect, schema.AggregateSum, "|"
		}},
		{"separator of 101 bytes, 100 are the most", func(l *schema.Lookup) {
			l.HitPolicy, l.Aggregate, l.Separator = schema.PolicyCollect, schema.AggregateList, strings.Repeat(",", 101)
		}},
		{"onNoMatch", func(l *schema.Lookup) { l.OnNoMatch = "panic" }},
		{`output 1: column not found: "city"`, func(l *schema.Lookup) { l.Outputs[0].Column = "city" }},
		{"output 1: invalid: a field", func(l *schema.Lookup) { l.Outputs[0].Field = "" }},
		{"output 1: invalid: field id", func(l *schema.Lookup) { l.Outputs[0].Field = "id" }},
		{`type "colour"`, func(l *schema.Lookup) { l.Outputs[0].Type = "colour" }},
		{`default of field "n": integer: not a whole number`, func(l *schema.Lookup) {
			l.Outputs[0].Type, l.Outputs[0].Default = schema.TypeInteger, "many"
		}},
		{`field "n" is written twice`, func(l *schema.Lookup) { l.Outputs = append(l.Outputs, l.Outputs[0]) }},
		{"201 outputs", func(l *schema.Lookup) { l.Outputs = many }},
		{"rule set name", func(l *schema.Lookup) { l.RuleSet = "?" }},
	} {
		l := schema.Lookup{
			Match:   []schema.Match{{Column: "country", Field: "country"}},
			Outputs: []schema.Output{{Column: "numeric", Field: "n"}},
		}
		c.change(&l)
		err := s.SetLookup("t", l, "ann")
		require.ErrorContains(t, err, c.says)
		if !strings.Contains(c.says, "column not found") {
			require.ErrorIs(t, err, schema.ErrInvalid)
		}
	}
	require.Same(t, before, s.Catalog(), "nothing has changed")
}

func TestATableHasABoundedNumberOfLookups(t *testing.T) {
	s := open(t, tables.Options{})
	keepertest.Publish(t, s, "t", keepertest.Countries())
	l := schema.Lookup{Match: []schema.Match{{Column: "country", Field: "country"}}}
	for i := range 99 {
		l.Name = fmt.Sprint("l", i)
		require.NoError(t, s.SetLookup("t", l, ""))
	}
	l.Name = "more"
	require.ErrorIs(t, s.SetLookup("t", l, ""), schema.ErrInvalid)
	l.Name = "l7"
	require.NoError(t, s.SetLookup("t", l, ""), "a known one can be changed")
}

func TestTheHitPolicyThatIsMeantFollowsFromTheModes(t *testing.T) {
	s := open(t, tables.Options{})
	keepertest.Publish(t, s, "t", &keepertest.Sheet{Header: []string{"k", "n"}, Rows: [][]string{{"10.0.0.0/8", "x"}}})
	for mode, want := range map[schema.Mode]schema.HitPolicy{
		"": schema.PolicyFirst, schema.ModeExact: schema.PolicyFirst, schema.ModeWildcard: schema.PolicyFirst, schema.ModeRegex: schema.PolicyFirst,
		schema.ModeCondition: schema.PolicyFirst, schema.ModeRange: schema.PolicyFirst,
		schema.ModePrefix: schema.PolicyBest, schema.ModeSuffix: schema.PolicyBest, schema.ModeDomain: schema.PolicyBest,
		schema.ModeWords: schema.PolicyBest, schema.ModeFuzzy: schema.PolicyBest, schema.ModeCIDR: schema.PolicyBest,
	} {
		column := "k"
		if mode == schema.ModeCondition {
			column = "n"
		}
		require.NoError(t, s.SetLookup("t", schema.Lookup{Match: []schema.Match{{Column: "n", Field: "n"}, {Column: column, Field: "k", Mode: mode}}}, ""), mode)
		table, _ := s.Catalog().Table("t")
		require.Equal(t, want, table.Lookups[0].HitPolicy, mode)
		if mode == schema.ModeFuzzy {
			require.InDelta(t, 0.8, table.Lookups[0].Match[1].Threshold, 0)
		} else {
			require.Zero(t, table.Lookups[0].Match[1].Threshold)
		}
	}
	require.NoError(t, s.SetLookup("t", schema.Lookup{Match: []schema.Match{{Column: "k", Field: "k"}}, HitPolicy: schema.PolicyCollect, Aggregate: schema.AggregateList}, ""))
	table, _ := s.Catalog().Table("t")
	require.Equal(t, ", ", table.Lookups[0].Separator)
}
