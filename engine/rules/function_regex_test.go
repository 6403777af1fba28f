package rules_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestMatchesOfARegularExpressionAreReplaced(t *testing.T) {
	t.Parallel()
	hold(t, []pair{
		{`regexReplace("a1b22", "[0-9]+", "#")`, `"a#b#"`},
		{`regexReplace("a1b22", "x", "#")`, `"a1b22"`},
		{`regexReplace("", "^$", "empty")`, `"empty"`},
		{`regexReplace("", "x", "y")`, `""`},
		{`regexReplace("abc", "", "-")`, `"-a-b-c-"`},
		{`regexReplace("abc", "b*", "-")`, `"-a-c-"`},
		{`regexReplace("é ü", "\\pL", "$0$0")`, `"éé üü"`},
		{`regexReplace("ab", "(a)|(b)", "[$1$2]")`, `"[a][b]"`},
		{`regexReplace("2024-05", "(?P<y>\\d+)-(?P<m>\\d+)", "${m}/${y} ${0}")`, `"05/2024 2024-05"`},
		{`regexReplace("5", "(\\d)", "$1x$$1")`, `"5x$1"`},
		{`regexReplace("ABC", "(?i)b", "-")`, `"A-C"`},
		{`regexReplace(125, "2", "-")`, `"1-5"`},
		{`regexReplace(nil, "2", "-")`, `""`},
		{`regexReplace("a", "a", nil)`, `""`},
		{`sha256("jane@example.com")`, `"8c87b489ce35cf2e2f39f80e282cb2e804932a56a213983eeeb428407d43b52d"`},
		{`sha256(nil)`, `""`},
		{`len(sha256(5))`, `64`},
		{`left(sha256("jane@example.com"), 16) == hash("jane@example.com")`, `true`},
	})
	for expression, message := range map[string]string{
		`regexReplace("a", lead.re, "")`:                                   "regexReplace: the regular expression is wrong: missing closing ): `(`",
		`regexReplace("a", "a", "$1")`:                                     `regexReplace: argument 3: the regular expression has no group 1; a dollar sign is written $$`,
		`regexReplace("a", "(a)", "${x}")`:                                 `regexReplace: argument 3: the regular expression has no group "x"; a dollar sign is written $$`,
		`regexReplace("a", "(a)", "$x")`:                                   `regexReplace: argument 3: behind $ stands the number of a group`,
		`regexReplace("a", "a", "cost $")`:                                 `regexReplace: argument 3: behind $ stands`,
		`regexReplace("a", "a", "${1")`:                                    `regexReplace: argument 3: behind $ stands`,
		`regexReplace(lead.long, "a", lead.long)`:                          "regexReplace: the text would be longer than 8192 bytes",
		`regexReplace(lead.long, "", "12345")`:                             "regexReplace: the text would be longer than 8192 bytes",
		`regexReplace(lead.long, "(" + left(lead.long, 400) + "){9}", "")`: "regexReplace: the regular expression repeats too much",
		`regexReplace(lead.long, left(lead.long, 501), "")`:                "regexReplace: the regular expression has 501 bytes; at most 500 are allowed",
		`regexReplace(["a"], "a", "b")`:                                    `regexReplace: argument 1 must be a text, not ["a"]`,
		`sha256(["a"])`:                                                    `sha256: argument 1 must be a text, not ["a"]`,
	} {
		require.Contains(t, writtenBefore(t, expression, lead{"lead.re": "(", "lead.long": strings.Repeat("a", 2000)}), message, expression)
	}
	// Where each search may go through all of the text in vain, each is paid for.
	slow := lead{"lead.long": strings.Repeat("a", 2000)}
	for _, pattern := range []string{"a.*b|a", "(?:a.*b)?a", "a(?:.*b)?", "(?:a(?:a*b)?)", "a(.{0,900}b)?", "(a?a.{0,40}b|a)", "(?:a(?:a?){50}b)?a"} {
		require.Contains(t, written(t, `regexReplace(lead.long, "`+pattern+`", "x")`, slow), "regexReplace: the expression takes too long for one lead", pattern)
	}
	for _, pattern := range []string{"a", "a*?", "a.*b", "a+", "(a|b)*", "[^b]", "(a)(a)?", "a.{0,5}", "a.{0,900}", "(a.{0,30}b)?a"} {
		require.Contains(t, written(t, `regexReplace(lead.long, "`+pattern+`", "x")`, slow), "rules only; set.out = text ", pattern)
	}
	require.Contains(t, written(t, `regexReplace(lead.x, "(a", "")`, lead{}), "refused: ", "a regular expression that is wrong is told when the rule set is saved")
	require.Contains(t, written(t, `regexReplace(lead.x, "a", "$1")`, lead{}), "refused: ", "and so is a group that there is not")
}

func TestATextOfAMegabyteIsRefusedBeforeItsMatchesAreMade(t *testing.T) {
	huge := strings.Repeat("a", 1<<20)
	for _, pattern := range []string{"", "a", strings.Repeat("(", 100) + "." + strings.Repeat(")", 100)} {
		var err error
		require.Less(t, testing.AllocsPerRun(1, func() { _, _, err = call("regexReplace", huge, pattern, "x") }), 20_000.0, pattern)
		require.ErrorContains(t, err, "takes too long for one lead", pattern)
	}
}

// FuzzRegexReplace holds it against Go's ReplaceAllString; about 600 executions a second on
// two cores.
//
//	go test ./engine/rules -run '^$' -fuzz FuzzRegexReplace -fuzztime 30s -fuzzminimizetime 1x
func FuzzRegexReplace(f *testing.F) {
	for _, s := range [][3]string{
		{"a1b22", "[0-9]+", "#"},
		{"2024-05", `(?P<y>\d+)-(\d+)`, "${y}$2$$"},
		{"", "", "x"},
		{"ééé", ".", "$0$0"},
		{"aaa", "(a*)*", "$1"},
		{"\xff\xfe", ".", "-"},
		{"x", "(x){1000}", "$9"},
		{"abc", "^|$", "${0}"},
		{strings.Repeat("a", 2000), "", "12345"},
		{"a\nb", "(?m)^", "> "},
	} {
		f.Add(s[0], s[1], s[2])
	}
	f.Fuzz(func(t *testing.T, s, pattern, with string) {
		if len(s)+len(pattern)+len(with) > 3000 {
			return
		}
		got, _, err := call("regexReplace", s, pattern, with)
		if err != nil {
			require.Nil(t, got)
			return
		}
		text, ok := got.(string)
		require.True(t, ok)
		require.LessOrEqual(t, len(text), 8192)
		// Go takes $1x for a group of the name 1x, and so it is given ${1}.
		want := regexp.MustCompile(pattern).ReplaceAllString(s, regexp.MustCompile(`\$\$|\$\{[^}]*\}|\$[0-9]`).ReplaceAllStringFunc(with, func(ref string) string {
			if len(ref) == 2 && ref != "$$" {
				return "${" + ref[1:] + "}"
			}
			return ref
		}))
		require.Equal(t, want, text, "%q, %q, %q", s, pattern, with)
		if utf8.ValidString(s) && utf8.ValidString(with) {
			require.True(t, utf8.ValidString(text))
		}
	})
}
