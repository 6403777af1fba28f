package keepertest

import (
	"bytes"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables"
	"tablestep/tables/schema"
)

// take makes rows a version's.
func take(t *testing.T, k tables.Keeper, storage uint64) {
	t.Helper()
	require.NoError(t, k.Commit(t.Context(), &tables.Commit{At: at(1), Take: []uint64{storage}}))
}

// chunks reads a row group.
func chunks(t *testing.T, k tables.Keeper, storage uint64, group int, columns ...int) []string {
	t.Helper()
	var list []string
	require.NoError(t, k.Read(t.Context(), storage, group, columns, func(i int, chunk []byte) error {
		require.Equal(t, len(list), i)
		list = append(list, string(chunk))
		return nil
	}))
	return list
}

func all(uint64) bool { return true }

func rowsLife(t *testing.T, p Place) {
	k := p.keep(t)
	one, err := k.Begin(t.Context(), "t")
	require.NoError(t, err)
	two, err := k.Begin(t.Context(), "t")
	require.NoError(t, err)
	require.NotEqual(t, one, two)
	mine := []byte("a")
	require.NoError(t, k.Put(t.Context(), one, 0, [][][]byte{{mine, []byte("b")}, {[]byte("c"), []byte("d")}}))
	mine[0] = 'X' // it is ours again
	require.NoError(t, k.Put(t.Context(), one, 2, [][][]byte{{[]byte("e"), []byte("f")}}))
	require.Equal(t, []string{"a", "b"}, chunks(t, k, one, 0, 0, 1), "an import reads its own")
	more, err := k.Sweep(t.Context(), all)
	require.NoError(t, err)
	require.False(t, more, "an import under way is left alone")

	take(t, k, one)
	require.Equal(t, []string{"d"}, chunks(t, k, one, 1, 1))
	require.Equal(t, []string{"f", "e"}, chunks(t, k, one, 2, 1, 0))
	require.ErrorIs(t, k.Read(t.Context(), one, 2, []int{0, 5}, func(int, []byte) error { return nil }), tables.ErrDamaged)
	enough := errors.New("enough")
	require.Equal(t, enough, k.Read(t.Context(), one, 0, []int{0}, func(int, []byte) error { return enough }), "as it is")
	require.NoError(t, k.Release(t.Context(), one), "too late is no error")
	more, err = k.Sweep(t.Context(), all)
	require.NoError(t, err)
	require.False(t, more, "nor is a version")
	require.ErrorIs(t, k.Put(t.Context(), one, 3, [][][]byte{{[]byte("x")}}), tables.ErrLeaseLost, "a version never changes")
	require.ErrorIs(t, k.Commit(t.Context(), &tables.Commit{Take: []uint64{one}}), tables.ErrLeaseLost, "nor is it given away twice")

	require.NoError(t, k.Release(t.Context(), two))
	require.ErrorIs(t, k.Put(t.Context(), two, 0, [][][]byte{{[]byte("x")}}), tables.ErrLeaseLost)
	require.ErrorIs(t, k.Commit(t.Context(), &tables.Commit{Take: []uint64{two}}), tables.ErrLeaseLost)
}

func leases(t *testing.T, p Place) {
	k := p.Open(t)
	storage, err := k.Begin(t.Context(), "t")
	require.NoError(t, err)
	require.NoError(t, k.Put(t.Context(), storage, 0, [][][]byte{{bytes.Repeat([]byte("x"), 10_000)}}))
	require.NoError(t, k.Close())
	k = p.keep(t)
	require.ErrorIs(t, k.Commit(t.Context(), &tables.Commit{Take: []uint64{storage}}), tables.ErrLeaseLost)
	require.ErrorIs(t, k.Put(t.Context(), storage, 1, [][][]byte{{[]byte("x")}}), tables.ErrLeaseLost)
	next, err := k.Begin(t.Context(), "t")
	require.NoError(t, err)
	require.Greater(t, next, storage, "no number is given out twice")
	for {
		more, err := k.Sweep(t.Context(), func(s uint64) bool {
			require.Equal(t, storage, s)
			return true
		})
		require.NoError(t, err)
		if !more {
			break
		}
	}
	require.ErrorIs(t, k.Read(t.Context(), storage, 0, []int{0}, func(int, []byte) error { return nil }), schema.ErrVersionGone)
}

func swept(t *testing.T, p Place) {
	k := p.keep(t)
	var list []uint64
	for range 4 {
		storage, err := k.Begin(t.Context(), "t")
		require.NoError(t, err)
		require.NoError(t, k.Put(t.Context(), storage, 0, [][][]byte{{[]byte("x")}}))
		take(t, k, storage)
		list = append(list, storage)
	}
	require.NoError(t, k.Commit(t.Context(), &tables.Commit{At: at(2), Doom: list[1:3]}))
	require.Equal(t, []string{"x"}, chunks(t, k, list[1], 0, 0), "it can be read until it is swept")
	asked := map[uint64]bool{}
	more, err := k.Sweep(t.Context(), func(s uint64) bool {
		asked[s] = true
		return false
	})
	require.NoError(t, err)
	require.False(t, more)
	require.Equal(t, map[uint64]bool{list[1]: true, list[2]: true}, asked)
	for more = true; more; {
		more, err = k.Sweep(t.Context(), func(s uint64) bool { return s == list[2] })
		require.NoError(t, err)
	}
	require.ErrorIs(t, k.Read(t.Context(), list[2], 0, []int{0}, func(int, []byte) error { return nil }), schema.ErrVersionGone)
	for _, kept := range []uint64{list[0], list[1], list[3]} {
		require.Equal(t, []string{"x"}, chunks(t, k, kept, 0, 0))
	}
}
