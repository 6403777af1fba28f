package rules_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine/rules"
)

func TestExamplesOfTheTablesAreTrue(t *testing.T) {
	t.Parallel()
	examples := map[string][]rules.Example{}
	for _, f := range rules.Functions() {
		require.NotEmpty(t, f.Text, f.Name)
		require.Contains(t, f.Signature, f.Name+"(")
		examples[f.Name] = f.Examples
	}
	for _, o := range rules.Operators() {
		require.NotEmpty(t, o.Text, o.Names[0])
		require.NotEmpty(t, o.Nil, o.Names[0])
		examples[o.Names[0]] = o.Examples
	}
	for name, list := range examples {
		require.NotEmpty(t, list, name)
		for _, e := range list {
			t.Run(e.Expression, func(t *testing.T) {
				p, err := rules.Compile(condition("("+e.Expression+") == ("+e.Result+")"), rules.Options{})
				require.NoError(t, err)
				require.Equal(t, "rules only", outcome(run(t, p, batchOf(lead{})), 0))
			})
		}
	}
}

// TestNilsGiveWhatTheTableSays calls each function with nil in front and a sample of
// its kind for every other argument.
func TestNilsGiveWhatTheTableSays(t *testing.T) {
	t.Parallel()
	for _, f := range rules.Functions() {
		kinds := rules.Takes(f.Name)
		if len(kinds) == 0 {
			continue
		}
		args := make([]string, len(kinds))
		for i, kind := range kinds {
			args[i] = samples(kind)
		}
		first := 0
		if kinds[0] == "table" {
			first = 1
		}
		args[first] = "lead.nothing"
		call := fmt.Sprintf("%s(%s)", f.Name, strings.Join(args, ", "))
		t.Run(call, func(t *testing.T) {
			wanted := rules.NilOf(f.Name)
			if wanted == "" {
				require.Contains(t, written(t, call, lead{}), "error: rule \"only\", set.out: "+f.Name+": argument 1")
				return
			}
			p, err := rules.Compile(condition("("+call+") == ("+wanted+")"), rules.Options{Stored: true})
			require.NoError(t, err)
			require.Equal(t, "rules only", outcome(run(t, p, batchOf(lead{})), 0), "wanted is %s", wanted)
		})
	}
}

func TestOperatorsWithNilGiveWhatTheTableSays(t *testing.T) {
	t.Parallel()
	for _, o := range rules.Operators() {
		name := o.Names[0]
		expression := "lead.nothing " + name + " lead.x"
		if name == ".." {
			expression = "len(" + expression + ")"
		}
		var want string
		switch o.Nil {
		case "gives false":
			want = "boolean false"
		case "gives nil":
			want = ""
		case "is the empty text beside a text, else gives nil":
			require.Equal(t, "rules only; set.out = text US", written(t, expression, lead{"lead.x": "US"}))
			want = ""
		case "is compared like any value":
			want = map[string]string{"==": "boolean false", "!=": "boolean true", "in": "boolean false", "??": "number 5"}[name]
		case "fails the lead":
			want = "error"
		}
		x := map[string]any{"in": nil, "and": true, "or": false}[name]
		if x == nil && name != "in" {
			x = 5
		}
		got := strings.TrimPrefix(bare(written(t, expression, lead{"lead.x": x})), "rules only")
		require.Equal(t, want, got, "%s: %s", name, o.Nil)
	}
}

func TestArgumentsAreCountedByTheTable(t *testing.T) {
	t.Parallel()
	for _, f := range rules.Functions() {
		kinds := rules.Takes(f.Name)
		if f.Group == "list" {
			continue
		}
		args := make([]string, len(kinds)+1)
		for i := range args {
			args[i] = `"x"`
		}
		err := func(n int) error {
			_, err := rules.Compile(one(fmt.Sprintf("default(%s(%s), 1)", f.Name, strings.Join(args[:n], ", "))), rules.Options{Stored: true})
			return err
		}
		if !strings.Contains(f.Signature, "…") {
			require.ErrorContains(t, err(len(kinds)+1), fmt.Sprintf("%s does not take %d arguments; it is %s", f.Name, len(kinds)+1, f.Signature))
		} else {
			require.NoError(t, err(len(kinds)+1))
		}
		if len(kinds) > 0 {
			require.ErrorContains(t, err(0), f.Name+" does not take 0 arguments")
		}
	}
}

// rulesFile is the documentation that is written from the tables.
const rulesFile = "RULES.md"

// The marks around what is written from the tables.
const (
	functionsBegin   = "<!-- functions: written by go test ./engine -run Functions -update -->\n"
	functionsEnd     = "<!-- end of functions -->"
	operatorsBegin   = "<!-- operators: written by go test ./engine/rules -run Operators -update -->\n"
	operatorsEnd     = "<!-- end of operators -->"
	differencesBegin = "<!-- differences: written by go test ./engine/rules -run Differences -update -->\n"
	differencesEnd   = "<!-- end of differences -->"
)

// between holds the part of RULES.md between two marks to what the tables say.
func between(t *testing.T, begin, end, list string) {
	t.Helper()
	raw, err := os.ReadFile(rulesFile)
	require.NoError(t, err)
	before, rest, ok := strings.Cut(string(raw), begin)
	require.True(t, ok, "%s has no line %s", rulesFile, begin)
	have, after, ok := strings.Cut(rest, end)
	require.True(t, ok, "%s has no line %s", rulesFile, end)
	if *update {
		require.NoError(t, os.WriteFile(rulesFile, []byte(before+begin+list+end+after), 0o600))
		return
	}
	require.Equal(t, list, have, "-update writes %s again", rulesFile)
}

// The tests of RULES.md are not parallel: with -update each one rewrites its part.

func TestTheRulesListAllFunctions(t *testing.T) {
	var b strings.Builder
	group := ""
	for _, f := range rules.Functions() {
		if f.Group != group {
			group = f.Group
			fmt.Fprintf(&b, "\n| %s | |\n|---|---|\n", group)
		}
		x := f.Examples[0]
		fmt.Fprintf(&b, "| `%s` | %s `%s` is `%s`. |\n", f.Signature, f.Text, x.Expression, x.Result)
	}
	b.WriteString("\n")
	between(t, functionsBegin, functionsEnd, b.String())
}

func TestTheRulesListAllOperators(t *testing.T) {
	var b strings.Builder
	b.WriteString("\n| operator | | nil on a side |\n|---|---|---|\n")
	for _, o := range rules.Operators() {
		x := o.Examples[0]
		names := strings.ReplaceAll("`"+strings.Join(o.Names, "` `")+"`", "|", `\|`)
		fmt.Fprintf(&b, "| %s | %s `%s` is `%s`. | %s |\n", names, o.Text, strings.ReplaceAll(x.Expression, "|", `\|`), x.Result, o.Nil)
	}
	b.WriteString("\n")
	between(t, operatorsBegin, operatorsEnd, b.String())
}

func TestTheRulesListAllDifferences(t *testing.T) {
	between(t, differencesBegin, differencesEnd, differenceList())
}
