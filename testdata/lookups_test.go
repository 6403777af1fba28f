package testdata_test

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/testdata"
)

// A lookup is what a lookup file says, key by key as the admin API takes it. It
// is spelled out here so that a key which the API would not know is found.
type lookup struct {
	Label          string   `json:"label"`
	Match          []match  `json:"match"`
	HitPolicy      string   `json:"hitPolicy"`
	PriorityColumn string   `json:"priorityColumn"`
	Aggregate      string   `json:"aggregate"`
	Separator      string   `json:"separator"`
	Outputs        []output `json:"outputs"`
	OnNoMatch      string   `json:"onNoMatch"`
	RuleSet        string   `json:"ruleSet"`
}

// A match is one compared column of a lookup.
type match struct {
	Column     string  `json:"column"`
	ColumnTo   string  `json:"columnTo"`
	Field      string  `json:"field"`
	Mode       string  `json:"mode"`
	Threshold  float64 `json:"threshold"`
	MatchEmpty bool    `json:"matchEmpty"`
}

// An output is one written column of a lookup.
type output struct {
	Column  string `json:"column"`
	Field   string `json:"field"`
	Type    string `json:"type"`
	Default string `json:"default"`
}

// readStrictly decodes a file of one JSON value and accepts no key that v lacks.
func readStrictly(t *testing.T, name string, v any) {
	t.Helper()
	raw, err := testdata.Files.ReadFile(name)
	require.NoError(t, err)
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	d.UseNumber()
	require.NoError(t, d.Decode(v), name)
	require.ErrorIs(t, d.Decode(new(any)), io.EOF, "%s has text behind its end", name)
}

// readLookup decodes a lookup file.
func readLookup(t *testing.T, l sampleLookup) lookup {
	t.Helper()
	var got lookup
	readStrictly(t, l.file()+".lookup.json", &got)
	return got
}

// defaultLookup decodes the default lookup of a table.
func defaultLookup(t *testing.T, table string) lookup {
	t.Helper()
	for _, l := range sampleLookups() {
		if l.name == table {
			return readLookup(t, l)
		}
	}
	require.Failf(t, "no such table", "%q", table)
	return lookup{}
}

func allModes() []string {
	return []string{"exact", "normalized", "prefix", "suffix", "domain", "range", "wildcard", "regex", "words", "fuzzy", "cidr", "condition"}
}

func allPolicies() []string {
	return []string{"first", "unique", "any", "best", "priority", "collect"}
}

func allAggregates() []string { return []string{"list", "count", "sum", "min", "max"} }

func allTypes() []string {
	return []string{"string", "text", "integer", "float", "boolean", "date", "datetime", "score", "email", "url"}
}

func TestEveryLookupRefersToColumnsOfItsTable(t *testing.T) {
	for _, sample := range sampleLookups() {
		t.Run(sample.file(), func(t *testing.T) {
			l, table := readLookup(t, sample), sample.table
			require.NotEmpty(t, l.Label)
			require.Len(t, l.Match, table.keys, "the lookup does not match the whole key")
			for i, m := range l.Match {
				require.Equal(t, table.columns[i], m.Column)
				require.NotEmpty(t, m.Field)
				if m.ColumnTo != "" {
					require.Contains(t, table.columns, m.ColumnTo)
				}
			}
			fields := map[string]bool{}
			require.NotEmpty(t, l.Outputs)
			for _, o := range l.Outputs {
				require.Contains(t, table.columns, o.Column)
				require.Regexp(t, `^[a-z][A-Za-z0-9]*$`, o.Field)
				require.Contains(t, allTypes(), o.Type)
				require.False(t, fields[o.Field], "two outputs write %q", o.Field)
				fields[o.Field] = true
			}
			if l.PriorityColumn != "" {
				require.Contains(t, table.columns, l.PriorityColumn)
			}
			require.Contains(t, []string{"keep", "default", "clear"}, l.OnNoMatch)
			if l.OnNoMatch == "default" {
				require.True(t, slices.ContainsFunc(l.Outputs, func(o output) bool { return o.Default != "" }), "nothing to fall back on")
			}
		})
	}
}

func TestSettingsStandOnlyWhereTheirModeOrPolicyReadsThem(t *testing.T) {
	for _, sample := range sampleLookups() {
		t.Run(sample.file(), func(t *testing.T) {
			l := readLookup(t, sample)
			for _, m := range l.Match {
				require.Contains(t, allModes(), m.Mode)
				require.Equal(t, m.Mode == "fuzzy", m.Threshold > 0 && m.Threshold < 1, "threshold %v", m.Threshold)
				if m.ColumnTo != "" {
					require.Equal(t, "range", m.Mode)
				}
				require.Equal(t, m.MatchEmpty, slices.Contains(sample.table.blank, m.Column), "matchEmpty of %q", m.Column)
			}
			require.Contains(t, allPolicies(), l.HitPolicy)
			require.Equal(t, l.HitPolicy == "priority", l.PriorityColumn != "")
			require.Equal(t, l.HitPolicy == "collect", slices.Contains(allAggregates(), l.Aggregate), "aggregate %q", l.Aggregate)
			require.Equal(t, l.Aggregate == "list", l.Separator != "")
		})
	}
}

func TestEveryModePolicyAndAggregateIsShown(t *testing.T) {
	modes, policies, aggregates, columnTo := map[string]bool{}, map[string]bool{}, map[string]bool{}, false
	for _, sample := range sampleLookups() {
		l := readLookup(t, sample)
		policies[l.HitPolicy] = true
		if l.Aggregate != "" {
			aggregates[l.Aggregate] = true
		}
		for _, m := range l.Match {
			modes[m.Mode] = true
			columnTo = columnTo || m.ColumnTo != ""
		}
	}
	require.Len(t, modes, len(allModes()))
	require.Len(t, policies, len(allPolicies()))
	require.Len(t, aggregates, len(allAggregates()))
	require.True(t, columnTo, "no range in two columns")
}

func TestPriorityColumnsHoldNumbers(t *testing.T) {
	for _, sample := range sampleLookups() {
		l := readLookup(t, sample)
		if l.PriorityColumn == "" {
			continue
		}
		for _, cell := range readSheet(t, "tables/"+sample.table.name+".csv").column(t, l.PriorityColumn) {
			require.Regexp(t, `^[1-9][0-9]*$`, cell, sample.file())
		}
	}
}

// What one lookup writes for another to read must be spelled alike.
func TestFieldsThatLookupsHandOnAreWrittenByOne(t *testing.T) {
	written := map[string]bool{}
	for _, sample := range sampleLookups() {
		for _, o := range readLookup(t, sample).Outputs {
			written[o.Field] = true
		}
	}
	ofForms := append(leadColumns(), "utmSource", "utmMedium", "anonymousIP")
	for _, sample := range sampleLookups() {
		for _, m := range readLookup(t, sample).Match {
			require.True(t, written[m.Field] || slices.Contains(ofForms, m.Field), "%s reads %q, which nothing fills", sample.file(), m.Field)
		}
	}
}

func TestNumericCountryCodesAreWrittenAsText(t *testing.T) {
	want := []output{
		{Column: "alpha-2", Field: "countryCode2", Type: "string"},
		{Column: "alpha-3", Field: "countryCode3", Type: "string"},
		{Column: "numeric", Field: "countryNumeric", Type: "string"},
	}
	require.Equal(t, want, defaultLookup(t, "country-codes").Outputs)
}
