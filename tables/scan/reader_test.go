package scan_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/column"
	"tablestep/tables/scan"
	"tablestep/tables/scan/scantest"
)

// cell is that of a row and column of the tables here: one unique, one with few texts.
func cell(row, col int) string {
	if col == 1 {
		return [...]string{"CA", "", "NY"}[row%3]
	}
	return fmt.Sprint("cell ", row, " of ", col)
}

func table(rows, groupRows int) *scantest.Table {
	return scantest.Make([]string{"a", "b", "c"}, groupRows, func(row int, cells []string) bool {
		for c := range cells {
			cells[c] = cell(row, c)
		}
		return row < rows
	})
}

func TestEachGivesTheColumnsThatAreWantedGroupByGroup(t *testing.T) {
	t.Parallel()
	var firsts []int
	var kept [][]*column.Chunk
	err := scan.Each(context.Background(), table(25, 10), []int{2, 0}, func(first int, chunks []*column.Chunk) error {
		firsts = append(firsts, first)
		kept = append(kept, append([]*column.Chunk{}, chunks...)) // chunks may be kept for good
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, []int{0, 10, 20}, firsts)
	row := 0
	for _, chunks := range kept {
		require.Len(t, chunks, 2)
		for at := range chunks[0].Len() {
			require.Equal(t, cell(row, 2), chunks[0].At(at))
			require.Equal(t, cell(row, 0), chunks[1].At(at))
			row++
		}
	}
	require.Equal(t, 25, row)
}

func TestEachEndsEarlyWithTheContextOrAtAnError(t *testing.T) {
	t.Parallel()
	rows := table(25, 10)
	calls := 0
	require.NoError(t, scan.Each(context.Background(), rows, []int{0}, func(int, []*column.Chunk) error {
		calls++
		return fmt.Errorf("found: %w", scan.ErrStop)
	}))
	require.Equal(t, 1, calls)
	require.Zero(t, rows.ReadsOf(1, 0), "what comes later is not read")

	broken := errors.New("broken")
	require.ErrorIs(t, scan.Each(context.Background(), rows, []int{0}, func(int, []*column.Chunk) error { return broken }), broken)

	ctx, cancel := context.WithCancel(context.Background())
	calls = 0
	require.ErrorIs(t, scan.Each(ctx, rows, []int{0}, func(int, []*column.Chunk) error {
		calls++
		cancel()
		return nil
	}), context.Canceled)
	require.Equal(t, 1, calls)
}

func TestADamagedChunkEndsAReadingAndAllAfterIt(t *testing.T) {
	t.Parallel()
	rows := table(25, 10)
	require.NoError(t, scan.Sound(context.Background(), rows))
	rows.Damage(1, 2)
	require.NoError(t, scan.Each(context.Background(), rows, []int{0, 1}, func(int, []*column.Chunk) error { return nil }), "nobody read the column")
	err := scan.Each(context.Background(), rows, []int{0, 2}, func(int, []*column.Chunk) error { return nil })
	require.ErrorIs(t, err, column.ErrCorrupt)
	require.ErrorContains(t, err, `column "c", row group 1`)
	require.ErrorIs(t, scan.Sound(context.Background(), rows), scantest.ErrDamaged)
	require.ErrorIs(t, scan.Each(context.Background(), rows, []int{0}, func(int, []*column.Chunk) error { return nil }), scantest.ErrDamaged)
	var p scan.Picker
	require.ErrorIs(t, p.Gather(context.Background(), rows, []int{0}, []int32{-1}, [][]string{{""}}), scantest.ErrDamaged, "though there is no row to read")
}

// A chunk that is whole but of another group is noticed by its length.
func TestAChunkOfTheWrongLengthIsRefused(t *testing.T) {
	t.Parallel()
	rows := table(25, 10)
	short := misplaced{rows}
	_, err := scan.Group(context.Background(), short, new(column.Decoder), 0, []int{0}, nil)
	require.ErrorContains(t, err, "5 rows, not 10")
	var p scan.Picker
	p.Reset(1)
	require.ErrorContains(t, p.Pick(context.Background(), short, 0, []int{0}, []int32{1}), "5 rows, not 10")
}

// misplaced gives the last group for every other.
type misplaced struct{ *scantest.Table }

func (m misplaced) Read(ctx context.Context, _ int, columns []int, f func(i int, chunk []byte) error) error {
	return m.Table.Read(ctx, len(m.Groups())-1, columns, f)
}

func TestGatherGivesTheCellsOfAnyRowsAndReadsEachGroupOnce(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 1))
	var p scan.Picker // used again and again
	for range 50 {
		n := 1 + r.IntN(60)
		rows := table(n, 1+r.IntN(12))
		wanted := make([]int32, r.IntN(40))
		for i := range wanted {
			wanted[i] = int32(r.IntN(n+1)) - 1 // -1: none
		}
		columns := [][]int{{0}, {2, 1}, {1, 1, 0}}[r.IntN(3)]
		dst := make([][]string, len(columns))
		for c := range dst {
			dst[c] = make([]string, len(wanted))
			for i := range dst[c] {
				dst[c][i] = "of before"
			}
		}
		require.NoError(t, p.Gather(context.Background(), rows, columns, wanted, dst))
		for c, col := range columns {
			for i, row := range wanted {
				want := ""
				if row >= 0 {
					want = cell(int(row), col)
				}
				require.Equal(t, want, dst[c][i])
			}
			if columns[0] != 1 || len(columns) != 3 { // where no column comes twice
				require.LessOrEqual(t, rows.Reads(col), 1)
			}
		}
	}
}

func TestGatherEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var p scan.Picker
	require.ErrorIs(t, p.Gather(ctx, table(5, 2), []int{0}, []int32{0, 4}, [][]string{{"", ""}}), context.Canceled)
	require.NoError(t, p.Gather(context.Background(), table(5, 2), nil, []int32{0}, nil), "no column is no work")
}

func TestWhatIsPickedIsTakenOnce(t *testing.T) {
	t.Parallel()
	rows := table(25, 10)
	var p scan.Picker
	p.Reset(2)
	require.NoError(t, p.Pick(context.Background(), rows, 0, []int{0, 2}, []int32{3, 9}))
	require.NoError(t, p.Pick(context.Background(), rows, 2, []int{0, 2}, []int32{4}))
	bytes := 0
	for _, row := range []int{3, 9, 24} {
		bytes += len(cell(row, 0)) + len(cell(row, 2))
	}
	require.Equal(t, bytes, p.Bytes())
	for i, col := range []int{0, 2} {
		chunk := p.Take(i)
		require.Equal(t, 3, chunk.Len())
		for at, row := range []int{3, 9, 24} {
			require.Equal(t, cell(row, col), chunk.At(at))
		}
	}
	require.Zero(t, p.Bytes())
	require.Zero(t, p.Take(0).Len())
}

func TestRowsYieldAllOfAVersionInOrder(t *testing.T) {
	t.Parallel()
	of := table(25, 10)
	ended := 0
	rows := scan.NewRows(context.Background(), of, of.Version, func() { ended++ })
	require.Equal(t, []string{"a", "b", "c"}, rows.Columns())
	require.Same(t, of.Version, rows.Version())
	for n := range 25 {
		row, err := rows.Next()
		require.NoError(t, err)
		require.Equal(t, n+1, row.Number)
		require.Equal(t, []string{cell(n, 0), cell(n, 1), cell(n, 2)}, row.Cells)
	}
	require.Zero(t, ended)
	for range 2 {
		_, err := rows.Next()
		require.Equal(t, io.EOF, err)
	}
	require.Positive(t, ended, "who keeps the rows is told at their end")
	require.Empty(t, rows.Warnings())
	require.Equal(t, 1, of.Reads(0))
	require.NoError(t, rows.Close())
	_, err := rows.Next()
	require.ErrorContains(t, err, "closed")
}

func TestRowsThatAreClosedEarlyLetGo(t *testing.T) {
	t.Parallel()
	of := table(25, 10)
	ended := 0
	ctx, cancel := context.WithCancel(context.Background())
	rows := scan.NewRows(ctx, of, of.Version, func() { ended++ })
	for range 10 {
		_, err := rows.Next()
		require.NoError(t, err)
	}
	cancel()
	_, err := rows.Next()
	require.ErrorIs(t, err, context.Canceled, "at the next row group")
	require.NoError(t, rows.Close())
	require.Equal(t, 1, ended)
}
