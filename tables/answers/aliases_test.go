package answers_test

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/answers"
	"tablestep/tables/scan/scantest"
	"tablestep/tables/schema"
)

// plainAlias is what aliases come to, found by reading everything: of those whose values are equal, the
// last one that leads somewhere.
func plainAlias(as *schema.Aliases, rows [][]string, columns, values []string) (id int, row int32) {
	row = -1
	for i := range as.List {
		a := &as.List[i]
		equal := true
		for m := range as.Match {
			if as.Match[m].Field == schema.Now {
				continue
			}
			mode := as.Match[m].MatchMode()
			switch mode {
			case schema.ModeFuzzy:
				mode = cmp.Or(as.Match[m].Form, schema.ModeNormalized)
			case schema.ModeExact, schema.ModeLoose, schema.ModeCompany:
			default:
				mode = schema.ModeNormalized
			}
			text, named := a.Values[as.Match[m].Field]
			equal = equal && named && answers.Equal(mode, text, values[m])
		}
		if !equal || len(a.Values) != len(schema.AliasFields(as.Match)) {
			continue
		}
		if a.Action == schema.AliasIgnore {
			id, row = a.ID, -1
			continue
		}
		hits, at := 0, int32(-1)
		for r, cells := range rows {
			all := true
			for c, name := range columns {
				if want, named := a.Target[name]; named && want != cells[c] {
					all = false
				}
			}
			if _, unknown := a.Target["gone"]; all && !unknown {
				hits, at = hits+1, int32(r)
			}
		}
		if hits == 1 {
			id, row = a.ID, at
		}
	}
	return id, row
}

// Aliases are asked where the lookup itself has no row, in every mode and under every policy, and what they
// come to is what a plain look at all rows says.
func TestAliasesAnswerWhatTheLookupMisses(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 15))
	texts := []string{"Ann", "ann", " ANN", "Änn", "Aenn", "Bo", "東京", "Zürich AG", "zurich", "ZUERICH", "", "x", "5", "U.S.A."}
	values := append([]string{"Anne", "b o", "Basel", "null", "usa", "Züri"}, texts...)
	modes := []schema.Mode{schema.ModeExact, schema.ModeNormalized, schema.ModeLoose, schema.ModeCompany, schema.ModePrefix, schema.ModeContains, schema.ModeFuzzy, schema.ModeWords}
	policies := []schema.HitPolicy{schema.PolicyFirst, schema.PolicyUnique, schema.PolicyAny, schema.PolicyBest, schema.PolicyPriority, schema.PolicyCollect}
	pick := func(list []string) string { return list[r.IntN(len(list))] }
	taken, ignored, lost := 0, 0, 0
	for round := range 150 {
		entries := 1 + round%2
		columns := []string{"a", "b", "key", "out", "order"}
		rows := make([][]string, 1+r.IntN(12))
		for i := range rows {
			rows[i] = []string{pick(texts), pick(texts), fmt.Sprint("k", r.IntN(len(rows)+2)), fmt.Sprint("out ", i%5), fmt.Sprint(r.IntN(3))}
		}
		l := schema.Lookup{Name: "t", Version: 3, HitPolicy: policies[r.IntN(len(policies))], PriorityColumn: "order", Outputs: []schema.Output{{Column: "out", Field: "o"}}}
		if l.HitPolicy == schema.PolicyCollect {
			l.Aggregate = []schema.Aggregate{schema.AggregateList, schema.AggregateCount, schema.AggregateMax}[r.IntN(3)]
		}
		for m := range entries {
			l.Match = append(l.Match, schema.Match{Column: columns[m], Field: strings.ToUpper(columns[m]), Mode: modes[r.IntN(len(modes))], MatchEmpty: r.IntN(3) == 0})
			if l.Match[m].Mode == schema.ModeFuzzy {
				l.Match[m].Threshold, l.Match[m].Form = 0.9, []schema.Mode{"", schema.ModeLoose, schema.ModeCompany}[r.IntN(3)]
			}
		}
		as := &schema.Aliases{Lookup: "t", Version: 3, Revision: round + 1, Match: l.Match}
		for id := range r.IntN(20) {
			a := schema.Alias{ID: id + 1, Action: schema.AliasMap, Values: map[string]string{}}
			for m := range entries {
				a.Values[l.Match[m].Field] = pick(values)
			}
			switch r.IntN(8) {
			case 0, 1:
				a.Action = schema.AliasIgnore
			case 2:
				a.Target = map[string]string{"gone": "x"}
			case 3, 4:
				a.Target = map[string]string{"key": fmt.Sprint("k", r.IntN(len(rows)+2))}
			case 5:
				a.Target, a.Values["C"] = map[string]string{"key": rows[0][2]}, "x" // not a field of the lookup
			default:
				some := rows[r.IntN(len(rows))]
				a.Target = map[string]string{"a": some[0], "b": some[1]}
			}
			as.List = append(as.List, a)
		}
		n := 60
		keys := make([][]string, entries)
		for m := range keys {
			for range n {
				keys[m] = append(keys[m], pick(values))
			}
		}
		for _, budget := range []int64{roomy, onDisk} {
			sn := snapshot(t, budget, scantest.New(columns, rows, 3))
			var bare, with answers.Batch
			require.NoError(t, sn.Answer(t.Context(), &l, keys, &bare, nil))
			own := l
			own.Aliases = as
			for again := range 2 { // the second time from the book that is kept
				require.NoError(t, sn.Answer(t.Context(), &own, keys, &with, nil))
				for i := range n {
					tuple := make([]string, entries)
					for m := range keys {
						tuple[m] = keys[m][i]
					}
					say := fmt.Sprint("round ", round, " again ", again, " ", l.HitPolicy, l.Match, " ", tuple, " ", as.List)
					if bare.Found[i].Row >= 0 {
						require.Equal(t, bare.Found[i], with.Found[i], say)
						require.Equal(t, bare.Cells[0][i], with.Cells[0][i], say)
						continue
					}
					id, row := plainAlias(as, rows, columns, tuple)
					require.Equal(t, id, with.Found[i].Alias, say)
					require.Equal(t, row, with.Found[i].Row, say)
					list, err := sn.All(t.Context(), &own, tuple, 5, nil)
					require.NoError(t, err)
					if row < 0 {
						require.Empty(t, list)
						require.Empty(t, with.Cells[0][i], say)
						if id != 0 {
							ignored++
						} else {
							lost++
						}
						continue
					}
					taken++
					require.Equal(t, []int32{row}, list)
					want := rows[row][3]
					if l.Aggregate == schema.AggregateCount {
						want = "1"
					}
					require.Equal(t, want, with.Cells[0][i], say)
					require.False(t, with.Found[i].Ambiguous)
				}
			}
		}
	}
	require.Greater(t, taken, 300)
	require.Greater(t, ignored, 150)
	require.Greater(t, lost, 300)
}

// The moment of acceptance is no value of an alias, and the fields of a lookup that share one are given once.
func TestAliasesAreAskedByTheValuesOfALeadAlone(t *testing.T) {
	t.Parallel()
	sn := snapshot(t, roomy, scantest.New([]string{"name", "from", "to", "out"}, [][]string{{"Ann", "2026-01-01", "2026-01-05", "o1"}, {"Bo", "2026-01-06", "2026-01-09", "o2"}}, 0))
	l := schema.Lookup{
		Name: "t", Outputs: []schema.Output{{Column: "out", Field: "o"}},
		Match: []schema.Match{{Column: "name", Field: "name"}, {Column: "from", ColumnTo: "to", Field: schema.Now, Mode: schema.ModeRange}},
	}
	l.Aliases = &schema.Aliases{Lookup: "t", Match: l.Match, List: []schema.Alias{
		{ID: 4, Action: schema.AliasMap, Values: map[string]string{"name": "Robert"}, Target: map[string]string{"name": "Bo", "from": "2026-01-06", "to": "2026-01-09"}},
		{ID: 5, Action: schema.AliasMap, Values: map[string]string{"name": "Ann"}, Target: map[string]string{"name": "Bo", "from": "2026-01-06", "to": "2026-01-09"}},
	}}
	var b answers.Batch
	require.NoError(t, sn.Answer(t.Context(), &l, [][]string{{"robert", "Ann", "Ann", "Eve"}, {"2026-01-01T12:00:00Z", "2026-01-02T12:00:00Z", "2026-01-07T12:00:00Z", "2026-01-01T12:00:00Z"}}, &b, nil))
	require.Equal(t, []int32{1, 0, 1, -1}, rowsOf(b.Found), "an alias is not for a moment")
	require.Equal(t, []string{"o2", "o1", "o2", ""}, b.Cells[0])
}

// Many ask at once while the aliases change: each answer is that of the aliases that it was asked with.
func TestAliasesAreThoseOfTheQuestion(t *testing.T) {
	t.Parallel()
	rows := make([][]string, 50)
	for i := range rows {
		rows[i] = []string{fmt.Sprint("row ", i)}
	}
	sn := snapshot(t, roomy, scantest.New([]string{"a"}, rows, 7))
	var wait sync.WaitGroup
	for g := range 4 {
		wait.Go(func() {
			for i := range 60 {
				at := (g + i) % len(rows)
				l := schema.Lookup{Name: "t", Match: []schema.Match{{Column: "a", Field: "a"}}}
				l.Aliases = &schema.Aliases{Lookup: "t", Revision: at, Match: l.Match, List: []schema.Alias{
					{ID: 1, Action: schema.AliasMap, Values: map[string]string{"a": "x"}, Target: map[string]string{"a": rows[at][0]}},
				}}
				var b answers.Batch
				if err := sn.Answer(context.Background(), &l, [][]string{{"x"}}, &b, nil); err != nil || b.Found[0].Row != int32(at) {
					t.Errorf("revision %d: row %d, %v", at, b.Found[0].Row, err)
				}
			}
		})
	}
	wait.Wait()
}

// A book that could not be made is not kept: the next question makes it, if it can.
func TestAliasesThatCannotBeReadFailTheirQuestion(t *testing.T) {
	t.Parallel()
	sn := snapshot(t, roomy, scantest.New([]string{"a"}, [][]string{{"x"}}, 0))
	l := schema.Lookup{Name: "t", Match: []schema.Match{{Column: "a", Field: "a"}}}
	l.Aliases = &schema.Aliases{Lookup: "t", Match: l.Match, List: []schema.Alias{
		{ID: 1, Action: schema.AliasMap, Values: map[string]string{"a": "y"}, Target: map[string]string{"a": "x"}},
	}}
	var b answers.Batch
	require.NoError(t, sn.Answer(t.Context(), &schema.Lookup{Match: l.Match}, [][]string{{"y"}}, &b, nil), "the index is there")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, sn.Answer(ctx, &l, [][]string{{"y"}}, &b, nil), context.Canceled)
	require.NoError(t, sn.Answer(t.Context(), &l, [][]string{{"y"}}, &b, nil))
	require.Equal(t, int32(0), b.Found[0].Row)
}

// go test -run - -bench Aliases -count 6 ./tables/answers
func BenchmarkAliases(b *testing.B) {
	const size = 1_000_000
	sn := snapshot(b, roomy, numbered(size))
	match := []schema.Match{{Column: "account", Field: "company"}}
	as := &schema.Aliases{Lookup: "t", Match: match}
	for i := range 10_000 {
		as.List = append(as.List, schema.Alias{
			ID: i + 1, Action: schema.AliasMap, Values: map[string]string{"company": fmt.Sprintf("Other %07d", i)}, Target: map[string]string{"account": fmt.Sprintf("Account %07d", i*90)},
		})
	}
	r := rand.New(rand.NewPCG(1, 2))
	for _, hit := range []float64{1, 0} {
		keys := [][]string{make([]string, 1000)}
		for i := range keys[0] {
			n := r.IntN(size)
			if hit == 0 {
				n += size
			}
			keys[0][i] = fmt.Sprintf("Account %07d", n)
		}
		for _, aliases := range []*schema.Aliases{nil, as} {
			n := 0
			if aliases != nil {
				n = len(aliases.List)
			}
			b.Run(fmt.Sprintf("hit=%v/aliases=%d", hit, n), func(b *testing.B) {
				l := schema.Lookup{Name: "t", Match: match, Outputs: []schema.Output{{Column: "employees", Field: "e"}}, Aliases: aliases}
				var out answers.Batch
				require.NoError(b, sn.Answer(b.Context(), &l, keys, &out, nil))
				b.ReportAllocs()
				for b.Loop() {
					if err := sn.Answer(b.Context(), &l, keys, &out, nil); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
