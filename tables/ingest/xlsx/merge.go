package xlsx

import "strconv"

// maxMerges is how many merged ranges are remembered. Spreadsheet programs get slow long
// before; of what goes beyond, each cell is read as if it stood alone.
const maxMerges = 1 << 16

// A CellRange is a rectangle of cells; columns from 0, rows from 1.
type CellRange struct {
	Column, Row, ToColumn, ToRow int
}

// Name is how spreadsheet programs write the range: A1:B2.
func (r CellRange) Name() string {
	return r.First() + ":" + columnLetters(r.ToColumn) + strconv.Itoa(r.ToRow)
}

// First is the name of the cell at the top left, the only one that shows.
func (r CellRange) First() string { return columnLetters(r.Column) + strconv.Itoa(r.Row) }

// Merges are the merged ranges of a sheet. Its part names them behind the rows, so that
// they are known only once it was read: Survey gives them.
type Merges struct {
	Ranges []CellRange // in the order of their first rows
	// Fill gives the text of the first cell to the cells below it in a range over rows, in
	// rows that hold something.
	Fill bool
}

// A mergeReader knows, from row to row, which cells lie under merged ones.
type mergeReader struct {
	left    []CellRange // that begin further down
	fill    bool
	columns int
	covered []int // for each column, the last row of it that is covered
	fills   []mergeFill
}

// A mergeFill is a text that goes into the rows below its own.
type mergeFill struct {
	column, to int
	text       string
	known      bool // the first cell was read
}

// begin gets ready for a row: what lies right of a first cell in it is covered.
func (m *mergeReader) begin(row int) {
	for len(m.left) > 0 && m.left[0].Row <= row {
		r := m.left[0]
		m.left = m.left[1:]
		if r.ToRow < row {
			continue
		}
		for len(m.covered) <= min(r.ToColumn, m.columns-1) {
			m.covered = append(m.covered, 0)
		}
		for c := r.Column; c <= r.ToColumn && c < len(m.covered); c++ {
			if c > r.Column || r.Row < row {
				m.covered[c] = max(m.covered[c], r.ToRow)
			}
		}
		if r.ToRow > r.Row && r.Column < len(m.covered) {
			m.fills = append(m.fills, mergeFill{column: r.Column, to: r.ToRow, known: r.Row < row})
		}
	}
}

// covers says that a cell of the row lies under a merged one.
func (m *mergeReader) covers(column, row int) bool {
	return column < len(m.covered) && m.covered[column] >= row
}

// end takes the texts of first cells that were read in the row, and gives to the others what
// they lack.
func (m *mergeReader) end(s *Records) {
	kept := m.fills[:0]
	for _, f := range m.fills {
		switch {
		case !f.known:
			f.known = true
			if f.column < len(s.rec.Cells) {
				f.text = s.rec.Cells[f.column]
			}
			m.covered[f.column] = max(m.covered[f.column], f.to)
		case m.fill && s.rec.Written && f.to >= s.row && f.text != "":
			s.grow(f.column)
			s.rec.Cells[f.column] = f.text
		}
		if f.to > s.row {
			kept = append(kept, f)
		}
	}
	m.fills = kept
}
