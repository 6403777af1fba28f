package queuetest

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tablestep/engine/queue"
)

// drawnBounds are those of a drawn sequence: so small that they are met.
func drawnBounds() queue.Bounds { return queue.Bounds{Limit: 12, Running: 3} }

// runModel makes drawn sequences of calls on the store and on the model.
func runModel(t *testing.T, factory Factory) {
	rapid.Check(t, func(rt *rapid.T) {
		m := &machine{clock: newClock(), backend: factory(t), leases: map[queue.ID]queue.Lease{}, memos: map[queue.ID]*memo{}}
		m.memory = NewMemory(m.clock.now)
		m.open(rt)
		defer func() {
			_ = m.store.Close()
			_ = m.model.Close()
		}()
		// Most sequences are long, as a rare state needs many calls to be reached.
		for range rapid.SampledFrom([]int{5, 40, 120, 240}).Draw(rt, "calls") {
			m.drawAction(rt).do(rt)
			m.compare(rt)
		}
		m.workOff(rt)
	})
}

// clock is the test's own, in whole milliseconds, which is how times are stored. The
// store may look at any time.
type clock struct{ nanos atomic.Int64 }

func newClock() *clock {
	c := new(clock)
	c.nanos.Store(time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC).UnixNano())
	return c
}

func (c *clock) now() time.Time { return time.Unix(0, c.nanos.Load()).UTC() }

func (c *clock) pass(d time.Duration) { c.nanos.Add(int64(d)) }

// machine makes each call on the store and on the model.
type machine struct {
	clock   *clock
	backend Backend
	store   queue.Store
	memory  *Memory
	model   *Owner
	leases  map[queue.ID]queue.Lease // of the store, the last one of each
	spent   []queue.Lease            // those that are no longer good
	memos   map[queue.ID]*memo
	puts    int
}

// A memo is what a caller wants to have again with the job. A store may lose it, but
// it gives it out or releases it at most once.
type memo struct{ released, given atomic.Int64 }

func (m *memo) Size() int { return 100 }

func (m *memo) Release() { m.released.Add(1) }

func (m *machine) open(t *rapid.T) {
	store, err := m.backend.Open(m.clock.now, drawnBounds())
	require.NoError(t, err)
	m.store = store
	m.model, err = m.memory.Open(drawnBounds())
	require.NoError(t, err)
}

// action is a call that may be drawn.
type action struct {
	name   string
	weight int
	do     func(*rapid.T)
	states []queue.State // one job must be in one of them; none: always possible
}

// actions draws calls that finish work more often than calls that undo it, so
// that sequences get somewhere.
func (m *machine) actions() []action {
	running, delivering := []queue.State{queue.Running}, []queue.State{queue.Delivering}
	leased := []queue.State{queue.Running, queue.Delivering}
	finished := []queue.State{queue.Delivered, queue.ProbablyDelivered, queue.Dead}
	return []action{
		{"put", 12, m.put, nil},
		{"claim", 8, m.claim, []queue.State{queue.Available}},
		{"claimDelivery", 8, m.claimDelivery, []queue.State{queue.Retryable}},
		{"evaluated", 5, m.evaluated, running},
		{"evaluatedWithTurns", 5, m.evaluatedWithTurns, running},
		{"evaluationFailed", 2, m.evaluationFailed, running},
		{"abandoned", 1, m.abandoned, running},
		{"arrived", 4, m.arrived, delivering},
		{"probablyArrived", 2, m.probablyArrived, delivering},
		{"tryAgain", 3, m.tryAgain, delivering},
		{"givenUp", 3, m.givenUp, delivering},
		{"released", 2, m.released, leased},
		{"extend", 1, m.extend, leased},
		{"wrongLease", 1, m.wrongLease, leased},
		{"stale", 1, m.stale, nil},
		{"replay", 2, m.replay, finished},
		{"replayAny", 1, m.replay, nil},
		{"replayBetween", 1, m.replayBetween, finished},
		{"purge", 1, m.purge, finished},
		{"time", 6, m.passTime, nil},
		{"reopen", 1, m.reopen, nil},
		{"crash", 1, m.crash, nil},
		{"stopping", 1, m.stopping, running},
		{"list", 2, m.list, nil},
		{"setCounters", 1, m.setCounters, nil},
		{"moveRotations", 1, m.moveRotations, nil},
		{"dropRotations", 1, m.dropRotations, nil},
		{"unstick", 1, m.unstick, nil},
	}
}

// drawAction draws one of the calls that make sense now.
func (m *machine) drawAction(t *rapid.T) action {
	var possible []action
	var names []string
	for _, a := range m.actions() {
		if a.states != nil && len(m.jobs(a.states...)) == 0 {
			continue
		}
		for range a.weight {
			possible, names = append(possible, a), append(names, a.name)
		}
	}
	i := rapid.IntRange(0, len(possible)-1).Draw(t, "action")
	t.Logf("action %s", names[i])
	return possible[i]
}

// jobs gives the model's jobs in one of the states, or all.
func (m *machine) jobs(states ...queue.State) []*job {
	m.memory.mu.Lock()
	defer m.memory.mu.Unlock()
	m.memory.settle()
	if len(states) == 0 {
		return slices.Clone(m.memory.jobs)
	}
	return m.memory.in(states...)
}

// step is a length of time in whole milliseconds.
func step(t *rapid.T, name string) time.Duration {
	return time.Duration(rapid.IntRange(0, 5000).Draw(t, name)) * time.Millisecond
}

func pick(t *rapid.T, from []*job) *job {
	return from[rapid.IntRange(0, len(from)-1).Draw(t, "job")]
}

// same requires that both answered alike, and says whether that was well.
func same(t require.TestingT, want, got error) bool {
	if want == nil {
		require.NoError(t, got)
		return true
	}
	for _, is := range []error{queue.ErrFull, queue.ErrStale, queue.ErrNotFound, queue.ErrGone, queue.ErrActive, queue.ErrInvalid, queue.ErrClosed, queue.ErrTurns} {
		require.Equal(t, isError(want, is), isError(got, is), "want %v, got %v", want, got)
	}
	return false
}

func (m *machine) put(t *rapid.T) {
	token := rapid.IntRange(-1, 60).Draw(t, "token")
	m.puts++
	in := queue.Invocation{
		CallbackURL: fmt.Sprintf("https://host%d.example.com/cb", token), Token: fmt.Sprint(token), APIKey: "key", MunchkinID: "m",
		BatchID: fmt.Sprint("batch ", m.puts), CampaignID: int64(m.puts), Leads: m.puts, Payload: fmt.Appendf(nil, "payload of token %d", token),
	}
	if token >= 0 {
		in.TokenHash, in.HasToken = sha256.Sum256([]byte(in.Token)), true
	}
	kept := new(memo)
	in.Decoded = kept
	id, duplicate, err := m.store.Put(t.Context(), in)
	m.memory.mu.Lock()
	if n := len(m.memory.jobs); n > 0 && err == nil && !duplicate {
		require.Negative(t, m.memory.jobs[n-1].id.Compare(id), "ids grow")
	}
	m.memory.next = id
	m.memory.mu.Unlock()
	in.Decoded = nil
	wantID, wantDuplicate, want := m.model.Put(t.Context(), in)
	m.memory.mu.Lock()
	m.memory.next = queue.ID{}
	m.memory.mu.Unlock()
	if !same(t, want, err) || wantDuplicate {
		require.Equal(t, int64(1), kept.released.Load(), "what is not stored is let go of")
	} else {
		require.Equal(t, m.clock.now().UnixMilli(), id.Millis())
		m.memos[id] = kept
	}
	require.Equal(t, wantID, id)
	require.Equal(t, wantDuplicate, duplicate)
}

// claimed notes the lease that the store gave; the one before is spent.
func (m *machine) claimed(t *rapid.T, l queue.Lease) {
	before, ok := m.leases[l.ID]
	require.Greater(t, l.Fence, before.Fence, "fences grow")
	if ok {
		m.spent = append(m.spent, before)
	}
	m.leases[l.ID] = l
}

func (m *machine) claim(t *rapid.T) {
	n, d := rapid.IntRange(1, 4).Draw(t, "n"), 2*step(t, "lease")+time.Millisecond
	want, err := m.model.Claim(t.Context(), n, d)
	require.NoError(t, err)
	got, err := m.store.Claim(t.Context(), n, d)
	require.NoError(t, err)
	require.Len(t, got, len(want))
	for i := range want {
		g := got[i]
		m.claimed(t, g.Lease)
		if g.Decoded != nil {
			require.Same(t, m.memos[g.ID], g.Decoded)
			m.memos[g.ID].given.Add(1)
		}
		g.Fence, g.Decoded, g.Accepted, g.Until = want[i].Fence, nil, inUTC(g.Accepted), inUTC(g.Until)
		require.Equal(t, want[i], g)
	}
}

func (m *machine) claimDelivery(t *rapid.T) {
	n, d := rapid.IntRange(1, 4).Draw(t, "n"), 2*step(t, "lease")+time.Millisecond
	want, err := m.model.ClaimDelivery(t.Context(), n, d)
	require.NoError(t, err)
	got, err := m.store.ClaimDelivery(t.Context(), n, d)
	require.NoError(t, err)
	require.Len(t, got, len(want))
	for i := range want {
		g := got[i]
		m.claimed(t, g.Lease)
		g.Fence, g.Accepted, g.Since, g.Until = want[i].Fence, inUTC(g.Accepted), inUTC(g.Since), inUTC(g.Until)
		g.Last.Started = inUTC(g.Last.Started)
		require.Equal(t, want[i], g)
	}
}

func inUTC(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.Round(0).UTC()
}

// end ends a job in one of the states; the lease is good.
func (m *machine) end(t *rapid.T, o queue.Outcome, states ...queue.State) {
	j := pick(t, m.jobs(states...))
	require.NoError(t, m.model.Finish(t.Context(), j.lease(), o))
	require.NoError(t, m.store.Finish(t.Context(), m.leases[j.id], o))
	m.spent = append(m.spent, m.leases[j.id])
}

func (m *machine) evaluated(t *rapid.T) {
	s := queue.Summary{Succeeded: m.puts, Failed: 1, Codes: map[string]int{"A": m.puts}, TableVersions: map[string]int{"t": 1}, RuleSetVersions: map[string]int{"r": 2}}
	if rapid.IntRange(0, 3).Draw(t, "whole") == 0 {
		s.Reason = "the batch failed"
	}
	m.end(t, queue.Evaluated(fmt.Appendf(nil, "callback %d", len(m.spent)), s), queue.Running)
}

func (m *machine) evaluationFailed(t *rapid.T) {
	m.end(t, queue.EvaluationFailed(fmt.Sprint("boom ", m.puts), m.clock.now().Add(step(t, "delay"))), queue.Running)
}

func (m *machine) abandoned(t *rapid.T) { m.end(t, queue.Abandoned("no use"), queue.Running) }

// attempt draws one that has ended now.
func (m *machine) attempt(t *rapid.T) queue.Attempt {
	return queue.Attempt{
		Started: m.clock.now(), Duration: step(t, "took"), Status: rapid.SampledFrom([]int{0, 401, 403, 500}).Draw(t, "status"),
		Err: fmt.Sprint("refused ", m.puts), Ambiguous: rapid.Bool().Draw(t, "ambiguous"),
	}
}

func (m *machine) arrived(t *rapid.T) { m.end(t, queue.Arrived(m.attempt(t)), queue.Delivering) }

func (m *machine) probablyArrived(t *rapid.T) {
	m.end(t, queue.ProbablyArrived(m.attempt(t)), queue.Delivering)
}

func (m *machine) givenUp(t *rapid.T) {
	m.end(t, queue.GivenUp(m.attempt(t), rapid.SampledFrom([]string{"", "given up"}).Draw(t, "reason")), queue.Delivering)
}

func (m *machine) tryAgain(t *rapid.T) {
	m.end(t, queue.TryAgain(m.attempt(t), m.clock.now().Add(step(t, "delay"))), queue.Delivering)
}

// released gives a lease back, with and without a time to wait.
func (m *machine) released(t *rapid.T) {
	o := queue.Released()
	if rapid.Bool().Draw(t, "postpone") {
		o = queue.Postponed(m.clock.now().Add(step(t, "wait")))
	}
	m.end(t, o, queue.Running, queue.Delivering)
}

func (m *machine) extend(t *rapid.T) {
	j, d := pick(t, m.jobs(queue.Running, queue.Delivering)), 2*step(t, "lease")+time.Millisecond
	require.NoError(t, m.model.Extend(t.Context(), j.lease(), d))
	require.NoError(t, m.store.Extend(t.Context(), m.leases[j.id], d))
}

// outcomes are one of each kind.
func outcomes(now time.Time) []queue.Outcome {
	var a queue.Attempt
	return []queue.Outcome{
		queue.Evaluated([]byte("stale"), queue.Summary{}).WithTurns([]queue.Turn{{Rotation: queue.Rotation{Instance: "default", Table: "t", Lookup: "main"}, Row: "a", Leads: 100}}, nil),
		queue.EvaluationFailed("stale", now), queue.Abandoned("stale"),
		queue.Arrived(a), queue.ProbablyArrived(a), queue.GivenUp(a, "stale"), queue.TryAgain(a, now), queue.Released(), queue.Postponed(now),
	}
}

// wrongLease uses a good lease for what it is not for.
func (m *machine) wrongLease(t *rapid.T) {
	j := pick(t, m.jobs(queue.Running, queue.Delivering))
	for _, o := range outcomes(m.clock.now()) {
		if !o.Kind().Ends(j.state) {
			require.ErrorIs(t, m.store.Finish(t.Context(), m.leases[j.id], o), queue.ErrStale, o.Kind().String())
		}
	}
}

// stale tries every call with a lease that is spent, or that nobody gave.
func (m *machine) stale(t *rapid.T) {
	leases := []queue.Lease{{ID: queue.MakeID(1, 1), Fence: 1}}
	for _, j := range m.jobs() {
		leases = append(leases, queue.Lease{ID: j.id}, queue.Lease{ID: j.id, Fence: m.leases[j.id].Fence + 1})
	}
	leases = append(leases, m.spent...)
	slices.SortFunc(leases, func(a, b queue.Lease) int { return cmp.Or(cmp.Compare(a.Fence, b.Fence), a.ID.Compare(b.ID)) })
	l := leases[rapid.IntRange(0, len(leases)-1).Draw(t, "lease")]
	for _, o := range outcomes(m.clock.now()) {
		require.ErrorIs(t, m.store.Finish(t.Context(), l, o), queue.ErrStale, o.Kind().String())
	}
	require.ErrorIs(t, m.store.Extend(t.Context(), l, time.Hour), queue.ErrStale)
}

func (m *machine) replay(t *rapid.T) {
	id := queue.MakeID(1, 1)
	if all := m.jobs(); len(all) > 0 && rapid.IntRange(0, 20).Draw(t, "unknown") > 0 {
		id = pick(t, all).id
	}
	same(t, m.model.Replay(t.Context(), id), m.store.Replay(t.Context(), id))
}

func (m *machine) replayBetween(t *rapid.T) {
	state := rapid.SampledFrom([]queue.State{queue.Dead, queue.ProbablyDelivered}).Draw(t, "state")
	from, to := m.clock.now().Add(-step(t, "from")), m.clock.now().Add(-step(t, "to"))
	if rapid.Bool().Draw(t, "open") {
		from, to = time.Time{}, time.Time{}
	}
	want, wantErr := m.model.ReplayBetween(t.Context(), from, to, state)
	got, err := m.store.ReplayBetween(t.Context(), from, to, state)
	same(t, wantErr, err)
	require.Equal(t, want, got)
}

func (m *machine) purge(t *rapid.T) {
	before := m.clock.now().Add(-step(t, "age"))
	want, err := m.model.Purge(t.Context(), before)
	require.NoError(t, err)
	got, err := m.store.Purge(t.Context(), before)
	require.NoError(t, err)
	require.Equal(t, want, got)
}

func (m *machine) passTime(t *rapid.T) { m.clock.pass(step(t, "time")) }

// voided notes that all leases are spent.
func (m *machine) voided() {
	for _, l := range m.leases {
		m.spent = append(m.spent, l)
	}
}

func (m *machine) reopen(t *rapid.T) {
	require.NoError(t, m.model.Close())
	require.NoError(t, m.store.Close())
	m.voided()
	m.open(t)
}

// crash ends the process between two calls. Nobody knows then what was running, so the
// rule by which that is told must not miss anything.
func (m *machine) crash(t *rapid.T) {
	running := m.jobs(queue.Running)
	m.memory.Crash(m.model)
	require.NoError(t, m.backend.Crash(m.store))
	m.voided()
	m.open(t)
	for _, j := range running {
		require.True(t, j.suspect, "%s was running at the crash, and is not suspected", j.id)
	}
}

func (m *machine) stopping(t *rapid.T) {
	require.NoError(t, m.model.Stopping(t.Context()))
	require.NoError(t, m.store.Stopping(t.Context()))
}

// plain takes away what stores may tell otherwise.
func plain(i queue.Info) queue.Info {
	i.Updated = time.Time{}
	for _, at := range []*time.Time{&i.Accepted, &i.Evaluated, &i.Finished, &i.Due, &i.Until} {
		*at = inUTC(*at)
	}
	for k := range i.Recent {
		i.Recent[k].Started = inUTC(i.Recent[k].Started)
	}
	return i
}

// compare holds after every call.
func (m *machine) compare(t *rapid.T) {
	want, err := m.model.Stats(t.Context())
	require.NoError(t, err)
	got, err := m.store.Stats(t.Context())
	require.NoError(t, err)
	require.Equal(t, want, got)
	for _, j := range m.jobs() {
		want, err := m.model.Get(t.Context(), j.id)
		require.NoError(t, err)
		got, err := m.store.Get(t.Context(), j.id)
		require.NoError(t, err)
		require.False(t, got.Updated.Before(got.Accepted) || got.Updated.After(m.clock.now()), "updated at %s", got.Updated)
		require.Equal(t, plain(want), plain(got))
		memo := m.memos[j.id]
		require.LessOrEqual(t, memo.given.Load()+memo.released.Load(), int64(1), "given and released")
	}
	m.compareTurns(t)
}

func (m *machine) list(t *rapid.T) {
	f := queue.Filter{
		State: queue.State(rapid.IntRange(0, int(queue.Dead)).Draw(t, "state")),
		Limit: rapid.IntRange(0, 10).Draw(t, "limit"),
	}
	if rapid.Bool().Draw(t, "times") {
		f.From, f.To = m.clock.now().Add(-step(t, "from")), m.clock.now().Add(-step(t, "to"))
	}
	if all := m.jobs(); len(all) > 0 {
		if rapid.Bool().Draw(t, "before") {
			f.Before = pick(t, all).id
		}
		if rapid.Bool().Draw(t, "after") {
			f.After = pick(t, all).id
		}
	}
	want, err := m.model.List(t.Context(), f)
	require.NoError(t, err)
	got, err := m.store.List(t.Context(), f)
	require.NoError(t, err)
	require.Len(t, got, len(want))
	for i := range want {
		require.Equal(t, plain(want[i]), plain(got[i]))
	}
}

// workOff brings everything to its end and purges it: nothing was lost, and
// nothing is left.
func (m *machine) workOff(t *rapid.T) {
	m.clock.pass(time.Hour)
	unfinished, ended := len(m.jobs(queue.Available, queue.Running, queue.Retryable, queue.Delivering)), map[queue.ID]bool{}
	all, ctx := m.jobs(), t.Context()
	for {
		jobs, err := m.store.Claim(ctx, 3, time.Minute)
		require.NoError(t, err)
		for _, j := range jobs {
			require.NoError(t, m.store.Finish(ctx, j.Lease, queue.Evaluated(j.Payload, queue.Summary{})))
		}
		ds, err := m.store.ClaimDelivery(ctx, 3, time.Minute)
		require.NoError(t, err)
		for _, d := range ds {
			require.False(t, ended[d.ID], "delivered twice")
			ended[d.ID] = true
			require.NoError(t, m.store.Finish(ctx, d.Lease, queue.Arrived(queue.Attempt{Status: 200})))
		}
		if len(jobs)+len(ds) == 0 {
			break
		}
	}
	require.Len(t, ended, unfinished)
	m.clock.pass(time.Hour)
	purged, err := m.store.Purge(ctx, m.clock.now())
	require.NoError(t, err)
	require.Equal(t, len(all), purged)
	for _, j := range all {
		_, err := m.store.Get(ctx, j.id)
		require.ErrorIs(t, err, queue.ErrNotFound)
	}
	list, err := m.store.List(ctx, queue.Filter{})
	require.NoError(t, err)
	require.Empty(t, list)
	m.clearTurns(t)
	require.NoError(t, m.store.Close())
	require.NoError(t, m.backend.CheckEmpty())
}
