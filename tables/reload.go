package tables

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// reload reads what is kept of some names and swaps the catalog. Where that fails the
// sweeper tries it again. The caller has s.changing.
func (s *Store) reload(names ...Name) error {
	err := s.reloadNow(names)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range names {
		if err != nil {
			s.stale[name] = struct{}{}
		} else {
			delete(s.stale, name)
		}
	}
	if err != nil {
		s.wakeSweeper()
	}
	return err
}

func (s *Store) reloadNow(names []Name) error {
	stored, err := s.keeper.Load(s.ctx, names...)
	if err != nil {
		return fmt.Errorf("read what is kept: %w", s.note(err))
	}
	return s.takeIn(stored, names)
}

// takeIn swaps a catalog in that has some names as they are stored.
func (s *Store) takeIn(stored *Stored, names []Name) error {
	families := make([]*family, len(names))
	for i, name := range names {
		r := &Records{Name: name}
		if at := slices.IndexFunc(stored.Records, func(r *Records) bool { return r.Name == name }); at >= 0 {
			r = stored.Records[at]
		}
		var err error
		if families[i], err = s.familyOf(s.ctx, r); err != nil {
			return err
		}
	}
	s.swap(s.catalog.Load().with(families...))
	return nil
}

// watch takes in what other processes have changed, until the store is closed. A keeper that
// fails to watch is asked again after a rest, and everything is read anew.
func (s *Store) watch() {
	for {
		err := s.keeper.Watch(s.ctx, func(name Name) {
			s.changing.Lock()
			defer s.changing.Unlock()
			_ = s.reload(name) // the sweeper tries it again, and tells
		})
		if s.ctx.Err() != nil {
			return
		}
		for {
			s.watched(err)
			select {
			case <-s.ctx.Done():
				return
			case <-time.After(restFirst):
			}
			if err = s.reloadAll(); err == nil {
				break
			}
		}
		s.watched(nil)
	}
}

// reloadAll reads everything that is kept and swaps the catalog.
func (s *Store) reloadAll() error {
	s.changing.Lock()
	defer s.changing.Unlock()
	stored, err := s.keeper.Load(s.ctx)
	if err != nil {
		return fmt.Errorf("read catalog: %w", err)
	}
	names := map[Name]struct{}{}
	for name := range s.catalog.Load().families {
		names[name] = struct{}{}
	}
	for _, r := range stored.Records {
		names[r.Name] = struct{}{}
	}
	return s.takeIn(stored, slices.Collect(maps.Keys(names)))
}
