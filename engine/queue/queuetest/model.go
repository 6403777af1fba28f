package queuetest

import (
	"cmp"
	"slices"
	"time"

	"tablestep/engine/queue"
)

// job is an invocation as the model knows it.
type job struct {
	id        queue.ID
	token     int // -1: none
	state     queue.State
	accepted  time.Time
	since     time.Time // when its attempts began
	kept      *memo
	at        time.Time // when it may be claimed
	stored    time.Time // at, as a restart finds it
	until     time.Time // end of the lease
	lease     queue.Lease
	callback  string // "" before the evaluation
	failures  int
	series    int // attempts since the evaluation or the replay
	attempts  int
	ambiguous bool
	finished  time.Time
}

func (j *job) unfinished() bool { return !j.state.Finished() }

func (j *job) leased() bool { return j.state == queue.Running || j.state == queue.Delivering }

// model is the obvious queue: a list that is searched from the start.
type model struct {
	now  time.Time
	jobs []*job // in the order of acceptance
}

// settle ends the leases that have run out.
func (m *model) settle() {
	for _, j := range m.jobs {
		if j.leased() && !j.until.After(m.now) {
			m.giveBack(j, true)
		}
	}
}

// giveBack ends a lease without a result.
func (m *model) giveBack(j *job, lost bool) {
	if j.state == queue.Delivering {
		j.state = queue.Retryable
		j.ambiguous = j.ambiguous || lost
		return
	}
	j.state, j.at = queue.Available, m.now
}

// restart voids all leases.
func (m *model) restart() {
	m.settle()
	for _, j := range m.jobs {
		if j.leased() {
			m.giveBack(j, true)
		}
		if j.unfinished() {
			j.at = j.stored
		}
	}
}

func (m *model) byToken(token int) *job {
	for _, j := range m.jobs {
		if token >= 0 && j.token == token {
			return j
		}
	}
	return nil
}

func (m *model) count(s queue.State) int {
	n := 0
	for _, j := range m.jobs {
		if j.state == s {
			n++
		}
	}
	return n
}

func (m *model) countUnfinished() int {
	n := 0
	for _, j := range m.jobs {
		if j.unfinished() {
			n++
		}
	}
	return n
}

// claimable gives what a claim of at most n should give, in order.
func (m *model) claimable(n int) []*job {
	var out []*job
	for _, j := range m.jobs {
		if j.state == queue.Available && !j.at.After(m.now) {
			out = append(out, j)
		}
	}
	return out[:min(n, len(out))]
}

// deliverable likewise, for deliveries.
func (m *model) deliverable(n int) []*job {
	var out []*job
	for _, j := range m.jobs {
		if j.state == queue.Retryable && !j.at.After(m.now) {
			out = append(out, j)
		}
	}
	slices.SortStableFunc(out, func(a, b *job) int {
		return cmp.Or(a.at.Compare(b.at), a.id.Compare(b.id))
	})
	return out[:min(n, len(out))]
}

// in gives the jobs in one of the states.
func (m *model) in(states ...queue.State) []*job {
	var out []*job
	for _, j := range m.jobs {
		if slices.Contains(states, j.state) {
			out = append(out, j)
		}
	}
	return out
}
