package engine_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/engine"
	"tablestep/engine/queue"
	queuefile "tablestep/engine/queue/file"
	"tablestep/engine/queue/queuetest"
	"tablestep/tables"
	"tablestep/tables/file"
	"tablestep/tables/view"
)

// The whole simulation: a million leads.
//
//	go test ./engine -run Turns -timeout 30m -turns.batches=1000
var turnBatches = flag.Int("turns.batches", 30, "batches of 1,000 leads of which the simulation of turns has")

const team = "owner,weight,cap,away,region\nana,5,,,EMEA\nbo,3,,,EMEA\ncy,2,,,EMEA\ndee,1,,,APAC\n"

const inTurn = `{"match":[],"hitPolicy":"rotate","rowKey":"owner","weightColumn":"weight","capColumn":"cap","capPeriod":"day","awayColumn":"away","outputs":[{"column":"owner","field":"leadOwner"}]}`

// owners tries n leads and gives the owners.
func (h *house) owners(t *testing.T, n int, fields string) []string {
	t.Helper()
	leads := make([]json.RawMessage, n)
	for i := range leads {
		leads[i] = fmt.Appendf(nil, `{"id":%d%s}`, i+1, fields)
	}
	results, err := h.Try(t.Context(), leads, json.RawMessage(`{"table":"team"}`))
	require.NoError(t, err)
	owners := []string{}
	for _, r := range results {
		var data map[string]any
		require.NoError(t, json.Unmarshal(r.LeadData, &data))
		owners = append(owners, fmt.Sprint(data["leadOwner"]))
	}
	return owners
}

// asked is a batch of leads first to first+n-1 for the team.
func asked(token, url string, first, n int) []byte {
	leads := make([]string, n)
	for i := range leads {
		leads[i] = lead(fmt.Sprintf(`"id":%d,"region":"EMEA"`, first+i), `"table":"team"`)
	}
	return fmt.Appendf(nil, `{"token":%q,"apiCallBackKey":"k","campaignId":1,"callbackUrl":%q,"context":{"admin":{}},"objectData":[%s]}`, token, url, strings.Join(leads, ","))
}

// gave is what each lead got, of all callbacks; two that say different things of a lead fail.
func gave(t *testing.T, r *receiver) (owners map[string]string, count map[string]int) {
	t.Helper()
	owners, count = map[string]string{}, map[string]int{}
	for _, got := range r.all() {
		var body struct{ ObjectData []record }
		decodeJSON(t, string(got.body), &body)
		for _, rec := range body.ObjectData {
			id, owner := rec.field("id"), strings.Trim(rec.field("leadOwner"), `"`)
			if before, twice := owners[id]; twice {
				require.Equal(t, before, owner, "lead %s", id)
				continue
			}
			owners[id] = owner
			count[owner]++
		}
	}
	return owners, count
}

func TestWhoOnlyTriesSeesWhoseTurnItIsAndMovesNoCounter(t *testing.T) {
	h := newHouse(t)
	h.table(t, "team", team, inTurn)
	for range 3 {
		require.Equal(t, []string{"ana", "bo", "cy", "dee", "ana", "bo"}, h.owners(t, 6, ""))
	}
	h.table(t, "team", team, strings.Replace(inTurn, `"match":[]`, `"match":[{"column":"region","field":"region"}]`, 1))
	require.Equal(t, []string{"dee", "dee"}, h.owners(t, 2, `,"region":"apac"`))
	require.Equal(t, []string{"ana", "bo", "cy"}, h.owners(t, 3, `,"region":"emea"`))
}

// A row that was not valid for a time gets no turns for it once it is.
func TestARowThatIsValidAgainMakesUpForNothing(t *testing.T) {
	h := newHouse(t)
	h.table(t, "team", "owner,weight,cap,away,from,to\nana,,,,,\nbo,,,,,\n", `{"match":[{"column":"from","columnTo":"to","field":"@now","mode":"range"}],"hitPolicy":"rotate","rowKey":"owner","outputs":[{"column":"owner","field":"leadOwner"}]}`)
	r := newReceiver(t, nil)
	defer h.run(t)()
	sent := 0
	until := func(day string) {
		_, err := h.store.Patch(t.Context(), "team", view.Patch{Set: []view.SetRow{{Row: 2, Cells: map[string]string{"to": day}}}}, tables.PatchOptions{Publish: true})
		require.NoError(t, err)
	}
	require.Equal(t, map[string]int{"ana": 50, "bo": 50}, h.given(t, r, &sent, 100))
	until(time.Now().UTC().AddDate(0, 0, -1).Format(time.DateOnly))
	require.Equal(t, map[string]int{"ana": 200}, h.given(t, r, &sent, 200))
	until("")
	require.Equal(t, map[string]int{"ana": 50, "bo": 50}, h.given(t, r, &sent, 100))
}

func TestNobodyFreeIsAMissThatSaysSo(t *testing.T) {
	h := newHouse(t)
	today := time.Now().UTC()
	away := today.AddDate(0, 0, -1).Format("2006-01-02") + ".." + today.AddDate(0, 0, 1).Format("2006-01-02")
	h.table(t, "team", "owner,weight,cap,away,region\nana,0,,,E\nbo,,0,,E\ncy,,,"+away+",E\n", inTurn)
	flow := `"table":"team"`
	got := h.answers(t, lead(`"id":1`, flow), lead(`"id":2`, flow+`,"onNoMatch":"clear"`))
	require.Equal(t, engine.CodeValueNotFound, got[0].ActivityData.ErrorCode)
	require.Equal(t, "lookup team (version 1): all 3 rows are full or away", got[0].ActivityData.Reason)
	require.False(t, *got[0].ActivityData.Matched)
	require.Equal(t, `"null"`, got[1].field("leadOwner"))
}

func TestARuleTakesNoTurn(t *testing.T) {
	h := newHouse(t)
	h.table(t, "team", team, strings.Replace(inTurn, `"match":[]`, `"match":[{"column":"region","field":"region"}]`, 1))
	source := "name: owners\nrules:\n  - name: one\n    when: \"true\"\n    set:\n      leadOwner: lookup(\"team\", lead.region).owner\n"
	_, err := h.CheckRuleSet(t.Context(), source, false)
	require.ErrorContains(t, err, "takes no turn")
	h.put(t, source)
	got := h.answers(t, lead(`"id":1,"region":"EMEA"`, `"table":"none","ruleSet":"owners"`))
	require.Equal(t, engine.CodeRuleFailed, got[0].ActivityData.ErrorCode)
	require.Contains(t, got[0].ActivityData.Reason, "takes no turn")
}

// Whichever call of Finish fails, before or after its effect: a lead has one owner, and the
// counters say what was given.
func TestAnAnswerThatCannotBeStoredGivesItsRowsAgain(t *testing.T) {
	for _, after := range []bool{false, true} {
		t.Run(fmt.Sprint("after=", after), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			store := openQueue(t, dir, queuefile.Options{})
			q := queuetest.NewFaulty(store, queuetest.Fault{Call: queuetest.CallFinish, N: 3, After: after})
			h := openOn(t, dir, q, engine.Options{EvaluationPause: time.Millisecond})
			defer h.close(t)
			h.table(t, "team", team, inTurn)
			r := newReceiver(t, nil)
			defer h.run(t)()
			for n := range 20 {
				_, err := h.Accept(t.Context(), asked(fmt.Sprint("b", n), r.URL, 1+n*110, 110))
				require.NoError(t, err)
			}
			require.Eventually(t, func() bool { return h.Stats().Delivered == 20 }, soon, 5*time.Millisecond)
			require.True(t, q.Struck())
			owners, count := gave(t, r)
			require.Len(t, owners, 2200)
			require.Equal(t, map[string]int{"ana": 1000, "bo": 600, "cy": 400, "dee": 200}, count)
			requireCounted(t, store, count)
		})
	}
}

// requireCounted holds the counters of the store against what was given.
func requireCounted(t *testing.T, q queue.Store, want map[string]int) {
	t.Helper()
	counters, err := q.Counters(context.Background(), queue.Rotation{Instance: "default", Table: "team", Lookup: tables.DefaultLookup})
	require.NoError(t, err)
	got := map[string]int{}
	for _, c := range counters {
		if c.Leads > 0 {
			got[c.Row] = int(c.Leads)
		}
	}
	require.Equal(t, want, got)
}

// victim runs the engine over what the environment names until it is killed: engine/main_test.go.
func victim(dir, url string, batches int) error {
	store, err := file.OpenStore(filepath.Join(dir, "tables.db"), tables.Options{})
	if err != nil {
		return err
	}
	q, _, err := queuefile.Open(filepath.Join(dir, "queue.db"), queuefile.Options{Bounds: queue.Bounds{Running: engine.Workers}})
	if err != nil {
		return err
	}
	e, err := engine.New(store, q, engine.Options{CallbackPrivate: true})
	if err != nil {
		return err
	}
	go func() {
		for n := range batches {
			if _, err := e.Accept(context.Background(), asked(fmt.Sprint("b", n), url, 1+n*1000, 1000)); err != nil {
				panic(err)
			}
		}
	}()
	return e.Run(context.Background())
}

// Processes are killed in the middle of their work, again and again. Shares hold within 0.1 %, caps
// are never exceeded, and no lead is given to two.
func TestTurnsSurviveKillsInTheMiddle(t *testing.T) {
	dir := t.TempDir()
	h := open(t, dir, engine.Options{})
	batches := *turnBatches
	most := 100 * batches
	h.table(t, "team", strings.Replace(team, "dee,1,", fmt.Sprintf("dee,9,%d", most), 1), strings.Replace(inTurn, `"day"`, `"month"`, 1))
	h.close(t)
	seen := map[string]bool{}
	r := newReceiver(t, nil)
	done := func() int {
		for _, got := range r.all() {
			seen[got.token] = true
		}
		return len(seen)
	}
	kills := 0
	for next := batches / 5; done() < batches; next += batches / 5 {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), "TURNS_DIR="+dir, "TURNS_URL="+r.URL, "TURNS_BATCHES="+strconv.Itoa(batches))
		child.Stderr = os.Stderr
		require.NoError(t, child.Start())
		for deadline := time.Now().Add(3 * time.Minute); done() < min(next, batches) && time.Now().Before(deadline); {
			time.Sleep(2 * time.Millisecond)
		}
		kills++
		require.NoError(t, child.Process.Kill())
		_ = child.Wait() // It was killed.
		require.Less(t, kills, 100)
	}
	require.Greater(t, kills, 2)
	owners, count := gave(t, r)
	total := batches * 1000
	require.Len(t, owners, total)
	require.Equal(t, most, count["dee"])
	rest := total - most
	for owner, weight := range map[string]int{"ana": 5, "bo": 3, "cy": 2} {
		require.InDelta(t, rest*weight/10, count[owner], float64(total)/1000, owner)
	}
	q := openQueue(t, dir, queuefile.Options{})
	requireCounted(t, q, count)
	require.NoError(t, q.Close())
}

// A simulation: many workers, a team that changes, people away, caps, one who comes anew.
func TestTurnsOfManyLeadsAreFair(t *testing.T) {
	h := newHouse(t)
	h.table(t, "team", team, inTurn)
	r := newReceiver(t, nil)
	defer h.run(t)()
	batches, sent := *turnBatches, 0
	phase := func(rows string, share map[string]int, most map[string]int) {
		t.Helper()
		h.table(t, "team", "owner,weight,cap,away,region\n"+rows, "")
		_, before := gave(t, r)
		for range batches / 5 {
			_, err := h.Accept(t.Context(), asked(fmt.Sprint("b", sent), r.URL, 1+sent*1000, 1000))
			require.NoError(t, err)
			sent++
		}
		require.Eventually(t, func() bool { return h.Stats().Delivered == sent }, time.Minute*time.Duration(1+batches/100), 10*time.Millisecond)
		_, count := gave(t, r)
		total, weights := batches/5*1000, 0
		for owner, most := range most {
			require.Equal(t, most, count[owner]-before[owner], owner)
			total -= most
		}
		for _, w := range share {
			weights += w
		}
		for owner, w := range share {
			require.InDelta(t, float64(total*w)/float64(weights), count[owner]-before[owner], float64(batches), "%s of %s", owner, rows)
		}
	}
	today := time.Now().UTC()
	away := today.AddDate(0, 0, -1).Format("2006-01-02") + ".." + today.AddDate(0, 0, 2).Format("2006-01-02")
	phase("ana,5,,,\nbo,3,,,\ncy,2,,,\n", map[string]int{"ana": 5, "bo": 3, "cy": 2}, nil)
	phase("ana,5,,"+away+",\nbo,3,,,\ncy,2,,,\n", map[string]int{"ana": 0, "bo": 3, "cy": 2}, nil)
	phase("ana,5,,,\nbo,3,,,\ncy,2,,,\neve,10,,,\n", map[string]int{"ana": 5, "bo": 3, "cy": 2, "eve": 10}, nil)
	phase("ana,5,,,\nbo,3,,,\ncy,2,,,\nfay,10,123,,\n", map[string]int{"ana": 5, "bo": 3, "cy": 2}, map[string]int{"fay": 123})
	phase("fay,10,123,,\nbo,3,,,\ncy,2,,,\neve,5,,,\n", map[string]int{"fay": 0, "bo": 3, "cy": 2, "eve": 5}, nil)
	owners, count := gave(t, r)
	require.Len(t, owners, sent*1000)
	require.LessOrEqual(t, count["fay"], 123)
	q, err := h.TurnCounters(t.Context(), "team", "", "")
	require.NoError(t, err)
	for _, c := range q {
		require.Equal(t, int64(count[c.Row]), c.Leads, c.Row)
	}
}
