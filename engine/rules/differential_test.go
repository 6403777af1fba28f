package rules_test

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/expr-lang/expr"
	"github.com/stretchr/testify/require"

	"tablestep/engine/rules"
	"tablestep/tables/column"
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

// agree compares a rule set in kernels over a batch with the same one on expr's
// VM, lead by lead. It says whether the rule set compiled.
func agree(t *testing.T, set *rules.RuleSet, leads []lead) bool {
	t.Helper()
	kernels, err := rules.Compile(set, rules.Options{})
	interpreted, errInterpreted := rules.Compile(set, rules.Interpreted(rules.Options{}))
	if err != nil {
		require.ErrorContains(t, errInterpreted, err.Error())
		return false
	}
	require.NoError(t, errInterpreted, "kernels compile: %v", set.Rules)
	got := outcomes(run(t, kernels, batchOf(leads...)))
	for i := range leads {
		want := outcome(run(t, interpreted, batchOf(leads[i])), 0)
		require.Equal(t, want, got[i], "row %d: %v\nrules: %+v\notherwise: %+v", i, leads[i], set.Rules, set.Otherwise)
	}
	return true
}

func FuzzKernelsAgreeWithTheVM(f *testing.F) {
	for _, seed := range seeds(20) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		g := &generator{data: data}
		leads := g.leads()
		agree(t, g.ruleSet(), leads)
	})
}

func TestKernelsAgreeWithTheVM(t *testing.T) {
	compiled := 0
	for _, seed := range seeds(3000) {
		g := &generator{data: seed}
		leads := g.leads()
		if agree(t, g.ruleSet(), leads) {
			compiled++
		}
	}
	require.Greater(t, compiled, 500, "most generated rule sets should compile")
	t.Logf("%d of 3000 rule sets compiled", compiled)
}

// plainValue is what plain expr is given for a value of a lead.
func plainValue(v any) any {
	c := kindOf(v)
	switch c.Kind {
	case column.Null:
		return nil
	case column.Bool:
		return c.Text == "true"
	case column.Number:
		if n, err := strconv.Atoi(c.Text); err == nil {
			return n
		}
		f, _ := strconv.ParseFloat(c.Text, 64)
		return f
	}
	return c.Text
}

// plainOutcome is the outcome of a result of plain expr; ok is false if there is
// nothing to compare.
func plainOutcome(result any) (string, bool) {
	switch r := result.(type) {
	case nil:
		return "rules only", true
	case bool:
		return "rules only; set.out = boolean " + strconv.FormatBool(r), true
	case int:
		return "rules only; set.out = number " + strconv.Itoa(r), true
	case float64:
		if math.IsInf(r, 0) || math.IsNaN(r) {
			return "", false
		}
		format := byte('f')
		if a := math.Abs(r); a != 0 && (a >= 1e21 || a < 1e-7) {
			format = 'g'
		}
		return "rules only; set.out = number " + strconv.FormatFloat(r, format, -1, 64), true
	case string:
		return "rules only; set.out = text " + r, true
	}
	return "", false
}

// agreeWithPlain compares an expression with expr as it comes: where plain expr
// has a result, so have we, and it is the same. It says how many results there
// were to compare.
func agreeWithPlain(t *testing.T, expression string, leads []lead) int {
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
		env := map[string]any{}
		for name, v := range l {
			if field, ok := strings.CutPrefix(name, "lead."); ok {
				env[field] = plainValue(v)
			}
		}
		result, err := expr.Run(plain, map[string]any{"lead": env})
		if err != nil {
			continue
		}
		want, ok := plainOutcome(result)
		if !ok {
			continue
		}
		compared++
		require.Equal(t, want, got[i], "%s\nof %v", expression, l)
	}
	return compared
}

func FuzzPlainExprsResultsStay(f *testing.F) {
	for _, seed := range seeds(20) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		g := &generator{data: data, plainOnly: true}
		leads := g.leads()
		agreeWithPlain(t, g.any(4), leads)
	})
}

func TestPlainExprsResultsStay(t *testing.T) {
	compared := 0
	for _, seed := range seeds(3000) {
		g := &generator{data: seed, plainOnly: true}
		leads := g.leads()
		compared += agreeWithPlain(t, g.any(4), leads)
	}
	require.Greater(t, compared, 5000)
	t.Logf("%d results compared", compared)
}
