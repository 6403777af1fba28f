package view

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"tablestep/tables/column"
	"tablestep/tables/schema"
)

// A Query asks for a page of rows. What it asks of them must all hold.
type Query struct {
	Version int         // of the table; 0 is the live one
	Offset  int         // rows to leave out
	Limit   int         // 0 is 100, maxPage the most
	Text    string      // rows with a cell that contains it, in any column, whatever its case and spaces
	Where   []Condition // of single columns
	Finding string      // a code: rows of which one of the findings that are kept with the version tells
	Sort    string      // a column, or -column for descending order; empty is the order of the file
	Columns []string    // to show, in this order; none: all
}

// A Condition is of one column. Texts are compared in their normal form (package column):
// case and spaces do not count.
type Condition struct {
	Column string
	Text   string
	Equals bool // the whole cell is the text, which may be empty; else the cell contains it
}

// A Page is the answer.
type Page struct {
	Version int      `json:"version"`
	Total   int      `json:"total"` // rows that fit the query
	Columns []string `json:"columns"`
	Rows    []Row    `json:"rows"`
}

const (
	maxPage       = 10_000
	maxSorted     = 200_000 // Offset + Limit of a sorted query
	maxConditions = 100
)

// Rows reads a page of a version; findings are those that are kept with it, for a query
// that goes by them. A sort by a column of numbers goes by number, any other by normalised
// text; rows that are equal stay in the order of the file.
//
// It walks over the rows once, a row group at a time, and reads of a group the columns that
// the query names, and only as long as a row of it can still be hit. It holds one row
// group, and of a sorted query at most two ranks for each row up to the end of the page, of
// at most 300 bytes each. It ends with its context.
func Rows(ctx context.Context, of Side, findings []schema.Warning, q Query) (*Page, error) {
	p, err := newPicker(of, findings, q)
	if err != nil {
		return nil, err
	}
	shown, err := shownColumns(of.Version, q.Columns)
	if err != nil {
		return nil, err
	}
	rows, err := p.pick(ctx)
	if err != nil {
		return nil, err
	}
	page := &Page{Version: of.Version.Number, Total: p.total, Columns: make([]string, len(shown))}
	for i, c := range shown {
		page.Columns[i] = of.Version.Columns[c].Name
	}
	page.Rows, err = of.fetch(ctx, shown, rows)
	return page, err
}

// shownColumns finds columns by their names; none are all.
func shownColumns(v *schema.Version, names []string) ([]int, error) {
	if len(names) == 0 {
		return v.AllColumns(), nil
	}
	var shown []int
	for _, name := range names {
		c, err := columnOf(v, "columns", name)
		if err != nil {
			return nil, err
		}
		if slices.Contains(shown, c) {
			return nil, fmt.Errorf("columns: %w: column %q is given twice", schema.ErrInvalid, v.Columns[c].Name)
		}
		shown = append(shown, c)
	}
	return shown, nil
}

// columnOf finds a column; what is the part of the query that names it.
func columnOf(v *schema.Version, what, name string) (int, error) {
	c, ok := v.Column(name)
	if !ok {
		return 0, fmt.Errorf("%s: %w: %q: version %d has %s%s", what, schema.ErrColumnNotFound, schema.Excerpt(name), v.Number, schema.Listed(v.ColumnNames()), schema.Meant(name, v.ColumnNames()))
	}
	return c, nil
}

// newPicker refuses what makes no sense.
func newPicker(of Side, findings []schema.Warning, q Query) (*picker, error) {
	v := of.Version
	if q.Limit == 0 {
		q.Limit = 100
	}
	switch {
	case q.Offset < 0 || q.Limit < 0 || q.Limit > maxPage:
		return nil, fmt.Errorf("%w: offset %d, limit %d: from 0, at most %d", schema.ErrInvalid, q.Offset, q.Limit, maxPage)
	case len(q.Where) > maxConditions:
		return nil, fmt.Errorf("%w: %d conditions, %d are the most", schema.ErrInvalid, len(q.Where), maxConditions)
	}
	p := &picker{of: of, query: q, needle: column.Normalize(q.Text), sortBy: -1}
	for _, w := range q.Where {
		c, err := columnOf(v, "column", w.Column)
		if err != nil {
			return nil, err
		}
		p.tests = append(p.tests, test{column: c, text: column.Normalize(w.Text), whole: w.Equals})
	}
	if q.Finding != "" {
		p.only = rowsOf(findings, q.Finding)
	}
	if q.Sort == "" {
		return p, nil
	}
	name, descending := strings.CutPrefix(q.Sort, "-")
	if _, ok := v.Column(q.Sort); ok {
		name, descending = q.Sort, false // A column whose name begins with a dash.
	}
	c, err := columnOf(v, "sort", name)
	if err != nil {
		return nil, err
	}
	if q.Offset > maxSorted-q.Limit {
		return nil, fmt.Errorf("sort: %w: offset %d and limit %d together, %d are the most: narrow the query, or sort in the other direction", schema.ErrInvalid, q.Offset, q.Limit, maxSorted)
	}
	p.sortBy, p.descending = c, descending
	p.notation = v.Columns[c].Notation
	p.numeric = v.Columns[c].Type == schema.TypeInteger || v.Columns[c].Type == schema.TypeFloat
	return p, nil
}

// rowsOf are the rows, counted from 0 and ascending, of which a finding of a code tells.
func rowsOf(findings []schema.Warning, code string) []int {
	rows := []int{}
	for _, f := range findings {
		if f.Row > 0 && strings.EqualFold(f.Code, code) {
			rows = append(rows, f.Row-1)
		}
	}
	slices.Sort(rows)
	return slices.Compact(rows)
}
