//go:build fault

package main_test

import (
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// mostFaults is how many faults end a run.
const mostFaults = 200

// A world is a model of a service over the lives of many processes on one data
// folder: what it holds (things, each with all its states and when they may have
// been), what it has promised (batches), and what it answered.
//
// A change may take effect at any moment between its request and its answer, or, if
// the process was killed before, the start of the next one. A batch is answered from
// the states of one moment between its request and its callback; so is a trial. The
// check looks for that moment: it is a fault if there is none.
type world struct {
	began time.Time
	seed  uint64
	data  string
	args  []string
	keep  int // versions

	mostRows int // of the table wide

	alpha, beta, wide, brief        *worldTable
	alphaLookup, second, betaLookup *worldLookup
	judge, fleeting                 *worldRuleSet
	choices                         []*worldChoice
	steady, moody                   *httptest.Server

	serials, randoms atomic.Int64
	uploads          chan struct{} // one slot an upload under way: more at once are answered with 429
	open             atomic.Int64  // connections that bring callbacks
	calm             atomic.Bool   // receivers take everything at once
	round            int
	reborn           moment // start of the first process since the last one ended, 0 before it

	mu           sync.Mutex // guards the fields below and the batches
	life         int
	batches      map[string]*worldBatch
	fresh        []*worldBatch // answered, and not checked
	unanswered   []*worldBatch // sent, and the answer lost
	trials       []trial       // not checked
	missing      int           // acknowledged and not answered
	acknowledged int
	repeated     int // callbacks taken more than once
	checked      [2]int
	faults       []string
	told         int // of them
	kinds        map[string]*faultKind
}

// A faultKind counts faults that are alike.
type faultKind struct{ count, round int }

func newWorld(t *testing.T, keep, mostRows int, args []string) *world {
	t.Helper()
	w := &world{
		began: time.Now(), seed: *worldSeed, data: t.TempDir(), args: args, keep: keep, mostRows: mostRows,
		batches: map[string]*worldBatch{}, kinds: map[string]*faultKind{},
		uploads: make(chan struct{}, 2),
	}
	if w.seed == 0 {
		w.seed = uint64(w.began.UnixNano())
	}
	t.Logf("-world.seed=%d", w.seed)
	w.alpha, w.beta = newWorldTable(w, "alpha", false), newWorldTable(w, "beta", true)
	w.wide, w.brief = newWorldTable(w, "wide", true), newWorldTable(w, "brief", false)
	w.alphaLookup = newWorldLookup(w, "alpha", "alpha", worldLookup{columns: []string{"key"}, ruleSets: []string{""}})
	w.second = newWorldLookup(w, "alpha", "second", worldLookup{columns: []string{"key", bothColumns}, ruleSets: []string{"", "judge"}, mayGo: true})
	w.betaLookup = newWorldLookup(w, "beta", "beta", worldLookup{columns: []string{"key", "alias"}, ruleSets: []string{""}})
	w.judge, w.fleeting = newWorldRuleSet(w, "judge"), newWorldRuleSet(w, "fleeting")
	w.choices = w.makeChoices()
	w.steady, w.moody = w.receive(t, w.steadyMood), w.receive(t, w.moodyMood)
	return w
}

func (w *world) now() moment { return time.Since(w.began) }

func (w *world) serial() int { return int(w.serials.Add(1)) }

func (w *world) random() *rand.Rand { return rand.New(rand.NewPCG(w.seed, uint64(w.randoms.Add(1)))) }

// fault notes what was wrong.
func (w *world) fault(kind, format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faultLocked(kind, format, args...)
}

func (w *world) faultLocked(kind, format string, args ...any) {
	k := w.kinds[kind]
	if k == nil {
		k = &faultKind{round: w.round}
		w.kinds[kind] = k
	}
	const ofAKind = 5
	if k.count++; k.count <= ofAKind {
		w.faults = append(w.faults, fmt.Sprintf("round %d: [%s] %s", w.round, kind, fmt.Sprintf(format, args...)))
	}
}

func (w *world) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, k := range w.kinds {
		n += k.count
	}
	return n
}
