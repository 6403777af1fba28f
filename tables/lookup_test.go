package tables_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	bolt "go.etcd.io/bbolt"

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
		{`match 1: invalid: mode "fuzzyish": use one of exact, normalized, prefix, suffix, domain, range, wildcard, regex, words, fuzzy, cidr or condition`, func(l *tables.Lookup) { l.Match[0].Mode = "fuzzyish" }},
		{`match 1: invalid: threshold 1.5: give a similarity from 0 to 1`, func(l *tables.Lookup) { l.Match[0].Mode, l.Match[0].Threshold = tables.ModeFuzzy, 1.5 }},
		{`match 1: invalid: threshold -0.1`, func(l *tables.Lookup) { l.Match[0].Mode, l.Match[0].Threshold = tables.ModeFuzzy, -0.1 }},
		{`match 1: invalid: threshold NaN`, func(l *tables.Lookup) { l.Match[0].Mode, l.Match[0].Threshold = tables.ModeFuzzy, math.NaN() }},
		{`match 1: invalid: threshold 0.5 with mode normalized`, func(l *tables.Lookup) { l.Match[0].Threshold = 0.5 }},
		{`match 1: invalid: columnTo "numeric" with mode normalized: only mode range takes`, func(l *tables.Lookup) { l.Match[0].ColumnTo = "numeric" }},
		{`match 1: columnTo: column not found: "upper"`, func(l *tables.Lookup) { l.Match[0].Mode, l.Match[0].ColumnTo = tables.ModeRange, "upper" }},
		{`match 1: invalid: columnTo is the column itself`, func(l *tables.Lookup) { l.Match[0].Mode, l.Match[0].ColumnTo = tables.ModeRange, "COUNTRY" }},
		{`hit policy "last": use one of first, unique, any, best, priority or collect`, func(l *tables.Lookup) { l.HitPolicy = "last" }},
		{"hit policy priority needs a priorityColumn", func(l *tables.Lookup) { l.HitPolicy = tables.PolicyPriority }},
		{`priorityColumn: column not found: "rank"`, func(l *tables.Lookup) { l.HitPolicy, l.PriorityColumn = tables.PolicyPriority, "rank" }},
		{`priorityColumn "numeric" with hit policy first: only priority takes one`, func(l *tables.Lookup) { l.PriorityColumn = "numeric" }},
		{`aggregate "": hit policy collect needs one of list, count, sum, min or max`, func(l *tables.Lookup) { l.HitPolicy = tables.PolicyCollect }},
		{`aggregate "mean": hit policy collect needs`, func(l *tables.Lookup) { l.HitPolicy, l.Aggregate = tables.PolicyCollect, "mean" }},
		{`aggregate "sum" with hit policy first: only collect takes one`, func(l *tables.Lookup) { l.Aggregate = tables.AggregateSum }},
		{`separator "|": only aggregate list`, func(l *tables.Lookup) {
			l.HitPolicy, l.Aggregate, l.Separator = tables.PolicyCollect, tables.AggregateSum, "|"
		}},
		{"separator of 101 bytes, 100 are the most", func(l *tables.Lookup) {
			l.HitPolicy, l.Aggregate, l.Separator = tables.PolicyCollect, tables.AggregateList, strings.Repeat(",", 101)
		}},
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

func TestTheHitPolicyThatIsMeantFollowsFromTheModes(t *testing.T) {
	s := open(t, tables.Options{})
	publish(t, s, "t", &sheet{columns: []string{"k", "n"}, rows: [][]string{{"10.0.0.0/8", "x"}}})
	for mode, want := range map[tables.Mode]tables.HitPolicy{
		"": tables.PolicyFirst, tables.ModeExact: tables.PolicyFirst, tables.ModeWildcard: tables.PolicyFirst, tables.ModeRegex: tables.PolicyFirst,
		tables.ModeCondition: tables.PolicyFirst, tables.ModeRange: tables.PolicyFirst,
		tables.ModePrefix: tables.PolicyBest, tables.ModeSuffix: tables.PolicyBest, tables.ModeDomain: tables.PolicyBest,
		tables.ModeWords: tables.PolicyBest, tables.ModeFuzzy: tables.PolicyBest, tables.ModeCIDR: tables.PolicyBest,
	} {
		column := "k"
		if mode == tables.ModeCondition {
			column = "n"
		}
		require.NoError(t, s.SetLookup("t", tables.Lookup{Match: []tables.Match{{Column: "n", Field: "n"}, {Column: column, Field: "k", Mode: mode}}}, ""), mode)
		table, _ := s.Catalog().Table("t")
		require.Equal(t, want, table.Lookups[0].HitPolicy, mode)
		if mode == tables.ModeFuzzy {
			require.InDelta(t, 0.8, table.Lookups[0].Match[1].Threshold, 0)
		} else {
			require.Zero(t, table.Lookups[0].Match[1].Threshold)
		}
	}
	require.NoError(t, s.SetLookup("t", tables.Lookup{Match: []tables.Match{{Column: "k", Field: "k"}}, HitPolicy: tables.PolicyCollect, Aggregate: tables.AggregateList}, ""))
	table, _ := s.Catalog().Table("t")
	require.Equal(t, ", ", table.Lookups[0].Separator)
}

// The bytes are those that were written before there were other modes and
// policies than these.
func TestALookupStoredByAnEarlierReleaseIsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tables.db")
	s, err := tables.Open(path, tables.Options{})
	require.NoError(t, err)
	publish(t, s, "t", countries())
	require.NoError(t, tables.DB(s).Update(func(tx *bolt.Tx) error {
		b := tx.Bucket([]byte("tables"))
		content, err := tables.Unwrap("tables", []byte("t"), b.Get([]byte("t")))
		if err != nil {
			return err
		}
		var record map[string]any
		if err := json.Unmarshal(content, &record); err != nil {
			return err
		}
		record["lookups"] = json.RawMessage(`[{"name":"t","match":[{"column":"country","field":"country","mode":"exact","matchEmpty":true}],"hitPolicy":"unique","outputs":[{"column":"numeric","field":"n","type":"string"}],"onNoMatch":"clear"}]`)
		data, err := json.Marshal(record)
		if err != nil {
			return err
		}
		return b.Put([]byte("t"), tables.Wrap("tables", []byte("t"), data))
	}))
	require.NoError(t, s.Close())
	s, err = tables.Open(path, tables.Options{})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	table, _ := s.Catalog().Table("t")
	require.Equal(t, tables.Lookup{
		Name: "t", Match: []tables.Match{{Column: "country", Field: "country", Mode: tables.ModeExact, MatchEmpty: true}},
		HitPolicy: tables.PolicyUnique, Outputs: []tables.Output{{Column: "numeric", Field: "n", Type: tables.TypeString}}, OnNoMatch: tables.NoMatchClear,
	}, table.Lookups[0])
	sn, err := s.Snapshot(context.Background(), "t", 0)
	require.NoError(t, err)
	require.Equal(t, []int32{1, -1}, rowsOf(find(t, sn, table.Lookups[0], "Germany", "germany")))
}
