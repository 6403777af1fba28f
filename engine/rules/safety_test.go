package rules_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/engine/rules"
	"tablestep/tables/column"
)

// panicking are tables that panic on a key.
type panicking struct{ tables }

func (p panicking) Lookup(ctx context.Context, table string, questions [][]column.Value, limit int, left time.Duration) ([]rules.Answer, error) {
	for _, keys := range questions {
		if keys[0].Text == "boom" {
			panic("boom")
		}
	}
	return p.tables.Lookup(ctx, table, questions, limit, left)
}

func TestAPanicFailsItsLeadOnly(t *testing.T) {
	for _, options := range []rules.Options{{}} {
		for _, set := range []*rules.RuleSet{
			condition(`exists("territories", lead.state)`),
			condition(`exists("territories", lead.state) && lead.x == nil`),
			condition(`exists("territories", lead.state) == (lead.x == nil)`),
			one(`lookup("territories", lead.state).owner`),
		} {
			p, err := rules.Compile(set, options)
			require.NoError(t, err)
			batch := batchOf(lead{"lead.state": "CA"}, lead{"lead.state": "boom"}, lead{"lead.state": "NY"}, lead{"lead.state": "boom"}, lead{"lead.state": "CA"})
			batch.Tables = panicking{}
			out := run(t, p, batch)
			require.Equal(t, 2, out.Failed())
			for _, row := range []int{0, 2, 4} {
				require.Contains(t, outcome(out, row), "rules only")
			}
			for _, row := range []int{1, 3} {
				require.Contains(t, outcome(out, row), "boom")
			}
		}
	}
}

func TestARunEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	p, err := rules.Compile(one(`exists("territories", lead.a)`), rules.Options{})
	require.NoError(t, err)
	leads := make([]lead, 5000)
	for i := range leads {
		leads[i] = lead{"lead.a": fmt.Sprint(i)}
	}
	batch := batchOf(leads...)
	batch.Tables = cancelling{cancel: cancel}
	require.ErrorIs(t, p.Run(ctx, batch, new(rules.Results)), context.Canceled)
}

type cancelling struct{ cancel func() }

func (c cancelling) Lookup(_ context.Context, _ string, questions [][]column.Value, _ int, _ time.Duration) ([]rules.Answer, error) {
	c.cancel()
	return make([]rules.Answer, len(questions)), nil
}

func TestAProgramServesManyAtOnce(t *testing.T) {
	p := compile(t, routing)
	batch := []lead{
		{"lead.country": "US", "lead.numberOfEmployees": "5000", "lead.state": "CA"},
		{"lead.country": "DE", "lead.numberOfEmployees": "many"},
		{"lead.country": "DE", "lead.numberOfEmployees": 7},
	}
	want := outcomes(run(t, p, batchOf(batch...)))
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 50 {
				var out rules.Results
				if err := p.Run(context.Background(), batchOf(batch...), &out); err != nil {
					panic(err)
				}
				for i, w := range want {
					if got := outcome(&out, i); got != w {
						panic(got + " is not " + w)
					}
				}
				if _, err := p.Trace(context.Background(), batchOf(batch...), 0); err != nil {
					panic(err)
				}
			}
		})
	}
	wait.Wait()
}

func TestLimitsOfTheRuleSetHold(t *testing.T) {
	var b strings.Builder
	b.WriteString("name: x\nrules:\n")
	for i := range 1001 {
		fmt.Fprintf(&b, "  - {name: r%d, when: true}\n", i)
	}
	_, err := rules.Parse([]byte(b.String()))
	require.ErrorContains(t, err, "rules has 1001 entries; at most 1000 are allowed")
	_, err = rules.Parse([]byte("name: " + strings.Repeat("x", 2<<20)))
	require.ErrorContains(t, err, "at most 1048576 are read")
	_, err = rules.Parse([]byte("name: x\xff\n"))
	require.ErrorContains(t, err, "line 1, column 8: the rule set is not UTF-8 here")
}

func TestHostileFilesAreReadInTime(t *testing.T) {
	rep := strings.Repeat
	var keys, chains strings.Builder
	for i := range 60_000 {
		fmt.Fprintf(&keys, "k%d: 1\n", i)
	}
	chains.WriteString("name: x\nrules:\n")
	for i := range 128 {
		fmt.Fprintf(&chains, "  - {name: r%d, when: lead.a0", i)
		for j := range 590 {
			fmt.Fprintf(&chains, "&&lead.a%d", j%97)
		}
		chains.WriteString("}\n")
	}
	for name, source := range map[string]string{
		"brackets":          rep("[", 1<<20-1),
		"braces":            rep("{", 1<<20-1),
		"objects":           rep(`{"a":`, 200_000),
		"dashes":            rep("- ", 500_000),
		"question marks":    rep("? ", 500_000),
		"aliases":           "a: &a [x]\nb: [" + rep("*a,", 300_000) + "]",
		"a block of spaces": "name: |\n" + rep(" \n", 500_000),
		"escapes":           `name: "` + rep(`\n`, 500_000),
		"keys":              keys.String(),
		"comments":          rep("#\n", 500_000),
		"directives":        rep("%a\n", 300_000),
		"tags":              rep("!a ", 300_000),
		"spaces":            rep(" ", 1_000_000) + "a: b",
		"long conditions":   chains.String(),
	} {
		t.Run(name, func(t *testing.T) {
			took := stopwatch()
			set, err := rules.Parse([]byte(source))
			if err == nil {
				_, err = rules.Compile(set, rules.Options{})
				require.NoError(t, err)
			} else {
				require.Less(t, len(err.Error()), 20_000)
			}
			require.Less(t, took(), 2*time.Second*slowdown)
		})
	}
}
