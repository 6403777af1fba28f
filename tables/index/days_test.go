package index_test

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/tables/column"
	"tablestep/tables/index"
	"tablestep/tables/notation"
	"tablestep/tables/schema"
)

// A moment lies in a span of days where mode range says so of the same cell.
func requireDaysAsRange(t *testing.T, cell string, n schema.Notation, at time.Time) {
	t.Helper()
	days, err := index.ReadDays(cell, n)
	if err != nil {
		var wrong *index.CellError
		require.ErrorAs(t, err, &wrong)
		require.LessOrEqual(t, wrong.Offset, len(cell))
		require.NotEmpty(t, wrong.Message)
		return
	}
	want := false
	for span := range strings.SplitSeq(cell, ";") {
		if strings.TrimSpace(span) == "" {
			continue
		}
		require.NoError(t, index.CheckCell(schema.ModeRange, span, n))
		var cells column.Cells
		cells.Append(span)
		ix, err := index.Build(context.Background(), []index.Part{{Mode: schema.ModeRange, Cells: column.NewStrings([]*column.Chunk{cells.Chunk()}), Notation: n, Values: n}})
		require.NoError(t, err)
		var hits index.Hits
		require.NoError(t, ix.Probe(context.Background(), [][]string{{at.Format("2006-01-02T15:04:05.999999")}}, index.All, &hits, nil))
		want = want || len(hits.Rows) > 0
	}
	require.Equal(t, want, days.Has(at), "%q at %s", cell, at)
}

func TestDaysAreTheSpansOfModeRange(t *testing.T) {
	newYork, err := time.LoadLocation("America/New_York")
	require.NoError(t, err)
	for _, cell := range []string{
		"", ";;", "2026-12-24", "2026-12-24..2026-12-31", ">=2026-12-24", "..2026-12-24; 2026-12-26..", "2026-12-24T12:00..2026-12-24T13:00", "< 2026-12-24;2027/01/01",
		"24.12.2026", "12/24/2026 to 12/26/2026", "until 12/24/2026", "20261224",
	} {
		for _, n := range []schema.Notation{{}, {Dates: notation.DayFirst}, {Dates: notation.MonthFirst}, {Dates: notation.Compact}} {
			for hour := -40; hour < 24*9; hour += 5 {
				requireDaysAsRange(t, cell, n, time.Date(2026, 12, 24, hour, 30, 1, 0, newYork))
			}
		}
	}
	days, err := index.ReadDays(strings.Repeat("2026-01-01;", 100), schema.Notation{})
	require.NoError(t, err)
	require.Len(t, days, 100)
	_, err = index.ReadDays(strings.Repeat("2026-01-01;", 101), schema.Notation{})
	require.ErrorContains(t, err, "more than 100 spans")
}

// About 3,000 executions a second on a core that many share (-fuzzminimizetime 1x).
func FuzzDays(f *testing.F) {
	f.Add("2026-12-24..2026-12-31; 2027-01-04", int64(1798000000), uint8(0))
	f.Add(">=24.12.2026;;until 1/2/2027", int64(1798000000), uint8(1))
	f.Add("a; 12-24", int64(-1), uint8(2))
	f.Add("20261224..20261231", int64(1798100000), uint8(3))
	f.Fuzz(func(t *testing.T, cell string, at int64, dates uint8) {
		const year = 365 * 24 * 3600
		orders := []notation.Dates{"", notation.DayFirst, notation.MonthFirst, notation.Compact}
		moment := time.Unix(at%(200*year), 0).In(time.FixedZone("", int(at%50400)))
		if y := moment.Year(); y < 1 || y > 9999 || strings.Contains(cell, "\n") {
			return
		}
		requireDaysAsRange(t, cell, schema.Notation{Dates: orders[int(dates)%len(orders)]}, moment)
	})
}

func TestEveryRowIsHitByTheOneTupleThatThereIs(t *testing.T) {
	for _, rows := range []int{0, 1, 20_000} {
		ix := index.Every(rows)
		for need, want := range map[int]int{index.All: rows, index.First: min(rows, 1), index.Two: min(rows, 2), index.Best: min(rows, 1), 7: min(rows, 7)} {
			var hits index.Hits
			require.NoError(t, ix.Probe(context.Background(), nil, need, &hits, nil))
			require.Equal(t, 1, hits.Len())
			got, scores := hits.Of(0)
			require.Len(t, got, want)
			for i, row := range got {
				require.Equal(t, int32(i), row)
				require.InDelta(t, 1, scores[i], 0)
			}
		}
	}
	var hits index.Hits
	err := index.Every(math.MaxInt32).Probe(context.Background(), nil, index.All, &hits, index.NewBudget(100_000, nil))
	require.ErrorIs(t, err, index.ErrSpent)
	require.Zero(t, hits.Len(), "a tuple that was not looked up to its end is none")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.ErrorIs(t, index.Every(5).Probe(ctx, nil, index.All, &hits, nil), context.Canceled)
}
