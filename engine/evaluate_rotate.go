package engine

import (
	"context"
	"slices"
	"time"

	"tablestep/engine/queue"
	"tablestep/engine/rotate"
	"tablestep/tables"
	"tablestep/tables/answers"
	"tablestep/tables/schema"
)

// inTurn is the memory of those who take turns in the lookup of a group.
type inTurn struct {
	ids    []string // of the leads that hit something
	tuples []int    // what they hit
	leads  []int    // which of the group they are
	turns  []answers.Turn
	from   []uint32 // the tuple of each of the turns
	valid  answers.Batch
}

// rotate gives each lead of a group its row where the rows take turns. Afterwards a tuple is what
// was looked up together with the row: leads of one tuple that got different rows are of
// different ones from then on, and whatever comes after it goes by tuples, as always.
func (ws *Workspace) rotate(ctx context.Context, w *world, p *plan, leads []int32) error {
	if p.lookup.Policy() != schema.PolicyRotate {
		return nil
	}
	of, err := p.snapshot.Roster(ctx, &p.lookup)
	if err != nil {
		return err
	}
	t := &ws.turns
	t.ids, t.tuples, t.leads, t.turns, t.from = t.ids[:0], t.tuples[:0], t.leads[:0], t.turns[:0], t.from[:0]
	for k, i := range leads {
		if tuple := ws.tuples.of[k]; ws.found.Found[tuple].Hits > 0 && ws.found.Found[tuple].Alias == 0 {
			t.ids = append(t.ids, string(ws.batch.ID(int(i))))
			t.tuples, t.leads = append(t.tuples, int(tuple)), append(t.leads, k)
		}
	}
	at := w.now.In(p.snapshot.Zone())
	q := rotate.Request{
		Rotation: p.rotation(w.instance), Roster: of, At: at, Period: rotate.Period(p.lookup.CapPeriod, at), Leads: t.ids, Tuples: t.tuples,
		Rows: func(tuple int, dst []int32) []int32 {
			hits := ws.found.Hits(tuple)
			dst = slices.Grow(dst, len(hits))
			for i := range hits {
				dst = append(dst, hits[i].Row)
			}
			return dst
		},
	}
	var keeps time.Duration
	if keeps, q.Sticky = p.lookup.StickyTime(); keeps > 0 {
		q.Until = w.now.Add(keeps)
	}
	if q.Dated = p.lookup.Dated() && !p.lookup.Some(); q.Dated {
		if q.Valid, err = ws.valid(ctx, p); err != nil {
			return err
		}
	}
	chosen, err := w.booking.Choose(ctx, &q)
	if err != nil {
		return err
	}
	ws.split(leads, chosen)
	return p.snapshot.Turn(ctx, &p.lookup, &ws.found, t.turns)
}

// valid are the rows that are valid at the plan's moment, whatever leads have, ascending.
func (ws *Workspace) valid(ctx context.Context, p *plan) (rows []int32, err error) {
	l := p.lookup
	l.Match, l.Outputs, l.Aliases = nil, nil, nil
	var moments [][]string
	for i := range p.lookup.Match {
		if m := &p.lookup.Match[i]; m.AtNow() {
			l.Match, moments = append(l.Match, *m), append(moments, []string{answers.Moment(p.at)})
		}
	}
	if err := p.snapshot.Answer(ctx, &l, moments, &ws.turns.valid, nil); err != nil {
		return nil, err
	}
	for _, hit := range ws.turns.valid.Hits(0) {
		rows = append(rows, hit.Row)
	}
	return rows, nil
}

// rotation is the turns of a plan's lookup. Flow steps that change what is matched or written
// share them.
func (p *plan) rotation(instance string) queue.Rotation {
	return rotationOf(instance, p.table, p.lookup.Name)
}

// rotationOf names the turns of a lookup as they are kept: the default one is called as its table,
// which may come to have another name.
func rotationOf(instance, table, lookup string) queue.Rotation {
	if lookup == table {
		lookup = tables.DefaultLookup
	}
	return queue.Rotation{Instance: instance, Table: table, Lookup: lookup}
}

// split makes a tuple of each pair of a tuple and the row that a lead of it got.
func (ws *Workspace) split(leads, chosen []int32) {
	t, tuples := &ws.turns, &ws.tuples
	if tuples.pairs == nil {
		tuples.pairs = make(map[uint64]uint32)
	}
	clear(tuples.pairs)
	next := 0 // of those that hit something
	for k := range leads {
		turn := answers.Turn{Tuple: int32(tuples.of[k]), Row: -1}
		if next < len(t.leads) && t.leads[next] == k {
			turn.Row = chosen[next]
			next++
		}
		pair := uint64(turn.Tuple)<<32 | uint64(turn.Row+1)
		n, known := tuples.pairs[pair]
		if !known {
			n = uint32(len(t.turns))
			tuples.pairs[pair] = n
			if turn.Row >= 0 {
				hits := ws.found.Hits(int(turn.Tuple))
				at, _ := slices.BinarySearchFunc(hits, turn.Row, func(h answers.Hit, row int32) int { return int(h.Row - row) })
				turn.Score = hits[at].Score
			}
			t.turns, t.from = append(t.turns, turn), append(t.from, uint32(turn.Tuple))
		}
		tuples.of[k] = n
	}
	tuples.from, tuples.count = t.from, len(t.turns)
	for m, old := range tuples.keys {
		tuples.keys[m] = tuples.moved(old)
		if tuples.shorter[m] != nil {
			tuples.shorter[m] = tuples.moved(tuples.shorter[m])
		}
	}
}
