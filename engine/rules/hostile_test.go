package rules_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/engine/rules"
)

// childVariable tells the test binary to be the child that runs hostile rules.
const childVariable = "TABLESTEP_RULES_HOSTILE"

// listsOfLists is a list of lists of lists: nine million numbers in few letters.
func listsOfLists(name string) string {
	s := "let " + name + " = 1..900; "
	for range 4 {
		next := string(name[0] + 1)
		s += "let " + next + " = [" + strings.Repeat(name+",", 9) + name + "]; "
		name = next
	}
	return s + "let f = " + name + "; "
}

// hostile are expressions that have brought services down, or would.
func hostile() map[string]string {
	rep := strings.Repeat
	doubling := `let a = "` + rep("x", 1000) + `"; `
	for i := range 10 {
		doubling += "let " + string(rune('b'+i)) + " = " + string(rune('a'+i)) + " + " + string(rune('a'+i)) + "; "
	}
	loop := "1..900"
	return map[string]string{
		"8 million parentheses":     rep("(", 8_000_000) + "1" + rep(")", 8_000_000),
		"8,000 parentheses":         rep("(", 4000) + "1" + rep(")", 4000),
		"brackets":                  rep("[", 4000) + rep("]", 4000),
		"braces":                    rep("{a:", 2000) + "1" + rep("}", 2000),
		"exclamation marks":         rep("!", 8000) + "true",
		"minus signs":               rep("- ", 4000) + "1",
		"not not not":               rep("not ", 2000) + "true",
		"powers":                    "2" + rep("**2", 2600),
		"conditionals":              rep("true?", 1600) + "1" + rep(":1", 100),
		"conditionals to the right": rep("lead.x?1:", 900) + "1",
		"let in let":                rep("let x=1;", 1000) + "1",
		"if else if":                rep("if lead.x {1} else ", 400) + "{1}",
		"a chain of or":             "lead.x" + rep("||true", 1300),
		"a chain of comparisons":    "1" + rep("<lead.x", 1100),
		"a chain of and": "lead.a0" + func() (s string) {
			for i := range 590 {
				s += "&&lead.a" + string(rune('a'+i%26)) + string(rune('a'+i/26))
			}
			return
		}(),
		"a chain of plus":                 "1" + rep("+1", 4000),
		"dots":                            "lead" + rep(".a", 4000),
		"indexes":                         "lead.x" + rep("[0]", 4000),
		"dots of chains":                  rep("(", 500) + "lead" + rep("?.a).b", 500),
		"pipes":                           "lead.x" + rep("|lower()", 1000),
		"ten doublings":                   doubling + "k",
		"doublings in a list":             doubling + "join([k,k,k,k,k,k,k,k,k,k], k)",
		"repeat":                          `repeat("x", 1000000000)`,
		"lists in lists, the largest":     listsOfLists("a") + "max(f)",
		"lists in lists, summed":          listsOfLists("a") + "sum(f)",
		"a long range":                    "1..1000000000",
		"a range to the end":              "-9223372036854775807..9223372036854775807",
		"sum of a long range":             "sum(1..100000000)",
		"loops in loops":                  "count(" + loop + ", any(" + loop + ", # < 0))",
		"loops over a variable":           "let a = " + loop + "; count(a, count(a, # > 5) > 5)",
		"loops in loops in loops":         "count(" + loop + ", count(" + loop + ", count(" + loop + ", true) > 0) > 0)",
		"maps of maps":                    "map(" + loop + ", map(" + loop + ", " + loop + "))[0]",
		"text in loops":                   "count(" + loop + ", len(lead.long + lead.long) > 5)",
		"similarity in loops":             "count(" + loop + ", similarity(lead.long, lead.other) > 0.5)",
		"split in loops":                  `count(` + loop + `, len(split(lead.long, "a")) > 5)`,
		"replace that grows":              `replace(replace(lead.long, "a", lead.long), "a", lead.long)`,
		"a regular expression in loops":   `count(` + loop + `, lead.long matches "(a|aa|aaa)*b(a|aa)*$")`,
		"a regular expression that grows": `lead.x matches "((x{100}){100}){100}"`,
		"a long regular expression":       `lead.x matches "` + rep("x{1000}", 1000) + `"`,
		"a slow regular expression":       `lead.long matches "(a*)*(a*)*(a*)*(a*)*b"`,
		"many regular expressions":        "any(" + loop + `, lead.long matches ("(a|b)*c" + string(#)))`,
		"hash in loops":                   "count(" + loop + `, hash(lead.long) == "x")`,
		"lookups in loops":                "count(" + loop + `, exists("territories", string(#)))`,
		"a hundred similarities":          rep("similarity(lead.long, lead.other) + ", 100) + "1",
		"dates in loops":                  "count(" + loop + `, date(lead.long, "YYYY") == nil)`,
		"a deep list":                     "flatten([[[[1]]]])",
		"environment":                     "$env",
		"environment by name":             `$env["$machine"]`,
		"the machine":                     "$machine",
		"a hidden function":               `$tick($machine, -1000000000)`,
		"a built-in by its path":          `::repeat("x", 100000000)`,
		"a method":                        "now().String()",
		"division of the smallest":        "(-9223372036854775807 - 1) % -1",
		"unclosed text":                   `"` + rep("x", 5000),
		"unclosed comment":                "/*" + rep("*", 5000),
		"NUL":                             "\x00",
		"not UTF-8":                       "\"\xff\xfe\"",
		"nothing":                         "",
		"oneOf in loops":                  "count(" + loop + ", oneOf(lead.long, 1.." + "900))",
	}
}

// A hostileReport is what a child process says of a rule.
type hostileReport struct {
	Outcome      string
	Milliseconds float64
	Megabytes    float64
}

// runHostile compiles and runs a rule in a process of its own, which must live.
func runHostile(t *testing.T, exe, expression string) hostileReport {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	child := exec.CommandContext(ctx, exe, "-test.run=^TestHostileChild$")
	child.Env = append(os.Environ(), childVariable+"=1", "GOMEMLIMIT=off")
	child.Stdin = strings.NewReader(expression)
	var stderr bytes.Buffer
	child.Stderr = &stderr
	answer, err := child.Output()
	require.NoError(t, err, "the process died: %.500s", stderr.String())
	var report hostileReport
	line, _, _ := bytes.Cut(answer, []byte("\n"))
	require.NoError(t, json.Unmarshal(line, &report), "%s", answer)
	return report
}

func TestHostileRulesAreRefusedOrDoneInTime(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a process a rule")
	}
	exe, err := os.Executable()
	require.NoError(t, err)
	for name, expression := range hostile() {
		t.Run(name, func(t *testing.T) {
			report := runHostile(t, exe, expression)
			// A busy machine only ever makes it longer, so the best of a few counts.
			for try := 1; try < 5 && report.Milliseconds >= 50*slowdown; try++ {
				report = runHostile(t, exe, expression)
			}
			t.Logf("%.1f ms, %.1f MB, %.150s", report.Milliseconds, report.Megabytes, report.Outcome)
			require.NotEmpty(t, report.Outcome)
			require.Less(t, report.Milliseconds, 50.0*slowdown)
			require.Less(t, report.Megabytes, 50.0)
		})
	}
}

// TestHostileChild is the process that TestHostileRulesAreRefusedOrDoneInTime
// starts.
func TestHostileChild(t *testing.T) {
	if os.Getenv(childVariable) == "" {
		return // it runs as a child process only
	}
	var in bytes.Buffer
	_, err := in.ReadFrom(os.Stdin)
	require.NoError(t, err)
	expression := in.String()
	l := lead{"lead.x": "5", "lead.long": strings.Repeat("a", 8000), "lead.other": strings.Repeat("ab", 4000)}
	batch := batchOf(l)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	elapsed := stopwatch()
	outcomeText := attempt(expression, batch)
	took := elapsed()
	runtime.ReadMemStats(&after)
	require.NoError(t, json.NewEncoder(os.Stdout).Encode(map[string]any{
		"Outcome": outcomeText, "Milliseconds": float64(took.Microseconds()) / 1000, "Megabytes": float64(after.TotalAlloc-before.TotalAlloc) / 1e6,
	}))
}

func attempt(expression string, batch *rules.Batch) string {
	p, err := rules.Compile(one(expression), rules.Options{})
	if err != nil {
		var problem *rules.Problem
		if !errors.As(err, &problem) {
			return ""
		}
		return "refused: " + problem.Message
	}
	var out rules.Results
	if err := p.Run(context.Background(), batch, &out); err != nil {
		return ""
	}
	return "done: " + outcome(&out, 0)
}
