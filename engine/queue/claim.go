package queue

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// maxClaim bounds one claim; more are left for the next one.
const maxClaim = 1024

// Claim leases up to most available invocations for evaluation, oldest first.
// It writes nothing to the disk (doc.go says why that is safe) for those that were
// never claimed before; else the claim is written down first. After a crash those
// that may have been running are handed out one at a time, and before them nothing
// else.
//
// An invocation whose stored bytes do not decode is given up and left out. Where
// some could be claimed and others not, the former are returned without an error.
func (q *Queue) Claim(ctx context.Context, most int, lease time.Duration) ([]Job, error) {
	taken, until, err := q.lease(ctx, most, lease, (*index).claim)
	if err != nil || len(taken) == 0 {
		return nil, err
	}
	if taken, err = q.writeDown(ctx, taken); len(taken) == 0 {
		return nil, err
	}
	bodies, err := q.load(payloadBody, taken)
	if err != nil {
		q.giveBack(taken)
		return nil, fmt.Errorf("claim: %w", err)
	}
	jobs := make([]Job, 0, len(bodies))
	for i := range bodies {
		o := &bodies[i]
		with, payload, err := o.open(&q.sealer, payloadBody)
		if err != nil {
			taken[i].drop()
			q.bury(taken[i].Lease, err)
			continue
		}
		if !q.keepSealing(taken[i].Lease, with) {
			taken[i].drop() // The lease ran out while its payload was being read.
			continue
		}
		sec := &with.secrets
		job := Job{
			Lease: taken[i].Lease, Accepted: taken[i].accepted,
			CallbackURL: sec.callbackURL, APIKey: sec.apiKey, Token: sec.token, MunchkinID: sec.munchkinID,
			BatchID: o.rec.batchID, CampaignID: o.rec.campaignID, Leads: o.rec.leads,
			Payload: payload, Failures: o.rec.failures, Crashes: o.rec.crashes, Reason: o.rec.reason, Until: until,
		}
		if o.kept != nil {
			job.Decoded = o.kept.decoded
		}
		jobs = append(jobs, job)
	}
	return jobs, nil
}

// ClaimDelivery leases up to most evaluated invocations that are due for an
// attempt, in the order in which they became due. It writes nothing to the disk.
// Bytes that do not decode are treated as in Claim.
func (q *Queue) ClaimDelivery(ctx context.Context, most int, lease time.Duration) ([]Delivery, error) {
	taken, until, err := q.lease(ctx, most, lease, (*index).claimDelivery)
	if err != nil || len(taken) == 0 {
		return nil, err
	}
	bodies, err := q.load(callbackBody, taken)
	if err != nil {
		q.giveBack(taken)
		return nil, fmt.Errorf("claim delivery: %w", err)
	}
	out := make([]Delivery, 0, len(bodies))
	for i := range bodies {
		o := &bodies[i]
		with, callback, err := o.open(&q.sealer, callbackBody)
		if err != nil {
			taken[i].drop()
			q.bury(taken[i].Lease, err)
			continue
		}
		sec := &with.secrets
		d := Delivery{
			Lease: taken[i].Lease, Accepted: taken[i].accepted, Since: taken[i].since,
			CallbackURL: sec.callbackURL, APIKey: sec.apiKey, Token: sec.token, MunchkinID: sec.munchkinID,
			BatchID: o.rec.batchID, CampaignID: o.rec.campaignID, Leads: o.rec.leads,
			Callback: callback, Attempts: o.rec.series,
			Ambiguous: taken[i].ambiguous || o.rec.has(flagAmbiguous), Until: until,
		}
		if n := len(o.rec.recent); n > 0 && o.rec.series > 0 {
			d.Last = o.rec.recent[n-1]
			for _, a := range o.rec.recent[n-min(n, o.rec.series):] {
				if a.Status == http.StatusUnauthorized || a.Status == http.StatusForbidden {
					d.Refused++
				}
			}
		}
		out = append(out, d)
	}
	return out, nil
}

// taken is a lease that has just been given, before its body has been read.
type taken struct {
	Lease
	accepted, since time.Time
	ambiguous       bool
	flag            bool // the claim must be in its row before it is handed out
	first           bool // the file does not tell yet that ordered ones may be running
	kept            *kept
}

// drop lets go of a body that nobody gets.
func (t *taken) drop() {
	if t.kept != nil && t.kept.decoded != nil {
		t.kept.decoded.Release()
	}
}

// lease takes up to most entries with one of the index's claims.
func (q *Queue) lease(ctx context.Context, most int, lease time.Duration, claim func(x *index, now, until time.Time) *entry) ([]taken, time.Time, error) {
	if most <= 0 || lease <= 0 {
		return nil, time.Time{}, fmt.Errorf("claim %d for %s: %w", most, lease, ErrInvalid)
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
	for len(out) < min(most, maxClaim) {
		e := claim(q.index, now, until)
		if e == nil {
			break
		}
		flag := e.state == Running && q.index.mustFlag(e)
		first := e.state == Running && !q.index.begun && !e.suspect
		out = append(out, taken{
			Lease: Lease{e.id, e.fence}, accepted: e.accepted, since: e.since, ambiguous: e.ambiguous, flag: flag, first: first, kept: q.takeKept(e),
		})
	}
	q.changedLocked(now)
	return out, until, nil
}

// keepSealing remembers what the callback will be sealed with.
func (q *Queue) keepSealing(l Lease, s *sealing) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	e, err := q.index.held(l, q.now(), Running)
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
		t.drop()
		if e, err := q.index.held(t.Lease, now, Running, Delivering); err == nil && !e.busy {
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
		e, err := q.index.held(t.Lease, now, Running)
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
		if err != nil && !errors.Is(err, ErrDamaged) {
			return err
		}
		op.records = append(op.records, rec) // A damaged one is buried when its body is read.
	}
	return nil
}

func (op *startOp) write(q *Queue, b *buckets, now time.Time) error {
	if op.first() {
		b.changed = true
		if err := b.meta.Put([]byte(metaLines), encodeLines(lines{q.opts.Running, LargeBody})); err != nil {
			return err
		}
	}
	for i, e := range op.entries {
		rec := op.records[i]
		if rec.state != Available || !op.leases[i].flag {
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
