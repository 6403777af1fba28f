package starter_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/cmd/tablestep/starter"
)

// all are the tables that ship.
func all(t *testing.T) []starter.Table {
	t.Helper()
	list, err := starter.All()
	require.NoError(t, err)
	return list
}

// sheet is a table as rows.
func sheet(t *testing.T, name string) *starter.Sheet {
	t.Helper()
	list := all(t)
	at := slices.IndexFunc(list, func(s starter.Table) bool { return s.Name == name })
	require.GreaterOrEqual(t, at, 0, name)
	s, err := list[at].Sheet()
	require.NoError(t, err)
	return s
}

func TestEveryTableNamesItsUseItsSourceAndItsLicence(t *testing.T) {
	t.Parallel()
	list := all(t)
	require.True(t, slices.IsSortedFunc(list, func(a, b starter.Table) int { return strings.Compare(a.Name, b.Name) }))
	raw, err := os.ReadFile("NOTICES.md")
	require.NoError(t, err)
	for _, s := range list {
		require.NotEmpty(t, s.For, s.Name)
		require.NotEmpty(t, s.Source, s.Name)
		require.NotEmpty(t, s.Licence, s.Name)
		for _, licence := range []string{"Unicode-3.0", "BSD-3-Clause"} {
			if strings.Contains(s.Licence, licence) {
				require.Contains(t, string(raw), "\n## "+licence, s.Name)
			}
		}
	}
}

// What has a file ships, and what ships has all its files.
func TestEveryTableHasRowsALookupOfItsColumnsAndExamples(t *testing.T) {
	t.Parallel()
	list, used := all(t), map[string]bool{}
	for _, s := range list {
		got, err := s.Sheet()
		require.NoError(t, err)
		require.Greater(t, len(got.Rows), 20, s.Name)
		raw, err := s.Lookup()
		require.NoError(t, err)
		var lookup struct {
			Label          string
			Match, Outputs []struct{ Column, Field string }
			HitPolicy      string
		}
		require.NoError(t, json.Unmarshal(raw, &lookup), s.Name)
		require.NotEmpty(t, lookup.Label, s.Name)
		require.NotEmpty(t, lookup.HitPolicy, s.Name)
		require.NotEmpty(t, lookup.Outputs, s.Name)
		for _, m := range slices.Concat(lookup.Match, lookup.Outputs) {
			require.Contains(t, got.Columns, m.Column, s.Name)
		}
		raw, err = s.Examples()
		require.NoError(t, err)
		var set struct {
			Table    string
			Examples []struct{ Name string }
		}
		require.NoError(t, json.Unmarshal(raw, &set), s.Name)
		require.Equal(t, s.Name, set.Table)
		require.GreaterOrEqual(t, len(set.Examples), 8, s.Name)
		used[s.Name] = true
	}
	entries, err := os.ReadDir("tables")
	require.NoError(t, err)
	require.NotEmpty(t, entries)
	for _, e := range entries {
		name, _, _ := strings.Cut(e.Name(), ".")
		require.True(t, used[name], "%s belongs to no table", e.Name())
	}
}

func TestATableThatDoesNotShipIsAnError(t *testing.T) {
	t.Parallel()
	_, err := starter.Table{Name: "none-such"}.Sheet()
	require.ErrorContains(t, err, "none-such")
}

// Whatever a lead holds: where the keys of two rows meet, they are of one country or say that they are not.
func TestNoNameOfTwoCountriesDecides(t *testing.T) {
	t.Parallel()
	rows, owners := sheet(t, "countries").Rows, map[string][][]string{}
	shared := 0
	for _, r := range rows {
		for _, key := range keysOf(r[0]) {
			owners[key] = append(owners[key], r)
		}
		if r[4] != "" {
			shared++
		}
	}
	require.GreaterOrEqual(t, shared, 2, "no name is shared: nothing was tested")
	require.Less(t, shared, 20, "too many names decide nothing")
	for key, met := range owners {
		for _, a := range met {
			for _, b := range met {
				if a[1] != b[1] {
					require.Contains(t, strings.Fields(a[4]), b[1], "%q", key)
				}
				if a[1] == b[1] {
					require.Equal(t, a[2:4], b[2:4], "%q", key)
				}
			}
		}
	}
}

func TestCountriesAreThoseOfTodayInManyLanguages(t *testing.T) {
	t.Parallel()
	names, codes := map[string]string{}, map[string]int{}
	for _, r := range sheet(t, "countries").Rows {
		codes[r[1]]++
		names[r[0]] = r[1]
	}
	require.Len(t, codes, 250, "249 of ISO 3166 and Kosovo")
	for code, n := range codes {
		require.GreaterOrEqual(t, n, 10, "%s has too few names", code)
	}
	for _, gone := range []string{"AN", "BU", "CS", "DD", "FX", "NT", "SU", "TP", "YD", "YU", "ZR"} {
		require.NotContains(t, codes, gone)
		require.NotContains(t, names, gone)
	}
	for _, word := range []string{"AF", "AS", "GA", "LA", "ME", "NA", "SA"} {
		require.NotContains(t, names, word)
	}
	for name, code := range map[string]string{"Schweiz": "CH", "Égypte": "EG", "Россия": "RU", "中国": "CN", "日本": "JP", "UK": "GB", "Holland": "NL", "United States": "US"} {
		require.Equal(t, code, names[name], name)
	}
}

// The names of zones meet nowhere, so that policy first never has to choose.
func TestEveryZoneHasKeysOfItsOwn(t *testing.T) {
	t.Parallel()
	owners := map[string]string{}
	rows := sheet(t, "time-zones").Rows
	for _, r := range rows {
		for _, key := range keysOf(r[0]) {
			if other, met := owners[key]; met {
				require.Equal(t, r[1:3], find(t, rows, other)[1:3], "%s and %s", r[0], other)
			}
			owners[key] = r[0]
		}
	}
	require.Equal(t, []string{"Europe/Berlin", "+01:00", "+02:00", "yes", "CET", "CEST"}, find(t, rows, "Europe/Berlin"))
	require.Equal(t, []string{"Asia/Tehran", "+03:30", "+03:30", "no", "", ""}, find(t, rows, "Asia/Tehran"))
}

// find is the row that a text begins.
func find(t *testing.T, rows [][]string, first string) []string {
	t.Helper()
	at := slices.IndexFunc(rows, func(r []string) bool { return r[0] == first })
	require.GreaterOrEqual(t, at, 0, first)
	return rows[at]
}

func TestLegalFormsStandOnceEachAndAtAWordOfTheirOwn(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, r := range sheet(t, "legal-forms").Rows {
		require.False(t, seen[r[0]], r[0])
		seen[r[0]] = true
		require.Equal(t, 1, strings.Count(r[0], "*"), r[0])
		require.NotEmpty(t, r[1])
		require.Regexp(t, `^[A-Z]{2}( [A-Z]{2})*$`, r[2], r[0])
		if strings.ContainsFunc(r[0], func(c rune) bool { return c < 0x2e80 && c != '*' && c != '(' && c != ')' }) {
			require.Contains(t, r[0], " ", "%q would be found within a word", r[0])
		}
	}
	for _, p := range []string{"* gmbh", "* inc", "* inc.", "*株式会社", "株式会社*", "ооо *"} {
		require.True(t, seen[p], p)
	}
}
