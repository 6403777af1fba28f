package tables

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"tablestep/tables/schema"
	"tablestep/tables/view"
)

// A DryRun says what would come of making versions live now. Nothing is kept of it.
type DryRun struct {
	Table    string
	Version  int             // of the rows that would be live; 0: none
	Live     int             // that is so now
	Findings schema.Findings // of the version, under the lookups as they would be
	Diff     *view.Count     // against the live version; nil: the rows stay, none is live, or they cannot be compared
	Refused  error           // a *schema.Refusal, or why the versions do not suit each other; nil: it would go live
}

// Reasons are why it would be refused; none: it would not be.
func (t *DryRun) Reasons() []Reason {
	list, _ := reasonsOf(t.Refused)
	return list
}

// refuse adds guards to the reasons.
func (t *DryRun) refuse(guards ...schema.Guard) {
	if len(guards) == 0 {
		return
	}
	all := &schema.Refusal{Table: t.Table, Version: t.Version}
	if refused, ok := errors.AsType[*schema.Refusal](t.Refused); ok {
		*all = *refused
	} else if t.Refused != nil {
		return // It is told first.
	}
	all.Guards = append(slices.Clone(all.Guards), guards...)
	t.Refused = all
}

// Try says what would come of PublishTogether.
func (s *Store) Try(ctx context.Context, table string, p PublishRequest) (*DryRun, error) {
	return s.tryWhole(ctx, table, p)
}

// TryRollback says what would come of Rollback.
func (s *Store) TryRollback(ctx context.Context, table string, lift Lift) (*DryRun, error) {
	return s.tryWhole(ctx, table, PublishRequest{Lift: lift, back: true})
}

// TrySchedule says what would come of Schedule, if the time had come.
func (s *Store) TrySchedule(ctx context.Context, table string, p PublishRequest, o ScheduleOptions) (*DryRun, error) {
	t, err := s.tryWhole(ctx, table, p)
	if err != nil {
		return nil, err
	}
	own := Thing{Name: Name{Kind: KindTable, Name: table}}
	if now, ok := s.Catalog().Table(table); ok {
		next := &Schedule{Version: p.Version, Lookups: kept(own, p.Lookups), Lift: p.Lift, At: o.At.UTC().Round(0), By: schema.Excerpt(o.By)}
		t.refuse(now.Scheduled.taken(own, next, o)...)
	}
	return t, nil
}

// tryWhole is a trial with the count of rows that would change.
func (s *Store) tryWhole(ctx context.Context, table string, p PublishRequest) (*DryRun, error) {
	t, err := s.try(ctx, Thing{Name: Name{Kind: KindTable, Name: table}}, p)
	if err == nil && t.Version != 0 && t.Live != 0 && t.Version != t.Live {
		var d *view.Diff
		d, err = s.Diff(ctx, table, t.Live, t.Version)
		switch {
		case err == nil:
			t.Diff = &d.Count
		case errors.Is(err, schema.ErrConflict), errors.Is(err, schema.ErrVersionNotFound), damaged(err):
			err = nil // The rest is told all the same.
		}
	}
	if err != nil {
		return nil, fmt.Errorf("try to publish table %q: %w", schema.Excerpt(table), err)
	}
	return t, nil
}

// try holds versions against the guards as if they were to go live now. An error is one of which nobody
// knows whether it would refuse them another time.
func (s *Store) try(ctx context.Context, own Thing, p PublishRequest) (*DryRun, error) {
	var t *DryRun
	var err error
	for range changeTries {
		if t, err = s.tryOnce(ctx, own, p); !errors.Is(err, schema.ErrVersionGone) {
			break // else it was swept before it was held
		}
	}
	if err == nil {
		err = s.tryLinks(own, p.Lookups)
	}
	if _, refused := reasonsOf(err); err != nil && refused && t != nil {
		t.Refused, err = err, nil
	}
	return t, err
}

// tryOnce is without a trial where there is no table to try it with.
func (s *Store) tryOnce(ctx context.Context, own Thing, p PublishRequest) (*DryRun, error) {
	f := s.catalog.Load().families[own.Name]
	r, err := f.present(own)
	if err != nil {
		return nil, err
	}
	t := &DryRun{Table: own.Name.Name, Live: r.Head.Live, Version: p.Version}
	if p.Version == 0 && !p.back && len(p.Lookups) > 0 {
		t.Version = r.Head.Live
		_, err := s.readUse(own, f, func(f *family, v *schema.Version) error { return s.suitAndPass(ctx, own, f, p.Lookups, v) })
		return t, err
	}
	next, err := s.ready(ctx, own, f, p)
	if next != nil {
		t.Version, t.Findings = next.number, next.findings
	}
	return t, err
}

// tryLinks says whether versions of lookups would make chains that are refused. That is known only of the catalog
// that they would be in, so it is asked of a change that is not stored.
func (s *Store) tryLinks(own Thing, versions map[string]int) error {
	if len(versions) == 0 {
		return nil
	}
	return s.change(func(c *change) error {
		c.dry = true
		_, err := c.lookupsLive(own, versions)
		return err
	})
}

// reasonsOf are the reasons in an error; refused is false where it is none of a refusal, and trying again may help.
func reasonsOf(err error) (list []Reason, refused bool) {
	if err == nil {
		return nil, false
	}
	if r, ok := errors.AsType[*schema.Refusal](err); ok {
		for _, g := range r.Guards {
			list = append(list, Reason{Code: g.Code, Lift: g.Lift, Lookup: g.Lookup, Column: g.Column, Message: g.Message})
		}
		for _, w := range r.Blocks.List {
			list = append(list, Reason{Code: w.Code, Row: w.Row, Column: w.Column, Message: w.Message, More: w.More})
		}
		return list, true
	}
	for _, known := range []struct {
		err  error
		code string
	}{
		{schema.ErrVersionNotFound, ReasonVersionGone},
		{schema.ErrLookupNotFound, ReasonLookupGone},
		{schema.ErrColumnNotFound, ReasonColumnGone},
		{ErrDamaged, ReasonDamaged},
		{schema.ErrInvalid, ReasonInvalid},
		{schema.ErrChain, ReasonInvalid},
	} {
		if errors.Is(err, known.err) {
			return []Reason{{Code: known.code, Message: schema.Visible(schema.Cut(err.Error(), maxReason))}}, true
		}
	}
	return nil, false
}

// maxReason is how many bytes of an error a reason has.
const maxReason = 1000

// bounded are reasons as a schedule keeps them.
func bounded(list []Reason) []Reason {
	if len(list) <= maxReasons {
		return list
	}
	list = slices.Clone(list)
	last, more := list[maxReasons-1], 0
	for _, r := range list[maxReasons-1:] {
		more += max(1, r.More)
	}
	list = list[:maxReasons]
	list[maxReasons-1] = Reason{Code: last.Code, More: more, Message: fmt.Sprintf("%d more reasons; a dry run tells them all", more)}
	return list
}
