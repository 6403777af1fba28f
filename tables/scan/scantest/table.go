package scantest

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"tablestep/tables/column"
	"tablestep/tables/schema"
)

// ErrDamaged is what a chunk that was damaged gives, and all reads after it.
var ErrDamaged = errors.New("damaged in a test")

// A Table is a version in memory. It is a scan.Reader and serves any number of
// goroutines.
type Table struct {
	Version *schema.Version // the caller may change what it says of columns and numbers before it is used

	chunks [][][]byte // of a group, by column

	mu    sync.Mutex // guards the fields below, and chunks once somebody reads
	reads map[place]int
	bad   error // why nothing is read any more
}

// place is a chunk.
type place struct{ group, column int }

// New makes a table of texts with row groups of so many rows, column.MaxRows where that
// is 0. Its version is number 1 of table "t" in storage 1; empty cells, distinct cells
// and bytes of the columns are counted, and all are strings. It panics without rows.
func New(columns []string, rows [][]string, groupRows int) *Table {
	return Make(columns, groupRows, func(row int, cells []string) bool {
		if row == len(rows) {
			return false
		}
		copy(cells, rows[row])
		return true
	})
}

// Make is New with rows that are made one by one: next fills the cells of a row, and is
// false when there is none.
func Make(columns []string, groupRows int, next func(row int, cells []string) bool) *Table {
	if groupRows <= 0 {
		groupRows = column.MaxRows
	}
	v := schema.NamedVersion(columns)
	v.Number, v.Table, v.Storage = 1, "t", 1
	t := &Table{Version: v, reads: map[place]int{}}
	group, cells := make([]column.Cells, len(columns)), make([]string, len(columns))
	seen := make([]map[string]struct{}, len(columns))
	for c := range seen {
		seen[c] = map[string]struct{}{}
		v.Columns[c].Type = schema.TypeString
	}
	for next(v.Rows, cells) {
		for c, cell := range cells {
			group[c].Append(cell)
			if cell == "" {
				v.Columns[c].Empty++
				continue
			}
			seen[c][cell] = struct{}{}
			v.Columns[c].MaxBytes = max(v.Columns[c].MaxBytes, len(cell))
		}
		if v.Rows++; group[0].Len() == groupRows {
			t.add(group)
		}
	}
	if group[0].Len() > 0 {
		t.add(group)
	}
	for c := range seen {
		v.Columns[c].Distinct = len(seen[c])
	}
	if v.Rows == 0 {
		panic("scantest: a table without rows")
	}
	if err := v.Locate(); err != nil {
		panic(fmt.Sprintf("scantest: %v", err)) // cannot be: the groups were counted here
	}
	return t
}

// add encodes a row group and empties it.
func (t *Table) add(group []column.Cells) {
	var enc column.Encoder
	v := t.Version
	v.Groups = append(v.Groups, group[0].Len())
	chunks := make([][]byte, len(group))
	for c := range group {
		chunk := enc.Compact(group[c].Chunk())
		chunks[c] = enc.Append(nil, chunk)
		v.Memory += chunk.Bytes()
		v.Bytes += int64(len(chunks[c]))
		group[c].Reset()
	}
	t.chunks = append(t.chunks, chunks)
}

// Groups are the rows of each row group.
func (t *Table) Groups() []int { return t.Version.Groups }

// Read hands out chunks and counts them. What was lent is overwritten afterwards, so that
// who keeps it is found out.
func (t *Table) Read(ctx context.Context, group int, columns []int, f func(i int, chunk []byte) error) error {
	if err := t.sound(); err != nil {
		return err
	}
	if len(columns) == 0 {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	for i, c := range columns {
		lent := t.chunk(group, c)
		err := f(i, lent)
		for at := range lent {
			lent[at] = 0xff
		}
		if err != nil {
			err = fmt.Errorf("%w: column %q, row group %d: %w", ErrDamaged, t.Version.Columns[c].Name, group, err)
			t.mu.Lock()
			t.bad = err
			t.mu.Unlock()
			return err
		}
	}
	return nil
}

func (t *Table) sound() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.bad
}

// chunk is a copy that Read takes back: see there.
func (t *Table) chunk(group, c int) []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.reads[place{group, c}]++
	return append([]byte(nil), t.chunks[group][c]...)
}

// Damage changes the last byte of a chunk.
func (t *Table) Damage(group, c int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	chunk := t.chunks[group][c]
	chunk[len(chunk)-1] ^= 1
}

// Reads is how often the chunk of a column was read that was read most often.
func (t *Table) Reads(c int) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	most := 0
	for p, n := range t.reads {
		if p.column == c {
			most = max(most, n)
		}
	}
	return most
}

// ReadsOf is how often one chunk was read.
func (t *Table) ReadsOf(group, c int) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.reads[place{group, c}]
}
