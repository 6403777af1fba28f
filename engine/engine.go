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

	"tablestep/engine/delivery"
	"tablestep/engine/queue"
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
	QueuePath       string        // file of the queue
	QueueLimit      int           // waiting invocations beyond which Accept gives ErrBusy; 0 is 100,000
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

// An Engine owns the queue and everything between a request and its answer.
type Engine struct {
	options   Options
	queue     *queue.Queue
	sender    *delivery.Sender
	breakers  *delivery.Breakers
	evaluator *Evaluator
	spaces    chan *Workspace // one for each evaluation that may run at once
	requests  sync.Pool       // of *decoded
}

// New opens the queue. What a crash has left unfinished goes on once Run is called.
func New(store *tables.Store, o Options) (*Engine, error) {
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
	q, recovered, err := queue.Open(o.QueuePath, queue.Options{Limit: o.QueueLimit})
	if err != nil {
		return nil, fmt.Errorf("open queue: %w", err)
	}
	o.Log.Info("queue opened", "recovered", recovered)
	e := &Engine{
		options: o, queue: q, sender: sender, breakers: delivery.NewBreakers(delivery.BreakerOptions{}),
		evaluator: evaluator, spaces: make(chan *Workspace, o.Evaluators),
	}
	for range o.Evaluators {
		e.spaces <- new(Workspace)
	}
	return e, nil
}

// Close closes the queue. Call it when Run and all calls of Accept have returned.
func (e *Engine) Close() error {
	e.sender.Close()
	return e.queue.Close()
}

// Run evaluates and delivers until ctx ends. It then finishes what is being
// evaluated, ends attempts under way, and returns. It returns an error when the
// queue's file can no longer be trusted; the process should then stop.
func (e *Engine) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	for range workers {
		g.Go(func() error { return e.evaluateLoop(ctx) })
	}
	g.Go(func() error { return e.deliverLoop(ctx) })
	g.Go(func() error { return e.purgeLoop(ctx) })
	g.Go(func() error {
		select {
		case <-ctx.Done():
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
}

// Stats returns the counts of now.
func (e *Engine) Stats() Stats {
	s := e.queue.Stats()
	return Stats{
		Waiting:   s.Available + s.Running,
		Retrying:  s.Retryable + s.Delivering,
		Delivered: s.Delivered,
		Probably:  s.Probably,
		Dead:      s.Dead,
	}
}
