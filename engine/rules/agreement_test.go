package rules_test

import (
	"encoding/binary"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/expr-lang/expr"
	"github.com/stretchr/testify/require"

	"tablestep/engine/rules"
)

// seeds are inputs for generators, the same each time.
func seeds(n int) [][]byte {
	r := rand.New(rand.NewPCG(1, 2))
	list := make([][]byte, n)
	for i := range list {
		list[i] = make([]byte, 200+r.IntN(300))
		for j := 0; j+8 <= len(list[i]); j += 8 {
			binary.LittleEndian.PutUint64(list[i][j:], r.Uint64())
		}
	}
	return list
}

// agree compares what a rule set makes of a batch with what the oracle makes of it,
// lead by lead. It says whether the rule set compiled.
func (o *oracle) agree(t *testing.T, set *rules.RuleSet, leads []lead) bool {
	t.Helper()
	p, err := rules.Compile(set, rules.Options{})
	if err != nil {
		return false
	}
	for i, got := range outcomes(run(t, p, batchOf(leads...))) {
		o.lead = leads[i]
		want := o.ruleSet(set)
		if strings.HasPrefix(want, "error: ") {
			require.True(t, strings.HasPrefix(got, want), "got %s\nwant %s\nrow %d: %v\nrules: %+v\notherwise: %+v", got, want, i, leads[i], set.Rules, set.Otherwise)
			continue
		}
		require.Equal(t, want, got, "row %d: %v\nrules: %+v\notherwise: %+v", i, leads[i], set.Rules, set.Otherwise)
	}
	return true
}

// FuzzRulesAgreeWithTheOracle is run by CI for a while, without minimising, in which
// it would spend nearly all of its time:
//
//	go test ./engine/rules -run '^$' -fuzz FuzzRulesAgreeWithTheOracle -fuzztime 30s -fuzzminimizetime 1x
func FuzzRulesAgreeWithTheOracle(f *testing.F) {
	for _, seed := range seeds(20) {
		f.Add(seed)
	}
	o := newOracle(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		g := &generator{data: data}
		leads := g.leads()
		o.agree(t, g.ruleSet(), leads)
	})
}

func TestRuleSetsAgreeWithTheOracle(t *testing.T) {
	t.Parallel()
	o := newOracle(t)
	compiled := 0
	for _, seed := range seeds(3000) {
		g := &generator{data: seed}
		leads := g.leads()
		if o.agree(t, g.ruleSet(), leads) {
			compiled++
		}
	}
	require.Greater(t, compiled, 500, "most generated rule sets should compile")
	t.Logf("%d of 3000 rule sets compiled", compiled)
}

// agreeWithPlain compares an expression with expr as it comes: where plain expr
// has a result, so have we, and it is the same, but where whole numbers run over in expr.
// It says how many results there were to compare.
func (o *oracle) agreeWithPlain(t *testing.T, expression string, leads []lead) int {
	t.Helper()
	plain, err := expr.Compile(expression, expr.Env(map[string]any{"lead": map[string]any{}}), expr.Optimize(false))
	if err != nil {
		return 0
	}
	ours, err := rules.Compile(one(expression), rules.Options{})
	if err != nil {
		return 0
	}
	got := outcomes(run(t, ours, batchOf(leads...)))
	compared := 0
	for i, l := range leads {
		result, err := expr.Run(plain, plainLead(l))
		if err != nil {
			continue
		}
		want, ok := plainOutcome(result)
		if !ok {
			continue
		}
		compared++
		if want != got[i] && o.runsOver(expression, l) {
			continue
		}
		require.Equal(t, want, got[i], "%s\nof %v", expression, l)
	}
	return compared
}

// runsOver says that a whole number of an expression runs over 64 bits for a lead.
func (o *oracle) runsOver(expression string, l lead) bool {
	tree, err := o.parse(expression)
	if err != nil {
		return false
	}
	o.lead, o.over = l, false
	_, _ = o.eval(tree) // what comes out is compared elsewhere
	return o.over
}

func FuzzPlainExprsResultsStay(f *testing.F) {
	for _, seed := range seeds(20) {
		f.Add(seed)
	}
	o := newOracle(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		g := &generator{data: data, plainOnly: true}
		leads := g.leads()
		o.agreeWithPlain(t, g.any(4), leads)
	})
}

func TestPlainExprsResultsStay(t *testing.T) {
	compared, o := 0, newOracle(t)
	for _, seed := range seeds(3000) {
		g := &generator{data: seed, plainOnly: true}
		leads := g.leads()
		compared += o.agreeWithPlain(t, g.any(4), leads)
	}
	require.Greater(t, compared, 5000)
	t.Logf("%d results compared", compared)
}
