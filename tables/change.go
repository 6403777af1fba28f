package tables

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"tablestep/tables/schema"
)

// A change is what is to become of the records of one name, and of a few others where it
// is deleted or comes back. What is common to tables, rule sets and lookups stands here, once:
// a new version, what is live, the way back, what is dropped, the event. A change works on
// copies; the catalog that has them is swapped in when the keeper has committed it.
type change struct {
	store  *Store
	at     time.Time
	before *Catalog
	next   map[Name]*Records // copies, to be changed
	heads  map[Thing]struct{}
	passes []*pass            // of versions of tables that go live
	tested map[Thing]struct{} // lookups that go live, and have passed their tests
	commit Commit
	dry    bool // it is only asked whether it would be refused: nothing is stored
}

// errUnchanged ends a change that has found nothing to write.
var errUnchanged = errors.New("unchanged")

// changeTries is how often a change is made anew because another process was faster.
const changeTries = 5

// change makes a change and swaps the catalog; it does neither where f ends with
// errUnchanged. f may be called several times: what it decides it decides anew from what
// the change holds.
func (s *Store) change(f func(c *change) error) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	s.changing.Lock()
	defer s.changing.Unlock()
	if err := s.Err(); err != nil {
		return err
	}
	for range changeTries {
		c := &change{
			store: s, at: s.options.Now().UTC().Round(0), before: s.catalog.Load(),
			next: map[Name]*Records{}, heads: map[Thing]struct{}{},
		}
		err := f(c)
		switch {
		case errors.Is(err, errUnchanged):
			return nil
		case err == nil:
			err = c.do()
		}
		if !errors.Is(err, ErrMoved) {
			if errors.Is(err, context.Canceled) && s.ctx.Err() != nil {
				return fmt.Errorf("%w: %w", ErrClosed, err)
			}
			return err
		}
		if err := s.reload(slices.Collect(maps.Keys(c.next))...); err != nil {
			return err
		}
	}
	return fmt.Errorf("%w: others keep changing it: repeat the change", schema.ErrConflict)
}

// settled waits for the change that is under way, if one is: what it has stored stands in the
// catalog then.
func (s *Store) settled() {
	s.changing.Lock()
	defer s.changing.Unlock()
}

// do commits a change and swaps the catalog. All that the new catalog needs is read before.
func (c *change) do() error {
	s := c.store
	if err := c.guarded(); err != nil {
		return err
	}
	c.commit.At = c.at
	for name, r := range c.next {
		c.commit.On = append(c.commit.On, Base{name, r.Revision})
		r.Revision++
	}
	slices.SortFunc(c.commit.On, func(a, b Base) int { return a.Name.compare(b.Name) })
	for t := range c.heads {
		c.commit.Heads = append(c.commit.Heads, ThingHead{t, c.next[t.Name].Things[t.Lookup].Head.clone()})
	}
	var families []*family
	for _, r := range c.next {
		from := r.Name
		for _, m := range c.commit.Move {
			if m.To == r.Name {
				from = m.From
			}
		}
		f, err := s.familyFrom(s.ctx, r, from, c.commit.Add)
		if err != nil {
			return err
		}
		families = append(families, f)
	}
	if err := c.unchained(families); err != nil || c.dry {
		return err
	}
	// A change that has come so far is done, also while the store is being closed, which waits for it.
	err := s.keeper.Commit(context.WithoutCancel(s.ctx), &c.commit)
	switch {
	case err == nil:
		s.swap(c.before.with(families...))
		return nil
	case errors.Is(err, ErrMoved), errors.Is(err, ErrLeaseLost), errors.Is(err, ErrDiskFull):
		return err // nothing was done
	case errors.Is(s.note(err), ErrBroken):
		return err // nothing is answered from that may not be on the disk
	}
	// Nobody knows whether it was done.
	if lost := s.reload(slices.Collect(maps.Keys(c.next))...); lost != nil {
		return errors.Join(err, lost)
	}
	return err
}

// guarded says that no version of a table goes live that has not passed the guards.
func (c *change) guarded() error {
	for name, r := range c.next {
		if name.Kind != KindTable || name.Bin != 0 || len(r.Things) == 0 || r.own().Live == nil || !r.own().Head.Deleted.IsZero() {
			continue
		}
		if err := c.guardedLookups(name, r); err != nil {
			return err
		}
		storage := r.own().Live.Rows.Storage
		if f := c.before.families[c.renamed(name)]; f != nil && f.table != nil && f.own().Live != nil && f.own().Live.Rows.Storage == storage {
			continue
		}
		if !slices.ContainsFunc(c.passes, func(p *pass) bool { return p.version.Storage == storage }) {
			return fmt.Errorf("version %d of %s goes live by a way that has no guards", r.own().Head.Live, Thing{Name: name})
		}
	}
	return nil
}

// renamed is the name that a table had before this change, which renames it or does not.
func (c *change) renamed(name Name) Name {
	for _, m := range c.commit.Move {
		if m.To == name && m.From.Bin == 0 {
			return m.From
		}
	}
	return name
}

func (n Name) compare(o Name) int {
	if n.Kind != o.Kind {
		return slices.Compare([]string{string(n.Kind)}, []string{string(o.Kind)})
	}
	if n.Name != o.Name {
		return slices.Compare([]string{n.Name}, []string{o.Name})
	}
	return n.Bin - o.Bin
}

func (h Head) clone() Head {
	h.Trail, h.Left, h.Former = slices.Clone(h.Trail), maps.Clone(h.Left), slices.Clone(h.Former)
	return h
}

// records are those of a name, to be changed.
func (c *change) records(name Name) *Records {
	if r := c.next[name]; r != nil {
		return r
	}
	r := &Records{Name: name, Things: map[string]*Record{}}
	if f := c.before.families[name]; f != nil {
		r.Revision = f.Revision
		for lookup, record := range f.Things {
			copied := *record
			copied.Head = copied.Head.clone()
			copied.Made = slices.Clone(record.Made)
			r.Things[lookup] = &copied
		}
	}
	c.next[name] = r
	return r
}

// present is the record of a thing that is there and can be used.
func (c *change) present(t Thing) (*Record, error) {
	return (&family{Records: c.records(t.Name)}).present(t)
}

// toAdd is the record of a thing to which a version is to be added: a new one where there
// is none. A damaged or lost one is made anew; its version numbers go on.
func (c *change) toAdd(t Thing) (*Record, error) {
	r := c.records(t.Name).Things[t.Lookup]
	switch {
	case r == nil:
		r = &Record{}
	case r.Damage == nil:
		if !r.Head.Deleted.IsZero() {
			c.dropAliases(t, r) // They were of the lookup that is gone.
		}
		r.again()
		return r, nil
	}
	next, err := c.nextNumber(t, r.Made)
	if err != nil {
		return nil, err
	}
	r.Head, r.Damage = Head{Next: next}, nil
	c.records(t.Name).Things[t.Lookup] = r
	if t.Lookup == "" {
		r.Head.Aliased = c.records(t.Name).lastAlias()
	}
	return r, c.lostSchedule(t)
}

// nextNumber is a number that no version of a thing has had, as far as its versions and
// its history still tell.
func (c *change) nextNumber(t Thing, made []Making) (int, error) {
	const most = 1 << 31 // The key of a damaged record may be anything.
	last := 0
	for _, m := range made {
		if m.Number < most {
			last = max(last, m.Number)
		}
	}
	events, err := c.store.keeper.History(c.store.ctx, Name{Kind: t.Kind, Name: t.Name.Name})
	if err != nil {
		return 0, err
	}
	for _, e := range events {
		switch {
		case t.Lookup == "" && e.Lookup == "":
			last = max(last, e.Version)
		case t.Lookup != "" && lookupOf(t.Name.Name, e.Lookup) == t && e.Lookup != "":
			last = max(last, e.Version)
		}
	}
	return last + 1, nil
}

// content is a version of a thing. One that was dropped by somebody else since the records
// were read is ErrMoved.
func (c *change) content(t Thing, r *Record, number int) (*Content, error) {
	m, ok := r.making(number)
	switch {
	case !ok:
		return nil, fmt.Errorf("%w: version %d of %s", schema.ErrVersionNotFound, number, t)
	case m.Damage != nil:
		return nil, fmt.Errorf("version %d of %s: %w", number, t, m.Damage)
	case r.Live != nil && r.Live.Number == number:
		return r.Live, nil
	}
	v, err := c.store.keeper.Version(c.store.ctx, t, number)
	if errors.Is(err, schema.ErrVersionNotFound) {
		return nil, fmt.Errorf("%w: version %d of %s", ErrMoved, number, t)
	}
	return v, err
}

// add gives a new version its number.
func (c *change) add(t Thing, r *Record, content *Content) {
	content.Number = r.Head.Next
	content.Created, content.By = c.at, schema.Excerpt(content.By)
	if v := content.Rows; v != nil {
		v.Number, v.Table = content.Number, t.Name.Name
		content.Created, content.Patch, content.Storage = v.Created, v.Patch, v.Storage
	}
	r.Head.Next++
	r.Made = append(r.Made, content.Making)
	c.commit.Add = append(c.commit.Add, Addition{t, content})
	c.changed(t)
}

// changed has the head of a thing written, and that of its table.
func (c *change) changed(t Thing) {
	own := Thing{Name: t.Name}
	c.heads[t], c.heads[own] = struct{}{}, struct{}{}
	things := c.records(t.Name).Things
	things[t.Lookup].Head.Updated, things[""].Head.Updated = c.at, c.at
}

// goLive makes a version the live one.
func (c *change) goLive(t Thing, r *Record, content *Content) {
	if r.Head.Live != 0 && r.Head.Live != content.Number {
		r.Head.Trail = append(r.Head.Trail, r.Head.Live)
		r.shortenTrail()
	}
	c.setLive(t, r, content)
}

func (c *change) setLive(t Thing, r *Record, content *Content) {
	if was := r.Head.Live; was != 0 && was != content.Number {
		if r.Head.Left == nil {
			r.Head.Left = map[int]time.Time{}
		}
		r.Head.Left[was] = c.at
	}
	delete(r.Head.Left, content.Number)
	r.Head.Live, r.LiveDamage = content.Number, nil
	r.Live = content.bare()
	c.changed(t)
}

// bare is a content as a catalog has it.
func (c *Content) bare() *Content {
	if c.Rows == nil || c.Rows.Findings.Counts == nil && c.Rows.Findings.Under == nil {
		return c
	}
	b, v := *c, *c.Rows
	v.Findings, b.Rows = schema.Findings{}, &v
	return &b
}

// maxTrail is how many steps back a thing can be rolled.
const maxTrail = 100

// shortenTrail keeps the trail at its length. Of what is kept, the oldest patch goes
// first, so that a hundred of them do not bar the way back to an upload.
func (r *Record) shortenTrail() {
	for len(r.Head.Trail) > maxTrail {
		at := slices.IndexFunc(r.Head.Trail, func(n int) bool {
			m, kept := r.making(n)
			return !kept || m.Damage != nil || m.Patch
		})
		r.Head.Trail = slices.Delete(r.Head.Trail, max(at, 0), max(at, 0)+1)
	}
}

// goBack makes the version live again that was so before, and says which.
func (c *change) goBack(t Thing, r *Record) (int, error) {
	back, trail := r.before()
	if back == 0 {
		return 0, errNoWayBack()
	}
	content, err := c.content(t, r, back)
	if err != nil {
		return 0, err
	}
	c.setLive(t, r, content)
	r.Head.Trail = trail
	return back, nil
}

// before is the version that was live before, of those that are kept, and the trail that
// leads to it; 0: there is none.
func (r *Record) before() (back int, trail []int) {
	trail = r.Head.Trail
	for len(trail) > 0 {
		back, trail = trail[len(trail)-1], trail[:len(trail)-1]
		if _, kept := r.making(back); kept && back != r.Head.Live {
			return back, trail
		}
	}
	return 0, nil
}

func errNoWayBack() error {
	return fmt.Errorf("%w: no earlier version was live; publish a version by its number instead", schema.ErrVersionNotFound)
}

// drop removes versions and leaves their rows to the sweeper.
func (c *change) drop(t Thing, r *Record, numbers []int) {
	for _, n := range numbers {
		if m, ok := r.making(n); ok && m.Storage != 0 && m.Damage == nil {
			c.commit.Doom = append(c.commit.Doom, m.Storage)
		}
		c.commit.Drop = append(c.commit.Drop, ThingNumber{t, n})
	}
	gone := func(n int) bool { return slices.Contains(numbers, n) }
	r.Made = slices.DeleteFunc(r.Made, func(m Making) bool { return gone(m.Number) })
	r.Head.Trail = slices.DeleteFunc(r.Head.Trail, gone)
	maps.DeleteFunc(r.Head.Left, func(n int, _ time.Time) bool { return gone(n) })
	c.changed(t)
}

// event tells the history of a name.
func (c *change) event(of Name, e Event) {
	e.At, e.By = c.at, schema.Excerpt(e.By)
	of.Bin = 0
	c.commit.Events = append(c.commit.Events, NamedEvent{of, e})
}

// content is a version of a thing, for whoever changes nothing.
func (s *Store) content(ctx context.Context, t Thing, number int) (*Content, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.leave()
	r, err := s.catalog.Load().families[t.Name].present(t)
	if err != nil {
		return nil, err
	}
	if r.Live != nil && r.Live.Number == number {
		return r.Live, nil
	}
	return s.keeper.Version(ctx, t, number)
}

// kept reads a version from the keeper.
func (s *Store) kept(ctx context.Context, t Thing, number int) (*Content, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.leave()
	return s.keeper.Version(ctx, t, number)
}
