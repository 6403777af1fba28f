package rules_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"tablestep/engine/rules"
)

// problemOf is what emailProblem says, as "problem suggestion"; empty where it says nothing.
func problemOf(t *testing.T, x any) string {
	t.Helper()
	got, _, err := call("emailProblem", x)
	require.NoError(t, err)
	if got == nil {
		return ""
	}
	parts := got.(map[string]any)
	require.Len(t, parts, 2)
	suggestion, _ := parts["suggestion"].(string)
	return strings.TrimSpace(parts["problem"].(string) + " " + suggestion)
}

func TestEmailProblemTellsWhatIsWrong(t *testing.T) {
	t.Parallel()
	for x, want := range map[string]string{
		"jane@example.com": "", " jane@example.com ": "", "Jane.O'Neil+list@mail.Example.co.uk": "", "jürgen@bücher.de": "", "j@x.io": "",
		"jane@bücher.example": "", "jane@xn--bcher-kva.example": "", "user_1@a-b.com": "", "jane@example.photography": "",
		// syntax
		"jane": "syntax", "jane.example.com": "syntax", "@example.com": "syntax", "jane@": "syntax", "jane@example": "syntax", "jane@localhost": "syntax",
		"jane@-example.com": "syntax", "jane@example-.com": "syntax", "jane@192.168.0.1": "syntax", "jane@[192.168.0.1]": "syntax", "jane@example.123": "syntax",
		`"jane doe"@example.com`: "syntax", "n/a": "syntax", "jane@exa_mple.com": "syntax", "jane\x00@example.com": "syntax", "\xff@example.com": "syntax",
		"jane@example..com":                     "syntax jane@example.com",
		".jane@example.com":                     "syntax",
		"jane.@example.com":                     "syntax jane@example.com",
		"jane@example.com.":                     "syntax jane@example.com",
		"Jane Doe <jane@example.com>":           "syntax jane@example.com",
		"<jane@example.com>;":                   "syntax jane@example.com",
		"mailto:jane@example.com?subject=Hi":    "syntax jane@example.com",
		"jane @example.com":                     "syntax jane@example.com",
		"jane@example,com":                      "syntax jane@example.com",
		"jane@gmailcom":                         "syntax jane@gmail.com",
		"jane@@example.com":                     "syntax",
		"jane@example.com, joe@example.com":     "syntax",
		strings.Repeat("x", 65) + "@x.com":      "syntax",
		"x@" + strings.Repeat("y", 64) + ".com": "syntax",
		strings.Repeat("x@", 300):               "syntax",
		// throw-away mailboxes
		"x@mailinator.com": "disposable", "X@Sub.Mailinator.Com": "disposable", "info@yopmail.com": "disposable",
		// typing errors
		"jane@gmial.com": "typo jane@gmail.com", "jane@gamil.com": "typo jane@gmail.com", "jane@gmal.com": "typo jane@gmail.com", "jane@gmaill.com": "typo jane@gmail.com",
		"Jane@GMAIL.CON": "typo Jane@gmail.com", "jane@gmail.co": "typo jane@gmail.com", "jane@gmail.cm": "typo jane@gmail.com", "jane@gmail.comm": "typo jane@gmail.com",
		"jane@gmial.con": "typo jane@gmail.com", "jane@mgail.com": "typo jane@gmail.com", "jane@hotmial.com": "typo jane@hotmail.com", "jane@hotmaill.fr": "typo jane@hotmail.fr",
		"jane@yaho.com": "typo jane@yahoo.com", "jane@yahooo.co.uk": "typo jane@yahoo.co.uk", "jane@hotmail.co.u": "typo jane@hotmail.co.uk", "jane@outlok.com": "typo jane@outlook.com",
		"jane@iclould.com": "typo jane@icloud.com", "jane@t-onlin.de": "typo jane@t-online.de", "jane@googelmail.com": "typo jane@googlemail.com",
		"jane@acme.con": "typo jane@acme.com", "jane@acme.ogr": "typo jane@acme.org", "info@gmx.dee": "typo info@gmx.de",
		// Companies and countries with names near those of mailboxes are left alone.
		"jane@cloud.com": "", "jane@aon.com": "", "jane@bmw.de": "", "jane@msc.com": "", "jane@small.com": "", "jane@mail.com": "", "jane@email.com": "", "jane@gmail.de": "", "jane@hotmail.ch": "",
		"jane@yahoo.com.cn": "", "jane@outlook.cz": "", "jane@gail.co.in": "", "jane@charter.com": "", "jane@orange.com": "", "jane@wer.de": "", "jane@acme.co": "", "jane@acme.cm": "",
		// addresses of functions and machines
		"info@example.com": "role", "Info@Example.com": "role", "sales-emea@example.com": "role", "no-reply@example.com": "role", "web-noreply@example.com": "role",
		"list-bounces+7@example.com": "role", "informatics@example.com": "", "marian.sales@example.com": "",
	} {
		require.Equal(t, want, problemOf(t, x), "%q", x)
	}
	for _, x := range []any{nil, "", "  "} {
		require.Empty(t, problemOf(t, x))
	}
	require.Equal(t, "syntax", problemOf(t, 12))
	require.Contains(t, writtenBefore(t, `emailProblem(["a"])`, lead{}), `emailProblem: argument 1 must be a text, not ["a"]`)
}

// The lists of emailProblem are those of the sample tables, and each row of them holds.
func TestEmailProblemKnowsEveryRowOfTheTables(t *testing.T) {
	t.Parallel()
	for _, domain := range freemailDomains(t) {
		if problem := problemOf(t, "jane@"+domain); problem != "" {
			require.Equal(t, "disposable", problem, domain)
		}
	}
	for _, domain := range columnOf(t, "free-mail", "domain", func(row map[string]string) bool { return row["kind"] == "disposable" }) {
		require.Equal(t, "disposable", problemOf(t, "jane@"+domain), domain)
	}
	for _, local := range roleAddresses(t) {
		require.Equal(t, "role", problemOf(t, strings.ReplaceAll(local, "*", "x")+"@example.com"), local)
	}
}

// Each common domain is in the table, and is found again when two letters of its name are
// swapped, one is doubled or one is left out, where the name has more than four letters.
func TestCommonDomainsAreFoundInTypingErrors(t *testing.T) {
	t.Parallel()
	mailboxes := freemailDomains(t)
	for _, domain := range rules.CommonMail() {
		require.Contains(t, mailboxes, domain)
		name, end, _ := strings.Cut(domain, ".")
		if len(name) < 5 {
			continue
		}
		for i := 1; i < len(name)-1; i++ {
			for _, typed := range []string{
				name[:i] + name[i+1:i+2] + name[i:i+1] + name[i+2:], name[:i] + name[i:i+1] + name[i:], name[:i] + name[i+1:],
			} {
				if typed == name || slices.Contains(mailboxes, typed+"."+end) {
					continue
				}
				require.Equal(t, "typo jane@"+domain, problemOf(t, "jane@"+typed+"."+end), typed)
			}
		}
	}
}

// FuzzEmailProblem: about 1,500 executions a second on two busy cores.
//
//	go test ./engine/rules -run '^$' -fuzz FuzzEmailProblem -fuzztime 30s -fuzzminimizetime 1x
func FuzzEmailProblem(f *testing.F) {
	for _, s := range []string{
		"", "jane@example.com", "jane@gmial.con", `"Jane" <jane@example.co.uk>,`, "jane@食狮.公司.cn", "a@b@c", "x@[::1]", "mailto:a@b.com?c", "\xff@\xfe.com", "info@gmailcom", "jane@gmail,com",
		"a@b.c。com", "<<@>>", "@", "..@..", "x@xn--a.com", "ü@ü.ü", strings.Repeat("a.", 200) + "@b.com", "a@" + strings.Repeat("a.", 200) + "com",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 2000 {
			return
		}
		problem, suggestion, _ := strings.Cut(problemOf(t, s), " ")
		require.Contains(t, []string{"", "syntax", "disposable", "typo", "role"}, problem)
		require.True(t, suggestion == "" || problem == "syntax" || problem == "typo", "%q: %s %s", s, problem, suggestion)
		if suggestion != "" {
			require.True(t, utf8.ValidString(suggestion))
			require.NotEqual(t, s, suggestion)
			again, _, _ := strings.Cut(problemOf(t, suggestion), " ")
			require.NotEqual(t, "syntax", again, "%q: what is meant is an address: %q", s, suggestion)
			require.False(t, problem == "typo" && again == "typo", "%q: what is meant is meant: %q", s, suggestion)
		}
	})
}
