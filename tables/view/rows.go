package view

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"tablestep/tables/column"
	"tablestep/tables/scan"
	"tablestep/tables/schema"
)

// A Query asks for a page of rows.
type Query struct {
	Version int    // of the table; 0 is the live one
	Offset  int    // rows to leave out
	Limit   int    // 0 is 100, maxPage the most
	Text    string // rows with a cell that contains it, whatever its case and spaces
	Sort    string // a column, or -column for descending order; empty is the order of the file
}

// A Page is the answer.
type Page struct {
	Version int      `json:"version"`
	Total   int      `json:"total"` // rows that fit the query
	Columns []string `json:"columns"`
	Rows    []Row    `json:"rows"`
}

const (
	maxPage   = 10_000
	maxSorted = 200_000 // Offset + Limit of a sorted query
)

// Rows reads a page of a version. A sort by a column of numbers goes by number, any other
// by normalised text; rows that are equal stay in the order of the file.
func Rows(ctx context.Context, of Side, q Query) (*Page, error) {
	p, err := newPicker(of, q)
	if err != nil {
		return nil, err
	}
	rows, err := p.pick(ctx)
	if err != nil {
		return nil, err
	}
	v := of.Version
	page := &Page{Version: v.Number, Total: p.total, Columns: v.ColumnNames()}
	page.Rows, err = of.fetch(ctx, v.AllColumns(), rows)
	return page, err
}

// A picker finds the rows of one page.
type picker struct {
	of         Side
	query      Query
	needle     string // in normal form
	sortBy     int    // column, -1 none
	descending bool
	numeric    bool
	notation   schema.Notation // of the column that is sorted by
	total      int
	scratch    []byte
}

// newPicker refuses what makes no sense.
func newPicker(of Side, q Query) (*picker, error) {
	v := of.Version
	if q.Limit == 0 {
		q.Limit = 100
	}
	if q.Offset < 0 || q.Limit < 0 || q.Limit > maxPage {
		return nil, fmt.Errorf("%w: offset %d, limit %d: from 0, at most %d", schema.ErrInvalid, q.Offset, q.Limit, maxPage)
	}
	p := &picker{of: of, query: q, needle: column.Normalize(q.Text), sortBy: -1}
	if q.Sort == "" {
		return p, nil
	}
	name, descending := strings.CutPrefix(q.Sort, "-")
	c, ok := v.Column(q.Sort)
	if ok {
		descending = false // A column whose name begins with a dash.
	} else if c, ok = v.Column(name); !ok {
		return nil, fmt.Errorf("sort: %w: %q: it has %s%s", schema.ErrColumnNotFound, schema.Excerpt(name), schema.Listed(v.ColumnNames()), schema.Meant(name, v.ColumnNames()))
	}
	if q.Offset > maxSorted-q.Limit {
		return nil, fmt.Errorf("sort: %w: offset %d and limit %d together, %d are the most", schema.ErrInvalid, q.Offset, q.Limit, maxSorted)
	}
	p.sortBy, p.descending = c, descending
	p.notation = v.Columns[c].Notation
	p.numeric = v.Columns[c].Type == schema.TypeInteger || v.Columns[c].Type == schema.TypeFloat
	return p, nil
}

// ranked is a row with what it is sorted by.
type ranked struct {
	row    int
	number float64
	text   string
}

// pick gives row numbers, counted from 0.
func (p *picker) pick(ctx context.Context) ([]int, error) {
	if p.needle == "" && p.sortBy < 0 {
		p.total = p.of.Version.Rows
		var rows []int
		for row := p.query.Offset; row < p.total && len(rows) < p.query.Limit; row++ {
			rows = append(rows, row)
		}
		return rows, nil
	}
	columns := p.of.Version.AllColumns()
	if p.needle == "" {
		columns = []int{p.sortBy}
	}
	var (
		rows []int
		best []ranked
		most = p.query.Offset + p.query.Limit
		hit  []bool
	)
	err := scan.Each(ctx, p.of.Reader, columns, func(first int, chunks []*column.Chunk) error {
		hit = p.search(chunks, hit)
		sorted := chunks[0]
		if p.needle != "" && p.sortBy >= 0 {
			sorted = chunks[p.sortBy]
		}
		for row, ok := range hit {
			if !ok {
				continue
			}
			p.total++
			if p.sortBy < 0 {
				if p.total > p.query.Offset && len(rows) < p.query.Limit {
					rows = append(rows, first+row)
				}
				continue
			}
			best = append(best, p.rank(first+row, sorted.At(row)))
			if len(best) >= 2*most+1024 {
				best = p.cut(best, most)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if p.sortBy < 0 {
		return rows, nil
	}
	best = p.cut(best, most)
	for _, r := range best[min(p.query.Offset, len(best)):] {
		rows = append(rows, r.row)
	}
	return rows, nil
}

// search says of every row whether one of its cells contains the needle.
func (p *picker) search(chunks []*column.Chunk, hit []bool) []bool {
	n := chunks[0].Len()
	hit = slices.Grow(hit[:0], n)[:n]
	for row := range hit {
		hit[row] = p.needle == ""
	}
	if p.needle == "" {
		return hit
	}
	values := make([]bool, 0, n)
	for _, c := range chunks {
		values = values[:0]
		found := false
		for v := range c.Values() {
			ok := p.contains(c.Value(v))
			values = append(values, ok)
			found = found || ok
		}
		if !found {
			continue
		}
		for row := range hit {
			hit[row] = hit[row] || values[c.Code(row)]
		}
	}
	return hit
}

func (p *picker) contains(text string) bool {
	var is bool
	if p.scratch, is = column.AppendUnlessNormal(p.scratch[:0], text); is {
		return strings.Contains(text, p.needle)
	}
	return bytes.Contains(p.scratch, []byte(p.needle))
}

func (p *picker) rank(row int, text string) ranked {
	r := ranked{row: row}
	if p.numeric {
		// All cells of such a column are numbers or empty, and empty ones come
		// before all others.
		n, ok := p.notation.Number(text)
		if r.number = n.Float; !ok {
			r.number = math.Inf(-1)
		}
		return r
	}
	// A copy, because a rank outlives its block; and not more of a long text
	// than is needed to sort by.
	const most = 256
	text = column.Normalize(text[:min(len(text), 4*most)])
	r.text = strings.Clone(text[:min(len(text), most)])
	return r
}

// cut sorts and keeps the first most.
func (p *picker) cut(best []ranked, most int) []ranked {
	slices.SortFunc(best, func(a, b ranked) int {
		order := cmp.Or(cmp.Compare(a.number, b.number), cmp.Compare(a.text, b.text))
		if p.descending {
			order = -order
		}
		return cmp.Or(order, cmp.Compare(a.row, b.row))
	})
	return best[:min(len(best), most)]
}
