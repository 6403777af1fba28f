package index_test

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/column"
	"tablestep/tables/index"
	"tablestep/tables/schema"
)

// rounds is how often a generated test is repeated. TABLESTEP_ROUNDS=1000 makes
// millions of cases of it.
func rounds(t testing.TB, usual int) int {
	text := os.Getenv("TABLESTEP_ROUNDS")
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	require.NoError(t, err)
	return n
}

// distinct makes a batch of tuples, each once, as callers have them.
func distinct(r *rand.Rand, columns []judgedColumn, tuples int) [][]string {
	keys := make([][]string, len(columns))
	seen := map[string]bool{}
	for range 4 * tuples {
		tuple := make([]string, len(columns))
		for p, c := range columns {
			tuple[p] = c.value(r)
			// Often the value is a cell, or starts or ends with one.
			if n := len(c.cells); n > 0 && r.IntN(4) == 0 {
				tuple[p] = c.nearTo(r, c.cells[r.IntN(n)].cell)
			}
		}
		name := fmt.Sprintf("%q", tuple)
		if !seen[name] && len(keys[0]) < tuples {
			seen[name] = true
			for p := range keys {
				keys[p] = append(keys[p], tuple[p])
			}
		}
	}
	return keys
}

func TestEachModeHitsWhatARowByRowScanHits(t *testing.T) {
	for _, w := range writers() {
		t.Run(fmt.Sprintf("%s/two=%v", w.mode, w.two), func(t *testing.T) {
			for round := range rounds(t, 2) {
				for _, rows := range []int{0, 1, 3, 64, 1000} {
					for _, tuples := range []int{0, 1, 3, 64} {
						r := rand.New(rand.NewPCG(uint64(round), uint64(rows*100+tuples)))
						if w.mode == schema.ModeFuzzy && rows > 64 {
							rows = 200 // The textbook's matrix is slow.
						}
						c := []judgedColumn{w.column(r, rows, r.IntN(2) == 0)}
						requireJudged(t, c, distinct(r, c, tuples))
					}
				}
			}
		})
	}
}

func TestAnyCombinationOfModesHitsWhatARowByRowScanHits(t *testing.T) {
	all := writers()
	for round := range rounds(t, 40) {
		r := rand.New(rand.NewPCG(99, uint64(round)))
		rows := pickOf(r, 0, 1, 3, 64, 300, 1000)
		var columns []judgedColumn
		for range 2 + r.IntN(3) {
			w := all[r.IntN(len(all))]
			if w.mode == schema.ModeFuzzy {
				rows = min(rows, 64)
			}
			columns = append(columns, w.column(r, rows, r.IntN(3) == 0))
		}
		for i := range columns {
			columns[i].cells = columns[i].cells[:rows:rows]
			for len(columns[i].cells) < rows {
				columns[i].cells = append(columns[i].cells, columns[i].writer.cell(r))
			}
			columns[i].cells = columns[i].cells[:rows]
		}
		requireJudged(t, columns, distinct(r, columns, 64))
	}
}

// Few distinct cells leave many rows in every part, so that bitmaps are and-ed.
func TestDecisionTablesHitWhatARowByRowScanHits(t *testing.T) {
	for round := range rounds(t, 3) {
		r := rand.New(rand.NewPCG(3, uint64(round)))
		rows := 2000
		var columns []judgedColumn
		for p := range 4 {
			w := conditionWriter()
			if p == 3 {
				w = pickOf(r, normalizedWriter(), wordsWriter(), prefixWriter())
			}
			few := w.column(r, 6, true)
			c := judgedColumn{writer: w, matchEmpty: true, anything: few.anything}
			for range rows {
				if w.mode == schema.ModeCondition && r.IntN(3) > 0 {
					c.cells = append(c.cells, judged{cell: "-"})
					continue
				}
				c.cells = append(c.cells, few.cells[r.IntN(len(few.cells))])
			}
			columns = append(columns, c)
		}
		requireJudged(t, columns, distinct(r, columns, 64))
	}
}

// Values that pass very many tests come again and again in a batch.
func TestValuesWithManyHitsHitWhatARowByRowScanHits(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	var columns []judgedColumn
	keys := make([][]string, 2)
	for p := range keys {
		c := judgedColumn{writer: conditionWriter(), matchEmpty: true}
		for row := range 1200 {
			text := fmt.Sprint("text ", row)
			c.cells = append(c.cells, judged{cell: "not(" + text + ")", match: plain(1, func(v string) bool { return v != text })})
		}
		columns = append(columns, c)
		for i := range 300 {
			keys[p] = append(keys[p], fmt.Sprint("text ", []int{i % 260, r.IntN(50)}[p]))
		}
	}
	requireJudged(t, columns, keys)
	few := judgedColumn{writer: prefixWriter(), matchEmpty: true}
	for row := range 1200 {
		if row%3 == 0 {
			few.cells = append(few.cells, judged{})
			continue
		}
		few.cells = append(few.cells, judged{cell: "a", match: plain(1, func(v string) bool { return v[0] == 'a' })})
	}
	empty := make([]string, 300)
	for i := range empty {
		empty[i] = []string{"", "abc"}[i%2]
	}
	requireJudged(t, []judgedColumn{columns[0], few}, [][]string{keys[0], empty})
}

func TestFuzzyHitsWhatARowByRowScanHitsAtAnyThreshold(t *testing.T) {
	for _, threshold := range []float64{0.05, 0.3, 0.5, 0.6, 2.0 / 3, 0.7, 0.75, 0.9, 1} {
		for round := range rounds(t, 2) {
			r := rand.New(rand.NewPCG(uint64(round), 17))
			c := fuzzyWriterOf(threshold).column(r, 100, false)
			keys := distinct(r, []judgedColumn{c}, 40)
			p := c.part()
			p.Threshold = threshold
			ix, err := index.Build(context.Background(), []index.Part{p})
			require.NoError(t, err)
			var hits index.Hits
			require.NoError(t, ix.Probe(context.Background(), keys, index.All, &hits, nil))
			for i, value := range keys[0] {
				want := scan([]judgedColumn{c}, []string{value})
				rows, scores := hits.Of(i)
				require.Len(t, rows, len(want), "%v %q", threshold, value)
				for h := range want {
					require.Equal(t, want[h].row, rows[h])
					require.InDelta(t, want[h].score, scores[h], 1e-6)
				}
			}
		}
	}
}

// cellOf is a cell that a mode takes, and a value that hits it.
func cellOf(mode schema.Mode) string {
	if mode.Limits() {
		return "10"
	}
	return "10.0.0.1"
}

// Every constant of type Mode must be known, checked, built, judged by an oracle
// and have its file.
func TestNoModeIsWithoutAnIndexAndAnOracle(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../schema/mode.go", nil, 0)
	require.NoError(t, err)
	declared := map[schema.Mode]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if name, ok := spec.Type.(*ast.Ident); ok && name.Name == "Mode" {
			for _, v := range spec.Values {
				text, err := strconv.Unquote(v.(*ast.BasicLit).Value)
				require.NoError(t, err)
				declared[schema.Mode(text)] = true
			}
		}
		return true
	})
	require.Len(t, declared, 17)
	judged := map[schema.Mode]bool{}
	for _, w := range writers() {
		judged[w.mode] = true
	}
	require.Equal(t, declared, judged)
	require.Len(t, schema.Modes(), len(declared))
	for _, mode := range schema.Modes() {
		require.True(t, declared[mode])
		require.True(t, mode.Known())
		cell := cellOf(mode)
		require.NoError(t, index.CheckCell(mode, cell, schema.Notation{}), mode)
		ix, err := index.Build(context.Background(), []index.Part{{Mode: mode, Cells: column.FromStrings([]string{cell, cell})}})
		require.NoError(t, err, mode)
		require.NotNil(t, ix)
		switch {
		case mode.Limits():
			require.FileExists(t, "limits.go")
		case !mode.Hashed():
			require.FileExists(t, string(mode)+".go")
		}
	}
	require.Error(t, index.CheckCell("nearly", "10", schema.Notation{}))
	require.False(t, schema.Mode("nearly").Known())
}
