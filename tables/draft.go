package tables

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tablestep/tables/scan"
	"tablestep/tables/schema"
	"tablestep/tables/view"
)

// A Draft is work of one person on a table that is no version yet: rows that were made from
// the live version or from a file. Leads never see it. Each change makes its rows anew; the
// findings are those of its rows as they are.
type Draft struct {
	Table   string
	Person  string
	Number  int // of the change, from 1; ascending
	Updated time.Time
	DraftContent
	Rows *schema.Version // with its findings
}

// DraftContent is what a keeper keeps of a draft beside its rows.
type DraftContent struct {
	Begun time.Time // UTC
	Base  int       // the version that was live when it was begun; 0: none was
	File  bool      // it was made from a file, which stands in place of all rows
	Edits Edits     // of the base, where it was made from that
}

// What is kept of the changes of a draft; package view tells.
type (
	Edits    = view.Edits
	Edit     = view.Edit
	EditKind = view.EditKind
)

// DraftOptions say which draft is meant, and what it looked like to who changes it.
type DraftOptions struct {
	Person  string
	Number  int // not 0: a *RowsMovedError where the draft is not as it was after this change
	Version int // of one that is begun by changing rows; not 0: a *RowsMovedError where another one is live
}

func draftOf(table, person string) Thing {
	return Thing{Name: Name{Kind: KindDraft, Name: table}, Lookup: person}
}

// A draftReading is a draft that is being read. Its rows stay until done is called.
type draftReading struct {
	Draft
	side view.Side
	done func()
}

func (s *Store) readDraft(ctx context.Context, table string, o DraftOptions) (*draftReading, error) {
	t := draftOf(table, o.Person)
	for range changeTries {
		r, err := s.catalog.Load().families[t.Name].present(t)
		switch {
		case err != nil:
			return nil, err
		case r.LiveDamage != nil:
			return nil, fmt.Errorf("%s: %w", t, r.LiveDamage)
		case r.Live == nil:
			return nil, t.notFound()
		}
		c := r.Live
		if o.Number != 0 && o.Number != c.Number {
			return nil, draftMoved(table, o.Number, c)
		}
		done := s.hold(c.Rows)
		// It may have been swept before it was held; if it is there now, it was not.
		if _, err := s.kept(ctx, t, c.Number); err != nil {
			done()
			if errors.Is(err, schema.ErrVersionNotFound) {
				s.settled()
				continue
			}
			return nil, err
		}
		v := *c.Rows
		v.Table = table
		unnamed := *c.Rows
		unnamed.Table = "" // what is damaged in a draft is no damage of the table
		return &draftReading{
			Draft: Draft{Table: table, Person: o.Person, Number: c.Number, Updated: c.Created, DraftContent: *c.Draft, Rows: &v},
			side:  view.Side{Version: &v, Reader: s.reader(&unnamed)}, done: done,
		}, nil
	}
	return nil, fmt.Errorf("%w: the %s keeps changing: try again", schema.ErrConflict, t)
}

// draftMoved is for who has seen a draft before its last change.
func draftMoved(table string, asked int, now *Content) error {
	return &RowsMovedError{
		Table: table, Asked: asked, Current: now.Number, By: now.By, At: now.Created,
		Draft: fmt.Sprintf("the draft of table %q was changed since you looked at it: look again, and then change it", table),
	}
}

// Draft is the draft of a person, with its findings.
func (s *Store) Draft(ctx context.Context, table string, o DraftOptions) (*Draft, error) {
	r, err := s.readDraft(ctx, table, o)
	if err != nil {
		return nil, fmt.Errorf("read draft: %w", err)
	}
	defer r.done()
	if r.Rows.Findings, err = s.keptFindings(ctx, draftOf(r.Table, r.Person), r.Number); err != nil {
		return nil, fmt.Errorf("read draft of table %q: %w", table, err)
	}
	return &r.Draft, nil
}

// DraftRows reads a page of the rows of a draft.
func (s *Store) DraftRows(ctx context.Context, table string, o DraftOptions, q view.Query) (*view.Page, error) {
	r, err := s.readDraft(ctx, table, o)
	if err != nil {
		return nil, fmt.Errorf("read draft: %w", err)
	}
	defer r.done()
	var found schema.Findings
	if q.Finding != "" {
		if found, err = s.keptFindings(ctx, draftOf(r.Table, r.Person), r.Number); err != nil {
			return nil, fmt.Errorf("read draft of table %q: %w", table, err)
		}
	}
	page, err := view.Rows(ctx, r.side, found.List, q)
	if err != nil {
		return nil, fmt.Errorf("read draft of table %q: %w", table, err)
	}
	return page, nil
}

// DraftFile makes the draft of a person from a file, in place of the one that there may be. The
// table need not be there. What may stand in the way of a version, a column that a lookup
// uses and that is gone or a loss of rows, is looked at when it is saved.
func (s *Store) DraftFile(ctx context.Context, table string, person string, rows schema.RowSource, o ImportOptions) (*Draft, error) {
	live, _, done := s.current(Name{Kind: KindTable, Name: table})
	done()
	d := &DraftContent{File: true}
	if live != nil {
		d.Base = live.Number
	}
	made, err := s.writeDraft(ctx, table, person, -1, d, rows, o)
	if err != nil {
		return nil, fmt.Errorf("draft of table %q: %w", schema.Excerpt(table), err)
	}
	return made, nil
}

// PatchDraft changes rows of the draft of a person, and begins one with the live version where
// there is none. Numbers of rows are those of the draft as it is.
func (s *Store) PatchDraft(ctx context.Context, table string, p view.Patch, o DraftOptions) (*Draft, error) {
	changed, err := s.patchDraft(ctx, table, p, o)
	if err != nil {
		return nil, fmt.Errorf("change draft of table %q: %w", schema.Excerpt(table), err)
	}
	return changed, nil
}

func (s *Store) patchDraft(ctx context.Context, table string, p view.Patch, o DraftOptions) (*Draft, error) {
	r, err := s.readDraft(ctx, table, o)
	if errors.Is(err, schema.ErrDraftNotFound) && o.Number == 0 {
		r, err = s.beginDraft(ctx, table, o)
	}
	if err != nil {
		return nil, err
	}
	defer r.done()
	_, used, done := s.current(Name{Kind: KindTable, Name: table})
	done()
	v := r.Rows
	patched, err := p.Apply(ctx, r.side, view.KeyOf(table, used.lookups, v))
	if err != nil {
		return nil, err
	}
	next := &DraftContent{Begun: r.Begun, Base: r.Base, File: r.File}
	imp := ImportOptions{By: o.Person, Source: v.Source, Key: v.Key, Notations: notationsOf(v)}
	if !r.File {
		edits, err := r.Edits.Then(ctx, r.side, patched)
		if err != nil {
			return nil, err
		}
		next.Edits, imp.base = *edits, r.Base
	}
	return s.writeDraft(ctx, table, o.Person, r.Number, next, patched, imp)
}

// beginDraft is the live version as a draft that nobody has changed yet.
func (s *Store) beginDraft(ctx context.Context, table string, o DraftOptions) (*draftReading, error) {
	r, err := s.read(table, 0)
	if err != nil {
		return nil, err
	}
	if o.Version != 0 && o.Version != r.version.Number {
		defer r.done()
		return nil, s.moved(ctx, r, o.Version)
	}
	return &draftReading{
		Draft: Draft{Table: table, Person: o.Person, Rows: r.version, DraftContent: DraftContent{Base: r.version.Number, Edits: view.Edits{Rows: r.version.Rows}}},
		side:  s.side(r), done: r.done,
	}, nil
}

// notationsOf are the conventions of all columns, to be kept.
func notationsOf(v *schema.Version) map[string]schema.Notation {
	kept := map[string]schema.Notation{}
	for _, c := range v.Columns {
		if c.Numbers != "" || c.Dates != "" {
			kept[c.Name] = schema.Notation{Numbers: c.Numbers, Dates: c.Dates}
		}
	}
	return kept
}

// writeDraft takes in the rows of a draft, as an import does, in place of those that there are. was
// is the number of the draft that was changed, 0 where there was none; -1 replaces whatever there is.
func (s *Store) writeDraft(ctx context.Context, table, person string, was int, d *DraftContent, rows schema.RowSource, o ImportOptions) (*Draft, error) {
	var made *Draft
	t := draftOf(table, person)
	o.Publish, o.Confirm, o.Force, o.By = false, true, true, person
	o.keep = func(v *schema.Version) error {
		return s.change(func(c *change) error {
			if _, err := c.toAdd(Thing{Name: t.Name}); err != nil {
				return err
			}
			r, err := c.toAdd(t)
			if err != nil {
				return err
			}
			if was >= 0 && r.Head.Live != was {
				return fmt.Errorf("%w: the draft was changed meanwhile: look again, and repeat the change", schema.ErrConflict)
			}
			content := &Content{Rows: v, Making: Making{By: person}, Draft: d}
			if d.Begun.IsZero() {
				d.Begun = c.at
			}
			older := numbersOf(r.Made)
			c.add(t, r, content)
			c.commit.Take = append(c.commit.Take, v.Storage)
			c.setLive(t, r, content)
			c.drop(t, r, older)
			made = &Draft{Table: table, Person: person, Number: content.Number, Updated: content.Created, DraftContent: *d, Rows: v}
			return nil
		})
	}
	if _, err := s.Import(ctx, table, rows, o); err != nil {
		return nil, err
	}
	return made, nil
}

// DropDraft throws a draft away.
func (s *Store) DropDraft(table string, o DraftOptions) error {
	err := s.change(func(c *change) error { return c.dropDraft(draftOf(table, o.Person), o.Number) })
	if err != nil {
		return fmt.Errorf("throw draft of table %q away: %w", schema.Excerpt(table), err)
	}
	return nil
}

// dropDraft throws a draft away, which must be as it was after a change; 0: whatever it is.
func (c *change) dropDraft(t Thing, number int) error {
	// One that is damaged can be thrown away as well.
	if _, err := c.present(t); err != nil && !damaged(err) {
		return err
	}
	if _, err := c.toAdd(Thing{Name: t.Name}); err != nil {
		return err
	}
	r, err := c.toAdd(t)
	if err != nil {
		return err
	}
	if number != 0 && r.Head.Live != number {
		if r.Live == nil {
			return t.notFound()
		}
		return draftMoved(t.Name.Name, number, r.Live)
	}
	c.drop(t, r, numbersOf(r.Made))
	*r = Record{Head: Head{Next: r.Head.Next, Updated: c.at, Deleted: c.at}}
	return nil
}

// SaveOptions say what becomes of a draft.
type SaveOptions struct {
	DraftOptions
	Lift         // guards that are not to hold it up
	Publish bool // make the new version the live one
	By      string
	Message string
}

// SaveDraft makes a version of a draft, which is then gone, in one step. Where another version
// has gone live since it was begun, rows that were changed are changed in that one: a
// *RowsMovedError where somebody has changed one of them, too, and always where the draft was made
// from a file, which would undo what others have done. The draft then stays.
func (s *Store) SaveDraft(ctx context.Context, table string, o SaveOptions) (*Imported, error) {
	imported, err := s.saveDraft(ctx, table, o)
	if err != nil {
		return nil, fmt.Errorf("save draft of table %q: %w", schema.Excerpt(table), err)
	}
	return imported, nil
}

func (s *Store) saveDraft(ctx context.Context, table string, o SaveOptions) (*Imported, error) {
	r, err := s.readDraft(ctx, table, o.DraftOptions)
	if err != nil {
		return nil, err
	}
	defer r.done()
	drop := func(c *change) error { return c.dropDraft(draftOf(table, o.Person), r.Number) }
	if r.File {
		return s.saveFile(ctx, r, o, drop)
	}
	for range changeTries {
		imported, err := s.saveEdits(ctx, r, o, drop)
		if moved, ok := errors.AsType[*RowsMovedError](err); !ok || moved.Draft != "" {
			return imported, err
		}
		// Another version went live while the rows were taken in: they are looked for in that one.
	}
	return nil, fmt.Errorf("%w: new versions keep going live: try again", schema.ErrConflict)
}

// saveEdits makes the edits of a draft in the version that is live.
func (s *Store) saveEdits(ctx context.Context, r *draftReading, o SaveOptions, drop func(c *change) error) (*Imported, error) {
	now, err := s.read(r.Table, 0)
	if err != nil {
		return nil, err
	}
	defer now.done()
	patch, collided, err := r.Edits.Onto(ctx, s.side(now), now.version.Number != r.Base)
	if err != nil {
		return nil, err
	}
	if len(collided) > 0 {
		return nil, collision(r, now.version, collided)
	}
	if patch.Size() == 0 {
		return nil, fmt.Errorf("%w: the draft changes nothing: throw it away", schema.ErrInvalid)
	}
	return s.Patch(ctx, r.Table, *patch, PatchOptions{Version: now.version.Number, Publish: o.Publish, Lift: o.Lift, By: o.By, Message: o.Message, also: drop})
}

// saveFile makes a version of a draft that was made from a file.
func (s *Store) saveFile(ctx context.Context, r *draftReading, o SaveOptions, drop func(c *change) error) (*Imported, error) {
	check := func(live *schema.Version) error {
		switch {
		case live == nil && r.Base == 0, live != nil && live.Number == r.Base:
			return nil
		case live == nil:
			return fmt.Errorf("%w: version %d of it, which was live when the draft was begun, is not any more: upload the file, or throw the draft away", schema.ErrConflict, r.Base)
		}
		return &RowsMovedError{
			Table: r.Table, Asked: r.Base, Current: live.Number, By: live.By, At: live.Created,
			Draft: fmt.Sprintf("version %d of table %q went live after the draft was made from a file, which would undo what was changed in it: make the draft from a file again, or upload the file", live.Number, r.Table),
		}
	}
	live, _, done := s.current(Name{Kind: KindTable, Name: r.Table})
	done()
	if err := check(live); err != nil {
		return nil, err
	}
	v := r.Rows
	return s.Import(ctx, r.Table, scan.NewRows(ctx, r.side.Reader, v, func() {}), ImportOptions{
		Publish: o.Publish, Confirm: o.Confirm, Force: o.Force, way: WayDraft, By: o.By, Source: v.Source, Message: o.Message, Key: keyGiven(v), Notations: notationsOf(v),
		also: func(c *change) error {
			var now *schema.Version
			if f := c.before.families[Name{Kind: KindTable, Name: r.Table}]; f != nil && f.table != nil {
				now = f.table.Live
			}
			if err := check(now); err != nil {
				return err
			}
			return drop(c)
		},
	})
}

// keyGiven is the key that a person gave with the rows; nil: it was guessed.
func keyGiven(v *schema.Version) []string {
	if v.KeyGiven {
		return v.Key
	}
	return nil
}

// collision tells which rows of a draft somebody else has changed, too.
func collision(r *draftReading, now *schema.Version, rows []int) error {
	e := &RowsMovedError{
		Table: r.Table, Asked: r.Base, Current: now.Number, By: now.By, At: now.Created, Changed: []string{},
		Draft: fmt.Sprintf("version %d of table %q went live after the draft was begun, and has other cells in %d rows that the draft changes: look at them, and make the change anew in a new draft", now.Number, r.Table, len(rows)),
	}
	for i, row := range rows {
		if i == maxMoved {
			e.Changed = append(e.Changed, fmt.Sprintf("and %d more rows", len(rows)-i))
			break
		}
		e.Changed = append(e.Changed, fmt.Sprintf("row %d of version %d", row, r.Base))
	}
	return e
}
