package tables

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"tablestep/tables/schema"
)

// The wall clock may be set, and the machine may sleep: so no timer runs until something is due, and the
// clock is looked at instead.
const (
	scheduleLook = 15 * time.Second // how often, as long as something is scheduled
	trialHour    = 3                // of the night, in Options.Zone: when all is held against the guards anew
	trialRest    = time.Minute      // between the trials of a table that keeps being changed
	lateAfter    = time.Minute      // from then on the history says that it was late
)

func (s *Store) wakeScheduler() {
	select {
	case s.later <- struct{}{}:
	default:
	}
}

// scheduler makes live what is due, and tries what waits, until the store is closed.
func (s *Store) scheduler() {
	for {
		waits, err := s.lookAtSchedules()
		if s.ctx.Err() != nil {
			return
		}
		s.delay(err)
		var look <-chan time.Time
		if waits {
			look = time.After(scheduleLook)
		}
		select {
		case <-s.ctx.Done():
			return
		case <-s.later:
		case <-look:
		}
	}
}

// lookAtSchedules does what there is to do now, and says whether something waits. What goes wrong with one
// table does not hold up the others; it is tried again with the next look.
func (s *Store) lookAtSchedules() (waits bool, _ error) {
	var waiting []*family
	for name, f := range s.catalog.Load().families {
		if name.Bin == 0 && f.table != nil && f.table.Scheduled != nil && f.table.Scheduled.Refused.IsZero() {
			waiting = append(waiting, f)
		}
	}
	slices.SortFunc(waiting, func(a, b *family) int {
		return cmp.Or(a.table.Scheduled.At.Compare(b.table.Scheduled.At), a.Name.compare(b.Name))
	})
	var errs []error
	for _, f := range waiting {
		own, p, now := Thing{Name: f.Name}, f.table.Scheduled, s.options.Now().Round(0)
		var err error
		switch {
		case s.ctx.Err() != nil:
			return true, nil
		case !now.Before(p.At):
			err = s.publishDue(own, p)
		case s.wantsTrial(f, now):
			err = s.tryAgain(f)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s of %s, scheduled for %s: %w", p.what(f.Name.Name), own, p.At.Format(time.RFC3339), err))
		}
	}
	return len(waiting) > 0, errors.Join(errs...)
}

// delay keeps why it is not known whether something may go live, and tells the log when that is something new.
func (s *Store) delay(err error) {
	s.mu.Lock()
	before := s.delayed
	s.delayed = err
	s.mu.Unlock()
	switch {
	case err != nil && (before == nil || before.Error() != err.Error()):
		s.options.Log.Error("what is scheduled cannot be looked at or go live now; it is tried again", "error", err)
	case err == nil && before != nil:
		s.options.Log.Info("what is scheduled can be looked at again")
	}
}

// publishDue makes versions live whose time has come. What is refused stays, and is tried no more: somebody who
// mends a table next week does not mean that it goes live then.
func (s *Store) publishDue(own Thing, p *Schedule) error {
	table, done := own.Name.Name, false
	request := p.request(table)
	request.way = WaySchedule
	request.last = func(c *change, e *Event) error {
		if !p.same(c.records(own.Name).own().Head.Scheduled) {
			return errUnchanged // cancelled or replaced meanwhile
		}
		e.Note = p.told(c.at)
		if e.Version == 0 && e.Lookups == nil {
			*e = p.event(own, *e)
			e.Note += "; it was live already"
		}
		c.setSchedule(own, nil)
		done = true
		return nil
	}
	tester := s.runsTests()
	err := s.publishAny(s.ctx, own, request, p.By)
	if err == nil {
		if done {
			s.options.Log.Info("what was scheduled is live", "table", table, "versions", p.what(table))
		}
		return nil
	}
	reasons, refused := reasonsOf(err)
	if !refused {
		return err
	}
	if untested(tester, reasons) {
		return nil
	}
	reasons = bounded(reasons)
	done = false
	err = s.change(func(c *change) error {
		now := c.records(own.Name).own()
		if now == nil || !p.same(now.Head.Scheduled) {
			return errUnchanged
		}
		next := *p
		next.Tried, next.Refused, next.Refusals = c.at, c.at, reasons
		c.setSchedule(own, &next)
		c.event(own.Name, next.event(own, Event{Action: ActionRefused, By: p.By, Note: p.told(c.at) + ": " + reasons[0].Message}))
		done = true
		return nil
	})
	if err == nil && done {
		s.options.Log.Error("what was scheduled was refused when it was due; it waits for somebody who publishes or cancels it",
			"table", table, "versions", p.what(table), "at", p.At, "reasons", codesOf(reasons))
	}
	return err
}

// untested says that among the reasons are tests of lookups that nobody could run: a store is open before there is
// who runs them, and nothing is wrong with what is scheduled. It waits; TestBy has it looked at again.
func untested(tester Tester, reasons []Reason) bool {
	return tester == nil && slices.ContainsFunc(reasons, func(r Reason) bool { return r.Code == schema.CodeTestFailed })
}

// told says of an event whose doing it is.
func (p *Schedule) told(now time.Time) string {
	text := "as scheduled for " + p.At.Format(time.RFC3339)
	if late := now.Sub(p.At); late > lateAfter {
		text += fmt.Sprintf(", %s late, because the service did not run or its clock was set", late.Round(time.Second))
	}
	return text
}

// wantsTrial says that a schedule is to be held against the guards: the night is over, or something of its table was
// changed since the last trial.
func (s *Store) wantsTrial(f *family, now time.Time) bool {
	p := f.table.Scheduled
	if p.Tried.After(now) || p.Tried.Before(s.lastNight(now)) {
		return true // Of a later trial than now the clock was set back.
	}
	return f.Revision != p.Revision && now.Sub(p.Tried) >= trialRest
}

// lastNight is when the last nightly trial was to be.
func (s *Store) lastNight(now time.Time) time.Time {
	zone := s.options.Zone
	if zone == nil {
		zone = time.UTC
	}
	local := now.In(zone)
	at := time.Date(local.Year(), local.Month(), local.Day(), trialHour, 0, 0, 0, zone)
	if at.After(now) {
		at = time.Date(local.Year(), local.Month(), local.Day()-1, trialHour, 0, 0, 0, zone)
	}
	return at
}

// tryAgain keeps what a trial finds, and tells the log of refusals.
func (s *Store) tryAgain(f *family) error {
	own, p, tester := Thing{Name: f.Name}, f.table.Scheduled, s.runsTests()
	t, err := s.try(s.ctx, own, p.request(f.Name.Name))
	if err != nil {
		return err
	}
	if untested(tester, t.Reasons()) {
		return nil
	}
	reasons, done := bounded(t.Reasons()), false
	err = s.change(func(c *change) error {
		now := c.records(own.Name).own()
		if now == nil || !p.same(now.Head.Scheduled) {
			return errUnchanged
		}
		next := *p
		next.Tried, next.Refusals = c.at, reasons
		changed := c.records(own.Name).Revision != f.Revision
		if c.setSchedule(own, &next); changed {
			next.Revision = 0 // The trial was of what was before.
		}
		done = true
		return nil
	})
	if err != nil || !done {
		return err
	}
	night := p.Tried.Before(s.lastNight(s.options.Now()))
	switch {
	case len(reasons) > 0 && (night || !slices.Equal(reasons, p.Refusals)):
		s.options.Log.Warn("what is scheduled would be refused as things are now", "table", f.Name.Name, "versions", p.what(f.Name.Name), "at", p.At, "reasons", codesOf(reasons))
	case len(reasons) == 0 && len(p.Refusals) > 0:
		s.options.Log.Info("what is scheduled would go live as things are now", "table", f.Name.Name, "versions", p.what(f.Name.Name), "at", p.At)
	}
	return nil
}

// codesOf are the codes of reasons, each once.
func codesOf(reasons []Reason) []string {
	codes := map[string]struct{}{}
	for _, r := range reasons {
		codes[r.Code] = struct{}{}
	}
	return slices.Sorted(maps.Keys(codes))
}

// lostSchedule tells the history that what was scheduled is lost with a record that is made anew.
func (c *change) lostSchedule(t Thing) error {
	if t.Kind != KindTable || t.Lookup != "" {
		return nil
	}
	events, err := c.store.keeper.History(c.store.ctx, t.Name)
	if err != nil {
		return err
	}
	var open *Event
	for i := range events {
		switch e := &events[i]; {
		case e.Action == ActionSchedule:
			open = e
		case e.Action == ActionUnschedule, e.Action == ActionPurge, e.Action == ActionDelete,
			open != nil && e.Action == ActionPublish && e.Version == open.Version && maps.Equal(e.Lookups, open.Lookups):
			open = nil
		}
	}
	if open != nil {
		c.event(t.Name, Event{
			Action: ActionUnschedule, Version: open.Version, Lookups: open.Lookups,
			Note: fmt.Sprintf("the record of the table was damaged, and with it what %s scheduled; schedule it again", schema.Excerpt(cmp.Or(open.By, "somebody"))),
		})
	}
	return nil
}
