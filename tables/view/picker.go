package view

import (
	"bytes"
	"cmp"
	"context"
	"math"
	"runtime"
	"slices"
	"strings"

	"tablestep/tables/column"
	"tablestep/tables/scan"
	"tablestep/tables/schema"
)

// A picker finds the rows of one page. It is for one use.
type picker struct {
	of         Side
	query      Query
	needle     string // in normal form; empty: every row has it
	tests      []test
	only       []int // rows that count, ascending from 0; nil: all
	sortBy     int   // column, -1 none
	descending bool
	numeric    bool
	notation   schema.Notation // of the column that is sorted by

	total   int
	rows    []int    // of the page, of a query that is not sorted
	best    []ranked // of one that is
	scratch []byte
	values  []bool
}

// A test is what the cells of one column must be.
type test struct {
	column int
	text   string // in normal form
	whole  bool
}

// ranked is a row with what it is sorted by.
type ranked struct {
	row    int
	number float64
	text   string
}

// pick gives row numbers, counted from 0.
func (p *picker) pick(ctx context.Context) ([]int, error) {
	if p.needle == "" && len(p.tests) == 0 && p.only == nil && p.sortBy < 0 {
		p.total = p.of.Version.Rows
		var rows []int
		for row := p.query.Offset; row < p.total && len(rows) < p.query.Limit; row++ {
			rows = append(rows, row)
		}
		return rows, nil
	}
	if err := scan.Sound(ctx, p.of.Reader); err != nil {
		return nil, err
	}
	var (
		hit   []bool
		first int
		g     = &group{of: p.of}
	)
	for at, rows := range p.of.Reader.Groups() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		hit = slices.Grow(hit[:0], rows)[:rows]
		g.begin(at)
		ok, err := p.search(ctx, g, first, hit)
		if err == nil && ok {
			err = p.take(ctx, g, first, hit)
		}
		if err != nil {
			return nil, err
		}
		first += rows
		runtime.Gosched() // as scan.Each does, for the same reason
	}
	if p.sortBy < 0 {
		return p.rows, nil
	}
	p.cut()
	for _, r := range p.best[min(p.query.Offset, len(p.best)):] {
		p.rows = append(p.rows, r.row)
	}
	return p.rows, nil
}

// search says of every row of a group whether it is hit, and whether one is.
func (p *picker) search(ctx context.Context, g *group, first int, hit []bool) (some bool, err error) {
	for row := range hit {
		hit[row] = p.only == nil
	}
	if p.only != nil {
		at, _ := slices.BinarySearch(p.only, first)
		for ; at < len(p.only) && p.only[at] < first+len(hit); at++ {
			hit[p.only[at]-first] = true
		}
	}
	for _, t := range p.tests {
		if !slices.Contains(hit, true) {
			return false, nil
		}
		chunk, err := g.chunk(ctx, t.column)
		if err != nil {
			return false, err
		}
		p.judge(chunk, t)
		for row := range hit {
			hit[row] = hit[row] && p.values[chunk.Code(row)]
		}
	}
	if p.needle == "" || !slices.Contains(hit, true) {
		return slices.Contains(hit, true), nil
	}
	found := make([]bool, len(hit))
	for c := range p.of.Version.Columns {
		chunk, err := g.chunk(ctx, c)
		if err != nil {
			return false, err
		}
		if !p.judge(chunk, test{text: p.needle}) {
			continue
		}
		for row := range found {
			found[row] = found[row] || p.values[chunk.Code(row)]
		}
	}
	for row := range hit {
		hit[row] = hit[row] && found[row]
	}
	return slices.Contains(hit, true), nil
}

// judge holds each value of a chunk against a test, into p.values, and says whether one
// passes.
func (p *picker) judge(chunk *column.Chunk, t test) (some bool) {
	p.values = p.values[:0]
	for v := range chunk.Values() {
		var ok bool
		ok, p.scratch = t.holds(chunk.Value(v), p.scratch)
		p.values = append(p.values, ok)
		some = some || ok
	}
	return some
}

// holds compares in normal form. The scratch goes round, to be used again.
func (t *test) holds(text string, scratch []byte) (bool, []byte) {
	scratch, is := column.AppendUnlessNormal(scratch[:0], text)
	switch {
	case is && t.whole:
		return text == t.text, scratch
	case is:
		return strings.Contains(text, t.text), scratch
	case t.whole:
		return string(scratch) == t.text, scratch
	}
	return bytes.Contains(scratch, []byte(t.text)), scratch
}

// take counts the rows of a group that are hit, and keeps those that the page may need.
func (p *picker) take(ctx context.Context, g *group, first int, hit []bool) error {
	var sorted *column.Chunk
	if p.sortBy >= 0 {
		var err error
		if sorted, err = g.chunk(ctx, p.sortBy); err != nil {
			return err
		}
	}
	for row, ok := range hit {
		if !ok {
			continue
		}
		p.total++
		if sorted == nil {
			if p.total > p.query.Offset && len(p.rows) < p.query.Limit {
				p.rows = append(p.rows, first+row)
			}
			continue
		}
		p.best = append(p.best, p.rank(first+row, sorted.At(row)))
		if len(p.best) >= 2*(p.query.Offset+p.query.Limit)+1024 {
			p.cut()
		}
	}
	return nil
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

// cut sorts what was kept and keeps what the page needs.
func (p *picker) cut() {
	slices.SortFunc(p.best, func(a, b ranked) int {
		order := cmp.Or(cmp.Compare(a.number, b.number), cmp.Compare(a.text, b.text))
		if p.descending {
			order = -order
		}
		return cmp.Or(order, cmp.Compare(a.row, b.row))
	})
	most := min(len(p.best), p.query.Offset+p.query.Limit)
	clear(p.best[most:]) // so that the texts go
	p.best = p.best[:most]
}

// A group is one row group, of which each column is read when it is first asked for.
type group struct {
	of      Side
	at      int
	decoder column.Decoder
	chunks  map[int]*column.Chunk
}

func (g *group) begin(at int) {
	g.at, g.chunks = at, map[int]*column.Chunk{}
}

func (g *group) chunk(ctx context.Context, c int) (*column.Chunk, error) {
	if chunk := g.chunks[c]; chunk != nil {
		return chunk, nil
	}
	chunks, err := scan.Group(ctx, g.of.Reader, &g.decoder, g.at, []int{c}, nil)
	if err != nil {
		return nil, err
	}
	g.chunks[c] = chunks[0]
	return chunks[0], nil
}
