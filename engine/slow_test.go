package engine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/engine"
	"tablestep/tables/answers"
)

// longText is 512 letters that have little in common with those of another seed.
func longText(seed int) string {
	b := make([]byte, 512)
	x := uint32(seed)*2654435761 + 12345
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = 'a' + byte(x>>24)%4
	}
	return string(b)
}

// hardTable has long cells that are compared with all long values, which takes about
// ten microseconds a cell.
func (h *house) hardTable(t *testing.T, rows int) {
	t.Helper()
	var csv strings.Builder
	csv.WriteString("text,owner\n")
	for i := range rows {
		fmt.Fprintf(&csv, "%s,owner %d\n", longText(i), i)
	}
	h.table(t, "hard", csv.String(), `{"match":[{"column":"text","field":"text","mode":"fuzzy","threshold":0.55}],"hitPolicy":"first","outputs":[{"column":"owner","field":"ownerEmail","type":"string"}]}`)
}

// nearly is the text of a row with an error in it.
func nearly(row int) string { return "z" + longText(row)[1:] }

// hardBatch has leads for a hard table: one with a short text, and then long ones.
func hardBatch(token, url, flow string, n int) []byte {
	leads := []string{lead(`"id":1,"text":"short"`, flow)}
	for i := range n {
		leads = append(leads, lead(fmt.Sprintf(`"id":%d,"text":%q`, i+2, nearly(i)), flow))
	}
	return fmt.Appendf(nil, `{"token":%q,"apiCallBackKey":"k","campaignId":1,"callbackUrl":%q,"context":{"admin":{}},"objectData":[%s]}`,
		token, url, strings.Join(leads, ","))
}

// tried is an answer in full.
type tried struct {
	LeadData     map[string]any
	ActivityData struct {
		Success   bool
		ErrorCode string
		Reason    string
		Matched   *bool
	}
}

func triedOf(t *testing.T, callback []byte) []tried {
	t.Helper()
	var body struct{ ObjectData []tried }
	require.NoError(t, json.Unmarshal(callback, &body), "%s", callback)
	return body.ObjectData
}

// requireCutOff checks the answers to a hardBatch: right ones, and then that leads were
// not reached. It returns how many were.
func requireCutOff(t *testing.T, answers []tried, table string) (reached int) {
	t.Helper()
	require.Equal(t, "LOOKUP_VALUE_NOT_FOUND", answers[0].ActivityData.ErrorCode)
	require.False(t, *answers[0].ActivityData.Matched)
	for i, a := range answers[1:] {
		if a.ActivityData.Success {
			require.Equal(t, reached, i, "those that were reached come first")
			require.Equal(t, fmt.Sprint("owner ", i), a.LeadData["ownerEmail"])
			reached++
			continue
		}
		require.Equal(t, "LOOKUP_TOO_SLOW", a.ActivityData.ErrorCode)
		require.Nil(t, a.ActivityData.Matched, "it was not looked up")
		require.Equal(t, map[string]any{"id": float64(i + 2)}, a.LeadData)
		require.True(t, strings.HasPrefix(a.ActivityData.Reason, "table "+table+", lookup "+table+" (version 1) is too slow: "), a.ActivityData.Reason)
		require.Contains(t, a.ActivityData.Reason, "raise the threshold")
		require.LessOrEqual(t, len(a.ActivityData.Reason), 255)
	}
	return reached
}

func TestAPlainBatchIsAnsweredWhileSlowOnesRun(t *testing.T) {
	h := newHouse(t)
	h.SetBatchWork(answers.BatchWork / 4 / slowdown)
	h.hardTable(t, 8000)
	r := newReceiver(t, nil)
	defer h.run(t)()
	for _, token := range []string{"slow 1", "slow 2"} {
		_, err := h.Accept(t.Context(), hardBatch(token, r.URL, `"table":"hard"`, 30))
		require.NoError(t, err)
	}
	require.Eventually(t, func() bool { return h.InSlowLane() > 0 }, soon, time.Millisecond)
	const plain = 20
	for i := range plain {
		_, err := h.Accept(t.Context(), batch(fmt.Sprint("plain ", i), r.URL, 1))
		require.NoError(t, err)
		require.Eventually(t, func() bool { return len(r.all()) > i }, soon, time.Millisecond)
	}
	for _, got := range r.all() {
		require.Contains(t, got.token, "plain", "a batch of another table waits for slow ones")
	}
	require.Eventually(t, func() bool { return len(r.all()) == plain+2 }, 60*time.Second, 10*time.Millisecond)
	for _, got := range r.all()[plain:] {
		requireCutOff(t, triedOf(t, got.body), "hard")
	}
	slow := h.SlowLookups()
	require.Len(t, slow, 1)
	require.Equal(t, engine.SlowLookup{Table: "hard", Lookup: "hard", Version: 1, Pace: slow[0].Pace}, slow[0])
	require.Contains(t, slow[0].Pace, "a second")
}

func TestLeadsThatWereReachedKeepTheirAnswers(t *testing.T) {
	h := newHouse(t)
	h.hardTable(t, 5000)
	h.SetBatchWork(answers.BatchWork / 8)
	evaluate := func() []tried {
		callback, _, err := h.Evaluate(t.Context(), hardBatch("t", "u", `"table":"hard"`, 40))
		require.NoError(t, err)
		return triedOf(t, callback)
	}
	first := evaluate()
	reached := requireCutOff(t, first, "hard")
	require.Positive(t, reached)
	require.Less(t, reached, 40)
	require.Equal(t, first, evaluate(), "work is counted, not timed: the same leads are reached each time")
}

func TestALookupInARuleKeepsToTheBatchsBudget(t *testing.T) {
	h := newHouse(t)
	h.hardTable(t, 5000)
	h.SetBatchWork(answers.BatchWork / 8 / slowdown)
	h.ruleSetForced(t, `
name: hard
rules:
  - name: known
    when: exists("hard", lead.text)
    set: {leadRole: '"known"'}
`)
	evaluate := func(flow string) []tried {
		callback, _, err := h.Evaluate(t.Context(), hardBatch("t", "u", flow, 40))
		require.NoError(t, err)
		return triedOf(t, callback)
	}
	answers := evaluate(`"table":"none","ruleSet":"hard"`)
	require.Equal(t, "RULE_NO_MATCH", answers[0].ActivityData.ErrorCode)
	reached := 0
	for _, a := range answers[1:] {
		if a.ActivityData.Success {
			require.Equal(t, "known", a.LeadData["leadRole"])
			reached++
			continue
		}
		if a.ActivityData.ErrorCode != "RULE_FAILED" { // the time of the rules was up first
			require.Equal(t, "LOOKUP_TOO_SLOW", a.ActivityData.ErrorCode, a.ActivityData.Reason)
			require.True(t, strings.HasPrefix(a.ActivityData.Reason, "table hard, lookup hard (version 1) is too slow"), a.ActivityData.Reason)
		}
		require.Nil(t, a.ActivityData.Matched)
	}
	require.Less(t, reached, 40)

	both := evaluate(`"table":"hard","ruleSet":"hard"`)
	for _, a := range both {
		require.Equal(t, "LOOKUP_TOO_SLOW", a.ActivityData.ErrorCode, "the flow step's lookup has left nothing for that of the rule")
	}
}

func TestTheEndOfTheEngineEndsSlowWorkAndTheNextStartDoesItAgain(t *testing.T) {
	h := open(t, t.TempDir(), engine.Options{})
	h.SetBatchWork(answers.BatchWork / 4 / slowdown)
	h.hardTable(t, 8000)
	r := newReceiver(t, nil)
	stop := h.run(t)
	_, err := h.Accept(t.Context(), hardBatch("slow", r.URL, `"table":"hard"`, 30))
	require.NoError(t, err)
	require.Eventually(t, func() bool { return h.InSlowLane() > 0 }, soon, time.Millisecond)
	stop()
	require.Empty(t, r.all(), "it was not waited for")
	require.Equal(t, 1, h.Stats().Waiting)
	h.close(t)

	h = open(t, h.dir, engine.Options{})
	h.SetBatchWork(answers.BatchWork / 4 / slowdown)
	defer h.close(t)
	defer h.run(t)()
	require.Eventually(t, func() bool { return len(r.all()) == 1 }, 60*time.Second, 10*time.Millisecond)
	requireCutOff(t, triedOf(t, r.all()[0].body), "hard")
}

func TestTryingLeadsKeepsToLaneAndBudget(t *testing.T) {
	h := newHouse(t)
	h.hardTable(t, 8000)
	h.SetBatchWork(answers.BatchWork / 4 / slowdown)
	leads := make([]json.RawMessage, 5)
	for i := range leads {
		leads[i] = fmt.Appendf(nil, `{"text":%q}`, nearly(i))
	}
	done := make(chan error, 1)
	go func() {
		results, err := h.Try(context.Background(), leads, json.RawMessage(`{"table":"hard"}`))
		if err == nil && !strings.Contains(string(results[4].ActivityData), "LOOKUP_TOO_SLOW") {
			err = fmt.Errorf("%s", results[4].ActivityData)
		}
		done <- err
	}()
	require.Eventually(t, func() bool { return h.InSlowLane() > 0 }, soon, time.Millisecond)
	select {
	case err := <-done:
		require.NoError(t, err)
	case <-time.After(60 * time.Second):
		require.Fail(t, "trying did not end")
	}
	require.Zero(t, h.InSlowLane())

	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		_, err := h.Try(ctx, leads, json.RawMessage(`{"table":"hard"}`))
		done <- err
	}()
	require.Eventually(t, func() bool { return h.InSlowLane() > 0 }, soon, time.Millisecond)
	cancel()
	require.ErrorIs(t, <-done, context.Canceled)
}

func TestALookupThatWasSlowIsNamedUntilItChanges(t *testing.T) {
	h := newHouse(t)
	h.hardTable(t, 5000)
	h.SetBatchWork(answers.BatchWork / 8 / slowdown)
	require.Empty(t, h.SlowLookups())
	_, _, err := h.Evaluate(t.Context(), hardBatch("t", "u", `"table":"hard"`, 20))
	require.NoError(t, err)
	require.Len(t, h.SlowLookups(), 1)
	table, _ := h.store.Catalog().Table("hard")
	l, _ := table.Lookup("")
	l.Match = slices.Clone(l.Match)
	l.Match[0].Threshold = 0.95
	require.NoError(t, h.store.SetLookup("hard", l, "test"))
	require.Empty(t, h.SlowLookups())
}

func TestARuleSetOnATableThatIsFarTooSlowIsRefusedUnlessForced(t *testing.T) {
	h := newHouse(t)
	const source = "name: hard\nrules:\n  - name: known\n    when: exists(\"hard\", lead.text)\n    set: {leadRole: '\"known\"'}\n"
	_, err := h.CheckRuleSet(t.Context(), strings.ReplaceAll(source, "hard", "countries"), false)
	require.NoError(t, err)
	if slowdown > 1 {
		return // what follows is a minute of work that one goroutine does
	}
	h.hardTable(t, 8000)
	_, err = h.CheckRuleSet(t.Context(), source, false)
	var wrong *engine.RuleSetError
	require.ErrorAs(t, err, &wrong)
	require.Equal(t, 4, wrong.Problems[0].Line)
	require.Contains(t, wrong.Problems[0].Message, `the default lookup of table "hard" looks up `)
	report, err := h.CheckRuleSet(t.Context(), source, true)
	require.NoError(t, err)
	require.Len(t, report.Warnings, 1)
}

func (h *house) ruleSetForced(t *testing.T, source string) {
	t.Helper()
	_, err := h.SaveRuleSet(t.Context(), nameOf(t, source), source, engine.SaveOptions{Publish: true, Force: true, By: "test"})
	require.NoError(t, err)
}

func TestOneBudgetServesAllGroupsOfABatch(t *testing.T) {
	require.Equal(t, 2*answers.Second, answers.BatchWork)
	h := newHouse(t)
	h.hardTable(t, 5000)
	h.SetBatchWork(answers.BatchWork / 8 / slowdown)
	leads := []string{}
	for i := range 40 {
		leads = append(leads, lead(fmt.Sprintf(`"id":%d,"text":%q`, i+1, nearly(i)), `"table":"hard"`))
	}
	leads = append(leads, lead(`"id":99,"country":"Germany"`, `"table":"countries"`))
	callback, sum, err := h.Evaluate(t.Context(), fmt.Appendf(nil, `{"callbackUrl":"u","context":{"admin":{}},"objectData":[%s]}`, strings.Join(leads, ",")))
	require.NoError(t, err)
	answers := triedOf(t, callback)
	require.Equal(t, "LOOKUP_TOO_SLOW", answers[40].ActivityData.ErrorCode, "nothing was left for the second table")
	require.Equal(t, 41, sum.Leads)
	require.Len(t, h.SlowLookups(), 1, "which is not the fault of the second table")
	require.Equal(t, "hard", h.SlowLookups()[0].Table)
}

func TestASlowLookupIsExpectedToBeSlowAgain(t *testing.T) {
	h := newHouse(t)
	const millisecond = answers.Second / 1000
	require.False(t, h.Expects(1_000_000, "countries"))
	h.Note("countries", "", 1, 1, millisecond-1, false)
	h.Note("countries", "", 1, 0, millisecond, true)
	h.Note("nobody", "", 1, 1, millisecond, true)
	h.Note("countries", "nobody", 1, 1, millisecond, true)
	require.False(t, h.Expects(1_000_000, "countries"), "too little work, no leads, no such table or lookup")

	h.Note("countries", "", 1, 1, millisecond, false)
	require.False(t, h.Expects(30, "countries"), "30 ms is what the fast lane is for")
	require.True(t, h.Expects(31, "countries"))
	require.True(t, h.Expects(31, "states", "countries/countries"), "by its own name, and among others")
	require.False(t, h.Expects(31, "states", "countries/nobody", "none"))
	h.Note("countries", "", 1, 1000, millisecond, false)
	require.True(t, h.Expects(31, "countries"), "another batch was luckier")
	require.Empty(t, h.SlowLookups(), "all leads were reached")
	h.table(t, "countries", "country,code,numeric,note\nGermany,DE,276,\n", "")
	require.False(t, h.Expects(31, "countries"), "another version is another matter")
	h.Note("countries", "", 2, 1, 2*millisecond, false)
	require.False(t, h.Expects(15, "countries"))
	require.True(t, h.Expects(16, "countries"))
}

func TestOnlyALookupThatTookTheBatchsWorkIsToldAsSlow(t *testing.T) {
	h := newHouse(t)
	h.Note("countries", "", 1, 0, answers.BatchWork, true)
	require.Empty(t, h.SlowLookups(), "of no leads there is no pace")
	h.Note("gone", "", 1, 1000, answers.BatchWork, true)
	h.Note("countries", "gone", 1, 1000, answers.BatchWork, true)
	require.Empty(t, h.SlowLookups(), "and none of what is deleted meanwhile")
	h.Note("countries", "", 1, 1000, answers.BatchWork/2, true)
	require.Empty(t, h.SlowLookups(), "another lookup had the other half")
	h.Note("countries", "", 1, 1000, answers.BatchWork/2+1000, true)
	require.Len(t, h.SlowLookups(), 1)
	h.Note("countries", "", 1, 1000, answers.BatchWork/2, true)
	require.Len(t, h.SlowLookups(), 1, "once told, it stands")
	h.Note("states", "", 1, 1, answers.BatchWork/1000, true)
	require.Len(t, h.SlowLookups(), 1)
	h.Note("states", "", 1, 1, answers.BatchWork/1000+1, true)
	slow := h.SlowLookups()
	require.Len(t, slow, 2, "a thousand leads would take it all")
	require.Equal(t, []string{"countries", "states"}, []string{slow[0].Table, slow[1].Table}, "by name")
	require.Equal(t, "about 999 leads a second", slow[0].Pace)
	require.NoError(t, h.store.Delete("countries", "test"))
	require.Len(t, h.SlowLookups(), 1)
}

func TestSoManySlowLookupsAreRemembered(t *testing.T) {
	h := newHouse(t)
	require.Equal(t, 1000, h.NoteMany(1000))
	require.Equal(t, 1, newHouse(t).NoteMany(1001), "beyond, it begins anew")
}
