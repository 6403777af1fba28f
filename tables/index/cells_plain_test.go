package index_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/column"
	"tablestep/tables/index"
	"tablestep/tables/schema"
)

// plainCells are cells of a file, one a line.
func plainCells(t *testing.T, file string) []string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "cells", file))
	require.NoError(t, err)
	return strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
}

// requireEqualities looks every cell up among all of them: each is hit by its own text, and
// by no other one.
func requireEqualities(t *testing.T, mode schema.Mode, cells []string) {
	t.Helper()
	for _, cell := range cells {
		require.NoError(t, index.CheckCell(mode, cell, schema.Notation{}), "%q", cell)
	}
	hits := lookUp(t, index.Part{Mode: mode, Cells: column.FromStrings(cells)}, cells...)
	for i, cell := range cells {
		var want []int32
		for row, other := range cells {
			if column.Normalize(other) == column.Normalize(cell) {
				want = append(want, int32(row))
			}
		}
		rows, _ := hits.Of(i)
		require.Equal(t, want, rows, "%q", cell)
	}
	// In not() they are hit by all others.
	if mode != schema.ModeCondition {
		return
	}
	for i, cell := range cells {
		if strings.ContainsAny(cell, "()") {
			continue
		}
		rows, _ := lookUp(t, index.Part{Mode: mode, Cells: column.FromStrings([]string{"not(" + cell + ")"})}, cell, "another", "").Of(0)
		require.Empty(t, rows, "%q", cells[i])
	}
}

func TestAPlainTextStaysOneInACondition(t *testing.T) {
	t.Parallel()
	cells := plainCells(t, "condition.txt")
	require.Greater(t, len(cells), 200)
	for _, known := range []string{
		"OR", "Bosnia and Herzegovina", "O'Neil", "7-Eleven", "3M", "24/7", "94105-1234", "1.2.3", "+1 416", "Yahoo!", "Toys (R) Us",
	} {
		require.Contains(t, cells, known)
	}
	requireEqualities(t, schema.ModeCondition, cells)
	rows, _ := lookUp(t, index.Part{Mode: schema.ModeCondition, Cells: column.FromStrings([]string{"415,510,650"})}, "415", "510", "415,510,650", "415510650").Of(2)
	require.Empty(t, rows, "three numbers, not one")
}

func TestAPlainTextStaysOneInARange(t *testing.T) {
	t.Parallel()
	cells := plainCells(t, "range.txt")
	require.Greater(t, len(cells), 150)
	for _, known := range []string{"OR", "Bosnia and Herzegovina", "O'Neil", "24/7", "1.2.3", "+1 416", "Yahoo!", "Toys (R) Us", "C++", "up to date", "over the moon"} {
		require.Contains(t, cells, known)
	}
	requireEqualities(t, schema.ModeRange, cells)
}

// Whatever is no plain text in a range is a span of numbers or dates, is refused, or is a
// span of texts that begin with letters.
func TestAPlainTextOfAConditionIsNoOrderedTextInARange(t *testing.T) {
	t.Parallel()
	plain := plainCells(t, "range.txt")
	for _, cell := range plainCells(t, "condition.txt") {
		if slices.Contains(plain, cell) || index.CheckCell(schema.ModeRange, cell, schema.Notation{}) != nil {
			continue
		}
		others := slices.DeleteFunc([]string{"zzz", "!", "~", "a-", "5x"}, func(text string) bool { return text == cell })
		hits := lookUp(t, index.Part{Mode: schema.ModeRange, Cells: column.FromStrings([]string{cell})}, others...)
		if len(hits.Rows) > 0 {
			require.Regexp(t, `^[A-Za-z]+-[A-Za-z]|\.\.`, cell)
		}
	}
}
