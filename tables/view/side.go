package view

import (
	"context"

	"tablestep/tables/scan"
	"tablestep/tables/schema"
)

// A Side is one version and what reads its rows: what is shown, or one of two that are
// compared.
type Side struct {
	Version *schema.Version
	Reader  scan.Reader
}

// fetch reads rows by their numbers, counted from 0, in the order given. A column of -1
// has empty cells.
func (s Side) fetch(ctx context.Context, columns []int, rows []int) ([]Row, error) {
	numbers := make([]int32, len(rows))
	result := make([]Row, len(rows))
	for i, row := range rows {
		numbers[i] = int32(row)
		result[i] = Row{Row: row + 1, Cells: make([]string, len(columns))}
	}
	if len(rows) == 0 {
		return result, nil
	}
	var picker scan.Picker
	texts := make([]string, len(rows))
	for i, c := range columns {
		if c < 0 {
			continue
		}
		if err := picker.Gather(ctx, s.Reader, []int{c}, numbers, [][]string{texts}); err != nil {
			return nil, err
		}
		for row, text := range texts {
			result[row].Cells[i] = text
		}
	}
	return result, nil
}
