package index_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"tablestep/tables/column"
	"tablestep/tables/index"
	"tablestep/tables/schema"
)

func TestACellThatItsModeDoesNotUnderstandIsRefusedWithItsPlace(t *testing.T) {
	for _, c := range []struct {
		mode    schema.Mode
		cell    string
		offset  int
		message string
	}{
		{schema.ModeRange, "20-10", 3, "ends before it begins"},
		{schema.ModeRange, "2024-03-31..2024-01-01", 12, "ends before it begins"},
		{schema.ModeRange, "10..x", 4, "a number and a text"},
		{schema.ModeRange, "10-", 2, "needs both ends"},
		{schema.ModeRange, "..", 0, "has no end"},
		{schema.ModeRange, ">=", 2, "is missing here"},
		{schema.ModeRange, "> ", 1, "is missing here"},
		{schema.ModeRange, `"a`, 0, "not closed"},
		{schema.ModeRange, "a-b-c", 3, "several hyphens"},
		{schema.ModeRange, "5..4", 3, "ends before it begins"},
		{schema.ModeRange, strings.Repeat("9", 9000), 8192, "longer than"},
		{schema.ModeRegex, "a(b", 0, "missing closing )"},
		{schema.ModeRegex, "é[z-a]", 3, "invalid character class range"},
		{schema.ModeRegex, "a**", 1, "invalid nested repetition"},
		{schema.ModeRegex, `\y`, 0, "invalid escape sequence"},
		{schema.ModeRegex, strings.Repeat("a", 5000), 4096, "longer than"},
		{schema.ModeCIDR, "10.0.0.0/33", 9, "no length of a network prefix"},
		{schema.ModeCIDR, "10.0.0/8", 0, "no address"},
		{schema.ModeCIDR, " office", 1, "no address"},
		{schema.ModeCIDR, "::ffff:1.2.3.4/8", 15, "at least 96"},
		{schema.ModeDomain, "someone@", 0, "no domain"},
		{schema.ModeDomain, "https://", 0, "no domain"},
		{schema.ModeWords, "&", 0, "no word"},
		{schema.ModeFuzzy, strings.Repeat("a", 600), 600, "600 characters"},
		{schema.ModeCondition, `"US`, 0, "not closed"},
		{schema.ModeCondition, `"US" "CA"`, 5, "a comma or the end"},
		{schema.ModeCondition, `US,,CA`, 3, "missing here"},
		{schema.ModeCondition, `not("US"`, 8, "not closed by a )"},
		{schema.ModeCondition, `not()`, 4, "missing here"},
		{schema.ModeCondition, `[1..5`, 5, "not closed by ]"},
		{schema.ModeCondition, `[5..1]`, 0, "nothing lies in"},
		{schema.ModeCondition, `(1..1]`, 0, "nothing lies in"},
		{schema.ModeCondition, `[1,5]`, 1, "write [1..5]"},
		{schema.ModeCondition, `[1, 5]`, 1, "write [1..5]"},
		{schema.ModeCondition, `(10-20]`, 1, "write (10..20]"},
		{schema.ModeCondition, `[10 to 20]`, 1, "write [10..20]"},
		{schema.ModeCondition, `[A, 5]`, 2, "is expected here"},
		{schema.ModeCondition, `[0...5]`, 4, "two points"},
		{schema.ModeCondition, `> 5,7`, 2, "write 5.7 or 5, 7"},
		{schema.ModeCondition, `>5,7`, 1, "write 5.7 or 5, 7"},
		{schema.ModeCondition, `>= 13/01/2024`, 3, "write 2024-01-13"},
		{schema.ModeCondition, `>= 1 001`, 3, "write 1001"},
		{schema.ModeCondition, `> 5 kg`, 2, "write 5"},
		{schema.ModeCondition, `> 10k`, 2, "write 10K"},
		{schema.ModeCondition, `> 1,00,000`, 2, "write 100000 or 1, 00, 000"},
		{schema.ModeCondition, `> Jan 5, 2024`, 2, `if it is a text, write "Jan 5"`},
		{schema.ModeCondition, `> 5 Jan 2024`, 2, "write 2024-01-05"},
		{schema.ModeCondition, `> USD 5x`, 2, "write USD 5"},
		{schema.ModeCondition, `> 7-Eleven`, 2, `if it is a text, write "7-Eleven"`},
		{schema.ModeCondition, `= 24/7`, 2, `"24/7"`},
		{schema.ModeCondition, `> #5`, 2, `write "#5"`},
		{schema.ModeCondition, `>= 2024-01-01,2024-02-01`, 3, "write 2024-01-01, 2024-02-01"},
		{schema.ModeCondition, `[1,5..9]`, 1, "write 1.5"},
		{schema.ModeCondition, `> 5 and < 10`, 4, "write the interval (5..10)"},
		{schema.ModeCondition, `>=5 and <=10`, 4, "write the interval [5..10]"},
		{schema.ModeCondition, `<10 AND >=5`, 4, "write the interval [5..10)"},
		{schema.ModeCondition, `>5 <10`, 3, "write the interval (5..10)"},
		{schema.ModeCondition, `>5<10`, 2, "write the interval (5..10)"},
		{schema.ModeCondition, `>5 && <10`, 3, "write the interval (5..10)"},
		{schema.ModeCondition, `< 5 or > 10`, 4, "write < 5, > 10"},
		{schema.ModeCondition, `< 5; > 10`, 3, "write < 5, > 10"},
		{schema.ModeCondition, `> 5 and true`, 4, "and is no operator"},
		{schema.ModeCondition, `!= US and != CA`, 6, "and is no operator"},
		{schema.ModeCondition, `"US" or "CA"`, 5, "or is no operator: a comma is or"},
		{schema.ModeCondition, `contains("x") and > 5`, 14, "and is no operator"},
		{schema.ModeCondition, `[1..5] or [7..9]`, 7, "or is no operator"},
		{schema.ModeCondition, `[1..5] && [7..9]`, 7, "&& is no operator"},
		{schema.ModeCondition, `not(> 5) and < 10`, 9, "for both at once"},
		{schema.ModeCondition, `"US";"CA"`, 4, "a comma is or"},
		{schema.ModeCondition, `US or > 5`, 3, "a comma is or"},
		{schema.ModeCondition, `not > 5`, 0, "not has brackets"},
		{schema.ModeCondition, `not "US"`, 0, `write not("US")`},
		{schema.ModeCondition, `in ("US","CA")`, 0, `write "US","CA"`},
		{schema.ModeCondition, `'US'`, 0, `write "US"`},
		{schema.ModeCondition, `'US','CA'`, 0, `write "US"`},
		{schema.ModeCondition, `"US", «CA»`, 6, `write "CA"`},
		{schema.ModeCondition, "„US“", 0, `write "US"`},
		{schema.ModeCondition, "> ‘A’", 2, `write "A"`},
		{schema.ModeCondition, `> Complex.aNumber`, 2, "looks like a variable"},
		{schema.ModeCondition, `> 5, x_1`, 5, "looks like a variable"},
		{schema.ModeCondition, `x_1, > 5`, 0, "looks like a variable"},
		{schema.ModeCondition, `> a[1]`, 3, "a bracket inside a text"},
		{schema.ModeCondition, `> {5}`, 2, "a bracket inside a text"},
		{schema.ModeCondition, `>= today()`, 3, "there is no function today"},
		{schema.ModeCondition, `> 5, now()`, 5, "there is no function now"},
		{schema.ModeCondition, `> 5, Bosnia and Herzegovina`, 12, "and is no operator"},
		{schema.ModeCondition, `=> 5`, 1, "no operator"},
		{schema.ModeCondition, `<none>`, 5, "an operator inside a text"},
		{schema.ModeCondition, `contains(?, "x")`, 9, `contains("x")`},
		{schema.ModeCondition, `contains(vp)`, 9, `contains("x")`},
		{schema.ModeCondition, `contains("")`, 9, "nothing between the quotes"},
		{schema.ModeCondition, `contains(" ")`, 9, "nothing between the quotes"},
		{schema.ModeCondition, `contains("a", "b")`, 12, `contains("a"), contains("b")`},
		{schema.ModeCondition, `contains("a"`, 12, "not closed by a )"},
		{schema.ModeCondition, `contains(date("2024-01-01"))`, 9, "a text in quotes"},
		{schema.ModeCondition, `starts with("x")`, 0, `written startsWith("US-")`},
		{schema.ModeCondition, `matches("x")`, 0, "there is no function matches"},
		{schema.ModeRange, "[10..20]", 0, "write 10..20"},
		{schema.ModeRange, "(10..20]", 0, "or use mode condition"},
		{schema.ModeRange, "10-Jan", 0, "write 1..10"},
		{schema.ModeRange, "Jan-10", 0, "write 1..10"},
		{schema.ModeRange, "7-Eleven", 2, "a number and a text"},
		{schema.ModeRange, "1 001-5 000", 0, "write 1001"},
		{schema.ModeRange, "5 000+", 0, "write 5000"},
		{schema.ModeRange, "up to 1 000", 6, "write 1000"},
		{schema.ModeRange, "10 to 20 people", 6, "write 20"},
		{schema.ModeRange, "10-20%", 3, "write 10%..20%"},
		{schema.ModeRange, "1-5K", 2, "write 1K..5K or 1..5000"},
		{schema.ModeRange, ">= 13/01/2024", 3, "write 2024-01-13"},
		{schema.ModeRange, ">5,7", 1, "write 5.7"},
		{schema.ModeRange, "> 5 and < 10", 4, "in mode condition (5..10)"},
		{schema.ModeRange, ">= 3M x", 3, "write 3M"},
		{schema.ModeRange, "$..5", 0, "is no number"},
		{schema.ModeRange, "'A'..'F'", 0, `write "A"`},
		{schema.ModeRange, "'US'", 0, `write "US"`},
		{schema.ModeRange, `"US","CA"`, 0, "lists belong to mode condition"},
		{schema.ModeRange, "0...5", 3, "two points"},
		{schema.ModeRange, ">= x_1", 3, "looks like a variable"},
		{schema.ModeRange, "> up to 5", 2, "write only 5"},
		{schema.ModeCondition, ">= at least 5", 3, "write only 5"},
		{schema.ModeRange, "=> 5", 1, "no operator"},
		{schema.ModeCondition, `[1..a]`, 4, "a number and a text"},
		{schema.ModeCondition, `-,"US"`, 0, "stands alone"},
		{schema.ModeCondition, `>`, 1, "missing here"},
		{schema.ModeCondition, `> null`, 2, "less or greater"},
		{schema.ModeCondition, `!= "US", "CA"`, 7, "stands alone"},
		{schema.ModeCondition, `"US", != "CA"`, 6, "stands alone"},
		{schema.ModeCondition, `date("tomorrow")`, 5, "a date in quotes"},
		{schema.ModeCondition, `date("2024-01-01"`, 17, "not closed by a )"},
		{schema.ModeCondition, `"a\x"`, 2, "a backslash"},
		{schema.ModeCondition, `5" screen`, 1, "quote inside"},
		{schema.ModeCondition, strings.Repeat("1,", 1000) + "1", 2000, "more than 1000"},
	} {
		t.Run(fmt.Sprintf("%s %.40s", c.mode, c.cell), func(t *testing.T) {
			err := index.CheckCell(c.mode, c.cell, schema.Notation{})
			var cell *index.CellError
			require.ErrorAs(t, err, &cell, "%s %q", c.mode, c.cell)
			require.Equal(t, c.offset, cell.Offset, "%s %.40q: %v", c.mode, c.cell, err)
			require.ErrorContains(t, err, c.message, "%s %.40q", c.mode, c.cell)
			require.Equal(t, -1, cell.Row)

			ix, err := index.Build(context.Background(), []index.Part{{Mode: c.mode, Cells: column.FromStrings([]string{"", c.cell, c.cell})}})
			require.NoError(t, err, "an older version goes on")
			unread := ix.Unread()
			require.Len(t, unread, 1)
			require.Equal(t, 2, unread[0].Rows)
			require.Equal(t, 1, unread[0].First.Row)
			require.Equal(t, c.cell, unread[0].First.Cell)
			require.ErrorContains(t, unread[0].First, "row 2: ")
		})
	}
}

func TestTheCaretStandsUnderTheSpot(t *testing.T) {
	var cell *index.CellError
	require.ErrorAs(t, index.CheckCell(schema.ModeCondition, `"Zürich", "Genf`, schema.Notation{}), &cell)
	require.Equal(t, "\"Zürich\", \"Genf\n          ^", cell.Caret())
	require.ErrorAs(t, index.CheckCell(schema.ModeCondition, "a,\t,\nb", schema.Notation{}), &cell)
	require.Equal(t, "a,\t, b\n  \t^", cell.Caret())
}

func TestTwoColumnsOfARangeAreCheckedTogether(t *testing.T) {
	require.NoError(t, index.CheckRange("1", "5", schema.Notation{}))
	require.NoError(t, index.CheckRange("", "5", schema.Notation{}))
	require.NoError(t, index.CheckRange("1", " ", schema.Notation{}))
	require.NoError(t, index.CheckRange("", "", schema.Notation{}))
	var cell *index.CellError
	require.ErrorAs(t, index.CheckRange("5", "1", schema.Notation{}), &cell)
	require.Equal(t, "5..1", cell.Cell)
	require.ErrorAs(t, index.CheckRange("5", "2024-01-01", schema.Notation{}), &cell)
	require.Contains(t, cell.Message, "a number and a date")
}

func TestCellsThatPeopleWriteAreAccepted(t *testing.T) {
	for mode, cells := range map[schema.Mode][]string{
		schema.ModeRange: {
			"10-20", "10 - 20", "10–20", "-5--1", "-5-5", ">=500", "≥ 500", "<5", "=7", "500+", "10..", "..20", "10..20", "1e3..2e3",
			"2024-01-01..2024-03-31", "2024-01-01-2024-03-31", "2024-01-01T10:00Z..", "A-F", "aa..bz", `"00".."FF"`, "02139-02199", "42", "n/a",
		},
		schema.ModeRegex:     {"^a$", "(?i)b", " c "},
		schema.ModeCIDR:      {"10.0.0.0/8", "10.1.2.3/8", "10.1.2.3", "2001:db8::/32", "::1", "::ffff:10.0.0.0/104"},
		schema.ModeDomain:    {"acme.com", "*.acme.com", "@acme.com", "https://www.acme.com/", "localhost", "xn--bcher-kva.de"},
		schema.ModeWildcard:  {"*", "?", "a*b?c", "**"},
		schema.ModeWords:     {"vice president", "R&D", "C++"},
		schema.ModeCondition: {"", " ", "-", `"US","CA"`, `US, CA`, `not("US")`, "not(US, CA)", "> 100", "[1..5)", "(1..5]", "]1..5[", "true", `"-"`, `date("2024-01-01")`, `[date("2024-01-01")..date("2024-02-01")]`, "< 2024-01-01", "Acme (UK)", "not(Acme (UK))", "null", `"say \"hi\""`, "!= US"},
	} {
		for _, cell := range cells {
			require.NoError(t, index.CheckCell(mode, cell, schema.Notation{}), "%s %q", mode, cell)
		}
	}
}

// FuzzCheckCell holds Build to CheckCell: what the one lets pass the other takes,
// and a probe with anything goes through.
func FuzzCheckCell(f *testing.F) {
	for _, cell := range []string{"", "10-20", "a..b", "-5--1", "2024-01-01-2024-03-31", `"a".."b"`, "500+", "*a?b", "(a|b)+", "10.0.0.0/8", "x@acme.com", "vice president"} {
		f.Add(cell, "15")
	}

	f.Fuzz(func(t *testing.T, cell, value string) {
		for _, mode := range schema.Modes() {
			err := index.CheckCell(mode, cell, schema.Notation{})
			requirePlace(t, err)
			for _, other := range []string{cell, "other", "10.0.0.1"} {
				if index.CheckCell(mode, other, schema.Notation{}) != nil {
					continue
				}
				cells := column.FromStrings([]string{cell, other})
				ix, buildErr := index.Build(context.Background(), []index.Part{{Mode: mode, Cells: cells, MatchEmpty: true}})
				require.NoError(t, buildErr, "%s %q", mode, cell)
				require.Equal(t, err != nil, len(ix.Unread()) == 1, "%s %q: %v", mode, cell, err)
				var hits index.Hits
				require.NoError(t, ix.Probe(context.Background(), [][]string{{value, cell}}, index.All, &hits, nil))
				for _, score := range hits.Scores {
					require.True(t, score > 0 && score <= 1)
				}
			}
		}
		requirePlace(t, index.CheckRange(cell, value, schema.Notation{}))
	})
}

func requirePlace(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	var cell *index.CellError
	require.ErrorAs(t, err, &cell)
	require.GreaterOrEqual(t, cell.Offset, 0)
	require.LessOrEqual(t, cell.Offset, len(cell.Cell))
	require.NotEmpty(t, cell.Caret())
	require.True(t, utf8.ValidString(cell.Error()) || !utf8.ValidString(cell.Cell))
}

// FuzzCondition holds the index of a column of tests against one test alone, and
// not() against what it negates.
func FuzzCondition(f *testing.F) {
	for _, cell := range []string{"-", `"US","CA"`, "> 100", "[1..5)", "]1..5[", "US, 5, null", `contains("a"), endsWith("5")`, "> 5 and < 10", "10-20, 'US'", "[1,000..2,000], >5,7", "not(startsWith(\"5\"), < 3)", "<> 5", `date("2024-01-01")`, "<= 2024-01-01", `"a\"b"`, "“x”"} {
		f.Add(cell, "5")
	}
	f.Fuzz(func(t *testing.T, cell, value string) {
		not := "not(" + cell + ")"
		if index.CheckCell(schema.ModeCondition, cell, schema.Notation{}) != nil || index.CheckCell(schema.ModeCondition, not, schema.Notation{}) != nil {
			return
		}
		hit := func(cells ...string) []int32 {
			ix, err := index.Build(context.Background(), []index.Part{{Mode: schema.ModeCondition, Cells: column.FromStrings(cells)}})
			require.NoError(t, err)
			var hits index.Hits
			require.NoError(t, ix.Probe(context.Background(), [][]string{{value}}, index.All, &hits, nil))
			rows, _ := hits.Of(0)
			return rows
		}
		one, other := len(hit(cell)), len(hit(not))
		// A text with brackets or commas of its own may be read otherwise in not().
		if !strings.ContainsAny(cell, "()[]\\\"“”!") {
			require.LessOrEqual(t, one+other, 1, "%q and %q for %q", cell, not, value)
			if !strings.ContainsAny(cell, "<>≤≥≠") {
				require.Equal(t, 1, one+other, "%q and %q for %q", cell, not, value)
			}
		}
		require.Len(t, hit(cell, not, cell), 2*one+other)
	})
}
