package answers_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/scan/scantest"
	"tablestep/tables/schema"
)

func TestAMissNamesTheRowThatCameNearest(t *testing.T) {
	of := scantest.New([]string{"country", "from", "to", "code"}, [][]string{
		{"France", "1", "9", "FR"}, {"Germany", "1", "5", "DE"}, {"Germany", "6", "9", "DE2"}, {"", "", "", ""}, {"Austria", "1", "9", "AT"},
	}, 2)
	for _, budget := range []int64{roomy, onDisk} {
		sn := snapshot(t, budget, of)
		one := schema.Lookup{Match: []schema.Match{{Column: "country", Mode: schema.ModeExact}}}
		two := schema.Lookup{Match: []schema.Match{{Column: "country"}, {Column: "from", ColumnTo: "to", Mode: schema.ModeRange}}}
		row, score, cells, ok, err := sn.Nearest(context.Background(), &one, []string{"gErmnay "}, nil)
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, 1, row)
		require.InDelta(t, 1-1.0/7, score, 1e-6)
		require.Equal(t, []string{"Germany"}, cells)
		row, _, cells, ok, err = sn.Nearest(context.Background(), &two, []string{"Germani", "7"}, nil)
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, 2, row)
		require.Equal(t, []string{"Germany", "6..9"}, cells)
		row, _, cells, ok, err = sn.Nearest(context.Background(), &one, []string{"Zzz"}, nil)
		require.NoError(t, err)
		require.False(t, ok)
		require.Equal(t, -1, row)
		require.Nil(t, cells)
		_, _, _, _, err = sn.Nearest(context.Background(), &two, []string{"Germany"}, nil)
		require.ErrorIs(t, err, schema.ErrInvalid)
		_, _, _, _, err = sn.Nearest(context.Background(), &schema.Lookup{Match: []schema.Match{{Column: "none"}}}, []string{"x"}, nil)
		require.ErrorIs(t, err, schema.ErrColumnNotFound)
	}
}

func TestAMissOfSomeNamesTheRowInWhichMostEntriesHold(t *testing.T) {
	of := scantest.New([]string{"name", "from", "to", "zip"}, [][]string{
		{"Ann", "1", "9", "3000"}, {"Bo", "1", "9", "4000"}, {"Ann", "5", "6", "4000"}, {"", "", "", ""}, {"Ann", "1", "9", "5000"}, {"Bo", "1", "9", "5000"},
	}, 2)
	l := schema.Lookup{Match: []schema.Match{{Column: "name"}, {Column: "from", ColumnTo: "to", Mode: schema.ModeRange}, {Column: "zip"}, {Column: "zip", Mode: schema.ModeContains}}, Require: 3}
	for _, budget := range []int64{roomy, onDisk} {
		sn := snapshot(t, budget, of)
		row, holds, cells, ok, err := sn.Nearly(context.Background(), &l, []string{"ann", "6", "x", ""}, nil)
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, 2, row, "of rows in which two hold the one with the narrowest range")
		require.Equal(t, []bool{true, true, false, false}, holds)
		require.Equal(t, []string{"Ann", "5..6", "4000", "4000"}, cells)
		_, _, _, ok, err = sn.Nearly(context.Background(), &l, []string{"x", "y", "z", ""}, nil)
		require.NoError(t, err)
		require.False(t, ok)
		all := l
		all.Require = 0
		_, _, _, ok, err = sn.Nearly(context.Background(), &all, []string{"ann", "6", "x", ""}, nil)
		require.NoError(t, err)
		require.False(t, ok, "where all must hold, there is Nearest")
		_, _, _, _, err = sn.Nearly(context.Background(), &l, []string{"ann"}, nil)
		require.ErrorIs(t, err, schema.ErrInvalid)
		_, _, _, _, err = sn.Nearly(context.Background(), &schema.Lookup{Match: []schema.Match{{Column: "none"}, {Column: "zip"}}, Require: 1}, []string{"x", "y"}, nil)
		require.ErrorIs(t, err, schema.ErrColumnNotFound)
	}
}
