package queuetest_test

import (
	"fmt"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tablestep/engine/queue"
	"tablestep/engine/queue/queuetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// memory is a backend of a Memory. Its clock is that of the first opening.
type memory struct{ store *queuetest.Memory }

func (m *memory) Open(now func() time.Time, b queue.Bounds) (queue.Store, error) {
	if m.store == nil {
		m.store = queuetest.NewMemory(now)
	}
	return m.store.Open(b)
}

func (m *memory) Shared() bool { return true }

func (m *memory) Crash(s queue.Store) error {
	o, ok := s.(*queuetest.Owner)
	if !ok {
		return fmt.Errorf("a store of another kind: %T", s)
	}
	m.store.Crash(o)
	return nil
}

func (m *memory) CheckEmpty() error {
	if n := m.store.Len(); n > 0 {
		return fmt.Errorf("%d invocations left behind", n)
	}
	return nil
}

func TestTheStoreInMemoryKeepsTheContract(t *testing.T) {
	queuetest.Run(t, func(testing.TB) queuetest.Backend { return new(memory) })
}
