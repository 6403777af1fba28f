package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"
)

// The marks around the README's table of settings.
const (
	settingsBegin = "<!-- settings: written by go test ./cmd/tablestep -run Settings -update -->\n"
	settingsEnd   = "<!-- end of settings -->"
)

// documented is the text of a document of the project.
func documented(t *testing.T, file string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(projectRoot, file))
	require.NoError(t, err)
	return string(raw)
}

// commandLine is the parser of the program.
func commandLine(t *testing.T) *kong.Kong {
	t.Helper()
	parser, err := kong.New(new(cli), kong.Name("tablestep"), kong.DefaultEnvars("TABLESTEP"),
		kong.Exit(func(int) { require.Fail(t, "a command line asked for help") }))
	require.NoError(t, err)
	return parser
}

// settingsOf are the flags of a command, in the order of its help.
func settingsOf(t *testing.T, command string) []*kong.Flag {
	t.Helper()
	for _, child := range commandLine(t).Model.Children {
		if child.Name == command {
			return child.Flags
		}
	}
	require.Fail(t, "no such command", command)
	return nil
}

// settingsTable writes the table of settings as the README has it.
func settingsTable(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("\n| flag | default | |\n|---|---|---|\n")
	for _, f := range settingsOf(t, "serve") {
		name := "--" + f.Name
		if f.Tag.Negatable != "" {
			name = "--[no-]" + f.Name
		}
		standard := ""
		switch {
		case f.HasDefault:
			standard = "`" + f.Default + "`"
		case f.IsBool():
			standard = "`false`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", name, standard, strings.ReplaceAll(f.Help, "|", `\|`))
	}
	b.WriteString("\n")
	return b.String()
}

func TestTheReadmeListsAllSettingsWithTheirDefaults(t *testing.T) {
	text := documented(t, "README.md")
	before, rest, ok := strings.Cut(text, settingsBegin)
	require.True(t, ok, "the README has no mark %q", settingsBegin)
	list, after, ok := strings.Cut(rest, settingsEnd)
	require.True(t, ok)
	if f := flag.Lookup("update"); f != nil && f.Value.String() == "true" {
		list = settingsTable(t)
		require.NoError(t, os.WriteFile(filepath.Join(projectRoot, "README.md"), []byte(before+settingsBegin+list+settingsEnd+after), 0o600))
	}
	require.Equal(t, settingsTable(t), list, "-update writes the list again")
	require.Greater(t, strings.Count(list, "\n| `--"), 25)
}

// documentsWithCommands are the documents that tell people what to type.
func documentsWithCommands() []string {
	return []string{
		"README.md", "cmd/tablestep/OPERATING.md", "engine/rules/RULES.md", "tables/ingest/UPLOADS.md", "tables/index/MATCHING.md",
	}
}

// Words in capitals stand for something in a command that is told, and are no file.
var placeholder = regexp.MustCompile(`\b[A-Z]{2,}\b`)

// TestTheCommandsThatDocumentsNameAreKnown parses what they call "tablestep …":
// commands that were renamed and flags that went are found.
func TestTheCommandsThatDocumentsNameAreKnown(t *testing.T) {
	spans := regexp.MustCompile("`(?:go run \\./cmd/)?tablestep ([a-z][^`]*)`")
	lines := regexp.MustCompile(`(?m)^(?:docker exec tablestep /)?tablestep ([a-z][^#\n]*)`)
	found := 0
	for _, file := range documentsWithCommands() {
		text := documented(t, file)
		var commands []string
		for _, m := range append(spans.FindAllStringSubmatch(text, -1), lines.FindAllStringSubmatch(text, -1)...) {
			commands = append(commands, m[1])
		}
		for _, command := range commands {
			found++
			args := strings.Fields(placeholder.ReplaceAllString(command, "."))
			if _, err := commandLine(t).Parse(args); err != nil {
				// A command may be named without what it works on.
				require.Contains(t, err.Error(), "expected ", "%s: tablestep %s", file, command)
				require.NotContains(t, err.Error(), "unexpected", "%s: tablestep %s", file, command)
			}
		}
	}
	require.GreaterOrEqual(t, found, 8)
}

// TestTheFlagsThatDocumentsNameAreKnown goes through everything that looks like
// a flag or a variable of ours.
func TestTheFlagsThatDocumentsNameAreKnown(t *testing.T) {
	known := map[string]bool{"--help": true}
	variables := map[string]bool{}
	var walk func(n *kong.Node)
	walk = func(n *kong.Node) {
		for _, f := range n.Flags {
			known["--"+f.Name], known["--no-"+f.Name] = true, true
			for _, v := range f.Envs {
				variables[v] = true
			}
		}
		for _, child := range n.Children {
			walk(child)
		}
	}
	walk(commandLine(t).Model.Node)
	require.True(t, variables["TABLESTEP_PUBLIC_URL"], "%v", variables)
	// Flags of other programs in the examples.
	for foreign := range strings.FieldsSeq("--build-arg --name --memory --ulimit --stop-timeout --system --shell --include") {
		known[foreign] = true
	}
	for v := range strings.FieldsSeq("TABLESTEP_ROUNDS TABLESTEP_ATTACK_ROUNDS TABLESTEP_DAMAGE_ROUNDS TABLESTEP_PLACES") {
		variables[v] = true // of the tests
	}
	for _, file := range documentsWithCommands() {
		text := documented(t, file)
		for _, f := range regexp.MustCompile(`(?:^|[ \x60(])(--[a-z][a-z-]*)`).FindAllStringSubmatch(text, -1) {
			require.True(t, known[f[1]], "%s names the flag %s", file, f[1])
		}
		for _, v := range regexp.MustCompile(`\bTABLESTEP_[A-Z_]+`).FindAllString(text, -1) {
			require.True(t, variables[v], "%s names the variable %s", file, v)
		}
	}
}
