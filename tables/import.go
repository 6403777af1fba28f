package tables

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"tablestep/tables/check"
	"tablestep/tables/schema"
	"tablestep/tables/view"
)

// ImportOptions say what becomes of an upload.
type ImportOptions struct {
	Publish bool     // make the version the live one
	Confirm bool     // though more than half of the live version's rows are lost
	Force   bool     // though a lookup uses a column that is gone, or becomes too slow
	By      string   // who did it
	Source  string   // the file's name
	Key     []string // the columns that name a row; nil guesses
	// Notations are how numbers and dates are written in columns, by their names; what is
	// left out is kept where a lookup uses the column, else found in the cells.
	Notations map[string]schema.Notation
	base      int // not 0: a patch of this version: refuse to publish unless it is still live
}

// Imported tells about an upload that was taken in.
type Imported struct {
	Table    string          `json:"table"`
	Version  int             `json:"version"`
	Live     bool            `json:"live"` // the version is the live one
	Rows     int             `json:"rows"`
	Columns  []schema.Column `json:"columns"`
	Findings schema.Findings `json:"findings"`
	Diff     *view.Count     `json:"diff,omitempty"`
}

// Import reads a file to its end into a new version of a table, which it makes
// where there is none. The rows go to the disk in transactions of a few
// megabytes; the version appears with the last one, or not at all. The errors are
// an *UploadError for the file, with code BAD_PATTERN for a cell that a lookup cannot
// read, ErrConflict for what wants Confirm or Force, and ErrInvalid for names.
func (s *Store) Import(ctx context.Context, table string, rows schema.RowSource, o ImportOptions) (_ *Imported, err error) {
	if err := schema.CheckName("table", table); err != nil {
		return nil, err
	}
	columns := slices.Clone(rows.Columns())
	if err := schema.CheckColumns(columns, o.Key); err != nil {
		return nil, err
	}
	live, lookups, done := s.current(table)
	defer done()
	if !o.Force {
		if err := schema.LostColumns(table, columns, lookups); err != nil {
			return nil, err
		}
	}
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.leave()
	ctx, stop := s.bind(ctx)
	defer stop()
	if err := s.Err(); err != nil {
		return nil, fmt.Errorf("import table %q: %w", table, err)
	}
	storage, err := s.keeper.Begin(ctx, table)
	if err != nil {
		return nil, fmt.Errorf("import table %q: %w", table, s.note(err))
	}
	taken := false // the storage is a version's
	defer func() {
		if !taken {
			err = errors.Join(err, s.release(storage))
		}
		s.wakeSweeper()
	}()
	notations, err := check.NotationsOf(columns, live, lookups, o.Notations, o.base != 0, o.Force)
	if err != nil {
		return nil, err
	}
	im := newImporter(s, table, storage, columns, lookups, notations)
	v, err := im.run(ctx, rows)
	if err != nil {
		return nil, err
	}
	v.By, v.Source, v.Created, v.Patch = schema.Excerpt(o.By), schema.Excerpt(o.Source), s.options.Now().UTC().Round(0), o.base != 0
	if live != nil && !o.Confirm && 2*v.Rows < live.Rows {
		return nil, fmt.Errorf("%w: the upload has %d rows, the live version %d of table %q has %d: confirm that so many may go",
			schema.ErrConflict, v.Rows, live.Number, table, live.Rows)
	}
	upload := check.Upload{Table: table, Live: live, Lookups: lookups, Key: o.Key}
	patterns := check.PatternsOf(v, lookups)
	if len(im.patterns) < len(patterns) {
		if err := check.Late(ctx, s.reader(v), v, patterns); err != nil {
			return nil, err
		}
	}
	if err := check.Rows(ctx, s.reader(v), v, upload, &im.warnings); err != nil {
		return nil, fmt.Errorf("check rows of table %q: %w", table, err)
	}
	if o.base == 0 { // A patch is a few rows, and people wait for it.
		if err := s.checkPace(ctx, table, v, lookups, o.Force, &im.warnings); err != nil {
			return nil, err
		}
	}
	var diff *view.Count
	if live != nil {
		d, err := view.Compare(ctx, view.Side{Version: live, Reader: s.reader(live)}, view.Side{Version: v, Reader: s.reader(v)}, view.KeyOf(table, lookups, v), 0)
		if err != nil {
			return nil, fmt.Errorf("compare with version %d of table %q: %w", live.Number, table, err)
		}
		diff = &d.Count
	}
	done() // before old versions are looked for to be dropped
	v.Findings = im.warnings.All(rows.Warnings())
	s.fits(v, patterns)
	if err := s.finish(table, v, patterns, o); err != nil {
		return nil, fmt.Errorf("import table %q: %w", table, err)
	}
	taken = true
	return &Imported{
		Table: table, Version: v.Number, Live: o.Publish, Rows: v.Rows, Columns: v.Columns,
		Findings: v.Findings, Diff: diff,
	}, nil
}

// current is the live version, whose rows stay until done is called, and the lookups
// that a person has set.
func (s *Store) current(table string) (live *schema.Version, lookups []schema.Lookup, done func()) {
	p := s.Pin()
	defer p.Release()
	t, ok := p.catalog.Table(table)
	if !ok {
		return nil, nil, func() {}
	}
	if t.Live == nil {
		return nil, t.settled(), func() {}
	}
	return t.Live, t.settled(), s.hold(t.Live)
}

// settled are the lookups that a person has set; the guessed one is guessed anew
// with every version.
func (t *Table) settled() (lookups []schema.Lookup) {
	for _, l := range t.Lookups {
		if !l.Guessed {
			lookups = append(lookups, l)
		}
	}
	return lookups
}

// bind makes a context that ends with the store as well.
func (s *Store) bind(ctx context.Context) (bound context.Context, stop func()) {
	bound, cancel := context.WithCancelCause(ctx)
	release := context.AfterFunc(s.ctx, func() { cancel(ErrClosed) })
	return bound, func() {
		release()
		cancel(nil)
	}
}

// finish makes an import a version, in one small transaction. checked are the
// patterns that all rows have been held against.
func (s *Store) finish(table string, v *schema.Version, checked []check.Pattern, o ImportOptions) error {
	t := Thing{Name: Name{Kind: KindTable, Name: table}}
	return s.change(func(c *change) error {
		r, err := c.toAdd(t)
		if err != nil {
			return err
		}
		if o.base != 0 && r.Head.Live != o.base {
			return fmt.Errorf("%w: version %d is no longer live: repeat the change", schema.ErrConflict, o.base)
		}
		for _, p := range check.PatternsOf(v, c.settledLookups(t.Name)) {
			if !slices.ContainsFunc(checked, p.Same) {
				return fmt.Errorf("%w: lookup %q was changed during the upload: repeat it", schema.ErrConflict, p.Lookup)
			}
		}
		content := &Content{Rows: v, Making: Making{By: o.By}}
		c.add(t, r, content)
		c.commit.Take = append(c.commit.Take, v.Storage)
		c.event(t.Name, Event{Action: ActionImport, By: o.By, Version: v.Number, Note: schema.Excerpt(o.Source)})
		if o.Publish {
			c.goLive(t, r, content)
			c.event(t.Name, Event{Action: ActionPublish, By: o.By, Version: v.Number})
		}
		c.trim(t, r)
		return nil
	})
}
