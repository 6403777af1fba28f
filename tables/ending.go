package tables

import (
	"errors"
	"slices"
	"sync"
	"time"

	"tablestep/tables/check"
	"tablestep/tables/schema"
)

// EndingSoon is how long before its last row ends a table is named.
const EndingSoon = 14 * 24 * time.Hour

// An Ending names a live version of which, under a lookup, no row will be valid any more soon,
// or none is.
type Ending struct {
	Table   string
	Version int
	Lookup  string
	Columns string // that say when a row is valid
	Last    string // the last day, or the moment at which it ends
	Over    bool   // it is past
}

// endings is what is known of when the last rows of live versions end: each use of columns is
// looked at once a version, in the background, by who looks for cells that cannot be read.
type endings struct {
	mu    sync.Mutex // guards known
	known map[unreadKey]time.Time
}

func (e *endings) of(key unreadKey) (last time.Time, known bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	last, known = e.known[key]
	return last, known
}

// lookForEnds looks at each use of each live version that is not known, and forgets the uses
// that there are no more.
func (s *Store) lookForEnds() error {
	p := s.Pin()
	defer p.Release()
	live := map[unreadKey]bool{}
	var errs []error
	for _, t := range p.catalog.Tables() {
		if t.Live == nil {
			continue
		}
		for _, d := range check.DatedOf(t.Live, t.settled(), s.options.Zone) {
			key := unreadKey{t.Live.Storage, d.Use()}
			live[key] = true
			if _, known := s.ends.of(key); known {
				continue
			}
			last, err := s.lastValid(t.Live, d)
			if err != nil {
				errs = append(errs, err)
				continue
			}
			s.ends.mu.Lock()
			s.ends.known[key] = last
			s.ends.mu.Unlock()
		}
	}
	s.ends.mu.Lock()
	defer s.ends.mu.Unlock()
	for key := range s.ends.known {
		if !live[key] {
			delete(s.ends.known, key)
		}
	}
	return errors.Join(errs...)
}

func (s *Store) lastValid(v *schema.Version, d check.Dated) (time.Time, error) {
	if err := s.enter(); err != nil {
		return time.Time{}, err
	}
	defer s.leave()
	return check.LastValid(s.ctx, s.reader(v), d)
}

// Endings are the tables whose last row ends within EndingSoon, or has ended, as far as they
// have been looked at; in order of the tables' names.
func (s *Store) Endings() (list []Ending) {
	for _, t := range s.Catalog().Tables() {
		list = slices.Concat(list, s.EndingsOf(t))
	}
	return list
}

// EndingsOf is Endings of one table.
func (s *Store) EndingsOf(t *Table) (list []Ending) {
	if t.Live == nil {
		return nil
	}
	now := s.options.Now()
	for _, d := range check.DatedOf(t.Live, t.settled(), s.options.Zone) {
		last, _ := s.ends.of(unreadKey{t.Live.Storage, d.Use()})
		if last.IsZero() || now.Add(EndingSoon).Before(last) {
			continue
		}
		list = append(list, Ending{
			Table: t.Name, Version: t.Live.Number, Lookup: d.Lookup, Columns: d.Valid,
			Last: check.LastDay(last), Over: !now.Before(last),
		})
	}
	return list
}

// Zone is whose days the cells of tables are where a lookup names none.
func (s *Store) Zone() *time.Location {
	if s.options.Zone == nil {
		return time.UTC
	}
	return s.options.Zone
}
