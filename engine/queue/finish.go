package queue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Evaluated stores the callback of a running invocation, in place of its
// payload, and makes it due for delivery. It returns when that is on the disk.
// The summary is for people; the callback is not kept or changed.
func (q *Queue) Evaluated(l Lease, callback []byte, s Summary) error {
	if len(callback) > MaxBody {
		return fmt.Errorf("store callback of %s: %d bytes, at most %d: %w", l.ID, len(callback), MaxBody, ErrInvalid)
	}
	with, err := q.sealingOf(l)
	if err != nil {
		return fmt.Errorf("store callback of %s: %w", l.ID, err)
	}
	sealed, err := q.sealer.seal(callbackBody, with, callback)
	if err != nil {
		return fmt.Errorf("store callback of %s: %w", l.ID, err)
	}
	op := &evaluatedOp{leaseOp: leaseOp{lease: l, state: Running}, sealed: sealed, size: len(callback), summary: s}
	if q.mayKeep(len(callback)) {
		op.kept = &kept{sealing: with, body: slices.Clone(callback)}
	}
	op.need, op.bytes = needBody, len(sealed)
	return q.finish("store callback", l, op)
}

func (q *Queue) sealingOf(l Lease) (*sealing, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.broken != nil {
		return nil, q.broken
	}
	e, err := q.index.held(l, q.now(), Running)
	if err != nil || e.sealing == nil {
		return nil, ErrStale
	}
	return e.sealing, nil
}

// FailEvaluation puts a running invocation back, to be evaluated again from at
// on, and counts the failure. The reason must hold no lead data; it is cut at
// 512 bytes.
func (q *Queue) FailEvaluation(l Lease, reason string, at time.Time) error {
	return q.finish("note failed evaluation", l, &failOp{
		leaseOp: leaseOp{lease: l, state: Running}, reason: cut(reason, maxText), at: at,
	})
}

// Delivered ends a delivery whose callback was accepted. Its bodies and their key
// are deleted with the same commit; the info row stays until it is purged.
func (q *Queue) Delivered(l Lease, a Attempt) error {
	return q.end("note delivery", l, Delivering, Delivered, &a, "")
}

// Probably ends a delivery that was refused although an earlier attempt may have
// arrived. The callback stays until it is purged.
func (q *Queue) Probably(l Lease, a Attempt) error {
	return q.end("note probable delivery", l, Delivering, ProbablyDelivered, &a, a.Err)
}

// Dead gives a leased delivery up. The callback stays until it is purged, for a
// replay.
func (q *Queue) Dead(l Lease, a Attempt, reason string) error {
	return q.end("give up", l, Delivering, Dead, &a, reason)
}

// Abandon gives a running invocation up without an answer. Its payload stays
// until it is purged; a replay makes it available again.
func (q *Queue) Abandon(l Lease, reason string) error {
	return q.end("abandon", l, Running, Dead, nil, reason)
}

// Retry ends an attempt that is to be repeated at the given time.
func (q *Queue) Retry(l Lease, a Attempt, at time.Time) error {
	return q.finish("note attempt", l, &retryOp{
		leaseOp: leaseOp{lease: l, state: Delivering}, attempt: a, at: at,
	})
}

// Release gives a lease back as if it had not been taken: nothing was evaluated
// or sent. A delivery is due again at once; see Postpone.
func (q *Queue) Release(l Lease) error { return q.Postpone(l, time.Time{}) }

// Postpone is Release with a time before which the invocation is not claimed
// again, as when the breaker of its host is open. It counts no attempt and is
// forgotten at a restart.
func (q *Queue) Postpone(l Lease, until time.Time) error {
	started, err := q.releaseLease(l, until)
	if err != nil {
		return fmt.Errorf("release %s: %w", l.ID, err)
	}
	if !started {
		return nil
	}
	return q.finish("release", l, &unstartOp{leaseOp: leaseOp{lease: l, state: Running}, until: until})
}

// releaseLease gives the lease back in memory, unless its start was written down.
func (q *Queue) releaseLease(l Lease, until time.Time) (started bool, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.broken != nil {
		return false, q.broken
	}
	now := q.now()
	q.index.settle(now)
	e, err := q.index.held(l, now, Running, Delivering)
	if err != nil {
		return false, err
	}
	if e.busy {
		return false, ErrStale // Its last operation is being written; the lease is used up.
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

// Extend moves the end of a lease to d from now.
func (q *Queue) Extend(l Lease, d time.Duration) error {
	if d <= 0 {
		return fmt.Errorf("extend lease of %s by %s: %w", l.ID, d, ErrInvalid)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.broken != nil {
		return q.broken
	}
	now := q.now()
	q.index.settle(now)
	e, err := q.index.held(l, now, Running, Delivering)
	if err != nil {
		return fmt.Errorf("extend lease of %s: %w", l.ID, err)
	}
	q.index.move(e, e.state, now.Add(d), now)
	q.changedLocked(now)
	return nil
}

func (q *Queue) finish(act string, l Lease, op operation) error {
	err := q.submit(context.Background(), op)
	if errors.Is(err, ErrDamaged) || errors.Is(err, ErrNotFound) {
		q.lose(l) // Nobody could finish it, now or under a later lease.
	}
	if err != nil {
		return fmt.Errorf("%s of %s: %w", act, l.ID, err)
	}
	return nil
}

func (q *Queue) end(act string, l Lease, from, to State, a *Attempt, reason string) error {
	return q.finish(act, l, &endOp{leaseOp: leaseOp{lease: l, state: from}, to: to, attempt: a, reason: cut(reason, maxText)})
}

// bury gives up an invocation whose stored bytes do not decode. Where its info
// row can be read that is written down; else it is left as it is and forgotten
// until the file is opened again.
func (q *Queue) bury(l Lease, cause error) {
	q.mu.Lock()
	q.damaged++
	e := q.index.entries[l.ID]
	var state State
	if e != nil {
		state = e.state
	}
	q.mu.Unlock()
	// What comes back is that the row is damaged too, for which finish has cared, or
	// that the lease is void or the disk full; then the next claim buries it.
	_ = q.end("bury", l, state, Dead, nil, "stored bytes are damaged: "+cause.Error())
}

// lose forgets a leased invocation whose row cannot be read.
func (q *Queue) lose(l Lease) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := q.now()
	if e, err := q.index.held(l, now, Running, Delivering); err == nil && !e.busy {
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
	lease Lease
	state State // that the lease must be for

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
	summary Summary
	kept    *kept // nil if there was no room
}

func (op *evaluatedOp) read(q *Queue, b *buckets) error {
	if err := op.leaseOp.read(q, b); err != nil {
		return err
	}
	// What is left beyond this is for what gives room back.
	if most := q.opts.MaxBytes; most > 0 {
		if used := q.commit.stats.inUse() + int64(b.grown+len(op.sealed)); used > most-most/16 {
			return fmt.Errorf("%d of %d bytes are in use: %w", used, most, ErrDiskFull)
		}
	}
	return nil
}

func (op *evaluatedOp) write(_ *Queue, b *buckets, now time.Time) error {
	b.grown += len(op.sealed)
	rec, id := op.rec, op.lease.ID
	if err := b.deletePayload(id, &rec); err != nil {
		return err
	}
	if err := putChunks(b.callback, id, op.sealed); err != nil {
		return err
	}
	rec.set(flagCallback, true)
	rec.state, rec.due, rec.evaluated, rec.since = Retryable, now, now, now
	rec.callbackBytes, rec.callbackStored = op.size, len(op.sealed)
	rec.summary, rec.reason = op.summary, cut(op.summary.Reason, maxText)
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
	q.index.move(e, Retryable, now, now)
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
	q.index.move(e, Available, op.at, now)
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
	attempt Attempt
	at      time.Time
}

func (op *retryOp) write(_ *Queue, b *buckets, now time.Time) error {
	rec := op.rec
	rec.note(op.attempt)
	rec.due = op.at
	return b.putRecord(op.lease.ID, &rec, now)
}

func (op *retryOp) apply(q *Queue, now time.Time) {
	e := op.e
	e.busy, e.fence = false, 0
	e.ambiguous = e.ambiguous || op.attempt.Ambiguous
	q.index.move(e, Retryable, op.at, now)
}

// endOp finishes an invocation.
type endOp struct {
	leaseOp
	to      State
	attempt *Attempt
	reason  string
}

func (op *endOp) write(_ *Queue, b *buckets, now time.Time) error {
	rec := op.rec
	if op.attempt != nil {
		rec.note(*op.attempt)
	}
	rec.state = op.to
	if op.reason != "" { // else what the evaluation said stays
		rec.reason = op.reason
	}
	return b.finish(op.lease.ID, &rec, now, op.to != Delivered)
}

func (op *endOp) apply(q *Queue, _ time.Time) { q.index.remove(op.e, op.to) }
