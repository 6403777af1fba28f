package engine

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLanesHaveNoMorePlacesThanThereAreSockets(t *testing.T) {
	for _, c := range []struct{ senders, sockets, fast, slow int }{
		{256, 0, 256, 2048},
		{256, 100_000, 256, 2048},
		{256, 2304, 256, 2048},
		{256, 2000, 256, 1744},
		{256, 240, 80, 160},
		{256, 24, 8, 16},
		{256, 2, 1, 1},
		{256, 1, 1, 1},
		{4, 100, 4, 32},
	} {
		l := newLanes(c.senders, c.sockets)
		require.Equal(t, c.fast, cap(l.fast), "%+v", c)
		require.Equal(t, c.slow, cap(l.slow), "%+v", c)
		if c.sockets > 1 {
			require.LessOrEqual(t, cap(l.fast)+cap(l.slow), c.sockets)
		}
	}
}
