package edge_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/api/edge"
)

// Requests under way are counted until each of them is over, whoever else comes.
func TestRequestsAreCountedUntilTheyAreOver(t *testing.T) {
	enter := edge.Requests(2)
	one, other := netip.MustParseAddr("198.51.100.1"), netip.MustParseAddr("198.51.100.2")
	first, ok := enter(one)
	require.True(t, ok)
	_, ok = enter(one)
	require.True(t, ok)
	refused, ok := enter(one)
	require.False(t, ok)
	refused() // it took no place, and gives none back
	_, ok = enter(one)
	require.False(t, ok)
	_, ok = enter(other)
	require.True(t, ok)
	first()
	_, ok = enter(one)
	require.True(t, ok, "a place that comes free is taken")
	_, ok = enter(one)
	require.False(t, ok, "the other one is still under way")
}
