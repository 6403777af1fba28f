package tables

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tablestep/tables/schema"
)

// A Schedule says what of a table goes live at a time. It is never changed: another one takes its place. It
// stands in the head of its table, so that it ends in the very commit that makes its versions live, waits
// with a table that is deleted, and comes back with it.
type Schedule struct {
	Version int            // of the rows; 0 leaves them as they are
	Lookups map[string]int // versions of lookups, by the names under which they are kept
	Lift                   // was granted with it, and counts when it is due
	At      time.Time      // UTC, of the wall clock
	By      string
	Asked   time.Time // UTC
	Base    int       // the version that was live then; 0: none was

	// What the last trial has found: its versions were held against the guards as if they were to go live then.
	Tried    time.Time
	Revision uint64   // of the table's records after that; another one: something was changed since
	Refusals []Reason // why they would be refused; of those that are due, why they were

	Refused time.Time // when it was due and did not go live; zero: it waits. From then on it waits for a person
}

// A Reason is one why what is scheduled does not go live.
type Reason struct {
	Code    string // of a guard or finding, or in upper-case words
	Lift    string // the parameter that lifts it; empty: it must be mended
	Lookup  string
	Row     int // from 1; 0: none
	Column  string
	Message string
	More    int // it stands for so many of its code that are not written out
}

// The codes of reasons that are neither a guard nor a finding.
const (
	ReasonVersionGone = "VERSION_NOT_FOUND"
	ReasonLookupGone  = "LOOKUP_NOT_FOUND"
	ReasonColumnGone  = "COLUMN_NOT_FOUND"
	ReasonDamaged     = "DAMAGED"
	ReasonInvalid     = "INVALID"
	ReasonPassed      = "SCHEDULE_PASSED" // the time passed while the table was deleted
)

// maxReasons are how many reasons a schedule keeps; a last one tells how many more there are.
const maxReasons = 20

// maxAhead is how far ahead something can be scheduled. What is later is a slip of a finger.
const maxAhead = 10 * 366 * 24 * time.Hour

// ScheduleOptions say when, and for whom, something goes live.
type ScheduleOptions struct {
	At      time.Time
	Replace bool // in place of what is scheduled already, if it is something else and still waits
	By      string
}

// Schedule has versions go live at a time. They are held against the guards at once, as if they were to go
// live now: what would be refused now is refused, with every reason, and nothing is kept. They are held against
// them again each night, and once more when the time has come. A table has one schedule; one that
// was refused when it was due is replaced without asking.
func (s *Store) Schedule(ctx context.Context, table string, p PublishRequest, o ScheduleOptions) (*Schedule, error) {
	made, err := s.schedule(ctx, Thing{Name: Name{Kind: KindTable, Name: table}}, p, o)
	if err != nil {
		return nil, fmt.Errorf("schedule table %q: %w", schema.Excerpt(table), err)
	}
	return made, nil
}

func (s *Store) schedule(ctx context.Context, own Thing, p PublishRequest, o ScheduleOptions) (*Schedule, error) {
	at, now := o.At.UTC().Round(0), s.options.Now().UTC().Round(0)
	switch {
	case !at.After(now):
		return nil, fmt.Errorf("%w: the time %s is not in the future, by the clock of the service it is %s: give a later one, or none to publish at once", schema.ErrInvalid, o.At.Format(time.RFC3339), now.Format(time.RFC3339))
	case at.Sub(now) > maxAhead:
		return nil, fmt.Errorf("%w: the time %s is more than ten years ahead", schema.ErrInvalid, o.At.Format(time.RFC3339))
	case p.back:
		return nil, fmt.Errorf("%w: which version was live before is known only when the time has come: name the version", schema.ErrInvalid)
	}
	next := &Schedule{Version: p.Version, Lookups: kept(own, p.Lookups), Lift: p.Lift, At: at, By: schema.Excerpt(o.By)}
	t, err := s.try(ctx, own, p)
	if err != nil {
		return nil, err
	}
	if f := s.catalog.Load().families[own.Name]; f != nil && f.table != nil {
		t.refuse(f.table.Scheduled.taken(own, next, o)...)
	}
	if t.Refused != nil {
		return nil, t.Refused
	}
	err = s.change(func(c *change) error {
		r, err := c.present(own)
		if err != nil {
			return err
		}
		if r.Head.Scheduled.equal(next) {
			next = r.Head.Scheduled // asked for twice
			return errUnchanged
		}
		if taken := r.Head.Scheduled.taken(own, next, o); taken != nil {
			return schema.Refuse(own.Name.Name, p.Version, taken, schema.Findings{})
		}
		if err := c.haveAll(own, next); err != nil {
			return err
		}
		next.Asked, next.Base, next.Tried = c.at, r.Head.Live, c.at
		c.setSchedule(own, next)
		c.event(own.Name, next.event(own, Event{Action: ActionSchedule, By: next.By, Note: "to go live at " + at.Format(time.RFC3339)}))
		return nil
	})
	return next, err
}

// kept are versions of lookups by the names under which they are kept: the table may come back under another.
func kept(own Thing, lookups map[string]int) map[string]int {
	if len(lookups) == 0 {
		return nil
	}
	by := map[string]int{}
	for name, number := range lookups {
		by[lookupOf(own.Name.Name, name).Lookup] = number
	}
	return by
}

// Named are the versions of lookups by the lookups' names; nil: none.
func (p *Schedule) Named(table string) map[string]int {
	if len(p.Lookups) == 0 {
		return nil
	}
	by := map[string]int{}
	for lookup, number := range p.Lookups {
		by[lookupName(table, lookup)] = number
	}
	return by
}

// request is what is to be published.
func (p *Schedule) request(table string) PublishRequest {
	return PublishRequest{Version: p.Version, Lookups: p.Named(table), Lift: p.Lift}
}

// event adds the versions to an event.
func (p *Schedule) event(own Thing, e Event) Event {
	e.Version, e.Lookups = p.Version, p.Named(own.Name.Name)
	return e
}

// same says that it is one and the same, as it was asked for. Either may be nil.
func (p *Schedule) same(o *Schedule) bool {
	return p != nil && o != nil && p.Asked.Equal(o.Asked) && p.equal(o)
}

// equal says that it asks for the same, and waits.
func (p *Schedule) equal(o *Schedule) bool {
	return p != nil && p.Refused.IsZero() && p.Version == o.Version && maps.Equal(p.Lookups, o.Lookups) && p.Lift == o.Lift && p.At.Equal(o.At) && p.By == o.By
}

// taken is the guard of what is scheduled already.
func (p *Schedule) taken(own Thing, next *Schedule, o ScheduleOptions) []schema.Guard {
	if p == nil || !p.Refused.IsZero() || o.Replace || p.equal(next) {
		return nil
	}
	by := ""
	if p.By != "" {
		by = " by " + p.By
	}
	return []schema.Guard{{
		Code: schema.CodeScheduled, Lift: schema.LiftReplace,
		Message: fmt.Sprintf("%s of table %q goes live at %s, as it was scheduled%s: replace it, or cancel it first", p.what(own.Name.Name), schema.Excerpt(own.Name.Name), p.At.Format(time.RFC3339), by),
	}}
}

// what names the versions.
func (p *Schedule) what(table string) string {
	var parts []string
	if p.Version != 0 {
		parts = append(parts, fmt.Sprintf("version %d", p.Version))
	}
	named := p.Named(table)
	for _, name := range slices.Sorted(maps.Keys(named)) {
		parts = append(parts, fmt.Sprintf("version %d of lookup %q", named[name], schema.Excerpt(name)))
	}
	return strings.Join(parts, ", ")
}

// setSchedule writes what is scheduled for a table; nil takes it away. The table itself is not changed by it.
func (c *change) setSchedule(own Thing, p *Schedule) {
	if p != nil {
		p.Revision = c.records(own.Name).Revision + 1 // after this commit
	}
	c.records(own.Name).own().Head.Scheduled = p
	c.heads[own] = struct{}{}
}

// haveAll says that all versions are there.
func (c *change) haveAll(own Thing, p *Schedule) error {
	r := c.records(own.Name)
	if _, ok := r.own().making(p.Version); p.Version != 0 && !ok {
		return fmt.Errorf("%w: version %d of %s", schema.ErrVersionNotFound, p.Version, own)
	}
	for lookup, number := range p.Lookups {
		t := Thing{Name: own.Name, Lookup: lookup}
		l, err := c.present(t)
		if err != nil {
			return err
		}
		if _, ok := l.making(number); !ok {
			return fmt.Errorf("%w: version %d of %s", schema.ErrVersionNotFound, number, t)
		}
	}
	return nil
}

// isScheduled says that a version of a table or of one of its lookups goes live later, so that it must stay.
func (c *change) isScheduled(t Thing, number int) bool {
	own := c.records(t.Name).own()
	if own == nil || own.Head.Scheduled == nil {
		return false
	}
	if t.Lookup == "" {
		return own.Head.Scheduled.Version == number
	}
	return own.Head.Scheduled.Lookups[t.Lookup] == number
}

// Unschedule takes away what is scheduled for a table, also what was refused when it was due. The error is
// ErrNotScheduled where nothing is.
func (s *Store) Unschedule(table, by string) error {
	own := Thing{Name: Name{Kind: KindTable, Name: table}}
	err := s.change(func(c *change) error {
		r, err := c.present(own)
		if err != nil {
			return err
		}
		p := r.Head.Scheduled
		if p == nil {
			return fmt.Errorf("%w: %s", schema.ErrNotScheduled, own)
		}
		c.setSchedule(own, nil)
		c.event(own.Name, p.event(own, Event{Action: ActionUnschedule, By: by}))
		return nil
	})
	if err != nil {
		return fmt.Errorf("cancel what is scheduled: %w", err)
	}
	return nil
}

// fulfil ends what is scheduled where somebody has made all of it live before its time, and says so. It would
// come back by itself after a rollback, else.
func (c *change) fulfil(own Thing, by string) bool {
	r := c.records(own.Name)
	p := r.own().Head.Scheduled
	if p == nil || p.Version != 0 && r.own().Head.Live != p.Version {
		return false
	}
	for lookup, number := range p.Lookups {
		if l := r.Things[lookup]; l == nil || l.Head.Live != number {
			return false
		}
	}
	c.setSchedule(own, nil)
	c.event(own.Name, p.event(own, Event{Action: ActionUnschedule, By: by, Note: "it was made live before its time"}))
	return true
}

// missed marks what was scheduled for a table that comes back, where its time has passed meanwhile: leads got
// something else in that time, so a person says what is right now.
func (c *change) missed(to Name) {
	own := Thing{Name: to}
	was := c.records(to).own().Head.Scheduled
	if was == nil || !was.Refused.IsZero() || was.At.After(c.at) {
		return
	}
	p := *was
	p.Refused = c.at
	p.Refusals = []Reason{{Code: ReasonPassed, Message: fmt.Sprintf("its time %s passed while the table was deleted: publish it, schedule it anew, or cancel it", p.At.Format(time.RFC3339))}}
	c.setSchedule(own, &p)
	c.event(to, p.event(own, Event{Action: ActionRefused, Note: p.Refusals[0].Message}))
}

// ReadTime reads a time as people give it: RFC 3339, or a day, which is its first moment in the store's zone.
func (s *Store) ReadTime(text string) (time.Time, error) {
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, nil
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return day, fmt.Errorf("%w: %q is no time: write it as 2024-03-31T06:00:00+02:00, or a day as 2024-03-31", schema.ErrInvalid, schema.Excerpt(text))
	}
	zone := s.options.Zone
	if zone == nil {
		zone = time.UTC
	}
	at := time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, zone)
	for at.Day() != day.Day() { // a day without a midnight, where clocks are set forward then
		at = at.Add(30 * time.Minute)
	}
	return at, nil
}
