package index_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/column"
	"tablestep/tables/index"
	"tablestep/tables/schema"
	"tablestep/tables/spelling"
)

// keyTexts makes the keys of texts, and remembers them: an oracle asks again and again.
type keyTexts struct {
	form  spelling.Form
	known map[string][2]string
}

func (k keyTexts) of(text string) [2]string {
	keys, ok := k.known[text]
	if !ok {
		keys[0], keys[1] = k.form.Keys(text)
		k.known[text] = keys
	}
	return keys
}

// meet says that two texts have a key in common.
func (k keyTexts) meet(a, b string) bool {
	as, bs := k.of(a), k.of(b)
	return as[0] == bs[0] || as[0] == bs[1] || as[1] != "" && (as[1] == bs[0] || as[1] == bs[1])
}

// lettered is a text of letters with marks and what they are written as, of signs, and of
// legal forms: few, so that texts often meet.
func lettered(r *rand.Rand) string {
	if r.IntN(12) == 0 {
		return anyWord(r)
	}
	var b strings.Builder
	for range 1 + r.IntN(3) {
		b.WriteString(pickOf(r, "u", "ü", "Ü", "ue", "UE", "u\u0308", "o", "ö", "ø", "oe", "a", "å", "aa", "ß", "ss", "é", "e", "z", "Z", "東", "\xff"))
	}
	for range r.IntN(3) {
		b.WriteString(pickOf(r, " ", "-", ".", "'", "’", " & ", " and ", " + ", "3.5", "#1", "+", ", ", "\u00a0", "u", "ue", "ü"))
	}
	return pickOf(r, "", "", "", " ", "The ", "PT ", "(") + b.String() + pickOf(r, "", "", "", "", " ", ", Inc.", " Inc", " GmbH", " AG", " Ltd.", "!")
}

// respelt writes a cell in another way: what comes out may meet it, or not.
func respelt(r *rand.Rand, cell string) string {
	for _, pair := range [][]string{{"ü", "u", "ue"}, {"ö", "o", "oe"}, {"å", "a", "aa"}, {"ß", "ss"}, {" & ", " and "}} {
		if r.IntN(2) == 0 {
			from, to := pickOf(r, pair...), pickOf(r, pair...)
			cell = strings.ReplaceAll(cell, from, to)
		}
	}
	return pickOf(r, "", "", "", " ") + cell + pickOf(r, "", "", "", "!", " Inc.", " GmbH")
}

func speltWriter(mode schema.Mode, form spelling.Form) writer {
	keys := keyTexts{form, map[string][2]string{}}
	return writer{mode: mode, value: lettered, near: respelt, cell: func(r *rand.Rand) judged {
		cell := lettered(r)
		return unless(cell, plain(0, func(v string) bool { return keys.meet(cell, v) }))
	}}
}

func looseWriter() writer { return speltWriter(schema.ModeLoose, spelling.Loose) }

func companyWriter() writer { return speltWriter(schema.ModeCompany, spelling.Company) }

// Keys of up to six parts that are compared for equality, most of them in forms, so that
// rows and tuples stand under eight keys and some parts are verified.
func TestKeysOfSeveralFormsHitWhatARowByRowScanHits(t *testing.T) {
	t.Parallel()
	for round := range rounds(t, 40) {
		r := rand.New(rand.NewPCG(17, uint64(round)))
		rows := pickOf(r, 0, 1, 3, 64, 300)
		var columns []judgedColumn
		for range 1 + r.IntN(6) {
			w := pickOf(r, looseWriter(), looseWriter(), companyWriter(), companyWriter(), normalizedWriter(), exactWriter())
			if r.IntN(2) == 0 { // Few different cells, so that tuples of many parts are hit.
				few := []judged{w.cell(r), w.cell(r), w.cell(r)}
				w.value = func(r *rand.Rand) string { return w.nearTo(r, pickOf(r, few...).cell) }
				w.cell = func(r *rand.Rand) judged { return pickOf(r, few...) }
			}
			c := judgedColumn{writer: w, matchEmpty: r.IntN(2) == 0}
			for range rows {
				c.cells = append(c.cells, w.cell(r))
			}
			columns = append(columns, c)
		}
		requireJudged(t, columns, distinct(r, columns, 64))
	}
}

func TestAFormIsNotTransitive(t *testing.T) {
	t.Parallel()
	cells := []string{"Zurich", "Zürich", "Zuerich", "ZÜRICH!", "Bern"}
	for _, parts := range [][]index.Part{
		{{Mode: schema.ModeLoose, Cells: column.FromStrings(cells)}},
		{{Mode: schema.ModeLoose, Cells: column.FromStrings(cells), Anything: []string{"Bern"}}},
	} {
		ix, err := index.Build(context.Background(), parts)
		require.NoError(t, err)
		var hits index.Hits
		require.NoError(t, ix.Probe(context.Background(), [][]string{{"zurich", "Zürich", "zuerich", "Zur"}}, index.All, &hits, nil))
		for i, want := range [][]int32{{0, 1, 3}, {0, 1, 2, 3}, {1, 2, 3}, nil} {
			rows, _ := hits.Of(i)
			if len(parts[0].Anything) > 0 {
				want = append(want, 4)
			}
			require.Equal(t, fmt.Sprint(want), fmt.Sprint(rows))
		}
	}
}

// A key of sixteen parts with two keys each would stand under 65,536; it stands under
// eight.
func TestARowStandsUnderEightKeysAtMost(t *testing.T) {
	t.Parallel()
	const rows = 4096
	var parts []index.Part
	keys := make([][]string, 16)
	for p := range 16 {
		cells := make([]string, rows)
		for row := range cells {
			cells[row] = "Zürich"
			if p >= 12 { // These tell the rows apart.
				cells[row] = fmt.Sprintf("Köln %d", row>>(3*(p-12))&7)
			}
		}
		parts = append(parts, index.Part{Mode: schema.ModeLoose, Cells: column.FromStrings(cells)})
		keys[p] = []string{"Zürich", "zuerich", "zurich", "Zürich"}
		if p >= 12 {
			keys[p] = []string{"koeln 3", "koln 3", "Köln 3", "Köln 9"}
		}
	}
	ix, err := index.Build(context.Background(), parts)
	require.NoError(t, err)
	var hits index.Hits
	budget := index.NewBudget(index.Second, nil)
	require.NoError(t, ix.Probe(context.Background(), keys, index.All, &hits, budget))
	for i, want := range []int{1, 1, 1, 0} {
		rows, _ := hits.Of(i)
		require.Len(t, rows, want)
		if want > 0 {
			require.Equal(t, int32(3+3<<3+3<<6+3<<9), rows[0])
		}
	}
	require.Less(t, budget.Used(), int64(100_000), "the parts with the most different cells are hashed")
	require.Less(t, ix.Bytes(), int64(16*rows*60+8*rows*20), "eight keys a row, and the forms of the cells")
}

// FuzzProbeInForms holds keys of two parts in forms against the oracle: cells and values are
// lines. 140 executions a second on a machine with ten times its work to do, each of some
// hundred lookups.
//
// go test ./tables/index -run '^$' -fuzz FuzzProbeInForms -fuzzminimizetime 1x.
func FuzzProbeInForms(f *testing.F) {
	f.Add("Zürich\nZurich\nZUERICH\n!", "Acme, Inc.\nAcme\nPT Acme\nThe Co.", "zurich\nZürich\nzuerich\n!", "ACME\nacme inc\nAcme\nThe Co", true)
	f.Add("U.S.A.\nO'Neil\nC++\n3.5", "Müller & Söhne\nÅÄÖ AB\n株式会社東京\nU S A", "usa\nO’NEIL\nC\n35", "Mueller and Soehne\naaaeoe\n東京\nUSA", false)
	f.Fuzz(func(t *testing.T, a, b, x, y string, matchEmpty bool) {
		modes := []writer{looseWriter(), companyWriter()}
		forms := []spelling.Form{spelling.Loose, spelling.Company}
		var columns []judgedColumn
		keys := make([][]string, 2)
		for i, text := range []string{a, b} {
			texts := keyTexts{forms[i], map[string][2]string{}}
			c := judgedColumn{writer: modes[i], matchEmpty: matchEmpty != (i == 0)}
			for _, cell := range strings.SplitN(text, "\n", 200) {
				c.cells = append(c.cells, unless(cell, plain(0, func(v string) bool { return texts.meet(cell, v) })))
			}
			columns = append(columns, c)
			keys[i] = strings.SplitN([]string{x, y}[i], "\n", 50)
		}
		rows, tuples := min(len(columns[0].cells), len(columns[1].cells)), min(len(keys[0]), len(keys[1]))
		for i := range columns {
			columns[i].cells, keys[i] = columns[i].cells[:rows], keys[i][:tuples]
		}
		requireJudged(t, columns, keys)
		requireJudged(t, columns[:1], keys[:1])
		requireJudged(t, columns[1:], keys[1:])
	})
}
