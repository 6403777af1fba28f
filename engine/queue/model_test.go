package queue_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tablestep/engine/queue"
	"tablestep/engine/queue/queuetest"
)

// file is a backend of one bbolt file.
type file struct {
	t    testing.TB
	path string
	// generation is the size of a generation of tokens, small enough to see it move.
	generation int
	// keep bounds the bodies in memory: none, a few, or all.
	keep int
}

func (f file) Open(now func() time.Time, limit, running int) (queuetest.Store, error) {
	q, _, err := queue.Open(f.path, queue.Options{Now: now, Limit: limit, Running: running, Keep: f.keep})
	if err != nil {
		return nil, err
	}
	queue.SetTokenGeneration(q, f.generation)
	return q, nil
}

// Crash puts a copy of the file, as it stands while it is open, in its place.
func (f file) Crash(s queuetest.Store) error {
	q, ok := s.(*queue.Queue)
	if !ok {
		return fmt.Errorf("a store of another kind: %T", s)
	}
	as, err := os.Create(f.path + ".crash")
	if err != nil {
		return err
	}
	_, err = q.WriteTo(as)
	if err := errors.Join(err, as.Close(), q.Close()); err != nil {
		return err
	}
	return os.Rename(as.Name(), f.path)
}

func (f file) CheckEmpty() error {
	if left := rows(f.t, f.path); len(left) > 0 {
		return fmt.Errorf("rows left behind: %v", left)
	}
	return nil
}

func TestQueueBehavesLikeItsModel(t *testing.T) {
	n, path := 0, filepath.Join(t.TempDir(), "queue.db")
	queuetest.Run(t, func(t testing.TB) queuetest.Backend {
		n++
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		generation := 3
		if n%4 == 0 {
			generation = 1 << 16
		}
		return file{t, path, generation, []int{-1, 300, 0}[n%3]}
	})
}
