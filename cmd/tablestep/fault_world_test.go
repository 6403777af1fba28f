//go:build fault

package main_test

import (
	"flag"
	"fmt"
	"go/parser"
	"go/token"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
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
		// One version of so many rows fits beside the small tables, two may not.
		{"few versions and little memory", 2, 60_000, []string{"--keep-versions", "2", "--table-memory", "8MiB"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
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

// begin makes everything that has to be there.
func (w *world) begin(t *testing.T) {
	t.Helper()
	l := w.awake(t)
	require.True(t, l.victim.ready(), "%s", l.victim.tail())
	r := w.random()
	for _, x := range []*worldTable{w.alpha, w.beta, w.wide, w.brief} {
		require.True(t, x.upload(l, r, true))
	}
	for name, lookup := range map[string]string{
		"wide":   `{"match":[{"column":"key","field":"wide"}],"outputs":[{"column":"origin","field":"wideDefault"}]}`,
		"starts": `{"match":[{"column":"key","field":"wide","mode":"prefix"}],"outputs":[{"column":"origin","field":"wideStarts"}]}`,
		"ends":   `{"match":[{"column":"key","field":"wide","mode":"suffix"}],"outputs":[{"column":"origin","field":"wideEnds"}]}`,
	} {
		a := l.call(http.MethodPut, w.wide.path+"/lookups/"+name, lookup)
		require.Equal(t, http.StatusOK, a.status, "%s", a.body)
	}
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
	w.tell(t)
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
	w.tell(t)
	for kind, k := range w.kinds {
		t.Errorf("%d times, first in round %d: %s", k.count, k.round, kind)
	}
	require.Greater(t, w.acknowledged, w.round, "too little was acknowledged before the kills")
}

// tell fails the test with the faults that have not been told yet.
func (w *world) tell(t *testing.T) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.faults[w.told:] {
		t.Errorf("%s", f)
	}
	w.told = len(w.faults)
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
