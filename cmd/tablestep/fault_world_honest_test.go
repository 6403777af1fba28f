//go:build fault

package main_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A stagedWorld has no service. Of everything there are two states, which follow
// each other at known times:
//
//	0 ms          10 ms        20 ms        30 ms        40 ms
//	first of all  alpha        judge        beta's lookup, brief is deleted
type stagedWorld struct {
	*world
	first, then map[*thing]state
}

func stageWorld(t *testing.T) *stagedWorld {
	t.Helper()
	w := newWorld(t, 20, 1000, nil)
	s := &stagedWorld{w, map[*thing]state{}, map[*thing]state{}}
	r := w.random()
	for _, x := range []*worldTable{w.alpha, w.beta, w.brief} {
		for n := range 2 {
			v := x.fresh(r)
			x.known(v, n+1)
			s.stage(&x.thing, state{version: v, serial: 7}, n)
		}
	}
	s.then[&w.beta.thing], s.then[&w.brief.thing] = s.first[&w.beta.thing], state{gone: true}
	for _, x := range []*worldLookup{w.alphaLookup, w.second, w.betaLookup} {
		for n, column := range []string{"key", "alias"} {
			next := state{serial: w.serial(), column: column}
			x.bySerial[next.serial] = next
			s.stage(&x.thing, next, n)
		}
	}
	for _, x := range []*worldRuleSet{w.judge, w.fleeting} {
		s.stage(&x.thing, state{serial: w.serial()}, 0)
		s.stage(&x.thing, state{serial: w.serial()}, 1)
	}
	for x, first := range s.first {
		x.became(first, 0, 0)
	}
	for x, at := range map[*thing]moment{&w.alpha.thing: 10, &w.judge.thing: 20, &w.betaLookup.thing: 30, &w.brief.thing: 40} {
		x.became(s.then[x], at*time.Millisecond, (at+1)*time.Millisecond)
	}
	return s
}

func (s *stagedWorld) stage(x *thing, what state, n int) {
	if n == 0 {
		s.first[x] = what
	}
	s.then[x] = what
}

// after is the state of the world in which so many of its changes have happened.
func (s *stagedWorld) after(changes int) func(x *thing) state {
	order := []*thing{&s.alpha.thing, &s.judge.thing, &s.betaLookup.thing, &s.brief.thing}
	return func(x *thing) state {
		if slices.Contains(order[:changes], x) {
			return s.then[x]
		}
		return s.first[x]
	}
}

// honest answers a lead as it should be answered.
func (s *stagedWorld) honest(l worldLead, at func(x *thing) state) map[string]any {
	lead, activity := map[string]any{"id": l.id}, map[string]any{"success": true}
	answer := map[string]any{"leadData": lead, "activityData": activity}
	c := l.choice
	if c.table != nil {
		if at(&c.table.thing).gone {
			activity["success"], activity["errorCode"] = false, "TABLE_NOT_FOUND"
			return answer
		}
		v := at(&c.table.thing).version
		column, field := "key", c.field
		if c.lookup != nil {
			used := at(&c.lookup.thing)
			column, field = used.column, fmt.Sprintf("%s%d", c.lookup.prefix, used.serial)
		}
		n, row, ok := v.find(column, l.key)
		activity["tableVersion"], activity["matched"] = v.number, ok
		if ok {
			lead[field], activity["returnVal"], activity["matchedRow"] = row.origin, row.origin, n+1
			if c.rules != nil {
				activity["value4"] = row.origin
			}
		}
		if !ok && c.rules == nil {
			activity["success"], activity["errorCode"] = false, "LOOKUP_VALUE_NOT_FOUND"
		}
	}
	if c.rules != nil {
		lead["judged"] = fmt.Sprintf("%s/%d", c.rules.short(), at(&c.rules.thing).serial)
		alpha, beta := at(&s.alpha.thing).version, at(&s.beta.thing).version
		_, row, ok := alpha.find("key", l.key)
		activity["value1"], activity["flag1"] = row.origin, ok
		_, row, ok = beta.find(at(&s.betaLookup.thing).column, l.key)
		activity["value2"], activity["flag2"] = row.origin, ok
		activity["value3"] = alpha.origin(stampKey) + " " + beta.origin(stampKey)
	}
	return answer
}

func TestWorldTellsRightAnswersFromWrongOnes(t *testing.T) {
	s := stageWorld(t)
	whole := window{5 * time.Millisecond, 50 * time.Millisecond}
	pick := func(flow string) *worldChoice {
		i := slices.IndexFunc(s.choices, func(c *worldChoice) bool { return c.flow == flow })
		require.GreaterOrEqual(t, i, 0, flow)
		return s.choices[i]
	}
	alpha, beta, rules := pick(`{"table":"alpha"}`), pick(`{"table":"beta"}`), pick(`{"table":"none","ruleSet":"judge"}`)
	brief := s.choices[slices.IndexFunc(s.choices, func(c *worldChoice) bool { return c.field == "briefNamed" })]
	leads := s.makeLeads(s.random(), []*worldChoice{alpha, beta, rules, brief}, 100)
	answers := func(at func(l worldLead) func(x *thing) state) []map[string]any {
		all := make([]map[string]any, len(leads))
		for i, l := range leads {
			all[i] = s.honest(l, at(l))
		}
		return all
	}
	all := func(changes int) []map[string]any {
		return answers(func(worldLead) func(x *thing) state { return s.after(changes) })
	}
	split := func(c *worldChoice, changes, others int) []map[string]any {
		return answers(func(l worldLead) func(x *thing) state {
			if l.choice == c {
				return s.after(changes)
			}
			return s.after(others)
		})
	}
	// A lead that hits a row of alpha, and not the one that wrong answers name.
	hit := slices.IndexFunc(leads, func(l worldLead) bool {
		activity := s.honest(l, s.after(0))["activityData"].(map[string]any)
		return l.choice == alpha && activity["matched"] == true && activity["matchedRow"] != 99 && l.key != "k99"
	})
	require.GreaterOrEqual(t, hit, 0)
	changed := func(i int, part, name string, value any) []map[string]any {
		a := all(0)
		a[i][part].(map[string]any)[name] = value
		return a
	}
	for _, c := range []struct {
		name    string
		answers []map[string]any
		window  window
		want    string // "" is a right answer
	}{
		{"before all changes", all(0), whole, ""},
		{"between them", all(2), whole, ""},
		{"after all of them", all(4), whole, ""},
		{"after a change and before the next, by both ends", all(1), window{10 * time.Millisecond, 21 * time.Millisecond}, ""},
		{"one choice from the next version", split(alpha, 1, 0), whole, "MIXED VERSIONS of table alpha"},
		{"rules from the next version", split(rules, 1, 0), whole, "MIXED VERSIONS of table alpha"},
		{"rules that came while the old table was there", split(rules, 2, 1), whole, ""},
		{"a lookup from before the rules", split(beta, 3, 1), whole, "MIXED VERSIONS of lookup beta/beta"},
		{"two tables that were never live together", split(brief, 4, 0), whole, "MIXED STATES"},
		{"a version that was replaced before", all(0), window{12 * time.Millisecond, 50 * time.Millisecond}, "WRONG STATE of table alpha"},
		{"a version that came later", all(1), window{time.Millisecond, 9 * time.Millisecond}, "WRONG STATE of table alpha"},
		{"a table that is not deleted yet", all(4), window{time.Millisecond, 39 * time.Millisecond}, "WRONG STATE of table brief"},
		{"another row's cell", changed(hit, "activityData", "returnVal", "alpha/1/k99"), whole, "WRONG ANSWER"},
		{"another row's number", changed(hit, "activityData", "matchedRow", 99), whole, "WRONG ANSWER"},
		{"a version that nobody made", changed(hit, "activityData", "tableVersion", 99), whole, "WRONG VERSION"},
		{"a code that can never be", changed(hit, "activityData", "errorCode", "RULE_FAILED"), whole, "WRONG CODE RULE_FAILED"},
		{"a table that is never deleted", changed(hit, "activityData", "errorCode", "TABLE_NOT_FOUND"), whole, "WRONG CODE TABLE_NOT_FOUND"},
		{"a field too many", changed(0, "leadData", "more", "x"), whole, "WRONG VALUES"},
		{"an id of nobody", changed(0, "leadData", "id", 1), whole, "LEADS"},
		{"a lead twice", changed(0, "leadData", "id", leads[1].id), whole, "LEADS"},
		{"a lead too few", all(0)[1:], whole, "LEADS"},
	} {
		raw, err := json.Marshal(map[string]any{"objectData": c.answers})
		require.NoError(t, err)
		s.kinds, s.faults = map[string]*faultKind{}, nil
		s.checkBatch(&worldBatch{token: c.name, leads: leads, sent: c.window.from, arrived: c.window.to, raw: raw})
		told := strings.Join(s.faults, "\n")
		if c.want == "" {
			require.Empty(t, told, c.name)
			continue
		}
		require.Contains(t, told, c.want, c.name)
		require.Contains(t, told, c.name+",", "the batch is named")
	}
}

func TestWorldTellsRepeatsThatDiffer(t *testing.T) {
	s := stageWorld(t)
	s.batches["b"] = &worldBatch{token: "b"}
	b := s.came("b", []byte("one"), 1)
	s.took(b)
	require.Empty(t, s.faults)
	s.life++
	s.came("b", []byte("one"), 2)
	require.Empty(t, s.faults, "another process may not know that it was taken")
	s.took(b)
	s.came("b", []byte("one"), 3)
	require.Contains(t, s.faults[0], "again by the same process")
	s.came("b", []byte("two"), 4)
	require.Contains(t, s.faults[1], "two callbacks differ")
	s.came("c", []byte("one"), 5)
	require.Contains(t, strings.Join(s.faults, "\n"), "never sent")
}
