package check

import (
	"context"
	"fmt"

	"tablestep/tables/column"
	"tablestep/tables/roster"
	"tablestep/tables/scan"
	"tablestep/tables/schema"
)

// Cells by which rows take turns have to be ones that say something: a row of which nobody
// knows how often it would get its turn gets none, and two rows of one name would have one
// counter. So they block, as a cell does that a match mode does not understand.

// turnLooks reads the cells by which rows take turns, those of the same columns once.
func turnLooks(v *schema.Version, lookups []schema.Lookup) (looks []look) {
	var seen []roster.Columns
	for i := range lookups {
		l := &lookups[i]
		if l.Policy() != schema.PolicyRotate {
			continue
		}
		columns, err := roster.ColumnsOf(v, l)
		if err != nil {
			continue // The column that is gone is told elsewhere.
		}
		known := false
		for _, c := range seen {
			known = known || c == columns
		}
		if known {
			continue
		}
		seen = append(seen, columns)
		w := new(Warnings)
		if v.Rows > schema.MaxRotation {
			looks = append(looks, look{warnings: w, task: scan.Task{Take: func(int, []*column.Chunk) error { return scan.ErrStop }}, end: func(context.Context) error {
				w.Add(0, "", schema.CodeBadTurn, "lookup %q: the rows take turns, of which there may be %d, and the version has %d: put them into a table of their own", l.Name, schema.MaxRotation, v.Rows)
				return nil
			}})
			continue
		}
		looks = append(looks, look{warnings: w, memory: int64(v.Rows) * turnBytes, task: turnTask(columns, func(p roster.Problem) {
			w.Add(p.Row, v.Columns[p.Column].Name, p.Code, "lookup %q: %s", l.Name, p.Message)
		})})
	}
	return looks
}

// turnBytes is about what is remembered of a row.
const turnBytes = 200

// turnTask reads who takes turns, row group by row group.
func turnTask(columns roster.Columns, tell func(roster.Problem)) scan.Task {
	list := columns.List()
	at := map[int]int{}
	for i, c := range list {
		at[c] = i
	}
	read := roster.New(columns)
	return scan.Task{Columns: list, Take: func(_ int, chunks []*column.Chunk) error {
		read.Add(chunks[0].Len(), func(c, row int) string { return chunks[at[c]].At(row) }, tell)
		return nil
	}}
}

// Turns reads the cells of a version by which rows take turns in a lookup. The error wraps
// ErrInvalid and names the first one that cannot be used.
func Turns(ctx context.Context, r scan.Reader, v *schema.Version, l *schema.Lookup) error {
	if l.Policy() != schema.PolicyRotate {
		return nil
	}
	columns, err := roster.ColumnsOf(v, l)
	if err != nil {
		return err
	}
	var first *roster.Problem
	task := turnTask(columns, func(p roster.Problem) {
		if first == nil {
			first = &p
		}
	})
	if err := scan.Each(ctx, r, task.Columns, func(at int, chunks []*column.Chunk) error {
		if err := task.Take(at, chunks); err != nil || first == nil {
			return err
		}
		return scan.ErrStop
	}); err != nil {
		return err
	}
	if first != nil {
		return fmt.Errorf("%w: version %d, row %d, column %q: %s", schema.ErrInvalid, v.Number, first.Row, schema.Excerpt(v.Columns[first.Column].Name), first.Message)
	}
	return nil
}
