package index_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/column"
	"tablestep/tables/index"
	"tablestep/tables/schema"
)

func TestTheNearestMissIsTheMostSimilarRow(t *testing.T) {
	names := column.FromStrings([]string{"Germany", "France", "Türkiye", "", "Germany"})
	sizes := column.FromStrings([]string{"1-10", "1-10", "1-10", "1-10", "11-20"})
	for _, c := range []struct {
		parts []index.Part
		key   []string
		row   int
		score float32
		ok    bool
	}{
		{[]index.Part{{Mode: schema.ModeNormalized, Cells: names}}, []string{"Germnay"}, 0, 6.0 / 7, true},
		{[]index.Part{{Mode: schema.ModeExact, Cells: names}}, []string{"FRANCE"}, 1, 1, true},
		{[]index.Part{{Mode: schema.ModeFuzzy, Cells: names}}, []string{"turkiye"}, 2, 6.0 / 7, true},
		{[]index.Part{{Mode: schema.ModeFuzzy, Form: schema.ModeCompany, Cells: column.FromStrings([]string{"Alpex Ltd.", "Globex GmbH & Co. KG"})}}, []string{"Globx, Ltd."}, 1, 5.0 / 6, true},
		{[]index.Part{{Mode: schema.ModeLoose, Cells: names}}, []string{"Turkye!"}, 2, 6.0 / 7, true},
		{[]index.Part{{Mode: schema.ModeCompany, Cells: column.FromStrings([]string{"Acme, Inc.", "Globex"})}, {Mode: schema.ModeLoose, Cells: column.FromStrings([]string{"Köln", "Köln"})}}, []string{"Globx", "KOLN"}, 1, (1 + 5.0/6) / 2, true},
		{[]index.Part{{Mode: schema.ModeNormalized, Cells: names}}, []string{"Kazakhstan"}, 0, 0, false},
		{[]index.Part{{Mode: schema.ModeNormalized, Cells: names}}, []string{""}, 0, 0, false},
		{[]index.Part{{Mode: schema.ModeNormalized, Cells: names}, {Mode: schema.ModeRange, Cells: sizes}}, []string{"Germnay", "15"}, 4, 6.0 / 7, true},
		{[]index.Part{{Mode: schema.ModeRange, Cells: sizes}}, []string{"99"}, 0, 0, false},
		{[]index.Part{{Mode: schema.ModeDomain, Cells: column.FromStrings([]string{"acme.com", "acne.org"})}}, []string{"x@acmee.com"}, 0, 8.0 / 9, true},
	} {
		near, ok, err := index.Nearest(context.Background(), c.parts, c.key, nil)
		require.NoError(t, err)
		require.Equal(t, c.ok, ok, "%q", c.key)
		if ok {
			require.Equal(t, c.row, near.Row, "%q", c.key)
			require.InDelta(t, c.score, near.Score, 1e-6, "%q", c.key)
		}
	}
	_, _, err := index.Nearest(context.Background(), nil, nil, nil)
	require.Error(t, err)
	_, _, err = index.Nearest(context.Background(), []index.Part{{Mode: schema.ModeExact, Cells: names}}, nil, nil)
	require.ErrorContains(t, err, "0 values")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, _, err = index.Nearest(ctx, []index.Part{{Mode: schema.ModeExact, Cells: names}}, []string{"x"}, nil)
	require.ErrorIs(t, err, context.Canceled)
}
