package answers

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"tablestep/tables/column"
	"tablestep/tables/roster"
	"tablestep/tables/schema"
)

// A Hit is a row that a tuple hits under PolicyRotate: one of those that take turns.
type Hit struct {
	Row   int32 // counted from 0
	Score float32
}

// A Turn gives a row to a tuple.
type Turn struct {
	Tuple int32 // of those that were looked up
	Row   int32 // whose turn it is, one of the tuple's hits; -1 where none of them is free
	Score float32
}

// maxListed is how many hits of a batch are kept for those who take turns, 8 bytes each. It is
// 400 rows for each of 10,000 different leads.
const maxListed = 1 << 22

// listWork is what it takes to keep a hit.
const listWork = 2

func (f *fold) startLists(tuples int) {
	f.listed = 0
	f.lists = slices.Grow(f.lists[:0], tuples)[:tuples]
	for t := range f.lists {
		f.lists[t] = f.lists[t][:0]
	}
}

// list keeps all hits of a tuple.
func (f *fold) list(t int, found *Found, rows []int32, scores []float32) {
	if f.listed += len(rows); f.listed > maxListed {
		f.missed(t)
		return
	}
	if !f.meter.Spend(listWork * len(rows)) {
		return
	}
	found.Hits += int32(len(rows))
	for i, row := range rows {
		f.lists[t] = append(f.lists[t], Hit{f.at.number(row), scores[i]})
	}
}

// Hits are the rows that a tuple hit under PolicyRotate, in their order, until the next Answer
// into the batch.
func (b *Batch) Hits(tuple int) []Hit {
	return b.fold.lists[tuple]
}

// TakeHits takes the hits of tuple i of another batch of the same lookup for those of a tuple.
func (b *Batch) TakeHits(tuple int, o *Batch, i int) {
	if b.fold.policy == schema.PolicyRotate {
		b.fold.lists[tuple] = append(b.fold.lists[tuple][:0], o.fold.lists[i]...)
	}
}

// Turn ends an Answer under PolicyRotate: afterwards the batch has one answer for each of the
// turns, with its texts, in place of those to the tuples. Hits is of the tuples, and stays. A tuple
// that an alias answers has its row without a turn.
func (sn *Snapshot) Turn(ctx context.Context, l *schema.Lookup, out *Batch, turns []Turn) error {
	old := out.Found
	out.Found = make([]Found, len(turns))
	for i, turn := range turns {
		f := old[turn.Tuple]
		if f.Hits > 0 && !f.Unreached && f.Alias == 0 {
			if f.Row, f.Score = turn.Row, turn.Score; turn.Row < 0 {
				f.Score, f.Busy = 0, f.Hits
			}
		}
		out.Found[i] = f
	}
	for o := range out.Cells {
		out.Cells[o] = make([]string, len(turns))
	}
	if err := sn.cellsOf(ctx, out); err != nil {
		return err
	}
	out.constants(l.Outputs)
	return nil
}

// Roster is how the rows of the version take turns in a lookup. It is read once a version and
// remembered. The error wraps ErrInvalid or ErrColumnNotFound for a lookup that does not fit.
func (sn *Snapshot) Roster(ctx context.Context, l *schema.Lookup) (*roster.Roster, error) {
	columns, err := rosterColumns(sn.version, l)
	if err != nil {
		return nil, fmt.Errorf("lookup %q of table %q: %w", l.Name, sn.table, err)
	}
	name := fmt.Sprint(sn.version.Storage, columns.Name, columns.Weight, columns.Cap, columns.Away)
	if r, ok := sn.cache.rosters.of(name); ok {
		return r, nil
	}
	list := columns.List()
	r := roster.New(columns)
	err = sn.eachGroup(ctx, list, func(_ int, chunks []*column.Chunk) error {
		r.Add(chunks[0].Len(), func(c, row int) string { return chunks[slices.Index(list, c)].At(row) }, func(roster.Problem) {})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read who takes turns in table %q: %w", sn.table, err)
	}
	sn.cache.rosters.remember(name, r)
	return r, nil
}

// rosterColumns finds the columns by which rows take turns.
func rosterColumns(v *schema.Version, l *schema.Lookup) (roster.Columns, error) {
	if v.Rows > schema.MaxRotation {
		return roster.Columns{}, fmt.Errorf("%w: version %d has %d rows: %d are the most that can take turns", schema.ErrInvalid, v.Number, v.Rows, schema.MaxRotation)
	}
	return roster.ColumnsOf(v, l)
}

// rosters are those that were read.
type rosters struct {
	mu    sync.Mutex // guards the fields below
	known map[string]*roster.Roster
	rows  int // of them all
}

// maxRosterRows is how many rows are remembered, about 100 bytes each.
const maxRosterRows = 20 * schema.MaxRotation

func (r *rosters) of(name string) (*roster.Roster, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	known, ok := r.known[name]
	return known, ok
}

// remember forgets all others when there are too many.
func (r *rosters) remember(name string, read *roster.Roster) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.rows += len(read.Rows); r.known == nil || r.rows > maxRosterRows {
		r.known, r.rows = map[string]*roster.Roster{}, len(read.Rows)
	}
	r.known[name] = read
}

// Zone is whose days the cells of tables are.
func (sn *Snapshot) Zone() *time.Location {
	if zone := sn.cache.options.Zone; zone != nil {
		return zone
	}
	return time.UTC
}
