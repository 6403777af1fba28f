package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tablestep/engine/queue"
	"tablestep/engine/rotate"
	"tablestep/tables"
	"tablestep/tables/roster"
	"tablestep/tables/schema"
)

// A TurnCounter is what a row that takes turns has been given.
type TurnCounter struct {
	Lookup, Instance string
	Row              string // the cell that names it
	Number           int    // of the row in the live version, from 1; 0: it is gone
	Leads            int64
	Share            float64 // of all leads of the lookup, 0 to 1
	Weight           int64
	Cap              *int64 // nil: none
	InPeriod         int64  // leads in Period
	Period           string // the one of now; empty where there are no caps
	Away             bool   // by the days of the table
	Out              bool   // it gets no lead now: away, full, without weight, unreadable or gone
	Last             time.Time
}

// SetTurnCounter says what a person sets of a row.
type SetTurnCounter struct {
	Row      string
	Leads    *int64 // its turns go on as if it had had so many
	InPeriod *int64 // of the period of now
}

// rotating is a lookup whose rows take turns, with its rows.
type rotating struct {
	rotation queue.Rotation
	lookup   schema.Lookup
	of       *roster.Roster
	at       time.Time // now, by the clock of the table's days
	period   string
}

// TurnCounters tells of the rows that take turns: of one lookup of a table or, where it is empty,
// of all. An empty instance is the default one.
func (e *Engine) TurnCounters(ctx context.Context, table, lookup, instance string) (list []TurnCounter, err error) {
	err = e.inTurn(ctx, table, lookup, instance, func(r *rotating) error {
		counters, err := e.queue.Counters(ctx, r.rotation)
		if err != nil {
			return fmt.Errorf("read counters: %w", err)
		}
		list = append(list, r.tell(counters)...)
		return nil
	})
	return list, err
}

// SetTurnCounters sets what is counted of some rows of a lookup, after all were set to nothing
// where reset says so. What is being answered at this moment may not be counted.
func (e *Engine) SetTurnCounters(ctx context.Context, table, lookup, instance string, rows []SetTurnCounter, reset bool, by string) error {
	if lookup == "" {
		lookup = table
	}
	err := e.inTurn(ctx, table, lookup, instance, func(r *rotating) error {
		var counters []queue.Counter
		if !reset {
			stored, err := e.queue.Counters(ctx, r.rotation)
			if err != nil {
				return fmt.Errorf("read counters: %w", err)
			}
			counters = slices.Clone(stored)
		}
		for _, row := range rows {
			var err error
			if counters, err = r.set(counters, row); err != nil {
				return err
			}
		}
		if err := e.queue.SetCounters(ctx, r.rotation, counters); err != nil {
			return fmt.Errorf("set counters: %w", err)
		}
		e.evaluator.ledger.Forget(r.rotation)
		return nil
	})
	if err != nil {
		return err
	}
	return e.evaluator.store.CountersSet(table, lookup, note(rows, reset), by)
}

// note says in the history what was set.
func note(rows []SetTurnCounter, reset bool) string {
	var parts []string
	if reset {
		parts = append(parts, "all set to 0")
	}
	for _, row := range rows {
		part := schema.Excerpt(row.Row)
		if row.Leads != nil {
			part += " = " + strconv.FormatInt(*row.Leads, 10)
		}
		if row.InPeriod != nil {
			part += ", in its period " + strconv.FormatInt(*row.InPeriod, 10)
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "; ")
}

// inTurn calls f for the lookups of a table whose rows take turns: for one, which has to be such, or for
// all.
func (e *Engine) inTurn(ctx context.Context, table, lookup, instance string, f func(*rotating) error) error {
	w := new(world)
	return e.evaluator.inWorld(w, occasion{instance: instance}, nil, func() error {
		t, ok := w.catalog().Table(table)
		if !ok {
			return fmt.Errorf("%w: %q", schema.ErrTableNotFound, table)
		}
		lookups := tableLookups(t)
		if lookup != "" {
			l, ok := t.Lookup(lookup)
			if !ok {
				return fmt.Errorf("table %q, lookup %q: %w", table, lookup, schema.ErrLookupNotFound)
			}
			if l.Policy() != schema.PolicyRotate {
				return fmt.Errorf("%w: the rows of lookup %q of table %q take no turns: its hit policy is %s", schema.ErrInvalid, lookup, table, l.Policy())
			}
			lookups = []schema.Lookup{l}
		}
		for _, l := range lookups {
			if l.Policy() != schema.PolicyRotate {
				continue
			}
			if t.Live == nil {
				return fmt.Errorf("table %q has no published version: %w", table, schema.ErrVersionNotFound)
			}
			sn, err := w.snapshot(ctx, table)
			if err != nil {
				return fmt.Errorf("read table %q: %w", table, err)
			}
			of, err := sn.Roster(ctx, &l)
			if err != nil {
				return err
			}
			at := w.now.In(sn.Zone())
			r := rotating{rotationOf(w.instance, table, l.Name), l, of, at, rotate.Period(l.CapPeriod, at)}
			if err := f(&r); err != nil {
				return fmt.Errorf("lookup %q of table %q: %w", l.Name, table, err)
			}
		}
		return nil
	})
}

// tableLookups are those of a table that leads are answered by.
func tableLookups(t *tables.Table) []schema.Lookup { return slices.Clone(t.Lookups) }

// tell describes the counters: the rows of the table in their order, then those that are gone.
func (r *rotating) tell(counters []queue.Counter) (list []TurnCounter) {
	total := int64(0)
	byRow := make(map[string]*queue.Counter, len(counters))
	for i := range counters {
		total += counters[i].Leads
		byRow[counters[i].Row] = &counters[i]
	}
	one := func(row string, c *queue.Counter) TurnCounter {
		told := TurnCounter{Lookup: r.lookup.Name, Instance: r.rotation.Instance, Row: row, Period: r.period}
		if c != nil {
			told.Leads, told.Last = c.Leads, c.Last
			if total > 0 {
				told.Share = float64(c.Leads) / float64(total)
			}
			if r.period != "" {
				told.InPeriod, _ = c.In(r.period)
			}
		}
		return told
	}
	for i := range r.of.Rows {
		row := &r.of.Rows[i]
		told := one(row.Name, byRow[row.Name])
		told.Number, told.Weight, told.Away = i+1, row.Weight, row.Away.Has(r.at)
		full := false
		if row.Cap != roster.NoCap {
			most := row.Cap
			told.Cap, full = &most, told.InPeriod >= most
		}
		told.Out = full || !row.Free(r.at)
		list = append(list, told)
	}
	for i := range counters {
		if _, there := r.of.Number(counters[i].Row); !there {
			told := one(counters[i].Row, &counters[i])
			told.Out = true
			list = append(list, told)
		}
	}
	return list
}

// set changes the counter of one row.
func (r *rotating) set(counters []queue.Counter, to SetTurnCounter) ([]queue.Counter, error) {
	i := slices.IndexFunc(counters, func(c queue.Counter) bool { return c.Row == to.Row })
	n, there := r.of.Number(to.Row)
	if i < 0 {
		if !there {
			return nil, fmt.Errorf("%w: no row is called %q in column %q", schema.ErrInvalid, schema.Excerpt(to.Row), r.lookup.RowKey)
		}
		counters = append(counters, queue.Counter{Row: to.Row})
		i = len(counters) - 1
	}
	c := &counters[i]
	if to.Leads != nil {
		weight := int64(1)
		if there {
			weight = max(r.of.Rows[n].Weight, 1)
		}
		if *to.Leads < 0 || *to.Leads > maxSetLeads {
			return nil, fmt.Errorf("%w: %d leads of row %q: give 0 to %d", schema.ErrInvalid, *to.Leads, schema.Excerpt(to.Row), maxSetLeads)
		}
		c.Pass = max(c.Pass+(*to.Leads-c.Leads)*(rotate.Whole/weight), 0)
		c.Leads = *to.Leads
	}
	if to.InPeriod != nil {
		if r.period == "" {
			return nil, fmt.Errorf("%w: leads in a period for row %q: the lookup has no capColumn", schema.ErrInvalid, schema.Excerpt(to.Row))
		}
		if *to.InPeriod < 0 || *to.InPeriod > maxSetLeads {
			return nil, fmt.Errorf("%w: %d leads in the period of row %q: give 0 to %d", schema.ErrInvalid, *to.InPeriod, schema.Excerpt(to.Row), maxSetLeads)
		}
		c.Period, c.InPeriod = r.period, *to.InPeriod
		if c.Earlier >= c.Period || len(c.Earlier) != len(c.Period) {
			c.Earlier, c.InEarlier = "", 0
		}
	}
	slices.SortFunc(counters, func(a, b queue.Counter) int { return cmp.Compare(a.Row, b.Row) })
	return counters, nil
}

// maxSetLeads is far more than a row gets in its life, and leaves room for passes.
const maxSetLeads = 1_000_000_000
