package file

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"tablestep/engine/queue"
)

// Finish says how a piece of work ended. It returns when that is on the disk, but for
// what is given back whose claim was never written down.
func (q *Queue) Finish(ctx context.Context, l queue.Lease, o queue.Outcome) error {
	err := o.Check()
	if err == nil {
		err = ctx.Err()
	}
	if err == nil {
		err = q.end(ctx, l, &o)
	}
	if err != nil {
		return fmt.Errorf("finish %s, %s: %w", l.ID, o.Kind(), err)
	}
	return nil
}

func (q *Queue) end(ctx context.Context, l queue.Lease, o *queue.Outcome) error {
	switch o.Kind() {
	case queue.KindEvaluated:
		return q.storeCallback(ctx, l, o)
	case queue.KindEvaluationFailed:
		return q.finish(ctx, l, &failOp{leaseOp: leaseOp{lease: l, state: queue.Running}, reason: o.Reason(), at: o.At()})
	case queue.KindTryAgain:
		op := &retryOp{leaseOp: leaseOp{lease: l, state: queue.Delivering}, at: o.At()}
		op.attempt, _ = o.Attempt()
		return q.finish(ctx, l, op)
	case queue.KindReleased:
		return q.release(ctx, l, o.At())
	}
	from := queue.Delivering
	if o.Kind().Ends(queue.Running) {
		from = queue.Running
	}
	op := &endOp{leaseOp: leaseOp{lease: l, state: from}, to: o.Kind().Becomes(from), reason: o.Reason()}
	op.attempt, op.attempted = o.Attempt()
	return q.finish(ctx, l, op)
}

// storeCallback puts the callback in place of the payload.
func (q *Queue) storeCallback(ctx context.Context, l queue.Lease, o *queue.Outcome) error {
	with, err := q.sealingOf(l)
	if err != nil {
		return err
	}
	callback := o.Callback()
	sealed, err := q.sealer.Seal(queue.CallbackBody, with, callback)
	if err != nil {
		return err
	}
	op := &evaluatedOp{leaseOp: leaseOp{lease: l, state: queue.Running}, sealed: sealed, size: len(callback), summary: o.Summary(), turns: o.Turns(), stuck: o.Stuck()}
	if q.mayKeep(len(callback)) {
		op.kept = &queue.Body{Sealing: with, Plain: slices.Clone(callback)}
	}
	op.need, op.bytes = needBody, len(sealed)+turnBytes(o)
	return q.finish(ctx, l, op)
}

func (q *Queue) sealingOf(l queue.Lease) (*queue.Sealing, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.broken != nil {
		return nil, q.broken
	}
	e, err := q.index.held(l, q.now(), queue.Running)
	if err != nil || e.sealing == nil {
		return nil, queue.ErrStale
	}
	return e.sealing, nil
}

// release gives a lease back, to be claimed again from until on.
func (q *Queue) release(ctx context.Context, l queue.Lease, until time.Time) error {
	started, err := q.releaseLease(l, until)
	if err != nil || !started {
		return err
	}
	return q.finish(ctx, l, &unstartOp{leaseOp: leaseOp{lease: l, state: queue.Running}, until: until})
}

// releaseLease gives the lease back in memory, unless its start was written down.
func (q *Queue) releaseLease(l queue.Lease, until time.Time) (started bool, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.broken != nil {
		return false, q.broken
	}
	now := q.now()
	q.index.settle(now)
	e, err := q.index.held(l, now, queue.Running, queue.Delivering)
	if err != nil {
		return false, err
	}
	if e.busy {
		return false, queue.ErrStale // Its last operation is being written; the lease is used up.
	}
	if e.started {
		return true, nil
	}
	q.index.release(e, false, now)
	q.index.postpone(e, until, now)
	q.changedLocked(now)
	return false, nil
}

// postpone makes a released entry claimable only from until on.
func (x *index) postpone(e *entry, until, now time.Time) {
	if until.After(e.at) {
		x.move(e, e.state, until, now)
	}
}

// Extend moves the end of a lease to d from now. It writes nothing to the disk.
func (q *Queue) Extend(ctx context.Context, l queue.Lease, d time.Duration) error {
	if d <= 0 {
		return fmt.Errorf("extend lease of %s by %s: %w", l.ID, d, queue.ErrInvalid)
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("extend lease of %s: %w", l.ID, err)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.broken != nil {
		return q.broken
	}
	now := q.now()
	q.index.settle(now)
	e, err := q.index.held(l, now, queue.Running, queue.Delivering)
	if err != nil {
		return fmt.Errorf("extend lease of %s: %w", l.ID, err)
	}
	q.index.move(e, e.state, now.Add(d), now)
	q.changedLocked(now)
	return nil
}

func (q *Queue) finish(ctx context.Context, l queue.Lease, op operation) error {
	err := q.submit(ctx, op)
	if errors.Is(err, queue.ErrDamaged) || errors.Is(err, queue.ErrNotFound) {
		q.lose(l) // Nobody could finish it, now or under a later lease.
	}
	return err
}

// bury gives up an invocation whose stored bytes do not decode. Where its info
// row can be read that is written down; else it is left as it is and forgotten
// until the file is opened again.
func (q *Queue) bury(l queue.Lease, cause error) {
	q.mu.Lock()
	q.damaged++
	e := q.index.entries[l.ID]
	var state queue.State
	if e != nil {
		state = e.state
	}
	q.mu.Unlock()
	// What comes back is that the row is damaged too, for which finish has cared, or
	// that the lease is void or the disk full; then the next claim buries it.
	_ = q.finish(context.Background(), l, &endOp{
		leaseOp: leaseOp{lease: l, state: state}, to: queue.Dead, reason: queue.Cut(queue.ReasonDamaged+cause.Error(), queue.MaxText),
	})
}

// lose forgets a leased invocation whose row cannot be read.
func (q *Queue) lose(l queue.Lease) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := q.now()
	if e, err := q.index.held(l, now, queue.Running, queue.Delivering); err == nil && !e.busy {
		q.index.forget(e)
		q.changedLocked(now)
	}
}

// forget drops an entry that cannot be worked on.
func (x *index) forget(e *entry) {
	x.remove(e, 0)
	x.counts[0] = 0
}

// leaseOp is the common part of the operations that a lease allows.
type leaseOp struct {
	ticket
	lease queue.Lease
	state queue.State // that the lease must be for

	e   *entry
	rec record
}

func (op *leaseOp) begin(q *Queue, now time.Time) error {
	e, err := q.index.held(op.lease, now, op.state)
	if err != nil {
		return err
	}
	if e.busy {
		return errLater
	}
	e.busy, op.e = true, e
	return nil
}

func (op *leaseOp) abort(*Queue) { op.e.busy = false }

func (op *leaseOp) read(_ *Queue, b *buckets) (err error) {
	op.rec, err = b.record(op.lease.ID)
	if err != nil {
		return err
	}
	// What only the memory knew until now.
	op.rec.set(flagAmbiguous, op.rec.has(flagAmbiguous) || op.e.ambiguous)
	op.rec.set(flagStarted, false)
	op.rec.set(flagAlone, false)
	return nil
}

// evaluatedOp replaces the payload by the callback.
type evaluatedOp struct {
	leaseOp
	sealed  []byte
	size    int
	summary queue.Summary
	kept    *queue.Body // nil if there was no room
	turns   []queue.Turn
	stuck   []queue.Stuck
	after   map[turnKey]queue.Counter // the counters after the turns
}

func (op *evaluatedOp) read(q *Queue, b *buckets) (err error) {
	if err := op.leaseOp.read(q, b); err != nil {
		return err
	}
	// What is left beyond this is for what gives room back.
	if most := q.opts.MaxBytes; most > 0 {
		if used := q.commit.stats.inUse() + int64(b.grown+op.bytes); used > most-most/16 {
			return fmt.Errorf("%d of %d bytes are in use: %w", used, most, queue.ErrDiskFull)
		}
	}
	op.after, err = b.takeTurns(q, op.turns, q.now())
	return err
}

func (op *evaluatedOp) write(q *Queue, b *buckets, now time.Time) error {
	b.grown += op.bytes
	if err := b.giveTurns(q, op.after, op.stuck); err != nil {
		return err
	}
	rec, id := op.rec, op.lease.ID
	if err := b.deletePayload(id, &rec); err != nil {
		return err
	}
	if err := putChunks(b.callback, id, op.sealed); err != nil {
		return err
	}
	rec.set(flagCallback, true)
	rec.state, rec.due, rec.evaluated, rec.since = queue.Retryable, now, now, now
	rec.callbackBytes, rec.callbackStored = op.size, len(op.sealed)
	rec.summary, rec.reason = summaryRowOf(&op.summary), op.summary.Reason
	return b.putRecord(id, &rec, now)
}

func (op *evaluatedOp) apply(q *Queue, now time.Time) {
	e := op.e
	e.busy, e.fence, e.sealing = false, 0, nil
	e.suspect, e.started, e.ordered = false, false, false
	e.since, e.bytes = now, int64(op.size)
	if op.kept != nil {
		q.keep(e, op.kept)
	}
	q.index.move(e, queue.Retryable, now, now)
}

// failOp makes a running invocation available again.
type failOp struct {
	leaseOp
	reason string
	at     time.Time
}

func (op *failOp) write(_ *Queue, b *buckets, now time.Time) error {
	rec := op.rec
	rec.failures++
	rec.reason, rec.due = op.reason, op.at
	return b.putRecord(op.lease.ID, &rec, now)
}

func (op *failOp) apply(q *Queue, now time.Time) {
	e := op.e
	e.busy, e.fence, e.sealing, e.started, e.ordered = false, 0, nil, false, false
	e.suspect = e.crashes > 0 // it has come to an end without a crash
	q.index.move(e, queue.Available, op.at, now)
}

// unstartOp takes back that a suspect was written down as running.
type unstartOp struct {
	leaseOp
	until time.Time
}

func (op *unstartOp) write(_ *Queue, b *buckets, now time.Time) error {
	rec := op.rec
	return b.putRecord(op.lease.ID, &rec, now)
}

func (op *unstartOp) apply(q *Queue, now time.Time) {
	op.e.busy, op.e.started = false, false
	op.e.ordered = op.rec.ordered() // as one that was a suspect may be again
	q.index.release(op.e, false, now)
	q.index.postpone(op.e, op.until, now)
}

// retryOp ends an attempt that is to be repeated.
type retryOp struct {
	leaseOp
	attempt queue.Attempt
	at      time.Time
}

func (op *retryOp) write(_ *Queue, b *buckets, now time.Time) error {
	rec := op.rec
	rec.note(&op.attempt)
	rec.due = op.at
	return b.putRecord(op.lease.ID, &rec, now)
}

func (op *retryOp) apply(q *Queue, now time.Time) {
	e := op.e
	e.busy, e.fence = false, 0
	e.ambiguous = e.ambiguous || op.attempt.Ambiguous
	q.index.move(e, queue.Retryable, op.at, now)
}

// endOp finishes an invocation.
type endOp struct {
	leaseOp
	to        queue.State
	attempt   queue.Attempt
	attempted bool // else attempt means nothing
	reason    string
}

func (op *endOp) write(_ *Queue, b *buckets, now time.Time) error {
	rec := op.rec
	if op.attempted {
		rec.note(&op.attempt)
	}
	rec.state = op.to
	if op.reason != "" { // else what the evaluation said stays
		rec.reason = op.reason
	}
	return b.finish(op.lease.ID, &rec, now, op.to != queue.Delivered)
}

func (op *endOp) apply(q *Queue, _ time.Time) { q.index.remove(op.e, op.to) }

// turnBytes is about what the turns of an outcome take in the file.
func turnBytes(o *queue.Outcome) int {
	size := 0
	for i := range o.Turns() {
		size += 64 + 2*len(o.Turns()[i].Row)
	}
	for i := range o.Stuck() {
		size += 64 + len(o.Stuck()[i].Row)
	}
	return size
}
