package queue_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine/queue"
)

// memo counts how often it was let go of.
type memo struct{ size, released int }

func (m *memo) Size() int { return m.size }

func (m *memo) Release() { m.released++ }

func TestAShelfHoldsNoMoreThanItMay(t *testing.T) {
	t.Parallel()
	s := queue.Shelf{Most: 100}
	require.True(t, s.Fits(100))
	require.False(t, s.Fits(101))

	first, second, third := &memo{size: 50}, &memo{size: 10}, &memo{size: 10}
	a := &queue.Body{Plain: make([]byte, 30), Decoded: first}
	b := &queue.Body{Plain: make([]byte, 11), Decoded: second}
	c := &queue.Body{Plain: make([]byte, 10), Decoded: third}
	require.Equal(t, 80, a.Size())
	require.True(t, s.Add(a))
	require.False(t, s.Add(b), "the plain form and the decoded one count together")
	require.Equal(t, 1, second.released, "what has no place is let go of")
	require.True(t, s.Add(c), "to the last byte")
	require.False(t, s.Fits(1))
	s.Remove(a)
	require.True(t, s.Fits(80))
	require.False(t, s.Fits(81))
	require.Zero(t, first.released+third.released, "what goes to its job is the job's")
	c.Drop()
	require.Equal(t, 1, third.released)

	none := queue.Shelf{Most: -1}
	require.False(t, none.Fits(0))
	require.False(t, none.Add(&queue.Body{}))
	(*queue.Body)(nil).Drop()
	(&queue.Body{Plain: []byte("x")}).Drop()
}
