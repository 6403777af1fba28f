//go:build fault

package main_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// A worldChoice is a flow step context and what the model has to know of it.
type worldChoice struct {
	flow    string
	table   *worldTable   // nil: none
	lookup  *worldLookup  // whose field is written; nil: field is written
	field   string        // written where the flow step names it itself
	column  string        // that is searched, where the flow step names it itself
	literal string        // searched for in place of a lead field
	rules   *worldRuleSet // chosen in the flow step
	noRules bool          // the lookup's own are switched off
}

// wideChoices are the first ones. Each of them but one needs an index of its own.
const wideChoices = 5

func (w *world) makeChoices() []*worldChoice {
	return []*worldChoice{
		{flow: `{"table":"wide"}`, table: w.wide, field: "wideDefault"},
		{flow: `{"table":"wide","keyName":"key","keyValField":"wide","lookupField":"origin","returnField":"wideNamed"}`, table: w.wide, column: "key", field: "wideNamed"},
		{flow: `{"table":"wide","keyName":"alias","keyValField":"wide","lookupField":"origin","returnField":"wideAlias"}`, table: w.wide, column: "alias", field: "wideAlias"},
		{flow: `{"table":"wide/starts"}`, table: w.wide, field: "wideStarts"},
		{flow: `{"table":"wide/ends"}`, table: w.wide, field: "wideEnds"},
		{flow: `{"table":"alpha"}`, table: w.alpha, lookup: w.alphaLookup},
		{flow: `{"table":"alpha/second"}`, table: w.alpha, lookup: w.second},
		{flow: `{"table":"alpha/second","ruleSet":"none"}`, table: w.alpha, lookup: w.second, noRules: true},
		{flow: `{"table":"alpha","keyValue":"stamp","lookupField":"origin","returnField":"stampOfAlpha"}`, table: w.alpha, literal: stampKey, field: "stampOfAlpha"},
		{flow: `{"table":"alpha","ruleSet":"judge"}`, table: w.alpha, lookup: w.alphaLookup, rules: w.judge},
		{flow: `{"table":"beta"}`, table: w.beta, lookup: w.betaLookup},
		{flow: `{"table":"beta","ruleSet":"judge"}`, table: w.beta, lookup: w.betaLookup, rules: w.judge},
		{flow: `{"table":"brief","keyName":"key","keyValField":"key","lookupField":"origin","returnField":"briefNamed"}`, table: w.brief, field: "briefNamed"},
		{flow: `{"table":"brief/named"}`, table: w.brief},
		{flow: `{"table":"none","ruleSet":"judge"}`, rules: w.judge},
		{flow: `{"table":"none","ruleSet":"fleeting"}`, rules: w.fleeting},
	}
}

// A worldLead is one lead of a batch.
type worldLead struct {
	id     int64
	key    string // of the small tables
	alias  string // of the row with the key
	wide   string
	choice *worldChoice
}

func (l worldLead) context() string {
	return fmt.Sprintf(`{"id":%d,"key":%q,"alias":%q,"wide":%q}`, l.id, l.key, l.alias, l.wide)
}

func (w *world) makeLeads(r *rand.Rand, choices []*worldChoice, n int) []worldLead {
	leads := make([]worldLead, n)
	for i := range leads {
		k := r.IntN(smallKeys)
		leads[i] = worldLead{
			id: int64(1_000_000_007)*int64(r.IntN(1<<30)) + int64(i), key: smallKey(k), alias: smallKey((k + 1) % smallKeys),
			wide: wideKey(r.IntN(w.mostRows)), choice: choices[r.IntN(len(choices))],
		}
		if r.IntN(20) == 0 {
			leads[i].key, leads[i].alias, leads[i].wide = nobodyKey, nobodyKey, nobodyKey
		}
	}
	for i := range min(n, len(choices)) {
		leads[i].choice = choices[i] // they are evaluated in this order
	}
	return leads
}

// A worldBatch is one request and what became of it.
type worldBatch struct {
	token string
	leads []worldLead
	body  string
	sent  moment
	id    string // of the 201; empty while nothing was promised

	// Of its callbacks:
	arrived moment
	raw     []byte // of the first one, until it has been checked
	digest  [32]byte
	came    int // callbacks, whatever they were answered with
	taken   int // of them answered with 200
	life    int // in which the last of those was
	checked bool
}

func (w *world) makeBatch(r *rand.Rand) *worldBatch {
	n := 1 + r.IntN(200)
	if r.IntN(3) == 0 {
		n = 1 + r.IntN(10)
	}
	choices := make([]*worldChoice, 0, 6)
	for _, i := range r.Perm(len(w.choices))[:1+r.IntN(6)] {
		choices = append(choices, w.choices[i])
	}
	// A table that may have to be loaded comes before the small ones: then time passes
	// within the batch.
	switch r.IntN(4) {
	case 0:
		choices = append(slices.Clone(w.choices[:wideChoices]), choices...)
	case 1:
		choices = append([]*worldChoice{w.choices[r.IntN(wideChoices)]}, choices...)
	}
	b := &worldBatch{token: fmt.Sprintf("batch-%d", w.serial()), leads: w.makeLeads(r, choices, n)}
	objects := make([]string, len(b.leads))
	for i, l := range b.leads {
		objects[i] = fmt.Sprintf(`{"objectType":"lead","objectContext":%s,"flowStepContext":%s}`, l.context(), l.choice.flow)
	}
	url := w.steady.URL
	if r.IntN(4) == 0 {
		url = w.moody.URL
	}
	b.body = fmt.Sprintf(`{"token":%q,"apiCallBackKey":"k","campaignId":1,"callbackUrl":%q,"objectData":[%s]}`, b.token, url, strings.Join(objects, ","))
	return b
}

// submit sends a batch, perhaps not for the first time, and gives false where no
// answer came.
func (w *world) submit(l *life, b *worldBatch) bool {
	w.mu.Lock()
	if w.batches[b.token] == nil {
		b.sent = w.now()
		w.batches[b.token] = b
	}
	w.mu.Unlock()
	a := l.send(http.MethodPost, "/submitAsyncAction", "x-api-key", testAPIKey, b.body)
	var told struct {
		ID string `json:"invocation"`
	}
	if a.status == http.StatusCreated && !a.lost {
		a.decode(&told)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case a.lost:
		w.unanswered = append(w.unanswered, b)
		return false
	case a.status == http.StatusCreated:
		if told.ID == "" || b.id != "" && b.id != told.ID {
			w.faultLocked("token", "%s: accepted as %q and as %q", b.token, b.id, told.ID)
		}
		if b.id == "" {
			w.acknowledged++
			if b.came == 0 {
				w.missing++
			}
		}
		b.id, b.body = told.ID, ""
	case a.status != http.StatusTooManyRequests && a.status != http.StatusServiceUnavailable:
		w.faultLocked("submit", "%s: %d %s", b.token, a.status, a.body)
	}
	return true
}

// mostWaiting bounds the batches that wait for their answers: what is killed with
// the process is what is under way.
const mostWaiting = 150

// senders send batches until the process ends, first of all some that the process
// before gave no answer to.
func (w *world) senders(l *life, g *sync.WaitGroup) {
	w.mu.Lock()
	again := w.unanswered
	w.unanswered = nil
	w.mu.Unlock()
	const senders = 3
	for s := range senders {
		r := w.random()
		g.Go(func() {
			for n := s; n < len(again) && !l.dying.Load(); n += senders {
				if r.IntN(2) == 0 && !w.submit(l, again[n]) {
					return
				}
			}
			for !l.dying.Load() {
				if w.waiting() >= mostWaiting {
					time.Sleep(5 * time.Millisecond)
					continue
				}
				if !w.submit(l, w.makeBatch(r)) {
					return
				}
			}
		})
	}
}

// waiting counts the acknowledged batches of which no callback came.
func (w *world) waiting() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.missing
}

// A trial is one request to evaluate, and its answer.
type trial struct {
	window
	leads []worldLead
	raw   []byte
}

// triers evaluate leads beside all else until the process ends.
func (w *world) triers(l *life, g *sync.WaitGroup) {
	for range 2 {
		r := w.random()
		g.Go(func() { w.try(l, r) })
	}
}

func (w *world) try(l *life, r *rand.Rand) {
	for !l.dying.Load() {
		c := w.choices[r.IntN(len(w.choices))]
		leads := w.makeLeads(r, []*worldChoice{c}, 1+r.IntN(5))
		contexts := make([]json.RawMessage, len(leads))
		for i, lead := range leads {
			contexts[i] = json.RawMessage(lead.context())
		}
		body, err := json.Marshal(map[string]any{"leads": contexts, "flow": json.RawMessage(c.flow)})
		if err != nil {
			panic(err)
		}
		a := l.call(http.MethodPost, "/api/v1/evaluate", string(body))
		switch {
		case a.lost:
			return
		case a.status != http.StatusOK:
			w.fault(fmt.Sprintf("evaluate answered %d", a.status), "%s with %s at %s: %d %s", a.path, body, window{a.from, a.to}, a.status, a.body)
		default:
			w.mu.Lock()
			w.trials = append(w.trials, trial{window{a.from, a.to}, leads, a.body})
			w.mu.Unlock()
		}
		time.Sleep(time.Duration(r.IntN(10)) * time.Millisecond)
	}
}
