package queuetest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"tablestep/engine/queue"
)

// given is one entry of the book of turns. Counters are sums over it; nothing is kept beside.
type given struct {
	rotation       queue.Rotation
	row            string
	leads          int64
	floor, advance int64
	out            bool
	period         string
	counted        int64 // leads in the period
	at             time.Time
}

// take writes the turns of an answer into the book, or none of them.
func (m *Memory) take(turns []queue.Turn, stuck []queue.Stuck) error {
	book := m.turns
	for _, t := range turns {
		g := given{
			rotation: t.Rotation, row: t.Row, leads: t.Leads, floor: t.Floor, advance: t.Advance, out: t.Out,
			period: t.Period, counted: t.Leads, at: m.now(),
		}
		if t.Leads == 0 {
			g.period, g.at = "", time.Time{}
		}
		book = append(slices.Clone(book), g)
		if t.Cap == 0 || t.Leads == 0 {
			continue
		}
		c := counterOf(book, t.Rotation, t.Row)
		for period, n := range map[string]int64{c.Period: c.InPeriod, c.Earlier: c.InEarlier} {
			if period == t.Period && n > t.Cap {
				return queue.ErrTurns
			}
		}
	}
	m.turns = book
	for _, s := range stuck {
		m.unstick(func(old queue.Stuck) bool { return old.Rotation == s.Rotation && old.Lead == s.Lead })
		if !s.Until.IsZero() {
			s.Until = time.UnixMilli(s.Until.UnixMilli()).UTC()
		}
		m.stuck = append(m.stuck, s)
	}
	return nil
}

// counterOf adds the book up for a row: the zero Counter where it does not stand there.
func counterOf(book []given, r queue.Rotation, row string) queue.Counter {
	c := queue.Counter{}
	var counted []given
	for _, g := range book {
		if g.rotation != r || g.row != row {
			continue
		}
		c.Row, c.Out = row, g.out
		c.Leads += g.leads
		c.Pass = max(c.Pass, g.floor) + g.advance
		if !g.at.IsZero() {
			c.Last = time.UnixMilli(g.at.UnixMilli()).UTC()
		}
		if g.period != "" {
			// Another kind of period begins the count anew.
			if len(counted) > 0 && len(counted[0].period) != len(g.period) {
				counted = nil
			}
			counted = append(counted, g)
		}
	}
	// Of the periods the latest two are known.
	var periods []string
	for _, g := range counted {
		periods = append(periods, g.period)
	}
	slices.Sort(periods)
	periods = slices.Compact(periods)
	if n := len(periods); n > 0 {
		c.Period = periods[n-1]
		if n > 1 {
			c.Earlier = periods[n-2]
		}
	}
	for _, g := range counted {
		switch g.period {
		case c.Period:
			c.InPeriod += g.counted
		case c.Earlier:
			c.InEarlier += g.counted
		}
	}
	return c
}

func (m *Memory) unstick(is func(s queue.Stuck) bool) { m.stuck = slices.DeleteFunc(m.stuck, is) }

func (m *Memory) over(s queue.Stuck) bool { return !s.Until.IsZero() && !s.Until.After(m.now()) }

// forgetOver is what a purge does to leads that keep rows.
func (m *Memory) forgetOver() { m.unstick(m.over) }

// counters gives those of a rotation.
func (m *Memory) counters(r queue.Rotation) []queue.Counter {
	var rows []string
	for _, g := range m.turns {
		if g.rotation == r {
			rows = append(rows, g.row)
		}
	}
	slices.Sort(rows)
	var out []queue.Counter
	for _, row := range slices.Compact(rows) {
		out = append(out, counterOf(m.turns, r, row))
	}
	return out
}

// rotations gives those of which something is kept.
func (m *Memory) rotations() []queue.Rotation {
	var out []queue.Rotation
	for _, g := range m.turns {
		out = append(out, g.rotation)
	}
	for _, s := range m.stuck {
		out = append(out, s.Rotation)
	}
	queue.SortRotations(out)
	return slices.Compact(out)
}

// drop removes what is kept of rotations.
func (m *Memory) drop(is func(r queue.Rotation) bool) {
	m.turns = slices.DeleteFunc(slices.Clone(m.turns), func(g given) bool { return is(g.rotation) })
	m.unstick(func(s queue.Stuck) bool { return is(s.Rotation) })
}

// Counters adds the book up.
func (o *Owner) Counters(ctx context.Context, r queue.Rotation) ([]queue.Counter, error) {
	if err := r.Check(); err != nil {
		return nil, err
	}
	leave, err := o.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	return o.store.counters(r), nil
}

// StuckTo gives the leads that keep a row.
func (o *Owner) StuckTo(ctx context.Context, r queue.Rotation, leads []string) ([]queue.Stuck, error) {
	if err := queue.CheckStuckTo(r, leads); err != nil {
		return nil, err
	}
	leave, err := o.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	var out []queue.Stuck
	for _, lead := range leads {
		for _, s := range o.store.stuck {
			if s.Rotation == r && s.Lead == lead && !o.store.over(s) {
				out = append(out, s)
			}
		}
	}
	return out, nil
}

// SetCounters writes entries into the book that add up to what is set.
func (o *Owner) SetCounters(ctx context.Context, r queue.Rotation, rows []queue.Counter) error {
	err := cmp.Or(r.Check(), queue.CheckCounters(rows))
	if err != nil {
		return err
	}
	leave, err := o.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	m := o.store
	m.turns = slices.DeleteFunc(slices.Clone(m.turns), func(g given) bool { return g.rotation == r })
	for _, c := range rows {
		before := given{rotation: r, row: c.Row, period: c.Earlier, counted: c.InEarlier, at: c.Last, out: c.Out}
		latest := given{rotation: r, row: c.Row, period: c.Period, counted: c.InPeriod, leads: c.Leads, advance: c.Pass, at: c.Last, out: c.Out}
		m.turns = append(m.turns, before, latest)
	}
	return nil
}

// Rotations lists those of which something is kept.
func (o *Owner) Rotations(ctx context.Context) ([]queue.Rotation, error) {
	leave, err := o.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	return o.store.rotations(), nil
}

// MoveRotations renames a table in the book.
func (o *Owner) MoveRotations(ctx context.Context, table, to string) error {
	if err := queue.CheckMove(table, to); err != nil {
		return err
	}
	leave, err := o.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	m := o.store
	if table == to {
		return nil
	}
	for _, r := range m.rotations() {
		if r.Table != table {
			continue
		}
		as := r
		as.Table = to
		m.drop(func(old queue.Rotation) bool { return old == as })
		for i := range m.turns {
			if m.turns[i].rotation == r {
				m.turns[i].rotation = as
			}
		}
		for i := range m.stuck {
			if m.stuck[i].Rotation == r {
				m.stuck[i].Rotation = as
			}
		}
	}
	return nil
}

// DropRotations strikes a table out of the book.
func (o *Owner) DropRotations(ctx context.Context, table string, lookups ...string) error {
	if err := queue.CheckDrop(table, lookups); err != nil {
		return err
	}
	leave, err := o.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	o.store.drop(func(r queue.Rotation) bool {
		return r.Table == table && (len(lookups) == 0 || slices.Contains(lookups, r.Lookup))
	})
	return nil
}

// Unstick forgets which rows a lead keeps.
func (o *Owner) Unstick(ctx context.Context, r queue.Rotation, lead string) (int, error) {
	if err := queue.CheckUnstick(r, lead); err != nil {
		return 0, fmt.Errorf("unstick: %w", err)
	}
	leave, err := o.enter(ctx)
	if err != nil {
		return 0, err
	}
	defer leave()
	n := 0
	o.store.unstick(func(s queue.Stuck) bool {
		is := r.Holds(s.Rotation) && s.Lead == lead
		if is && !o.store.over(s) {
			n++
		}
		return is
	})
	return n, nil
}
