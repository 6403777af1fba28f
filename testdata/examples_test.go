package testdata_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// examples are what an examples file says.
type examples struct {
	Table    string    `json:"table"`
	Lookup   string    `json:"lookup"`
	Examples []example `json:"examples"`
}

// An example is a lead and the answer that it must get.
type example struct {
	Name    string         `json:"name"`
	Lead    map[string]any `json:"lead"`
	Matched bool           `json:"matched"`
	Want    map[string]any `json:"want"`
	Error   string         `json:"error"`
}

// exampleLookups are the lookups that have examples.
func exampleLookups() []sampleLookup {
	older := []string{"country-codes", "states-provinces", "job-titles", "territories", "company-tiers"}
	return slices.DeleteFunc(sampleLookups(), func(l sampleLookup) bool { return slices.Contains(older, l.name) })
}

func readExamples(t *testing.T, l sampleLookup) examples {
	t.Helper()
	var got examples
	readStrictly(t, l.file()+".examples.json", &got)
	require.Equal(t, l.table.name, got.Table)
	require.Equal(t, l.name, got.Lookup)
	return got
}

func TestEveryLookupHasEnoughExamplesOfHitsAndMisses(t *testing.T) {
	for _, sample := range exampleLookups() {
		got := readExamples(t, sample).Examples
		require.GreaterOrEqual(t, len(got), 8, sample.file())
		names, missed := map[string]bool{}, false
		for _, e := range got {
			require.NotEmpty(t, e.Name)
			require.False(t, names[e.Name], "%s: two examples %q", sample.file(), e.Name)
			names[e.Name] = true
			missed = missed || !e.Matched
		}
		catchesAll := slices.Contains([]string{"utm-channels", "territory-rules"}, sample.name)
		require.Equal(t, !catchesAll, missed, "%s: examples of misses", sample.file())
	}
}

func TestExamplesNameOnlyFieldsOfTheirLookup(t *testing.T) {
	for _, sample := range exampleLookups() {
		l := readLookup(t, sample)
		for _, e := range readExamples(t, sample).Examples {
			for field, value := range e.Lead {
				require.True(t, slices.ContainsFunc(l.Match, func(m match) bool { return m.Field == field }), "%s, %q: field %q is not matched", sample.file(), e.Name, field)
				switch value.(type) {
				case nil, string, json.Number:
				default:
					require.Failf(t, "no value of a lead", "%s, %q: %v", sample.file(), e.Name, value)
				}
			}
			for field := range e.Want {
				require.True(t, slices.ContainsFunc(l.Outputs, func(o output) bool { return o.Field == field }), "%s, %q: field %q is not written", sample.file(), e.Name, field)
			}
		}
	}
}

func TestWantedValuesCanComeFromTheTable(t *testing.T) {
	for _, sample := range exampleLookups() {
		l, s := readLookup(t, sample), readSheet(t, "tables/"+sample.table.name+".csv")
		for _, e := range readExamples(t, sample).Examples {
			if !e.Matched || e.Error == "LOOKUP_AMBIGUOUS" { // rows hit, and none of them is chosen
				continue
			}
			require.NotEmpty(t, e.Want, "%s, %q", sample.file(), e.Name)
			require.Empty(t, e.Error, "%s, %q", sample.file(), e.Name)
			if l.HitPolicy == "collect" {
				continue
			}
			fits := func(row []string) bool {
				for _, o := range l.Outputs {
					want, cell := "", row[slices.Index(s.columns, o.Column)]
					switch v := e.Want[o.Field].(type) {
					case string:
						want = v
					case json.Number:
						want = v.String()
					}
					if want != cell {
						return false
					}
				}
				return true
			}
			require.True(t, slices.ContainsFunc(s.rows, fits), "%s, %q: no row has %v", sample.file(), e.Name, e.Want)
		}
	}
}

func TestMissesGetTheDefaultsOrAnError(t *testing.T) {
	for _, sample := range exampleLookups() {
		l := readLookup(t, sample)
		for _, e := range readExamples(t, sample).Examples {
			if e.Matched {
				continue
			}
			want, code := map[string]any{}, "LOOKUP_VALUE_NOT_FOUND"
			for _, m := range l.Match {
				text, isText := e.Lead[m.Field].(string)
				if m.Mode != "condition" && (e.Lead[m.Field] == nil || isText && strings.TrimSpace(text) == "") {
					code = "LOOKUP_KEY_EMPTY"
				}
			}
			switch {
			case e.Error == "LOOKUP_AMBIGUOUS":
				require.Contains(t, []string{"any", "unique"}, l.HitPolicy)
				code = e.Error
			case l.OnNoMatch == "default":
				code = ""
				for _, o := range l.Outputs {
					if o.Default != "" {
						want[o.Field] = o.Default
					}
				}
			}
			require.Equal(t, want, e.Want, "%s, %q", sample.file(), e.Name)
			require.Equal(t, code, e.Error, "%s, %q", sample.file(), e.Name)
		}
	}
}
