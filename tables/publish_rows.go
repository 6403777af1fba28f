package tables

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"tablestep/tables/check"
	"tablestep/tables/schema"
)

// A ready version has been held against the lookups that will be live with it.
type ready struct {
	candidate
	number  int
	content *Content       // nil: it is live already
	under   map[string]int // those lookups
	anew    bool           // its findings are to be kept
}

// publishRows makes a version of the rows live, with versions of lookups where they are named, and says
// which. What has to be read is read before the transaction, and again if the lookups were changed
// meanwhile.
func (s *Store) publishRows(ctx context.Context, own Thing, p PublishRequest, by string) (int, error) {
	for range changeTries {
		next, err := s.ready(ctx, own, s.catalog.Load().families[own.Name], p)
		if errors.Is(err, schema.ErrVersionGone) {
			continue // It was swept before it was held.
		}
		if err != nil {
			return 0, err
		}
		moved := false
		err = s.change(func(c *change) error {
			err := c.publishRows(own, next, p, by)
			moved = errors.Is(err, errOther)
			return err
		})
		if !moved {
			return next.number, err
		}
	}
	// Others keep changing the lookups: they wait for this once.
	number := 0
	err := s.change(func(c *change) error {
		next, err := s.ready(ctx, own, c.before.families[own.Name], p)
		if err != nil {
			return err
		}
		number = next.number
		return c.publishRows(own, next, p, by)
	})
	return number, err
}

// ready holds a version that is kept against the lookups, and the guards. One that these refuse is told with
// the refusal.
func (s *Store) ready(ctx context.Context, own Thing, f *family, p PublishRequest) (*ready, error) {
	r, err := f.present(own)
	if err != nil {
		return nil, err
	}
	number := p.Version
	if p.back {
		if number, _ = r.before(); number == 0 {
			return nil, errNoWayBack()
		}
	}
	if number != 0 && number == r.Head.Live && r.LiveDamage == nil && len(p.Lookups) == 0 {
		return &ready{number: number}, nil
	}
	content, err := s.rowsOf(ctx, own, r, number)
	if err != nil {
		return nil, err
	}
	v := content.Rows
	defer s.hold(v)()
	if err := s.suitsAll(ctx, own, p.Lookups, v); err != nil {
		return nil, err
	}
	used, err := s.withVersions(ctx, f.usage(), own.Name.Name, p.Lookups)
	if err != nil {
		return nil, err
	}
	found, anew, err := s.foundUnder(ctx, own, v, used)
	if err != nil {
		return nil, err
	}
	next := &ready{
		candidate: candidate{way: p.wayLive(), table: own.Name.Name, version: v, lookups: used.lookups, findings: found, lift: p.Lift},
		number:    number, content: content, under: used.under, anew: anew,
	}
	if found.Counts[schema.WarnLookupSlow] > 0 { // else none is far too slow
		var w check.Warnings
		if next.guards, err = s.checkPace(ctx, own.Name.Name, v, used.lookups, &w); err != nil {
			return nil, err
		}
	}
	if _, err := next.passes(s, r); err != nil {
		return next, err
	}
	if found.Counts[schema.CodeBadPattern] == 0 {
		s.fits(v, check.PatternsOf(v, used.lookups))
	}
	return next, nil
}

// passes holds a version that is ready against the guards, beside what is live now.
func (n *ready) passes(s *Store, r *Record) (*pass, error) {
	next := n.candidate
	next.left = r.Head.Left[n.number]
	if r.Live != nil {
		next.live = r.Live.Rows
	}
	return s.guard(next)
}

// rowsOf is a version of a table, its own copy.
func (s *Store) rowsOf(ctx context.Context, own Thing, r *Record, number int) (*Content, error) {
	m, ok := r.making(number)
	switch {
	case !ok:
		return nil, fmt.Errorf("%w: version %d of %s", schema.ErrVersionNotFound, number, own)
	case m.Damage != nil:
		return nil, fmt.Errorf("version %d of %s: %w", number, own, m.Damage)
	}
	content := r.Live
	if content == nil || content.Number != number {
		var err error
		if content, err = s.kept(ctx, own, number); err != nil {
			return nil, err
		}
	}
	copied, rows := *content, *content.Rows
	copied.Rows = &rows
	return &copied, nil
}

// publishRows moves the live pointers, with one event. It is errOther where the lookups are others than
// the version was held against.
func (c *change) publishRows(own Thing, next *ready, p PublishRequest, by string) error {
	r, err := c.present(own)
	if err != nil {
		return err
	}
	if before, _ := r.before(); p.back && before != next.number {
		return errOther
	}
	if next.content == nil {
		if r.Head.Live != next.number {
			return errOther
		}
		return c.published(own, &p, Event{Action: ActionPublish, By: by})
	}
	if _, kept := r.making(next.number); !kept {
		return fmt.Errorf("%w: version %d of %s", schema.ErrVersionNotFound, next.number, own)
	}
	under := c.records(own.Name).usage().under
	for name, number := range p.Lookups {
		under[lookupOf(own.Name.Name, name).Lookup] = number
	}
	if !maps.Equal(under, next.under) {
		return errOther
	}
	e := Event{Action: ActionPublish, By: by}
	if r.Head.Live != next.number {
		passed, err := next.passes(c.store, r)
		if err != nil {
			return err
		}
		c.passes = append(c.passes, passed)
		e.Version = next.number
		if p.back {
			e.Action = ActionRollback
			_, trail := r.before()
			c.setLive(own, r, next.content)
			r.Head.Trail = trail
		} else {
			c.goLive(own, r, next.content)
		}
	}
	lookups, err := c.lookupsLive(own, p.Lookups)
	if err != nil {
		return err
	}
	if e.Lookups = lookups; next.anew && (e.Version != 0 || e.Lookups != nil) {
		c.find(own, next.number, next.findings)
	}
	return c.published(own, &p, e)
}

// published ends a change that has made versions live: it tells the event. What was scheduled and is live
// by this is scheduled no longer.
func (c *change) published(own Thing, p *PublishRequest, e Event) error {
	if p.last != nil {
		if err := p.last(c, &e); err != nil {
			return err
		}
	}
	done := p.way != WaySchedule && !p.back && c.fulfil(own, e.By)
	if e.Version != 0 || e.Lookups != nil {
		c.event(own.Name, e)
		return nil
	}
	if !done {
		return errUnchanged
	}
	return nil
}

// lookupsLive makes versions of lookups live, and says which were not so before, by their names.
func (c *change) lookupsLive(own Thing, versions map[string]int) (live map[string]int, _ error) {
	for _, name := range slices.Sorted(maps.Keys(versions)) {
		t := lookupOf(own.Name.Name, name)
		l, err := c.present(t)
		if err != nil {
			return nil, err
		}
		number := versions[name]
		content, err := c.content(t, l, number)
		if err != nil {
			return nil, err
		}
		if l.Head.Live == number {
			continue
		}
		c.goLive(t, l, content)
		c.passed(t)
		if live == nil {
			live = map[string]int{}
		}
		live[lookupName(own.Name.Name, t.Lookup)] = number
	}
	return live, nil
}
