package tables

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"tablestep/tables/answers"
	"tablestep/tables/schema"
)

// A Pin holds the state of all tables and rule sets at one moment: the versions that
// were live then can be read until it is released, even those dropped since. It does
// not stand in the way of any change. Release it soon: it keeps rows on the disk, of
// each table one version at most.
type Pin struct {
	store   *Store
	catalog *Catalog
}

// Pin holds what is live now. It costs two atomic additions.
func (s *Store) Pin() *Pin {
	for {
		c := s.catalog.Load()
		c.pins.Add(1)
		// Whoever retires a catalog looks at its pins afterwards. So if it is still
		// the current one, nobody has overlooked this one; else it may be forgotten
		// already.
		if s.catalog.Load() == c {
			return &Pin{s, c}
		}
		s.unpin(c)
	}
}

// Catalog describes what is held.
func (p *Pin) Catalog() *Catalog { return p.catalog }

// Snapshot is the version of a table that was live when the pin was taken, ready to
// be matched, as Store.Snapshot makes it. It is good for as long as the pin.
func (p *Pin) Snapshot(ctx context.Context, table string) (*answers.Snapshot, error) {
	t, v, err := p.live(table)
	if err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	sn, err := p.store.cache.Snapshot(ctx, t.Name, v)
	if err != nil {
		return nil, fmt.Errorf("load version %d of table %q: %w", v.Number, table, err)
	}
	return sn, nil
}

// Release lets go, once; the pin is not used afterwards.
func (p *Pin) Release() { p.store.unpin(p.catalog) }

func (s *Store) unpin(c *Catalog) {
	if c.pins.Add(-1) == 0 && s.catalog.Load() != c {
		s.wakeSweeper()
	}
}

// swap makes a catalog the current one. The one before is remembered while it is
// pinned.
func (s *Store) swap(c *Catalog) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.retired = append(s.retired, s.catalog.Swap(c))
	s.lookForUnread()
	s.wakeScheduler()
	// Pins are looked at after the swap, see Pin.
	s.retired = slices.DeleteFunc(s.retired, func(r *Catalog) bool { return r.pins.Load() <= 0 })
}

// live is the live version of a table.
func (p *Pin) live(table string) (*Table, *schema.Version, error) {
	t, ok := p.catalog.Table(table)
	if !ok {
		return nil, nil, fmt.Errorf("%w: %q", schema.ErrTableNotFound, table)
	}
	if t.Damage != nil {
		return nil, nil, fmt.Errorf("%w: %s", ErrDamaged, t.Damage)
	}
	if t.Live == nil {
		return nil, nil, fmt.Errorf("%w: no version of table %q is published", schema.ErrVersionNotFound, table)
	}
	return t, t.Live, nil
}

// A reading is one version of a table that is being read, and the table as it was
// when that began. Its rows stay until done is called, once or more often.
type reading struct {
	table   *Table
	version *schema.Version
	done    func()
}

// read begins to read a version of a table; 0 is the live one. What is longer than
// one batch reads so, because it keeps this one version and no more.
func (s *Store) read(table string, number int) (*reading, error) {
	p := s.Pin()
	defer p.Release()
	return p.read(table, number)
}

func (p *Pin) read(table string, number int) (*reading, error) {
	t, ok := p.catalog.Table(table)
	if !ok {
		return nil, fmt.Errorf("%w: %q", schema.ErrTableNotFound, table)
	}
	if number == 0 || t.Live != nil && number == t.Live.Number {
		_, v, err := p.live(table)
		if err != nil {
			return nil, err
		}
		return &reading{t, v, p.store.hold(v)}, nil
	}
	v, err := p.store.versionOf(p.store.ctx, table, number)
	if err != nil {
		return nil, err
	}
	r := &reading{t, v, p.store.hold(v)}
	// It may have been dropped and swept before it was held; if it is there now, it
	// was not, and the sweeper sees from here on that it is held.
	if err := p.store.isKept(p.store.ctx, table, number); err != nil {
		r.done()
		return nil, err
	}
	return r, nil
}

// hold keeps the rows of a version until the returned function is called. The caller
// knows that they are there.
func (s *Store) hold(v *schema.Version) (done func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.readers[v.Storage]++
	return sync.OnceFunc(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.readers[v.Storage]--; s.readers[v.Storage] == 0 {
			delete(s.readers, v.Storage)
			s.wakeSweeper()
		}
	})
}

// inUse are the storages that must not be removed though they are nobody's: those that are
// being read.
func (s *Store) inUse() map[uint64]bool {
	used := map[uint64]bool{}
	s.mu.Lock()
	catalogs := append([]*Catalog{s.catalog.Load()}, s.pinned()...)
	for id := range s.readers {
		used[id] = true
	}
	s.mu.Unlock()
	for _, c := range catalogs { // which never change
		for _, t := range c.tables {
			if t.Live != nil {
				used[t.Live.Storage] = true
			}
		}
	}
	return used
}

// pinned are the catalogs that are held, the current one among them. The caller has
// s.mu.
func (s *Store) pinned() []*Catalog {
	var list []*Catalog
	if c := s.catalog.Load(); c.pins.Load() > 0 {
		list = append(list, c)
	}
	for _, c := range s.retired {
		if c.pins.Load() > 0 {
			list = append(list, c)
		}
	}
	return list
}

// isRead says whether somebody reads a storage of a table now.
func (s *Store) isRead(table string, storage uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.pinned() {
		if t, ok := c.Table(table); ok && t.Live != nil && t.Live.Storage == storage {
			return true
		}
	}
	return s.readers[storage] > 0
}
