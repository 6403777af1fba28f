package rules_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"
	"github.com/stretchr/testify/require"

	"tablestep/engine/rules"
)

// The benchmarks of the package, each beside expr's own VM on the same rule and
// leads. ns/lead is what counts.
//
//	go test ./engine/rules -run '^$' -bench . -count=10

const benchLeads = 1000

// benchColumns makes leads with so many distinct titles and numbers of employees.
func benchColumns(distinct int) (*rules.Batch, []map[string]any) {
	r := rand.New(rand.NewPCG(7, 7))
	countries := []string{"US", "DE", "FR", "GB", "CA", "JP", "BR", "IN", "AU", "MX"}
	words := []string{"VP", "Director", "Manager", "Head of", "Senior", "Chief", "Analyst", "Engineer"}
	leads := make([]lead, benchLeads)
	envs := make([]map[string]any, benchLeads)
	for i := range leads {
		title := fmt.Sprintf("%s %s %d", words[i%distinct%len(words)], "Sales", i%distinct)
		employees := 1 + (i%distinct)*7
		country, industry := countries[r.IntN(len(countries))], "Industry "+strconv.Itoa(r.IntN(20))
		score := r.IntN(100)
		leads[i] = lead{"lead.country": country, "lead.title": title, "lead.employees": employees, "lead.industry": industry, "lead.score": score, "lead.state": "CA"}
		envs[i] = map[string]any{"country": country, "title": title, "employees": employees, "industry": industry, "score": score, "state": "CA"}
	}
	return batchOf(leads...), envs
}

// benchRule measures a rule set, and one expression of it on expr's own VM with a
// map environment made beforehand.
func benchRule(b *testing.B, set *rules.RuleSet, plain string, distinct int) {
	batch, envs := benchColumns(distinct)
	b.Run(fmt.Sprintf("distinct=%d/tablestep", distinct), func(b *testing.B) {
		p, err := rules.Compile(set, rules.Options{})
		require.NoError(b, err)
		var out rules.Results
		require.NoError(b, p.Run(context.Background(), batch, &out))
		require.Zero(b, out.Failed())
		b.ReportAllocs()
		used := cpuTime()
		for b.Loop() {
			if err := p.Run(context.Background(), batch, &out); err != nil {
				b.Fatal(err)
			}
		}
		report(b, used)
	})
	if plain == "" {
		return
	}
	b.Run(fmt.Sprintf("distinct=%d/expr", distinct), func(b *testing.B) {
		p, err := expr.Compile(plain, expr.Env(envs[0]))
		require.NoError(b, err)
		var machine vm.VM
		b.ReportAllocs()
		used := cpuTime()
		for b.Loop() {
			for _, env := range envs {
				if _, err := machine.Run(p, env); err != nil {
					b.Fatal(err)
				}
			}
		}
		report(b, used)
	})
}

// report gives the time a lead, and the processor's time where the system tells
// it: on a machine with other work only that one means something.
func report(b *testing.B, before time.Duration) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchLeads, "ns/lead")
	if used := cpuTime() - before; used > 0 {
		b.ReportMetric(float64(used.Nanoseconds())/float64(b.N)/benchLeads, "cpu-ns/lead")
	}
}

func BenchmarkCompareTwoFields(b *testing.B) {
	for _, distinct := range []int{100, 1000} {
		benchRule(b, condition(`lead.country == "US" && lead.employees > 100`), `country == "US" && employees > 100`, distinct)
	}
}

func BenchmarkTitle(b *testing.B) {
	for _, distinct := range []int{100, 1000} {
		benchRule(b, one(`lower(lead.title) contains "vp" ? "Executive" : "Other"`), `lower(title) contains "vp" ? "Executive" : "Other"`, distinct)
	}
}

const (
	six      = `lead.country in ["US", "CA", "MX"] && lead.employees > 100 && lead.employees < 5000 && (lead.industry == "Industry 3" || lead.industry startsWith "Industry 1") && not (lead.score < 20)`
	sixPlain = `country in ["US", "CA", "MX"] && employees > 100 && employees < 5000 && (industry == "Industry 3" || industry startsWith "Industry 1") && not (score < 20)`
)

func BenchmarkSixConditions(b *testing.B) {
	for _, distinct := range []int{100, 1000} {
		benchRule(b, condition(six), sixPlain, distinct)
	}
}

// fifty is a rule set of 50 rules over five fields, most of which hold for a few
// leads.
func fifty() *rules.RuleSet {
	set := &rules.RuleSet{Name: "fifty"}
	countries := []string{"US", "DE", "FR", "GB", "CA", "JP", "BR", "IN", "AU", "MX"}
	for i := range 50 {
		when := fmt.Sprintf(`lead.country == %q && lead.score > %d && lower(lead.title) contains %q`, countries[i%10], 90-2*i, []string{"vp", "director", "chief", "head", "senior"}[i/10])
		if i%5 == 4 {
			when = fmt.Sprintf(`lead.employees in [%d, %d, %d] || lead.industry == "Industry %d" && lead.score >= 95`, 7*i, 14*i, 21*i, i%20)
		}
		set.Rules = append(set.Rules, rules.Rule{
			Name: fmt.Sprint("rule ", i), When: rules.Expression{Text: when},
			Set: []rules.Assignment{{Target: "segment", Value: rules.Expression{Text: fmt.Sprintf(`"Segment %d"`, i)}}},
		})
	}
	return set
}

func BenchmarkFiftyRules(b *testing.B) {
	for _, distinct := range []int{100, 1000} {
		benchRule(b, fifty(), "", distinct)
	}
}

func BenchmarkLet(b *testing.B) {
	for _, distinct := range []int{100, 1000} {
		benchRule(b, one(`let t = lower(lead.title); t contains "vp" ? "Executive" : t`), `let t = lower(title); t contains "vp" ? "Executive" : t`, distinct)
	}
}

func BenchmarkPredicate(b *testing.B) {
	for _, distinct := range []int{100, 1000} {
		benchRule(b, one(`any(split(lead.title, " "), # == "VP")`), `any(split(title, " "), # == "VP")`, distinct)
	}
}

// BenchmarkFallback is what kernels were the last to do: mappings that are no
// literals, and searches from the end of a list.
func BenchmarkFallback(b *testing.B) {
	for _, c := range []struct{ name, rule, plain string }{
		{"mapping", `{"US": "Americas", "CA": lead.state}[left(lead.title, 2)] ?? "Other"`, `get({"US": "Americas", "CA": state}, title[:2]) ?? "Other"`},
		{"findLast", `findLast(split(lead.title, " "), # contains "a")`, `findLast(split(title, " "), # contains "a")`},
	} {
		b.Run(c.name, func(b *testing.B) {
			for _, distinct := range []int{100, 1000} {
				benchRule(b, one(c.rule), c.plain, distinct)
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	set := fifty()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := rules.Compile(set, rules.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkWork holds the weights of work against the clock: on an idle machine
// cpu-ns/unit should be about 5. More than that number, it matters that the kinds of
// rules lie within four times of each other: a kind that takes longer a unit than
// the others is one that is charged too little.
//
//	go test ./engine/rules -run '^$' -bench BenchmarkWork -count=10
func BenchmarkWork(b *testing.B) {
	for _, c := range []struct{ name, expression string }{
		{"operators", `lead.employees * 2 + lead.score > 100`},
		{"text", `lower(lead.title) + "/" + upper(lead.industry)`},
		{"words", `len(words(lead.title))`},
		{"similarity", `similarity(lead.title, lead.industry)`},
		{"pattern", `lead.title matches "[0-9]{3}$"`},
		{"loop", `count(1..50, # * lead.score > 100)`},
		{"mapping", `{"US": lead.state, "DE": lead.title}[lead.country]`},
		{"date", `daysBetween("2024-01-01", "2024-03-15T10:00:00Z")`},
	} {
		b.Run(c.name, func(b *testing.B) {
			batch, _ := benchColumns(1000)
			p, err := rules.Compile(one("string("+c.expression+" == nil)"), rules.Options{})
			require.NoError(b, err)
			cost, err := p.Probe(context.Background(), batch)
			require.NoError(b, err)
			units := float64(cost.PerLead) * benchLeads
			var out rules.Results
			b.ReportAllocs()
			used := cpuTime()
			for b.Loop() {
				if err := p.Run(context.Background(), batch, &out); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64((cpuTime()-used).Nanoseconds())/float64(b.N)/units, "cpu-ns/unit")
		})
	}
}
