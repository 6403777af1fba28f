package answers_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/answers"
	"tablestep/tables/scan/scantest"
	"tablestep/tables/schema"
)

// ways are all hit policies with what they need.
func ways() []schema.Lookup {
	var list []schema.Lookup
	for _, p := range schema.HitPolicies() {
		switch p {
		case schema.PolicyPriority:
			list = append(list, schema.Lookup{HitPolicy: p, PriorityColumn: "priority"})
		case schema.PolicyCollect:
			for _, a := range schema.Aggregates() {
				list = append(list, schema.Lookup{HitPolicy: p, Aggregate: a, Separator: "; "})
			}
		case schema.PolicyRotate: // It only finds the hits: turn_test.go.
		default:
			list = append(list, schema.Lookup{HitPolicy: p})
		}
	}
	return list
}

var outputSets = [][]schema.Output{
	{{Column: "out", Field: "a"}, {Column: "score", Field: "b"}},
	{{Column: "score", Field: "a"}},
	{{Column: "same", Field: "a"}},
	{{Column: "out", Field: "a"}},
	nil,
}

// rounds is how often an oracle test goes over everything: 1, or what the
// environment says for a long run.
func rounds(t testing.TB) int {
	text := os.Getenv("TABLESTEP_ROUNDS")
	if text == "" {
		return 1
	}
	n, err := strconv.Atoi(text)
	require.NoError(t, err)
	return n
}

func TestEveryModeAndPolicyAgreesWithAScanRowByRow(t *testing.T) {
	modes := map[schema.Mode]bool{}
	for _, m := range manners() {
		modes[m.mode] = true
	}
	for _, m := range schema.Modes() {
		require.True(t, modes[m], "mode %s is judged", m)
	}
	cases, seen := 0, map[string]int{}
	for round := range rounds(t) {
		r := rand.New(rand.NewPCG(uint64(round), 4))
		for _, rows := range []int{1, 3, 30, 150} {
			g := newGrid(r, rows)
			var both [2]answers.Batch
			snapshots := [2]*answers.Snapshot{
				snapshot(t, roomy, scantest.New(g.columns, g.rows, 7)), snapshot(t, onDisk, scantest.New(g.columns, g.rows, 7+r.IntN(60))),
			}
			for _, key := range g.keys(r) {
				tuples := [][]string{}
				for _, e := range key {
					values := []string{}
					for range 25 {
						value := pick(r, e.of)
						if r.IntN(8) == 0 {
							value = ""
						}
						values = append(values, value)
					}
					tuples = append(tuples, values)
				}
				for _, l := range ways() {
					l.Outputs = outputSets[r.IntN(len(outputSets))]
					for i := range key {
						key[i].MatchEmpty = r.IntN(2) == 0
					}
					limited := false
					for _, e := range key {
						l.Match = append(l.Match, e.Match)
						limited = limited || e.mode.Limits()
					}
					if !limited && ranksFit(key) {
						l.Require = r.IntN(len(key) + 1)
					}
					for i, sn := range snapshots {
						require.NoError(t, sn.Answer(context.Background(), &l, tuples, &both[i], nil))
					}
					for at := range tuples[0] {
						tuple := []string{}
						for p := range tuples {
							tuple = append(tuple, tuples[p][at])
						}
						want, cells := g.judge(&l, key, tuple)
						for i := range both {
							requireAnswer(t, &both[i], at, want, cells, func() string {
								return fmt.Sprintf("%d rows, memory %v, tuple %q, %+v", rows, i == 0, tuple, l)
							})
						}
						cases += 2
						seen[fmt.Sprint(l.Some(), want.Row >= 0)]++
						seen[fmt.Sprint(l.HitPolicy, l.Aggregate, want.Row >= 0, want.Ambiguous, want.Problem != "")]++
					}
				}
			}
		}
	}
	t.Logf("%d cases", cases)
	for _, p := range schema.HitPolicies() {
		if p == schema.PolicyCollect || p == schema.PolicyRotate {
			continue
		}
		require.Greater(t, seen[fmt.Sprint(p, "", true, false, false)], 100, p)
		require.Greater(t, seen[fmt.Sprint(p, "", false, false, false)], 100, p)
	}
	for _, a := range schema.Aggregates() {
		require.Greater(t, seen[fmt.Sprint(schema.PolicyCollect, a, true, false, false)], 100, a)
	}
	require.Greater(t, seen[fmt.Sprint(true, true)], 100)
	require.Greater(t, seen[fmt.Sprint(true, false)], 100)
	require.Greater(t, seen["unique"+fmt.Sprint("", true, true, false)], 100)
	require.Greater(t, seen["any"+fmt.Sprint("", true, true, false)], 100)
	require.Greater(t, seen["collectsum"+fmt.Sprint(true, false, true)], 100)
}

// keys are each mode alone, and some together.
func (g *grid) keys(r *rand.Rand) [][]entry {
	var keys [][]entry
	for _, e := range g.entries {
		keys = append(keys, []entry{e})
	}
	for len(keys) < len(g.entries)+8 {
		var key []entry
		wide := 0
		for range 2 + r.IntN(2) {
			e := g.entries[r.IntN(len(g.entries))]
			if e.Mode == schema.ModeRange || e.Mode == schema.ModeFuzzy {
				wide++
			}
			key = append(key, e)
		}
		if wide < 2 || len(key) == 2 { // The ranks of more do not all fit into that of a hit; the last is rounded.
			keys = append(keys, key)
		}
	}
	return keys
}

func requireAnswer(t testing.TB, a *answers.Batch, at int, want answers.Found, cells []string, about func() string) {
	t.Helper()
	got := a.Found[at]
	if !strings.HasPrefix(got.Problem, want.Problem) || want.Problem == "" {
		require.Equal(t, want.Problem, got.Problem, about())
	}
	if d := got.Score - want.Score; d < -1e-6 || d > 1e-6 {
		require.InDelta(t, want.Score, got.Score, 1e-6, about())
	}
	got.Problem, got.Score = want.Problem, want.Score
	if got != want {
		require.Equal(t, want, got, about())
	}
	for o := range cells {
		if a.Cells[o][at] != cells[o] {
			require.Equal(t, cells[o], a.Cells[o][at], about())
		}
	}
	require.Len(t, a.Cells, len(cells))
}

// Of a tuple that hits very many rows only a part of the hits is in memory at a
// time.
func TestTuplesThatHitVeryManyRowsAreAnsweredAsWell(t *testing.T) {
	const rows = 20_000
	of := scantest.Make([]string{"k", "n", "p"}, 0, func(row int, cells []string) bool {
		cells[0], cells[1], cells[2] = "common", "+1", strconv.Itoa(rows-row)
		if row%1000 == 0 {
			cells[0] = "rare"
		}
		return row < rows
	})
	var keys [1][]string
	for i := range 300 {
		keys[0] = append(keys[0], []string{"Common", "RARE", "none"}[i%3])
	}
	for _, budget := range []int64{roomy, onDisk} {
		sn := snapshot(t, budget, of)
		l := schema.Lookup{Match: []schema.Match{{Column: "k"}}, HitPolicy: schema.PolicyCollect, Aggregate: schema.AggregateSum, Outputs: []schema.Output{{Column: "n"}}}
		var a answers.Batch
		require.NoError(t, sn.Answer(context.Background(), &l, keys[:], &a, nil))
		for i := range keys[0] {
			require.Equal(t, []string{"+19980", "+20", ""}[i%3], a.Cells[0][i])
			require.Equal(t, []int32{19980, 20, 0}[i%3], a.Found[i].Hits)
		}
		l = schema.Lookup{Match: []schema.Match{{Column: "k"}}, HitPolicy: schema.PolicyPriority, PriorityColumn: "p"}
		require.NoError(t, sn.Answer(context.Background(), &l, keys[:], &a, nil))
		require.Equal(t, []int32{rows - 1, 19_000, -1}, rowsOf(a.Found[:3]))
		require.Empty(t, a.Cells)
	}
}

func TestAListThatGrowsTooLongIsAProblemAndNotCut(t *testing.T) {
	long := strings.Repeat("x", 5000)
	sn := snapshot(t, roomy, scantest.New([]string{"k", "v"}, [][]string{{"a", long}, {"b", long}, {"a", "y"}, {"a", long}}, 0))
	l := schema.Lookup{Match: []schema.Match{{Column: "k"}}, HitPolicy: schema.PolicyCollect, Aggregate: schema.AggregateList, Outputs: []schema.Output{{Column: "v"}}}
	var a answers.Batch
	require.NoError(t, sn.Answer(context.Background(), &l, [][]string{{"a", "b"}}, &a, nil))
	require.Equal(t, `row 4, column "v": with "`+long[:80]+`…" the list becomes longer than 8192 bytes`, a.Found[0].Problem)
	require.Equal(t, []string{"", long}, a.Cells[0])
}

func TestASumThatMeetsATextNamesRowAndColumn(t *testing.T) {
	sn := snapshot(t, roomy, scantest.New([]string{"k", "points"}, [][]string{{"a", "5"}, {"a", "many"}}, 0))
	l := schema.Lookup{Match: []schema.Match{{Column: "k"}}, HitPolicy: schema.PolicyCollect, Aggregate: schema.AggregateSum, Outputs: []schema.Output{{Column: "POINTS"}}}
	var a answers.Batch
	require.NoError(t, sn.Answer(context.Background(), &l, [][]string{{"a"}}, &a, nil))
	require.Equal(t, answers.Found{Row: 0, Score: 1, Other: -1, Hits: 2, Problem: `row 2, column "points": "many" is no number and cannot be summed up`}, a.Found[0])
	found := find(t, sn, l, "a")
	require.Equal(t, a.Found, found, "Find says the same")
}

func TestAnswersAreUsedAgainWithoutATraceOfTheLast(t *testing.T) {
	sn := snapshot(t, roomy, countries())
	l := schema.Lookup{Match: []schema.Match{{Column: "country"}}, Outputs: []schema.Output{{Column: "numeric"}, {Column: "alpha-2"}}}
	var a answers.Batch
	require.NoError(t, sn.Answer(context.Background(), &l, [][]string{{"germany", "germany", "Afghanistan"}}, &a, nil))
	require.Equal(t, [][]string{{"276", "276", "004"}, {"DE", "DE", "AF"}}, a.Cells)
	l.Outputs = l.Outputs[1:]
	require.NoError(t, sn.Answer(context.Background(), &l, [][]string{{"atlantis", "united states"}}, &a, nil))
	require.Equal(t, [][]string{{"", "US"}}, a.Cells)
	require.Equal(t, []answers.Found{{Row: -1, Other: -1}, {Row: 0, Score: 1, Other: -1, Hits: 1}}, a.Found)
	require.NoError(t, sn.Answer(context.Background(), &l, [][]string{{}}, &a, nil))
	require.Empty(t, a.Found)
	require.Equal(t, [][]string{{}}, a.Cells)
}

func TestAnsweringTakesNoAllocationATuple(t *testing.T) {
	sn := snapshot(t, roomy, numbered(3000))
	for _, mode := range []schema.Mode{schema.ModeNormalized, schema.ModePrefix} {
		for _, policy := range []schema.HitPolicy{schema.PolicyFirst, schema.PolicyUnique, schema.PolicyBest, schema.PolicyPriority, schema.PolicyAny} {
			l := schema.Lookup{
				Match: []schema.Match{{Column: "account", Mode: mode}}, HitPolicy: policy, PriorityColumn: "employees",
				Outputs: []schema.Output{{Column: "state"}, {Column: "employees"}},
			}
			keys := make([]string, 2000)
			for i := range keys {
				keys[i] = fmt.Sprintf("account %07d", i*2)
			}
			var a answers.Batch
			perBatch := testing.AllocsPerRun(20, func() {
				require.NoError(t, sn.Answer(context.Background(), &l, [][]string{keys}, &a, nil))
			})
			require.Less(t, perBatch, 200.0, "%s, %s: %d tuples", mode, policy, len(keys))
			require.Equal(t, "NY", a.Cells[0][3])
		}
	}
}
