package tables_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables"
	"tablestep/tables/schema"
)

func TestASettingHasABoundAndSoHasItsName(t *testing.T) {
	t.Parallel()
	s := open(t, tables.Options{})
	largest, longest := make([]byte, 4<<20), strings.Repeat("k", 1000)
	require.NoError(t, s.SetSetting(longest, largest))
	kept, err := s.Setting(longest)
	require.NoError(t, err)
	require.Len(t, kept, len(largest))
	require.ErrorIs(t, s.SetSetting("k", append(largest, 0)), schema.ErrInvalid)
	require.ErrorIs(t, s.SetSetting(longest+"k", nil), schema.ErrInvalid)
}
