package rules_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/engine/rules"
)

// The bounds that the documentation promises, each at its edge: what is at the bound
// passes, one more does not.

func rep(s string, n int) string { return strings.Repeat(s, n) }

func TestBoundsOfAnExpression(t *testing.T) {
	t.Parallel()
	chain := func(n int) string { return "1" + rep("+1", n) }
	for _, c := range []struct{ name, good, bad, message string }{
		{"length", `"` + rep("x", 8190) + `"`, `"` + rep("x", 8190) + `" `, "the expression has 8193 bytes; at most 8192 are allowed"},
		{"brackets", rep("(", 100) + "1" + rep(")", 100), rep("(", 101) + "1" + rep(")", 101), "nested more than 100 levels deep"},
		{"signs", rep("-", 100) + "1", rep("-", 101) + "1", "nested more than 100 levels deep"},
		{"not", rep("not ", 100) + "true", rep("not ", 101) + "true", "nested more than 100 levels deep"},
		{"conditionals", rep("true?1:", 100) + "1", rep("true?1:", 101) + "1", "nested more than 100 levels deep"},
		{"let", letChain(100), letChain(101), "nested more than 100 levels deep"},
		{"a chain", chain(599), chain(600), "too long a chain of operators"},
		{"loops", "any([1], any([2], # > 1))", "any([1], any([2], any([3], # > 1)))", "a predicate within a predicate within a predicate is too much"},
		{"a field's name", `lead["` + rep("x", 100) + `"]`, `lead["` + rep("x", 101) + `"]`, "the name of the field is too long"},
		{"a regular expression's length", `"a" matches "` + rep("a", 500) + `"`, `"a" matches "` + rep("a", 501) + `"`, "the regular expression has 501 bytes; at most 500 are allowed"},
		{"a regular expression's size", `"a" matches "x{666}"`, `"a" matches "x{667}"`, "the regular expression repeats too much"},
		{"a quoted bracket", `"` + rep("(", 200) + `" == ""`, "", ""},
		{"a quoted quote", `"\"` + rep("(", 200) + `" == ""`, "", ""},
		{"a raw text", "`\\` == `" + rep("(", 200) + "`", "", ""},
		{"a comment", "1 /* " + rep("(", 200) + " */ + 1", "", ""},
		{"a comment to the line's end", "1 // " + rep("(", 200) + "\n + 1", "", ""},
		{"?? is no branch", "lead.a" + rep(" ?? lead.a", 150), "", ""},
		{"?. is no branch", rep("lead?.a ?? ", 150) + "1", "", ""},
		{"brackets one after the other", "(1)" + rep(" + (1)", 150), "", ""},
		{"signs one after the other", "-1" + rep(" * -1", 150), "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := rules.Compile(one(c.good), rules.Options{})
			require.NoError(t, err)
			if c.bad != "" {
				_, err = rules.Compile(one(c.bad), rules.Options{})
				require.ErrorContains(t, err, c.message)
			}
		})
	}
}

// letChain has so many variables.
func letChain(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "let v%d = %d; ", i, i)
	}
	return b.String() + "1"
}

func TestBoundsOfWhatAnExpressionMakes(t *testing.T) {
	t.Parallel()
	text := rep("x", 4096)
	for _, c := range []struct{ name, expression, good, bad, message string }{
		{"a text", `len(lead.a + lead.a)`, text, text + "x", "the text would be longer than 8192 bytes"},
		{"upper", `len(upper(lead.a + lead.a))`, text, text + "x", "longer than 8192 bytes"},
		{"ten thousand bytes of a field", `len(lead.a)`, rep("x", 10_000), "", ""},
		{"words", `len(words(lead.a))`, rep("a ", 1000), rep("a ", 1001), "the list would have more than 1000 elements"},
		{"split", `len(split(lead.a, ","))`, rep("a,", 999), rep("a,", 1000), "the list would have more than 1000 elements"},
		{"a range", `len(1..number(lead.a))`, "1000", "1001", "the list would have more than 1000 elements"},
		{"an empty range", `len(1..number(lead.a))`, "0", "", ""},
		{"the text of words", `len(words(lead.a))`, rep("a", 8192), rep("a", 8193), "the text would be longer than 8192 bytes"},
		{"the text of oneOf", `oneOf(lead.a, "x")`, rep("a", 8192), rep("a", 8193), "the text would be longer than 8192 bytes"},
		{"a key of a lookup", `exists("territories", lead.a)`, rep("a", 8192), rep("a", 8193), "the text would be longer than 8192 bytes"},
		{"lower in a comparison", `lower(lead.a) == "x"`, rep("A", 8192), rep("A", 8193), "the text would be longer than 8192 bytes"},
		{"lower in a text", `lower(lead.a) contains "x" ? 1 : 2`, rep("A", 8192), rep("A", 8193), "the text would be longer than 8192 bytes"},
		{"effort", `count(1..number(lead.a), lower(lead.b) + "y" == "x")`, "50", "1000", "takes too long for one lead"},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.NotContains(t, written(t, c.expression, lead{"lead.a": c.good, "lead.b": rep("B", 2000)}), "error")
			if c.bad != "" {
				require.Contains(t, written(t, c.expression, lead{"lead.a": c.bad, "lead.b": rep("B", 2000)}), c.message)
			}
		})
	}
}

func TestBoundsOfARuleSet(t *testing.T) {
	t.Parallel()
	source := func(change func(set map[string]any, rule map[string]any)) string {
		rule := map[string]any{"name": "r", "when": "true", "set": map[string]string{"a": "1"}}
		set := map[string]any{"name": "x", "rules": []any{rule}}
		change(set, rule)
		raw, err := json.Marshal(set)
		require.NoError(t, err)
		return string(raw)
	}
	many := func(n int, each func(i int) any) []any {
		list := make([]any, n)
		for i := range list {
			list[i] = each(i)
		}
		return list
	}
	for _, c := range []struct {
		name    string
		of      func(n int) string
		most    int
		message string
	}{
		{"rules", func(n int) string {
			return source(func(set, _ map[string]any) {
				set["rules"] = many(n, func(i int) any { return map[string]any{"name": fmt.Sprint(i), "when": "true"} })
			})
		}, 1000, "rules has 1001 entries; at most 1000 are allowed"},
		{"tests", func(n int) string {
			return source(func(set, _ map[string]any) {
				set["tests"] = many(n, func(i int) any { return map[string]any{"name": fmt.Sprint(i)} })
			})
		}, 1000, "tests has 1001 entries; at most 1000 are allowed"},
		{"writes", func(n int) string {
			return source(func(_, rule map[string]any) {
				writes := map[string]string{}
				for i := range n {
					writes[fmt.Sprint("f", i)] = "1"
				}
				rule["set"] = writes
			})
		}, 200, "set has 201 entries; at most 200 are allowed"},
		{"a rule's name", func(n int) string {
			return source(func(_, rule map[string]any) { rule["name"] = rep("n", n) })
		}, 100, "the name has 101 bytes; at most 100 are allowed"},
		{"a field's name", func(n int) string {
			return source(func(_, rule map[string]any) { rule["set"] = map[string]string{rep("n", n): "1"} })
		}, 100, "set needs the name of a field here"},
		{"bytes", func(n int) string {
			text := source(func(set, _ map[string]any) { set["description"] = "" })
			return strings.Replace(text, `"description":""`, `"description":"`+rep("d", n-len(text))+`"`, 1)
		}, 1 << 20, "the rule set has 1048577 bytes; at most 1048576 are read"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := rules.Parse([]byte(c.of(c.most)))
			require.NoError(t, err)
			_, err = rules.Parse([]byte(c.of(c.most + 1)))
			require.ErrorContains(t, err, c.message)
		})
	}
}

func TestNotMoreThanTwentyProblemsAreReadOfAFile(t *testing.T) {
	t.Parallel()
	_, err := rules.Parse([]byte("name: x\nrules:\n" + rep("  - {nome: r}\n", 40)))
	var problems rules.Problems
	require.ErrorAs(t, err, &problems)
	require.Len(t, problems, 20)
}

func TestPatternsAndZonesAreForgottenWhenThereAreTooMany(t *testing.T) {
	t.Parallel()
	// 250 patterns of leads, and then the first one again: each is right.
	leads := make([]lead, 251)
	for i := range leads {
		leads[i] = lead{"lead.re": fmt.Sprintf("^%d$", i%250), "lead.x": fmt.Sprint(i % 250)}
	}
	p, err := rules.Compile(condition("lead.x matches lead.re"), rules.Options{})
	require.NoError(t, err)
	for range 2 {
		for i, got := range outcomes(run(t, p, batchOf(leads...))) {
			require.Equal(t, "rules only", got, i)
		}
	}
}

func TestABatchWithoutATimeHasThePresent(t *testing.T) {
	t.Parallel()
	p, err := rules.Compile(one("now()"), rules.Options{})
	require.NoError(t, err)
	batch := batchOf(lead{})
	batch.Now = time.Time{}
	v, ok := run(t, p, batch).Outputs[0].At(0)
	require.True(t, ok)
	at, err := time.Parse(time.RFC3339, v.Text)
	require.NoError(t, err)
	require.WithinDuration(t, time.Now(), at, time.Minute)
	require.True(t, strings.HasSuffix(v.Text, "Z"), "in UTC")
	batch.Now = time.Date(2024, 7, 1, 12, 0, 0, 0, time.FixedZone("CEST", 7200))
	v, _ = run(t, p, batch).Outputs[0].At(0)
	require.Equal(t, "2024-07-01T10:00:00Z", v.Text)
}

func TestARunTakesAsMuchMemoryAsItNeedsTheSecondTime(t *testing.T) {
	p := compile(t, routing)
	leads := make([]lead, 500)
	for i := range leads {
		leads[i] = lead{"lead.country": fmt.Sprint(i % 7), "lead.numberOfEmployees": i}
	}
	batch := batchOf(leads...)
	var out rules.Results
	require.NoError(t, p.Run(context.Background(), batch, &out))
	require.NoError(t, p.Run(context.Background(), batch, &out))
	// What a run needs it has from the run before; a pool may have been emptied once.
	require.Less(t, testing.AllocsPerRun(20, func() {
		if err := p.Run(context.Background(), batch, &out); err != nil {
			panic(err)
		}
	}), 20.0)
}
