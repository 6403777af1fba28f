package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"tablestep/engine/delivery"
	"tablestep/engine/queue"
	"tablestep/engine/request"
	"tablestep/engine/rotate"
)

// Bounds of the work.
const (
	// Workers are how many invocations are between claim and stored callback. They
	// mostly wait for a commit, and those that wait together share one: with one
	// worker a processor, 760 one-lead requests a second, with 64, 6,000.
	Workers         = 64
	evaluationLease = 5 * time.Minute // an evaluation takes milliseconds; a first load of a large table, seconds
	deliveryLease   = 5 * time.Minute // longer than any attempt
	maxFailures     = 3               // failed evaluations after which the batch is answered with BATCH_FAILED
	maxCrashes      = 10              // ends of the process, likewise; others may be to blame for some of them
	idlePoll        = 5 * time.Second // workers look again at least so often
	purgeEvery      = 10 * time.Minute
	tellPause       = time.Second     // before the end of some work is recorded again
	drainTime       = 4 * time.Second // for attempts under way when the engine stops
	maxTurnTries    = 10              // evaluations anew, one after the other, because rows became full meanwhile
)

// evaluateLoop claims invocations one by one and evaluates them.
func (e *Engine) evaluateLoop(ctx context.Context) error {
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
			e.evaluateJob(ctx, &jobs[i])
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

// evaluateJob evaluates one invocation and stores its callback. It always ends in
// words to the queue: the callback, a failure, or the lease given back. A lease that
// runs out all the same counts as a failure there.
func (e *Engine) evaluateJob(ctx context.Context, job *queue.Job) {
	log, start := e.options.Log.With("invocation", job.ID.String()), time.Now()
	buffer := e.buffer()
	callback := (*buffer)[:0]
	defer func() { e.giveBack(buffer, callback) }()
	fate := e.fateOf(job)
	var sum Summary
	booking, again := e.evaluator.ledger.Begin(job.ID), 0
	defer booking.TakeBack(false) // unless it is kept
	leave := func() {}
	if fate == nil {
		var err error
		callback, sum, leave, err = e.evaluateSafely(ctx, job, booking, callback)
		defer func() { leave() }()
		if fate = finalOf(err); fate == nil && err != nil {
			e.failEvaluation(ctx, log, job, err)
			return
		}
	}
	for {
		if fate != nil {
			booking.TakeBack(false)
			callback, sum = appendFailed(callback[:0], job.MunchkinID, fate.code, fate.reason), failedSummary(job.Leads, fate)
		}
		err := e.tell(ctx, job.Lease, queue.Evaluated(callback, sum.stored()).WithTurns(booking.Turns()), e.patience(job, fate))
		switch {
		case err == nil:
			booking.Keep()
			if fate != nil {
				log.Error("the batch failed", "code", string(fate.code), "reason", fate.reason)
				e.failed.batch(job, fate)
			}
			log.Debug("evaluated", "leads", sum.Leads, "failed", sum.Failed)
			e.tellEvaluated(job, start, &sum, fate, len(callback))
			return
		case fate == nil && errors.Is(err, queue.ErrTurns) && again < maxTurnTries: // others have taken what was left
			again++
			booking.TakeBack(true)
			leave()
			job.Decoded = nil // It was released.
			callback, sum, leave, err = e.evaluateSafely(ctx, job, booking, callback[:0])
			if fate = finalOf(err); fate == nil && err != nil {
				e.failEvaluation(ctx, log, job, err)
				return
			}
		case fate == nil && errors.Is(err, queue.ErrInvalid): // it will not be stored the next time either
			fate = &failure{CodeBatchFailed, "the answer cannot be stored: " + err.Error()}
		case fate == nil && errors.Is(err, errImpatient):
			fate = &failure{CodeBatchExpired, fmt.Sprintf("for %s no room was found to store the answer of %d bytes: %v", e.options.GiveUpAfter, len(callback), err)}
		default:
			booking.TakeBack(errors.Is(err, queue.ErrUnavailable))
			e.failEvaluation(ctx, log, job, fmt.Errorf("store the answer: %w", err))
			return
		}
	}
}

// fateOf says why an invocation is not evaluated any more, nil if it is.
func (e *Engine) fateOf(job *queue.Job) *failure {
	age := time.Since(job.Accepted)
	switch {
	case len(job.Payload) > 0 && job.Payload[0] == refusal:
		return &failure{CodeBatchInvalid, string(job.Payload[1:])}
	case job.Crashes >= maxCrashes:
		return &failure{CodeBatchFailed, fmt.Sprintf("the service ended %d times while it evaluated this batch and nothing else", job.Crashes)}
	case job.Failures >= maxFailures:
		return &failure{CodeBatchFailed, fmt.Sprintf("evaluation failed %d times; the last time: %s", job.Failures, job.Reason)}
	case age > e.options.GiveUpAfter && job.Failures+job.Crashes > 0:
		return &failure{CodeBatchExpired, fmt.Sprintf("the batch could not be evaluated within %s; the last time: %s", age.Round(time.Second), job.Reason)}
	case age > e.options.GiveUpAfter:
		return &failure{CodeBatchExpired, fmt.Sprintf("the batch waited for %s before it could be evaluated", age.Round(time.Second))}
	}
	return nil
}

// finalOf is the end of a batch whose evaluation failed in a way that the next one
// would fail in too; nil if it might not.
func finalOf(err error) *failure {
	var (
		tooLarge   *AnswerError
		unreadable *RequestError
	)
	switch {
	case errors.As(err, &tooLarge): // the request is sound; what the lookups make of it is not
		return &failure{CodeBatchFailed, tooLarge.Error()}
	case errors.As(err, &unreadable):
		return &failure{CodeBatchInvalid, "the request cannot be read: " + unreadable.Error()}
	}
	return nil
}

// failEvaluation tells the queue that an evaluation came to nothing. One that was cut
// off by the end of the engine, or for which there was no room, is none that failed.
func (e *Engine) failEvaluation(ctx context.Context, log *slog.Logger, job *queue.Job, cause error) {
	if errors.Is(cause, queue.ErrStale) || errors.Is(cause, queue.ErrDamaged) || errors.Is(cause, queue.ErrNotFound) {
		log.Error("the evaluation was lost", "error", cause) // the queue has cared for the rest
		return
	}
	var outcome queue.Outcome
	at := time.Now().Add(e.options.EvaluationPause * time.Duration(job.Failures+1))
	switch {
	case ctx.Err() != nil && (errors.Is(cause, context.Canceled) || errors.Is(cause, queue.ErrDiskFull)):
		outcome = queue.Released()
	case errors.Is(cause, errCrowded):
		outcome = queue.Postponed(time.Now().Add(roomPause))
	case errors.Is(cause, errNoRoom):
		log.Warn("the evaluation is put off", "reason", cause)
		outcome = queue.Postponed(at)
	default:
		log.Error("evaluation failed", "failures", job.Failures+1, "error", cause)
		e.failed.evaluation(job, cause)
		e.events.emit(EventFailed{At: time.Now(), Invocation: job.ID.String(), Leads: job.Leads, Failures: job.Failures + 1, Err: cause})
		outcome = queue.EvaluationFailed(cause.Error(), at)
	}
	if err := e.tell(ctx, job.Lease, outcome, forEver); err != nil {
		log.Error("recording the end of an evaluation failed", "error", err)
	}
}

// patience is how long an answer may wait for room: as long as a batch may wait at
// all. The small answer of a batch that failed waits as long as it takes.
func (e *Engine) patience(job *queue.Job, fate *failure) time.Duration {
	if fate != nil {
		return forEver
	}
	return max(e.options.GiveUpAfter-time.Since(job.Accepted), 0)
}

// evaluateSafely evaluates as soon as it is its turn; a panic fails this invocation
// only. The callback has room among the large answers until leave is called.
func (e *Engine) evaluateSafely(ctx context.Context, job *queue.Job, booking *rotate.Booking, dst []byte) (callback []byte, sum Summary, leave func(), err error) {
	leave = func() {}
	d, ok := job.Decoded.(*decoded)
	turn, err := e.turns.enter(ctx, !ok && len(job.Payload) > largeBytes || ok && e.evaluator.expectsSlow(&d.Batch), false)
	if err != nil {
		return dst, sum, leave, err
	}
	defer turn.leave()
	ws := turn.workspace
	defer func() {
		if r := recover(); r != nil {
			*ws = Workspace{} // it may be half-way through anything
			e.options.Log.Error("evaluation panicked", "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
			callback, err = dst, errors.New("evaluation panicked")
		}
	}()
	e.wasLarge(len(job.Payload))
	if !ok {
		// It was accepted with so many leads, whatever is allowed now.
		if d, err = e.decode(job.Payload, request.Limits{Leads: max(e.options.MaxLeads, job.Leads)}); err != nil {
			return dst, sum, leave, err
		}
	}
	sum, size, err := e.evaluator.answer(ctx, ws, &d.Batch, occasion{at: job.Accepted, invocation: job.ID, booking: booking}, turn)
	if err == nil {
		e.wasLarge(size)
		if leave, err = e.enterAnswer(ctx, size); err != nil {
			leave = func() {}
		} else {
			dst = ws.appendCallback(slices.Grow(dst, size))
		}
	}
	ws.trim()
	d.Release() // not after a panic: then it is left to the garbage collector
	return dst, sum, leave, err
}

func failedSummary(leads int, f *failure) Summary {
	return Summary{Leads: leads, Failed: leads, Codes: map[Code]int{f.code: leads}, reason: string(f.code) + ": " + f.reason}
}

// stored is the summary as the queue keeps it.
func (s *Summary) stored() queue.Summary {
	out := queue.Summary{Succeeded: s.Succeeded, Failed: s.Failed, TableVersions: s.Versions, RuleSetVersions: s.RuleSets, Reason: s.reason}
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
		if l.wait(ctx) != nil { // until at least one attempt can start
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
			place, ok := l.enter(ctx, host)
			if !ok {
				if err := e.tell(ctx, due[i].Lease, queue.Postponed(time.Now().Add(slowPause)), 0); err != nil {
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
		if err := e.tell(ctx, d.Lease, queue.Postponed(retryAt), 0); err != nil {
			log.Error("postponing a delivery failed", "error", err)
		}
		return
	}
	started := time.Now()
	posted := e.sender.Post(ctx, delivery.Callback{URL: d.CallbackURL, APIKey: d.APIKey, Token: d.Token, Body: d.Callback})
	e.breakers.Report(host, posted)
	history := delivery.History{Attempts: d.Attempts, Refused: d.Refused, Ambiguous: d.Ambiguous}
	decision := delivery.Decide(history, posted, time.Since(d.Since), e.options.GiveUpAfter)
	attempt := queue.Attempt{
		Started: started, Duration: posted.Duration, Status: posted.Status, Err: posted.Err, Ambiguous: posted.Ambiguous,
	}
	var outcome queue.Outcome
	switch {
	case posted.Short:
		log.Warn("an attempt could not begin", "host", host, "reason", posted.Err)
		outcome = queue.Postponed(time.Now().Add(slowPause))
	case posted.Canceled && !posted.Ambiguous:
		outcome = queue.Released()
	case decision.Fate == delivery.FateDelivered:
		outcome = queue.Arrived(attempt)
	case decision.Fate == delivery.FateProbably:
		log.Warn("probably delivered", "host", host, "reason", decision.Reason)
		outcome = queue.ProbablyArrived(attempt)
	case decision.Fate == delivery.FateDead:
		log.Error("delivery given up", "host", host, "attempts", d.Attempts+1, "reason", decision.Reason)
		outcome = queue.GivenUp(attempt, decision.Reason)
	default:
		log.Warn("delivery is tried again", "host", host, "attempt", d.Attempts+1, "after", decision.After.String(), "reason", decision.Reason)
		outcome = queue.TryAgain(attempt, time.Now().Add(decision.After))
	}
	if err := e.tell(ctx, d.Lease, outcome, forEver); err != nil {
		log.Error("recording an attempt failed", "error", err)
	}
	if !posted.Short && (!posted.Canceled || posted.Ambiguous) {
		e.tellAttempted(d, host, &attempt, &decision)
	}
}

// forEver is a patience.
const forEver = 100 * 365 * 24 * time.Hour

// errImpatient says that the disk was full for longer than whoever waits had patience.
var errImpatient = errors.New("the disk was full for too long")

// tell tells the queue how work ended, also when ctx has ended. While there is no room,
// or the queue does not answer, it keeps the lease and tells it again: an answer that was
// delivered but not recorded would be sent twice.
func (e *Engine) tell(ctx context.Context, lease queue.Lease, o queue.Outcome, patience time.Duration) error {
	words := context.WithoutCancel(ctx)
	var until time.Time // reads no clock where nothing goes wrong
	inDoubt := false
	for {
		err := e.queue.Finish(words, lease, o)
		switch {
		case inDoubt && errors.Is(err, queue.ErrStale):
			return nil // It was told the first time.
		case errors.Is(err, queue.ErrUnavailable):
			inDoubt = true
		case !errors.Is(err, queue.ErrDiskFull):
			return err
		}
		if ctx.Err() != nil {
			return err
		}
		if until.IsZero() {
			until = time.Now().Add(patience)
		}
		if time.Now().After(until) {
			return fmt.Errorf("%w: %w", errImpatient, err)
		}
		switch err := e.queue.Extend(words, lease, deliveryLease); {
		case inDoubt && errors.Is(err, queue.ErrStale):
			return nil
		case err != nil && !errors.Is(err, queue.ErrUnavailable):
			return fmt.Errorf("keep the lease until its end can be recorded: %w", err)
		}
		e.wait(ctx, nil, time.Now().Add(tellPause))
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
		if n, err := e.sweepTurns(ctx); err != nil && ctx.Err() == nil {
			e.options.Log.Error("dropping the turns of tables that are gone failed", "error", err)
		} else if n > 0 {
			e.options.Log.Info("dropped the turns of tables that are gone", "tables", n)
		}
		e.wait(ctx, nil, time.Now().Add(purgeEvery))
	}
	return nil
}
