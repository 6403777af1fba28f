package queuetest

import (
	"context"
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

// limit is the number of unfinished invocations in a drawn sequence.
const limit = 12

// most is the number of those that may run at once.
const most = 3

// Run checks a store. The factory is called once for every drawn sequence and gives
// an empty backend; stores of earlier ones are closed by then.
func Run(t *testing.T, factory func(t testing.TB) Backend) {
	rapid.Check(t, func(rt *rapid.T) {
		m := &machine{backend: factory(t), spent: map[queue.Lease]bool{}}
		m.setNow(time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC))
		m.open(rt)
		defer func() { _ = m.store.Close() }()
		// Most sequences are long, as a rare state needs many calls to be reached.
		for range rapid.SampledFrom([]int{5, 40, 120, 240}).Draw(rt, "calls") {
			m.drawAction(rt).do(rt)
			m.compare(rt)
		}
		m.workOff(rt)
	})
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
		{"evaluated", 8, m.evaluated, running},
		{"failEvaluation", 2, m.failEvaluation, running},
		{"abandon", 1, m.abandon, running},
		{"delivered", 4, m.delivered, delivering},
		{"probably", 2, m.probably, delivering},
		{"retry", 3, m.retry, delivering},
		{"dead", 3, m.dead, delivering},
		{"release", 2, m.release, leased},
		{"extend", 1, m.extend, leased},
		{"wrongLease", 1, m.wrongLease, leased},
		{"stale", 1, m.stale, nil},
		{"replay", 2, m.replay, finished},
		{"replayAny", 1, m.replay, nil},
		{"replayBetween", 1, m.replayBetween, finished},
		{"purge", 1, m.purge, finished},
		{"time", 6, m.passTime, nil},
		{"reopen", 1, m.reopen, nil},
		{"crash", 1, m.kill, nil},
		{"list", 2, m.list, nil},
	}
}

// drawAction draws one of the calls that make sense now.
func (m *machine) drawAction(t *rapid.T) action {
	m.settle()
	var possible []action
	var names []string
	for _, a := range m.actions() {
		if a.states != nil && len(m.in(a.states...)) == 0 {
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

// machine makes each call on the store and on the model.
type machine struct {
	model
	backend Backend
	store   Store
	spent   map[queue.Lease]bool // leases that are no longer good
	clock   atomic.Int64         // now for the store, which may look at any time
}

func (m *machine) setNow(t time.Time) {
	m.now = t
	m.clock.Store(t.UnixNano())
}

func (m *machine) open(t *rapid.T) {
	store, err := m.backend.Open(func() time.Time { return time.Unix(0, m.clock.Load()).UTC() }, limit, most)
	require.NoError(t, err)
	m.store = store
}

// step is a length of time in whole milliseconds, which is how they are stored.
func step(t *rapid.T, name string) time.Duration {
	return time.Duration(rapid.IntRange(0, 5000).Draw(t, name)) * time.Millisecond
}

func pick(t *rapid.T, from []*job) *job {
	return from[rapid.IntRange(0, len(from)-1).Draw(t, "job")]
}

func callbackOf(l queue.Lease) string {
	return fmt.Sprintf("callback computed under lease %d", l.Fence())
}

// A memo is what a caller wants to have again with the job. A store may lose it, but
// it gives it out or releases it at most once.
type memo struct{ released, given atomic.Int64 }

func (m *memo) Size() int { return 100 }

func (m *memo) Release() { m.released.Add(1) }

func payloadOf(token int) []byte { return fmt.Appendf(nil, "payload of token %d", token) }

func (m *machine) put(t *rapid.T) {
	token := rapid.IntRange(-1, 60).Draw(t, "token")
	in := queue.Invocation{CallbackURL: "https://example.com/cb", Token: fmt.Sprint(token), APIKey: "key", Payload: payloadOf(token)}
	if token >= 0 {
		in.TokenHash, in.HasToken = sha256.Sum256([]byte(in.Token)), true
	}
	m.settle()
	first := m.byToken(token)
	full := m.countUnfinished() >= limit
	kept := new(memo)
	in.Decoded = kept
	id, duplicate, err := m.store.Put(context.Background(), in)
	switch {
	case first != nil:
		require.NoError(t, err)
		require.True(t, duplicate)
		require.Equal(t, first.id, id)
		require.Equal(t, int64(1), kept.released.Load())
	case full:
		require.ErrorIs(t, err, queue.ErrFull)
		require.Equal(t, int64(1), kept.released.Load())
	default:
		require.NoError(t, err)
		require.False(t, duplicate)
		if n := len(m.jobs); n > 0 {
			require.Less(t, m.jobs[n-1].id.Compare(id), 0, "ids grow")
		}
		m.jobs = append(m.jobs, &job{id: id, token: token, state: queue.Available, at: m.now, stored: m.now, accepted: m.now, kept: kept, ordered: true})
	}
}

func (m *machine) claim(t *rapid.T) {
	n := rapid.IntRange(1, 4).Draw(t, "n")
	d := 2*step(t, "lease") + time.Millisecond
	m.settle()
	want := m.claimable(n)
	got, err := m.store.Claim(context.Background(), n, d)
	require.NoError(t, err)
	require.Len(t, got, len(want))
	m.start(want)
	for i, j := range want {
		require.Equal(t, j.id, got[i].ID)
		require.Equal(t, payloadOf(j.token), got[i].Payload)
		require.Equal(t, fmt.Sprint(j.token), got[i].Token)
		require.Equal(t, j.failures, got[i].Failures)
		require.Equal(t, j.crashes, got[i].Crashes)
		require.WithinDuration(t, j.accepted, got[i].Accepted, 0)
		if got[i].Decoded != nil {
			require.Same(t, j.kept, got[i].Decoded)
			j.kept.given.Add(1)
		}
		m.take(t, j, queue.Running, got[i].Lease, d)
	}
}

func (m *machine) claimDelivery(t *rapid.T) {
	n := rapid.IntRange(1, 4).Draw(t, "n")
	d := 2*step(t, "lease") + time.Millisecond
	m.settle()
	want := m.deliverable(n)
	got, err := m.store.ClaimDelivery(context.Background(), n, d)
	require.NoError(t, err)
	require.Len(t, got, len(want))
	for i, j := range want {
		require.Equal(t, j.id, got[i].ID)
		require.Equal(t, j.callback, string(got[i].Callback))
		require.Equal(t, fmt.Sprint(j.token), got[i].Token)
		require.Equal(t, j.ambiguous, got[i].Ambiguous)
		require.Equal(t, j.series, got[i].Attempts)
		require.WithinDuration(t, j.accepted, got[i].Accepted, 0)
		require.WithinDuration(t, j.since, got[i].Since, 0)
		m.take(t, j, queue.Delivering, got[i].Lease, d)
	}
}

// take notes a claim; the job's earlier lease is spent.
func (m *machine) take(t *rapid.T, j *job, s queue.State, l queue.Lease, d time.Duration) {
	require.Greater(t, l.Fence(), j.lease.Fence(), "fences grow")
	m.spend(j)
	j.state, j.lease, j.until = s, l, m.now.Add(d)
}

func (m *machine) spend(j *job) {
	if j.lease != (queue.Lease{}) {
		m.spent[j.lease] = true
	}
}

// use makes a call with the lease of a job in state s. The lease is good: every
// other one is tried by wrongLease and stale.
func (m *machine) use(t *rapid.T, s queue.State, call func(l queue.Lease) error) *job {
	j := pick(t, m.in(s))
	require.NoError(t, call(j.lease))
	m.spend(j)
	return j
}

// wrongLease uses a good lease for what it is not for.
func (m *machine) wrongLease(t *rapid.T) {
	j := pick(t, m.in(queue.Running, queue.Delivering))
	var wrong []error
	if j.state == queue.Running {
		wrong = []error{m.store.Delivered(j.lease, queue.Attempt{}), m.store.Retry(j.lease, queue.Attempt{}, m.now), m.store.Dead(j.lease, queue.Attempt{}, "")}
	} else {
		wrong = []error{m.store.Evaluated(j.lease, nil, queue.Summary{}), m.store.FailEvaluation(j.lease, "", m.now), m.store.Abandon(j.lease, "")}
	}
	for _, err := range wrong {
		require.ErrorIs(t, err, queue.ErrStale)
	}
}

func (m *machine) evaluated(t *rapid.T) {
	j := m.use(t, queue.Running, func(l queue.Lease) error {
		return m.store.Evaluated(l, []byte(callbackOf(l)), queue.Summary{Succeeded: 1})
	})
	j.state, j.at, j.stored, j.since, j.callback = queue.Retryable, m.now, m.now, m.now, callbackOf(j.lease)
	j.ended()
}

func (m *machine) failEvaluation(t *rapid.T) {
	at := m.now.Add(step(t, "delay"))
	j := m.use(t, queue.Running, func(l queue.Lease) error { return m.store.FailEvaluation(l, "boom", at) })
	j.state, j.at, j.stored = queue.Available, at, at
	j.failures++
	j.ended()
	j.suspect = j.crashes > 0
}

func (m *machine) abandon(t *rapid.T) {
	m.end(m.use(t, queue.Running, func(l queue.Lease) error { return m.store.Abandon(l, "no use") }), queue.Dead)
}

func (m *machine) attempt(t *rapid.T, call func(l queue.Lease, a queue.Attempt) error) *job {
	a := queue.Attempt{Started: m.now, Status: 500, Ambiguous: rapid.Bool().Draw(t, "ambiguous")}
	j := m.use(t, queue.Delivering, func(l queue.Lease) error { return call(l, a) })
	j.attempts++
	j.series++
	j.ambiguous = j.ambiguous || a.Ambiguous
	return j
}

func (m *machine) end(j *job, s queue.State) {
	j.ended()
	j.state, j.finished = s, m.now
}

func (m *machine) delivered(t *rapid.T) {
	m.end(m.attempt(t, m.store.Delivered), queue.Delivered)
}

func (m *machine) probably(t *rapid.T) {
	m.end(m.attempt(t, m.store.Probably), queue.ProbablyDelivered)
}

func (m *machine) dead(t *rapid.T) {
	m.end(m.attempt(t, func(l queue.Lease, a queue.Attempt) error { return m.store.Dead(l, a, "given up") }), queue.Dead)
}

func (m *machine) retry(t *rapid.T) {
	at := m.now.Add(step(t, "delay"))
	j := m.attempt(t, func(l queue.Lease, a queue.Attempt) error { return m.store.Retry(l, a, at) })
	j.state, j.at, j.stored = queue.Retryable, at, at
}

// release gives a lease back, with and without a time to wait.
func (m *machine) release(t *rapid.T) {
	m.settle()
	j := pick(t, m.in(queue.Running, queue.Delivering))
	if rapid.Bool().Draw(t, "postpone") {
		until := m.now.Add(step(t, "wait"))
		require.NoError(t, m.store.Postpone(j.lease, until))
		m.giveBack(j, false)
		if until.After(j.at) {
			j.at = until
		}
	} else {
		require.NoError(t, m.store.Release(j.lease))
		m.giveBack(j, false)
	}
	m.spend(j)
}

func (m *machine) extend(t *rapid.T) {
	m.settle()
	j := pick(t, m.in(queue.Running, queue.Delivering))
	d := 2*step(t, "lease") + time.Millisecond
	require.NoError(t, m.store.Extend(j.lease, d))
	j.until = m.now.Add(d)
}

// stale tries every call with a lease that is spent.
func (m *machine) stale(t *rapid.T) {
	var spent []queue.Lease
	for l := range m.spent {
		spent = append(spent, l)
	}
	if len(spent) == 0 {
		return
	}
	slices.SortFunc(spent, func(a, b queue.Lease) int { return int(a.Fence()) - int(b.Fence()) })
	l := spent[rapid.IntRange(0, len(spent)-1).Draw(t, "lease")]
	for _, err := range []error{
		m.store.Evaluated(l, []byte("stale"), queue.Summary{}), m.store.FailEvaluation(l, "stale", m.now), m.store.Abandon(l, "stale"),
		m.store.Delivered(l, queue.Attempt{}), m.store.Probably(l, queue.Attempt{}), m.store.Dead(l, queue.Attempt{}, "stale"),
		m.store.Retry(l, queue.Attempt{}, m.now), m.store.Release(l), m.store.Postpone(l, m.now), m.store.Extend(l, time.Hour),
	} {
		require.ErrorIs(t, err, queue.ErrStale)
	}
}

// revive is what a replay does in the model.
func (m *machine) revive(j *job) {
	if j.state.Finished() {
		j.series, j.failures, j.crashes, j.since = 0, 0, 0, m.now
		j.replays++
	}
	j.state, j.at, j.stored, j.finished = queue.Retryable, m.now, m.now, time.Time{}
	if j.callback == "" {
		j.state = queue.Available
	}
}

func (m *machine) replay(t *rapid.T) {
	if len(m.jobs) == 0 {
		return
	}
	j := pick(t, m.jobs)
	err := m.store.Replay(j.id)
	switch {
	case j.state == queue.Delivered:
		require.ErrorIs(t, err, queue.ErrGone)
	case j.state == queue.Retryable:
		require.NoError(t, err)
		m.revive(j)
	case j.unfinished():
		require.ErrorIs(t, err, queue.ErrActive)
	case m.countUnfinished() >= limit:
		require.ErrorIs(t, err, queue.ErrFull)
	default:
		require.NoError(t, err)
		m.revive(j)
	}
}

func (m *machine) replayBetween(t *rapid.T) {
	m.settle()
	state := rapid.SampledFrom([]queue.State{queue.Dead, queue.ProbablyDelivered}).Draw(t, "state")
	from := m.now.Add(-step(t, "from"))
	to := m.now.Add(-step(t, "to"))
	room, want, full := limit-m.countUnfinished(), 0, false
	for _, j := range slices.Backward(m.jobs) { // Latest first.
		if j.state != state || j.id.Time().Before(from) || !j.id.Time().Before(to) {
			continue
		}
		if want == room {
			full = true
			break
		}
		m.revive(j)
		want++
	}
	got, err := m.store.ReplayBetween(from, to, state)
	if full {
		require.ErrorIs(t, err, queue.ErrFull)
	} else {
		require.NoError(t, err)
	}
	require.Equal(t, want, got)
}

func (m *machine) purge(t *rapid.T) {
	before := m.now.Add(-step(t, "age"))
	want := 0
	m.jobs = slices.DeleteFunc(m.jobs, func(j *job) bool {
		gone := j.state.Finished() && j.finished.Before(before)
		if gone {
			m.spend(j)
			want++
		}
		return gone
	})
	got, err := m.store.Purge(context.Background(), before)
	require.NoError(t, err)
	require.Equal(t, want, got)
}

func (m *machine) passTime(t *rapid.T) { m.setNow(m.now.Add(step(t, "time"))) }

func (m *machine) reopen(t *rapid.T) {
	require.NoError(t, m.store.Close())
	for _, j := range m.jobs {
		m.spend(j)
	}
	m.restart()
	m.open(t)
}

// kill ends the process between two calls. Nobody knows then what was running, so the
// rule by which that is told must not miss anything.
func (m *machine) kill(t *rapid.T) {
	require.NoError(t, m.backend.Crash(m.store))
	for _, j := range m.jobs {
		m.spend(j)
	}
	require.Empty(t, m.crash(), "running at the crash, and not suspected")
	m.open(t)
}

// compare holds after every call.
func (m *machine) compare(t *rapid.T) {
	m.settle()
	s := m.store.Stats()
	got := []int{s.Available, s.Running, s.Retryable, s.Delivering, s.Delivered, s.Probably, s.Dead}
	var want []int
	for state := queue.Available; state <= queue.Dead; state++ {
		want = append(want, m.count(state))
	}
	require.Equal(t, want, got)
	require.Equal(t, m.countUnfinished(), s.Unfinished)
	for _, j := range m.jobs {
		info, err := m.store.Get(j.id)
		require.NoError(t, err)
		require.Equal(t, j.state, info.State)
		require.Equal(t, j.attempts, info.Attempts)
		require.Equal(t, j.ambiguous, info.Ambiguous)
		require.LessOrEqual(t, j.kept.given.Load()+j.kept.released.Load(), int64(1), "given and released")
		require.Equal(t, j.failures, info.Failures)
		require.Equal(t, j.crashes, info.Crashes)
		require.Equal(t, j.callback == "", info.HasPayload)
		require.Equal(t, j.callback != "" && j.state != queue.Delivered, info.HasCallback)
	}
}

func (m *machine) list(t *rapid.T) {
	m.settle()
	f := queue.Filter{
		State: queue.State(rapid.IntRange(0, int(queue.Dead)).Draw(t, "state")),
		Limit: rapid.IntRange(1, 10).Draw(t, "limit"),
	}
	if rapid.Bool().Draw(t, "times") {
		f.From, f.To = m.now.Add(-step(t, "from")), m.now.Add(-step(t, "to"))
	}
	if len(m.jobs) > 0 && rapid.Bool().Draw(t, "cursor") {
		f.Before = pick(t, m.jobs).id
	}
	var want []queue.ID
	for _, j := range slices.Backward(m.jobs) {
		at := j.id.Time()
		switch {
		case f.State != 0 && j.state != f.State,
			!f.From.IsZero() && (at.Before(f.From) || !at.Before(f.To)),
			!f.Before.IsZero() && j.id.Compare(f.Before) >= 0,
			len(want) == f.Limit:
		default:
			want = append(want, j.id)
		}
	}
	infos, err := m.store.List(f)
	require.NoError(t, err)
	var got []queue.ID
	for _, info := range infos {
		got = append(got, info.ID)
	}
	require.Equal(t, want, got)
}

// workOff brings everything to its end and purges it: nothing was lost, and
// nothing is left.
func (m *machine) workOff(t *rapid.T) {
	m.setNow(m.now.Add(time.Hour))
	m.settle()
	unfinished, ended := m.countUnfinished(), map[queue.ID]bool{}
	ctx := context.Background()
	for {
		jobs, err := m.store.Claim(ctx, 3, time.Minute)
		require.NoError(t, err)
		for _, j := range jobs {
			require.NoError(t, m.store.Evaluated(j.Lease, j.Payload, queue.Summary{}))
		}
		ds, err := m.store.ClaimDelivery(ctx, 3, time.Minute)
		require.NoError(t, err)
		for _, d := range ds {
			require.False(t, ended[d.ID], "delivered twice")
			ended[d.ID] = true
			require.NoError(t, m.store.Delivered(d.Lease, queue.Attempt{Status: 200}))
		}
		if len(jobs)+len(ds) == 0 {
			break
		}
	}
	require.Len(t, ended, unfinished)
	m.setNow(m.now.Add(time.Hour))
	purged, err := m.store.Purge(ctx, m.now)
	require.NoError(t, err)
	require.Equal(t, len(m.jobs), purged)
	for _, j := range m.jobs {
		_, err := m.store.Get(j.id)
		require.ErrorIs(t, err, queue.ErrNotFound)
	}
	list, err := m.store.List(queue.Filter{})
	require.NoError(t, err)
	require.Empty(t, list)
	require.NoError(t, m.store.Close())
	require.NoError(t, m.backend.CheckEmpty())
}
