package keepertest_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables"
	"tablestep/tables/keepertest"
)

func TestTheKeeperInMemoryKeepsItsPromises(t *testing.T) {
	keepertest.Run(t, func(*testing.T) keepertest.Place {
		m := keepertest.NewMemory()
		return keepertest.Place{Shared: true, Open: func(testing.TB) tables.Keeper { return m.Open() }}
	})
}

func TestAnInjectedFaultComesBeforeOrAfterTheWork(t *testing.T) {
	harm := errors.New("harm")
	for _, done := range []bool{false, true} {
		m := keepertest.NewMemory()
		o := m.Open()
		calls := []string{}
		o.Inject(func(call string) *keepertest.Fault {
			calls = append(calls, call)
			if call == "SetSetting" {
				return &keepertest.Fault{Err: harm, Done: done}
			}
			return nil
		})
		require.Equal(t, harm, o.SetSetting(t.Context(), "k", []byte("v")))
		value, err := o.Setting(t.Context(), "k")
		require.NoError(t, err)
		require.Equal(t, done, value != nil)
		require.Equal(t, []string{"SetSetting", "Setting"}, calls)
	}
}

func TestABrokenOwnerWritesNoMore(t *testing.T) {
	m := keepertest.NewMemory()
	o := m.Open()
	o.Inject(func(string) *keepertest.Fault { return &keepertest.Fault{Err: tables.ErrBroken} })
	require.ErrorIs(t, o.SetSetting(t.Context(), "k", []byte("v")), tables.ErrBroken)
	o.Inject(nil)
	require.ErrorIs(t, o.SetSetting(t.Context(), "k", []byte("v")), tables.ErrBroken)
	_, err := o.Setting(t.Context(), "k")
	require.NoError(t, err, "reading goes on")
	require.NoError(t, m.Open().SetSetting(t.Context(), "k", []byte("v")), "the other ones are not broken")
}
