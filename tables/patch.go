package tables

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tablestep/tables/schema"
	"tablestep/tables/view"
)

// PatchOptions say what becomes of a patch.
type PatchOptions struct {
	Version int    // that the rows were looked at in; not 0: a *RowsMovedError where another one is live
	Publish bool   // make the new version the live one
	Lift    Lift   // guards that are not to hold it up
	By      string // who did it
	Message string // what it is for
	also    func(c *change) error
}

// Patch makes a new version of the live one: the rows keep their order. A row to delete by a
// key that no row has is a warning. It refuses with ErrConflict, or with a *RowsMovedError where
// Version is given, when another version went live meanwhile.
func (s *Store) Patch(ctx context.Context, table string, p view.Patch, o PatchOptions) (*Imported, error) {
	r, err := s.read(table, 0)
	if err != nil {
		return nil, fmt.Errorf("patch: %w", err)
	}
	defer r.done()
	v := r.version
	if o.Version != 0 && o.Version != v.Number {
		return nil, fmt.Errorf("patch: %w", s.moved(ctx, r, o.Version))
	}
	patched, err := p.Apply(ctx, s.side(r), view.KeyOf(table, r.table.settled(), v))
	if err != nil {
		return nil, fmt.Errorf("patch table %q: %w", table, err)
	}
	imported, err := s.Import(ctx, table, patched, ImportOptions{
		Publish: o.Publish, Confirm: o.Lift.Confirm, Force: o.Lift.Force, By: o.By, Source: v.Source, Message: o.Message, Key: v.Key, base: v.Number, also: o.also,
	})
	if o.Version != 0 && errors.Is(err, errNotLive) {
		if now, readErr := s.read(table, 0); readErr == nil {
			defer now.done()
			err = s.moved(ctx, now, o.Version)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("patch table %q: %w", table, err)
	}
	return imported, nil
}

// errNotLive says that the version which was to be changed is no longer live.
var errNotLive = fmt.Errorf("%w: no longer live", schema.ErrConflict)

// A RowsMovedError says that somebody was faster: what was to be changed is not any more what
// the change was made for. Nothing was done.
type RowsMovedError struct {
	Table   string
	Asked   int       // the version that the change was made for
	Current int       // the live one
	By      string    // who made that
	At      time.Time // UTC
	Changed []string  // what is different in it, such as: row 7; at most maxMoved and a line for the rest; nil: it cannot be told
	Draft   string    // not empty: what became of a draft, in place of the first words of the message
}

// maxMoved is how many differences a RowsMovedError names.
const maxMoved = 20

// Error names the way out.
func (e *RowsMovedError) Error() string {
	if e.Draft != "" {
		return e.Draft
	}
	by := ""
	if e.By != "" {
		by = " by " + schema.Excerpt(e.By)
	}
	return fmt.Sprintf("version %d of table %q is no longer live, version %d has been made%s: look at what has changed, and change the rows of that version", e.Asked, e.Table, e.Current, by)
}

// Is makes it a conflict.
func (e *RowsMovedError) Is(target error) bool { return target == schema.ErrConflict }

// moved tells what is live now in place of the version that was asked for. What has changed
// between the two is told where that one is still there and both can be read.
func (s *Store) moved(ctx context.Context, now *reading, asked int) error {
	e := &RowsMovedError{Table: now.version.Table, Asked: asked, Current: now.version.Number, By: now.version.By, At: now.version.Created}
	was, err := s.read(e.Table, asked)
	if err != nil {
		return e
	}
	defer was.done()
	d, err := view.Compare(ctx, s.side(was), s.side(now), view.KeyOf(e.Table, now.table.settled(), now.version), maxMoved)
	if err != nil {
		return e
	}
	e.Changed = changesOf(d)
	return e
}

// changesOf names the rows of a difference by their numbers in the newer version, but those that
// are gone by the numbers that they had.
func changesOf(d *view.Diff) []string {
	changed := []string{}
	add := func(text string) {
		if len(changed) < maxMoved {
			changed = append(changed, text)
		}
	}
	for _, r := range d.Changed {
		add(fmt.Sprintf("row %d", r.Row))
	}
	for _, r := range d.Removed {
		add(fmt.Sprintf("row %d of version %d is gone", r.Row, d.From))
	}
	for _, r := range d.Added {
		add(fmt.Sprintf("row %d is new", r.Row))
	}
	if rest := d.Count.Changed + d.Count.Removed + d.Count.Added - len(changed); rest > 0 {
		changed = append(changed, fmt.Sprintf("and %d more rows", rest))
	}
	return changed
}
