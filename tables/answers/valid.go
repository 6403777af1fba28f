package answers

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tablestep/tables/index"
	"tablestep/tables/schema"
)

// Moment is a moment as the value of a match entry at now, to the microsecond.
func Moment(at time.Time) string { return index.Moment(at.Truncate(time.Microsecond)) }

// ZoneOf is whose days the cells of a match entry are.
func (sn *Snapshot) ZoneOf(m *schema.Match) *time.Location {
	if m.Zone != "" {
		if zone, err := time.LoadLocation(m.Zone); err == nil { // else the lookup has been refused
			return zone
		}
	}
	if zone := sn.cache.options.Zone; zone != nil {
		return zone
	}
	return time.UTC
}

// A Missed is a row that a tuple would hit at another moment, with when that is.
type Missed struct {
	Row   int32 // counted from 0
	Over  bool  // its time is over, else it is to come
	Since string
}

// maxMissed is how many rows that a tuple would hit at some moment are looked at.
const maxMissed = 200

// Missed finds the row that a tuple without a hit would hit if it were valid: that whose time is
// nearest to a moment, of equals the first. key[m] is the value of l.Match[m]; what it says of
// entries at now does not count. ok is false where there is none among the first 200 rows that
// match in all else. The error wraps ErrSpent where the budget does not suffice.
func (sn *Snapshot) Missed(ctx context.Context, l *schema.Lookup, key []string, at time.Time, budget *Budget) (missed Missed, ok bool, err error) {
	fail := func(err error) (Missed, bool, error) {
		return Missed{}, false, fmt.Errorf("rows of lookup %q of table %q that are not valid: %w", l.Name, sn.table, err)
	}
	spec, err := sn.missed(l, key)
	if err != nil {
		return fail(err)
	}
	one := *l
	one.HitPolicy, one.PriorityColumn, one.Aggregate, one.Outputs = schema.PolicyFirst, "", "", nil
	key = slices.Clone(key)
	for m := range l.Match {
		if l.Match[m].AtNow() {
			key[m] = index.AnyMoment
		}
	}
	rows, err := sn.All(ctx, &one, key, maxMissed, budget)
	if err != nil || len(rows) == 0 {
		return Missed{}, false, err
	}
	valid := make([]index.Validity, len(rows))
	never := make([]bool, len(rows))
	for _, p := range spec.Parts {
		if !p.Now {
			continue
		}
		cells := [2][]string{make([]string, len(rows)), make([]string, len(rows))}
		ends := 1
		if err := sn.Gather(ctx, p.Column, rows, cells[0]); err != nil {
			return fail(err)
		}
		if p.To >= 0 {
			ends = 2
			if err := sn.Gather(ctx, p.To, rows, cells[1]); err != nil {
				return fail(err)
			}
		}
		wild := index.NewAnything(p.Mode, p.Anything)
		for i := range rows {
			of := [2]string{cells[0][i], cells[1][i]}
			v, err := index.ValidityOf(of[:ends], p.Notation, wild, p.Zone)
			common, is := valid[i].Common(v)
			valid[i] = common
			never[i] = never[i] || err != nil || !is
		}
	}
	nearest := time.Duration(-1)
	for i, row := range rows {
		far, over := at.Sub(valid[i].Until), true
		if !valid[i].From.IsZero() && at.Before(valid[i].From) {
			far, over = valid[i].From.Sub(at), false
		}
		if never[i] || valid[i].Has(at) || nearest >= 0 && far >= nearest {
			continue
		}
		nearest, ok = far, true
		missed = Missed{Row: row, Over: over, Since: index.ShownMoment(valid[i].From)}
		if over {
			missed.Since = index.ShownMoment(valid[i].Until)
		}
	}
	return missed, ok, nil
}
