package queuetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/engine/queue"
)

// runFaults lets every kind of call fail once, before and after its effect, at several
// places of the same day's work. Whoever goes by the contract loses nothing that was
// acknowledged, and sends nothing twice without being told that it may have arrived.
func runFaults(t *testing.T, factory Factory) {
	for _, call := range Calls() {
		for n := 1; n <= 4; n++ {
			for _, after := range []bool{false, true} {
				f := Fault{Call: call, N: n, After: after}
				t.Run(f.String(), func(t *testing.T) {
					d := newDay(t, factory(t), f)
					d.work()
					d.close()
				})
			}
		}
	}
}

// invocation makes one whose parts can be told from those of any other n.
func invocation(n int) queue.Invocation {
	in := queue.Invocation{
		CallbackURL: fmt.Sprintf("https://host%d.example.com/callback", n), APIKey: fmt.Sprint("key ", n), Token: fmt.Sprint("token ", n),
		MunchkinID: "123-ABC-456", BatchID: fmt.Sprint("batch ", n), CampaignID: int64(n), Leads: 1, Payload: fmt.Appendf(nil, "payload %d", n),
		HasToken: true,
	}
	in.TokenHash[0], in.TokenHash[1], in.TokenHash[31] = byte(n), byte(n>>8), 1
	return in
}

// perDay is how many invocations a day has.
const perDay = 6

// A day puts some invocations in and works them off, as the engine does, with all ways
// to end but for those that a store does by itself.
type day struct {
	t       *testing.T
	clock   *clock
	backend Backend
	below   queue.Store
	store   *Faulty

	acked map[queue.ID]int    // what was acknowledged, by n
	sent  map[queue.ID]string // the callback that was sent last
	taken map[queue.ID]int    // how often one was sent so that it arrived
}

func newDay(t *testing.T, b Backend, f Fault) *day {
	d := &day{t: t, clock: newClock(), backend: b, acked: map[queue.ID]int{}, sent: map[queue.ID]string{}, taken: map[queue.ID]int{}}
	below, err := b.Open(d.clock.now, queue.Bounds{})
	require.NoError(t, err)
	d.below, d.store = below, NewFaulty(below, f)
	return d
}

// doubtful says whether a call is to be made again, and takes no other error.
func (d *day) doubtful(err error) bool {
	if err != nil {
		require.ErrorIs(d.t, err, queue.ErrUnavailable)
	}
	return err != nil
}

// tell says how work ended, until it has been heard.
func (d *day) tell(l queue.Lease, o queue.Outcome) {
	for inDoubt := false; ; inDoubt = true {
		err := d.store.Finish(d.t.Context(), l, o)
		if inDoubt && errors.Is(err, queue.ErrStale) || !d.doubtful(err) {
			return
		}
	}
}

func (d *day) work() {
	ctx := d.t.Context()
	for n := range perDay {
		for {
			id, _, err := d.store.Put(ctx, invocation(n))
			if !d.doubtful(err) {
				d.acked[id] = n
				break
			}
		}
	}
	require.Len(d.t, d.acked, perDay, "one token is one invocation, however often it is put")
	for idle := 0; ; {
		if d.jobs()+d.deliveries() > 0 {
			idle = 0
			continue
		}
		s, err := d.store.Stats(ctx)
		if err == nil && s.Unfinished == 0 {
			break
		}
		d.doubtful(err)
		d.clock.pass(2 * time.Minute) // what was lost with a claim comes back
		idle++
		require.Less(d.t, idle, 5, "something is never handed out again")
	}
	d.revive()
}

// jobs evaluates what there is: some fail at first, one is given back.
func (d *day) jobs() int {
	jobs, err := d.store.Claim(d.t.Context(), 2, time.Minute)
	d.doubtful(err)
	for _, j := range jobs {
		n, ok := d.acked[j.ID]
		require.True(d.t, ok)
		require.Equal(d.t, fmt.Sprint("payload ", n), string(j.Payload))
		for d.doubtful(d.store.Extend(d.t.Context(), j.Lease, time.Minute)) {
		}
		switch {
		case n == 1 && j.Failures == 0:
			d.tell(j.Lease, queue.EvaluationFailed("boom", d.clock.now()))
		case n == 2 && j.Failures == 0:
			d.tell(j.Lease, queue.EvaluationFailed("boom", d.clock.now().Add(time.Second)))
			d.clock.pass(time.Second)
		default:
			out := queue.Evaluated(fmt.Appendf(nil, "callback of %d under lease %d", n, j.Fence), queue.Summary{Succeeded: 1})
			d.tell(j.Lease, out.WithTurns(d.turn(n)))
		}
	}
	return len(jobs)
}

// deliveries sends what is due: some are refused at first, one for good.
func (d *day) deliveries() int {
	due, err := d.store.ClaimDelivery(d.t.Context(), 2, time.Minute)
	d.doubtful(err)
	for _, c := range due {
		n := d.acked[c.ID]
		if before, ok := d.sent[c.ID]; ok {
			require.Equal(d.t, before, string(c.Callback), "every attempt sends the same bytes")
		}
		if d.taken[c.ID] > 0 {
			require.True(d.t, c.Ambiguous, "sent again, and not told that it may have arrived")
		}
		d.sent[c.ID] = string(c.Callback)
		a := queue.Attempt{Started: d.clock.now(), Status: 503, Err: "busy"}
		switch {
		case n == 3 && c.Attempts == 0:
			d.tell(c.Lease, queue.TryAgain(a, d.clock.now().Add(time.Second)))
			d.clock.pass(time.Second)
		case n == 4:
			d.tell(c.Lease, queue.GivenUp(a, "refused"))
		default:
			d.taken[c.ID]++
			d.tell(c.Lease, queue.Arrived(queue.Attempt{Started: d.clock.now(), Status: 200}))
		}
	}
	return len(due)
}

// revive looks at all of them, replays the one that was given up, and purges.
func (d *day) revive() {
	ctx := d.t.Context()
	for again := true; again; {
		list, err := d.store.List(ctx, queue.Filter{State: queue.Dead})
		if again = d.doubtful(err); !again {
			require.Len(d.t, list, 1)
			require.Equal(d.t, 4, d.acked[list[0].ID])
			require.Equal(d.t, 1, list[0].Attempts, "counted once")
		}
	}
	for again := true; again; {
		_, err := d.store.ReplayBetween(ctx, time.Time{}, time.Time{}, queue.Dead)
		again = d.doubtful(err)
	}
	for id, n := range d.acked {
		if n != 4 {
			require.Equal(d.t, 1, d.taken[id], "%d arrived", n)
			for again := true; again; {
				i, err := d.store.Get(ctx, id)
				if again = d.doubtful(err); !again {
					require.Equal(d.t, queue.Delivered, i.State)
				}
			}
			continue
		}
		// A retryable one may be replayed again and again.
		for d.doubtful(d.store.Replay(ctx, id)) {
		}
		for len(d.sent) > 0 {
			due, err := d.store.ClaimDelivery(ctx, 1, time.Minute)
			if d.doubtful(err) {
				d.clock.pass(2 * time.Minute)
				continue
			}
			require.Len(d.t, due, 1)
			require.Equal(d.t, id, due[0].ID)
			require.Equal(d.t, d.sent[id], string(due[0].Callback))
			require.Zero(d.t, due[0].Attempts)
			d.tell(due[0].Lease, queue.Arrived(queue.Attempt{Status: 200}))
			break
		}
	}
	d.clock.pass(time.Hour)
	for again := true; again; {
		_, err := d.store.Purge(ctx, d.clock.now())
		again = d.doubtful(err)
	}
	d.countTurns()
	for d.doubtful(d.store.Stopping(ctx)) {
	}
}

// turn is what the answer to n gives: a lead to row a, which keeps it.
func (d *day) turn(n int) ([]queue.Turn, []queue.Stuck) {
	for again := true; again; {
		_, err := d.store.Counters(d.t.Context(), rotation())
		again = d.doubtful(err)
	}
	for again := true; again; {
		stuck, err := d.store.StuckTo(d.t.Context(), rotation(), []string{fmt.Sprint(n)})
		if again = d.doubtful(err); !again {
			require.Empty(d.t, stuck, "what an answer says is stored before it was told")
		}
	}
	return []queue.Turn{turnOf("a", 1, perDay)}, []queue.Stuck{{Rotation: rotation(), Lead: fmt.Sprint(n), Row: "a", Until: d.clock.now().Add(24 * time.Hour)}}
}

// countTurns holds that every answer counted once, whatever failed, and removes the rest in
// all the ways that there are.
func (d *day) countTurns() {
	ctx := d.t.Context()
	for again := true; again; {
		rows, err := d.store.Counters(ctx, rotation())
		if again = d.doubtful(err); !again {
			require.Len(d.t, rows, 1)
			require.Equal(d.t, []int64{perDay, 10 * perDay, perDay}, []int64{rows[0].Leads, rows[0].Pass, rows[0].InPeriod})
		}
	}
	for n := range perDay {
		for again := true; again; {
			stuck, err := d.store.StuckTo(ctx, rotation(), []string{fmt.Sprint(n)})
			if again = d.doubtful(err); !again {
				require.Len(d.t, stuck, 1)
			}
		}
		for again := true; again; {
			_, err := d.store.Unstick(ctx, rotation(), fmt.Sprint(n))
			again = d.doubtful(err)
		}
	}
	for range 3 { // there and back, and there; each may be repeated
		for d.doubtful(d.store.MoveRotations(ctx, "owners", "others")) {
		}
		for d.doubtful(d.store.MoveRotations(ctx, "others", "owners")) {
		}
		for d.doubtful(d.store.SetCounters(ctx, rotation(), []queue.Counter{{Row: "b"}})) {
		}
		for again := true; again; {
			list, err := d.store.Rotations(ctx)
			if again = d.doubtful(err); !again {
				require.Equal(d.t, []queue.Rotation{rotation()}, list)
			}
		}
		for d.doubtful(d.store.DropRotations(ctx, "owners")) {
		}
	}
	for again := true; again; {
		list, err := d.store.Rotations(ctx)
		if again = d.doubtful(err); !again {
			require.Empty(d.t, list)
		}
	}
}

func (d *day) close() {
	require.NoError(d.t, d.below.Close())
	require.NoError(d.t, d.backend.CheckEmpty())
}
