package tables

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tablestep/tables/check"
	"tablestep/tables/schema"
	"tablestep/tables/view"
)

// ImportOptions say what becomes of an upload.
type ImportOptions struct {
	Publish bool     // make the version the live one
	Confirm bool     // lifts the guard against a large loss, see Lift
	Force   bool     // lifts the others
	By      string   // who did it
	Source  string   // the file's name
	Label   string   // of a table that the import makes; one that is there keeps its own
	Message string   // what the version is for; at most schema.MaxMessage bytes; shown in one line
	Key     []string // the columns that name a row; nil guesses
	// Notations are how numbers and dates are written in columns, by their names; what is
	// left out is kept where a lookup uses the column, else found in the cells.
	Notations map[string]schema.Notation
	base      int                           // not 0: a patch of this version: refuse to publish unless it is still live
	way       Way                           // of what is no upload; empty is WayUpload, or WayPatch where there is a base
	keep      func(v *schema.Version) error // not nil: makes a draft of the rows, and not a version
	also      func(c *change) error         // not nil: changes more in the step that makes the version
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
// an *UploadError for a file that cannot be read as a table, a *Refusal with every reason for what
// wants Confirm or Force and for findings that block, and ErrInvalid for names. A version with findings
// that block is kept where it is not to be published.
func (s *Store) Import(ctx context.Context, table string, rows schema.RowSource, o ImportOptions) (_ *Imported, err error) {
	if err := schema.CheckName("table", table); err != nil {
		return nil, err
	}
	if o.Label, err = schema.CleanLabel(o.Label); err != nil {
		return nil, err
	}
	if err := schema.CheckMessage(o.Message); err != nil {
		return nil, err
	}
	columns := slices.Clone(rows.Columns())
	if err := schema.CheckColumns(columns, o.Key); err != nil {
		return nil, err
	}
	own := Thing{Name: Name{Kind: KindTable, Name: table}}
	live, used, done := s.current(own.Name)
	defer done()
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
	notations, guards, err := check.NotationsOf(columns, live, used.lookups, o.Notations, o.base != 0)
	if err != nil {
		return nil, err
	}
	im := newImporter(s, table, storage, columns, used.lookups, notations)
	v, err := im.run(ctx, rows)
	if err != nil {
		next := candidate{
			way: o.wayLive(), table: table, version: schema.NamedVersion(columns), live: live, lookups: used.lookups, guards: guards, lift: Lift{o.Confirm, o.Force}, catalog: s.catalog.Load(),
		}
		return nil, next.unread(err, s.options.Now())
	}
	v.By, v.Source, v.Created, v.Patch = schema.Excerpt(o.By), schema.Excerpt(o.Source), s.options.Now().UTC().Round(0), o.base != 0
	v.Message = schema.Visible(strings.TrimSpace(o.Message))
	late := slices.DeleteFunc(check.PatternsOf(v, used.lookups), func(p check.Pattern) bool { return slices.ContainsFunc(im.patterns, p.Same) })
	if err := check.Late(ctx, s.reader(v), v, late, &im.warnings); err != nil {
		return nil, fmt.Errorf("check cells of table %q: %w", table, err)
	}
	if err := check.Rows(ctx, s.reader(v), v, check.Upload{Table: table, Live: live, Lookups: used.lookups, Key: o.Key, Zone: s.options.Zone}, &im.warnings); err != nil {
		return nil, fmt.Errorf("check rows of table %q: %w", table, err)
	}
	if o.base == 0 { // A patch is a few rows, and people wait for it.
		slow, err := s.checkPace(ctx, table, v, used.lookups, &im.warnings)
		if err != nil {
			return nil, err
		}
		guards = append(guards, slow...)
	}
	if err := s.checkTests(ctx, table, v, used.lookups, &im.warnings); err != nil {
		return nil, err
	}
	var diff *view.Count
	if live != nil {
		d, err := view.Compare(ctx, view.Side{Version: live, Reader: s.reader(live)}, view.Side{Version: v, Reader: s.reader(v)}, view.KeyOf(table, used.lookups, v), 0)
		if err != nil {
			return nil, fmt.Errorf("compare with version %d of table %q: %w", live.Number, table, err)
		}
		diff = &d.Count
	}
	done() // before old versions are looked for to be dropped
	v.Table, v.Findings = table, im.warnings.All(rows.Warnings())
	v.Findings.Under = used.under
	if o.keep != nil {
		err = o.keep(v)
	} else {
		err = s.finish(ctx, own, v, used, guards, o)
	}
	if err != nil {
		return nil, fmt.Errorf("import table %q: %w", table, err)
	}
	taken = true
	return &Imported{
		Table: table, Version: v.Number, Live: o.Publish, Rows: v.Rows, Columns: v.Columns, Findings: v.Findings, Diff: diff,
	}, nil
}

// current is the live version of a table, whose rows stay until done is called, and how the table is used.
func (s *Store) current(name Name) (live *schema.Version, used usage, done func()) {
	p := s.Pin()
	defer p.Release()
	f := p.catalog.families[name]
	if f == nil || f.table == nil {
		return nil, usage{under: map[string]int{}}, func() {}
	}
	if f.table.Live == nil {
		return nil, f.usage(), func() {}
	}
	return f.table.Live, f.usage(), s.hold(f.table.Live)
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

// way is that of an upload, or of a change of the live version.
func (o *ImportOptions) wayLive() Way {
	switch {
	case o.way != "":
		return o.way
	case o.base != 0:
		return WayPatch
	}
	return WayUpload
}

// finish makes an import a version, in one small transaction. Where the lookups have changed since used,
// under which its findings were made, they are made anew.
func (s *Store) finish(ctx context.Context, own Thing, v *schema.Version, used usage, guards []schema.Guard, o ImportOptions) error {
	checked := check.PatternsOf(v, used.lookups)
	for try := range changeTries {
		moved := false
		err := s.change(func(c *change) error {
			r, err := c.toAdd(own)
			if err != nil {
				return err
			}
			if o.base != 0 && r.Head.Live != o.base {
				return fmt.Errorf("version %d: %w: repeat the change", o.base, errNotLive)
			}
			now := c.records(own.Name).usage()
			if !maps.Equal(now.under, v.Findings.Under) {
				// Where they never rest, those count that read no cell otherwise: Findings makes the rest anew.
				unread := slices.ContainsFunc(check.PatternsOf(v, now.lookups), func(p check.Pattern) bool { return !slices.ContainsFunc(checked, p.Same) })
				moved = unread || try == 0
				used = now
				if moved {
					return errUnchanged
				}
			}
			if err := s.admit(c, own, r, v, used, guards, o); err != nil {
				return err
			}
			if !c.before.has(own.Name) {
				r.Head.Label = o.Label
			}
			content := &Content{Rows: v, Making: Making{By: o.By}}
			c.add(own, r, content)
			c.commit.Take = append(c.commit.Take, v.Storage)
			c.event(own.Name, Event{Action: ActionImport, By: o.By, Version: v.Number, Note: schema.Excerpt(o.Source)})
			if o.Publish {
				c.goLive(own, r, content)
				c.event(own.Name, Event{Action: ActionPublish, By: o.By, Version: v.Number})
			}
			c.trim(own, r)
			if o.also != nil {
				return o.also(c)
			}
			return nil
		})
		if err != nil || !moved {
			return err
		}
		use, err := s.findUse(ctx, v, used)
		if err != nil {
			return err
		}
		v.Findings, checked = joined(v.Findings, use, used, schema.ByUse), check.PatternsOf(v, used.lookups)
	}
	return fmt.Errorf("%w: the lookups keep changing: repeat the upload", schema.ErrConflict)
}

// admit holds a new version against the guards. What blocks it by its findings may be kept all the same
// where it is not to go live.
func (s *Store) admit(c *change, own Thing, r *Record, v *schema.Version, used usage, guards []schema.Guard, o ImportOptions) error {
	next := candidate{
		way: o.wayLive(), table: own.Name.Name, version: v, lookups: used.lookups, guards: guards, findings: v.Findings, lift: Lift{o.Confirm, o.Force},
	}
	if r.Live != nil {
		next.live = r.Live.Rows
	}
	if !o.Publish {
		next.findings = schema.Findings{}
	}
	fresh := !c.before.has(own.Name)
	if fresh {
		next.guards = append(slices.Clone(guards), c.before.formerGuard("", own.Name.Name)...)
	}
	p, err := s.guard(next)
	if err == nil && fresh {
		c.release("", own.Name.Name)
	}
	if err == nil && o.Publish {
		c.passes = append(c.passes, p)
		s.fits(v, check.PatternsOf(v, used.lookups))
	}
	return err
}
