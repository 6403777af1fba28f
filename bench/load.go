package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A load sends batches to a subject and takes the callbacks.
type load struct {
	to       *subject
	receiver *receiver
	batches  []batch
	conns    int
	inFlight int           // most batches that are sent and not answered by a callback; 0 is no limit
	every    time.Duration // between two requests; 0 is as fast as goes
	warm     time.Duration
	window   time.Duration                   // in which is counted
	while    func(ctx context.Context) error // what makes the window, instead of a time; nil is the time
	total    int                             // requests to send instead of a window; 0 is by time
	patience time.Duration                   // for the last callbacks; 0 is a minute
}

// A tally is what a load found in its window.
type tally struct {
	took     time.Duration
	accepted int // 201 answers
	answered int // callbacks
	refused  int // other answers, all of the run
	lost     int // batches without a callback in the end
	twice    int // callbacks that came again
	odd      int // callbacks whose size was not that of the first one for the same batch
	leads    int // of one batch

	accept   histogram // from sending to 201
	callback histogram // from sending to the callback

	subjectCPU, loadCPU float64 // in cores
}

func (t *tally) leadsPerSecond() float64 {
	return float64(t.answered*t.leads) / t.took.Seconds()
}
func (t *tally) requestsPerSecond() float64 { return float64(t.answered) / t.took.Seconds() }

func (t *tally) note() string {
	var s strings.Builder
	fmt.Fprintf(&s, "cpu %.2f + %.2f; 201 p50/p99 %s/%s ms; callback p50/p99 %s/%s ms",
		t.subjectCPU, t.loadCPU, number(t.accept.quantile(0.5)), number(t.accept.quantile(0.99)),
		number(t.callback.quantile(0.5)), number(t.callback.quantile(0.99)))
	for _, c := range []struct {
		n    int
		what string
	}{{t.refused, "refused"}, {t.lost, "LOST"}, {t.twice, "twice"}, {t.odd, "of odd size"}} {
		if c.n > 0 {
			fmt.Fprintf(&s, "; %d %s", c.n, c.what)
		}
	}
	return s.String()
}

// ring is how many requests may be unanswered before their times overwrite each other.
const ring = 1 << 20

// A running load.
type running struct {
	*load
	tally   *tally
	run     uint32 // in every token, so that no callback of an earlier run counts
	slots   chan struct{}
	next    atomic.Int64
	sent    [ring]atomic.Int64 // when, by number; 0 is answered
	sizes   []atomic.Int64     // of the callback of each batch
	begin   time.Time
	until   atomic.Int64 // nanoseconds after begin at which no more is sent
	waiting atomic.Int64
	done    chan struct{} // a token whenever a callback came

	counting                                atomic.Bool
	accepted, answered, refused, twice, odd atomic.Int64
}

// measure runs the load once. It fails if batches were lost.
func (l *load) measure(ctx context.Context) (*tally, error) {
	r := &running{load: l, tally: &tally{leads: l.batches[0].leads}, run: rand.Uint32(), done: make(chan struct{}, 1)}
	r.sizes = make([]atomic.Int64, len(l.batches))
	if l.inFlight > 0 {
		r.slots = make(chan struct{}, l.inFlight)
	}
	r.until.Store(int64(time.Hour * 24))
	take := r.take
	l.receiver.take.Store(&take)
	defer l.receiver.take.Store(nil)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r.begin = time.Now()
	var senders sync.WaitGroup
	failed := make(chan error, l.conns+1)
	for range l.conns {
		senders.Go(func() {
			if err := r.send(ctx); err != nil {
				failed <- err
				cancel()
			}
		})
	}
	if l.total == 0 {
		sleep(ctx, l.warm)
		r.count(func() {
			if l.while == nil {
				r.wait(ctx)
			} else if err := l.while(ctx); err != nil {
				failed <- err
				cancel()
			}
		})
		r.until.Store(0)
	} else {
		r.count(senders.Wait)
	}
	senders.Wait()
	r.drain(ctx)
	close(failed)
	for err := range failed {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	t := r.tally
	t.refused, t.twice, t.odd, t.lost = int(r.refused.Load()), int(r.twice.Load()), int(r.odd.Load()), int(r.waiting.Load())
	switch {
	case t.lost > 0:
		return nil, fmt.Errorf("%d batches were accepted by %s and never answered", t.lost, l.to.name)
	case t.answered == 0:
		return nil, fmt.Errorf("%s answered nothing: %s", l.to.name, t.note())
	case t.odd > 0:
		return nil, fmt.Errorf("%s answered the same batch with %d callbacks of another size", l.to.name, t.odd)
	}
	return t, nil
}

// count takes what happens while f runs into the tally.
func (r *running) count(f func()) {
	before := [...]int64{r.accepted.Load(), r.answered.Load()}
	subject, own := cpuOf(r.to.pid), cpuOf(os.Getpid())
	start := time.Now()
	r.counting.Store(true)
	f()
	r.counting.Store(false)
	t := r.tally
	t.took = time.Since(start)
	t.accepted, t.answered = int(r.accepted.Load()-before[0]), int(r.answered.Load()-before[1])
	t.subjectCPU = (cpuOf(r.to.pid) - subject).Seconds() / t.took.Seconds()
	t.loadCPU = (cpuOf(os.Getpid()) - own).Seconds() / t.took.Seconds()
}

// wait lets the window pass, and as much more as it takes until something has been
// answered in it.
func (r *running) wait(ctx context.Context) {
	before, begin := r.answered.Load(), time.Now()
	sleep(ctx, r.window)
	for r.answered.Load() == before && time.Since(begin) < time.Minute && ctx.Err() == nil {
		sleep(ctx, 10*time.Millisecond)
	}
}

// drain waits for the callbacks that are still to come.
func (r *running) drain(ctx context.Context) {
	patience := r.patience
	if patience == 0 {
		patience = time.Minute
	}
	late := time.NewTimer(patience)
	defer late.Stop()
	for r.waiting.Load() > 0 {
		select {
		case <-r.done:
		case <-late.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

// take is called by the receiver.
func (r *running) take(token []byte, size int) {
	n, ok := r.parse(token)
	if !ok {
		return
	}
	sent := r.sent[n%ring].Swap(0)
	if sent == 0 {
		r.twice.Add(1)
		return
	}
	if first := &r.sizes[n%int64(len(r.batches))]; !first.CompareAndSwap(0, int64(size)) && first.Load() != int64(size) {
		r.odd.Add(1)
	}
	r.answered.Add(1)
	if r.counting.Load() {
		r.tally.callback.add(time.Since(r.begin) - time.Duration(sent))
	}
	r.free()
}

// free gives the place of a batch to the next one.
func (r *running) free() {
	r.waiting.Add(-1)
	if r.slots != nil {
		<-r.slots
	}
	select {
	case r.done <- struct{}{}:
	default:
	}
}

// columnOf takes one number out of every tally.
func columnOf(tallies []*tally, f func(t *tally) float64) []float64 {
	out := make([]float64, 0, len(tallies))
	for _, t := range tallies {
		out = append(out, f(t))
	}
	return out
}

// middle is the tally whose speed is the median one.
func middle(tallies []*tally) *tally {
	s := slices.SortedFunc(slices.Values(tallies), func(a, b *tally) int { return a.answered - b.answered })
	return s[len(s)/2]
}
