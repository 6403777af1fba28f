package scan

import (
	"context"
	"errors"
	"slices"

	"tablestep/tables/column"
)

// A Task is one of several looks at the same rows.
type Task struct {
	Columns []int // that it wants to see, in this order

	// Take is given the columns of each row group in turn; first is the group's first
	// row. The slice of chunks may be kept until the next call, and the chunks for good.
	// A Take that returns ErrStop is not called again.
	Take func(first int, chunks []*column.Chunk) error
}

// Pass walks over the rows once and lets all tasks look at each group, in their order:
// each column is read and decoded once, however many want it. It ends with the first
// error of a task, and early, without an error, when all have stopped.
func Pass(ctx context.Context, r Reader, tasks []Task) error {
	if len(tasks) == 0 {
		return nil
	}
	var wanted []int
	for _, t := range tasks {
		wanted = append(wanted, t.Columns...)
	}
	slices.Sort(wanted)
	wanted = slices.Compact(wanted)
	given := make([][]*column.Chunk, len(tasks))
	for i, t := range tasks {
		given[i] = make([]*column.Chunk, len(t.Columns))
	}
	stopped, open := make([]bool, len(tasks)), len(tasks)
	return Each(ctx, r, wanted, func(first int, chunks []*column.Chunk) error {
		for i, t := range tasks {
			if stopped[i] {
				continue
			}
			for at, c := range t.Columns {
				place, _ := slices.BinarySearch(wanted, c)
				given[i][at] = chunks[place]
			}
			err := t.Take(first, given[i])
			switch {
			case errors.Is(err, ErrStop):
				stopped[i] = true
				open--
			case err != nil:
				return err
			}
		}
		if open == 0 {
			return ErrStop
		}
		return nil
	})
}
