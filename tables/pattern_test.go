package tables_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables"
	"tablestep/tables/answers"
	"tablestep/tables/keepertest"
	"tablestep/tables/schema"
)

// patterned is a published table whose default lookup has the match entries.
func patterned(t *testing.T, s *tables.Store, source *keepertest.Sheet, match ...schema.Match) {
	t.Helper()
	keepertest.Publish(t, s, "t", source)
	require.NoError(t, s.SetLookup("t", schema.Lookup{Match: match, Outputs: []schema.Output{{Column: "v", Field: "v"}}}, "ann"))
}

// blocked are the findings by which an upload was refused, of which nothing was stored.
func blocked(t testing.TB, err error) []schema.Warning {
	t.Helper()
	var refused *schema.Refusal
	require.ErrorAs(t, err, &refused)
	require.True(t, refused.Unprocessable())
	require.NotErrorIs(t, err, schema.ErrConflict)
	require.NotEmpty(t, refused.Blocks.List)
	return refused.Blocks.List
}

func TestAPatternThatCannotBeReadIsRefusedAtUploadWithACaret(t *testing.T) {
	long := strings.Repeat(`"ä",`, 100) + "[1..5"
	for _, c := range []struct {
		mode schema.Mode
		good string
		rows []string // the cells of k
		row  int
		says string
	}{
		{
			schema.ModeRegex, "^a",
			[]string{"b+", "(a", "[", "(a"},
			2,
			"lookup \"t\" cannot read the cell in mode regex: missing closing ); correct the cell, or change the lookup\n(a\n^",
		},
		{schema.ModeRange, "1-2", []string{"1-2", "1-2", "", "10-5"}, 4, "the range ends before it begins; correct the cell, or change the lookup\n10-5\n   ^"},
		{schema.ModeCIDR, "10.0.0.0/8", []string{"10.0.0.0/8", "10.0.0/40"}, 2, "\n10.0.0/40\n"},
		{schema.ModeCondition, "-", []string{"-", "> 5", "[1..5"}, 3, "\n[1..5\n"},
		{schema.ModeWords, "sales", []string{"sales", "!!"}, 2, "there is no word in it"},
		{schema.ModeDomain, "example.com", []string{"https://"}, 1, "there is no domain in it"},
		{schema.ModeFuzzy, "a", []string{"a", strings.Repeat("x", 600)}, 2, "it has 600 characters"},
		{schema.ModeCondition, "-", []string{long}, 1, "\n…\"ä\",\"ä\",\"ä\","},
		{schema.ModeRegex, "^a", []string{"a\n\x1b[31m("}, 1, "\na  [31m(\n"},
	} {
		t.Run(string(c.mode), func(t *testing.T) {
			s := open(t, tables.SmallGroups(tables.Options{}, 2))
			patterned(t, s, &keepertest.Sheet{Header: []string{"k", "v"}, Rows: [][]string{{c.good, "1"}}}, schema.Match{Column: "k", Field: "f", Mode: c.mode})
			source := &keepertest.Sheet{Header: []string{"v", "k"}}
			for _, cell := range c.rows {
				source.Rows = append(source.Rows, []string{"", cell})
			}
			_, err := s.Import(context.Background(), "t", source, tables.ImportOptions{Publish: true, Confirm: true, Force: true})
			upload := blocked(t, err)[0]
			require.Equal(t, schema.CodeBadPattern, upload.Code)
			require.Equal(t, c.row, upload.Row)
			require.Equal(t, "k", upload.Column)
			require.Contains(t, upload.Message, c.says)
			lines := strings.Split(upload.Message, "\n")
			require.Len(t, lines, 3)
			require.Equal(t, "^", strings.TrimSpace(lines[2]))
			require.Less(t, len(upload.Message), 500)
			table, _ := s.Catalog().Table("t")
			require.Equal(t, 1, table.Live.Number, "the live version stays")
			require.Equal(t, 1, table.Versions)
		})
	}
}

func TestTheEndsOfARangeInTwoColumnsAreCheckedTogether(t *testing.T) {
	s := open(t, tables.Options{})
	patterned(t, s, &keepertest.Sheet{Header: []string{"from", "to", "v"}, Rows: [][]string{{"1", "5", "a"}, {"", "9", "b"}}}, schema.Match{Column: "FROM", ColumnTo: "TO", Field: "f", Mode: schema.ModeRange})
	table, _ := s.Catalog().Table("t")
	require.Equal(t, "to", table.Lookups[0].Match[0].ColumnTo, "spelled as in the table")
	_, err := s.Import(context.Background(), "t", &keepertest.Sheet{Header: []string{"from", "to", "v"}, Rows: [][]string{{"1", "5", ""}, {"5", "1", ""}}}, tables.ImportOptions{Publish: true})
	upload := blocked(t, err)[0]
	require.Equal(t, 2, upload.Row)
	require.Equal(t, "from + to", upload.Column)
	require.Contains(t, upload.Message, "\n5..1\n   ^")
	_, err = s.Import(context.Background(), "t", &keepertest.Sheet{Header: []string{"from", "v"}, Rows: [][]string{{"1", "5"}}}, tables.ImportOptions{Publish: true})
	require.ErrorIs(t, err, schema.ErrConflict, "the upper ends are a column the lookup needs")
}

func TestALookupIsRefusedWhereTheTableHasCellsThatItCannotRead(t *testing.T) {
	s := open(t, tables.SmallGroups(tables.Options{MemoryBudget: 1}, 3))
	rows := [][]string{}
	for i := range 10 {
		rows = append(rows, []string{fmt.Sprint("v", i), "x"})
	}
	rows[7][0] = "v(7"
	keepertest.Publish(t, s, "t", &keepertest.Sheet{Header: []string{"k", "v"}, Rows: rows})
	before := s.Catalog()
	l := schema.Lookup{Match: []schema.Match{{Column: "k", Field: "f", Mode: schema.ModeRegex}}}
	err := s.SetLookup("t", l, "")
	require.ErrorIs(t, err, schema.ErrInvalid)
	require.ErrorContains(t, err, `version 1, row 8, column "k": lookup "t" cannot read the cell in mode regex: missing closing )`)
	require.True(t, strings.HasSuffix(err.Error(), "\nv(7\n^"), err.Error())
	require.Same(t, before, s.Catalog())
	l.Match[0].Mode = schema.ModeWildcard
	require.NoError(t, s.SetLookup("t", l, ""))
}

// Nothing holds a version that went live again against a lookup that was set in between,
// and a version may be older than the rules by which it is read: its other rows go on.
func TestARowThatALookupCannotReadHitsNothingAndTheOthersGoOn(t *testing.T) {
	for _, options := range []tables.Options{{}, tables.SmallGroups(tables.Options{MemoryBudget: 1}, 1)} {
		s := open(t, options)
		keepertest.Publish(t, s, "t", &keepertest.Sheet{Header: []string{"k", "v"}, Rows: [][]string{{"a", "1"}, {"(", "2"}, {"b", "3"}}})
		sn, err := s.Snapshot(context.Background(), "t", 0)
		require.NoError(t, err)
		l := schema.Lookup{Name: "t", Match: []schema.Match{{Column: "k", Mode: schema.ModeRegex}}, HitPolicy: schema.PolicyUnique, Outputs: []schema.Output{{Column: "v", Field: "v"}}}
		require.NoError(t, sn.Check(&l))
		var a answers.Batch
		require.NoError(t, sn.Answer(context.Background(), &l, [][]string{{"b", "(", "a"}}, &a, nil))
		require.Equal(t, []string{"3", "", "1"}, a.Cells[0])
		row, _, _, ok, err := sn.Nearest(context.Background(), &schema.Lookup{Match: []schema.Match{{Column: "k", Mode: schema.ModeRegex}, {Column: "v"}}}, []string{"b", "3"}, nil)
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, 2, row)
	}
}

// A lookup that is set while an upload runs has not seen its cells: they are held against it before
// the version goes live.
func TestAnUploadIsHeldAgainstALookupThatIsSetMeanwhile(t *testing.T) {
	s := open(t, tables.Options{})
	keepertest.Publish(t, s, "t", &keepertest.Sheet{Header: []string{"k", "v"}, Rows: [][]string{{"a", "1"}}})
	set := func(mode schema.Mode, label string) {
		require.NoError(t, s.SetLookup("t", schema.Lookup{Label: label, Match: []schema.Match{{Column: "k", Field: "f", Mode: mode}}}, ""))
	}
	during := func(f func()) *keepertest.Sheet {
		return &keepertest.Sheet{Header: []string{"k", "v"}, Make: func(row int, cells []string) bool {
			cells[0], cells[1] = "(", "2"
			if row == 1 {
				f()
			}
			return row < 1
		}}
	}
	_, err := s.Import(context.Background(), "t", during(func() { set(schema.ModeRegex, "") }), tables.ImportOptions{Publish: true})
	require.Equal(t, schema.CodeBadPattern, blocked(t, err)[0].Code)
	set(schema.ModeWildcard, "")
	_, err = s.Import(context.Background(), "t", during(func() { set(schema.ModeWildcard, "another label") }), tables.ImportOptions{Publish: true})
	require.NoError(t, err, "what does not matter does not hold it up")
}
