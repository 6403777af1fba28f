//go:build fault

package main_test

import (
	"flag"
	"fmt"
	"go/parser"
	"go/token"
	"math/rand/v2"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The whole form, of both settings, is
//
//	go test -tags fault -run World -timeout 2h ./cmd/tablestep/ -world.rounds=200
//
// It knows the service by HTTP alone (the files fault_world_… import nothing of the
// project) and goes on with every fault to the end of the run, so that all kinds of
// them are told.
var (
	worldRounds = flag.Int("world.rounds", 15, "how often the process is ended under load and changes, for each setting")
	worldSeed   = flag.Uint64("world.seed", 0, "seed of what is sent; 0 takes one from the clock")
)

func TestWorldStaysWholeThroughKillsUnderChanges(t *testing.T) {
	for _, c := range []struct {
		name string
		keep int
		wide int
		args []string
	}{
		// To load so many rows takes long enough for many patches beside it.
		{"default settings", 20, 200_000, nil},
		// Some versions of so many rows fit, but no two, and some do not.
		{"few versions and little memory", 2, 60_000, []string{"--keep-versions", "2", "--table-memory", "8MiB"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, c.keep, c.wide, c.args)
			w.begin(t)
			for w.round = 1; w.round <= *worldRounds && w.count() < mostFaults; w.round++ {
				w.live(t)
			}
			w.finish(t)
		})
	}
}

func TestWorldImportsNothingOfTheProject(t *testing.T) {
	files, err := filepath.Glob("fault_world_*.go")
	require.NoError(t, err)
	require.Greater(t, len(files), 5)
	for _, name := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		require.NoError(t, err)
		for _, i := range parsed.Imports {
			first, _, _ := strings.Cut(strings.Trim(i.Path.Value, `"`), "/")
			require.NotEqual(t, "tablestep", first, "%s imports %s", name, i.Path.Value)
		}
	}
}

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
	w.alphaLookup = newWorldLookup(w, "alpha", "alpha", worldLookup{field: "key", columns: []string{"key"}, ruleSets: []string{""}})
	w.second = newWorldLookup(w, "alpha", "second", worldLookup{field: "key", columns: []string{"key"}, ruleSets: []string{"", "judge"}, mayGo: true})
	w.betaLookup = newWorldLookup(w, "beta", "beta", worldLookup{field: "key", columns: []string{"key", "alias"}, ruleSets: []string{""}})
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

// begin makes everything that has to be there.
func (w *world) begin(t *testing.T) {
	t.Helper()
	l := w.awake(t)
	require.True(t, l.victim.ready(), "%s", l.victim.tail())
	r := w.random()
	for _, x := range []*worldTable{w.alpha, w.beta, w.wide, w.brief} {
		require.True(t, x.upload(l, r, true))
	}
	a := l.call("PUT", w.wide.path+"/lookups/wide", `{"match":[{"column":"key","field":"wide"}],"outputs":[{"column":"origin","field":"wideDefault"}]}`)
	require.Equal(t, 200, a.status, "%s", a.body)
	for _, x := range []*worldLookup{w.alphaLookup, w.second, w.betaLookup} {
		require.True(t, x.put(l, r))
	}
	require.True(t, w.judge.put(l, true))
	require.Zero(t, w.count(), "%v", w.faults)
	w.die(t, l, true)
}

// live is one round: a start, the check of all that was answered so far, load and
// changes, and an end at some moment.
func (w *world) live(t *testing.T) {
	t.Helper()
	r := w.random()
	l := w.awake(t)
	if r.IntN(8) == 0 { // while it still recovers
		time.Sleep(time.Duration(r.IntN(150)) * time.Millisecond)
		w.die(t, l, false)
		return
	}
	require.True(t, l.victim.ready(), "%s", l.victim.tail())
	w.audit(l)
	w.check()
	var g sync.WaitGroup
	w.writers(l, &g, weather(r.IntN(int(weathers))))
	w.senders(l, &g)
	w.triers(l, &g)
	time.Sleep(time.Duration(100+r.IntN(1900)) * time.Millisecond)
	w.die(t, l, r.IntN(6) == 0)
	g.Wait()
}

// die ends a life and waits for its last callbacks.
func (w *world) die(t *testing.T, l *life, kindly bool) {
	t.Helper()
	l.end(t, kindly)
	require.Eventually(t, func() bool { return w.open.Load() == 0 }, 10*time.Second, time.Millisecond, "callbacks of a process that has ended")
	w.mu.Lock()
	defer w.mu.Unlock()
	w.life++
}

// check holds all answers that came against the model. No change is under way.
func (w *world) check() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, b := range w.fresh {
		w.checkBatch(b)
		b.raw, b.leads, b.checked = nil, nil, true
	}
	for _, t := range w.trials {
		w.checkTrial(t)
	}
	w.checked[0] += len(w.fresh)
	w.checked[1] += len(w.trials)
	w.fresh, w.trials = nil, nil
}

// finish lets a sound process answer everything, and tells all faults.
func (w *world) finish(t *testing.T) {
	t.Helper()
	w.calm.Store(true)
	l := w.awake(t)
	require.True(t, l.victim.ready(), "%s", l.victim.tail())
	w.audit(l)
	for least, deadline := w.waiting(), time.Now().Add(time.Minute); w.waiting() > 0; time.Sleep(10 * time.Millisecond) {
		if n := w.waiting(); n < least {
			least, deadline = n, time.Now().Add(time.Minute)
		}
		if time.Now().After(deadline) {
			w.fault("NO ANSWER", "%d acknowledged batches were not answered: %v", least, w.lost())
			break
		}
	}
	w.check()
	w.die(t, l, true)
	changes := 0
	for _, x := range []*thing{&w.alpha.thing, &w.beta.thing, &w.wide.thing, &w.brief.thing, &w.alphaLookup.thing, &w.second.thing, &w.betaLookup.thing, &w.judge.thing, &w.fleeting.thing} {
		changes += len(x.stays)
	}
	t.Logf("%d rounds in %s: %d batches acknowledged, %d answers and %d trials checked, %d changes, %d callbacks repeated after a kill",
		w.round-1, w.now().Round(time.Second), w.acknowledged, w.checked[0], w.checked[1], changes, w.repeated)
	for kind, k := range w.kinds {
		t.Logf("%d times, first in round %d: %s", k.count, k.round, kind)
	}
	require.Empty(t, w.kinds, "%s", strings.Join(w.faults, "\n"))
	require.Greater(t, w.acknowledged, 10*(w.round-1), "too little was acknowledged before the kills")
}

// lost names some batches that were acknowledged and not answered.
func (w *world) lost() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var tokens []string
	for _, b := range w.batches {
		if b.id != "" && b.came == 0 && len(tokens) < 10 {
			tokens = append(tokens, fmt.Sprintf("%s (%s, sent at %s)", b.token, b.id, b.sent))
		}
	}
	return tokens
}
