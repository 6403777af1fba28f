package ingest

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"tablestep/tables/ingest/record"
)

// A joining says whether the records with too many cells of a file can be put right by
// joining cells: a comma that is punctuation has a space behind it, one that separates
// cells has none. That is plain only if all such records have equally many commas too
// many, and exactly so many with a space behind.
type joining struct {
	records int    // with too many cells
	surplus int    // cells too many, in each of them
	not     string // why it is not plain, with the place; "" if it is
}

// take adds a record with too many cells.
func (j *joining) take(rec *record.Record, width int, at string) {
	j.records++
	if j.not != "" {
		return
	}
	surplus := textWidth(rec.Cells) - width
	if j.records == 1 {
		j.surplus = surplus
	}
	switch spaced := len(spacedCells(rec)); {
	case spaced != surplus:
		j.not = fmt.Sprintf("%s has %s too many, and %s", at, delimiters(surplus), withSpace(spaced))
	case surplus != j.surplus:
		j.not = fmt.Sprintf("%s has %s too many, others have %d", at, delimiters(surplus), j.surplus)
	}
}

func (j *joining) plain() bool { return j.records > 0 && j.not == "" }

func delimiters(n int) string {
	if n == 1 {
		return "1 delimiter"
	}
	return fmt.Sprintf("%d delimiters", n)
}

func withSpace(n int) string {
	switch n {
	case 0:
		return "none has a space behind it"
	case 1:
		return "1 has a space behind it"
	}
	return fmt.Sprintf("%d have a space behind them", n)
}

// spacedCells are the cells, but for the first, that begin with a space behind their
// delimiter: not those in quotes.
func spacedCells(rec *record.Record) (cells []int) {
	for i := 1; i < len(rec.Cells); i++ {
		cell := rec.Cells[i]
		if len(cell) > 1 && cell[0] == ' ' && strings.TrimLeft(cell, " ") != "" && (i >= len(rec.Quoted) || !rec.Quoted[i]) {
			cells = append(cells, i)
		}
	}
	return cells
}

// planJoin passes over the file once to see whether its long records can be joined.
func (f *File) planJoin(open func() (source, error)) error {
	src, err := open()
	if err != nil {
		return err
	}
	if f.used.HeaderRow > 0 {
		if _, err := skipTo(src, f.used.HeaderRow); err != nil {
			return errors.Join(err, src.Close())
		}
	}
	src.Expect(f.width)
	f.join = &joining{}
	for {
		rec, err := src.Next()
		if errors.Is(err, io.EOF) {
			return src.Close()
		}
		if err != nil {
			return errors.Join(err, src.Close())
		}
		if rec.Written && f.isLong(rec) {
			f.join.take(rec, f.width, f.at(rec.Place))
		}
	}
}

// joins joins the cells of a long record, if all of the file can be, and gives the first
// cell that became longer; -1 is a record that stays as it is.
func (f *File) joins(rec *record.Record) (cell int) {
	if f.join == nil || !f.join.plain() || !f.isLong(rec) {
		return -1 // nearly always
	}
	for _, i := range slices.Backward(spacedCells(rec)) {
		rec.Cells[i-1] += f.used.Delimiter + rec.Cells[i]
		rec.Cells = slices.Delete(rec.Cells, i, i+1)
		if i < len(rec.Quoted) {
			rec.Quoted = slices.Delete(rec.Quoted, i, i+1)
		}
		for k := range rec.Findings {
			if rec.Findings[k].Cell >= i {
				rec.Findings[k].Cell--
			}
		}
		cell = i - 1
	}
	return cell
}

// tellJoined reports a row of which a cell was joined with those behind it.
func (f *File) tellJoined(rec *record.Record, cell int) {
	f.report(rec, record.Finding{Code: "JOINED", Cell: cell, Text: rec.Cells[cell]})
}

// shorten puts what a record has too much into its last cell, with the finding LONG_ROW, so
// that nothing is lost until a person has mended the row.
func (f *File) shorten(rec *record.Record) {
	last := f.take[len(f.take)-1]
	rec.Cells[last] = strings.Join(append([]string{rec.Cells[last]}, rec.Cells[f.width:textWidth(rec.Cells)]...), f.cellSign())
	rec.Cells = rec.Cells[:f.width]
	rec.Findings = append(rec.Findings, record.Finding{Code: longRowCode, Cell: last, Text: rec.Cells[last]})
}
