package engine_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine"
	"tablestep/tables/schema"
)

func TestASavedRuleSetSaysWhetherItIsLive(t *testing.T) {
	h := newHouse(t)
	for _, c := range []struct {
		tier    string
		publish bool
		version int
		live    bool
	}{
		{"Silver", false, 1, false},
		{"Silver", true, 1, true},
		{"Silver", false, 1, true}, // it is so already
		{"Gold", false, 2, false},
		{"Iron", true, 3, true},
	} {
		saved, err := h.SaveRuleSet(t.Context(), "tiers", tierRule("tiers", c.tier), engine.SaveOptions{Publish: c.publish, By: "ada"})
		require.NoError(t, err)
		require.Equal(t, c.version, saved.Version, c.tier)
		require.Equal(t, c.live, saved.Live, c.tier)
		require.Equal(t, []string{"any"}, saved.Report.Rules)
		set, ok := h.store.Catalog().RuleSet("tiers")
		require.True(t, ok)
		require.Equal(t, c.live, set.Live != nil && set.Live.Number == saved.Version)
	}
	history, err := h.store.RuleSetHistory("tiers")
	require.NoError(t, err)
	require.Equal(t, "ada", history[0].By)
}

func TestNothingIsStoredOfARuleSetThatIsRefused(t *testing.T) {
	h := newHouse(t)
	h.hardTable(t, 8000)
	var wrong *engine.RuleSetError
	for name, c := range map[string]struct{ source, message string }{
		"it does not parse":          {"name: x\nrules: 5\n", "rules"},
		"it does not compile":        {"name: x\nrules:\n  - {name: a, when: lead.x ==, set: {y: '1'}}\n", "line 3"},
		"its own test fails":         {"name: x\nrules:\n  - {name: a, when: 'true', set: {y: '1'}}\ntests:\n  - {name: t, lead: {}, want: {set: {y: 2}}}\n", `test "t" fails`},
		"a column is not there":      {"name: x\nrules:\n  - {name: a, when: 'lookup(\"countries\", lead.c).nope == \"x\"', set: {y: '1'}}\n", `has no column "nope"`},
		"it is too slow":             {"name: x\nrules:\n  - {name: a, when: 'exists(\"hard\", lead.text)', set: {y: '1'}}\n", "or force it"},
		"two of its own tests fail":  {"name: x\nrules:\n  - {name: a, when: 'true', set: {y: '1'}}\ntests:\n  - {name: t, lead: {}, want: {set: {y: 2}}}\n  - {name: u, lead: {}, want: {set: {y: 3}}}\n", "and 1 more problems"},
		"it writes what there isn't": {"name: x\nrules:\n  - {name: a, when: 'true', activity: {bogus: '1'}}\n", "bogus"},
	} {
		if slowdown > 1 && name == "it is too slow" {
			continue // a minute of work that one goroutine does
		}
		_, err := h.SaveRuleSet(t.Context(), "x", c.source, engine.SaveOptions{Publish: true})
		require.ErrorAs(t, err, &wrong, name)
		require.ErrorContains(t, err, c.message, name)
	}
	_, err := h.SaveRuleSet(t.Context(), "y", tierRule("x", "Gold"), engine.SaveOptions{Publish: true})
	var named *engine.RuleSetNameError
	require.ErrorAs(t, err, &named)
	require.EqualError(t, err, `the rule set calls itself "x" and is to be saved as "y"; use one name`)
	_, err = h.SaveRuleSet(t.Context(), "a/b", tierRule("a/b", "Gold"), engine.SaveOptions{Publish: true})
	require.ErrorIs(t, err, schema.ErrInvalid, "a name that a rule set cannot have")
	require.Empty(t, h.store.Catalog().RuleSets())
}

func TestARuleSetOnASlowTableIsSavedByForceWithAWarning(t *testing.T) {
	h := newHouse(t)
	h.hardTable(t, 8000)
	source := "name: x\nrules:\n  - name: a\n    when: exists(`hard`, lead.text)\n    set: {y: '1'}\n"
	saved, err := h.SaveRuleSet(t.Context(), "x", source, engine.SaveOptions{Publish: true, Force: true})
	require.NoError(t, err)
	require.Len(t, saved.Report.Warnings, 1)
	require.Equal(t, 4, saved.Report.Warnings[0].Line)
	require.NotContains(t, saved.Report.Warnings[0].Message, "or force it")
	require.Equal(t, []string{"hard"}, saved.Report.Tables)
	require.Equal(t, []string{"lead.text"}, saved.Report.Fields)
}

// A program does not hold on to the tables that were there when it was checked: those
// of its run count, also where it is explained.
func TestACheckedProgramRunsOnTheTablesOfItsRun(t *testing.T) {
	h := newHouse(t)
	h.table(t, "late", "k,v\na,v1\n", versionedLookup)
	h.ruleSet(t, "name: x\nrules:\n  - {name: a, when: 'exists(\"late\", lead.k)', set: {y: '1'}}\n")
	require.NoError(t, h.store.Delete("late", "test"))
	got := activityOf(t, h, lead(`"id":1,"k":"a"`, `"table":"none","ruleSet":"x"`))[0]
	require.Equal(t, "RULE_FAILED", got["errorCode"])
	require.Contains(t, got["reason"], `there is no table "late"`)
	h.table(t, "late", "k,v\na,v1\n", "")
	got = activityOf(t, h, lead(`"id":1,"k":"a"`, `"table":"none","ruleSet":"x"`))[0]
	require.Equal(t, "a", got["rulesFired"])
}

func TestTwoVersionsAreComparedByRule(t *testing.T) {
	h := newHouse(t)
	const (
		one   = "name: x\nrules:\n  - {name: a, when: 'true', set: {y: '1'}}\n  - {name: b, when: 'false', set: {y: '2'}}\n  - {name: gone, when: 'true', set: {y: '3'}}\n"
		two   = "name: x\n# a comment\nrules:\n  - {name: b, when: 'false', set: {y: '2'}}\n  - {name: a, when: 'true', set: {y: '4'}, activity: {value1: '\"x\"'}}\n  - {name: new, when: 'true', set: {y: '3'}}\n"
		three = "name: x\nhitPolicy: all\nrules:\n  - {name: b, when: 'false', set: {y: '2'}}\n  - {name: a, when: 'true', set: {y: '4'}, activity: {value1: '\"x\"'}}\n  - {name: new, when: 'true', set: {y: '3'}}\notherwise: {set: {y: '9'}}\n"
	)
	for _, source := range []string{one, two, three} {
		h.ruleSet(t, source)
	}
	d, err := h.DiffRuleSet("x", 1, 2)
	require.NoError(t, err)
	require.Equal(t, &engine.RuleSetDiff{
		From: 1, To: 2, Added: []string{"new"}, Removed: []string{"gone"}, Unchanged: 1, Moved: true, Policy: []string{},
		Changed: []engine.RuleChange{{Rule: "a", From: []string{"set y: 1"}, To: []string{"set y: 4", "activity value1: \"x\""}}},
	}, d)
	d, err = h.DiffRuleSet("x", 0, 0)
	require.NoError(t, err, "the live one with the one before it")
	require.Equal(t, []int{2, 3}, []int{d.From, d.To})
	require.Equal(t, []string{"first", "all"}, d.Policy)
	require.Equal(t, []string{"otherwise"}, d.Added)
	require.Equal(t, 3, d.Unchanged)
	require.False(t, d.Moved)
	d, err = h.DiffRuleSet("x", 0, 2)
	require.NoError(t, err)
	require.Equal(t, 1, d.From)
	d, err = h.DiffRuleSet("x", 3, 1)
	require.NoError(t, err, "also backwards")
	require.Equal(t, []int{3, 1}, []int{d.From, d.To})

	for _, c := range []struct {
		from, to int
		message  string
	}{{1, 9, "version 9"}, {9, 1, "version 9"}, {0, 1, "no version before 1"}} {
		_, err = h.DiffRuleSet("x", c.from, c.to)
		require.ErrorIs(t, err, schema.ErrVersionNotFound)
		require.ErrorContains(t, err, c.message)
	}
	_, err = h.DiffRuleSet("nobody", 0, 0)
	require.ErrorIs(t, err, schema.ErrRuleSetNotFound)
	_, err = h.SaveRuleSet(t.Context(), "draft", tierRule("draft", "Gold"), engine.SaveOptions{})
	require.NoError(t, err)
	_, err = h.DiffRuleSet("draft", 0, 0)
	require.ErrorIs(t, err, schema.ErrVersionNotFound)
	require.ErrorContains(t, err, "no published version")
	h.put(t, "name: broken\nrules: 5\n")
	h.put(t, tierRule("broken", "Gold"))
	_, err = h.DiffRuleSet("broken", 1, 2)
	var wrong *engine.RuleSetError
	require.ErrorAs(t, err, &wrong)
	require.ErrorContains(t, err, "older version")
	_, err = h.DiffRuleSet("broken", 2, 1)
	require.ErrorContains(t, err, "newer version")
}
