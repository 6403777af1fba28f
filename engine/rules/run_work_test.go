package rules_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/engine/rules"
	"tablestep/tables/column"
)

// costly is a rule whose every lead takes about 20,000 units.
func costly(t *testing.T, limits rules.Limits) *rules.Program {
	t.Helper()
	p, err := rules.Compile(one(`similarity(lead.a, "`+strings.Repeat("ab", 100)+`")`), rules.Options{Limits: limits})
	require.NoError(t, err)
	return p
}

func costlyLeads(n int) []lead {
	leads := make([]lead, n)
	for i := range leads {
		leads[i] = lead{"lead.a": fmt.Sprint(strings.Repeat("ba", 100), i)}
	}
	return leads
}

func TestABatchBeyondItsWorkFailsTheSameLeadsEachTime(t *testing.T) {
	t.Parallel()
	const each = 20_050 // of one lead, about
	p := costly(t, rules.Limits{Work: 100 * each})
	batch := batchOf(costlyLeads(1000)...)
	first := run(t, p, batch)
	require.Greater(t, first.Failed(), 1000-103)
	require.Less(t, first.Failed(), 1000-97)
	require.Contains(t, outcome(first, 999), `error: rule "only", set.out: the rule set took too long for this batch, and this lead was not reached`)
	require.NotContains(t, outcome(first, 0), "error")
	want := outcomes(first)
	for range 3 {
		require.Equal(t, want, outcomes(run(t, p, batch)))
	}
	// Another batch has work of its own, on the same runner.
	require.Zero(t, run(t, p, batchOf(costlyLeads(90)...)).Failed())
}

func TestABatchHasTwoSecondsOfWork(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes two seconds of work")
	}
	p := costly(t, rules.Limits{})
	out := run(t, p, batchOf(costlyLeads(21_000)...))
	reached := 21_000 - out.Failed()
	require.InDelta(t, float64(2*rules.Second)/20_060, reached, 300)
}

func TestARunRestsAfterEachPieceOfWork(t *testing.T) {
	t.Parallel()
	rests := 0
	batch := batchOf(costlyLeads(100)...)
	batch.Rest = func(context.Context) error { rests++; return nil }
	require.Zero(t, run(t, costly(t, rules.Limits{}), batch).Failed())
	require.InDelta(t, 101, rests, 2, "each lead is more than a piece, and a run begins with a rest")

	// Cheap evaluations make pieces together: two million units of nodes and leads.
	leads := make([]lead, 1000)
	for i := range leads {
		leads[i] = lead{"lead.a": i, "lead.b": i}
	}
	rests = 0
	batch = batchOf(leads...)
	batch.Rest = func(context.Context) error { rests++; return nil }
	p, err := rules.Compile(condition("lead.a + lead.b > 5 && lead.b + lead.a > 5"), rules.Options{})
	require.NoError(t, err)
	run(t, p, batch)
	require.Greater(t, rests, 2)
	require.Less(t, rests, 20)
}

func TestAnErrorOfTheRestEndsTheRun(t *testing.T) {
	t.Parallel()
	crowded := errors.New("crowded")
	rests := 0
	batch := batchOf(costlyLeads(100)...)
	batch.Rest = func(context.Context) error {
		if rests++; rests > 10 {
			return crowded
		}
		return nil
	}
	require.ErrorIs(t, costly(t, rules.Limits{}).Run(context.Background(), batch, new(rules.Results)), crowded)
	require.Equal(t, 11, rests, "nobody rests after that")
	batch.Rest = func(context.Context) error { return crowded }
	require.ErrorIs(t, costly(t, rules.Limits{}).Run(context.Background(), batch, new(rules.Results)), crowded, "the first rest counts as well")
}

// counting are tables that note how much a run had left at each lookup.
type counting struct {
	tables
	left *[]time.Duration
}

func (c counting) Lookup(ctx context.Context, table string, questions [][]column.Value, limit int, left time.Duration) ([]rules.Answer, error) {
	*c.left = append(*c.left, left)
	return c.tables.Lookup(ctx, table, questions, limit, left)
}

func TestALookupIsToldWhatIsLeftOfTheWork(t *testing.T) {
	t.Parallel()
	p, err := rules.Compile(one(`exists("territories", lead.a)`), rules.Options{Limits: rules.Limits{Work: 10_000}})
	require.NoError(t, err)
	var left []time.Duration
	batch := batchOf(costlyLeads(100)...)
	batch.Tables = counting{left: &left}
	out := run(t, p, batch)
	require.NotEmpty(t, left)
	require.LessOrEqual(t, left[0], 50*time.Microsecond, "10,000 units")
	for i := 1; i < len(left); i++ {
		require.Less(t, left[i], left[i-1])
		require.Positive(t, left[i])
	}
	require.Less(t, len(left), 50, "200 units each, and more")
	require.Contains(t, outcome(out, 99), "the rule set took too long for this batch")
}

func TestASlowExpressionIsRefusedWithItsCost(t *testing.T) {
	t.Parallel()
	set, err := rules.Parse([]byte("name: x\nrules:\n  - name: quick\n    when: lower(lead.a) == \"x\"\n  - name: slow\n    when: " +
		`count(1..900, lead.a matches ("(a|b)*" + "c")) > 5` + "\n    set: {a: lead.b}\n"))
	require.NoError(t, err)
	p, err := rules.Compile(set, rules.Options{})
	require.NoError(t, err)
	cost, err := p.Probe(context.Background(), nil)
	require.NoError(t, err)
	require.Len(t, cost.Expressions, 3)
	require.Equal(t, []string{"when", "when", "set.a"}, []string{cost.Expressions[0].Expression, cost.Expressions[1].Expression, cost.Expressions[2].Expression})
	require.Less(t, cost.Expressions[0].PerLead, rules.SlowAfter/50)
	require.Positive(t, cost.Expressions[2].PerLead)
	require.Greater(t, cost.Expressions[1].PerLead, rules.SlowAfter)
	again, err := p.Probe(context.Background(), nil)
	require.NoError(t, err)
	require.Equal(t, cost.PerLead, again.PerLead, "work is counted, not timed")
	require.GreaterOrEqual(t, cost.PerLead, cost.Expressions[0].PerLead)

	err = p.CheckCost(context.Background(), nil)
	var problem *rules.Problem
	require.ErrorAs(t, err, &problem)
	require.Equal(t, "slow", problem.Rule)
	require.Equal(t, 6, problem.Line)
	require.Contains(t, problem.Message, "of work a lead; at most 100µs are allowed")
	require.NoError(t, compile(t, routing).CheckCost(context.Background(), nil))
}

func TestAnExpressionAtTheLimitPasses(t *testing.T) {
	t.Parallel()
	// A range of n elements costs about 16 units an element.
	of := func(n int) error {
		p, err := rules.Compile(condition(fmt.Sprintf("count(1..%d, # > 1) > 1", n)), rules.Options{})
		require.NoError(t, err)
		return p.CheckCost(context.Background(), batchOf(lead{}))
	}
	require.NoError(t, of(900))
	cost := func(expression string) int64 {
		p, err := rules.Compile(condition(expression), rules.Options{})
		require.NoError(t, err)
		cost, err := p.Probe(context.Background(), batchOf(lead{}))
		require.NoError(t, err)
		return cost.Expressions[0].PerLead
	}
	grows := cost("count(1..900, # > 1) > 1") - cost("count(1..800, # > 1) > 1")
	require.InDelta(t, 100*(2+12+2*3), grows, 10, "two units for an element of a range, twelve for a round and two for each of its three nodes")
	require.Equal(t, int64(7*3+1), cost("lead.a == lead.b"), "seven nodes, a field being three, with three units each, and one for the lead")
}

func TestProbeWithoutLeadsCostsNothing(t *testing.T) {
	t.Parallel()
	cost, err := compile(t, routing).Probe(context.Background(), batchOf())
	require.NoError(t, err)
	require.Zero(t, cost)
}

func TestProbeEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := compile(t, routing).Probe(ctx, nil)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorContains(t, err, `probe rule set "lead-routing"`)
}
