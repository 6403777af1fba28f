package index

import (
	"errors"
	"fmt"
	"math/bits"
	"slices"

	"tablestep/tables/column"
	"tablestep/tables/schema"
)

// entries are the distinct cells of a column, in the form of its mode, and the
// rows that have them.
type entries struct {
	texts texts
	any   int32   // the entry of cells that mean anything, behind those with texts; none where there are none, or where the kernel has its own
	empty int32   // the entry of empty cells, the last one; none where they match nothing
	of    []int32 // entry of a row; none for an empty cell that matches nothing
	rows  lists   // rows of an entry, ascending
	dense [][]uint64
	unread
}

// unread is what could not be read.
type unread struct {
	unreadRows int        // they have no entry
	unreadCell *CellError // the cell of the first of them
}

// count is how many entries there are.
func (e *entries) count() int { return len(e.rows.starts) - 1 }

// size is how many rows an entry has.
func (e *entries) size(entry int32) int {
	return int(e.rows.starts[entry+1] - e.rows.starts[entry])
}

func (e *entries) bytes() int64 {
	n := 4*int64(len(e.of)) + e.rows.bytes() + e.texts.bytes() + 24*int64(len(e.dense))
	for _, d := range e.dense {
		n += 8 * int64(len(d))
	}
	return n
}

// gather reads the entries of a part.
func gather(p Part, m *Meter) (*entries, error) {
	spec, ok := specOf(p.Mode)
	if !ok {
		return nil, fmt.Errorf("unknown mode %q", p.Mode)
	}
	spec = spec.forPart(p)
	g := gatherer{
		meter: m, spec: spec, part: p, wild: NewAnything(p.Mode, p.Anything), names: newIntern(),
		entries: &entries{any: none, empty: none, of: make([]int32, 0, p.Cells.Len())},
	}
	var err error
	if p.To != nil {
		err = g.pairs()
	} else {
		err = g.cells()
	}
	if err != nil {
		return nil, err
	}
	if m.Spend(len(g.of)); m.Stopped() {
		return nil, m.err
	}
	return g.finish(), nil
}

// gatherer is what only gathering needs.
type gatherer struct {
	*entries
	meter *Meter
	spec  spec
	part  Part
	wild  Anything
	names *intern
	codes []int32 // entry of a chunk's value
}

const (
	unknown = int32(-2) // not looked at yet
	vacant  = int32(-3) // an empty cell that matches an empty value
	misread = int32(-4) // a cell that its mode does not understand
	free    = int32(-5) // a cell that means anything
)

// cells goes through a column and looks at each value of a chunk once.
func (g *gatherer) cells() error {
	for at := range g.part.Cells.Chunks() {
		chunk, start := g.part.Cells.Chunk(at)
		g.codes = g.codes[:0]
		for range chunk.Values() {
			g.codes = append(g.codes, unknown)
		}
		for i := range chunk.Len() {
			code := chunk.Code(i)
			if g.codes[code] == unknown {
				if !g.meter.Spend(g.spec.read + len(chunk.Value(code))) {
					return g.meter.err
				}
				entry, err := g.cell(chunk.Value(code))
				if entry, err = g.orMisread(entry, err, start+i); err != nil {
					return err
				}
				g.codes[code] = entry
			}
			g.add(g.codes[code])
		}
	}
	return nil
}

func (g *gatherer) cell(cell string) (int32, error) {
	switch {
	case g.wild.Has(cell):
		if !g.spec.total {
			return free, nil
		}
		cell = "-" // as its kernel writes it
	case cell == "" || g.part.Mode != schema.ModeExact && column.Blank(cell):
		return g.vacancy(), nil
	case g.spec.total && column.Normalize(cell) == "-":
		cell = `"-"` // It means itself.
	}
	name, err := g.spec.canon(cell, &g.part.Notation)
	if err != nil {
		return none, err
	}
	return g.names.number(name)
}

// pairs goes through the two columns of a range.
func (g *gatherer) pairs() error {
	for row := range g.part.Cells.Len() {
		if !g.meter.Spend(g.spec.read) {
			return g.meter.err
		}
		from, to, all := g.wild.Ends(g.part.Cells.At(row), g.part.To.At(row))
		if all {
			g.of = append(g.of, free)
			continue
		}
		if from == "" && to == "" {
			g.of = append(g.of, g.vacancy())
			continue
		}
		entry := none
		name, err := g.spec.ends(from, to, &g.part.Notation)
		if err == nil {
			entry, err = g.names.number(name)
		}
		if entry, err = g.orMisread(entry, err, row); err != nil {
			return err
		}
		g.add(entry)
	}
	return nil
}

// orMisread is the entry, or misread where the error says that the cell is not
// understood. A version that went live while it was may have such cells; its other rows
// go on.
func (g *gatherer) orMisread(entry int32, err error, row int) (int32, error) {
	cell, bad := errors.AsType[*CellError](err)
	switch {
	case err == nil:
		return entry, nil
	case !bad:
		return none, fmt.Errorf("row %d: %w", row+1, err)
	case g.unreadCell == nil:
		cell.Row = row
		g.unreadCell = cell
	}
	return misread, nil
}

// add adds the entry of the next row.
func (g *gatherer) add(entry int32) {
	if entry == misread {
		g.unreadRows++
		entry = none
	}
	g.of = append(g.of, entry)
}

func (g *gatherer) vacancy() int32 {
	if g.part.MatchEmpty {
		return vacant
	}
	return none
}

// finish numbers the entries that have no text and lists the rows.
func (g *gatherer) finish() *entries {
	e := g.entries
	e.texts = g.names.texts()
	count := e.texts.len()
	if slices.Contains(e.of, free) {
		e.any = int32(count)
		count++
	}
	if slices.Contains(e.of, vacant) {
		e.empty = int32(count)
		count++
	}
	for row, entry := range e.of {
		switch entry {
		case free:
			e.of[row] = e.any
		case vacant:
			e.of[row] = e.empty
		}
	}
	e.list(count)
	return e
}

// list lists the rows of so many entries.
func (e *entries) list(count int) {
	e.rows.starts = make([]uint32, count+1)
	for _, entry := range e.of {
		if entry != none {
			e.rows.starts[entry+1]++
		}
	}
	for i := range count {
		e.rows.starts[i+1] += e.rows.starts[i]
	}
	e.rows.numbers = make([]int32, e.rows.starts[count])
	next := append([]uint32(nil), e.rows.starts[:count]...)
	for row, entry := range e.of {
		if entry != none {
			e.rows.numbers[next[entry]] = int32(row)
			next[entry]++
		}
	}
}

// build makes the kernel of the entries, which may number them anew. Where the meter
// stops, it is good for nothing.
func (e *entries) build(p Part, m *Meter) (kernel, error) {
	spec, _ := specOf(p.Mode)
	k, err := spec.forPart(p).build(&e.texts, p, m)
	if err != nil || m.Stopped() {
		return k, err
	}
	r, ok := k.(renumbering)
	if !ok {
		return k, nil
	}
	if numbers := r.renumbered(); numbers != nil && m.Spend(10*len(e.of)) {
		for row, entry := range e.of {
			if entry >= 0 && int(entry) < len(numbers) { // Others have no text.
				e.of[row] = numbers[entry]
			}
		}
		e.list(e.count())
	}
	return k, nil
}

// thicken makes bitmaps of the entries that many rows have: of those for which a
// bitmap takes no more memory than their list. All together take no more than
// all lists, so that a column with thousands of distinct cells costs no more than
// one with a few.
func (e *entries) thicken() {
	words := (len(e.of) + 63) / 64
	for entry := range int32(e.count()) {
		if e.size(entry) < 2*words || words < 2 {
			continue
		}
		if e.dense == nil {
			e.dense = make([][]uint64, e.count())
		}
		set := make([]uint64, words)
		for _, row := range e.rows.of(entry) {
			set[row>>6] |= 1 << (row & 63)
		}
		e.dense[entry] = set
	}
}

// markWork is what mark takes.
func (e *entries) markWork(entry int32) int {
	if e.dense != nil && e.dense[entry] != nil {
		return len(e.dense[entry])
	}
	return 2 * e.size(entry)
}

// mark adds the rows of an entry to a bitmap.
func (e *entries) mark(entry int32, set []uint64) {
	if e.dense != nil && e.dense[entry] != nil {
		dense := e.dense[entry]
		set = set[:len(dense)] // spares a look at the bound for each word
		for i, word := range dense {
			set[i] |= word
		}
		return
	}
	for _, row := range e.rows.of(entry) {
		set[row>>6] |= 1 << (row & 63)
	}
}

// eachBit calls f for the bits of a bitmap in ascending order until it says stop.
func eachBit(set []uint64, f func(row int32) (more bool)) {
	for i, word := range set {
		for word != 0 {
			if !f(int32(i<<6 + bits.TrailingZeros64(word))) {
				return
			}
			word &= word - 1
		}
	}
}
