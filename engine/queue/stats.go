package queue

import "time"

// Stats are the numbers of a moment; taking them costs the same at any length.
type Stats struct {
	Available, Running, Retryable, Delivering int
	Delivered, Probably, Dead                 int
	// Unfinished is the sum of the first four, Limit its bound.
	Unfinished, Limit int
	// OldestAvailable and OldestUnfinished are ages since acceptance, 0 where
	// there is none. The former leaves out what waits after a failed evaluation.
	OldestAvailable, OldestUnfinished time.Duration
	// Damaged counts invocations whose stored bytes did not decode, since the opening.
	Damaged int
	// DiskFull says that the last Put found no room and the next moments are not tried.
	DiskFull bool
	// FileBytes is the extent of the file, UsedBytes what of it is not free.
	FileBytes, UsedBytes int64
	// Commits and Operations are sums since the opening; their ratio says how well
	// callers share syncs.
	Commits, Operations uint64
}

// Stats gives the numbers.
func (q *Queue) Stats() Stats {
	c := &q.commit.stats
	c.mu.Lock()
	s := Stats{FileBytes: c.size, UsedBytes: c.used, Commits: c.commits, Operations: c.operations}
	c.mu.Unlock()

	q.mu.Lock()
	defer q.mu.Unlock()
	now := q.now()
	q.index.settle(now)
	n := &q.index.counts
	s.Available, s.Running, s.Retryable, s.Delivering = n[Available], n[Running], n[Retryable], n[Delivering]
	s.Delivered, s.Probably, s.Dead = n[Delivered], n[ProbablyDelivered], n[Dead]
	s.Unfinished, s.Limit = q.index.unfinished(), q.opts.Limit
	for _, h := range []*heap{&q.index.waiting, &q.index.large, &q.index.suspects} {
		if e := h.top(); e != nil {
			s.OldestAvailable = max(now.Sub(e.accepted), s.OldestAvailable)
		}
	}
	if e := q.index.all.top(); e != nil {
		s.OldestUnfinished = max(now.Sub(e.accepted), 0)
	}
	s.Damaged = q.damaged
	s.DiskFull = now.Before(q.fullTil)
	return s
}
