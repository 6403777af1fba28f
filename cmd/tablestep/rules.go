package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"tablestep/api/shape"
	"tablestep/engine/rules"
	"tablestep/tables/schema"
)

// A rulesCommand holds the commands of rule sets. All of them ask a running service: only
// that knows the tables that rules look up in.
type rulesCommand struct {
	Apply    rulesApply    `cmd:"" help:"Check rule sets, store and publish them."`
	List     rulesList     `cmd:"" help:"List the rule sets."`
	Show     rulesShow     `cmd:"" help:"Print a rule set as it was written."`
	Test     rulesTest     `cmd:"" help:"Run a rule set's own tests, and leads of your own, without storing anything."`
	Rollback rulesRollback `cmd:"" help:"Make the version live that was so before."`
	Delete   rulesDelete   `cmd:"" help:"Delete a rule set with all its versions; for 30 days it can be restored."`
	Restore  rulesRestore  `cmd:"" help:"Bring back a rule set that was deleted, as it was."`
}

// ruleSetPath is the path of a rule set and what is below it.
func ruleSetPath(name, below string) string { return "/rulesets/" + url.PathEscape(name) + below }

// nameOf reads the name of a rule set from its source. Of a file that is something else it
// says what that is for.
func nameOf(file string, source []byte) (string, error) {
	var head struct {
		Name yaml.Node `yaml:"name"`
	}
	// JSON is YAML, so one reader does for both. The service reads the source itself, and
	// tells mistakes by line and column; where not even the name can be read, this program
	// tells them in the same words.
	err := yaml.Unmarshal(source, &head)
	if err == nil && head.Name.Kind == yaml.ScalarNode && head.Name.Value != "" {
		return head.Name.Value, checkRuleSetName(file, head.Name.Value)
	}
	if what := notRules(source); what != "" {
		return "", fmt.Errorf("%s is no rule set: %s", file, what)
	}
	if err == nil {
		return "", fmt.Errorf("%s: the rule set has no name: begin it with a line such as \"name: lead-routing\"", file)
	}
	// Parse reads no more than YAML does, so it finds a mistake as well.
	if _, problem := rules.Parse(source); problem != nil {
		err = problem
	}
	return "", fmt.Errorf("%s: %w", file, err)
}

// checkRuleSetName refuses what cannot be the name of a rule set, with one that can.
func checkRuleSetName(file, name string) error {
	err := schema.CheckName("rule set", name)
	if likely := likeName(name); err != nil && likely != "" {
		return fmt.Errorf("%s: %w; did you mean \"name: %s\"?", file, err, likely)
	}
	return nil // without a likely name the service says what is wrong
}

// notRules says what a text is that is no rule set, empty where it may be one.
func notRules(source []byte) string {
	text := bytes.TrimSpace(bytes.TrimPrefix(source, []byte("\ufeff")))
	line, _, _ := bytes.Cut(text, []byte("\n"))
	var lookup struct {
		Match   json.RawMessage `json:"match"`
		Outputs json.RawMessage `json:"outputs"`
	}
	switch {
	case bytes.HasPrefix(source, []byte("PK\x03\x04")):
		return "it looks like a workbook, which becomes a table with \"tablestep table import\""
	case json.Unmarshal(text, &lookup) == nil && (lookup.Match != nil || lookup.Outputs != nil):
		return "it is the lookup of a table, which is set with \"tablestep table lookup TABLE --file FILE\""
	case !bytes.ContainsAny(text[:1], "{[") && bytes.ContainsAny(line, ",;\t") && !bytes.Contains(line, []byte(":")):
		return "it looks like CSV, which becomes a table with \"tablestep table import\""
	case !bytes.Contains(text, []byte(":")):
		return "it must be YAML or JSON with a name and rules; \"tablestep rules show NAME\" prints one that is stored"
	}
	return ""
}

// A rulesApply stores one version for each file. A rule set whose own tests fail is refused,
// and what was live stays live.
type rulesApply struct {
	client
	Files   []string `arg:"" help:"YAML or JSON files; - reads standard input."`
	Publish bool     `default:"true" negatable:"" help:"Make it the live version at once."`
	Force   bool     `help:"Also where it looks up in a table that is far too slow for a batch."`
}

// Run goes file by file and ends at the first that is refused; those before it are stored.
// With --json there is one answer after the other.
func (c *rulesApply) Run(ctx context.Context, s streams) error {
	for _, file := range c.Files {
		file, source, err := readInput(s, file)
		if err != nil {
			return fmt.Errorf("apply rule set: %w", err)
		}
		name, err := nameOf(file, source)
		if err != nil {
			return fmt.Errorf("apply rule set: %w", err)
		}
		path := ruleSetPath(name, "?publish="+strconv.FormatBool(c.Publish)+"&force="+strconv.FormatBool(c.Force))
		if err := ask(ctx, &c.client, s, http.MethodPut, path, bytes.NewReader(source), printStored); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	return nil
}

// printStored says in a line what was stored. Tests that failed do not come here: they are
// an error of the service.
func printStored(w io.Writer, r *shape.StoredRuleSet) error {
	state := "not published"
	if r.Live {
		state = "live"
	}
	if _, err := fmt.Fprintf(w, "%s version %d: %d rules, %d tests passed (%s)\n", r.RuleSet, r.Version, len(r.Rules), len(r.Tests), state); err != nil {
		return err
	}
	return printWarnings(w, r.Warnings)
}

// printWarnings prints what is allowed and yet looks like a mistake, with its place in the
// source and a caret below the line where the service sent one.
func printWarnings(w io.Writer, warnings []shape.RuleProblem) error {
	for _, p := range warnings {
		var b strings.Builder
		b.WriteString("warning: ")
		// A warning of the whole rule set has neither rule nor line.
		if p.Rule != "" {
			fmt.Fprintf(&b, "rule %q, %s, ", p.Rule, p.Expression)
		}
		if p.Line > 0 {
			fmt.Fprintf(&b, "line %d: ", p.Line)
		}
		b.WriteString(p.Message + "\n")
		if p.Snippet != "" {
			b.WriteString(p.Snippet + "\n")
		}
		if _, err := io.WriteString(w, b.String()); err != nil {
			return err
		}
	}
	return nil
}

// A rulesList lists the names, and which version of each is live.
type rulesList struct {
	client
	Deleted bool `help:"List what was deleted and can be restored."`
}

func (c *rulesList) Run(ctx context.Context, s streams) error {
	if c.Deleted {
		return ask(ctx, &c.client, s, http.MethodGet, "/rulesets?deleted=true", nil, func(w io.Writer, list *shape.RuleSets) error {
			return printDeleted(w, "RULE SET", list.Deleted)
		})
	}
	return ask(ctx, &c.client, s, http.MethodGet, "/rulesets", nil, func(w io.Writer, list *shape.RuleSets) error {
		rows := [][]string{{"RULE SET", "LIVE"}}
		for _, r := range list.RuleSets {
			rows = append(rows, []string{r.Name, liveOf(r.Live)})
		}
		if len(list.RuleSets) == 0 {
			return errors.Join(printTable(w, rows), hint(s, "There is no rule set yet. Store one: tablestep rules apply FILE.yaml"))
		}
		return printTable(w, rows)
	})
}

// A rulesShow prints the very bytes that were applied, comments included, so that
// "rules show NAME >FILE" and "rules apply FILE" are each other's inverse.
type rulesShow struct {
	client
	RuleSet string `arg:"" help:"Name of the rule set."`
	Version int    `help:"Version to print. Default: the live one."`
}

// Run prints with --json what the service knows of the rule set instead: its versions, and
// the text of the one that is asked for. The source of a version 0 is that of the live one.
func (c *rulesShow) Run(ctx context.Context, s streams) (err error) {
	if c.JSON {
		raw, err := c.raw(ctx, http.MethodGet, ruleSetPath(c.RuleSet, "?version="+strconv.Itoa(c.Version)), nil)
		if err != nil {
			return err
		}
		return printRaw(s.out, raw)
	}
	body, err := c.do(ctx, http.MethodGet, ruleSetPath(c.RuleSet, "/export?version="+strconv.Itoa(c.Version)), nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, body.Close()) }()
	_, err = io.Copy(s.out, body)
	return err
}

// A rulesTest tries a file that may not be stored yet. Its exit code is that of a failure if
// a test of its own fails.
type rulesTest struct {
	client
	File string   `arg:"" help:"YAML or JSON file; - reads standard input."`
	Lead []string `sep:"none" help:"A lead as JSON, such as {\"country\":\"US\"}; may be repeated." placeholder:"JSON"`
	Flow string   `help:"Settings of the flow step as JSON. Default: the rules run alone." placeholder:"JSON"`
	AsOf string   `help:"Answer for another moment than now: a time such as 2026-01-31T09:00:00Z, or a day, which is its start in the service's time zone." placeholder:"TIME"`
}

// Run looks at the JSON of the command line before it asks the service, since a quote that
// the shell has eaten is the usual mistake.
func (c *rulesTest) Run(ctx context.Context, s streams) error {
	file, source, err := readInput(s, c.File)
	if err != nil {
		return fmt.Errorf("test rule set: %w", err)
	}
	name, err := nameOf(file, source)
	if err != nil {
		return fmt.Errorf("test rule set: %w", err)
	}
	request := shape.TestRules{Source: string(source), AsOf: c.AsOf}
	for _, l := range c.Lead {
		if !json.Valid([]byte(l)) {
			return usagef("--lead: %s is not JSON: put quotes round its keys and texts, and single ones round the whole, such as --lead '{\"country\":\"US\"}'", l)
		}
		request.Leads = append(request.Leads, json.RawMessage(l))
	}
	// Without settings of a flow step no table is looked up in: rows are those that the rules
	// ask for themselves.
	if c.Flow != "" {
		if !json.Valid([]byte(c.Flow)) {
			return usagef("--flow: %s is not JSON: put quotes round its keys and texts, and single ones round the whole, such as --flow '{\"table\":\"country-codes\"}'", c.Flow)
		}
		request.Flow = json.RawMessage(c.Flow)
	}
	err = ask(ctx, &c.client, s, http.MethodPost, ruleSetPath(name, "/test"), request, func(w io.Writer, r *shape.TestedRules) error {
		return printTested(w, name, r)
	})
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

// printTested prints each lead with what it would be answered, and below it which rules
// were tried, which held and what they wrote.
func printTested(w io.Writer, name string, r *shape.TestedRules) error {
	var b strings.Builder
	for _, t := range r.Tests {
		fmt.Fprintf(&b, "passed: %s\n", t.Name)
	}
	fmt.Fprintf(&b, "%s: %d rules, %d tests passed\n", name, len(r.Rules), len(r.Tests))
	for i := range r.Results {
		fmt.Fprintf(&b, "\nlead %s\n  %s\n%s", r.Results[i].LeadData, r.Results[i].ActivityData, r.Results[i].Trace.Rules)
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return err
	}
	return printWarnings(w, r.Warnings)
}

// A rulesRollback goes one step back in what was live. The version that is left stays
// stored, and can be published again.
type rulesRollback struct {
	client
	RuleSet string `arg:"" help:"Name of the rule set."`
}

func (c *rulesRollback) Run(ctx context.Context, s streams) error {
	return ask(ctx, &c.client, s, http.MethodPost, ruleSetPath(c.RuleSet, "/live"), shape.Publish{Rollback: true}, func(w io.Writer, live *shape.LiveRuleSet) error {
		_, err := fmt.Fprintf(w, "%s version %d is live\n", live.RuleSet, live.Live)
		return err
	})
}
