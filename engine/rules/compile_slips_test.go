package rules_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine/rules"
)

// slipsFile has what people write who come from elsewhere, each with column and message
// that answer it; an expression stands as Go quotes it. -update writes the answers again.
const slipsFile = "testdata/slips.tsv"

// answerTo is what Compile says of an expression: column and message of its one problem,
// or its warnings, or nothing.
func answerTo(expression string) string {
	p, err := rules.Compile(one(expression), rules.Options{})
	if problems, ok := err.(rules.Problems); ok { //nolint:errorlint // Compile gives no other ones
		return fmt.Sprintf("%d\t%s", problems[0].Column, problems[0].Message)
	}
	var told []string
	for _, w := range p.Warnings() {
		told = append(told, fmt.Sprintf("%d\twarning: %s", w.Column, w.Message))
	}
	if len(told) == 0 {
		return "0\tfine"
	}
	return strings.Join(told, "; ")
}

func TestSlipsAreAnsweredWithTheSpellingThatIsRight(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(slipsFile)
	require.NoError(t, err)
	var written strings.Builder
	answered := 0
	for line := range strings.Lines(string(data)) {
		quoted, want, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		expression, err := strconv.Unquote(quoted)
		require.NoError(t, err, line)
		got := answerTo(expression)
		fmt.Fprintf(&written, "%s\t%s\n", quoted, got)
		if !*update {
			require.Equal(t, want, got, expression)
		}
		answered++
	}
	require.Greater(t, answered, 200)
	if *update {
		require.NoError(t, os.WriteFile(slipsFile, []byte(written.String()), 0o644)) //nolint:gosec // a file of the repository
	}
}

// TestWhatPeopleTypeFirstHasTheRightSpellingInItsAnswer: the answers of the file above are
// rewritten by a flag; of these it is written here what must stand in them.
func TestWhatPeopleTypeFirstHasTheRightSpellingInItsAnswer(t *testing.T) {
	t.Parallel()
	for expression, spelling := range map[string]string{
		`lead.country = "US"`:                        "14 write == to compare",
		`lead.a == "x" AND lead.b == "y"`:            "write and in small letters",
		`lead.a == "x" OR lead.b == "y"`:             "write or in small letters",
		`NOT lead.a`:                                 "write not in small letters",
		`lead.a <> "x"`:                              "write !=",
		`lead.a & lead.b`:                            "write and (or &&) between conditions, and + to join texts",
		`IF(lead.a, 1, 2)`:                           "condition ? value : other",
		`lead.a == null`:                             "write nil",
		`lead.a is null`:                             "write == nil",
		`contains(lead.a, "x")`:                      `lead.a contains "x"`,
		`lead.Lead Score > 10`:                       `lead["Lead Score"]`,
		`lead.a == “US”`:                             "write \"…\"",
		`lead.a == TRUE`:                             "write true",
		`int(lead.a)`:                                "integer(x)",
		`lead.a matches /vp/i`:                       "matches `(?i)vp`",
		`lead.a ≥ 5`:                                 "write >=",
		`lead.a in ("x", "y")`:                       `in ["x", "y"]`,
		`lead.a.contains("y")`:                       `write lead.a contains "y"`,
		`{{lead.Lead Score}}`:                        `lead["Lead Score"]`,
		`${lead.a}`:                                  "lead.a, without",
		`LEFT(lead.a, 2)`:                            "left(x, n)",
		`isNull(lead.a)`:                             "x == nil",
		`lead.d > 2024-01-31`:                        `date("2024-01-31")`,
		`lead.a == 1,000`:                            "1000",
		`if lead.a { 1 } elseif lead.b { 2 }`:        "else if",
		`lead.a like "%x%"`:                          "contains",
		`date(lead.a) - date(lead.b)`:                "daysBetween(date(lead.b), date(lead.a))",
		`lead.d > date("2024-01-01")`:                "write date(lead.d)",
		`lead.d == date("2024-01-01")`:               "write date(lead.d)",
		`lower(lead.d) > now()`:                      "write date(lower(lead.d))",
		`now() - 7`:                                  "addDays(now(), -7)",
		`now().year`:                                 "formatDate(now(), \"YYYY\")",
		`lookup("t", lead.a) == "x"`:                 "name a column",
		`lookup("t", lead.a).start > date(lead.end)`: `write date(lookup("t", lead.a).start)`,
		`"Hello {{lead.First Name}}"`:                `join it with +`,
	} {
		require.Contains(t, strings.Replace(answerTo(expression), "\t", " ", 1), spelling, expression)
	}
}

// raw are parts of the parser's own messages, which are for programmers.
var raw = []string{"unexpected token", "Operator(", "Identifier(", "Bracket(", "Number(", "String(", "EOF", "literal", "unrecognized", "cannot be evaluated", "predicate with brackets", "unescape", "maximum allowed", "U+0"}

func requireWords(t *testing.T, expression string) {
	t.Helper()
	answer := answerTo(expression)
	for _, part := range raw {
		if strings.Contains(answer, part) && !strings.Contains(expression, part) {
			require.NotContains(t, answer, part, "%q", expression)
		}
	}
}

// TestNoMessageIsTheParsersOwn breaks expressions in many places, and reads what is said.
func TestNoMessageIsTheParsersOwn(t *testing.T) {
	t.Parallel()
	pieces := []string{"lead", ".", "x", " ", "(", ")", "[", "]", "{", "}", `"a"`, `"`, "'", "`", "5", "1e", "0x", ",", ";", ":", "?", "??", "?.", "and", "not", "in", "if", "else", "let", "=", "==", "<", "-", "+", "*", "**", "|", "||", "&", "#", "/", "//", "/*", "*/", `\`, "“", "@", "any", "lower", "map", "..", "b", "{{", "$", "%", "é", "\u200b", "9999999999999999999", "contains", "row", "nil"}
	for _, a := range pieces {
		for _, b := range pieces {
			requireWords(t, a+b)
			requireWords(t, a+" "+b)
			requireWords(t, "lead.a "+a+" "+b+" lead.b")
			requireWords(t, "lower(lead.a"+a+b)
			requireWords(t, `lead.a == "US" and `+a+` (`+b)
		}
	}
	for _, x := range append(flat()[:900], shapes()[:600]...) {
		for cut := 1; cut < len(x); cut += 5 {
			requireWords(t, x[:cut])
			requireWords(t, x[cut:])
		}
	}
}

func FuzzNoMessageIsTheParsersOwn(f *testing.F) {
	for _, x := range []string{`lead.a = “x`, `{{my.Event Date}} AND (`, `any(words(lead.t), {let x = #; x == "vp"})`, `lead.a matches /a\/b/i`, "lead.First Name <> 1,000"} {
		f.Add(x)
	}
	f.Fuzz(requireWords)
}
