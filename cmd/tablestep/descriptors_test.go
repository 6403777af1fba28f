package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDescriptorsAreSharedSoThatNobodyTakesAnothersPart(t *testing.T) {
	for _, c := range []struct{ limit, asked, inbound, outbound int }{
		{64, 0, 24, 24},
		{256, 0, 96, 96},
		{1024, 0, 480, 480},
		{20000, 0, 4096, 15840},
		{1 << 20, 0, 4096, 1<<20 - 64 - 4096},
		{1024, 100, 100, 860},
		{1024, 2000, 720, 240},
		{20000, 10000, 10000, 9936},
		{0, 0, 0, 0},
		{0, 500, 500, 0},
	} {
		d, err := shareDescriptors(c.limit, c.asked)
		require.NoError(t, err)
		require.Equal(t, descriptors{c.limit, c.inbound, c.outbound}, d)
		if c.limit > 0 {
			require.GreaterOrEqual(t, c.limit-d.inbound-d.outbound, min(ownDescriptors, c.limit/4))
		}
	}
	_, err := shareDescriptors(63, 0)
	require.ErrorContains(t, err, "ulimit -n")
}
