package tables

import (
	"errors"
	"sync"

	"tablestep/tables/check"
	"tablestep/tables/schema"
)

// An Unread names cells of a live version that a lookup cannot read, and so hit nothing. An
// upload has none; a version of before the readers of today may, and one that goes live
// again after a lookup was changed.
type Unread struct {
	Table   string
	Version int
	check.Unread
}

// unreadCells is what is known of live versions: each use of a column is looked at once, in
// the background, but for those that an upload or the setting of a lookup has looked at.
type unreadCells struct {
	wake  chan struct{}
	mu    sync.Mutex // guards known
	known map[unreadKey]*check.Unread
}

// unreadKey is a use of the rows of a version.
type unreadKey struct {
	storage uint64
	use     string // of a check.Pattern
}

// fits notes that all cells of a version were read for some patterns.
func (s *Store) fits(v *schema.Version, patterns []check.Pattern) {
	s.unread.mu.Lock()
	defer s.unread.mu.Unlock()
	for _, p := range patterns {
		s.unread.known[unreadKey{v.Storage, p.Use()}] = nil
	}
}

// lookForUnread wakes who looks for cells that cannot be read.
func (s *Store) lookForUnread() {
	select {
	case s.unread.wake <- struct{}{}:
	default:
	}
}

// reread looks for cells that cannot be read, whenever something has gone live.
func (s *Store) reread() {
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-s.unread.wake:
		}
		if err := s.rereadAll(); err != nil && s.ctx.Err() == nil {
			s.options.Log.Error("looking for cells that lookups cannot read failed; it is tried again when something goes live", "error", err)
		}
		if err := s.lookForEnds(); err != nil && s.ctx.Err() == nil {
			s.options.Log.Error("looking for when the last rows end failed; it is tried again when something goes live", "error", err)
		}
		if err := s.relookAll(); err != nil && s.ctx.Err() == nil {
			s.options.Log.Error("looking for the rows of aliases failed; it is tried again when something goes live", "error", err)
		}
	}
}

// rereadAll looks at each use of each live version that is not known, and forgets the uses
// that there are no more.
func (s *Store) rereadAll() error {
	p := s.Pin()
	defer p.Release()
	live := map[unreadKey]bool{}
	var errs []error
	for _, t := range p.catalog.Tables() {
		if t.Live == nil {
			continue
		}
		for _, pattern := range check.PatternsOf(t.Live, t.settled()) {
			key := unreadKey{t.Live.Storage, pattern.Use()}
			live[key] = true
			if _, known := s.unread.of(key); known {
				continue
			}
			found, err := s.countUnread(t.Live, pattern)
			if err != nil {
				errs = append(errs, err)
				continue
			}
			s.unread.mu.Lock()
			s.unread.known[key] = found
			s.unread.mu.Unlock()
			if found != nil {
				s.options.Log.Warn("cells cannot be read", "table", t.Name, "version", t.Live.Number, "lookup", found.Lookup, "cells", found.Cells, "first", found.Reason)
			}
		}
	}
	s.unread.mu.Lock()
	defer s.unread.mu.Unlock()
	for key := range s.unread.known {
		if !live[key] {
			delete(s.unread.known, key)
		}
	}
	return errors.Join(errs...)
}

// countUnread reads the cells of a version for one use.
func (s *Store) countUnread(v *schema.Version, p check.Pattern) (*check.Unread, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.leave()
	return check.CountUnread(s.ctx, s.reader(v), v, p)
}

func (u *unreadCells) of(key unreadKey) (found *check.Unread, known bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	found, known = u.known[key]
	return found, known
}

// Unread are the cells of live versions that lookups cannot read, as far as they have been
// looked at; in order of the tables' names.
func (s *Store) Unread() (list []Unread) {
	for _, t := range s.Catalog().Tables() {
		if t.Live == nil {
			continue
		}
		for _, p := range check.PatternsOf(t.Live, t.settled()) {
			if found, _ := s.unread.of(unreadKey{t.Live.Storage, p.Use()}); found != nil {
				list = append(list, Unread{Table: t.Name, Version: t.Live.Number, Unread: *found})
			}
		}
	}
	return list
}
