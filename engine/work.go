package engine

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"tablestep/engine/delivery"
	"tablestep/engine/queue"
)

// Bounds of the work.
const (
	// workers are how many invocations are between claim and stored callback. They
	// mostly wait for a commit, and those that wait together share one: with one
	// worker a processor, 760 one-lead requests a second, with 64, 6,000.
	workers         = 64
	evaluationLease = 5 * time.Minute // an evaluation takes milliseconds; a first load of a large table, seconds
	deliveryLease   = 5 * time.Minute // longer than any attempt
	maxFailures     = 3               // failed evaluations after which the batch is answered with BATCH_FAILED
	idlePoll        = 5 * time.Second // workers look again at least so often
	purgeEvery      = 10 * time.Minute
	diskFullPause   = time.Second     // before the end of some work is recorded again
	drainTime       = 4 * time.Second // for attempts under way when the engine stops
)

// evaluateLoop claims invocations one by one and evaluates them.
func (e *Engine) evaluateLoop(ctx context.Context) error {
	var callback []byte
	for ctx.Err() == nil {
		jobs, err := e.queue.Claim(ctx, 1, evaluationLease)
		if err != nil {
			if stop := e.claimFailed(ctx, err); stop != nil || ctx.Err() != nil {
				return stop
			}
			continue
		}
		if len(jobs) == 0 {
			e.wait(ctx, e.queue.WakeEvaluation(), time.Now().Add(idlePoll))
			continue
		}
		for i := range jobs {
			callback = e.evaluateJob(ctx, &jobs[i], callback[:0])
		}
	}
	return nil
}

// claimFailed decides what a failed claim means: nil to go on, an error to stop.
func (e *Engine) claimFailed(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return nil
	case errors.Is(err, queue.ErrBroken), errors.Is(err, queue.ErrClosed):
		return fmt.Errorf("claim work: %w", err)
	}
	e.options.Log.Error("claiming work failed", "error", err)
	e.wait(ctx, nil, time.Now().Add(idlePoll))
	return nil
}

// wait returns at a wake-up, at the time, or when ctx ends.
func (e *Engine) wait(ctx context.Context, wake <-chan struct{}, until time.Time) {
	timer := time.NewTimer(max(time.Until(until), time.Millisecond))
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-wake:
	case <-timer.C:
	}
}

// evaluateJob evaluates one invocation and stores its callback. It returns the
// buffer for the next one.
func (e *Engine) evaluateJob(ctx context.Context, job *queue.Job, callback []byte) []byte {
	log := e.options.Log.With("invocation", job.ID.String())
	var sum Summary
	var err error
	switch age := time.Since(job.Accepted); {
	case job.Failures >= maxFailures:
		callback = appendFailed(callback, job.MunchkinID, CodeBatchFailed, fmt.Sprintf("evaluation failed %d times", job.Failures))
		sum = failedSummary(job.Leads, CodeBatchFailed)
	case age > e.options.GiveUpAfter:
		callback = appendFailed(callback, job.MunchkinID, CodeBatchExpired, fmt.Sprintf("the batch waited for %s before it could be evaluated", age.Round(time.Second)))
		sum = failedSummary(job.Leads, CodeBatchExpired)
	default:
		callback, sum, err = e.evaluateSafely(ctx, job, callback)
	}
	var unreadable *RequestError
	if errors.As(err, &unreadable) {
		callback = appendFailed(callback[:0], job.MunchkinID, CodeBatchInvalid, "the request cannot be read: "+unreadable.Error())
		sum, err = failedSummary(job.Leads, CodeBatchInvalid), nil
	}
	if err != nil {
		// ctx may have ended, but the queue must still be told.
		at := time.Now().Add(e.options.EvaluationPause * time.Duration(job.Failures+1))
		log.Error("evaluation failed", "failures", job.Failures+1, "error", err)
		if err := e.queue.FailEvaluation(job.Lease, err.Error(), at); err != nil {
			log.Error("recording the failed evaluation failed", "error", err)
		}
		return callback
	}
	err = e.settle(ctx, job.Lease, func() error { return e.queue.Evaluated(job.Lease, callback, sum.stored()) })
	if err != nil {
		log.Error("storing the callback failed", "error", err)
		return callback
	}
	log.Debug("evaluated", "leads", sum.Leads, "failed", sum.Failed)
	return callback
}

// evaluateSafely evaluates as soon as there is a workspace; a panic fails this
// invocation only.
func (e *Engine) evaluateSafely(ctx context.Context, job *queue.Job, dst []byte) (callback []byte, sum Summary, err error) {
	ws := <-e.spaces
	defer func() { e.spaces <- ws }()
	defer func() {
		if r := recover(); r != nil {
			*ws = Workspace{} // it may be half-way through anything
			e.options.Log.Error("evaluation panicked", "stack", string(debug.Stack()))
			callback, err = dst, errors.New("evaluation panicked")
		}
	}()
	d, ok := job.Decoded.(*decoded)
	if !ok {
		if d, err = e.decode(job.Payload); err != nil {
			return dst, sum, err
		}
	}
	callback, sum, err = e.evaluator.EvaluateBatch(ctx, ws, &d.Batch, dst)
	ws.batch = nil
	d.Release() // not after a panic: then it is left to the garbage collector
	return callback, sum, err
}

func failedSummary(leads int, code Code) Summary {
	return Summary{Leads: leads, Failed: leads, Codes: map[Code]int{code: leads}}
}

// stored is the summary as the queue keeps it.
func (s *Summary) stored() queue.Summary {
	out := queue.Summary{Succeeded: s.Succeeded, Failed: s.Failed, TableVersions: s.Versions, RuleSetVersions: s.RuleSets}
	if len(s.Codes) > 0 {
		out.Codes = make(map[string]int, len(s.Codes))
		for code, n := range s.Codes {
			out.Codes[string(code)] = n
		}
	}
	return out
}

// deliverLoop claims what is due and posts it, with a bounded number of attempts
// at once. When ctx ends, attempts under way get a little time.
func (e *Engine) deliverLoop(ctx context.Context) error {
	attempts, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	l := newLanes(e.options.Senders, e.options.Sockets/attemptShare)
	var under sync.WaitGroup
	defer func() {
		done := make(chan struct{})
		go func() { under.Wait(); close(done) }()
		select {
		case <-done:
		case <-time.After(drainTime):
			stop()
			<-done
		}
	}()
	for ctx.Err() == nil {
		select {
		case l.fast <- struct{}{}: // at least one attempt can start
			<-l.fast
		case <-ctx.Done():
			return nil
		}
		due, err := e.queue.ClaimDelivery(ctx, max(cap(l.fast)-len(l.fast), 1), deliveryLease)
		if err != nil {
			if stop := e.claimFailed(ctx, err); stop != nil || ctx.Err() != nil {
				return stop
			}
			continue
		}
		if len(due) == 0 {
			e.wait(ctx, e.queue.WakeDelivery(), time.Now().Add(idlePoll))
			continue
		}
		for i := range due {
			host := delivery.Host(due[i].CallbackURL)
			place, ok := l.enter(host)
			if !ok {
				if err := e.queue.Postpone(due[i].Lease, time.Now().Add(slowPause)); err != nil {
					e.options.Log.Error("postponing a delivery failed", "invocation", due[i].ID.String(), "error", err)
				}
				continue
			}
			under.Go(func() {
				defer place.leave()
				e.deliver(attempts, host, &due[i])
			})
		}
	}
	return nil
}

// deliver makes one attempt and tells the queue what came of it.
func (e *Engine) deliver(ctx context.Context, host string, d *queue.Delivery) {
	log := e.options.Log.With("invocation", d.ID.String())
	if ok, retryAt := e.breakers.Allow(host); !ok {
		// An open breaker uses up no attempt.
		if err := e.queue.Postpone(d.Lease, retryAt); err != nil {
			log.Error("postponing a delivery failed", "error", err)
		}
		return
	}
	started := time.Now()
	outcome := e.sender.Post(ctx, delivery.Callback{URL: d.CallbackURL, APIKey: d.APIKey, Token: d.Token, Body: d.Callback})
	e.breakers.Report(host, outcome)
	history := delivery.History{Attempts: d.Attempts, Refused: d.Refused, Ambiguous: d.Ambiguous}
	decision := delivery.Decide(history, outcome, time.Since(d.Since), e.options.GiveUpAfter)
	attempt := queue.Attempt{
		Started: started, Duration: outcome.Duration, Status: outcome.Status, Err: outcome.Err, Ambiguous: outcome.Ambiguous,
	}
	var tell func() error
	switch {
	case outcome.Short:
		log.Warn("an attempt could not begin", "host", host, "reason", outcome.Err)
		tell = func() error { return e.queue.Postpone(d.Lease, time.Now().Add(slowPause)) }
	case outcome.Canceled && !outcome.Ambiguous:
		tell = func() error { return e.queue.Release(d.Lease) }
	case decision.Fate == delivery.FateDelivered:
		tell = func() error { return e.queue.Delivered(d.Lease, attempt) }
	case decision.Fate == delivery.FateProbably:
		log.Warn("probably delivered", "host", host, "reason", decision.Reason)
		tell = func() error { return e.queue.Probably(d.Lease, attempt) }
	case decision.Fate == delivery.FateDead:
		log.Error("delivery given up", "host", host, "attempts", d.Attempts+1, "reason", decision.Reason)
		tell = func() error { return e.queue.Dead(d.Lease, attempt, decision.Reason) }
	default:
		log.Warn("delivery is tried again", "host", host, "attempt", d.Attempts+1, "after", decision.After.String(), "reason", decision.Reason)
		tell = func() error { return e.queue.Retry(d.Lease, attempt, time.Now().Add(decision.After)) }
	}
	if err := e.settle(ctx, d.Lease, tell); err != nil {
		log.Error("recording an attempt failed", "error", err)
	}
}

// settle tells the queue how work ended. While the disk is full it keeps the
// lease and tries again: an answer that was delivered but not recorded would be
// sent twice.
func (e *Engine) settle(ctx context.Context, lease queue.Lease, tell func() error) error {
	for {
		err := tell()
		if !errors.Is(err, queue.ErrDiskFull) || ctx.Err() != nil {
			return err
		}
		if err := e.queue.Extend(lease, deliveryLease); err != nil {
			return fmt.Errorf("keep lease while the disk is full: %w", err)
		}
		e.wait(ctx, nil, time.Now().Add(diskFullPause))
	}
}

// purgeLoop forgets finished invocations once they are old enough.
func (e *Engine) purgeLoop(ctx context.Context) error {
	for ctx.Err() == nil {
		if n, err := e.queue.Purge(ctx, time.Now().Add(-e.options.Retention)); err != nil && ctx.Err() == nil {
			e.options.Log.Error("purging invocations failed", "error", err)
		} else if n > 0 {
			e.options.Log.Info("purged invocations", "count", n)
		}
		e.wait(ctx, nil, time.Now().Add(purgeEvery))
	}
	return nil
}
