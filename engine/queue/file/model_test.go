package file_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tablestep/engine/queue"
	"tablestep/engine/queue/file"
	"tablestep/engine/queue/queuetest"
)

// backend is one of one bbolt file.
type backend struct {
	t    testing.TB
	path string
	// generation is the size of a generation of tokens, small enough to see it move.
	generation int
	// keep bounds the bodies in memory: none, a few, or all.
	keep int
}

func (b *backend) Open(now func() time.Time, bounds queue.Bounds) (queue.Store, error) {
	bounds.Keep = b.keep
	q, _, err := file.Open(b.path, file.Options{Now: now, Bounds: bounds, LockTimeout: time.Millisecond})
	if err != nil {
		return nil, err
	}
	file.SetTokenGeneration(q, b.generation)
	return q, nil
}

func (b *backend) Shared() bool { return false }

// Crash puts a copy of the file, as it stands while it is open, in its place.
func (b *backend) Crash(s queue.Store) error {
	q, ok := s.(*file.Queue)
	if !ok {
		return fmt.Errorf("a store of another kind: %T", s)
	}
	as, err := os.Create(b.path + ".crash")
	if err != nil {
		return err
	}
	_, err = q.WriteTo(as)
	if err := errors.Join(err, as.Close(), q.Close()); err != nil {
		return err
	}
	return os.Rename(as.Name(), b.path)
}

func (b *backend) CheckEmpty() error {
	if left := rows(b.t, b.path); len(left) > 0 {
		return fmt.Errorf("rows left behind: %v", left)
	}
	return nil
}

func TestTheQueueFileKeepsTheContract(t *testing.T) {
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
		return &backend{t, path, generation, []int{-1, 300, 0}[n%3]}
	})
}
