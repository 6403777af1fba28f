package check_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/check"
	"tablestep/tables/index"
	"tablestep/tables/scan/scantest"
	"tablestep/tables/schema"
)

func told(list []schema.Warning) []string {
	texts := []string{}
	for _, w := range list {
		texts = append(texts, fmt.Sprintf("%s %d %s: %s", w.Code, w.Row, w.Column, w.Message))
	}
	return texts
}

func TestRowsThatTheHitPolicyCannotBearAreWarnedOfWithBothRows(t *testing.T) {
	columns := []string{"k", "v", "p"}
	ranges := [][]string{{"1-10", "a", "1"}, {"20-30", "b", "2"}, {"5-7", "a", "2"}, {"25-40", "c", "x"}}
	keys := [][]string{{"a", "x", "1"}, {"A", "x", "2"}, {"b", "x", "3"}, {"B ", "y", ""}, {"", "z", "5"}}
	one := func(mode schema.Mode) []schema.Match { return []schema.Match{{Column: "k", Mode: mode}} }
	three := []schema.Match{{Column: "k"}, {Column: "v"}, {Column: "p"}}
	outputs := []schema.Output{{Column: "v", Field: "v"}}
	empty := `EMPTY_KEY 5 k: no key in lookup "t": no lead can match this row`
	for _, c := range []struct {
		name   string
		lookup schema.Lookup
		rows   [][]string
		want   []string
	}{
		{"a key twice under first", schema.Lookup{Match: one("")}, keys, []string{
			`DUPLICATE_KEY 2 k: the same key in lookup "t" as row 1 ("A"): a lead that wants one row gets the first`,
			`DUPLICATE_KEY 4 k: the same key in lookup "t" as row 3 ("B "): a lead that wants one row gets the first`, empty,
		}},
		{"a key twice under unique", schema.Lookup{Match: one(""), HitPolicy: "unique"}, keys[:2], []string{
			`OVERLAP 2 k: the same key in lookup "t" as row 1 ("A"): hit policy unique gives a lead with it neither of them`,
		}},
		{"a key twice under any", schema.Lookup{Match: one(""), HitPolicy: "any", Outputs: outputs}, keys, []string{
			`OVERLAP 4 k: the same key in lookup "t" as row 3 ("B "): hit policy any gives a lead with it neither of them, because their outputs differ`, empty,
		}},
		{"a key twice is meant under collect", schema.Lookup{Match: one(""), HitPolicy: "collect", Aggregate: "list"}, keys, []string{empty}},
		{"a key twice is meant under priority", schema.Lookup{Match: one(""), HitPolicy: "priority", PriorityColumn: "p"}, keys, []string{
			`NOT_A_NUMBER 4 p: "" is no number: in lookup "t", which goes by this column, the row comes after all that have one`, empty,
		}},
		{"ranges under first", schema.Lookup{Match: one("range")}, ranges, []string{
			`RANGES_OVERLAP 3 k: its range overlaps that of row 1 ("1-10") in lookup "t": hit policy first decides which of them a lead gets`,
			`RANGES_OVERLAP 4 k: its range overlaps that of row 2 ("20-30") in lookup "t": hit policy first decides which of them a lead gets`,
		}},
		{"ranges under unique", schema.Lookup{Match: one("range"), HitPolicy: "unique"}, ranges[:3], []string{
			`OVERLAP 3 k: one value can hit it and row 1 ("1-10") in lookup "t": hit policy unique gives such a lead neither of them`,
		}},
		{"ranges under any", schema.Lookup{Match: one("range"), HitPolicy: "any", Outputs: outputs}, ranges, []string{
			`OVERLAP 4 k: one value can hit it and row 2 ("20-30") in lookup "t", and their outputs differ: hit policy any gives such a lead neither of them`,
		}},
		{"ranges under priority", schema.Lookup{Match: one("range"), HitPolicy: "priority", PriorityColumn: "p"}, ranges[2:], []string{
			`NOT_A_NUMBER 2 p: "x" is no number: in lookup "t", which goes by this column, the row comes after all that have one`,
		}},
		{"ranges under collect", schema.Lookup{Match: one("range"), HitPolicy: "collect", Aggregate: "sum", Outputs: []schema.Output{{Column: "p", Field: "p"}}}, ranges, []string{
			`NOT_A_NUMBER 4 p: "x" is no number: a lead that hits this row in lookup "t", which sums the column up, fails; correct the cell or leave it empty`,
		}},
		{"a row that says the same under best", schema.Lookup{Match: one("words")}, [][]string{{"VP Sales", "", ""}, {"sales vp", "", ""}, {"sales", "", ""}, {"", "", ""}}, []string{
			`DUPLICATE_KEY 2 k: it says the same as row 1 ("VP Sales") in lookup "t": no lead gets this row`,
			`EMPTY_KEY 4 k: no key in lookup "t": no lead can match this row`,
		}},
		{"a cell that stands in another one, under unique", schema.Lookup{Match: one("contains"), HitPolicy: "unique"}, [][]string{{"vice president", "", ""}, {"sales", "", ""}, {"President", "", ""}}, []string{
			`OVERLAP 3 k: one value can hit it and row 1 ("vice president") in lookup "t": hit policy unique gives such a lead neither of them`,
		}},
		{"a cell in which an earlier one stands, under first", schema.Lookup{Match: one("contains"), HitPolicy: "first"}, [][]string{{"president", "", ""}, {"Vice President", "", ""}, {"PRESIDENT", "", ""}, {"pres", "", ""}}, []string{
			`DUPLICATE_KEY 3 k: it says the same as row 1 ("president") in lookup "t": no lead gets this row`,
			`DUPLICATE_KEY 2 k: every value that hits it hits row 1 ("president") in lookup "t" as well, which comes first: no lead gets this row`,
		}},
		{"under best the longer one is the answer", schema.Lookup{Match: one("contains")}, [][]string{{"president", "", ""}, {"Vice President", "", ""}}, []string{}},
		{"two of three entries under best", schema.Lookup{Match: three, Require: 2}, [][]string{{"a", "x", "1"}, {"a", "x", ""}, {"A", "X", "1"}, {"a", "", ""}, {"A", "X", ""}, {"", "", ""}}, []string{
			`DUPLICATE_KEY 3 k + v + p: it says the same as row 1 ("a", "x", "1") in lookup "t": no lead gets this row`,
			`DUPLICATE_KEY 5 k + v + p: it says the same as row 2 ("a", "x", "") in lookup "t": no lead gets this row`,
			`EMPTY_KEY 4 k + v + p: no key in lookup "t": no lead can match this row`,
			`EMPTY_KEY 6 k + v + p: no key in lookup "t": no lead can match this row`,
		}},
		{"two of three entries under unique", schema.Lookup{Match: three, Require: 2, HitPolicy: "unique"}, [][]string{{"a", "x", "1"}, {"a", "y", "2"}, {"b", "x", "1"}, {"c", "y", ""}}, []string{
			`OVERLAP 3 k + v + p: one value can hit it and row 1 ("a", "x", "1") in lookup "t": hit policy unique gives such a lead neither of them`,
		}},
		{"two of three entries under any", schema.Lookup{Match: three, Require: 2, HitPolicy: "any", Outputs: outputs}, [][]string{{"a", "x", "1"}, {"a", "x", "2"}, {"a", "y", "1"}}, []string{
			`OVERLAP 3 k + v + p: one value can hit it and row 1 ("a", "x", "1") in lookup "t", and their outputs differ: hit policy any gives such a lead neither of them`,
		}},
		{"ranges among which one need not hold", schema.Lookup{Match: []schema.Match{{Column: "k", Mode: "range"}, {Column: "v"}}, Require: 1, HitPolicy: "first"}, [][]string{{"1-10", "a", ""}, {"5-7", "b", ""}, {"1-10", "A", ""}}, []string{
			`DUPLICATE_KEY 3 k + v: it says the same as row 1 ("1-10", "a") in lookup "t": no lead gets this row`,
		}},
		{"a hashed part keeps ranges apart", schema.Lookup{Match: []schema.Match{{Column: "k", Mode: "range"}, {Column: "v"}}}, ranges, []string{
			`RANGES_OVERLAP 3 k + v: its range overlaps that of row 1 ("1-10", "a") in lookup "t": hit policy first decides which of them a lead gets`,
		}},
		{"white space is a key in mode exact alone", schema.Lookup{Match: []schema.Match{{Column: "k", Mode: "exact"}, {Column: "v", Mode: "range"}}}, [][]string{{" ", "1-10", ""}, {"", "1-10", ""}}, []string{
			`EMPTY_KEY 2 k + v: no key in lookup "t": no lead can match this row`,
		}},
		{"and none in others", schema.Lookup{Match: []schema.Match{{Column: "k"}, {Column: "v", Mode: "range"}}}, [][]string{{" ", "1-10", ""}}, []string{
			`EMPTY_KEY 1 k + v: no key in lookup "t": no lead can match this row`,
		}},
		{"cells that are joined need not be of the output's type", schema.Lookup{Match: one(""), HitPolicy: "collect", Aggregate: "distinct", Outputs: []schema.Output{{Column: "v", Field: "v", Type: "integer"}}}, keys[:1], []string{}},
		{"but those that are sent must", schema.Lookup{Match: one(""), HitPolicy: "collect", Aggregate: "min", Outputs: []schema.Output{{Column: "v", Field: "v", Type: "integer"}}}, keys[:1], []string{
			`NOT_OF_TYPE 1 v: "x" cannot be sent as integer by lookup "t": integer: not a whole number between -2147483648 and 2147483647`,
		}},
		{"conditions under unique", schema.Lookup{Match: one("condition"), HitPolicy: "unique"}, [][]string{{`"US"`, "", ""}, {`not("DE")`, "", ""}, {`"DE"`, "", ""}}, []string{
			`OVERLAP 2 k: one value can hit it and row 1 ("\"US\"") in lookup "t": hit policy unique gives such a lead neither of them`,
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.ElementsMatch(t, c.want, told(warned(t, c.lookup, columns, c.rows)))
		})
	}
}

// Whether rows under any are warned of is held against all pairs of rows.
func TestUnderAnyAndUniqueEveryViolationOfATableIsFound(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	columns := []string{"k", "state", "v"}
	clean, dirty := 0, 0
	for range 60 * rounds(t) {
		policy := []schema.HitPolicy{schema.PolicyAny, schema.PolicyUnique}[r.IntN(2)]
		l := schema.Lookup{
			Match:     []schema.Match{{Column: "k", Mode: schema.ModeRange}, {Column: "state", MatchEmpty: true}},
			HitPolicy: policy, Outputs: []schema.Output{{Column: "v", Field: "v"}},
		}
		type interval struct{ low, high int }
		var intervals []interval
		var rows [][]string
		length, outputs := 1+r.IntN(12), 1+r.IntN(6)
		for range 2 + r.IntN(30) {
			low := r.IntN(400)
			iv := interval{low, low + r.IntN(length)}
			intervals = append(intervals, iv)
			rows = append(rows, []string{fmt.Sprintf("%d..%d", iv.low, iv.high), []string{"CA", "ca", "", "NY"}[r.IntN(4)], fmt.Sprint(r.IntN(outputs))})
		}
		violates := func(a, b int) bool {
			return intervals[a].low <= intervals[b].high && intervals[b].low <= intervals[a].high &&
				strings.EqualFold(rows[a][1], rows[b][1]) && (policy == schema.PolicyUnique || rows[a][2] != rows[b][2])
		}
		wanted := map[int]bool{} // rows with a partner
		for a := range rows {
			for b := range rows {
				if a != b && violates(a, b) {
					wanted[a] = true
				}
			}
		}
		named := map[int]bool{}
		for _, w := range warned(t, l, columns, rows) {
			require.Equal(t, schema.WarnOverlap, w.Code)
			var other int
			_, err := fmt.Sscanf(w.Message, "one value can hit it and row %d ", &other)
			require.NoError(t, err)
			require.Less(t, other, w.Row)
			require.True(t, violates(w.Row-1, other-1), "%v: %v", w, rows)
			named[w.Row-1], named[other-1] = true, true
		}
		require.Equal(t, len(wanted) > 0, len(named) > 0, "%v", rows)
		if len(wanted) == 0 {
			clean++
		} else {
			dirty++
		}
	}
	require.Positive(t, clean)
	require.Positive(t, dirty)
}

func TestATableTooLargeToSearchForOverlapsSaysSo(t *testing.T) {
	told := func(rows int) ([]schema.Warning, int) {
		of := scantest.Make([]string{"k"}, 0, func(row int, cells []string) bool {
			cells[0] = fmt.Sprintf("%d-%d", 10*row, 10*row+10)
			return row < rows
		})
		l := settled(t, of.Version, schema.Lookup{Match: []schema.Match{{Column: "k", Mode: schema.ModeRange}}})
		return upload(t, of, check.Upload{Lookups: []schema.Lookup{l}})
	}
	_, total := told(200_000)
	require.Equal(t, 199_999, total)
	list, _ := told(200_001)
	require.Len(t, list, 1)
	require.Equal(t, schema.WarnNotChecked, list[0].Code)
	require.Contains(t, list[0].Message, "up to 200000 rows")
}

func TestColumnsTooLargeToSearchForOverlapsAreLetGoAndToldOf(t *testing.T) {
	of := scantest.Make([]string{"k"}, 10, func(row int, cells []string) bool {
		if cells[0] = fmt.Sprintf("%d-%d", 10*row, 10*row+10); row == 95 {
			cells[0] = ""
		}
		return row < 100
	})
	lookups := []schema.Lookup{settled(t, of.Version, schema.Lookup{Match: []schema.Match{{Column: "k", Mode: schema.ModeRange}}})}
	list, err := check.Overlaps(of, of.Version, lookups, of.Version.Memory)
	require.NoError(t, err)
	require.Equal(t, map[string]int{schema.WarnRangesOverlap: 97, schema.WarnEmptyKey: 1}, codes(list))
	list, err = check.Overlaps(of, of.Version, lookups, of.Version.Memory-1)
	require.NoError(t, err)
	require.Equal(t, map[string]int{schema.WarnNotChecked: 1, schema.WarnEmptyKey: 1}, codes(list), "blank keys are told all the same")
}

func TestAColumnOfTheKeyMayBeAnOutputAsWell(t *testing.T) {
	l := schema.Lookup{Match: []schema.Match{{Column: "k", Mode: schema.ModeRange}}, HitPolicy: schema.PolicyAny, Outputs: []schema.Output{{Column: "k", Field: "k"}}}
	require.Equal(t, []string{
		`OVERLAP 3 k: one value can hit it and row 1 ("1-10") in lookup "t", and their outputs differ: hit policy any gives such a lead neither of them`,
	}, told(warned(t, l, []string{"k"}, [][]string{{"1-10"}, {"20-30"}, {"5-7"}})))
}

func TestASearchForOverlapsThatTakesTooLongIsEndedAndTold(t *testing.T) {
	letters := func(row int) string {
		b := make([]byte, 512)
		x := uint32(row)*2654435761 + 12345
		for i := range b {
			x = x*1664525 + 1013904223
			b[i] = 'a' + byte(x>>24)%4
		}
		return string(b)
	}
	of := scantest.Make([]string{"text"}, 0, func(row int, cells []string) bool {
		cells[0] = letters(row)
		return row < 500
	})
	l := settled(t, of.Version, schema.Lookup{Match: []schema.Match{{Column: "text", Mode: schema.ModeFuzzy, Threshold: 0.5}}, HitPolicy: schema.PolicyUnique})
	list, _ := upload(t, of, check.Upload{Lookups: []schema.Lookup{l}, Work: index.Second / 10})
	require.True(t, slices.ContainsFunc(list, func(w schema.Warning) bool {
		return w.Code == schema.WarnNotChecked && strings.Contains(w.Message, "was ended after 0.1 s of work")
	}), "%v", codes(list))
}

func TestAGuessedKeyIsNotWarnedOfWhereTheDefaultLookupHasAnother(t *testing.T) {
	columns, rows := []string{"band", "points"}, [][]string{{"0-10", "+5"}, {"0-10", "+5"}, {"11-20", "+9"}}
	l := schema.Lookup{Match: []schema.Match{{Column: "band", Mode: schema.ModeRange}}, HitPolicy: schema.PolicyCollect, Aggregate: schema.AggregateSum, Outputs: []schema.Output{{Column: "points", Field: "leadScore", Type: schema.TypeScore}}}
	require.Empty(t, told(warned(t, l, columns, rows)))
	of := scantest.New(columns, rows, 0)
	list, _ := upload(t, of, check.Upload{Lookups: []schema.Lookup{settled(t, of.Version, l)}, Key: []string{"points"}})
	require.Equal(t, map[string]int{schema.WarnDuplicateKey: 1}, codes(list), "one that was given is")
}

// What is counted, or goes into a list, is not sent as it stands.
func TestCellsThatAreBroughtTogetherAreCheckedAsWhatIsSent(t *testing.T) {
	long := strings.Repeat("x", 300)
	rows := [][]string{{"a", long}, {"a", "many"}}
	for aggregate, want := range map[schema.Aggregate]map[string]int{
		schema.AggregateCount: {schema.WarnTooLong: 1},
		schema.AggregateSum:   {schema.WarnTooLong: 1, schema.WarnNotANumber: 2, schema.WarnNotOfType: 1},
		schema.AggregateMax:   {schema.WarnTooLong: 1, schema.WarnNotOfType: 1},
	} {
		l := schema.Lookup{Match: []schema.Match{{Column: "k"}}, HitPolicy: schema.PolicyCollect, Aggregate: aggregate, Outputs: []schema.Output{{Column: "v", Field: "v", Type: schema.TypeInteger}}}
		require.Equal(t, want, codes(warned(t, l, []string{"k", "v"}, rows)), aggregate)
	}
}
