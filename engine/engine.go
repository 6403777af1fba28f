package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"tablestep/engine/delivery"
	"tablestep/engine/queue"
	"tablestep/engine/rotate"
	"tablestep/tables"
)

// What a caller branches on. Errors that are returned wrap them.
var (
	ErrBusy               = errors.New("too many invocations are waiting")
	ErrUnavailable        = errors.New("the store of invocations cannot take more")
	ErrInvocationNotFound = errors.New("invocation not found")
	ErrGone               = errors.New("nothing is left to send")
)

// Options of an Engine. The zero value means the defaults.
type Options struct {
	MaxLeads        int           // of a request; one with more is answered with BATCH_INVALID; 0 is 5,000
	CallbackHosts   []string      // patterns; nil is delivery.DefaultHosts
	CallbackPrivate bool          // plain http, loopback and private addresses are allowed
	CallbackTimeout time.Duration // of one attempt; 0 is delivery's default
	OwnAddr         func() []netip.AddrPort
	GiveUpAfter     time.Duration // age at which an answer is given up; 0 is 24 h
	Retention       time.Duration // age at which a finished invocation is forgotten; 0 is 30 days
	EvaluationPause time.Duration // before a failed evaluation is tried again, times the failures; 0 is 5 s
	Evaluators      int           // evaluations at once; 0 is one a processor
	Senders         int           // attempts at once; 0 is 256
	Sockets         int           // that deliveries may have open, idle ones included; 0 sets no bound
	MyTokens        []string      // that Marketo is asked for; rules that read others are warned of when they are saved
	Observe         func(Event)   // is told what happens, one event after the other; nobody waits for it, so what it is too slow for is lost
	Log             *slog.Logger
}

func (o *Options) defaults() {
	if o.GiveUpAfter <= 0 {
		o.GiveUpAfter = delivery.DefaultGiveUp
	}
	if o.Retention <= 0 {
		o.Retention = 30 * 24 * time.Hour
	}
	if o.EvaluationPause <= 0 {
		o.EvaluationPause = 5 * time.Second
	}
	if o.MaxLeads <= 0 {
		o.MaxLeads = 5000
	}
	if o.Evaluators <= 0 {
		o.Evaluators = runtime.GOMAXPROCS(0)
	}
	if o.Senders <= 0 {
		o.Senders = 256
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
}

// An Engine is everything between a request and its answer.
type Engine struct {
	options   Options
	queue     queue.Store
	sender    *delivery.Sender
	breakers  *delivery.Breakers
	evaluator *Evaluator
	turns     *turns    // of evaluations
	requests  sync.Pool // of *decoded
	buffers   sync.Pool // of *[]byte, for callbacks
	intake    *semaphore.Weighted
	reading   *semaphore.Weighted // large requests, of which few are decoded at once
	answers   *semaphore.Weighted
	relief    chan struct{} // one token: something large has come
	failed    failedBatches
	events    *events
}

// New makes an engine that answers from the tables and keeps its invocations in q,
// whose bound of those that run should be Workers. Close closes q; after an error it is
// the caller's. What a crash has left unfinished goes on once Run is called.
func New(store *tables.Store, q queue.Store, o Options) (*Engine, error) {
	o.defaults()
	evaluator, err := NewEvaluator(store)
	if err != nil {
		return nil, err
	}
	sender, err := delivery.New(delivery.Options{
		AllowHosts: o.CallbackHosts, AllowPrivate: o.CallbackPrivate, OwnAddr: o.OwnAddr, Timeout: o.CallbackTimeout,
		Idle: o.Sockets / idleShare,
	})
	if err != nil {
		return nil, fmt.Errorf("set up delivery: %w", err)
	}
	e := &Engine{
		options: o, queue: q, sender: sender, breakers: delivery.NewBreakers(delivery.BreakerOptions{}),
		evaluator: evaluator, turns: newTurns(o.Evaluators),
		intake: semaphore.NewWeighted(intakeBytes), reading: semaphore.NewWeighted(int64(max(1, runtime.GOMAXPROCS(0)/2))), answers: semaphore.NewWeighted(answerBytes), relief: make(chan struct{}, 1),
	}
	e.events = newEvents(o.Observe, o.Log)
	evaluator.programs.events = e.events
	evaluator.ledger = rotate.NewLedger(q)
	evaluator.tokens = append([]string{}, o.MyTokens...)
	store.TestBy(e)
	return e, nil
}

// Close closes the queue. Call it when Run and all calls of Accept have returned.
func (e *Engine) Close() error {
	e.sender.Close()
	return e.queue.Close()
}

// Stopping notes that the process is about to end: if it is killed before it has, no
// batch is to blame. Run does so too when its context ends.
func (e *Engine) Stopping(ctx context.Context) {
	if err := e.queue.Stopping(ctx); err != nil && e.queue.Err() == nil {
		e.options.Log.Warn("noting the stop failed", "error", err)
	}
}

// Run evaluates and delivers until ctx ends. It then leaves what is being evaluated
// to the next start, ends attempts under way, and returns. It returns an error when the
// queue's file can no longer be trusted; the process should then stop.
func (e *Engine) Run(ctx context.Context) error {
	defer e.events.start()()
	g, ctx := errgroup.WithContext(ctx)
	for range Workers {
		g.Go(func() error { return e.evaluateLoop(ctx) })
	}
	g.Go(func() error { return e.deliverLoop(ctx) })
	g.Go(func() error { return e.purgeLoop(ctx) })
	g.Go(func() error { return e.relieveLoop(ctx) })
	g.Go(func() error {
		select {
		case <-ctx.Done():
			e.Stopping(context.WithoutCancel(ctx))
			return nil
		case <-e.queue.Failed():
			return fmt.Errorf("run engine: %w", e.queue.Err())
		}
	})
	return g.Wait()
}

// Ready tells why the engine can take no request, nil if it can.
func (e *Engine) Ready() error { return e.queue.Err() }

// Mapping returns the field mapping that Marketo told last.
func (e *Engine) Mapping() Mapping { return *e.evaluator.mapping.now.Load() }

// SetMapping keeps the field mapping of a picklist request.
func (e *Engine) SetMapping(m Mapping) error { return e.evaluator.mapping.set(m) }

// Stats count the invocations by what they wait for.
type Stats struct {
	Waiting   int `json:"waiting"`  // for evaluation
	Retrying  int `json:"retrying"` // evaluated, to be delivered
	Delivered int `json:"delivered"`
	Probably  int `json:"probablyDelivered"`
	Dead      int `json:"dead"`
	Damaged   int `json:"damaged"` // that cannot be read, since the start
	// DamagedTurns counts likewise, each time that one was met, what is stored of rows that take turns.
	DamagedTurns int `json:"damagedTurns"`

	// Of the batches that were answered with an error as a whole since the start, and
	// of the evaluations that failed: how many, and the last one.
	FailedBatches     int    `json:"failedBatches"`
	FailedBatch       string `json:"failedBatch"`
	FailedEvaluations int    `json:"failedEvaluations"`
	FailedEvaluation  string `json:"failedEvaluation"`
}

// Stats returns the counts of now.
func (e *Engine) Stats(ctx context.Context) (Stats, error) {
	s, err := e.queue.Stats(ctx)
	if err != nil {
		return Stats{}, fmt.Errorf("count invocations: %w", err)
	}
	stats := Stats{
		Waiting:   s.Available + s.Running,
		Retrying:  s.Retryable + s.Delivering,
		Delivered: s.Delivered,
		Probably:  s.Probably,
		Dead:      s.Dead,
		Damaged:   s.Damaged,

		DamagedTurns: s.DamagedTurns,
	}
	e.failed.tell(&stats)
	return stats, nil
}
