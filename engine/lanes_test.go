package engine

import (
	"context"
	"maps"
	"testing"
	"testing/synctest"
	"time"

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

// Attempts that are never answered fill the fast lane; others get in all the same, and
// soon, while a host is not slow before slowAfter.
func TestAFullFastLaneMakesRoomForOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLanes(4, 100) // 4 fast, 32 slow places
		var mute []*place
		for range 4 {
			p, ok := l.enter(t.Context(), "mute")
			require.True(t, ok)
			mute = append(mute, p)
		}
		start := time.Now()
		require.NoError(t, l.wait(t.Context()))
		p, ok := l.enter(t.Context(), "other")
		require.True(t, ok)
		require.LessOrEqual(t, time.Since(start), crowdAfter)
		p.leave()
		require.Empty(t, slowOf(l), "nobody is slow yet")

		// Half of the slow lane is for those that are slow.
		for len(l.slow) < cap(l.slow)/2 {
			p, ok := l.enter(t.Context(), "mute")
			require.True(t, ok)
			mute = append(mute, p)
		}
		for len(l.fast) < cap(l.fast) {
			p, ok := l.enter(t.Context(), "mute")
			require.True(t, ok)
			mute = append(mute, p)
		}
		ctx, cancel := context.WithTimeout(t.Context(), slowAfter/2)
		defer cancel()
		require.Error(t, l.wait(ctx), "the other half is not taken before they are")
		require.NoError(t, l.wait(t.Context()))
		time.Sleep(slowAfter)
		require.Equal(t, len(mute), slowOf(l)["mute"])
		_, ok = l.enter(t.Context(), "mute")
		require.False(t, ok)

		for _, p := range mute {
			p.leave()
		}
		require.Empty(t, slowOf(l))
		require.Zero(t, len(l.fast)+len(l.slow)+l.inFast.Len())
	})
}

func slowOf(l *lanes) map[string]int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.slowBy)
}
