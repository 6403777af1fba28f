package file

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"tablestep/engine/queue"
)

// Claim leases up to most available invocations for evaluation, oldest first.
// It writes nothing to the disk (doc.go says why that is safe) for those that were
// never claimed before; else the claim is written down first.
func (q *Queue) Claim(ctx context.Context, most int, lease time.Duration) ([]queue.Job, error) {
	taken, until, err := q.lease(ctx, most, lease, (*index).claim)
	if err != nil || len(taken) == 0 {
		return nil, err
	}
	if taken, err = q.writeDown(ctx, taken); len(taken) == 0 {
		return nil, err
	}
	bodies, err := q.load(queue.PayloadBody, taken)
	if err != nil {
		q.giveBack(taken)
		return nil, fmt.Errorf("claim: %w", err)
	}
	jobs := make([]queue.Job, 0, len(bodies))
	for i := range bodies {
		o := &bodies[i]
		with, payload, err := o.open(&q.sealer, queue.PayloadBody)
		if err != nil {
			taken[i].kept.Drop()
			q.bury(taken[i].Lease, err)
			continue
		}
		if !q.keepSealing(taken[i].Lease, with) {
			taken[i].kept.Drop() // The lease ran out while its payload was being read.
			continue
		}
		sec := &with.Secrets
		job := queue.Job{
			Lease: taken[i].Lease, Accepted: taken[i].accepted,
			CallbackURL: sec.CallbackURL, APIKey: sec.APIKey, Token: sec.Token, MunchkinID: sec.MunchkinID,
			BatchID: o.rec.batchID, CampaignID: o.rec.campaignID, Leads: o.rec.leads,
			Payload: payload, Failures: o.rec.failures, Crashes: o.rec.crashes, Reason: o.rec.reason, Until: until,
		}
		if o.kept != nil {
			job.Decoded = o.kept.Decoded
		}
		jobs = append(jobs, job)
	}
	return jobs, nil
}

// ClaimDelivery leases up to most evaluated invocations that are due for an
// attempt, in the order in which they became due. It writes nothing to the disk.
func (q *Queue) ClaimDelivery(ctx context.Context, most int, lease time.Duration) ([]queue.Delivery, error) {
	taken, until, err := q.lease(ctx, most, lease, (*index).claimDelivery)
	if err != nil || len(taken) == 0 {
		return nil, err
	}
	bodies, err := q.load(queue.CallbackBody, taken)
	if err != nil {
		q.giveBack(taken)
		return nil, fmt.Errorf("claim delivery: %w", err)
	}
	out := make([]queue.Delivery, 0, len(bodies))
	for i := range bodies {
		o := &bodies[i]
		with, callback, err := o.open(&q.sealer, queue.CallbackBody)
		if err != nil {
			taken[i].kept.Drop()
			q.bury(taken[i].Lease, err)
			continue
		}
		sec := &with.Secrets
		d := queue.Delivery{
			Lease: taken[i].Lease, Accepted: taken[i].accepted, Since: taken[i].since,
			CallbackURL: sec.CallbackURL, APIKey: sec.APIKey, Token: sec.Token, MunchkinID: sec.MunchkinID,
			BatchID: o.rec.batchID, CampaignID: o.rec.campaignID, Leads: o.rec.leads,
			Callback: callback, Attempts: o.rec.series, Refused: o.rec.refused(),
			Ambiguous: taken[i].ambiguous || o.rec.has(flagAmbiguous), Until: until,
		}
		if n := len(o.rec.recent); n > 0 && o.rec.series > 0 {
			d.Last = o.rec.recent[n-1].attempt()
		}
		out = append(out, d)
	}
	return out, nil
}

// taken is a lease that has just been given, before its body has been read.
type taken struct {
	queue.Lease
	accepted, since time.Time
	ambiguous       bool
	flag            bool // the claim must be in its row before it is handed out
	first           bool // the file does not tell yet that ordered ones may be running
	kept            *queue.Body
}

// lease takes up to most entries with one of the index's claims.
func (q *Queue) lease(ctx context.Context, most int, lease time.Duration, claim func(x *index, now, until time.Time) *entry) ([]taken, time.Time, error) {
	if most <= 0 || lease <= 0 {
		return nil, time.Time{}, fmt.Errorf("claim %d for %s: %w", most, lease, queue.ErrInvalid)
	}
	if err := ctx.Err(); err != nil {
		return nil, time.Time{}, fmt.Errorf("claim: %w", err)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.broken != nil {
		return nil, time.Time{}, q.broken
	}
	now := q.now()
	until := now.Add(lease)
	q.index.settle(now)
	var out []taken
	for len(out) < min(most, queue.MaxClaim) {
		e := claim(q.index, now, until)
		if e == nil {
			break
		}
		flag := e.state == queue.Running && q.index.mustFlag(e)
		first := e.state == queue.Running && !q.index.begun && !e.suspect
		out = append(out, taken{
			Lease: queue.Lease{ID: e.id, Fence: e.fence}, accepted: e.accepted, since: e.since, ambiguous: e.ambiguous, flag: flag, first: first, kept: q.takeKept(e),
		})
	}
	q.changedLocked(now)
	return out, until, nil
}

// keepSealing remembers what the callback will be sealed with.
func (q *Queue) keepSealing(l queue.Lease, s *queue.Sealing) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	e, err := q.index.held(l, q.now(), queue.Running)
	if err != nil {
		return false
	}
	e.sealing = s
	return true
}

// giveBack undoes claims whose bodies could not be read.
func (q *Queue) giveBack(of []taken) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := q.now()
	for _, t := range of {
		t.kept.Drop()
		if e, err := q.index.held(t.Lease, now, queue.Running, queue.Delivering); err == nil && !e.busy {
			q.index.release(e, false, now)
		}
	}
	q.changedLocked(now)
}

// writeDown stores those claims that must be stored, and drops those that could not
// be.
func (q *Queue) writeDown(ctx context.Context, all []taken) ([]taken, error) {
	var sure, rest []taken
	for _, t := range all {
		if t.flag || t.first {
			rest = append(rest, t)
		} else {
			sure = append(sure, t)
		}
	}
	if len(rest) == 0 {
		return all, nil
	}
	op := &startOp{leases: rest}
	op.need = needBody // it gives no room back
	if err := q.submit(ctx, op); err != nil {
		q.giveBack(rest)
		return sure, fmt.Errorf("claim: write down the start: %w", err)
	}
	return all, nil
}

// startOp writes down that invocations are about to run, and whether alone.
type startOp struct {
	ticket
	leases []taken

	entries []*entry
	alone   *entry
	records []record
}

func (op *startOp) begin(q *Queue, now time.Time) error {
	op.entries, op.alone = op.entries[:0], q.index.alone
	for _, t := range op.leases {
		e, err := q.index.held(t.Lease, now, queue.Running)
		if err != nil {
			op.abort(q)
			return err
		}
		e.busy = true
		op.entries = append(op.entries, e)
	}
	return nil
}

func (op *startOp) read(_ *Queue, b *buckets) error {
	op.records = op.records[:0]
	for _, e := range op.entries {
		rec, err := b.record(e.id)
		if err != nil && !errors.Is(err, queue.ErrDamaged) {
			return err
		}
		op.records = append(op.records, rec) // A damaged one is buried when its body is read.
	}
	return nil
}

func (op *startOp) write(q *Queue, b *buckets, now time.Time) error {
	if op.first() {
		b.changed = true
		if err := b.meta.Put([]byte(metaLines), encodeLines(lines{q.opts.Bounds.Running, queue.LargeBody})); err != nil {
			return err
		}
	}
	for i, e := range op.entries {
		rec := op.records[i]
		if rec.state != queue.Available || !op.leases[i].flag {
			continue
		}
		rec.set(flagStarted, true)
		rec.set(flagAlone, e == op.alone)
		rec.countLost(e.lost)
		if err := b.putRecord(e.id, &rec, now); err != nil {
			return err
		}
	}
	return nil
}

func (op *startOp) apply(q *Queue, _ time.Time) {
	q.index.begun = q.index.begun || op.first()
	for i, e := range op.entries {
		if e.lost > 0 {
			e.lost, e.ordered = 0, false
		}
		e.busy, e.started = false, op.leases[i].flag
	}
}

func (op *startOp) first() bool {
	return slices.ContainsFunc(op.leases, func(t taken) bool { return t.first })
}

func (op *startOp) abort(*Queue) {
	for _, e := range op.entries {
		e.busy = false
	}
}
