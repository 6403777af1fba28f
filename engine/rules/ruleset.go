package rules

// HitPolicy says how many rules of a set may act on a lead.
type HitPolicy string

// The hit policies.
const (
	First HitPolicy = "first" // the first rule that holds, the default
	All   HitPolicy = "all"   // every rule that holds, in order; a later write wins
)

// A RuleSet is a rule set as its author wrote it. Nothing in it has been checked
// but its shape; Compile does the rest.
type RuleSet struct {
	Name        string
	Description string
	HitPolicy   HitPolicy
	Rules       []Rule
	Otherwise   *Rule // for leads that no rule took; nil if the set has none
	Tests       []Test

	source *source // where it was read from; nil for a set made in Go
}

// A Rule says what is written to a lead for which its condition holds.
type Rule struct {
	Name        string
	Description string
	When        Expression // of Otherwise: empty
	Set         []Assignment
	Activity    []Assignment
}

// An Assignment is the value of one lead field or callback attribute.
type Assignment struct {
	Target string
	Value  Expression
}

// An Expression is a text in the expression language, and its place in the
// source.
type Expression struct {
	Text string

	place place
}

// A Test is one lead with what the rule set should make of it.
type Test struct {
	Name string
	// Given has the values a scope: lead, flow, row, campaign, program, member,
	// trigger, my, subscription.
	Given map[string]map[string]any
	Want  Want

	place place
}

// Want is what a test expects. What it does not mention is not compared.
type Want struct {
	Rules    []string       // all rules that acted, in order; nil is not compared
	Set      map[string]any // nil as a value: the field is not written
	Activity map[string]any
	Error    string // part of the message with which the lead fails
}

// Limits bound what one rule set may cost. A zero field means its default.
type Limits struct {
	Source  int   // bytes of one expression; 8 KiB
	Nesting int   // brackets within brackets, operators in front of operators; 100
	Text    int   // bytes of any text an expression makes; 8 KiB
	List    int   // elements of any list; 1,000
	Effort  int   // units of work that one evaluation may spend; 100,000
	Work    int64 // units of work that one batch may take; two seconds' worth
	Rules   int   // of a rule set; 1,000
}

func (l Limits) withDefaults() Limits {
	set := func(n *int, otherwise int) {
		if *n <= 0 {
			*n = otherwise
		}
	}
	set(&l.Source, 8<<10)
	set(&l.Nesting, 100)
	set(&l.Text, 8<<10)
	set(&l.List, 1000)
	set(&l.Effort, 100_000)
	set(&l.Rules, 1000)
	if l.Work <= 0 {
		l.Work = 2 * Second
	}
	return l
}
