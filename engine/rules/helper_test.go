package rules_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/engine/rules"
	"tablestep/tables/column"
)

// A lead has values by reference as an expression writes it: "lead.country".
type lead map[string]any

func kindOf(v any) column.Value {
	switch v := v.(type) {
	case nil:
		return column.Value{}
	case string:
		return column.Value{Kind: column.Text, Text: v}
	case bool:
		return column.Value{Kind: column.Bool, Text: strconv.FormatBool(v)}
	case int:
		return column.Value{Kind: column.Number, Text: strconv.Itoa(v)}
	case float64:
		return column.Value{Kind: column.Number, Text: strconv.FormatFloat(v, 'g', -1, 64)}
	case column.Value:
		return v
	}
	panic(fmt.Sprintf("%T", v))
}

// batchOf builds the columns of leads.
func batchOf(leads ...lead) *rules.Batch {
	vectors := make(map[rules.Ref]column.Vector)
	return &rules.Batch{
		Rows: len(leads), Now: noon, Tables: tables{},
		Column: func(ref rules.Ref) column.Vector {
			if v, ok := vectors[ref]; ok {
				return v
			}
			b := new(column.Builder)
			b.Reset(len(leads))
			for _, l := range leads {
				v := kindOf(l[ref.String()])
				b.Append(v.Kind, v.Text)
			}
			vectors[ref] = b.Vector()
			return vectors[ref]
		},
	}
}

// tables is one table, territories, by state.
type tables struct{}

type row map[string]string

func (r row) Cell(name string) (string, bool) { c, ok := r[name]; return c, ok }

func (tables) Lookup(_ context.Context, table string, questions [][]column.Value, limit int, _ time.Duration) ([]rules.Answer, error) {
	answers := make([]rules.Answer, len(questions))
	for i, keys := range questions {
		answers[i].Rows, answers[i].Err = (tables{}).rows(table, keys, limit)
	}
	return answers, nil
}

func (tables) rows(table string, keys []column.Value, limit int) ([]rules.Row, error) {
	if table == "many" {
		rows := make([]rules.Row, 150)
		for i := range rows {
			rows[i] = row{}
		}
		return rows, nil // more than was asked for
	}
	if table == "holidays" {
		if day := keys[0].Text; day != "2024-12-25" && day != "2024-12-26" && day != "2024-05-01" {
			return nil, nil
		}
		return []rules.Row{row{"day": keys[0].Text}}, nil
	}
	if table == "broken" {
		return nil, errors.New("the disk is gone")
	}
	found := map[string][]rules.Row{
		"CA": {row{"state": "CA", "owner": "Ann", "owner email": "ann@example.com"}, row{"state": "CA", "owner": "Bob", "owner email": ""}},
		"NY": {row{"state": "NY", "owner": "Cid", "owner email": "cid@example.com"}},
	}[keys[0].Text]
	return found[:min(limit, len(found))], nil
}

// parse reads and compiles a rule set that must be right.
func compile(t testing.TB, source string) *rules.Program {
	t.Helper()
	set, err := rules.Parse([]byte(source))
	require.NoError(t, err)
	p, err := rules.Compile(set, rules.Options{})
	require.NoError(t, err)
	return p
}

// one is a rule set that writes one expression to the field out.
func one(expression string) *rules.RuleSet {
	return &rules.RuleSet{Name: "one", Rules: []rules.Rule{{
		Name: "only", When: rules.Expression{Text: "true"},
		Set: []rules.Assignment{{Target: "out", Value: rules.Expression{Text: expression}}},
	}}}
}

// condition is a rule set whose one rule has the condition.
func condition(expression string) *rules.RuleSet {
	return &rules.RuleSet{Name: "one", Rules: []rules.Rule{{Name: "only", When: rules.Expression{Text: expression}}}}
}

func run(t testing.TB, p *rules.Program, b *rules.Batch) *rules.Results {
	t.Helper()
	var out rules.Results
	require.NoError(t, p.Run(context.Background(), b, &out))
	return &out
}

// written is what an expression writes for a lead: kind and text, or "error: …",
// or nothing.
func written(t testing.TB, expression string, l lead) string {
	t.Helper()
	return writtenWith(t, expression, l, rules.Options{})
}

// writtenBefore is written for a rule set that was stored before anybody looked whether
// it fails every lead.
func writtenBefore(t testing.TB, expression string, l lead) string {
	t.Helper()
	return writtenWith(t, expression, l, rules.Options{Stored: true})
}

func writtenWith(t testing.TB, expression string, l lead, options rules.Options) string {
	t.Helper()
	p, err := rules.Compile(one(expression), options)
	if err != nil {
		return "refused: " + err.Error()
	}
	return outcome(run(t, p, batchOf(l)), 0)
}

// outcome is everything that happened to a row.
func outcome(out *rules.Results, row int) string {
	if f := out.Failure(row); f != nil {
		return "error: " + f.Error()
	}
	var parts []string
	if fired := out.RulesFired(row); len(fired) > 0 {
		parts = append(parts, "rules "+strings.Join(fired, ","))
	}
	for i := range out.Outputs {
		if v, ok := out.Outputs[i].At(row); ok {
			parts = append(parts, fmt.Sprintf("%s = %s %s", out.Outputs[i].Target, v.Kind, v.Text))
		}
	}
	return strings.Join(parts, "; ")
}

func outcomes(out *rules.Results) []string {
	list := make([]string, out.Rows)
	for i := range list {
		list[i] = outcome(out, i)
	}
	return slices.Clip(list)
}

// stopwatch tells the processor's time since it was started, where the system tells
// it, and else the time: what other work there is on the machine must not count. A
// test with a stopwatch is not parallel.
func stopwatch() func() time.Duration {
	start, used := time.Now(), cpuTime()
	return func() time.Duration {
		if now := cpuTime(); now > 0 {
			return now - used
		}
		return time.Since(start)
	}
}
