package index_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/index"
)

// A batch walks through as many slots as it has distinct values, so that each line of the
// cache that they are longer costs every lead.
func TestASlotTakesFourLinesOfTheCache(t *testing.T) {
	t.Parallel()
	require.LessOrEqual(t, index.SlotBytes(), 256)
}
