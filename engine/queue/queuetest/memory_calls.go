package queuetest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"tablestep/engine/queue"
)

// Put stores an invocation, unless its token is known.
func (o *Owner) Put(ctx context.Context, in queue.Invocation) (id queue.ID, duplicate bool, err error) {
	id, duplicate, err = o.put(ctx, in)
	if (err != nil || duplicate) && in.Decoded != nil {
		in.Decoded.Release()
	}
	return id, duplicate, err
}

func (o *Owner) put(ctx context.Context, in queue.Invocation) (id queue.ID, duplicate bool, err error) {
	if err := in.Check(); err != nil {
		return id, false, err
	}
	leave, err := o.enter(ctx)
	if err != nil {
		return id, false, err
	}
	defer leave()
	m := o.store
	for _, j := range m.jobs {
		if in.HasToken && j.in.HasToken && j.in.TokenHash == in.TokenHash {
			return j.id, true, nil
		}
	}
	if m.unfinished() >= o.bounds.Limit {
		return id, false, queue.ErrFull
	}
	now := m.now()
	j := &job{
		id: m.newID(), in: in, owner: o, decoded: in.Decoded, state: queue.Available, at: now, stored: now, accepted: now, updated: now, ordered: true,
	}
	m.jobs = append(m.jobs, j)
	return j.id, false, nil
}

// fit gives those of a list that may be leased beside what is: of the large ones only
// until one does not fit.
func (o *Owner) fit(list []*job, leased queue.State, most int64, n int) []*job {
	var large int64
	for _, j := range o.store.in(leased) {
		if j.owner == o && j.large() {
			large += j.size()
		}
	}
	var out []*job
	blocked := false
	for _, j := range list {
		if j.large() {
			if blocked = blocked || large > 0 && large+j.size() > most; blocked {
				continue
			}
			large += j.size()
		}
		if len(out) == n {
			break
		}
		out = append(out, j)
	}
	return out
}

// claimable gives what a claim of at most n gives, in order.
func (o *Owner) claimable(n int) []*job {
	var out, suspects []*job
	running := 0
	for _, j := range o.store.jobs {
		switch {
		case j.owner != o:
		case j.state == queue.Running:
			running++
			if j.suspect {
				return nil
			}
		case j.state != queue.Available || j.at.After(o.store.now()):
		case j.suspect:
			suspects = append(suspects, j)
		default:
			out = append(out, j)
		}
	}
	if len(suspects) == 0 {
		return o.fit(out, queue.Running, o.bounds.RunningBytes, min(n, o.bounds.Running-running, queue.MaxClaim))
	}
	if running > 0 || o.bounds.Running == 0 {
		return nil
	}
	return []*job{slices.MinFunc(suspects, func(a, b *job) int {
		return cmp.Or(cmp.Compare(a.crashes, b.crashes), a.id.Compare(b.id))
	})}
}

// deliverable likewise, for deliveries.
func (o *Owner) deliverable(n int) []*job {
	out := o.store.where(func(j *job) bool {
		return j.owner == o && j.state == queue.Retryable && !j.at.After(o.store.now())
	})
	slices.SortStableFunc(out, func(a, b *job) int {
		return cmp.Or(a.at.Compare(b.at), a.id.Compare(b.id))
	})
	return o.fit(out, queue.Delivering, o.bounds.DeliveringBytes, min(n, queue.MaxClaim))
}

// start writes down those claims that the order of the jobs does not tell.
func (o *Owner) start(claimed []*job) {
	strays := len(o.store.where(func(j *job) bool {
		return j.owner == o && j.state == queue.Available && j.at.After(o.store.now()) && j.ordered
	})) > 0
	for _, j := range claimed {
		o.begun = o.begun || !j.suspect
		if !j.suspect && j.lost == 0 && j.ordered && !strays {
			continue
		}
		j.started, j.alone = true, j.suspect
		if j.lost > 0 {
			j.writeLost()
			j.ordered = false
		}
	}
}

func (o *Owner) take(j *job, s queue.State, d time.Duration) {
	o.store.fence++
	j.state, j.fence, j.until = s, o.store.fence, o.store.now().Add(d)
}

func checkClaim(most int, d time.Duration) error {
	if most <= 0 || d <= 0 {
		return fmt.Errorf("claim %d for %s: %w", most, d, queue.ErrInvalid)
	}
	return nil
}

// Claim leases jobs, those first that may have ended a process.
func (o *Owner) Claim(ctx context.Context, most int, lease time.Duration) ([]queue.Job, error) {
	if err := checkClaim(most, lease); err != nil {
		return nil, err
	}
	leave, err := o.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	claimed := o.claimable(most)
	o.start(claimed)
	var out []queue.Job
	for _, j := range claimed {
		o.take(j, queue.Running, lease)
		given := j.asJob()
		given.Decoded, j.decoded = j.decoded, nil
		out = append(out, given)
	}
	return out, nil
}

// ClaimDelivery leases what is due.
func (o *Owner) ClaimDelivery(ctx context.Context, most int, lease time.Duration) ([]queue.Delivery, error) {
	if err := checkClaim(most, lease); err != nil {
		return nil, err
	}
	leave, err := o.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	var out []queue.Delivery
	for _, j := range o.deliverable(most) {
		o.take(j, queue.Delivering, lease)
		out = append(out, j.asDelivery())
	}
	return out, nil
}

// held gives the job of a lease that is good.
func (o *Owner) held(l queue.Lease) (*job, error) {
	if j := o.store.find(l.ID); j != nil && j.owner == o && j.leased() && j.fence == l.Fence {
		return j, nil
	}
	return nil, queue.ErrStale
}

// Extend moves the end of a lease.
func (o *Owner) Extend(ctx context.Context, l queue.Lease, d time.Duration) error {
	if d <= 0 {
		return fmt.Errorf("extend a lease by %s: %w", d, queue.ErrInvalid)
	}
	leave, err := o.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	j, err := o.held(l)
	if err == nil {
		j.until = o.store.now().Add(d)
	}
	return err
}

// Finish ends a lease.
func (o *Owner) Finish(ctx context.Context, l queue.Lease, out queue.Outcome) error {
	if err := out.Check(); err != nil {
		return err
	}
	leave, err := o.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	j, err := o.held(l)
	if err != nil {
		return err
	}
	if !out.Kind().Ends(j.state) {
		return queue.ErrStale
	}
	if err := o.store.take(out.Turns(), out.Stuck()); err != nil {
		return err
	}
	j.finish(o.store.now(), &out)
	return nil
}

// Get describes one.
func (o *Owner) Get(ctx context.Context, id queue.ID) (queue.Info, error) {
	leave, err := o.enter(ctx)
	if err != nil {
		return queue.Info{}, err
	}
	defer leave()
	j := o.store.find(id)
	if j == nil {
		return queue.Info{}, queue.ErrNotFound
	}
	return j.info(), nil
}

// List describes those that the filter lets through, latest first.
func (o *Owner) List(ctx context.Context, f queue.Filter) ([]queue.Info, error) {
	f, err := f.Filled()
	if err != nil {
		return nil, err
	}
	leave, err := o.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	var out []queue.Info
	for _, j := range slices.Backward(o.store.jobs) {
		at := j.id.Time()
		switch {
		case f.State != 0 && j.state != f.State,
			!f.From.IsZero() && at.Before(f.From), !f.To.IsZero() && !at.Before(f.To),
			!f.Before.IsZero() && j.id.Compare(f.Before) >= 0, !f.After.IsZero() && j.id.Compare(f.After) <= 0,
			len(out) == f.Limit:
		default:
			out = append(out, j.info())
		}
	}
	return out, nil
}

// Replay makes one due.
func (o *Owner) Replay(ctx context.Context, id queue.ID) error {
	leave, err := o.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	j := o.store.find(id)
	switch {
	case j == nil:
		return queue.ErrNotFound
	case j.state == queue.Delivered:
		return queue.ErrGone
	case j.state == queue.Retryable:
		j.revive(o.store.now())
		return nil
	case j.unfinished():
		return queue.ErrActive
	case o.store.unfinished() >= o.bounds.Limit:
		return queue.ErrFull
	}
	j.owner = o
	j.revive(o.store.now())
	return nil
}

// ReplayBetween makes many due, latest first.
func (o *Owner) ReplayBetween(ctx context.Context, from, to time.Time, s queue.State) (int, error) {
	if s != queue.Dead && s != queue.ProbablyDelivered {
		return 0, fmt.Errorf("replay all that are %s: %w", s, queue.ErrInvalid)
	}
	leave, err := o.enter(ctx)
	if err != nil {
		return 0, err
	}
	defer leave()
	n := 0
	for _, j := range slices.Backward(o.store.jobs) {
		at := j.id.Time()
		if j.state != s || !from.IsZero() && at.Before(from) || !to.IsZero() && !at.Before(to) {
			continue
		}
		if o.store.unfinished() >= o.bounds.Limit {
			return n, queue.ErrFull
		}
		j.owner = o
		j.revive(o.store.now())
		n++
	}
	return n, nil
}

// Purge forgets what has finished before a time.
func (o *Owner) Purge(ctx context.Context, before time.Time) (int, error) {
	leave, err := o.enter(ctx)
	if err != nil {
		return 0, err
	}
	defer leave()
	n := len(o.store.jobs)
	o.store.jobs = slices.DeleteFunc(o.store.jobs, func(j *job) bool {
		return j.state.Finished() && j.finished.Before(before)
	})
	o.store.forgetOver()
	return n - len(o.store.jobs), nil
}

// Stats counts.
func (o *Owner) Stats(ctx context.Context) (queue.Stats, error) {
	leave, err := o.enter(ctx)
	if err != nil {
		return queue.Stats{}, err
	}
	defer leave()
	m := o.store
	n := func(s queue.State) int { return len(m.in(s)) }
	s := queue.Stats{
		Available: n(queue.Available), Running: n(queue.Running), Retryable: n(queue.Retryable), Delivering: n(queue.Delivering),
		Delivered: n(queue.Delivered), Probably: n(queue.ProbablyDelivered), Dead: n(queue.Dead),
		Unfinished: m.unfinished(), Limit: o.bounds.Limit,
	}
	for _, j := range m.jobs {
		age := m.now().Sub(j.accepted)
		if j.unfinished() {
			s.OldestUnfinished = max(s.OldestUnfinished, age)
		}
		if j.state == queue.Available && !j.at.After(m.now()) {
			s.OldestAvailable = max(s.OldestAvailable, age)
		}
	}
	return s, nil
}
