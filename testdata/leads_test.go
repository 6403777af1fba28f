package testdata_test

import (
	"bytes"
	"net/mail"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/testdata"
)

func TestLeadsRegenerateIdentically(t *testing.T) {
	want := generateLeads(t)
	if *update {
		require.NoError(t, os.WriteFile("leads.csv", want, 0o644))
		return
	}
	got, err := testdata.Files.ReadFile("leads.csv")
	require.NoError(t, err)
	require.Zero(t, bytes.Compare(want, got), "leads.csv differs from what its generator makes: run go test ./testdata -update and read the diff")
}

// leads skips a test of leads.csv while that file is being rewritten.
func leads(t *testing.T) sheet {
	t.Helper()
	if *update {
		t.Skip("leads.csv is being rewritten: run again without -update")
	}
	s := readSheet(t, "leads.csv")
	require.Equal(t, leadColumns(), s.columns)
	require.Len(t, s.rows, 1000)
	return s
}

// share counts the values that pass, as a part of all.
func share(values []string, pass func(string) bool) float64 {
	n := 0
	for _, v := range values {
		if pass(v) {
			n++
		}
	}
	return float64(n) / float64(len(values))
}

// keysOf gives the normalized key column of a table.
func keysOf(t *testing.T, table, column string) map[string]bool {
	t.Helper()
	keys := map[string]bool{}
	for _, cell := range readSheet(t, "tables/"+table+".csv").column(t, column) {
		keys[normalized(cell)] = true
	}
	return keys
}

func TestLeadIDsAreUniqueAndSomeNeed64Bits(t *testing.T) {
	seen, beyond := map[int64]bool{}, 0
	for _, cell := range leads(t).column(t, "id") {
		id, err := strconv.ParseInt(cell, 10, 64)
		require.NoError(t, err)
		require.Positive(t, id)
		require.False(t, seen[id], "id %d twice", id)
		seen[id] = true
		if id > 1<<53 {
			require.NotEqual(t, cell, strconv.FormatFloat(float64(id), 'f', 0, 64), "a float64 holds id %d", id)
			beyond++
		}
	}
	require.Equal(t, 6, beyond)
}

func TestFourFifthsOfTheLeadsNameACountryOfTheTable(t *testing.T) {
	keys := keysOf(t, "country-codes", "country")
	countries := leads(t).column(t, "country")
	hit := func(v string) bool { return keys[normalized(v)] }
	require.InDelta(t, 0.80, share(countries, hit), 0.03)
	verbatim := map[string]bool{}
	for _, cell := range readSheet(t, "tables/country-codes.csv").column(t, "country") {
		verbatim[cell] = true
	}
	exact := share(countries, func(v string) bool { return verbatim[v] })
	require.Less(t, exact, share(countries, hit)-0.10, "too little mess: exact comparison finds nearly as many")
	require.Greater(t, share(countries, func(v string) bool { return v == "" }), 0.05)
	require.Contains(t, countries, "Cascadia")
	require.Contains(t, countries, "n/a")
	require.Contains(t, countries, "-")
	for _, wrong := range wrongCountries() {
		require.False(t, hit(wrong), "%q is in the table", wrong)
	}
}

func TestEverySpellingOfAHomelandLeadsToItsCode(t *testing.T) {
	codes := map[string]string{}
	for _, row := range readSheet(t, "tables/country-codes.csv").rows {
		codes[normalized(row[0])] = row[1]
	}
	for _, h := range homelands() {
		for _, spelling := range h.spellings {
			require.Equal(t, h.code, codes[normalized(spelling)], "%q", spelling)
		}
	}
}

func TestTheOtherTablesAreHitByManyLeadsButNotByAll(t *testing.T) {
	s := leads(t)
	for _, c := range []struct{ table, key, field string }{
		{"job-titles", "title", "title"}, {"company-tiers", "company", "company"}, {"territories", "state", "state"},
	} {
		keys := keysOf(t, c.table, c.key)
		got := share(s.column(t, c.field), func(v string) bool { return keys[normalized(v)] })
		require.Greater(t, got, 0.20, c.table)
		require.Less(t, got, 0.80, c.table)
	}
	domains := keysOf(t, "free-mail", "domain")
	require.InDelta(t, 0.28, share(s.column(t, "email"), func(v string) bool {
		_, domain, _ := strings.Cut(normalized(v), "@")
		return domains[domain]
	}), 0.05)
}

func TestLeadsNameNoRealMailbox(t *testing.T) {
	for _, cell := range leads(t).column(t, "email") {
		address, err := mail.ParseAddress(strings.TrimSpace(cell))
		if err != nil {
			continue // missing or nonsense, as on real forms
		}
		local, domain, _ := strings.Cut(strings.ToLower(address.Address), "@")
		reserved := strings.HasSuffix(domain, ".example") || strings.HasPrefix(domain, "example.") || domain == "none"
		require.True(t, reserved || strings.Contains(local, ".sample"), "%q", cell)
	}
}

func TestLeadsHaveTheMessOfRealForms(t *testing.T) {
	s := leads(t)
	seen, twice := map[string]bool{}, 0
	for _, cell := range s.column(t, "email") {
		if key := normalized(cell); strings.Contains(key, ".") && seen[key] {
			twice++
		} else {
			seen[key] = true
		}
	}
	require.Greater(t, twice, 10, "duplicate addresses")
	all := func(column string, pass func(string) bool) float64 { return share(s.column(t, column), pass) }
	require.Positive(t, all("country", func(v string) bool { return strings.Contains(v, "\u00a0") }), "no non-breaking space")
	require.Positive(t, all("lastName", func(v string) bool { return strings.EqualFold(v, "null") }), "nobody is called Null")
	require.Greater(t, all("postalCode", func(v string) bool { return strings.HasPrefix(v, "0") }), 0.10, "too few leading zeros")
	require.Greater(t, all("leadScore", func(v string) bool { return v == "0" }), 0.05, "too few zeros")
	require.Positive(t, all("company", func(v string) bool { return strings.TrimSpace(v) == "1024" }), "no company that looks like a number")
	for _, column := range []string{"numberOfEmployees", "leadScore"} {
		for _, v := range s.column(t, column) {
			if v != "" {
				_, err := strconv.ParseInt(v, 10, 32)
				require.NoError(t, err, column)
			}
		}
	}
}
