package shape

import (
	"encoding/json"
	"time"
)

// RuleSets is the list of rule sets.
type RuleSets struct {
	RuleSets List[RuleSet] `json:"ruleSets" doc:"By name."`
	Deleted  List[Deleted] `json:"deleted,omitzero" doc:"With deleted=true: what can be restored, the latest first."`
}

// A RuleSet is a rule set in a list.
type RuleSet struct {
	Name   string `json:"name"`
	Live   *int   `json:"live" doc:"Number of the live version; null: nothing is published."`
	Damage string `json:"damage,omitempty" doc:"Why it is set aside, and what to do."`
}

// A WholeRuleSet is a rule set with its versions.
type WholeRuleSet struct {
	RuleSet
	Source   string               `json:"source,omitempty" doc:"Of the version that was asked for, else of the live one, as it was written."`
	Versions List[RuleSetVersion] `json:"versions" doc:"The newest first."`
}

// RuleSetVersions is the list of a rule set's versions.
type RuleSetVersions struct {
	Versions List[RuleSetVersion] `json:"versions" doc:"The newest first."`
}

// A RuleSetVersion is one text of a rule set.
type RuleSetVersion struct {
	Version int       `json:"version" doc:"From 1, never used twice."`
	Live    bool      `json:"live"`
	Source  string    `json:"source" doc:"As it was written."`
	Created time.Time `json:"created"`
	By      string    `json:"by,omitempty"`
}

// A RuleSetReport is what a check found that does not stop a rule set.
type RuleSetReport struct {
	Name     string            `json:"name" doc:"What the rule set calls itself."`
	Rules    List[string]      `json:"rules" doc:"Names, in order."`
	Tables   List[string]      `json:"tables" doc:"That it looks up in."`
	Fields   List[string]      `json:"fields" doc:"That it reads."`
	Tests    List[RuleTest]    `json:"tests" doc:"Its own."`
	Warnings List[RuleProblem] `json:"warnings"`
}

// A RuleTest is the outcome of one of a rule set's own tests.
type RuleTest struct {
	Name    string `json:"name"`
	Passed  bool   `json:"passed"`
	Message string `json:"message,omitempty" doc:"What differs."`
	Line    int    `json:"line,omitempty" doc:"Of the test in the source."`
}

// A RuleProblem is something in a rule set, with its place.
type RuleProblem struct {
	Rule       string `json:"rule,omitempty"`
	Expression string `json:"expression,omitempty" doc:"when, set.FIELD or activity.NAME."`
	Line       int    `json:"line,omitempty"`
	Column     int    `json:"column,omitempty" doc:"In characters, from 1."`
	Message    string `json:"message"`
	Snippet    string `json:"snippet,omitempty" doc:"The line, and a caret below the place."`
}

// A StoredRuleSet is the answer to a rule set that was taken in.
type StoredRuleSet struct {
	RuleSet string `json:"ruleSet"`
	Version int    `json:"version"`
	Live    bool   `json:"live" doc:"The version is the live one."`
	RuleSetReport
}

// A LiveRuleSet says which version of a rule set is live now.
type LiveRuleSet struct {
	RuleSet string `json:"ruleSet"`
	Live    int    `json:"live"`
}

// TestRules asks for a rule set to be run over leads.
type TestRules struct {
	Source string            `json:"source" doc:"A rule set; empty: the live version."`
	Leads  []json.RawMessage `json:"leads,omitempty" doc:"Each an object of a lead's fields."`
	Flow   json.RawMessage   `json:"flow,omitempty" doc:"Settings of the flow step; left out: the rules run alone."`
	AsOf   string            `json:"asOf,omitempty" doc:"The moment for which leads and the rule set's own tests are answered, as that of evaluate."`
}

// TestedRules is what came of it.
type TestedRules struct {
	RuleSetReport
	Results List[Result] `json:"results" doc:"One a lead."`
}

// A RuleSetDiff is what changed between two versions, by rule.
type RuleSetDiff struct {
	From      int              `json:"from"`
	To        int              `json:"to"`
	Added     List[string]     `json:"added"`
	Removed   List[string]     `json:"removed"`
	Changed   List[RuleChange] `json:"changed"`
	Unchanged int              `json:"unchanged"`
	Moved     bool             `json:"moved" doc:"Rules that both have stand in another order."`
	Policy    List[string]     `json:"policy" doc:"Hit policy before and after, where it changed."`
}

// A RuleChange is one rule before and after, a line for each of its parts.
type RuleChange struct {
	Rule string       `json:"rule"`
	From List[string] `json:"from" doc:"Lines that are gone."`
	To   List[string] `json:"to" doc:"Lines that are new."`
}
