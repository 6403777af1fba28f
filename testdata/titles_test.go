package testdata_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
)

// wordsOf are the words of a text: runs of letters and digits of its normal form.
func wordsOf(s string) []string {
	return strings.FieldsFunc(normalized(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) })
}

// A wordRow is a row of a table of mode words.
type wordRow struct {
	cell     string
	words    []string
	says     string
	priority int // 0 where the table has none
}

// wordRows reads such a table: the words, what they say, and the priority.
func wordRows(t *testing.T, table string) []wordRow {
	t.Helper()
	var rows []wordRow
	for _, row := range readSheet(t, "tables/"+table+".csv").rows {
		r := wordRow{cell: row[0], words: wordsOf(row[0]), says: row[1]}
		if len(row) > 2 {
			var err error
			r.priority, err = strconv.Atoi(row[2])
			require.NoError(t, err)
		}
		rows = append(rows, r)
	}
	return rows
}

// byWords are the rows all of whose words stand in a value, of those only the
// ones with the lowest priority, by going through all rows.
func byWords(rows []wordRow, value string) []wordRow {
	have := wordsOf(value)
	var hits []wordRow
	for _, row := range rows {
		if slices.ContainsFunc(row.words, func(word string) bool { return !slices.Contains(have, word) }) {
			continue
		}
		if len(hits) > 0 && row.priority < hits[0].priority {
			hits = nil
		}
		if len(hits) == 0 || row.priority == hits[0].priority {
			hits = append(hits, row)
		}
	}
	return hits
}

func TestWordsOfTitlesSayWhatTheListOfTitlesSays(t *testing.T) {
	titles := readSheet(t, "tables/job-titles.csv")
	for column, table := range map[string]string{"level": "title-levels", "function": "title-functions"} {
		rows := wordRows(t, table)
		want := titles.column(t, column)
		for i, title := range titles.column(t, "title") {
			hits := byWords(rows, title)
			require.NotEmpty(t, hits, "%s of %q", column, title)
			for _, row := range hits {
				require.Equal(t, want[i], row.says, "%s of %q by the words %q", column, title, row.cell)
			}
		}
	}
}

func TestTitleExamplesDoNotHangOnTheOrderOfRows(t *testing.T) {
	for _, sample := range exampleLookups() {
		l := readLookup(t, sample)
		if l.HitPolicy != "priority" {
			continue
		}
		rows := wordRows(t, sample.table.name)
		for _, e := range readExamples(t, sample).Examples {
			title, _ := e.Lead["title"].(string)
			hits := byWords(rows, title)
			require.Equal(t, e.Matched, len(hits) > 0, "%q", title)
			for _, row := range hits {
				require.Equal(t, e.Want[l.Outputs[0].Field], row.says, "%q by the words %q", title, row.cell)
			}
		}
	}
}

func TestInternIsNoPartOfAnotherWord(t *testing.T) {
	levels := wordRows(t, "title-levels")
	for title, level := range map[string]string{
		"Internal Auditor": "Staff", "International Sales Manager": "Manager", "VP International": "VP",
		"Director, Internal Communications": "Director", "Chief Internal Auditor": "Director",
		"Sales Intern": "Entry", "INTERN (Marketing)": "Entry", "intern/werkstudent": "Entry",
	} {
		hits := byWords(levels, title)
		require.NotEmpty(t, hits, title)
		require.Equal(t, level, hits[0].says, title)
	}
	require.Empty(t, byWords(levels, "Internist"))
	require.Empty(t, byWords(levels, "Internal"))
}

func TestNoTwoRowsOfWordsAreTheSameSet(t *testing.T) {
	for _, table := range []string{"title-levels", "title-functions", "industries"} {
		sets := map[string]string{}
		for _, row := range wordRows(t, table) {
			require.NotEmpty(t, row.words, "%s: %q", table, row.cell)
			set := strings.Join(slices.Compact(slices.Sorted(slices.Values(row.words))), " ")
			require.NotContains(t, sets, set, "%s: %q and %q", table, row.cell, sets[set])
			sets[set] = row.cell
		}
	}
}

// A row whose words hold those of a row that comes before it by priority and says
// something else could never be the answer.
func TestNoRowOfWordsIsAlwaysOvertaken(t *testing.T) {
	for _, table := range []string{"title-levels", "title-functions"} {
		rows := wordRows(t, table)
		for _, row := range rows {
			hits := byWords(rows, row.cell)
			require.True(t, slices.ContainsFunc(hits, func(hit wordRow) bool { return hit.says == row.says }), "%s: %q gets %v", table, row.cell, hits)
		}
	}
}

func TestLevelsAndFunctionsAreThoseOfTheListOfTitles(t *testing.T) {
	titles := readSheet(t, "tables/job-titles.csv")
	for column, table := range map[string]string{"level": "title-levels", "function": "title-functions"} {
		known := titles.column(t, column)
		for _, got := range readSheet(t, "tables/"+table+".csv").column(t, column) {
			require.Contains(t, known, got)
		}
	}
}

func TestEveryIndustryOfTheSampleLeadsHasOneSector(t *testing.T) {
	rows := wordRows(t, "industries")
	for _, industry := range industries() {
		sectors := map[string]bool{}
		for _, row := range byWords(rows, industry) {
			sectors[row.says] = true
		}
		require.Len(t, sectors, 1, "%q: %v", industry, sectors)
	}
}
