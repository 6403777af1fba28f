package rules_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/engine/rules"
)

// layouts writes rules in different layouts: JSON on one line, JSON on many, YAML on
// one line and on many.
func layouts(t testing.TB, n int) map[string]string {
	t.Helper()
	type rule struct {
		Name string            `json:"name"`
		When string            `json:"when"`
		Set  map[string]string `json:"set"`
	}
	set := struct {
		Name  string `json:"name"`
		Rules []rule `json:"rules"`
	}{Name: "layout"}
	var yaml, flow strings.Builder
	yaml.WriteString("name: layout\nrules:\n")
	flow.WriteString("{name: layout, rules: [")
	for i := range n {
		when, value := fmt.Sprintf(`lead.country == "C%d"`, i), fmt.Sprintf("lead.score > %d", i)
		set.Rules = append(set.Rules, rule{fmt.Sprint("r", i), when, map[string]string{"grade": value}})
		fmt.Fprintf(&yaml, "  - name: r%d\n    when: %s\n    set:\n      grade: %s\n", i, when, value)
		fmt.Fprintf(&flow, `{name: r%d, when: '%s', set: {grade: '%s'}}, `, i, when, value)
	}
	flow.WriteString("]}")
	var line, many bytes.Buffer
	for buffer, indent := range map[*bytes.Buffer]string{&line: "", &many: "  "} {
		encoder := json.NewEncoder(buffer)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", indent)
		require.NoError(t, encoder.Encode(set))
	}
	return map[string]string{"JSON on one line": line.String(), "JSON": many.String(), "YAML on one line": flow.String(), "YAML": yaml.String()}
}

// oneLine is a rule set of 400 rules as a program sends it: JSON on one line.
func oneLine(t testing.TB) (string, *rules.Program) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "one-line-ruleset.json"))
	require.NoError(t, err)
	require.NotContains(t, strings.TrimSpace(string(raw)), "\n")
	return string(raw), compile(t, string(raw))
}

func TestFailuresOnALongLineHaveTheirPlace(t *testing.T) {
	t.Parallel()
	source, p := oneLine(t)
	for _, n := range []int{0, 1, 200, 399} {
		f := run(t, p, batchOf(lead{"lead.country": fmt.Sprint("C", n), "lead.score": "n/a"})).Failure(0)
		require.NotNil(t, f)
		require.Equal(t, 1, f.Line)
		require.Equal(t, strings.Index(source, fmt.Sprintf(`> %d"`, n))+1, f.Column)
	}
}

// TestAPlaceOnALongLineIsFoundWithoutTheLine is not parallel: it looks at what the
// process allocates. Whoever walks the line makes a copy of it, of 150 KB.
func TestAPlaceOnALongLineIsFoundWithoutTheLine(t *testing.T) {
	_, p := oneLine(t)
	batch := batchOf(lead{"lead.country": "C399", "lead.score": "n/a"})
	var out rules.Results
	require.NoError(t, p.Run(context.Background(), batch, &out))
	require.Equal(t, 1, out.Failed())
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 100 {
		require.NoError(t, p.Run(context.Background(), batch, &out))
	}
	runtime.ReadMemStats(&after)
	require.Less(t, (after.TotalAlloc-before.TotalAlloc)/100, uint64(20_000), "bytes a failure")
}

// TestALongLineIsCheckedInTime: with a walk along the line for each failure, this
// took 11 s and more, and the rules were refused as too slow.
func TestALongLineIsCheckedInTime(t *testing.T) {
	took := stopwatch()
	_, p := oneLine(t)
	require.NoError(t, p.CheckCost(context.Background(), nil))
	require.Less(t, took(), 2*time.Second*slowdown)
}

func TestACheckCostsTheSameWhateverTheLayout(t *testing.T) {
	t.Parallel()
	costs := map[string]rules.Cost{}
	for name, source := range layouts(t, 100) {
		p := compile(t, source)
		cost, err := p.Probe(context.Background(), nil)
		require.NoError(t, err)
		require.NoError(t, p.CheckCost(context.Background(), nil))
		costs[name] = cost
	}
	for name, cost := range costs {
		require.Equal(t, costs["YAML"].PerLead, cost.PerLead, name)
		for i := range cost.Expressions {
			require.Equal(t, costs["YAML"].Expressions[i].PerLead, cost.Expressions[i].PerLead, name)
		}
	}
}

func TestFailuresHaveTheirPlaceWhateverTheLayout(t *testing.T) {
	t.Parallel()
	for name, source := range layouts(t, 50) {
		p := compile(t, source)
		for _, i := range []int{0, 7, 49} {
			f := run(t, p, batchOf(lead{"lead.country": fmt.Sprint("C", i), "lead.score": "n/a"})).Failure(0)
			require.NotNil(t, f, name)
			lines := strings.Split(source, "\n")
			require.LessOrEqual(t, f.Line, len(lines))
			line := []rune(lines[f.Line-1])
			require.Equal(t, fmt.Sprintf("> %d", i), string(line[f.Column-1:f.Column-1+len(fmt.Sprintf("> %d", i))]), name)
			require.True(t, strings.HasSuffix(string(line[:f.Column-1]), "lead.score "), name)
		}
	}
}

// TestPlacesAgreeWithAWalk holds the index of lines and characters against walking
// through the text, on texts with characters of all widths.
func TestPlacesAgreeWithAWalk(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "a", "\n", "a\nb", "äöü\n\né", strings.Repeat("x", 64), strings.Repeat("x", 65) + "\ny", strings.Repeat("é", 100) + "\n" + strings.Repeat("😀", 70) + "\r\nz",
		strings.Repeat("a\n", 200) + "ende", "\ufefföa\nb", "日本語" + strings.Repeat(" ", 130) + "x",
	} {
		line, column := 1, 1
		walked := strings.TrimPrefix(text, "\ufeff")
		for offset, r := range walked + "\x00" {
			gotLine, gotColumn, back := rules.Place(text, offset)
			require.Equal(t, [2]int{line, column}, [2]int{gotLine, gotColumn}, "offset %d of %q", offset, text)
			require.Equal(t, offset, back, "the way back in %q", text)
			column++
			if r == '\n' {
				line, column = line+1, 1
			}
		}
	}
}

func TestSnippetsShowTheSurroundingsOfThePlace(t *testing.T) {
	t.Parallel()
	x := strings.Repeat("x", 300)
	for _, c := range []struct {
		name, when, line, caret string
	}{
		{"short", `leed.a`, `    when: leed.a`, `          ^`},
		{"a tab", "leed.a == \"\t\"", `    when: leed.a == " "`, `          ^`},
		{"long behind", `leed.a == "` + x + `"`, (`    when: leed.a == "` + x)[:100], `          ^`},
		{"long before", `"` + x + `" == leed.a`, (`    when: "` + x + `" == leed.a`)[len(`    when: "`+x+`" == leed.a`)-100:], strings.Repeat(" ", 94) + "^"},
		{"long on both sides", `"` + x + `" == leed.a || "` + x + `" == ""`, x[:45] + `" == leed.a || "` + x[:39], strings.Repeat(" ", 50) + "^"},
		{"wide characters", `"` + strings.Repeat("é", 80) + `" == leed.a`, strings.Repeat("é", 80), strings.Repeat(" ", 0)},
	} {
		t.Run(c.name, func(t *testing.T) {
			source := ruleOf("|\n    " + c.when)
			source = strings.Replace(source, "|\n    ", "", 1)
			if strings.HasPrefix(c.when, `"`) {
				source = ruleOf("|\n          " + c.when)
				c.line = strings.Replace(c.line, "    when: ", "          ", 1)
			}
			var p *rules.Problem
			require.ErrorAs(t, check(source), &p)
			lines := strings.Split(p.Snippet, "\n")
			require.Len(t, lines, 2)
			if c.name == "wide characters" {
				require.Equal(t, len([]rune(c.line))+6, strings.Count(lines[0], "é")+6)
				caret := strings.Index(lines[1], "^")
				require.Equal(t, "leed.a", string([]rune(lines[0])[caret:]))
				return
			}
			require.Equal(t, "  | "+c.line, lines[0])
			require.Equal(t, "  | "+c.caret, lines[1])
		})
	}
}
