package engine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/engine"
	"tablestep/engine/queue/file"
	"tablestep/tables"
	"tablestep/tables/schema"
)

// A span is when a version may have been live: from before it was published to after
// the next one was.
type span struct{ from, to time.Time }

// An almanac publishes two tables by turns, without a pause, so that versions n of
// both, or n+1 of the first beside n of the second, are live at the same time, and
// no others.
type almanac struct {
	t  *testing.T
	h  *house
	mu sync.Mutex // guards spans
	// spans of each version of each table, by number
	spans map[string][]span
}

func (a *almanac) publish(table string, n int) {
	began := time.Now()
	_, err := a.h.store.Import(context.Background(), table, fromCSV(a.t, fmt.Sprintf("k,v\na,%d\nb,%d\n", n, n)), tables.ImportOptions{Publish: true})
	if err != nil {
		a.t.Errorf("publish version %d of %s: %v", n, table, err)
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	list := a.spans[table]
	if len(list) > 0 {
		list[len(list)-1].to = time.Now()
	}
	a.spans[table] = append(list, span{from: began, to: time.Now().Add(time.Hour)})
}

// live says whether a version can have been live between two times.
func (a *almanac) live(table string, n int, from, to time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if n < 1 || n > len(a.spans[table]) {
		return false
	}
	s := a.spans[table][n-1]
	return s.from.Before(to) && s.to.After(from)
}

// With --keep-versions 1 and tables that do not fit into memory, every version is
// dropped the moment that the next one comes. Each batch is answered, from versions
// that were live together while it was under way.
func TestBatchesBesideUploadsWithoutAPauseAreAnsweredFromOneWorldEach(t *testing.T) {
	const batches = 120
	dir := t.TempDir()
	store, err := tables.Open(filepath.Join(dir, "tables.db"), tables.Options{MemoryBudget: 1, KeepVersions: 1})
	require.NoError(t, err)
	e, err := engine.New(store, openQueue(t, dir, file.Options{}), engine.Options{CallbackPrivate: true, Evaluators: 4})
	require.NoError(t, err)
	h := &house{e, store, dir}
	t.Cleanup(func() { h.close(t) })
	a := &almanac{t: t, h: h, spans: map[string][]span{}}
	a.publish("t", 1)
	a.publish("u", 1)
	for _, name := range []string{"t", "u"} {
		l := schema.Lookup{Match: []schema.Match{{Column: "k", Field: "k"}}, Outputs: []schema.Output{{Column: "v", Field: "v"}}}
		require.NoError(t, store.SetLookup(name, l, "test"))
	}
	h.ruleSet(t, "name: both\nrules:\n  - name: any\n    when: exists(\"t\", lead.k)\n    set: {t: 'lookup(\"t\", lead.k).v', u: 'lookup(\"u\", lead.k).v'}\n")
	r := newReceiver(t, nil)
	stopRun := h.run(t)
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		for n := 2; ctx.Err() == nil && !t.Failed(); n++ {
			a.publish("t", n)
			a.publish("u", n)
		}
	})
	accepted := make([]time.Time, batches)
	for i := range batches {
		accepted[i] = time.Now()
		_, err := h.Accept(t.Context(), []byte(fmt.Sprintf(`{"token":"%d","callbackUrl":%q,"context":{"admin":{}},"objectData":[`, i, r.URL)+strings.Join([]string{
			lead(`"id":1,"k":"a"`, `"table":"t","ruleSet":"both"`),
			lead(`"id":2,"k":"b"`, `"table":"u"`),
			lead(`"id":3,"k":"b"`, `"table":"none","ruleSet":"both"`),
			lead(`"id":4,"k":"a"`, `"table":"t","onNoMatch":"clear"`),
		}, ",")+`]}`))
		require.NoError(t, err)
		require.Eventually(t, func() bool { return len(r.all()) >= i-8 }, 20*time.Second, time.Millisecond, "a few are under way at once")
	}
	require.Eventually(t, func() bool { return len(r.all()) == batches }, 30*time.Second, 5*time.Millisecond)
	ended := time.Now()
	stop()
	wg.Wait()
	stopRun()

	seen := map[int]bool{}
	for _, got := range r.all() {
		i, err := strconv.Atoi(got.token)
		require.NoError(t, err)
		var out struct{ ObjectData []record }
		decodeJSON(t, string(got.body), &out)
		require.Len(t, out.ObjectData, 4, "%s", got.body)
		number := func(lead int, field string) int {
			require.True(t, out.ObjectData[lead].ActivityData.Success, "%s", got.body)
			var text string
			require.NoError(t, json.Unmarshal([]byte(out.ObjectData[lead].field(field)), &text), "%s", got.body)
			n, err := strconv.Atoi(text)
			require.NoError(t, err)
			return n
		}
		vt, vu := number(0, "v"), number(1, "v")
		require.Equal(t, vt, out.ObjectData[0].ActivityData.TableVersion)
		require.Equal(t, []int{vt, vu, vt, vu, vt}, []int{number(0, "t"), number(0, "u"), number(2, "t"), number(2, "u"), number(3, "v")}, "%s", got.body)
		require.Contains(t, []int{vt, vt - 1}, vu, "versions %d and %d were never live together", vt, vu)
		require.True(t, a.live("t", vt, accepted[i], ended), "version %d was not live after %v", vt, accepted[i])
		require.True(t, a.live("u", vu, accepted[i], ended))
		seen[vt] = true
	}
	require.Greater(t, len(seen), 5, "the tables stood still")
	a.publish("t", len(a.spans["t"])+1)
	for _, name := range []string{"t", "u"} {
		versions, err := store.Versions(name)
		require.NoError(t, err)
		require.LessOrEqual(t, len(versions), 2)
	}
}
