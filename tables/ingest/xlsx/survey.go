package xlsx

import (
	"cmp"
	"errors"
	"io"
	"slices"
)

// A Survey is what is known of a sheet once it has been read to its end.
type Survey struct {
	LastRows []int // of each column, the last row that holds something, from 1; 0 is none
	Merges   []CellRange
}

// Skim begins to read a sheet cheaply: of a cell that holds something its records tell no
// more than that it is not "".
func (w *Workbook) Skim(s Sheet) (*Records, error) {
	r, err := w.Records(s, Merges{})
	if err != nil {
		return nil, err
	}
	r.skimmed = true
	return r, nil
}

// Survey reads a sheet cheaply from end to end.
func (w *Workbook) Survey(s Sheet) (Survey, error) {
	r, err := w.Skim(s)
	if err != nil {
		return Survey{}, err
	}
	var found Survey
	for {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return Survey{}, errors.Join(err, r.Close())
		}
		for i, cell := range rec.Cells {
			if cell == "" {
				continue
			}
			for len(found.LastRows) <= i {
				found.LastRows = append(found.LastRows, 0)
			}
			found.LastRows[i] = rec.Place
		}
	}
	found.Merges = r.unseen.Merges
	slices.SortStableFunc(found.Merges, func(a, b CellRange) int { return cmp.Compare(a.Row, b.Row) })
	return found, r.Close()
}
