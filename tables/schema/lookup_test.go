package schema_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/schema"
)

func countries() *schema.Version {
	v := schema.NamedVersion([]string{"country", "alpha-2", "numeric"})
	v.Number, v.Table = 1, "t"
	return v
}

func plain() schema.Lookup {
	return schema.Lookup{
		Name:    "t",
		Match:   []schema.Match{{Column: "country", Field: "country"}},
		Outputs: []schema.Output{{Column: "numeric", Field: "n"}},
	}
}

func TestSettlingFillsInWhatWasLeftOut(t *testing.T) {
	l := schema.Lookup{
		Name: "t", Label: strings.Repeat("x", 255), Guessed: true, RuleSet: "None",
		Match:     []schema.Match{{Column: "COUNTRY", Field: " country "}},
		HitPolicy: schema.PolicyCollect, Aggregate: schema.AggregateList,
		Outputs: []schema.Output{{Column: "Numeric", Field: "n", Default: "000"}},
	}
	given := l
	require.NoError(t, l.Settle(countries()))
	require.Equal(t, schema.Lookup{
		Name: "t", Label: l.Label, HitPolicy: schema.PolicyCollect, Aggregate: schema.AggregateList, Separator: ", ", OnNoMatch: schema.NoMatchKeep,
		Match:   []schema.Match{{Column: "country", Field: "country", Mode: schema.ModeNormalized}},
		Outputs: []schema.Output{{Column: "numeric", Field: "n", Type: schema.TypeString, Default: "000"}},
	}, l)
	require.Equal(t, "COUNTRY", given.Match[0].Column, "what the caller holds stays")
	require.Equal(t, "Numeric", given.Outputs[0].Column)

	bare := schema.Lookup{Name: "t", Match: []schema.Match{{Column: "country", Field: "c", Mode: schema.ModeFuzzy}}}
	require.NoError(t, bare.Settle(countries()))
	require.NotNil(t, bare.Outputs)
	require.Equal(t, schema.PolicyBest, bare.HitPolicy)
	require.InDelta(t, 0.8, bare.Match[0].Threshold, 0)
}

func TestTheLargestLookupSettles(t *testing.T) {
	l := schema.Lookup{Name: "t", HitPolicy: schema.PolicyCollect, Aggregate: schema.AggregateList, Separator: strings.Repeat(",", 100)}
	for i := range 16 {
		l.Match = append(l.Match, schema.Match{Column: "country", Field: strings.Repeat("f", 254) + fmt.Sprint(i%10)})
	}
	for i := range 200 {
		l.Outputs = append(l.Outputs, schema.Output{Column: "numeric", Field: fmt.Sprint("f", i)})
	}
	require.NoError(t, l.Settle(countries()))
}

func TestSettlingRefusesAndNamesWhatMakesNoSense(t *testing.T) {
	for _, c := range []struct {
		says   string
		change func(l *schema.Lookup)
	}{
		{"lookup name", func(l *schema.Lookup) { l.Name = "A b" }},
		{"lookup name", func(l *schema.Lookup) { l.Name = "none" }},
		{"label", func(l *schema.Lookup) { l.Label = strings.Repeat("x", 256) }},
		{"0 match entries", func(l *schema.Lookup) { l.Match = nil }},
		{"17 match entries", func(l *schema.Lookup) { l.Match = make([]schema.Match, 17) }},
		{`match 1: column not found: "city": version 1 has country, alpha-2, numeric`, func(l *schema.Lookup) { l.Match[0].Column = "city" }},
		{"match 1: invalid: no column", func(l *schema.Lookup) { l.Match[0].Column = "" }},
		{"match 1: invalid: a field", func(l *schema.Lookup) { l.Match[0].Field = " " }},
		{"match 1: invalid: a field of 256 bytes", func(l *schema.Lookup) { l.Match[0].Field = strings.Repeat("f", 256) }},
		{`match 1: column not found: "contry": version 1 has country, alpha-2, numeric (did you mean "country"?)`, func(l *schema.Lookup) { l.Match[0].Column = "contry" }},
		{`condition (did you mean "exact"?)`, func(l *schema.Lookup) { l.Match[0].Mode = "exakt" }},
		{`rotate (did you mean "unique"?)`, func(l *schema.Lookup) { l.HitPolicy = "uniqe" }},
		{`mode "fuzzyish": use one of exact`, func(l *schema.Lookup) { l.Match[0].Mode = "fuzzyish" }},
		{"threshold 1.5: give a similarity from 0 to 1", func(l *schema.Lookup) { l.Match[0].Mode, l.Match[0].Threshold = schema.ModeFuzzy, 1.5 }},
		{"threshold -0.1", func(l *schema.Lookup) { l.Match[0].Mode, l.Match[0].Threshold = schema.ModeFuzzy, -0.1 }},
		{"threshold NaN", func(l *schema.Lookup) { l.Match[0].Mode, l.Match[0].Threshold = schema.ModeFuzzy, math.NaN() }},
		{"threshold 0.5 with mode normalized", func(l *schema.Lookup) { l.Match[0].Threshold = 0.5 }},
		{`columnTo "numeric" with mode normalized`, func(l *schema.Lookup) { l.Match[0].ColumnTo = "numeric" }},
		{`columnTo: column not found: "upper"`, func(l *schema.Lookup) { l.Match[0].Mode, l.Match[0].ColumnTo = schema.ModeRange, "upper" }},
		{"columnTo is the column itself", func(l *schema.Lookup) { l.Match[0].Mode, l.Match[0].ColumnTo = schema.ModeRange, "COUNTRY" }},
		{`hit policy "last": use one of first, unique, any, best, priority, collect or rotate`, func(l *schema.Lookup) { l.HitPolicy = "last" }},
		{"priority needs a priorityColumn", func(l *schema.Lookup) { l.HitPolicy = schema.PolicyPriority }},
		{`priorityColumn: column not found: "rank"`, func(l *schema.Lookup) { l.HitPolicy, l.PriorityColumn = schema.PolicyPriority, "rank" }},
		{`priorityColumn "numeric" with hit policy first`, func(l *schema.Lookup) { l.PriorityColumn = "numeric" }},
		{`aggregate "": hit policy collect needs one of list, distinct, count, sum, min or max`, func(l *schema.Lookup) { l.HitPolicy = schema.PolicyCollect }},
		{`aggregate "sum" with hit policy first`, func(l *schema.Lookup) { l.Aggregate = schema.AggregateSum }},
		{`separator "|": only aggregates list and distinct`, func(l *schema.Lookup) {
			l.HitPolicy, l.Aggregate, l.Separator = schema.PolicyCollect, schema.AggregateSum, "|"
		}},
		{"separator of 101 bytes", func(l *schema.Lookup) {
			l.HitPolicy, l.Aggregate, l.Separator = schema.PolicyCollect, schema.AggregateList, strings.Repeat(",", 101)
		}},
		{"require 2 with 1 match entries: give 1 to 1", func(l *schema.Lookup) { l.Require = 2 }},
		{"require -1", func(l *schema.Lookup) { l.Require = -1 }},
		{"require 1 of 2 match entries, and entry 2 is of mode atMost", func(l *schema.Lookup) {
			l.Require, l.Match = 1, append(l.Match, schema.Match{Column: "numeric", Field: "n", Mode: schema.ModeAtMost})
		}},
		{"maxErrors 2 with mode loose: only mode fuzzy", func(l *schema.Lookup) { l.Match[0].Mode, l.Match[0].MaxErrors = schema.ModeLoose, 2 }},
		{"maxErrors -1: give a number", func(l *schema.Lookup) { l.Match[0].Mode, l.Match[0].MaxErrors = schema.ModeFuzzy, -1 }},
		{"maxErrors 513: give a number of typing errors from 1 to 512", func(l *schema.Lookup) { l.Match[0].Mode, l.Match[0].MaxErrors = schema.ModeFuzzy, 513 }},
		{`form "loose" with mode words: only mode fuzzy`, func(l *schema.Lookup) { l.Match[0].Mode, l.Match[0].Form = schema.ModeWords, schema.ModeLoose }},
		{`form "compny": use one of normalized, loose or company (did you mean "company"?)`, func(l *schema.Lookup) { l.Match[0].Mode, l.Match[0].Form = schema.ModeFuzzy, "compny" }},
		{"onNoMatch", func(l *schema.Lookup) { l.OnNoMatch = "panic" }},
		{`output 1: column not found: "city"`, func(l *schema.Lookup) { l.Outputs[0].Column = "city" }},
		{"output 1: invalid: a field", func(l *schema.Lookup) { l.Outputs[0].Field = "" }},
		{"output 1: invalid: field id", func(l *schema.Lookup) { l.Outputs[0].Field = "id" }},
		{`type "colour"`, func(l *schema.Lookup) { l.Outputs[0].Type = "colour" }},
		{`default of field "n": integer: not a whole number`, func(l *schema.Lookup) { l.Outputs[0].Type, l.Outputs[0].Default = schema.TypeInteger, "many" }},
		{`output 2: invalid: field "n" is written twice`, func(l *schema.Lookup) { l.Outputs = append(l.Outputs, l.Outputs[0]) }},
		{"201 outputs", func(l *schema.Lookup) { l.Outputs = make([]schema.Output, 201) }},
		{"rule set name", func(l *schema.Lookup) { l.RuleSet = "?" }},
	} {
		l := plain()
		c.change(&l)
		err := l.Settle(countries())
		require.ErrorContains(t, err, c.says)
		if strings.Contains(c.says, "column not found") {
			require.ErrorIs(t, err, schema.ErrColumnNotFound)
		} else {
			require.ErrorIs(t, err, schema.ErrInvalid)
		}
	}
}

func TestTheHitPolicyFollowsFromTheModes(t *testing.T) {
	for _, mode := range schema.Modes() {
		l := schema.Lookup{Match: []schema.Match{{Column: "k", Field: "k"}, {Column: "k", Field: "k", Mode: mode}}}
		want := schema.PolicyFirst
		switch mode {
		case schema.ModePrefix, schema.ModeSuffix, schema.ModeContains, schema.ModeDomain, schema.ModeWords, schema.ModeFuzzy, schema.ModeCIDR:
			want = schema.PolicyBest
		}
		require.Equal(t, want, l.Policy(), mode)
		l.HitPolicy = schema.PolicyAny
		require.Equal(t, schema.PolicyAny, l.Policy())
		hashed := mode == schema.ModeExact || mode == schema.ModeNormalized || mode == schema.ModeLoose || mode == schema.ModeCompany
		require.Equal(t, hashed, mode.Hashed(), mode)
		limits := mode == schema.ModeAtLeast || mode == schema.ModeAtMost
		require.Equal(t, limits, mode.Limits(), mode)
		require.Equal(t, limits || mode == schema.ModeRange || mode == schema.ModeCondition, mode.Measures(), mode)
		require.Equal(t, !hashed && !limits && mode != schema.ModeRegex, mode.Ranked(), mode)
	}
}

func TestWhereNotAllEntriesMustHoldTheBestRowIsTaken(t *testing.T) {
	l := schema.Lookup{Match: []schema.Match{{Column: "a", Field: "a"}, {Column: "b", Field: "b"}}}
	for needed, some := range []bool{false, true, false} {
		l.Require = needed
		require.Equal(t, some, l.Some(), needed)
		require.Equal(t, map[bool]schema.HitPolicy{false: schema.PolicyFirst, true: schema.PolicyBest}[some], l.Policy(), needed)
	}
}

func TestLookupsAreSortedWithTheDefaultOneFirst(t *testing.T) {
	lookups := []schema.Lookup{{Name: "z"}, {Name: "m"}, {Name: "a"}}
	schema.SortLookups("m", lookups)
	require.Equal(t, []schema.Lookup{{Name: "m"}, {Name: "a"}, {Name: "z"}}, lookups)
}

func TestColumnsThatALookupUsesMustNotGetLost(t *testing.T) {
	l := plain()
	l.Match[0].ColumnTo, l.PriorityColumn = "upper", "rank"
	all := []string{"Country", "upper", "rank", "numeric"}
	require.Empty(t, schema.DeadColumns(schema.NamedVersion(all), []schema.Lookup{l}))
	for i := range all {
		kept := append(append([]string(nil), all[:i]...), all[i+1:]...)
		dead := schema.DeadColumns(schema.NamedVersion(kept), []schema.Lookup{l, l})
		require.Len(t, dead, 1, "each once")
		require.True(t, strings.EqualFold(all[i], dead[0].Column))
	}
	v := schema.NamedVersion(all)
	l.Outputs = append(l.Outputs, l.Outputs[0], schema.Output{Column: "gone"}, schema.Output{Column: "UPPER"})
	require.Equal(t, []int{3, 1}, l.OutputColumns(v), "each once, those that are there")
}
