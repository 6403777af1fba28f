package queuetest

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tablestep/engine/queue"
)

// runOwners has a store open twice at once, where it allows that; else the second
// opening is refused.
func runOwners(t *testing.T, factory Factory) {
	if !factoryShares(t, factory) {
		return
	}
	t.Run("each has its own and all know all", func(t *testing.T) { bothKnow(t, factory(t)) })
	t.Run("what a closed one had goes to the other", func(t *testing.T) { inherits(t, factory(t)) })
	t.Run("what a dead one was doing runs alone and is ambiguous", func(t *testing.T) { suspects(t, factory(t)) })
	t.Run("they share the turns", func(t *testing.T) { ownersTakeTurns(t, factory(t)) })
	t.Run("nothing is lost or leased twice", func(t *testing.T) {
		rapid.Check(t, func(rt *rapid.T) { newCrowd(rt, factory(t)).run() })
	})
}

func factoryShares(t *testing.T, factory Factory) bool {
	b := factory(t)
	if b.Shared() {
		return true
	}
	c := newClock()
	first, err := b.Open(c.now, queue.Bounds{})
	require.NoError(t, err)
	_, _, err = first.Put(t.Context(), invocation(1))
	require.NoError(t, err)
	_, err = b.Open(c.now, queue.Bounds{})
	require.Error(t, err, "a second owner of a store that has one")
	jobs, err := first.Claim(t.Context(), 1, time.Minute)
	require.NoError(t, err, "the first one goes on")
	require.Len(t, jobs, 1)
	require.NoError(t, first.Close())
	return false
}

func openTwice(t *testing.T, b Backend, c *clock) (one, two queue.Store) {
	one, err := b.Open(c.now, queue.Bounds{})
	require.NoError(t, err)
	two, err = b.Open(c.now, queue.Bounds{})
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, one.Close())
		require.NoError(t, two.Close())
	})
	return one, two
}

func putOne(t *testing.T, s queue.Store, n int) queue.ID {
	id, duplicate, err := s.Put(t.Context(), invocation(n))
	require.NoError(t, err)
	require.False(t, duplicate)
	return id
}

func claimOne(t *testing.T, s queue.Store) queue.Job {
	jobs, err := s.Claim(t.Context(), 1, time.Minute)
	require.NoError(t, err)
	require.Len(t, jobs, 1)
	return jobs[0]
}

func deliverOne(t *testing.T, s queue.Store) queue.Delivery {
	ds, err := s.ClaimDelivery(t.Context(), 1, time.Minute)
	require.NoError(t, err)
	require.Len(t, ds, 1)
	return ds[0]
}

func bothKnow(t *testing.T, b Backend) {
	one, two := openTwice(t, b, newClock())
	id := putOne(t, one, 1)
	again, duplicate, err := two.Put(t.Context(), invocation(1))
	require.NoError(t, err)
	require.True(t, duplicate, "a token is known to all")
	require.Equal(t, id, again)

	job := claimOne(t, one)
	jobs, err := two.Claim(t.Context(), 10, time.Minute)
	require.NoError(t, err)
	require.Empty(t, jobs, "leased twice at once")
	evaluated := queue.Evaluated([]byte("x"), queue.Summary{})
	require.ErrorIs(t, two.Finish(t.Context(), job.Lease, evaluated), queue.ErrStale, "a lease is good where it was given")
	require.ErrorIs(t, two.Extend(t.Context(), job.Lease, time.Hour), queue.ErrStale)
	require.ErrorIs(t, two.Replay(t.Context(), id), queue.ErrActive)
	require.NoError(t, one.Finish(t.Context(), job.Lease, evaluated))
	d := deliverOne(t, one)
	require.NoError(t, one.Finish(t.Context(), d.Lease, queue.GivenUp(queue.Attempt{Status: 400}, "no")))

	for _, s := range []queue.Store{one, two} {
		i, err := s.Get(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, queue.Dead, i.State)
		list, err := s.List(t.Context(), queue.Filter{State: queue.Dead})
		require.NoError(t, err)
		require.Len(t, list, 1)
		stats, err := s.Stats(t.Context())
		require.NoError(t, err)
		require.Equal(t, 1, stats.Dead)
	}
	require.NoError(t, two.Replay(t.Context(), id))
	require.Equal(t, id, deliverOne(t, two).ID, "a replay may be asked of any")
}

func inherits(t *testing.T, b Backend) {
	one, two := openTwice(t, b, newClock())
	running, delivering, waiting := putOne(t, one, 1), putOne(t, one, 2), putOne(t, one, 3)
	job, other := claimOne(t, one), claimOne(t, one)
	require.NoError(t, one.Finish(t.Context(), other.Lease, queue.Evaluated([]byte("x"), queue.Summary{})))
	d := deliverOne(t, one)
	require.NoError(t, one.Close())
	require.ErrorIs(t, one.Finish(t.Context(), job.Lease, queue.Released()), queue.ErrClosed)

	jobs, err := two.Claim(t.Context(), 10, time.Minute)
	require.NoError(t, err)
	require.Len(t, jobs, 2, "a close makes nothing suspect")
	require.Equal(t, running, jobs[0].ID)
	require.Equal(t, waiting, jobs[1].ID)
	require.Zero(t, jobs[0].Failures+jobs[0].Crashes)
	require.Greater(t, jobs[0].Fence, job.Fence)
	require.ErrorIs(t, two.Finish(t.Context(), job.Lease, queue.Released()), queue.ErrStale)
	again := deliverOne(t, two)
	require.Equal(t, delivering, again.ID)
	require.True(t, again.Ambiguous, "it was leased when its owner closed")
	require.ErrorIs(t, two.Finish(t.Context(), d.Lease, queue.Released()), queue.ErrStale)
}

func suspects(t *testing.T, b Backend) {
	c := newClock()
	one, two := openTwice(t, b, c)
	poison, delivering, mine := putOne(t, one, 1), putOne(t, one, 2), putOne(t, two, 3)
	claimOne(t, one)
	other := claimOne(t, one)
	require.NoError(t, one.Finish(t.Context(), other.Lease, queue.Evaluated([]byte("x"), queue.Summary{})))
	require.Equal(t, delivering, deliverOne(t, one).ID)
	busy := claimOne(t, two)
	require.Equal(t, mine, busy.ID)
	require.NoError(t, b.Crash(one))

	jobs, err := two.Claim(t.Context(), 10, time.Minute)
	require.NoError(t, err)
	require.Empty(t, jobs, "a suspect waits until nothing else runs")
	require.True(t, deliverOne(t, two).Ambiguous)
	require.NoError(t, two.Finish(t.Context(), busy.Lease, queue.Evaluated([]byte("x"), queue.Summary{})))
	putOne(t, two, 4)
	suspect := claimOne(t, two)
	require.Equal(t, poison, suspect.ID, "before all others")
	require.Zero(t, suspect.Crashes, "others ran beside it")
	jobs, err = two.Claim(t.Context(), 10, time.Minute)
	require.NoError(t, err)
	require.Empty(t, jobs, "and alone")

	require.NoError(t, b.Crash(two))
	three, err := b.Open(c.now, queue.Bounds{})
	require.NoError(t, err)
	defer func() { require.NoError(t, three.Close()) }()
	i, err := three.Get(t.Context(), poison)
	require.NoError(t, err)
	require.Equal(t, 1, i.Crashes, "now it is to blame")
	require.Equal(t, queue.ReasonCrashed, i.Reason)
	c.pass(queue.CrashPause)
	found := false
	for range 3 {
		jobs, err := three.Claim(t.Context(), 1, time.Minute)
		require.NoError(t, err)
		for _, j := range jobs {
			found = found || j.ID == poison && j.Crashes == 1
			require.NoError(t, three.Finish(t.Context(), j.Lease, queue.Evaluated([]byte("x"), queue.Summary{})))
		}
	}
	require.True(t, found)
}

// A crowd is some owners who do what comes to their mind, and close and die.
type crowd struct {
	t       *rapid.T
	clock   *clock
	backend Backend
	owners  []*member

	tokens map[int]queue.ID
	leased map[queue.ID]*member // who holds it, as far as the lease has not run out
	until  map[queue.ID]time.Time
	fence  map[queue.ID]uint64 // of the last lease
	ended  map[queue.ID]bool
}

// member is one owner with what it holds.
type member struct {
	queue.Store
	jobs       []queue.Job
	deliveries []queue.Delivery
}

func newCrowd(t *rapid.T, b Backend) *crowd {
	return &crowd{
		t: t, clock: newClock(), backend: b, tokens: map[int]queue.ID{},
		leased: map[queue.ID]*member{}, until: map[queue.ID]time.Time{}, fence: map[queue.ID]uint64{}, ended: map[queue.ID]bool{},
	}
}

func (c *crowd) enter() {
	s, err := c.backend.Open(c.clock.now, queue.Bounds{Running: 4})
	require.NoError(c.t, err)
	c.owners = append(c.owners, &member{Store: s})
}

// leave closes an owner or lets it die.
func (c *crowd) leave(i int, dies bool) {
	o := c.owners[i]
	c.owners = slices.Delete(c.owners, i, i+1)
	if dies {
		require.NoError(c.t, c.backend.Crash(o.Store))
	} else {
		require.NoError(c.t, o.Close())
	}
	for id, holder := range c.leased {
		if holder == o {
			delete(c.leased, id)
		}
	}
}

func (c *crowd) run() {
	c.enter()
	c.enter()
	for range rapid.SampledFrom([]int{10, 60, 150}).Draw(c.t, "calls") {
		i := rapid.IntRange(0, len(c.owners)-1).Draw(c.t, "owner")
		o := c.owners[i]
		switch rapid.IntRange(0, 19).Draw(c.t, "call") {
		case 0:
			c.leave(i, rapid.Bool().Draw(c.t, "dies"))
			c.enter()
		case 1:
			if len(c.owners) < 4 {
				c.enter()
			}
		case 2, 3, 4, 5:
			c.put(o)
		case 6, 7, 8:
			c.claim(o)
		case 9, 10, 11:
			c.claimDelivery(o)
		case 12:
			c.clock.pass(step(c.t, "time"))
		default:
			c.finish(o, rapid.IntRange(0, 5).Draw(c.t, "how"))
		}
	}
	c.workOff()
}

func (c *crowd) put(o *member) {
	n := rapid.IntRange(0, 40).Draw(c.t, "token")
	id, duplicate, err := o.Put(c.t.Context(), invocation(n))
	require.NoError(c.t, err)
	before, known := c.tokens[n]
	require.Equal(c.t, known, duplicate)
	if known {
		require.Equal(c.t, before, id)
	}
	c.tokens[n] = id
}

// given notes a lease, which nobody else may hold.
func (c *crowd) given(o *member, l queue.Lease, until time.Time) {
	id := l.ID
	require.False(c.t, c.ended[id], "worked on again after its end")
	require.Greater(c.t, l.Fence, c.fence[id], "fences grow, over owners too")
	c.fence[id] = l.Fence
	if holder := c.leased[id]; holder != nil && c.until[id].After(c.clock.now()) {
		require.Fail(c.t, "leased twice at once", id.String())
	}
	c.leased[id], c.until[id] = o, until
}

func (c *crowd) claim(o *member) {
	jobs, err := o.Claim(c.t.Context(), rapid.IntRange(1, 3).Draw(c.t, "n"), 3*time.Second)
	require.NoError(c.t, err)
	for _, j := range jobs {
		c.given(o, j.Lease, j.Until)
		o.jobs = append(o.jobs, j)
	}
}

func (c *crowd) claimDelivery(o *member) {
	ds, err := o.ClaimDelivery(c.t.Context(), rapid.IntRange(1, 3).Draw(c.t, "n"), 3*time.Second)
	require.NoError(c.t, err)
	for _, d := range ds {
		c.given(o, d.Lease, d.Until)
		o.deliveries = append(o.deliveries, d)
	}
}

// finish ends something of an owner: what has run out is stale.
func (c *crowd) finish(o *member, how int) {
	var l queue.Lease
	var until time.Time
	out := queue.Released()
	final := false
	switch {
	case how < 3 && len(o.jobs) > 0:
		j := o.jobs[0]
		o.jobs = o.jobs[1:]
		l, until = j.Lease, c.until[j.ID]
		if how > 0 {
			out = queue.Evaluated([]byte("x"), queue.Summary{})
		}
	case how >= 3 && len(o.deliveries) > 0:
		d := o.deliveries[0]
		o.deliveries = o.deliveries[1:]
		l, until = d.Lease, c.until[d.ID]
		if how > 3 {
			out, final = queue.Arrived(queue.Attempt{Status: 200}), true
		}
	default:
		return
	}
	err := o.Finish(c.t.Context(), l, out)
	if c.leased[l.ID] != o || c.fence[l.ID] != l.Fence || !until.After(c.clock.now()) {
		require.ErrorIs(c.t, err, queue.ErrStale, "it ran out, or somebody has it")
		return
	}
	require.NoError(c.t, err)
	delete(c.leased, l.ID)
	c.ended[l.ID] = c.ended[l.ID] || final
}

// workOff lets one owner be left, who ends everything.
func (c *crowd) workOff() {
	for len(c.owners) > 1 {
		c.leave(0, true)
	}
	o := c.owners[0]
	ctx := c.t.Context()
	for idle := 0; idle < 100; {
		c.clock.pass(time.Second)
		jobs, err := o.Claim(ctx, 5, time.Minute)
		require.NoError(c.t, err)
		for _, j := range jobs {
			require.NoError(c.t, o.Finish(ctx, j.Lease, queue.Evaluated([]byte("x"), queue.Summary{})))
		}
		ds, err := o.ClaimDelivery(ctx, 5, time.Minute)
		require.NoError(c.t, err)
		for _, d := range ds {
			require.False(c.t, c.ended[d.ID])
			c.ended[d.ID] = true
			require.NoError(c.t, o.Finish(ctx, d.Lease, queue.Arrived(queue.Attempt{Status: 200})))
		}
		idle++
		if len(jobs)+len(ds) > 0 {
			idle = 0
		}
	}
	for n, id := range c.tokens {
		require.True(c.t, c.ended[id], "%d was acknowledged and is lost", n)
		i, err := o.Get(ctx, id)
		require.NoError(c.t, err)
		require.Equal(c.t, queue.Delivered, i.State)
	}
	s, err := o.Stats(ctx)
	require.NoError(c.t, err)
	require.Equal(c.t, len(c.tokens), s.Delivered)
	require.Zero(c.t, s.Unfinished)
	require.NoError(c.t, o.Close())
}
