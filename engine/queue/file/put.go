package file

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tablestep/engine/queue"
)

// Put stores an invocation and returns when it is on the disk. After an error, an end
// of ctx too, nothing has been stored, unless the queue is broken.
func (q *Queue) Put(ctx context.Context, in queue.Invocation) (id queue.ID, duplicate bool, err error) {
	id, stored, err := q.put(ctx, in)
	if !stored && in.Decoded != nil {
		in.Decoded.Release()
	}
	return id, err == nil && !stored, err
}

// put says whether a new invocation has been stored.
func (q *Queue) put(ctx context.Context, in queue.Invocation) (id queue.ID, stored bool, err error) {
	if err := in.Check(); err != nil {
		return queue.ID{}, false, fmt.Errorf("put invocation: %w", err)
	}
	if err := ctx.Err(); err != nil {
		return queue.ID{}, false, fmt.Errorf("put invocation: %w", err)
	}
	if refused := q.admit(); refused != nil {
		if first, ok := q.byToken(&in); ok && !errors.Is(refused, queue.ErrBroken) {
			return first, false, nil
		}
		return queue.ID{}, false, fmt.Errorf("put invocation: %w", refused)
	}
	// Compression and encryption are the expensive part; they run here, on the
	// caller's time, and not in the transaction.
	with := &queue.Sealing{Key: queue.NewKey(), Secrets: in.Secrets()}
	sealed, err := q.sealer.Seal(queue.PayloadBody, with, in.Payload)
	if err != nil {
		return queue.ID{}, false, fmt.Errorf("put invocation: %w", err)
	}
	op := &putOp{in: &in, host: in.Host(), with: with, sealed: sealed}
	op.need, op.bytes = needAccept, len(sealed)
	if err := q.submit(ctx, op); err != nil {
		if first, ok := q.byToken(&in); ok && errors.Is(err, queue.ErrDiskFull) {
			return first, false, nil
		}
		return queue.ID{}, false, fmt.Errorf("put invocation: %w", err)
	}
	return op.id, !op.duplicate, nil
}

// admit refuses early what would be refused in any case.
func (q *Queue) admit() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.broken != nil:
		return q.broken
	case q.index.unfinished() >= q.opts.Bounds.Limit:
		return q.fullError()
	case !q.fullTil.IsZero() && q.now().Before(q.fullTil):
		return queue.ErrDiskFull
	}
	return nil
}

func (q *Queue) fullError() error {
	return fmt.Errorf("%d invocations are unfinished: %w", q.opts.Bounds.Limit, queue.ErrFull)
}

// byToken finds the first invocation of a token.
func (q *Queue) byToken(in *queue.Invocation) (id queue.ID, ok bool) {
	if !in.HasToken {
		return queue.ID{}, false
	}
	key := makeTokenKey(in.TokenHash)
	err := q.view(func(b *buckets) (err error) {
		q.mu.Lock()
		defer q.mu.Unlock()
		id, ok, err = q.tokens.find(b, key)
		return err
	})
	return id, ok && err == nil
}

// putOp accepts an invocation.
type putOp struct {
	ticket
	in     *queue.Invocation
	host   string
	with   *queue.Sealing
	sealed []byte

	id        queue.ID
	duplicate bool
}

func (op *putOp) begin(*Queue, time.Time) error { return nil }
func (op *putOp) abort(*Queue)                  {}

func (op *putOp) read(q *Queue, b *buckets) error {
	op.duplicate = false
	if op.in.HasToken {
		var err error
		op.id, op.duplicate, err = q.tokens.find(b, makeTokenKey(op.in.TokenHash))
		if err != nil || op.duplicate {
			return err
		}
	}
	if q.commit.unfinished+b.puts >= q.opts.Bounds.Limit {
		return q.fullError()
	}
	if most := q.opts.MaxBytes; most > 0 {
		if used := q.commit.stats.inUse() + int64(b.grown+len(op.sealed)); used > most-most/4 {
			return fmt.Errorf("%d of %d bytes are in use: %w", used, most, queue.ErrFull)
		}
	}
	return nil
}

func (op *putOp) write(q *Queue, b *buckets, now time.Time) error {
	if op.duplicate {
		return nil
	}
	b.puts++
	b.grown += len(op.sealed)
	op.id = q.commit.nextID(now)
	if err := b.info.SetSequence(q.commit.sequence); err != nil {
		return err
	}
	rec := record{
		state: queue.Available, flags: flagPayload, due: now,
		batchID: op.in.BatchID, campaignID: op.in.CampaignID, leads: op.in.Leads, host: op.host,
		payloadBytes: len(op.in.Payload), payloadStored: len(op.sealed),
	}
	if op.in.HasToken {
		rec.flags |= flagToken
		rec.token = makeTokenKey(op.in.TokenHash)
		if b.newTokens == nil {
			b.newTokens = make(map[tokenKey]queue.ID)
		}
		b.newTokens[rec.token] = op.id
	}
	if err := putChunks(b.payload, op.id, op.sealed); err != nil {
		return err
	}
	if err := b.key.Put(op.id[:], encodeKey(op.with.Key)); err != nil {
		return err
	}
	if err := b.open.Put(op.id[:], nil); err != nil {
		return err
	}
	return b.putRecord(op.id, &rec, now)
}

func (op *putOp) apply(q *Queue, now time.Time) {
	if op.duplicate {
		return
	}
	if op.in.HasToken {
		q.tokens.add(makeTokenKey(op.in.TokenHash), op.id)
	}
	e := &entry{id: op.id, state: queue.Available, at: now, accepted: now, bytes: int64(len(op.in.Payload)), ordered: true}
	q.keep(e, &queue.Body{Sealing: op.with, Plain: op.in.Payload, Decoded: op.in.Decoded})
	q.index.add(e, now)
}
