package scan_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/column"
	"tablestep/tables/scan"
)

func TestAPassReadsEachColumnOnceForAllTasks(t *testing.T) {
	t.Parallel()
	rows := table(25, 10)
	seen := make([][]string, 3)
	look := func(i int, columns ...int) scan.Task {
		at := 0
		return scan.Task{Columns: columns, Take: func(first int, chunks []*column.Chunk) error {
			require.Equal(t, at, first)
			require.Len(t, chunks, len(columns))
			for row := range chunks[0].Len() {
				for c, col := range columns {
					require.Equal(t, cell(first+row, col), chunks[c].At(row))
				}
				seen[i] = append(seen[i], chunks[0].At(row))
			}
			at += chunks[0].Len()
			return nil
		}}
	}
	require.NoError(t, scan.Pass(context.Background(), rows, []scan.Task{look(0, 0), look(1, 2, 0), look(2, 0, 0)}))
	for i := range seen {
		require.Len(t, seen[i], 25)
	}
	require.Equal(t, 1, rows.Reads(0))
	require.Equal(t, 1, rows.Reads(2))
	require.Zero(t, rows.Reads(1), "nobody wants it")
}

func TestATaskThatHasSeenEnoughIsLeftOutAndThePassEndsWithTheLast(t *testing.T) {
	t.Parallel()
	rows := table(50, 10)
	calls := [2]int{}
	until := func(i, groups int) scan.Task {
		return scan.Task{Columns: []int{i}, Take: func(int, []*column.Chunk) error {
			if calls[i]++; calls[i] == groups {
				return scan.ErrStop
			}
			return nil
		}}
	}
	require.NoError(t, scan.Pass(context.Background(), rows, []scan.Task{until(0, 1), until(1, 3)}))
	require.Equal(t, [2]int{1, 3}, calls)
	require.Equal(t, 1, rows.ReadsOf(2, 1))
	require.Zero(t, rows.ReadsOf(3, 1), "all have stopped")
	require.NoError(t, scan.Pass(context.Background(), rows, nil))
}

func TestAPassEndsWithTheErrorOfATask(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	later := 0
	err := scan.Pass(context.Background(), table(50, 10), []scan.Task{
		{Columns: []int{0}, Take: func(int, []*column.Chunk) error { return broken }},
		{Columns: []int{1}, Take: func(int, []*column.Chunk) error { later++; return nil }},
	})
	require.ErrorIs(t, err, broken)
	require.Zero(t, later)
}
