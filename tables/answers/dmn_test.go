package answers_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/answers"
	"tablestep/tables/scan/scantest"
	"tablestep/tables/schema"
)

// What the standard for decision tables (DMN 1.3, hit policies) asks of each
// policy, said in our words, and rows that show it. Its U, A, F, P and C are our
// unique, any, first, priority and collect. Where it leaves an order open, ours is
// that of the rows; a violated policy, whose result it leaves undefined, is an
// ambiguous answer here.
func TestHitPoliciesDoWhatTheDecisionTableStandardAsks(t *testing.T) {
	type row = []string // condition, output, points, priority
	discount := []row{
		{"< 10", "none", "1", "3"},
		{"[5..20)", "small", "+2", "1"},
		{"[15..30]", "small", "-1.5", "2"},
		{"> 100", "large", "10", "1"},
	}
	for _, c := range []struct {
		asks   string
		lookup schema.Lookup
		rows   []row
		value  string
		want   string // output
		row    int    // from 1; 0 none
		other  int    // from 1, of a violation
	}{
		{"U: one rule holds: its output", schema.Lookup{HitPolicy: "unique"}, discount, "3", "none", 1, 0},
		{"U: two rules that hold violate it", schema.Lookup{HitPolicy: "unique"}, discount, "7", "", 1, 2},
		{"U: two rules with the same output violate it too", schema.Lookup{HitPolicy: "unique"}, discount, "16", "", 2, 3},
		{"U: no rule holds: no result", schema.Lookup{HitPolicy: "unique"}, discount, "50", "", 0, 0},
		{"A: several rules hold and have the same output: that one", schema.Lookup{HitPolicy: "any"}, discount, "16", "small", 2, 0},
		{"A: rules that hold and differ violate it", schema.Lookup{HitPolicy: "any"}, discount, "7", "", 1, 2},
		{"A: one rule holds", schema.Lookup{HitPolicy: "any"}, discount, "101", "large", 4, 0},
		{"F: the first rule that holds in the order of the table, others or not", schema.Lookup{HitPolicy: "first"}, discount, "7", "none", 1, 0},
		{"F: a later rule where the earlier ones do not hold", schema.Lookup{HitPolicy: "first"}, discount, "25", "small", 3, 0},
		{"P: of the rules that hold the one of the highest priority, wherever it stands", schema.Lookup{HitPolicy: "priority", PriorityColumn: "priority"}, discount, "7", "small", 2, 0},
		{"P: no rule holds", schema.Lookup{HitPolicy: "priority", PriorityColumn: "priority"}, discount, "50", "", 0, 0},
		{"C: the outputs of all rules that hold, equal ones each time", schema.Lookup{HitPolicy: "collect", Aggregate: "list"}, discount, "16", "small, small", 2, 0},
		{"C: no rule holds: an empty list, which is no match", schema.Lookup{HitPolicy: "collect", Aggregate: "list"}, discount, "50", "", 0, 0},
		{"C#: their number", schema.Lookup{HitPolicy: "collect", Aggregate: "count"}, discount, "16", "2", 2, 0},
		{"C# without a rule that holds is no match either, not 0", schema.Lookup{HitPolicy: "collect", Aggregate: "count"}, discount, "50", "", 0, 0},
		{"C+: their sum", schema.Lookup{HitPolicy: "collect", Aggregate: "sum"}, discount, "16", "+0.5", 2, 0},
		{"C+: of one rule its output", schema.Lookup{HitPolicy: "collect", Aggregate: "sum"}, discount, "101", "10", 4, 0},
		{"C<: the least of them", schema.Lookup{HitPolicy: "collect", Aggregate: "min"}, discount, "16", "-1.5", 2, 0},
		{"C>: the greatest of them", schema.Lookup{HitPolicy: "collect", Aggregate: "max"}, discount, "7", "+2", 1, 0},
		{"an irrelevant entry holds for every value", schema.Lookup{HitPolicy: "collect", Aggregate: "count"}, []row{{"-", "a", "", ""}, {"", "b", "", ""}, {"5", "c", "", ""}}, "5", "3", 1, 0},
		{"a list of tests holds where one of them does", schema.Lookup{HitPolicy: "unique"}, []row{{`"US","CA"`, "north", "", ""}, {`not("US","CA")`, "rest", "", ""}}, "CA", "north", 1, 0},
		{"not() holds where none of them does", schema.Lookup{HitPolicy: "unique"}, []row{{`"US","CA"`, "north", "", ""}, {`not("US","CA")`, "rest", "", ""}}, "DE", "rest", 2, 0},
		{"an open end leaves the end out", schema.Lookup{HitPolicy: "unique"}, []row{{"]5..8[", "in", "", ""}}, "5", "", 0, 0},
		{"a closed end takes it in", schema.Lookup{HitPolicy: "unique"}, []row{{"[5..8]", "in", "", ""}}, "8", "in", 1, 0},
	} {
		t.Run(c.asks, func(t *testing.T) {
			of := scantest.New([]string{"amount", "discount", "points", "priority"}, c.rows, 0)
			output := "discount"
			switch c.lookup.Aggregate {
			case schema.AggregateSum, schema.AggregateMin, schema.AggregateMax:
				output = "points"
			}
			c.lookup.Match = []schema.Match{{Column: "amount", Field: "amount", Mode: schema.ModeCondition}}
			c.lookup.Outputs = []schema.Output{{Column: output, Field: "discount"}}
			c.lookup.Name = "t"
			require.NoError(t, c.lookup.Settle(of.Version))
			var a answers.Batch
			require.NoError(t, snapshot(t, roomy, of).Answer(context.Background(), &c.lookup, [][]string{{c.value}}, &a, nil))
			f := a.Found[0]
			require.Equal(t, c.row-1, int(f.Row))
			require.Equal(t, c.other-1, int(f.Other))
			require.Equal(t, c.other > 0, f.Ambiguous)
			require.Equal(t, c.want, a.Cells[0][0])
			require.Empty(t, f.Problem)
		})
	}
}
