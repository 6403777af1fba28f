package main_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/api/shape"
)

// fails runs a command that the service refuses, and returns what it says.
func (p *process) fails(args ...string) string {
	p.t.Helper()
	code, out, errs := command(p.t, append(args, "--server", p.url, "--admin-key", testAdminKey)...)
	require.Equal(p.t, 1, code, "%s%s", out, errs)
	return errs
}

func TestADeletedTableComesBackOnTheCommandLine(t *testing.T) {
	t.Parallel()
	p := serve(t, t.TempDir())
	sample(p)
	rows, lookup := p.client("table", "export", "country-codes"), p.client("table", "lookup", "country-codes")
	require.Equal(t, "TABLE  VERSIONS  DELETED  RESTORE UNTIL  WITH\n", p.client("table", "list", "--deleted"))

	// Nothing happens where nobody has said yes.
	code, out, errs := command(t, "table", "delete", "country-codes", "--server", p.url, "--admin-key", testAdminKey)
	require.Equal(t, 2, code)
	require.Empty(t, out)
	require.Contains(t, errs, "The table country-codes is deleted with all its versions. Within 30 days it can be restored.")
	require.Equal(t, rows, p.client("table", "export", "country-codes"))

	require.Equal(t, "country-codes is deleted; for 30 days it can be restored\n", p.client("table", "delete", "country-codes", "--yes"))
	require.Contains(t, p.fails("table", "show", "country-codes"), "TABLE_NOT_FOUND")
	require.Regexp(t, `(?m)^country-codes +1 +2\S+Z +2\S+Z +lookups country-codes$`, p.client("table", "list", "--deleted"))
	require.NotContains(t, p.client("table", "list"), "country-codes")
	require.Equal(t, "country-codes is restored: live version 1, 1519 rows\n", p.client("table", "restore", "country-codes"))
	require.Equal(t, rows, p.client("table", "export", "country-codes"))
	require.Equal(t, lookup, p.client("table", "lookup", "country-codes"))
	require.Contains(t, p.fails("table", "restore", "country-codes"), "TABLE_NOT_FOUND")

	// A table of the name has come meanwhile.
	p.client("table", "delete", "country-codes", "--yes")
	sample(p)
	require.Contains(t, p.fails("table", "restore", "country-codes"), "restore it under another one (CONFLICT)")
	require.Contains(t, p.client("table", "restore", "country-codes", "--as", "codes-before"), "codes-before is restored")
	require.Equal(t, rows, p.client("table", "export", "codes-before"))

	require.Equal(t, "codes-before is deleted for good\n", p.client("table", "delete", "codes-before", "--purge", "--yes"))
	require.Contains(t, p.fails("table", "restore", "codes-before"), "TABLE_NOT_FOUND")
	p.client("table", "delete", "country-codes", "--yes")
	p.stop()

	// It waits for the next start, and goes for good when that is asked for.
	p = serve(t, p.data)
	var list shape.Tables
	require.NoError(t, json.Unmarshal([]byte(p.client("table", "list", "--deleted", "--json")), &list))
	require.Len(t, list.Deleted, 1)
	require.Equal(t, "country-codes", list.Deleted[0].Name)
	p.client("table", "delete", "country-codes", "--purge", "--yes")
	require.Contains(t, p.fails("table", "restore", "country-codes"), "TABLE_NOT_FOUND")
	require.Contains(t, p.fails("table", "delete", "country-codes", "--purge", "--yes"), "TABLE_NOT_FOUND")
	p.stop()
}

// commandsOf are the lines of the first block below a heading of a document, without the
// program's name.
func commandsOf(t *testing.T, file, heading string) (commands [][]string) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(root, file))
	require.NoError(t, err)
	_, rest, ok := strings.Cut(string(raw), "\n"+heading)
	require.True(t, ok, "%s has no %q", file, heading)
	block := regexp.MustCompile("(?s)```[a-z]+\n(.*?)```").FindStringSubmatch(rest)
	require.NotNil(t, block)
	for line := range strings.Lines(block[1]) {
		commands = append(commands, strings.Fields(strings.TrimPrefix(line, "tablestep ")))
	}
	return commands
}

func TestTheCommandsOfOperatingRestoreAndPurge(t *testing.T) {
	t.Parallel()
	p := serve(t, t.TempDir())
	commands := commandsOf(t, "cmd/tablestep/OPERATING.md", "## Deleting and restoring")
	require.Len(t, commands, 4)
	for range 2 {
		sample(p)
		p.client("table", "delete", "country-codes", "--yes")
	}
	require.Equal(t, 2, strings.Count(p.client(commands[0]...), "lookups country-codes"))
	require.Contains(t, p.client(commands[1]...), "country-codes is restored")
	require.Contains(t, p.client(commands[2]...), "country-codes-before is restored")
	require.Equal(t, "country-codes is deleted for good\n", p.client(commands[3]...))
	require.NotContains(t, p.client(commands[0]...), "country-codes ")
	p.stop()
}

func TestADeletedRuleSetComesBackOnTheCommandLine(t *testing.T) {
	t.Parallel()
	p := serve(t, t.TempDir())
	file := filepath.Join(t.TempDir(), "tiers.yaml")
	apply := func(tier string) (source string) {
		source = "name: tiers\nrules:\n  - {name: any, when: 'true', set: {tier: '\"" + tier + "\"'}}\n"
		require.NoError(t, os.WriteFile(file, []byte(source), 0o600))
		p.client("rules", "apply", file)
		return source
	}
	silver := apply("Silver")
	require.Equal(t, "tiers is deleted; for 30 days it can be restored\n", p.client("rules", "delete", "tiers", "--yes"))
	require.Contains(t, p.fails("rules", "show", "tiers"), "RULESET_NOT_FOUND")
	require.Regexp(t, `(?m)^RULE SET +VERSIONS`, p.client("rules", "list", "--deleted"))
	require.Regexp(t, `(?m)^tiers +1 +2\S+Z +2\S+Z *$`, p.client("rules", "list", "--deleted"))
	require.NotContains(t, p.client("table", "list", "--deleted"), "tiers")
	require.Equal(t, "tiers is restored: live version 1\n", p.client("rules", "restore", "tiers"))
	require.Equal(t, silver, p.client("rules", "show", "tiers"))

	p.client("rules", "delete", "tiers", "--yes")
	gold := apply("Gold")
	require.Contains(t, p.fails("rules", "restore", "tiers"), "CONFLICT")
	require.Equal(t, "before is restored: live version 1\n", p.client("rules", "restore", "tiers", "--as", "before"))
	// Leads meet the rules that were restored, and not others of their number.
	for ruleSet, tier := range map[string]string{"before": "Silver", "tiers": "Gold"} {
		got := answers(t, p, `{"objectType":"lead","objectContext":{"id":1},"flowStepContext":{"table":"none","ruleSet":"`+ruleSet+`"}}`)
		require.Equal(t, tier, got[0].LeadData["tier"], ruleSet)
	}
	require.Equal(t, gold, p.client("rules", "show", "tiers"))
	require.Equal(t, "before is deleted for good\n", p.client("rules", "delete", "before", "--purge", "--yes", "--force"))
	require.Contains(t, p.fails("rules", "restore", "before"), "RULESET_NOT_FOUND")
	p.stop()
}

func TestTheVersionsOfALookupOnTheCommandLine(t *testing.T) {
	t.Parallel()
	p := serve(t, t.TempDir())
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	set := func(field string, flags ...string) string {
		path := file("lookup.json", `{"match":[{"column":"country","field":"`+field+`"}],"outputs":[{"column":"code","field":"dialCode"}]}`)
		return p.client(append([]string{"table", "lookup", "codes", "--file", path}, flags...)...)
	}
	p.client("table", "import", file("codes.csv", "country,code\nGermany,049\n"))
	require.Equal(t, "VERSION  LIVE  CREATED  BY  MATCHES  WRITES\n", p.client("table", "lookup", "codes", "--versions"))
	require.Regexp(t, `(?m)^codes \(not confirmed\) +- +country = lead\.country`, p.client("table", "show", "codes"))
	require.Equal(t, "lookup codes of codes is set: version 1 (live)\n", set("one"))
	require.Equal(t, "lookup codes of codes is set: version 2 (not published)\n", set("two", "--no-publish"))
	require.Equal(t, "lookup codes of codes is set: version 2 (not published)\n", set("two", "--no-publish"), "equal to the newest")
	listed := p.client("table", "lookup", "codes", "--versions")
	require.Regexp(t, `(?m)^2 +2\S+Z +admin +country = lead\.two \(normalized\) +code to lead\.dialCode$`, listed)
	require.Regexp(t, `(?m)^1 +live +2\S+Z +admin +country = lead\.one`, listed)
	require.Less(t, strings.Index(listed, "lead.two"), strings.Index(listed, "lead.one"), "the newest first")
	require.Regexp(t, `(?m)^codes +1 +country = lead\.one`, p.client("table", "show", "codes"))

	require.Equal(t, "codes version 1 is live\nlookup codes of codes: version 2 is live\n", p.client("table", "publish", "codes", "--lookup", "codes=2"))
	require.Contains(t, p.client("table", "lookup", "codes"), `"version": 2`)
	require.Equal(t, "lookup codes of codes: version 1 is live\n", p.client("table", "rollback", "codes", "--lookup", "codes"))
	require.Contains(t, p.fails("table", "rollback", "codes", "--lookup", "codes"), "no earlier version was live; publish a version by its number instead (VERSION_NOT_FOUND)")
	require.Contains(t, p.fails("table", "publish", "codes", "1", "--lookup", "codes=9"), `version 9 of lookup "codes"`)

	// Where no rows are live there is no line of theirs.
	p.client("table", "import", file("new.csv", "country,code\nGermany,049\n"), "--no-publish")
	p.client("table", "lookup", "new", "--file", filepath.Join(dir, "lookup.json"), "--no-publish")
	require.Equal(t, "lookup new of new: version 1 is live\n", p.client("table", "publish", "new", "--lookup", "new=1"))
	p.stop()
}
