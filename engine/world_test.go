package engine_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine"
	queuefile "tablestep/engine/queue/file"
	"tablestep/tables"
	"tablestep/tables/file"
	"tablestep/tables/schema"
	"tablestep/tables/view"
)

// heldContext is asked whether it has ended before rules run and before a row group
// is read from the disk. The first time it does not answer before the world has
// moved on: it holds an evaluation where it stands, without a clock.
type heldContext struct {
	context.Context
	once sync.Once
	then func()
}

func (c *heldContext) Err() error {
	c.once.Do(c.then)
	return c.Context.Err()
}

// during is a context that runs f once, in the middle of an evaluation.
func during(ctx context.Context, f func()) context.Context {
	return &heldContext{Context: ctx, then: f}
}

// versioned is a table whose cells name the version that they are of.
func versioned(t *testing.T, version int) *rows {
	t.Helper()
	return fromCSV(t, fmt.Sprintf("k,v\na,v%d\nb,v%d\n", version, version))
}

// move publishes so many versions of a table, each by one change of a row.
func (h *house) move(t *testing.T, table string, times int) {
	t.Helper()
	for range times {
		live, ok := h.store.Catalog().Table(table)
		require.True(t, ok)
		cell := fmt.Sprint("v", live.Live.Number+1)
		_, err := h.store.Patch(context.Background(), table, view.Patch{Upsert: []map[string]string{{"k": "a", "v": cell}, {"k": "b", "v": cell}}}, tables.Lift{}, "test")
		require.NoError(t, err)
	}
}

const versionedLookup = `{"match":[{"column":"k","field":"k"}],"outputs":[{"column":"v","field":"v"}]}`

// The scene: a batch with two choices, whose first one runs rules that look
// something up in a table that is patched row by row without a pause, and whose
// second one is that table. The settings are the default ones.
func TestABatchIsAnsweredFromTheVersionsItBeganWith(t *testing.T) {
	for name, change := range map[string]func(t *testing.T, h *house){
		"though 25 newer ones exist": func(t *testing.T, h *house) { h.move(t, "small", 25) },
		"though the table was deleted": func(t *testing.T, h *house) {
			require.NoError(t, h.store.Delete("small", "test"))
		},
		"though its lookup and the rule set were changed": func(t *testing.T, h *house) {
			h.move(t, "small", 25)
			require.NoError(t, h.store.SetLookup("small", schema.Lookup{Match: []schema.Match{{Column: "v", Field: "v"}}}, "test"))
			_, err := h.store.PutRuleSet("reads", "name: reads\nrules:\n  - {name: other, when: 'true', set: {looked: '\"other\"'}}\n", true, "test")
			require.NoError(t, err)
		},
		"though Marketo tells another mapping": func(t *testing.T, h *house) {
			require.NoError(t, h.SetMapping(engine.Mapping{Invocation: []string{"nobody", "k", "v"}}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.table(t, "small", "k,v\na,v1\nb,v1\n", versionedLookup)
			h.ruleSet(t, "name: reads\nrules:\n  - name: any\n    when: exists(\"small\", lead.k)\n    set: {looked: 'lookup(\"small\", lead.k).v'}\n")
			body := `{"callbackUrl":"u","objectData":[` + strings.Join([]string{
				lead(`"id":1,"k":"a","country":"Germany"`, `"table":"countries","ruleSet":"reads"`),
				lead(`"id":2,"k":"b"`, `"table":"small","ruleSet":"none"`),
				lead(`"id":3,"k":"b"`, `"table":"small","ruleSet":"reads"`),
				lead(`"id":4,"k":"b"`, `"table":"small","keyValField":"nobody"`),
			}, ",") + `]}`
			ctx := during(t.Context(), func() { change(t, h) })
			callback, sum, err := h.Evaluate(ctx, []byte(body))
			require.NoError(t, err)
			var out struct{ ObjectData []record }
			decodeJSON(t, string(callback), &out)
			got := out.ObjectData
			require.Equal(t, `"v1"`, got[0].field("looked"), "%s", callback)
			require.Equal(t, `"v1"`, got[1].field("v"), "%s", callback)
			require.Equal(t, `"v1"`, got[2].field("v"), "%s", callback)
			require.Equal(t, `"v1"`, got[2].field("looked"), "%s", callback)
			require.Equal(t, 1, got[1].ActivityData.TableVersion)
			require.Equal(t, engine.CodeFieldNotFound, got[3].ActivityData.ErrorCode, "%s", callback)
			require.Equal(t, map[string]int{"countries": 1, "small": 1}, sum.Versions)
			require.Equal(t, map[string]int{"reads": 1}, sum.RuleSets)
		})
	}
}

// A table that does not fit into memory is read while it is matched, so it must be
// there to the end.
func TestATableOnTheDiskIsReadToTheEndOfItsBatch(t *testing.T) {
	dir := t.TempDir()
	store, err := file.OpenStore(filepath.Join(dir, "tables.db"), tables.Options{MemoryBudget: 1, KeepVersions: 1})
	require.NoError(t, err)
	e, err := engine.New(store, openQueue(t, dir, queuefile.Options{}), engine.Options{CallbackPrivate: true})
	require.NoError(t, err)
	h := &house{e, store, dir}
	t.Cleanup(func() { h.close(t) })
	h.table(t, "small", "k,v\na,v1\nb,v1\n", versionedLookup)
	h.ruleSet(t, "name: reads\nrules:\n  - name: any\n    when: exists(\"small\", lead.k)\n    set: {looked: 'lookup(\"small\", lead.k).v', row: row.v}\n")
	ctx := during(t.Context(), func() {
		for n := 2; n <= 25; n++ {
			_, err := h.store.Import(context.Background(), "small", versioned(t, n), tables.ImportOptions{Publish: true})
			require.NoError(t, err)
		}
	})
	callback, _, err := h.Evaluate(ctx, []byte(`{"callbackUrl":"u","objectData":[`+
		lead(`"id":1,"k":"a"`, `"table":"small","ruleSet":"reads"`)+`,`+lead(`"id":2,"k":"b"`, `"table":"small"`)+`]}`))
	require.NoError(t, err)
	var out struct{ ObjectData []record }
	decodeJSON(t, string(callback), &out)
	require.Equal(t, `"v1"`, out.ObjectData[0].field("v"), "%s", callback)
	require.Equal(t, `"v1"`, out.ObjectData[0].field("row"), "%s", callback)
	require.Equal(t, `"v1"`, out.ObjectData[0].field("looked"), "%s", callback)
	require.Equal(t, `"v1"`, out.ObjectData[1].field("v"), "%s", callback)
}

// changes changes table, lookup and rule set again and again until it is told to
// stop. Every version says in its cells, and every rule set in its name and values,
// which one it is.
func (h *house) changes(t *testing.T) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	again := func(f func(n int) error) {
		wg.Go(func() {
			for n := 2; ctx.Err() == nil; n++ {
				if err := f(n); err != nil {
					t.Errorf("change %d: %v", n, err)
					return
				}
			}
		})
	}
	again(func(n int) error {
		columns, row := "k,k2,v\n", "a,a,v%d\nb,b,v%d\n"
		if n%3 == 0 {
			columns, row = "k,v\n", "a,v%d\nb,v%d\n"
		}
		_, err := h.store.Import(context.Background(), "moving", fromCSV(t, columns+fmt.Sprintf(row, n, n)), tables.ImportOptions{Publish: true, Confirm: true, Force: true})
		return err
	})
	again(func(n int) error {
		l := schema.Lookup{Match: []schema.Match{{Column: "k", Field: "k"}}, Outputs: []schema.Output{{Column: "v", Field: "v"}}}
		if n%2 == 0 {
			l.Match = append(l.Match, schema.Match{Column: "k2", Field: "k"})
		}
		err := h.store.SetLookup("moving", l, "test")
		if err != nil && strings.Contains(err.Error(), "column not found") {
			return nil // the version that is live has no k2
		}
		return err
	})
	again(func(n int) error {
		if n%5 == 0 {
			return h.store.DeleteRuleSet("moving", "test")
		}
		source := fmt.Sprintf("name: moving\nrules:\n  - {name: r%d, when: row != nil, set: {ruled: 'row.v', n: '\"%d\"'}}\n", n, n)
		if n%2 == 0 {
			source = fmt.Sprintf("name: moving\nrules:\n  - {name: r%d, when: 'exists(\"moving\", lead.k)', set: {n: '\"%d\"'}}\n", n, n)
		}
		_, err := h.store.PutRuleSet("moving", source, true, "test")
		return err
	})
	return func() {
		cancel()
		wg.Wait()
	}
}

func TestEveryTriedLeadIsExplainedByTheVersionsThatAnsweredIt(t *testing.T) {
	h := newHouse(t)
	h.table(t, "moving", "k,k2,v\na,a,v1\nb,b,v1\n", versionedLookup)
	h.ruleSet(t, "name: moving\nrules:\n  - {name: r1, when: row != nil, set: {ruled: 'row.v'}}\n")
	stop := h.changes(t)
	defer stop()
	leads := []json.RawMessage{[]byte(`{"k":"a"}`), []byte(`{"k":"c"}`), []byte(`{"id":"none","k":"a"}`), []byte(`{"k":""}`)}
	tally := map[string]int{}
	for n := range 500 {
		flow := `{"table":"moving","ruleSet":"moving"}`
		if n%3 == 0 {
			flow = `{"table":"moving"}`
		}
		results, err := h.tryOnce(t, leads, flow)
		if err != nil {
			tally[err.Error()]++
			continue
		}
		for i, r := range results {
			if bad := explained(t, i, &r); bad != "" {
				tally[bad]++
			}
		}
	}
	require.Empty(t, tally)
}

// tryOnce is Try with a panic for an error.
func (h *house) tryOnce(t *testing.T, leads []json.RawMessage, flow string) (results []engine.Result, err error) {
	t.Helper()
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return h.Try(t.Context(), leads, []byte(flow))
}

// explained says where trace and answer do not agree.
func explained(t *testing.T, i int, r *engine.Result) string {
	t.Helper()
	var a struct {
		TableVersion int
		ErrorCode    engine.Code
		Reason       string
		RulesFired   string
		Matched      bool
	}
	decodeJSON(t, string(r.ActivityData), &a)
	var fields map[string]any
	decodeJSON(t, string(r.LeadData), &fields)
	switch {
	case i == 2:
		if r.Trace.Version != 0 {
			return "a lead without an id has a trace"
		}
	case a.TableVersion != r.Trace.Version:
		return "the trace is of another version"
	case a.Matched && fields["v"] != nil && fields["v"] != fmt.Sprint("v", a.TableVersion):
		return "the value is another version's"
	case a.RulesFired != "" && !strings.Contains(r.Trace.Rules, "+ "+a.RulesFired+": held"):
		return "the trace tells of other rules"
	case a.Matched && r.Trace.Nearest != nil:
		return "what was found is explained as missing"
	case a.ErrorCode == engine.CodeRuleFailed && !strings.Contains(a.Reason, "is matched by"): // the rule has one key, the lookup may want two
		return string(r.ActivityData)
	}
	return ""
}

// What the tables' file does to a rule is no lead's fault: the evaluation is tried
// again, and no lead fails for good.
func TestRulesThatCannotReadATableFailTheEvaluationAndNoLead(t *testing.T) {
	for name, expression := range map[string]string{
		"a table that is not loaded yet": `exists("other", lead.k)`,
		"a cell":                         `lookup("small", lead.k).v == "v1"`,
		"a table":                        `len(lookupAll("small", lead.k)) > 0`,
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			store, err := file.OpenStore(filepath.Join(dir, "tables.db"), tables.Options{MemoryBudget: 1})
			require.NoError(t, err)
			e, err := engine.New(store, openQueue(t, dir, queuefile.Options{}), engine.Options{CallbackPrivate: true})
			require.NoError(t, err)
			h := &house{e, store, dir}
			h.table(t, "small", "k,v\na,v1\nb,v1\n", versionedLookup)
			h.table(t, "other", "k,v\na,v1\nb,v1\n", versionedLookup)
			h.ruleSet(t, "name: reads\nrules:\n  - {name: any, when: '"+expression+"', set: {x: '\"y\"'}}\n")
			ctx := during(t.Context(), func() { require.NoError(t, store.Close()) })
			_, _, err = h.Evaluate(ctx, []byte(`{"callbackUrl":"u","objectData":[`+lead(`"id":1,"k":"a"`, `"table":"none","ruleSet":"reads"`)+`]}`))
			require.ErrorIs(t, err, tables.ErrClosed)
			h.close(t)
		})
	}
}

func TestAnEvaluationIsBegunAnewWhereAVersionIsGone(t *testing.T) {
	h := newHouse(t)
	seen := []int{}
	err := h.InWorld(func(c *tables.Catalog) error {
		table, ok := c.Table("countries")
		require.True(t, ok)
		seen = append(seen, table.Live.Number)
		h.table(t, "countries", "country,code,numeric,note\nGermany,DE,276,\n", "")
		if len(seen) < 3 {
			return fmt.Errorf("read: %w", schema.ErrVersionGone)
		}
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, []int{1, 2, 3}, seen, "each time in a newer world")

	err = h.InWorld(func(*tables.Catalog) error { return fmt.Errorf("read: %w", schema.ErrVersionGone) })
	require.ErrorContains(t, err, "3 evaluations")
	require.NotErrorIs(t, err, schema.ErrVersionNotFound, "who tries a lead has not asked for a version")
	require.ErrorIs(t, h.InWorld(func(*tables.Catalog) error { return context.Canceled }), context.Canceled)
}

func TestAPanicWhileALeadIsTriedIsLoggedWithItsStack(t *testing.T) {
	var logged bytes.Buffer
	dir := t.TempDir()
	store, err := file.OpenStore(filepath.Join(dir, "tables.db"), tables.Options{KeepVersions: 1})
	require.NoError(t, err)
	e, err := engine.New(store, openQueue(t, dir, queuefile.Options{}), engine.Options{CallbackPrivate: true, Log: slog.New(slog.NewTextHandler(&logged, nil))})
	require.NoError(t, err)
	h := &house{e, store, dir}
	defer h.close(t)
	h.table(t, "small", "k,v\na,v1\n", versionedLookup)
	ctx := during(t.Context(), func() { panic("out of order") })
	_, err = h.Try(ctx, []json.RawMessage{[]byte(`{"k":"a"}`)}, []byte(`{"table":"small"}`))
	require.EqualError(t, err, "evaluation panicked")
	require.Contains(t, logged.String(), "out of order")
	require.Contains(t, logged.String(), "evaluateGroup")
	for n := 2; n <= 5; n++ {
		h.table(t, "small", "k,v\na,v\n", "")
		versions, err := store.Versions("small")
		require.NoError(t, err)
		require.Len(t, versions, 1, "nobody holds the version that the panic met")
	}
	results, err := h.Try(t.Context(), []json.RawMessage{[]byte(`{"k":"a"}`)}, []byte(`{"table":"small"}`))
	require.NoError(t, err)
	require.Equal(t, 5, results[0].Trace.Version)
}

func TestATestOfARuleSetIsOfOneWorld(t *testing.T) {
	h := newHouse(t)
	h.table(t, "small", "k,v\na,v1\n", versionedLookup)
	h.ruleSet(t, "name: reads\nrules:\n  - {name: first, when: 'exists(\"small\", lead.k)', set: {x: '\"1\"'}}\ntests:\n  - {name: own, lead: {k: a}, want: {rules: [first]}}\n")
	ctx := during(t.Context(), func() {
		_, err := h.store.PutRuleSet("reads", "name: reads\nrules:\n  - {name: second, when: 'true', set: {x: '\"2\"'}}\n", true, "test")
		require.NoError(t, err)
		require.NoError(t, h.store.Delete("small", "test"))
	})
	report, results, err := h.TestRuleSet(ctx, "reads", "", []json.RawMessage{[]byte(`{"k":"a"}`)}, []byte(`{"table":"small"}`))
	require.NoError(t, err)
	require.Equal(t, []string{"first"}, report.Rules)
	require.Contains(t, results[0].Trace.Rules, "+ first")
	require.Equal(t, 1, results[0].Trace.Version)
	require.JSONEq(t, `{"id":1,"v":"v1","x":"1"}`, string(results[0].LeadData))

	_, _, err = h.TestRuleSet(t.Context(), "none", "", nil, nil)
	require.ErrorIs(t, err, schema.ErrRuleSetNotFound)
	report, results, err = h.TestRuleSet(t.Context(), "reads", "", nil, nil)
	require.NoError(t, err)
	require.Equal(t, []string{"second"}, report.Rules)
	require.Empty(t, results)
}
