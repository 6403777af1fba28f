package testdata_test

import (
	"bytes"
	"encoding/csv"
	"flag"
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
}

// sampleTables are all tables of the folder.
func sampleTables() []sampleTable {
	return []sampleTable{
		{"country-codes", []string{"country", "alpha-2", "alpha-3", "numeric"}, 1, 1519},
		{"states-provinces", []string{"country", "state", "stateCode", "stateName", "region", "timezone"}, 2, 628},
		{"job-titles", []string{"title", "level", "function"}, 1, 440},
		{"free-mail", []string{"domain", "kind"}, 1, 474},
		{"territories", []string{"state", "owner", "ownerEmail", "region"}, 1, 102},
		{"company-tiers", []string{"company", "tier", "postalCode", "discount", "contractValue", "validFrom", "reviewedAt", "seats", "strategic", "ownerEmail"}, 1, 39},
	}
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
		want = append(want, table.name+".csv", table.name+".lookup.json")
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
					require.NotEmpty(t, key[k], "row %d has an empty key", i+1)
				}
				joined := strings.Join(key, "\x00")
				require.NotContains(t, first, joined, "row %d has the key %q of row %d", i+1, key, first[joined])
				first[joined] = i + 1
			}
		})
	}
}

func TestNoCellIsEmptyOrPadded(t *testing.T) {
	for _, table := range sampleTables() {
		t.Run(table.name, func(t *testing.T) {
			got := readSheet(t, "tables/"+table.name+".csv")
			for i, row := range got.rows {
				for c, cell := range row {
					require.NotEmpty(t, cell, "row %d, column %q", i+1, got.columns[c])
					require.Equal(t, strings.TrimSpace(cell), cell, "row %d, column %q", i+1, got.columns[c])
					require.LessOrEqual(t, len(cell), 255, "row %d, column %q is too long for a string field", i+1, got.columns[c])
				}
			}
		})
	}
}
