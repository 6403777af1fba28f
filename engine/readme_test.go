package engine_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine"
	"tablestep/engine/rules"
	"tablestep/tables"
	"tablestep/tables/schema"
	"tablestep/testdata"
)

// readmeFile is the page that these tests hold to its word.
const readmeFile = "../README.md"

func readme(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile(readmeFile)
	require.NoError(t, err)
	return string(raw)
}

// section is the README from a heading to the next one of its level or above.
func section(t *testing.T, heading string) string {
	t.Helper()
	_, rest, ok := strings.Cut(readme(t), "\n"+heading+"\n")
	require.True(t, ok, "README has no heading %q", heading)
	level := len(heading) - len(strings.TrimLeft(heading, "#"))
	if end := regexp.MustCompile(fmt.Sprintf(`(?m)^#{1,%d} `, level)).FindStringIndex(rest); end != nil {
		rest = rest[:end[0]]
	}
	return rest
}

// blocks are the fenced blocks of a language.
func blocks(text, language string) []string {
	var found []string
	for _, m := range regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(text, -1) {
		found = append(found, m[1])
	}
	return found
}

// tableRows are the rows of the first table below a header row; code marks are
// taken off the cells.
func tableRows(t *testing.T, text, header string) [][]string {
	t.Helper()
	_, rest, ok := strings.Cut(text, header+"\n")
	require.True(t, ok, "no table with the header %q", header)
	var found [][]string
	for line := range strings.Lines(rest) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") {
			break
		}
		if strings.HasPrefix(line, "|---") {
			continue
		}
		line = strings.ReplaceAll(strings.Trim(line, "|"), `\|`, "\x00")
		var cells []string
		for cell := range strings.SplitSeq(line, "|") {
			cell = strings.ReplaceAll(strings.TrimSpace(cell), "\x00", "|")
			if len(cell) > 1 && strings.HasPrefix(cell, "`") && strings.Count(cell, "`") == 2 && strings.HasSuffix(cell, "`") {
				cell = cell[1 : len(cell)-1]
			}
			cells = append(cells, cell)
		}
		found = append(found, cells)
	}
	require.NotEmpty(t, found)
	return found
}

// withLookup puts a lookup in place of the table's default one.
func (h *house) withLookup(t *testing.T, table string, lookup []byte) schema.Lookup {
	t.Helper()
	var l schema.Lookup
	strict(t, lookup, &l)
	l.Name = table
	require.NoError(t, h.store.SetLookup(table, l, "test"))
	mapping := h.Mapping()
	for _, m := range l.Match {
		mapping.Invocation = append(mapping.Invocation, m.Field)
	}
	require.NoError(t, h.SetMapping(mapping))
	return l
}

func strict(t *testing.T, raw []byte, to any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	require.NoError(t, d.Decode(to), "%s", raw)
}

// answer looks one lead up, whose fields are JSON, and tells the lead fields that
// are written and the activity.
func (h *house) answer(t *testing.T, table string, fields json.RawMessage) (writes, activity map[string]any) {
	t.Helper()
	inner := strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(string(fields)), "{"), "}")
	if inner != "" {
		inner = "," + inner
	}
	writes, activity = map[string]any{}, map[string]any{}
	for name, value := range activityOf(t, h, lead(`"id":1`+inner, `"table":"`+table+`"`))[0] {
		if field, ok := strings.CutPrefix(name, "lead."); !ok {
			activity[name] = value
		} else if field != "id" {
			writes[field] = value
		}
	}
	return writes, activity
}

// A useCase is a block of the README: a starter table, or rows of its own, with a
// lookup and what it makes of leads.
type useCase struct {
	Table    string          `json:"table"`
	Rows     []string        `json:"rows"`
	Lookup   json.RawMessage `json:"lookup"`
	Examples []struct {
		Lead     json.RawMessage `json:"lead"`
		Writes   map[string]any  `json:"writes"`
		Code     engine.Code     `json:"code"`
		Activity map[string]any  `json:"activity"` // a part of it
	} `json:"examples"`
}

func TestTheUseCasesOfTheReadmeAnswerAsTheySay(t *testing.T) {
	found := blocks(section(t, "### Matching: use cases"), "json")
	require.GreaterOrEqual(t, len(found), 10)
	modes := map[schema.Mode]bool{}
	for n, block := range found {
		var c useCase
		strict(t, []byte(block), &c)
		t.Run(fmt.Sprintf("%d %s", n+1, c.Table), func(t *testing.T) {
			h := open(t, t.TempDir(), engine.Options{})
			defer h.close(t)
			if c.Rows != nil {
				h.table(t, c.Table, strings.Join(c.Rows, "\n")+"\n", "")
			} else {
				h.starter(t, c.Table)
			}
			for _, m := range h.withLookup(t, c.Table, c.Lookup).Match {
				modes[m.Mode] = true
			}
			require.GreaterOrEqual(t, len(c.Examples), 2)
			for _, x := range c.Examples {
				require.True(t, (x.Code == "") == (x.Writes != nil), "an example writes or fails: %s", x.Lead)
				if x.Writes == nil {
					x.Writes = map[string]any{}
				}
				writes, activity := h.answer(t, c.Table, x.Lead)
				require.Equal(t, x.Writes, writes, "%s", x.Lead)
				code, _ := activity["errorCode"].(string)
				require.Equal(t, string(x.Code), code, "%s", x.Lead)
				for name, want := range x.Activity {
					require.Equal(t, want, activity[name], "%s of %s", name, x.Lead)
				}
			}
		})
	}
	require.GreaterOrEqual(t, len(modes), 8, "the use cases show most modes: %v", slices.Sorted(maps.Keys(modes)))
}

func TestTheLookupOfTheReadmeIsTakenAsItStands(t *testing.T) {
	h := open(t, t.TempDir(), engine.Options{})
	defer h.close(t)
	h.starter(t, "country-codes")
	found := blocks(section(t, "### A lookup"), "json")
	require.Len(t, found, 1)
	h.withLookup(t, "country-codes", []byte(found[0]))
	writes, _ := h.answer(t, "country-codes", json.RawMessage(`{"country":" germany "}`))
	require.Equal(t, map[string]any{"countryCode2": "DE"}, writes)
}

// TestTheModesOfTheReadmeMatchWhatItSays makes a table of one row of each mode's
// example and holds both values beside it against it.
func TestTheModesOfTheReadmeMatchWhatItSays(t *testing.T) {
	var listed []schema.Mode
	for _, row := range tableRows(t, section(t, "### A lookup"), "| mode | the cell holds | cell | is hit by | but not by |") {
		mode := schema.Mode(strings.Trim(strings.Fields(row[0])[0], "`"))
		if !slices.Contains(listed, mode) {
			listed = append(listed, mode)
		}
		t.Run(string(mode)+" "+row[2], func(t *testing.T) {
			h := open(t, t.TempDir(), engine.Options{})
			defer h.close(t)
			columns := strings.Split(row[2], "` to `")
			match := map[string]any{"column": "c", "field": "f", "mode": mode}
			header := "c,v"
			if len(columns) == 2 {
				match["columnTo"] = "d"
				header = "c,d,v"
			}
			for i := range columns {
				columns[i] = `"` + strings.ReplaceAll(strings.Trim(columns[i], "`"), `"`, `""`) + `"`
			}
			h.table(t, "t", header+"\n"+strings.Join(columns, ",")+",yes\n", "")
			lookup, err := json.Marshal(map[string]any{"match": []any{match}, "outputs": []any{map[string]any{"column": "v", "field": "v"}}})
			require.NoError(t, err)
			h.withLookup(t, "t", lookup)
			for value, want := range map[string]bool{row[3]: true, row[4]: false} {
				lead, err := json.Marshal(map[string]string{"f": value})
				require.NoError(t, err)
				writes, activity := h.answer(t, "t", lead)
				require.Equal(t, want, activity["matched"], "%q: %v", value, activity)
				require.Equal(t, want, writes["v"] == "yes")
			}
		})
	}
	require.ElementsMatch(t, schema.Modes(), listed)
}

func TestTheReadmeNamesAllPoliciesAndAggregates(t *testing.T) {
	text := section(t, "### A lookup")
	var listed []schema.HitPolicy
	for _, row := range tableRows(t, text, "| hit policy | of several hits |") {
		listed = append(listed, schema.HitPolicy(row[0]))
	}
	require.Equal(t, schema.HitPolicies(), listed)
	for _, a := range schema.Aggregates() {
		require.Contains(t, text, "`"+string(a)+"`")
	}
}

// TestABadCellIsShownAsTheReadmeShowsIt uploads the cell of the README's text
// block and compares the message.
func TestABadCellIsShownAsTheReadmeShowsIt(t *testing.T) {
	found := blocks(section(t, "### A lookup"), "text")
	require.Len(t, found, 1)
	h := open(t, t.TempDir(), engine.Options{})
	defer h.close(t)
	h.starter(t, "score-grades")
	text := strings.Replace(read(t, "tables/score-grades.csv"), "60-99", "99-60", 1)
	_, err := h.store.Import(t.Context(), "score-grades", fromCSV(t, text), tables.ImportOptions{Publish: true})
	var upload *schema.UploadError
	require.ErrorAs(t, err, &upload)
	require.Equal(t, strings.TrimSpace(found[0]), fmt.Sprintf("%s, row %d, column %s: %s", upload.Code, upload.Row, upload.Column, upload.Message))
}

// starters loads all starter tables.
func (h *house) starters(t *testing.T) {
	t.Helper()
	entries, err := testdata.Files.ReadDir("tables")
	require.NoError(t, err)
	for _, e := range entries {
		if name, ok := strings.CutSuffix(path.Base(e.Name()), ".csv"); ok {
			h.starter(t, name)
		}
	}
}

// checked is what CheckRuleSet says of a rule set that must be good. It measures
// by the clock what expressions take: on a busy machine it is asked again, and the
// race detector, which makes everything slower, is forgiven.
func (h *house) checked(t *testing.T, source string) *engine.RuleSetReport {
	t.Helper()
	for range 50 {
		report, err := h.CheckRuleSet(t.Context(), source, false)
		if err == nil {
			return report
		}
		var wrong *engine.RuleSetError
		require.ErrorAs(t, err, &wrong, source)
		for _, p := range wrong.Problems {
			require.Contains(t, p.Message, "the expression takes", "%v\n%s", err, source)
		}
		if raced() {
			return report
		}
	}
	require.Fail(t, "the rule set is too slow", source)
	return nil
}

// raced says that the race detector is on.
func raced() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

func TestTheRuleSetsOfTheReadmePassTheirTests(t *testing.T) {
	h := open(t, t.TempDir(), engine.Options{})
	defer h.close(t)
	h.starters(t)
	text := section(t, "## Rules")
	cookbook := blocks(section(t, "### Cookbook"), "yaml")
	require.GreaterOrEqual(t, len(cookbook), 12)
	require.Len(t, blocks(text, "yaml"), len(cookbook)+1, "one rule set introduces them")
	names := map[string]bool{}
	for _, source := range blocks(text, "yaml") {
		report := h.checked(t, source)
		t.Run(report.Name, func(t *testing.T) {
			require.NotEmpty(t, report.Tests)
			require.Empty(t, report.Warnings)
			require.False(t, names[report.Name], "names differ")
			names[report.Name] = true
			for _, r := range report.Tests {
				require.True(t, r.Passed, r.Name)
			}
			// A test that wants nothing would pass whatever the rules do.
			set, err := rules.Parse([]byte(source))
			require.NoError(t, err)
			for _, test := range set.Tests {
				require.True(t, test.Want.Rules != nil || test.Want.Error != "" || len(test.Want.Set)+len(test.Want.Activity) > 0, test.Name)
			}
		})
	}
}

func TestTheFirstRuleSetOfTheReadmeIsTheSampleFile(t *testing.T) {
	file, err := os.ReadFile("../testdata/rules/lead-routing.yaml")
	require.NoError(t, err)
	require.Equal(t, string(file), blocks(section(t, "## Rules"), "yaml")[0])
}

// TestTheReadmeSaysWhatComparisonsGive runs each row of its table through the
// rules as a test of a rule set.
func TestTheReadmeSaysWhatComparisonsGive(t *testing.T) {
	h := open(t, t.TempDir(), engine.Options{})
	defer h.close(t)
	all := tableRows(t, section(t, "## Rules"), "| `lead.x` is | expression | gives |")
	require.Greater(t, len(all), 15)
	for _, row := range all {
		t.Run(strings.Join(row, " "), func(t *testing.T) {
			given, want := map[string]any{}, map[string]any{}
			if row[0] != "absent" {
				given["x"] = json.RawMessage(row[0])
			}
			switch row[2] {
			case "failure":
				want["error"] = "no number"
			case "nil":
				want["set"] = map[string]any{"out": nil}
			default:
				want["set"] = map[string]any{"out": json.RawMessage(row[2])}
			}
			source, err := json.Marshal(map[string]any{
				"name":  "row",
				"rules": []any{map[string]any{"name": "it", "when": "true", "set": map[string]string{"out": row[1]}}},
				"tests": []any{map[string]any{"name": "as written", "lead": given, "want": want}},
			})
			require.NoError(t, err)
			require.True(t, h.checked(t, string(source)).Tests[0].Passed)
		})
	}
}

// functionsBetween are the marks around the list of functions.
const (
	functionsBegin = "<!-- functions: written by go test ./engine -run Functions -update -->\n"
	functionsEnd   = "<!-- end of functions -->"
)

// functionList writes the list of functions as the README has it.
func functionList() string {
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
	return b.String()
}

func TestTheReadmeListsAllFunctions(t *testing.T) {
	text := readme(t)
	before, rest, ok := strings.Cut(text, functionsBegin)
	require.True(t, ok)
	_, after, ok := strings.Cut(rest, functionsEnd)
	require.True(t, ok)
	if *update {
		text = before + functionsBegin + functionList() + functionsEnd + after
		require.NoError(t, os.WriteFile(readmeFile, []byte(text), 0o600))
	}
	list := text[len(before):]
	for _, f := range rules.Functions() {
		require.Contains(t, list, "\n| `"+f.Signature+"` | "+f.Text, "-update writes the list again")
	}
	require.Contains(t, list, functionList(), "-update writes the list again")
}

// What the README's section "When rules run" says of lookups and rules together.
func TestRulesAndLookupsGoTogetherAsTheReadmeSays(t *testing.T) {
	h := newHouse(t)
	h.ruleSet(t, `
name: beside
rules:
  - {name: known, when: row != nil, set: {countryNumber: "7", countryNote: '""'}}
  - {name: large, when: 'number(lead.employees) > 1', set: {countryCode: '"??"', region: '"EMEA"'}}
`)
	const chosen = `"table":"countries","ruleSet":"beside"`
	got := activityOf(t, h,
		lead(`"id":1,"country":"Narnia"`, chosen),
		lead(`"id":2,"country":"?","employees":"5"`, chosen),
		lead(`"id":3,"employees":"5"`, chosen),
		lead(`"id":4,"country":"?"`, chosen),
		lead(`"id":5,"country":"?","employees":"5"`, chosen+`,"onNoMatch":"clear"`),
		lead(`"id":6,"country":"?"`, chosen+`,"onNoMatch":"default"`))
	require.InDelta(t, 7, got[0]["lead.countryNumber"], 0, "the rule wins, with the type of the lookup's output")
	require.Equal(t, "NA", got[0]["lead.countryCode"], "the lookup's other fields stay")
	require.NotContains(t, got[0], "lead.countryNote", "an empty text is not written")
	for _, miss := range got[1:3] {
		require.Equal(t, true, miss["success"], "a miss on which a rule acts is no failure")
		require.Equal(t, false, miss["matched"])
		require.Equal(t, "EMEA", miss["lead.region"])
	}
	require.Equal(t, "LOOKUP_VALUE_NOT_FOUND", got[3]["errorCode"], "no rule acts")
	require.Equal(t, "??", got[4]["lead.countryCode"], "clear leaves what a rule writes")
	require.Equal(t, "null", got[4]["lead.countryNote"])
	require.Equal(t, "ZZ", got[5]["lead.countryCode"], "the default is used as without rules")

	h.ruleSet(t, "name: always\nrules:\n  - {name: all, when: 'true', set: {leadScore: '\"+1\"'}}\n")
	ambiguous := activityOf(t, h, lead(`"id":1,"title":"vp"`, `"table":"points","ruleSet":"always"`))[0]
	require.Equal(t, "LOOKUP_AMBIGUOUS", ambiguous["errorCode"])
	require.NotContains(t, ambiguous, "lead.leadScore")
}
