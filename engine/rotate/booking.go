package rotate

import (
	"context"
	"fmt"
	"time"

	"tablestep/engine/queue"
	"tablestep/tables/roster"
)

// A Request asks for the rows of some leads in one rotation.
type Request struct {
	Rotation queue.Rotation
	Roster   *roster.Roster
	At       time.Time // the moment that counts, by the clock whose days those of the table are
	Period   string    // of caps; empty where there are none
	Sticky   bool
	Until    time.Time // how long a lead keeps its row; zero is for ever

	Leads  []string // their IDs, in the order in which they get their turns
	Tuples []int    // of each lead: what it hits, as Rows knows it
	// Rows adds the rows that a tuple hits to dst, ascending, by their numbers in the roster.
	Rows func(tuple int, dst []int32) []int32
	// Dated says that rows are valid for a time: those that are not in Valid, ascending, are hit by nobody now.
	Dated bool
	Valid []int32
}

// A Booking is what one evaluation gives. It serves one goroutine, and ends with Keep or
// TakeBack.
type Booking struct {
	ledger *Ledger
	id     queue.ID
	tries  bool
	before map[queue.Rotation]map[string][]string // what the invocation was given before
	parts  []*part
}

// part is what a booking gives in one rotation, by one request.
type part struct {
	of       *rotation
	turns    []queue.Turn
	stuck    []queue.Stuck
	rows     map[string]string // of leads that stick
	given    []given
	doubtful bool // the counters were read while it was under way
}

// given is a lead with its row.
type given struct{ lead, row string }

// Begin begins the evaluation of an invocation. The zero ID is one of leads that are only tried:
// it shows whose turn it would be, and gives nobody anything.
func (l *Ledger) Begin(id queue.ID) *Booking {
	b := &Booking{ledger: l, id: id, tries: id == queue.ID{}}
	if !b.tries {
		l.mu.Lock()
		b.before = l.again.of(id)
		l.mu.Unlock()
	}
	return b
}

// Choose gives a row to each lead of a request, -1 where none of those that it hits is free. The
// error is that of the keeper.
func (b *Booking) Choose(ctx context.Context, q *Request) ([]int32, error) {
	r := b.ledger.enter(q.Rotation)
	defer b.ledger.leave(r)
	stuck, kept, err := b.stuck(ctx, r, q)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if q.Sticky && r.kept != kept { // Another has stored meanwhile which rows leads keep.
		if stuck, err = b.ask(ctx, q); err != nil {
			return nil, err
		}
	}
	if err := r.refresh(ctx, b.ledger); err != nil {
		return nil, err
	}
	r.sit(q.Roster)
	c := chooser{rows: q.Roster.Rows, place: r.place, at: q.At, period: q.Period, free: make([]int8, len(q.Roster.Rows)), lines: map[int]*line{}, turns: make([]*queue.Turn, len(q.Roster.Rows))}
	if b.tries {
		c.place = copied(r.place)
	}
	if q.Dated {
		c.invalid(q.Valid)
	}
	p := &part{of: r}
	if q.Sticky {
		p.rows = map[string]string{}
	}
	before := b.before[q.Rotation]
	chosen := make([]int32, len(q.Leads))
	for i, lead := range q.Leads {
		l := c.lineOf(q.Tuples[i], q.Rows)
		row := int32(-1)
		for _, name := range b.wanted(r, p, before, stuck, lead) {
			if n, there := q.Roster.Number(name); there && row < 0 && c.has(l, int32(n)) {
				row = int32(n)
			}
		}
		if row < 0 {
			row = c.next(l)
		}
		if chosen[i] = row; row < 0 {
			continue
		}
		c.give(row)
		name := q.Roster.Rows[row].Name
		p.given = append(p.given, given{lead, name})
		if q.Sticky {
			if had, twice := p.rows[lead]; !twice || had != name {
				p.stuck = append(p.stuck, queue.Stuck{Rotation: q.Rotation, Lead: lead, Row: name, Until: q.Until})
			}
			p.rows[lead] = name
		}
	}
	if !b.tries {
		b.book(p, &c, q.Rotation)
	}
	return chosen, nil
}

// wanted are the rows that a lead should get, if they are free: those that it keeps, and the one
// that it had when the invocation was evaluated before.
func (b *Booking) wanted(r *rotation, p *part, before map[string][]string, stuck map[string]string, lead string) (names []string) {
	if p.rows != nil {
		if row, ok := p.rows[lead]; ok {
			return append(names, row)
		}
		for _, earlier := range b.parts {
			if row, ok := earlier.rows[lead]; ok && earlier.of == r {
				names = append(names, row)
			}
		}
		if other := r.stuck[lead]; other != nil {
			names = append(names, other.rows[lead])
		}
		if row, ok := stuck[lead]; ok {
			names = append(names, row)
		}
	}
	if rows := before[lead]; len(rows) > 0 {
		names = append(names, rows[0])
		before[lead] = rows[1:]
	}
	return names
}

// stuck asks which rows the leads keep, and says how often such were stored before.
func (b *Booking) stuck(ctx context.Context, r *rotation, q *Request) (rows map[string]string, kept uint64, err error) {
	if !q.Sticky {
		return nil, 0, nil
	}
	r.mu.Lock()
	kept = r.kept
	r.mu.Unlock()
	rows, err = b.ask(ctx, q)
	return rows, kept, err
}

func (b *Booking) ask(ctx context.Context, q *Request) (map[string]string, error) {
	if b.ledger.keeper == nil {
		return nil, nil
	}
	list, err := b.ledger.keeper.StuckTo(ctx, q.Rotation, q.Leads)
	if err != nil {
		return nil, fmt.Errorf("read which rows of lookup %q of table %q leads keep: %w", q.Rotation.Lookup, q.Rotation.Table, err)
	}
	rows := make(map[string]string, len(list))
	for _, s := range list {
		rows[s.Lead] = s.Row
	}
	return rows, nil
}

// copied are places on which nobody else looks.
func copied(place []*seat) []*seat {
	seats := make([]seat, len(place))
	list := make([]*seat, len(place))
	for i, s := range place {
		if s != nil {
			seats[i] = *s
			list[i] = &seats[i]
		}
	}
	return list
}

// book notes what was given. The seats have it already.
func (b *Booking) book(p *part, c *chooser, name queue.Rotation) {
	for _, row := range c.order {
		t := c.turns[row]
		t.Rotation = name
		p.turns = append(p.turns, *t)
	}
	for _, s := range p.of.gone { // Known, and not in the table any more: it begins anew if it comes back.
		s.Out = true
		p.turns = append(p.turns, queue.Turn{Rotation: name, Row: s.Row, Out: true})
	}
	p.of.gone = p.of.gone[:0]
	for lead := range p.rows {
		p.of.stuck[lead] = p
	}
	p.of.pending[p] = struct{}{}
	b.ledger.mu.Lock()
	p.of.users++
	b.ledger.mu.Unlock()
	b.parts = append(b.parts, p)
}

// Turns are what the booking gives, for the outcome of the evaluation.
func (b *Booking) Turns() (turns []queue.Turn, stuck []queue.Stuck) {
	for _, p := range b.parts {
		turns, stuck = append(turns, p.turns...), append(stuck, p.stuck...)
	}
	return turns, stuck
}

// Keep ends a booking whose turns were stored.
func (b *Booking) Keep() {
	b.end(func(p *part) {
		if len(p.stuck) > 0 {
			p.of.kept++
		}
		if p.doubtful {
			p.of.stale = true // It may have been counted twice.
		}
	})
	b.ledger.mu.Lock()
	b.ledger.again.forget(b.id)
	b.ledger.mu.Unlock()
}

// TakeBack ends a booking whose turns were not stored, or perhaps not: then unsure lets the counters
// be read again. What was given is remembered for when the invocation is evaluated again. It may be
// called after Keep, and then does nothing.
func (b *Booking) TakeBack(unsure bool) {
	if len(b.parts) == 0 {
		return
	}
	b.ledger.mu.Lock()
	b.ledger.again.remember(b.id, b.parts)
	b.before = b.ledger.again.of(b.id)
	b.ledger.mu.Unlock()
	b.end(func(p *part) {
		for i := range p.turns {
			p.of.uncount(&p.turns[i])
		}
		p.of.stale = p.of.stale || unsure || p.doubtful
	})
}

// end takes the parts out of what is under way.
func (b *Booking) end(f func(*part)) {
	for _, p := range b.parts {
		p.of.mu.Lock()
		delete(p.of.pending, p)
		for lead := range p.rows {
			if p.of.stuck[lead] == p {
				delete(p.of.stuck, lead)
			}
		}
		f(p)
		p.of.mu.Unlock()
		b.ledger.leave(p.of)
	}
	b.parts = nil
}
