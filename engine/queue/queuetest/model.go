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
	lost      int // of the failures, those that are not stored yet
	crashes   int
	replays   int
	series    int // attempts since the evaluation or the replay
	attempts  int
	ambiguous bool
	finished  time.Time

	ordered bool // never claimed before, as far as is stored
	started bool // its claim is stored
	alone   bool // and that it runs alone
	suspect bool // may have been running at a crash
}

func (j *job) unfinished() bool { return !j.state.Finished() }

func (j *job) leased() bool { return j.state == queue.Running || j.state == queue.Delivering }

// model is the obvious queue: a list that is searched from the start.
type model struct {
	now   time.Time
	jobs  []*job // in the order of acceptance
	begun bool   // it is stored that others than suspects may run
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
	if lost {
		j.failures++
		j.lost++
	} else {
		j.started, j.alone = false, false
		j.ordered = j.failures-j.lost+j.crashes+j.replays == 0
	}
	j.state, j.at = queue.Available, m.now
}

// restart voids all leases, after a close in good order.
func (m *model) restart() {
	m.settle()
	for _, j := range m.jobs {
		if j.leased() {
			m.giveBack(j, j.state == queue.Delivering)
		}
		if j.unfinished() {
			j.at = j.stored
		}
		j.lost, j.started, j.alone = 0, false, false
		j.ordered = j.state == queue.Available && j.failures+j.crashes+j.replays == 0
		j.suspect = j.state == queue.Available && j.crashes > 0
	}
	m.begun = false
}

// crash voids all leases and forgets what was not stored. It gives those that were
// running and are no suspects now, of which there must be none.
func (m *model) crash() (missed []*job) {
	m.settle()
	inOrder := 0
	for _, j := range m.jobs {
		running := j.state == queue.Running
		if !j.unfinished() {
			continue
		}
		j.at = j.stored
		if j.state == queue.Retryable || j.state == queue.Delivering {
			j.state = queue.Retryable
			j.ambiguous = j.ambiguous || !j.stored.After(m.now)
			continue
		}
		j.state = queue.Available
		j.failures, j.lost = j.failures-j.lost, 0
		j.ordered = !j.started && j.failures+j.crashes+j.replays == 0
		switch {
		case j.alone:
			j.crashes, j.alone = j.crashes+1, false
			j.at = m.now.Add(time.Duration(j.crashes) * queue.CrashPause)
			j.stored = j.at
		case j.ordered && m.begun && inOrder < most:
			inOrder++
			j.ordered, j.started = false, true
		}
		j.suspect = j.started || j.crashes > 0
		if running && !j.suspect {
			missed = append(missed, j)
		}
	}
	m.begun = false
	return missed
}

// strays says whether one that was never claimed, as far as is stored, waits for a
// time.
func (m *model) strays() bool {
	return slices.ContainsFunc(m.jobs, func(j *job) bool {
		return j.state == queue.Available && j.at.After(m.now) && j.ordered
	})
}

// start writes down those claims that the order of the jobs does not tell.
func (m *model) start(claimed []*job) {
	strays := m.strays()
	for _, j := range claimed {
		m.begun = m.begun || !j.suspect
		if !j.suspect && j.lost == 0 && j.ordered && !strays {
			continue
		}
		j.started, j.alone = true, j.suspect
		if j.lost > 0 {
			j.lost, j.ordered = 0, false
		}
	}
}

// ended notes that an evaluation has told how it ended.
func (j *job) ended() {
	j.ordered, j.started, j.alone, j.suspect = false, false, false, false
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
	var out, suspects []*job
	for _, j := range m.jobs {
		switch {
		case j.state == queue.Running && j.suspect:
			return nil
		case j.state != queue.Available || j.at.After(m.now):
		case j.suspect:
			suspects = append(suspects, j)
		default:
			out = append(out, j)
		}
	}
	running := m.count(queue.Running)
	if len(suspects) == 0 {
		return out[:min(n, len(out), most-running)]
	}
	if running > 0 {
		return nil
	}
	return []*job{slices.MinFunc(suspects, func(a, b *job) int {
		return cmp.Or(cmp.Compare(a.crashes, b.crashes), a.id.Compare(b.id))
	})}
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
