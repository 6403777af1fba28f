package terminal_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tablestep/cmd/tablestep/terminal"
)

// printed is a table at a width.
func printed(t require.TestingT, width int, rows ...[]string) string {
	var b strings.Builder
	require.NoError(t, terminal.Table(&b, rows, width))
	return b.String()
}

func TestColumnsAreAlignedByPlacesAndNotByLetters(t *testing.T) {
	t.Parallel()
	require.Equal(t, ""+
		"CITY    CODE\n"+
		"東京都  13\n"+
		"Köln    5\n"+
		"Ko\u0308ln    6\n"+
		"👍      7\n"+
		"ΑΘΗΝΑ   8\n",
		printed(t, 0, []string{"CITY", "CODE"}, []string{"東京都", "13"}, []string{"Köln", "5"}, []string{"Ko\u0308ln", "6"}, []string{"👍", "7"}, []string{"ΑΘΗΝΑ", "8"}))
}

func TestWithoutAWidthARowIsALine(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("word ", 100) + "end"
	require.Equal(t, "A"+strings.Repeat(" ", len(long)-1)+"  B\n"+long+"  x\n", printed(t, 0, []string{"A", "B"}, []string{long, "x"}))
	require.Empty(t, printed(t, 0))
}

func TestLongCellsAreBrokenBetweenWords(t *testing.T) {
	t.Parallel()
	require.Equal(t, ""+
		"MODE   TEXT\n"+
		"exact  The cell is\n"+
		"       equal to\n"+
		"       it.\n",
		printed(t, 18, []string{"MODE", "TEXT"}, []string{"exact", "The cell is equal to it."}))
	require.Equal(t, "NAME      X\nabcdefgh  1\nijkl\n", printed(t, 11, []string{"NAME", "X"}, []string{"abcdefghijkl", "1"}), "a word that is too long is broken, too")
}

func TestNothingThatMovesTheCursorIsPrinted(t *testing.T) {
	t.Parallel()
	require.Equal(t, "A\nx\ufffd[31m y z\n", printed(t, 0, []string{"A"}, []string{"x\x1b[31m\ty\nz"}))
}

func TestARowThatHasNoRoomBecomesAParagraph(t *testing.T) {
	t.Parallel()
	require.Equal(t, ""+
		"INVOCATION:\n"+
		"0123456789abcdef\n"+
		"STATE: delivered\n"+
		"LEADS: 12\n"+
		"\n"+
		"INVOCATION: 1\n"+
		"LEADS: 7\n",
		printed(t, 16, []string{"INVOCATION", "STATE", "LEADS"}, []string{"0123456789abcdef", "delivered", "12"}, []string{"1", "", "7"}))
}

func TestAHeaderAloneIsPrinted(t *testing.T) {
	t.Parallel()
	require.Equal(t, "INVOCATION STATE\nLEADS\n", printed(t, 18, []string{"INVOCATION", "STATE", "LEADS"}))
	require.Equal(t, "INVOCATION  STATE\n", printed(t, 0, []string{"INVOCATION", "STATE"}))
}

// Whatever is in the cells: no line is wider than the terminal, and no letter is lost.
func TestATableFitsAnyWidthAndLosesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		columns := rapid.IntRange(1, 6).Draw(t, "columns")
		cell := rapid.StringOfN(rapid.RuneFrom([]rune("ab cd-東京ü\u0308👍.")), 0, 40, -1)
		rows := rapid.SliceOfN(rapid.SliceOfN(cell, columns, columns), 1, 5).Draw(t, "rows")
		header := make([]string, columns)
		for i := range header {
			header[i] = string(rune('A' + i))
		}
		rows = append([][]string{header}, rows...)
		width := rapid.IntRange(4, 120).Draw(t, "width")
		out := printed(t, width, rows...)
		for line := range strings.SplitSeq(out, "\n") {
			require.LessOrEqual(t, terminal.Places(line), width, "%q", line)
		}
		letters := func(s string) map[rune]int {
			n := map[rune]int{}
			for _, r := range s {
				if !strings.ContainsRune(" \n:ABCDEF", r) {
					n[r]++
				}
			}
			return n
		}
		var all strings.Builder
		for _, row := range rows {
			all.WriteString(strings.Join(row, ""))
		}
		require.Equal(t, letters(all.String()), letters(out))
	})
}
