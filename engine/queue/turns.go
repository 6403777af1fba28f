package queue

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"
)

// Bounds of turns.
const (
	// MaxTurns bounds the turns of one outcome, MaxStuck the leads that it makes stick and the
	// leads of one question for them.
	MaxTurns = 1 << 16
	MaxStuck = 1 << 16
	// MaxCounters bounds the rows of a rotation that a person may set at once.
	MaxCounters = 1 << 16
	// MaxRow bounds the cell that names a row, in bytes.
	MaxRow = 1024
)

// Turns are the part of a Store that says whose turn it is. All of it is told by doc.go, Turns.
type Turns interface {
	// Counters gives the rows of a rotation that have had a turn, ascending by Row, as the last
	// commit left them; of other owners what they have stored may be missing for some seconds. The
	// slice is shared: it must not be changed. A rotation of which nothing is known has none.
	Counters(ctx context.Context, r Rotation) ([]Counter, error)
	// StuckTo gives those of the leads that keep a row, in the order of the leads, but for those
	// whose time is over at the store's clock. At most MaxStuck leads.
	StuckTo(ctx context.Context, r Rotation, leads []string) ([]Stuck, error)
	// SetCounters is for a person: the rows take the place of all counters of the rotation; none
	// removes them. Leads keep their rows. A row that stands twice is ErrInvalid.
	SetCounters(ctx context.Context, r Rotation, rows []Counter) error
	// Rotations gives those of which anything is kept, ascending by instance, table and lookup.
	Rotations(ctx context.Context) ([]Rotation, error)
	// MoveRotations lets all that is kept of a table, for all instances and lookups, go on under
	// another name. What was kept of a lookup under that name before is removed, but only where
	// something takes its place: so the call may be repeated.
	MoveRotations(ctx context.Context, table, to string) error
	// DropRotations removes all that is kept of a table, for all instances: of all its lookups, or
	// of those that are named.
	DropRotations(ctx context.Context, table string, lookups ...string) error
	// Unstick makes a store forget which row a lead keeps, and says in how many rotations it kept
	// one: in r, or where r has no Lookup in all of its table, or where it has no Table in all of its
	// instance. It is how a lead is erased.
	Unstick(ctx context.Context, r Rotation, lead string) (int, error)
}

// WithTurns adds to an Evaluated what its answer has given to rows, and which leads keep them
// from now on. A row may stand in several turns; the last word on a lead counts. Neither slice is
// changed or kept after Finish has returned.
func (o Outcome) WithTurns(turns []Turn, stuck []Stuck) Outcome {
	o.turns, o.stuck = turns, stuck
	return o
}

// Turns are those of KindEvaluated.
func (o *Outcome) Turns() []Turn { return o.turns }

// Stuck are those of KindEvaluated.
func (o *Outcome) Stuck() []Stuck { return o.stuck }

func (o *Outcome) checkTurns() error {
	switch {
	case len(o.turns)+len(o.stuck) == 0:
		return nil
	case o.kind != KindEvaluated:
		return fmt.Errorf("turns of an outcome that is %s: %w", o.kind, ErrInvalid)
	case len(o.turns) > MaxTurns || len(o.stuck) > MaxStuck:
		return fmt.Errorf("%d turns, at most %d, and %d leads that keep a row, at most %d: %w", len(o.turns), MaxTurns, len(o.stuck), MaxStuck, ErrInvalid)
	}
	for i := range o.turns {
		if err := o.turns[i].Check(); err != nil {
			return err
		}
	}
	for i := range o.stuck {
		if err := o.stuck[i].Check(); err != nil {
			return err
		}
	}
	return nil
}

// Check holds the bounds; the error is ErrInvalid.
func (r Rotation) Check() error {
	for _, part := range [...]struct{ what, name string }{{"instance", r.Instance}, {"table", r.Table}, {"lookup", r.Lookup}} {
		if err := checkLength("name of the "+part.what+" of a rotation", part.name, MaxName); err != nil {
			return err
		}
	}
	return nil
}

// CheckLead holds the bounds of the ID of a lead.
func CheckLead(lead string) error { return checkLength("ID of a lead", lead, MaxName) }

func checkLength(what, text string, most int) error {
	if text == "" || len(text) > most {
		return fmt.Errorf("%s of %d bytes, at least 1, at most %d: %w", what, len(text), most, ErrInvalid)
	}
	return nil
}

// Check holds the bounds; the error is ErrInvalid.
func (t *Turn) Check() error {
	if err := t.Rotation.Check(); err != nil {
		return err
	}
	if err := checkLength("name of a row", t.Row, MaxRow); err != nil {
		return err
	}
	switch {
	case t.Leads < 0 || t.Advance < 0 || t.Floor < 0 || t.Cap < 0:
		return fmt.Errorf("turn of %d leads that goes on by %d from %d, cap %d: less than nothing: %w", t.Leads, t.Advance, t.Floor, t.Cap, ErrInvalid)
	case t.Period == "" && t.Cap > 0:
		return fmt.Errorf("turn with a cap of %d in no period: %w", t.Cap, ErrInvalid)
	}
	return checkPeriod(t.Period)
}

// Check holds the bounds; the error is ErrInvalid.
func (s *Stuck) Check() error {
	if err := s.Rotation.Check(); err != nil {
		return err
	}
	if err := CheckLead(s.Lead); err != nil {
		return err
	}
	return checkLength("name of a row", s.Row, MaxRow)
}

// Check holds the bounds; the error is ErrInvalid.
func (c *Counter) Check() error {
	if err := checkLength("name of a row", c.Row, MaxRow); err != nil {
		return err
	}
	for _, p := range [...]string{c.Period, c.Earlier} {
		if err := checkPeriod(p); err != nil {
			return err
		}
	}
	switch {
	case c.Leads < 0 || c.Pass < 0 || c.InPeriod < 0 || c.InEarlier < 0:
		return fmt.Errorf("counter of row %.40q: less than nothing: %w", c.Row, ErrInvalid)
	case c.Period == "" && c.InPeriod > 0 || c.Earlier == "" && c.InEarlier > 0:
		return fmt.Errorf("counter of row %.40q: leads in no period: %w", c.Row, ErrInvalid)
	case c.Earlier != "" && (!sameKind(c.Period, c.Earlier) || c.Earlier >= c.Period):
		return fmt.Errorf("counter of row %.40q: period %q does not come before %q: %w", c.Row, c.Earlier, c.Period, ErrInvalid)
	}
	return nil
}

// CheckCounters holds the bounds of what a person sets; the error is ErrInvalid.
func CheckCounters(rows []Counter) error {
	if len(rows) > MaxCounters {
		return fmt.Errorf("%d counters, at most %d: %w", len(rows), MaxCounters, ErrInvalid)
	}
	seen := make(map[string]bool, len(rows))
	for i := range rows {
		if err := rows[i].Check(); err != nil {
			return err
		}
		if seen[rows[i].Row] {
			return fmt.Errorf("two counters of row %.40q: %w", rows[i].Row, ErrInvalid)
		}
		seen[rows[i].Row] = true
	}
	return nil
}

// checkPeriod takes a day, a week of ISO 8601 or a month, or nothing.
func checkPeriod(p string) error {
	const day, week, month = "dddd-dd-dd", "dddd-Wdd", "dddd-dd"
	for _, form := range [...]string{"", day, week, month} {
		if fits(p, form) {
			return nil
		}
	}
	return fmt.Errorf("period %.40q is no day (2026-11-30), week (2026-W49) or month (2026-11): %w", p, ErrInvalid)
}

// fits says whether a text has a form, in which d is a digit.
func fits(text, form string) bool {
	if len(text) != len(form) {
		return false
	}
	for i := range len(form) {
		if form[i] == 'd' && (text[i] < '0' || text[i] > '9') || form[i] != 'd' && text[i] != form[i] {
			return false
		}
	}
	return true
}

// sameKind tells days, weeks and months apart, which have different lengths.
func sameKind(a, b string) bool { return len(a) == len(b) }

// In gives the leads that were counted in a period. Where it is older than what is kept, known
// is false.
func (c *Counter) In(period string) (leads int64, known bool) {
	switch {
	case period == c.Period:
		return c.InPeriod, true
	case !sameKind(period, c.Period) || period > c.Period:
		return 0, true
	case period == c.Earlier:
		return c.InEarlier, true
	}
	return 0, period > c.Earlier
}

// After gives the counter as the turn leaves it, stored at a time; ErrTurns where that goes
// beyond the turn's cap. The zero Counter is that of a row that has had none.
func (c Counter) After(t *Turn, at time.Time) (Counter, error) {
	if leads, known := c.In(t.Period); t.Leads > 0 && t.Cap > 0 && known && add(leads, t.Leads) > t.Cap {
		return c, fmt.Errorf("row %.40q of lookup %q of table %q has %d leads in %s, %d more are beyond its cap of %d: %w",
			t.Row, t.Rotation.Lookup, t.Rotation.Table, leads, t.Period, t.Leads, t.Cap, ErrTurns)
	}
	if c.Out = t.Out; c.Row == "" {
		c.Row = t.Row
	}
	c.Leads = add(c.Leads, t.Leads)
	c.Pass = add(max(c.Pass, t.Floor), t.Advance)
	if t.Leads > 0 {
		c.Last = time.UnixMilli(at.UnixMilli()).UTC()
		c.count(t.Period, t.Leads)
	}
	return c, nil
}

// count adds leads of a period.
func (c *Counter) count(period string, leads int64) {
	switch {
	case period == "":
	case period == c.Period:
		c.InPeriod = add(c.InPeriod, leads)
	case !sameKind(period, c.Period): // also where nothing was counted before
		c.Period, c.InPeriod, c.Earlier, c.InEarlier = period, leads, "", 0
	case period > c.Period:
		c.Earlier, c.InEarlier = c.Period, c.InPeriod
		c.Period, c.InPeriod = period, leads
	case period == c.Earlier:
		c.InEarlier = add(c.InEarlier, leads)
	case period > c.Earlier:
		c.Earlier, c.InEarlier = period, leads
	}
}

// add stops at the largest number instead of starting below zero.
func add(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

// Holds says whether another rotation lies in r: it is r, or of its table where r has no Lookup,
// or of its instance where it has no Table.
func (r Rotation) Holds(other Rotation) bool {
	return r.Instance == other.Instance && (r.Table == "" || r.Table == other.Table) && (r.Lookup == "" || r.Lookup == other.Lookup)
}

// SortRotations sorts by instance, table and lookup.
func SortRotations(list []Rotation) {
	slices.SortFunc(list, func(a, b Rotation) int {
		return cmp.Or(cmp.Compare(a.Instance, b.Instance), cmp.Compare(a.Table, b.Table), cmp.Compare(a.Lookup, b.Lookup))
	})
}

// CheckStuckTo holds the bounds of a question; the error is ErrInvalid.
func CheckStuckTo(r Rotation, leads []string) error {
	if len(leads) > MaxStuck {
		return fmt.Errorf("%d leads, at most %d: %w", len(leads), MaxStuck, ErrInvalid)
	}
	for _, lead := range leads {
		if err := CheckLead(lead); err != nil {
			return err
		}
	}
	return r.Check()
}

// CheckMove holds the bounds of names of tables; the error is ErrInvalid.
func CheckMove(table, to string) error { return CheckDrop(table, []string{to}) }

// CheckDrop likewise, of a table and lookups.
func CheckDrop(table string, lookups []string) error {
	for _, name := range append([]string{table}, lookups...) {
		if err := checkLength("name of a table or lookup", name, MaxName); err != nil {
			return err
		}
	}
	return nil
}

// CheckUnstick holds the bounds of what a lead is looked for in; the error is ErrInvalid.
func CheckUnstick(r Rotation, lead string) error {
	if r.Table == "" && r.Lookup != "" {
		return fmt.Errorf("lookup %.40q of no table: %w", r.Lookup, ErrInvalid)
	}
	whole := r
	for _, part := range []*string{&whole.Table, &whole.Lookup} {
		if *part == "" {
			*part = "any"
		}
	}
	if err := whole.Check(); err != nil {
		return err
	}
	return CheckLead(lead)
}
