package engine

import (
	"fmt"
	"slices"
	"strings"

	"tablestep/engine/rules"
)

// A RuleSetDiff is what changed between two texts of a rule set, by rule.
type RuleSetDiff struct {
	From      int          `json:"from"` // version
	To        int          `json:"to"`
	Added     []string     `json:"added"`
	Removed   []string     `json:"removed"`
	Changed   []RuleChange `json:"changed"`
	Unchanged int          `json:"unchanged"`
	Moved     bool         `json:"moved"`  // rules that both have stand in another order
	Policy    []string     `json:"policy"` // hit policy before and after, where it changed
}

// A RuleChange is one rule before and after, a line for each of its parts.
type RuleChange struct {
	Rule string   `json:"rule"`
	From []string `json:"from"` // lines that are gone
	To   []string `json:"to"`   // lines that are new
}

// otherwise is the name under which the last resort of a rule set is told.
const otherwise = "otherwise"

// diffRuleSets compares two sources. Comments and layout do not count.
func diffRuleSets(from, to string) (*RuleSetDiff, error) {
	a, err := rules.Parse([]byte(from))
	if err != nil {
		return nil, fmt.Errorf("older version: %w", ruleSetError(err))
	}
	b, err := rules.Parse([]byte(to))
	if err != nil {
		return nil, fmt.Errorf("newer version: %w", ruleSetError(err))
	}
	namesA, linesA := ruleLines(a)
	namesB, linesB := ruleLines(b)
	d := &RuleSetDiff{Added: []string{}, Removed: []string{}, Changed: []RuleChange{}, Policy: []string{}}
	if a.HitPolicy != b.HitPolicy {
		d.Policy = []string{string(a.HitPolicy), string(b.HitPolicy)}
	}
	for _, name := range namesA {
		if _, ok := linesB[name]; !ok {
			d.Removed = append(d.Removed, name)
		}
	}
	for _, name := range namesB {
		before, ok := linesA[name]
		switch after := linesB[name]; {
		case !ok:
			d.Added = append(d.Added, name)
		case slices.Equal(before, after):
			d.Unchanged++
		default:
			d.Changed = append(d.Changed, RuleChange{Rule: name, From: without(before, after), To: without(after, before)})
		}
	}
	both := func(names []string) []string {
		return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
			return slices.Contains(d.Added, name) || slices.Contains(d.Removed, name)
		})
	}
	d.Moved = !slices.Equal(both(namesA), both(namesB))
	return d, nil
}

// ruleLines gives the names of the rules in order, and the parts of each as lines.
func ruleLines(set *rules.RuleSet) (names []string, lines map[string][]string) {
	lines = make(map[string][]string)
	add := func(name string, r *rules.Rule) {
		var parts []string
		if r.When.Text != "" {
			parts = append(parts, "when: "+strings.TrimSpace(r.When.Text))
		}
		for _, s := range r.Set {
			parts = append(parts, fmt.Sprintf("set %s: %s", s.Target, strings.TrimSpace(s.Value.Text)))
		}
		for _, s := range r.Activity {
			parts = append(parts, fmt.Sprintf("activity %s: %s", s.Target, strings.TrimSpace(s.Value.Text)))
		}
		names = append(names, name)
		lines[name] = parts
	}
	for i := range set.Rules {
		add(set.Rules[i].Name, &set.Rules[i])
	}
	if set.Otherwise != nil {
		add(otherwise, set.Otherwise)
	}
	return names, lines
}

// without is the lines of a that b does not have.
func without(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(line string) bool { return slices.Contains(b, line) })
}
