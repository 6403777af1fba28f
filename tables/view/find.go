package view

import (
	"context"
	"fmt"

	"tablestep/tables/column"
	"tablestep/tables/schema"
)

// Found is where a text stands in one version.
type Found struct {
	Table   string
	Version int
	Total   int // rows with such a cell
	Rows    []FoundRow
}

// A FoundRow is the cells of one row that contain the text.
type FoundRow struct {
	Row   int // from 1
	Cells []FoundCell
}

// A FoundCell is one cell; of a long text the beginning.
type FoundCell struct {
	Column string
	Text   string
}

// MaxFound is how many rows of one version are listed at most.
const MaxFound = 100

// Find looks for a text in the cells of a version, whatever its case and spaces, and
// lists the first rows. What bounds it is told at Rows.
func Find(ctx context.Context, of Side, text string, limit int) (*Found, error) {
	needle := column.Normalize(text)
	switch {
	case needle == "":
		return nil, fmt.Errorf("%w: no text to find", schema.ErrInvalid)
	case limit < 1 || limit > MaxFound:
		return nil, fmt.Errorf("%w: limit %d: 1 to %d", schema.ErrInvalid, limit, MaxFound)
	}
	page, err := Rows(ctx, of, nil, Query{Text: text, Limit: limit})
	if err != nil {
		return nil, err
	}
	found := &Found{Table: of.Version.Table, Version: page.Version, Total: page.Total}
	part := test{text: needle}
	var scratch []byte
	for _, row := range page.Rows {
		hit := FoundRow{Row: row.Row}
		for c, cell := range row.Cells {
			var ok bool
			if ok, scratch = part.holds(cell, scratch); ok {
				hit.Cells = append(hit.Cells, FoundCell{Column: page.Columns[c], Text: schema.Cut(cell, maxShown)})
			}
		}
		found.Rows = append(found.Rows, hit)
	}
	return found, nil
}
