package tables

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

func (s *Store) wakeSweeper() {
	select {
	case s.sweep <- struct{}{}:
	default:
	}
}

// How long the sweeper rests after an error, twice as long each time, and how often it looks
// for what was deleted long ago.
const (
	restFirst = time.Second
	restMost  = time.Minute
	purgeLook = time.Hour
)

// sweeper removes in the background, until the store is closed, rows that are nobody's and
// what was deleted long ago. An error leaves them for later; so does somebody who reads them,
// and who wakes it when he is done.
func (s *Store) sweeper() {
	rest := time.Duration(0)
	for {
		wait, wake := purgeLook, s.sweep
		if rest > 0 {
			wait, wake = rest, nil // nobody who wakes it cuts the rest short
		}
		timer := time.NewTimer(wait)
		select {
		case <-s.ctx.Done():
			timer.Stop()
			return
		case <-wake:
			timer.Stop()
		case <-timer.C:
		}
		err := s.sweepAll()
		if s.ctx.Err() != nil {
			return
		}
		s.swept(err)
		if err == nil {
			rest = 0
		} else {
			rest = min(max(2*rest, restFirst), restMost)
		}
	}
}

// sweepAll does what there is to do. What one part fails at does not hold up the others.
func (s *Store) sweepAll() error {
	errs := []error{s.refresh(), s.releaseAll(), s.purgeOld()}
	for s.ctx.Err() == nil {
		// What was found to be nobody's before is looked up in the catalogs and among the readers
		// afterwards: who comes later finds that the version is gone.
		var used map[uint64]bool
		more, err := s.keeper.Sweep(s.ctx, func(storage uint64) bool {
			if used == nil {
				used = s.inUse()
			}
			if used[storage] {
				return false
			}
			s.cache.Drop(storage)
			s.forgetRows(storage)
			return true
		})
		if err != nil {
			errs = append(errs, fmt.Errorf("remove rows: %w", s.note(err)))
		}
		if err != nil || !more {
			break
		}
	}
	return errors.Join(errs...)
}

// swept keeps what a sweep has ended with, and tells the log when that is something new.
func (s *Store) swept(err error) {
	s.mu.Lock()
	before := s.sweeping
	s.sweeping = err
	s.mu.Unlock()
	switch {
	case err != nil && (before == nil || before.Error() != err.Error()):
		s.options.Log.Error("removing old rows of tables failed; it is tried again", "error", err)
	case err == nil && before != nil:
		s.options.Log.Info("removing old rows of tables works again")
	}
}

// watched keeps why it is not known what other processes change; nil: it is.
func (s *Store) watched(err error) {
	s.mu.Lock()
	before := s.watching
	s.watching = err
	s.mu.Unlock()
	switch {
	case err != nil && before == nil:
		s.options.Log.Error("changes of tables by others are not heard of; it is tried again", "error", err)
	case err == nil && before != nil:
		s.options.Log.Info("changes of tables by others are heard of again")
	}
}

// Background is what has gone wrong in the background and is being tried again: rows that
// cannot be removed take room on the disk, and nothing else is wrong with them. It is nil
// where all goes well.
func (s *Store) Background() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return errors.Join(s.sweeping, s.watching, s.delayed)
}

// refresh reads names again that could not be read after a change that failed.
func (s *Store) refresh() error {
	s.mu.Lock()
	names := slices.SortedFunc(maps.Keys(s.stale), Name.compare)
	s.mu.Unlock()
	if len(names) == 0 {
		return nil
	}
	s.changing.Lock()
	defer s.changing.Unlock()
	return s.reload(names...)
}

// release gives the lease of an import back. Where that fails the sweeper tries it again.
func (s *Store) release(storage uint64) error {
	// Also while the store is being closed, which waits for imports.
	err := s.note(s.keeper.Release(context.WithoutCancel(s.ctx), storage))
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil {
		delete(s.leases, storage)
		return nil
	}
	s.leases[storage] = struct{}{}
	return fmt.Errorf("give up the rows of an import: %w", err)
}

func (s *Store) releaseAll() error {
	s.mu.Lock()
	list := slices.Sorted(maps.Keys(s.leases))
	s.mu.Unlock()
	var errs []error
	for _, storage := range list {
		errs = append(errs, s.release(storage))
	}
	return errors.Join(errs...)
}
