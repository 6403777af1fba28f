package testdata_test

import (
	"bytes"
	"encoding/json"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables"
	"tablestep/testdata"
)

// readLookup decodes a lookup file and accepts no key that a lookup does not have.
func readLookup(t *testing.T, table string) tables.Lookup {
	t.Helper()
	raw, err := testdata.Files.ReadFile("tables/" + table + ".lookup.json")
	require.NoError(t, err)
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	var l tables.Lookup
	require.NoError(t, d.Decode(&l))
	require.ErrorIs(t, d.Decode(new(any)), io.EOF, "text after the lookup")
	return l
}

func TestEveryLookupRefersToColumnsOfItsTable(t *testing.T) {
	for _, table := range sampleTables() {
		t.Run(table.name, func(t *testing.T) {
			l := readLookup(t, table.name)
			require.NotEmpty(t, l.Label)
			require.False(t, l.Guessed)
			require.Len(t, l.Match, table.keys, "the lookup does not match the whole key")
			for i, m := range l.Match {
				require.Equal(t, table.columns[i], m.Column)
				require.NotEmpty(t, m.Field)
				require.Contains(t, []tables.Mode{tables.ModeExact, tables.ModeNormalized}, m.Mode)
			}
			fields := map[string]bool{}
			require.NotEmpty(t, l.Outputs)
			for _, o := range l.Outputs {
				require.Contains(t, table.columns, o.Column)
				require.Regexp(t, `^[a-z][A-Za-z0-9]*$`, o.Field)
				require.False(t, fields[o.Field], "two outputs write %q", o.Field)
				fields[o.Field] = true
			}
			require.Contains(t, []tables.HitPolicy{tables.PolicyFirst, tables.PolicyUnique}, l.HitPolicy)
			require.Contains(t, []tables.OnNoMatch{tables.NoMatchKeep, tables.NoMatchDefault, tables.NoMatchClear}, l.OnNoMatch)
			if l.OnNoMatch == tables.NoMatchDefault {
				for _, o := range l.Outputs {
					require.NotEmpty(t, o.Default, "%q has nothing to fall back on", o.Field)
				}
			}
		})
	}
}

func TestNumericCountryCodesAreWrittenAsText(t *testing.T) {
	want := []tables.Output{
		{Column: "alpha-2", Field: "countryCode2", Type: tables.TypeString},
		{Column: "alpha-3", Field: "countryCode3", Type: tables.TypeString},
		{Column: "numeric", Field: "countryNumeric", Type: tables.TypeString},
	}
	require.Equal(t, want, readLookup(t, "country-codes").Outputs)
}
