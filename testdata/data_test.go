package testdata_test

import (
	"bytes"
	"encoding/csv"
	"flag"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"tablestep/testdata"
)

// update rewrites the derived files: leads.csv and the workbook.
var update = flag.Bool("update", false, "rewrite leads.csv and tables/company-tiers.xlsx")

// A sheet is a CSV file in memory.
type sheet struct {
	columns []string
	rows    [][]string
}

// column gives the cells of one column from top to bottom.
func (s sheet) column(t *testing.T, name string) []string {
	t.Helper()
	for i, c := range s.columns {
		if c != name {
			continue
		}
		cells := make([]string, len(s.rows))
		for r, row := range s.rows {
			cells[r] = row[i]
		}
		return cells
	}
	require.Failf(t, "no such column", "%q is not one of %q", name, s.columns)
	return nil
}

// readSheet parses an embedded CSV file, which must be of the plain kind that
// the package comment promises.
func readSheet(t *testing.T, name string) sheet {
	t.Helper()
	raw, err := testdata.Files.ReadFile(name)
	require.NoError(t, err)
	require.NotContains(t, string(raw), "\r", "%s has a CR", name)
	require.NotContains(t, string(raw), "\ufeff", "%s has a byte order mark", name)
	require.Equal(t, string(raw), strings.ToValidUTF8(string(raw), "?"), "%s is not UTF-8", name)
	require.True(t, bytes.HasSuffix(raw, []byte("\n")), "%s does not end with a newline", name)
	records, err := csv.NewReader(bytes.NewReader(raw)).ReadAll()
	require.NoError(t, err)
	require.NotEmpty(t, records)
	return sheet{columns: records[0], rows: records[1:]}
}

// normalized is the comparison form of a key, spelled out step by step: NFKC,
// case folded, white space at the ends gone and inside single.
func normalized(s string) string {
	return strings.Join(strings.Fields(norm.NFKC.String(cases.Fold().String(norm.NFKC.String(s)))), " ")
}

// A sampleTable says what must hold of a hand-written table.
type sampleTable struct {
	name    string
	columns []string
	keys    int // how many of the first columns are the key
	rows    int
	blank   []string // columns in which a cell may be empty
	lookups []string // beside the default one
}

// sampleTables are all tables of the folder.
func sampleTables() []sampleTable {
	return []sampleTable{
		{name: "country-codes", columns: []string{"country", "alpha-2", "alpha-3", "numeric"}, keys: 1, rows: 1519, lookups: []string{"typos"}},
		{name: "states-provinces", columns: []string{"country", "state", "stateCode", "stateName", "region", "timezone"}, keys: 2, rows: 628},
		{name: "job-titles", columns: []string{"title", "level", "function"}, keys: 1, rows: 440},
		{name: "free-mail", columns: []string{"domain", "kind"}, keys: 1, rows: 474},
		{name: "territories", columns: []string{"state", "owner", "ownerEmail", "region"}, keys: 1, rows: 102},
		{name: "company-tiers", columns: []string{"company", "tier", "postalCode", "discount", "contractValue", "validFrom", "reviewedAt", "seats", "strategic", "ownerEmail"}, keys: 1, rows: 39},
		{name: "title-levels", columns: []string{"words", "level", "priority"}, keys: 1, rows: 501},
		{name: "title-functions", columns: []string{"words", "function", "priority"}, keys: 1, rows: 624},
		{name: "role-addresses", columns: []string{"address", "role", "kind"}, keys: 1, rows: 358},
		{name: "utm-channels", columns: []string{"source", "medium", "channel"}, keys: 2, rows: 810, blank: []string{"source", "medium"}},
		{name: "territory-rules", columns: []string{"country", "state", "employees", "industry", "owner", "ownerEmail", "segment"}, keys: 4, rows: 31},
		{name: "lead-scores", columns: []string{"jobLevel", "employees", "industry", "emailKind", "points", "reason"}, keys: 4, rows: 17, lookups: []string{"reasons", "signals", "strongest", "weakest"}},
		{name: "company-sizes", columns: []string{"from", "to", "size", "sizeClass"}, keys: 1, rows: 8, blank: []string{"to"}},
		{name: "score-grades", columns: []string{"score", "grade", "meaning"}, keys: 1, rows: 6},
		{name: "phone-countries", columns: []string{"prefix", "alpha-2", "area", "callingCode"}, keys: 1, rows: 1816, blank: []string{"alpha-2"}},
		{name: "networks", columns: []string{"network", "kind", "purpose"}, keys: 1, rows: 59},
		{name: "email-sectors", columns: []string{"suffix", "sector", "alpha-2"}, keys: 1, rows: 373, blank: []string{"alpha-2"}},
		{name: "currencies", columns: []string{"alpha-2", "currency", "numeric", "decimals"}, keys: 1, rows: 247},
		{name: "industries", columns: []string{"words", "sector"}, keys: 1, rows: 269},
		{name: "junk-values", columns: []string{"pattern", "kind"}, keys: 1, rows: 25},
	}
}

// A sampleLookup is a lookup of a sample table.
type sampleLookup struct {
	table sampleTable
	name  string // the table's own for the default one
}

// file is the path of the lookup without its ending.
func (l sampleLookup) file() string {
	if l.name == l.table.name {
		return "tables/" + l.name
	}
	return "tables/" + l.table.name + "." + l.name
}

// sampleLookups are all lookups of the folder.
func sampleLookups() []sampleLookup {
	var all []sampleLookup
	for _, table := range sampleTables() {
		all = append(all, sampleLookup{table, table.name})
		for _, name := range table.lookups {
			all = append(all, sampleLookup{table, name})
		}
	}
	return all
}

func TestEveryTableHasItsColumnsAndRows(t *testing.T) {
	for _, want := range sampleTables() {
		t.Run(want.name, func(t *testing.T) {
			got := readSheet(t, "tables/"+want.name+".csv")
			require.Equal(t, want.columns, got.columns)
			require.Len(t, got.rows, want.rows)
		})
	}
}

func TestNoFileIsLeftOutOfTheChecks(t *testing.T) {
	entries, err := testdata.Files.ReadDir("tables")
	require.NoError(t, err)
	var found, want []string
	for _, e := range entries {
		found = append(found, e.Name())
	}
	for _, table := range sampleTables() {
		want = append(want, table.name+".csv")
	}
	for _, l := range sampleLookups() {
		want = append(want, path.Base(l.file())+".lookup.json")
	}
	for _, l := range exampleLookups() {
		want = append(want, path.Base(l.file())+".examples.json")
	}
	want = append(want, "company-tiers.xlsx")
	require.ElementsMatch(t, want, found)
}

func TestKeysStayDifferentWhenNormalized(t *testing.T) {
	for _, table := range sampleTables() {
		t.Run(table.name, func(t *testing.T) {
			first := map[string]int{}
			for i, row := range readSheet(t, "tables/"+table.name+".csv").rows {
				key := make([]string, table.keys)
				for k := range key {
					key[k] = normalized(row[k])
					if !slices.Contains(table.blank, table.columns[k]) {
						require.NotEmpty(t, key[k], "row %d has an empty key", i+1)
					}
				}
				joined := strings.Join(key, "\x00")
				require.NotContains(t, first, joined, "row %d has the key %q of row %d", i+1, key, first[joined])
				first[joined] = i + 1
			}
		})
	}
}

func TestNoCellIsEmptyUnawaresOrPadded(t *testing.T) {
	for _, table := range sampleTables() {
		t.Run(table.name, func(t *testing.T) {
			got := readSheet(t, "tables/"+table.name+".csv")
			for i, row := range got.rows {
				for c, cell := range row {
					if !slices.Contains(table.blank, got.columns[c]) {
						require.NotEmpty(t, cell, "row %d, column %q", i+1, got.columns[c])
					}
					require.Equal(t, strings.TrimSpace(cell), cell, "row %d, column %q", i+1, got.columns[c])
					if c >= table.keys { // what is only compared may be longer
						require.LessOrEqual(t, len(cell), 255, "row %d, column %q is too long for a string field", i+1, got.columns[c])
					}
				}
			}
		})
	}
}
