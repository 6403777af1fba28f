package view_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tablestep/tables/column"
	"tablestep/tables/scan/scantest"
	"tablestep/tables/schema"
	"tablestep/tables/view"
)

// numbersOf are the numbers of rows of a page.
func numbersOf(p *view.Page) []int {
	var numbers []int
	for _, row := range p.Rows {
		numbers = append(numbers, row.Row)
	}
	return numbers
}

func TestRowsAreFoundByConditionsOnSingleColumns(t *testing.T) {
	t.Parallel()
	of := scantest.New([]string{"city", "state", "note"}, [][]string{
		{"New York", "NY", "a"}, {"new  york mills", "MN", ""}, {"Newark", "NJ", "new york"}, {"York", "NE", " "}, {"NEW YORK", "ny", "b"},
	}, 2)
	for what, c := range map[string]struct {
		query view.Query
		want  []int
	}{
		"a part":                 {view.Query{Where: []view.Condition{{Column: "City", Text: "new york"}}}, []int{1, 2, 5}},
		"the whole":              {view.Query{Where: []view.Condition{{Column: "city", Text: "new york", Equals: true}}}, []int{1, 5}},
		"two columns":            {view.Query{Where: []view.Condition{{Column: "city", Text: "YORK"}, {Column: "state", Text: "n"}, {Column: "state", Text: "ne", Equals: true}}}, []int{4}},
		"cells without anything": {view.Query{Where: []view.Condition{{Column: "note", Equals: true}}}, []int{2, 4}},
		"an empty part":          {view.Query{Where: []view.Condition{{Column: "note"}}}, []int{1, 2, 3, 4, 5}},
		"with a text":            {view.Query{Text: "new york", Where: []view.Condition{{Column: "state", Text: "n"}}}, []int{1, 2, 3, 5}},
		"with a sort":            {view.Query{Sort: "-state", Where: []view.Condition{{Column: "city", Text: "new york"}}}, []int{1, 5, 2}},
		"a page":                 {view.Query{Offset: 1, Limit: 1, Where: []view.Condition{{Column: "city", Text: "new york"}}}, []int{2}},
		"nothing":                {view.Query{Where: []view.Condition{{Column: "city", Text: "Paris"}}}, nil},
		"a finding":              {view.Query{Finding: "duplicate_key"}, []int{1, 5}},
		"another finding":        {view.Query{Finding: "EMPTY_KEY"}, nil},
		"a finding and a sort":   {view.Query{Finding: "TOO_LONG", Sort: "city"}, []int{2, 3}},
		"a finding and a text":   {view.Query{Finding: "TOO_LONG", Text: "mills"}, []int{2}},
	} {
		findings := []schema.Warning{
			{Code: "DUPLICATE_KEY", Row: 5},
			{Code: "TOO_LONG", Row: 3},
			{Code: "TOO_LONG", Row: 2, Column: "city"},
			{Code: "DUPLICATE_KEY", Row: 1},
			{Code: "DUPLICATE_KEY", Row: 5, Column: "state"},
			{Code: "EMPTY_KEY"},
		}
		p, err := view.Rows(context.Background(), side(of), findings, c.query)
		require.NoError(t, err, what)
		require.Equal(t, c.want, numbersOf(p), what)
		if c.query.Limit == 0 {
			require.Equal(t, len(c.want), p.Total, what)
		}
	}
}

func TestAPageShowsTheColumnsThatAreAskedForInTheirOrder(t *testing.T) {
	t.Parallel()
	of := scantest.New([]string{"a", "b", "c"}, [][]string{{"1", "2", "x"}, {"3", "4", "y"}}, 0)
	p, err := view.Rows(context.Background(), side(of), nil, view.Query{Columns: []string{"C", "a"}, Text: "2"})
	require.NoError(t, err)
	require.Equal(t, []string{"c", "a"}, p.Columns)
	require.Equal(t, []view.Row{{Row: 1, Cells: []string{"x", "1"}}}, p.Rows, "what is not shown is searched all the same")
}

func TestAQueryThatMakesNoSenseIsRefused(t *testing.T) {
	t.Parallel()
	of := scantest.New([]string{"a", "b"}, [][]string{{"1", "2"}}, 0)
	for says, q := range map[string]view.Query{
		`columns: column not found: "c": version 1 has a, b`: {Columns: []string{"a", "c"}},
		`columns: invalid: column "a" is given twice`:        {Columns: []string{"a", "A"}},
		`column: column not found: "c"`:                      {Where: []view.Condition{{Column: "c"}}},
		`101 conditions, 100 are the most`:                   {Where: make([]view.Condition, 101)},
		`sort in the other direction`:                        {Sort: "a", Offset: 200_000},
	} {
		_, err := view.Rows(context.Background(), side(of), nil, q)
		require.ErrorContains(t, err, says)
	}
}

// A row group in which no row can be hit any more is not read further.
func TestAQueryReadsNoMoreThanItNeeds(t *testing.T) {
	t.Parallel()
	of := numbered(3 * column.MaxRows)
	p, err := view.Rows(context.Background(), side(of), nil, view.Query{Limit: 5, Sort: "state", Columns: []string{"account"}, Where: []view.Condition{{Column: "account", Text: "account 0000007", Equals: true}}})
	require.NoError(t, err)
	require.Equal(t, []int{8}, numbersOf(p))
	require.Equal(t, 2, of.ReadsOf(0, 0), "for the query and for the page")
	require.Equal(t, []int{1, 1}, []int{of.ReadsOf(1, 0), of.ReadsOf(2, 0)})
	require.Equal(t, []int{1, 0, 0}, []int{of.ReadsOf(0, 1), of.ReadsOf(1, 1), of.ReadsOf(2, 1)}, "the group with the row")
	require.Zero(t, of.Reads(2))

	of = numbered(3 * column.MaxRows)
	_, err = view.Rows(context.Background(), side(of), []schema.Warning{{Code: "X", Row: column.MaxRows + 1}}, view.Query{Finding: "X", Text: "account", Columns: []string{"state"}})
	require.NoError(t, err)
	require.Equal(t, []int{0, 1, 0}, []int{of.ReadsOf(0, 2), of.ReadsOf(1, 2), of.ReadsOf(2, 2)}, "the group with a finding")
}

// Any query is held against one that looks at every row by itself.
func TestAnyQueryIsWhatRowByRowGives(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.SampledFrom([]string{"", "a", "A", "ab", "b a", " b  A ", "é", "É", "abc"})
		var cells [][]string
		for range rapid.IntRange(1, 20).Draw(rt, "rows") {
			cells = append(cells, []string{text.Draw(rt, "a"), text.Draw(rt, "b")})
		}
		of := scantest.New([]string{"a", "b"}, cells, rapid.IntRange(1, 7).Draw(rt, "group"))
		q := view.Query{Text: text.Draw(rt, "q"), Limit: rapid.IntRange(1, 5).Draw(rt, "limit"), Offset: rapid.IntRange(0, 5).Draw(rt, "offset")}
		for range rapid.IntRange(0, 2).Draw(rt, "conditions") {
			q.Where = append(q.Where, view.Condition{Column: rapid.SampledFrom([]string{"a", "b"}).Draw(rt, "column"), Text: text.Draw(rt, "text"), Equals: rapid.Bool().Draw(rt, "equals")})
		}
		q.Sort = rapid.SampledFrom([]string{"", "a", "-b"}).Draw(rt, "sort")
		var want []int
		for row, cell := range cells {
			ok := strings.Contains(column.Normalize(cell[0]), column.Normalize(q.Text)) || strings.Contains(column.Normalize(cell[1]), column.Normalize(q.Text))
			for _, w := range q.Where {
				has, wants := column.Normalize(cell[int(w.Column[0]-'a')]), column.Normalize(w.Text)
				ok = ok && (w.Equals && has == wants || !w.Equals && strings.Contains(has, wants))
			}
			if ok {
				want = append(want, row+1)
			}
		}
		total := len(want)
		if q.Sort != "" {
			c := int(q.Sort[len(q.Sort)-1] - 'a')
			slices.SortStableFunc(want, func(x, y int) int {
				order := strings.Compare(column.Normalize(cells[x-1][c]), column.Normalize(cells[y-1][c]))
				if q.Sort[0] == '-' {
					return -order
				}
				return order
			})
		}
		want = want[min(q.Offset, total):]
		want = want[:min(q.Limit, len(want))]
		p, err := view.Rows(context.Background(), side(of), nil, q)
		require.NoError(rt, err)
		require.Equal(rt, total, p.Total)
		require.Equal(rt, fmt.Sprint(want), fmt.Sprint(numbersOf(p)))
	})
}

func TestAWalkEndsWithItsContext(t *testing.T) {
	t.Parallel()
	of := numbered(100)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := view.Rows(ctx, side(of), nil, view.Query{Text: "ny"})
	require.ErrorIs(t, err, context.Canceled)
	_, err = view.ValuesOf(ctx, side(of), "state", 3)
	require.ErrorIs(t, err, context.Canceled)
	_, err = view.Find(ctx, side(of), "ny", 3)
	require.ErrorIs(t, err, context.Canceled)
}
