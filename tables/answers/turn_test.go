package answers_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/answers"
	"tablestep/tables/scan/scantest"
	"tablestep/tables/schema"
)

// Whatever is matched, from memory and from the disk: who takes turns is whom All lists.
func TestThoseWhoTakeTurnsAreAllRowsThatHit(t *testing.T) {
	checked, some := 0, 0
	for round := range rounds(t) {
		r := rand.New(rand.NewPCG(uint64(round), 15))
		g := newGrid(r, 150)
		snapshots := [2]*answers.Snapshot{snapshot(t, roomy, scantest.New(g.columns, g.rows, 7)), snapshot(t, onDisk, scantest.New(g.columns, g.rows, 7+r.IntN(60)))}
		for _, key := range g.keys(r) {
			tuples := [][]string{}
			l := schema.Lookup{HitPolicy: schema.PolicyRotate, RowKey: "out", Outputs: outputSets[0]}
			for _, e := range key {
				values := []string{}
				for range 20 {
					values = append(values, pick(r, e.of))
				}
				tuples, l.Match = append(tuples, values), append(l.Match, e.Match)
			}
			listed := l
			listed.HitPolicy, listed.RowKey = schema.PolicyFirst, ""
			for _, sn := range snapshots {
				var out answers.Batch
				require.NoError(t, sn.Answer(context.Background(), &l, tuples, &out, nil))
				for at := range tuples[0] {
					tuple := []string{}
					for p := range tuples {
						tuple = append(tuple, tuples[p][at])
					}
					want, err := sn.All(context.Background(), &listed, tuple, len(g.rows), nil)
					require.NoError(t, err)
					got := []int32{}
					for _, hit := range out.Hits(at) {
						got = append(got, hit.Row)
						require.Greater(t, hit.Score, float32(0))
					}
					require.Equal(t, want, got, "%q %+v", tuple, l)
					require.Equal(t, len(got), int(out.Found[at].Hits))
					if checked++; len(got) > 1 {
						some++
					}
				}
			}
		}
	}
	require.Greater(t, some, checked/50)
}

func team(rows int) *scantest.Table {
	return scantest.Make([]string{"owner", "weight", "region"}, 0, func(row int, cells []string) bool {
		cells[0], cells[1], cells[2] = fmt.Sprintf("owner%d", row), fmt.Sprint(row%4), fmt.Sprint(row%10)
		return row < rows
	})
}

// Where nothing is matched there is one tuple, and every row is its hit.
func TestWithoutMatchEntriesEveryRowHits(t *testing.T) {
	for _, budget := range []int64{roomy, onDisk} {
		sn := snapshot(t, budget, team(9000))
		turns := schema.Lookup{HitPolicy: schema.PolicyRotate, RowKey: "owner", WeightColumn: "weight", Outputs: []schema.Output{{Column: "owner", Field: "o"}}}
		var out answers.Batch
		require.NoError(t, sn.Answer(context.Background(), &turns, nil, &out, nil))
		require.Len(t, out.Found, 1)
		require.Len(t, out.Hits(0), 9000)
		for i, hit := range out.Hits(0) {
			require.Equal(t, answers.Hit{Row: int32(i), Score: 1}, hit)
		}

		require.NoError(t, sn.Turn(context.Background(), &turns, &out, []answers.Turn{{Tuple: 0, Row: 8999, Score: 1}, {Tuple: 0, Row: -1}, {Tuple: 0, Row: 2, Score: 1}}))
		require.Equal(t, [][]string{{"owner8999", "", "owner2"}}, out.Cells)
		require.Equal(t, []int32{8999, -1, 2}, rowsOf(out.Found))
		require.Equal(t, int32(9000), out.Found[1].Busy)

		read, err := sn.Roster(context.Background(), &turns)
		require.NoError(t, err)
		require.Len(t, read.Rows, 9000)
		require.Equal(t, "owner8999", read.Rows[8999].Name)
		require.Equal(t, int64(3), read.Rows[8999].Weight)
		again, err := sn.Roster(context.Background(), &turns)
		require.NoError(t, err)
		require.Same(t, read, again, "it is read once")
		turns.WeightColumn = ""
		other, err := sn.Roster(context.Background(), &turns)
		require.NoError(t, err)
		require.Equal(t, int64(1), other.Rows[8999].Weight, "another lookup reads its own columns")

		count := schema.Lookup{HitPolicy: schema.PolicyCollect, Aggregate: schema.AggregateSum, Outputs: []schema.Output{{Column: "weight", Field: "w"}}}
		require.NoError(t, sn.Answer(context.Background(), &count, nil, &out, nil))
		require.Equal(t, [][]string{{fmt.Sprint(9000 / 4 * 6)}}, out.Cells)
		require.Equal(t, int32(9000), out.Found[0].Hits)
		found := make([]answers.Found, 1)
		require.NoError(t, sn.Find(context.Background(), &count, nil, found))
		require.Equal(t, int32(9000), found[0].Hits)

		spent := answers.NewBudget(1000, nil)
		require.NoError(t, sn.Answer(context.Background(), &turns, nil, &out, spent))
		require.NoError(t, sn.Answer(context.Background(), &turns, nil, &out, spent))
		require.True(t, out.Found[0].Unreached)
		require.Empty(t, out.Hits(0))
	}
}

func TestMoreRowsThanCanTakeTurnsAreRefused(t *testing.T) {
	sn := snapshot(t, roomy, team(schema.MaxRotation+1))
	l := schema.Lookup{HitPolicy: schema.PolicyRotate, RowKey: "owner", Match: []schema.Match{{Column: "region", Field: "r"}}}
	require.ErrorContains(t, sn.Check(&l), "10001 rows: 10000 are the most that can take turns")
	require.ErrorIs(t, sn.Check(&l), schema.ErrInvalid)
	l.HitPolicy = schema.PolicyFirst
	l.Match = nil
	require.ErrorContains(t, sn.Check(&l), "no match entries")
}
