package index_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"tablestep/tables/schema"
)

// FuzzContains holds a column in mode contains against the oracle: alone, and with another
// one of which either suffices. Cells and values are lines.
//
// About 600 executions a second on a core that many share (-fuzzminimizetime 1x).
func FuzzContains(f *testing.F) {
	f.Add("vice president\npresident\npres\n\n*", "CA\nca\n\n*\nNY", "Senior VICE president\nvp\n", "ca\nNY\n", true)
	f.Add("a\naa\naaa\nab\nba", "1\n1\n1\n2\n2", "aaaaaa\nabab\nb", "1\n2\n1", false)
	f.Add("é\ne\u0301\ne\n東京\n\xff\xfe\nß", "x\n\nx\nx\ny\ny", "Cafe\u0301\n東京都\n\xff\xfe\nSS", "x\ny\nx\n", true)
	f.Fuzz(func(t *testing.T, a, b, x, y string, wild bool) {
		lines := func(text string, most int) []string {
			list := strings.Split(text, "\n")
			return list[:min(len(list), most)]
		}
		cellsA, cellsB, keysA, keysB := lines(a, 100), lines(b, 100), lines(x, 30), lines(y, 30)
		rows, tuples := min(len(cellsA), len(cellsB)), min(len(keysA), len(keysB))
		one, other := judgedColumn{writer: writer{mode: schema.ModeContains}}, judgedColumn{writer: writer{mode: schema.ModeNormalized}, matchEmpty: wild}
		if wild {
			one.anything, other.anything = []string{"*"}, []string{"*"}
		}
		for row := range rows {
			cell, text := cellsA[row], cellsB[row]
			one.cells = append(one.cells, unless(cell, plain(float64(utf8.RuneCountInString(normal(cell))), func(v string) bool { return strings.Contains(normal(v), normal(cell)) })))
			other.cells = append(other.cells, unless(text, plain(0, func(v string) bool { return normal(v) == normal(text) })))
		}
		requireJudged(t, []judgedColumn{one}, [][]string{keysA[:tuples]})
		requireSome(t, []judgedColumn{one, other}, [][]string{keysA[:tuples], keysB[:tuples]}, 1)
	})
}
