package engine

import (
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync/atomic"
	"time"
)

// An Event is something that happened: one of the types of this file whose names begin
// with Event. Options.Observe gets them, for metrics, history and audit; a switch over
// the types says what is wanted. An event is a copy and holds no secret and no value of
// a lead. At is when it happened, or when what took so long began.
type Event interface{ event() }

// EventAccepted says that a request is on the disk and will be answered.
type EventAccepted struct {
	At         time.Time
	Took       time.Duration
	Invocation string
	Duplicate  bool // its token had come before: the invocation is that of then
	CampaignID int64
	Leads      int
	Bytes      int // of the body
}

// EventRefused says that a request was not accepted; nothing is kept of it.
type EventRefused struct {
	At    time.Time
	Bytes int   // of the body
	Err   error // a *RequestError, or wraps ErrBusy or ErrUnavailable
}

// EventEvaluated says that the answer to a batch is on the disk.
type EventEvaluated struct {
	At         time.Time // when its evaluation began
	Took       time.Duration
	Waited     time.Duration // from acceptance to At
	Invocation string
	CampaignID int64
	Leads      int
	Succeeded  int
	Failed     int
	Codes      map[Code]int   // of the failed ones
	Tables     map[string]int // live version of each table that was used
	RuleSets   map[string]int // and of each rule set
	Bytes      int            // of the callback
	Whole      Code           // why the batch failed as a whole; empty if it did not
	Reason     string         // of Whole
}

// EventFailed says that an evaluation came to nothing and is tried again.
type EventFailed struct {
	At         time.Time
	Invocation string
	Leads      int
	Failures   int // of this batch, this one included
	Err        error
}

// EventAttempted says that an answer was sent, or that sending it failed.
type EventAttempted struct {
	At         time.Time
	Took       time.Duration
	Invocation string
	Host       string
	Attempt    int    // from 1
	Status     int    // of HTTP; 0 where there was no answer
	Err        string // empty if there was one
	Fate       Fate
	After      time.Duration // to the next attempt, if there is one
	Reason     string
}

// A Fate is what an attempt comes to.
type Fate string

// The fates.
const (
	FateDelivered Fate = "delivered"
	FateProbably  Fate = "probably_delivered" // it may have arrived, and is not sent again
	FateDead      Fate = "dead"               // it is given up
	FateRetry     Fate = "retry"
)

// EventTried says that leads were tried: answered at once, without being stored.
type EventTried struct {
	At    time.Time
	Took  time.Duration
	Leads int
	Err   error
}

// EventRuleSet says that something was done to a rule set.
type EventRuleSet struct {
	At      time.Time
	Action  RuleSetAction
	RuleSet string
	From    string // of RuleSetRestored: what it was called, where it has come back under another name
	Version int    // 0 where the action has none
	Live    bool
	By      string
	Err     error // of RuleSetRefused: why
}

// A RuleSetAction is what was done to a rule set.
type RuleSetAction string

// What is done to rule sets.
const (
	RuleSetSaved      RuleSetAction = "saved"       // a version was stored; Live says whether it went live with that
	RuleSetPublished  RuleSetAction = "published"   // a stored version went live
	RuleSetRolledBack RuleSetAction = "rolled_back" // the version went live again that was so before
	RuleSetDeleted    RuleSetAction = "deleted"
	RuleSetRestored   RuleSetAction = "restored" // it is back, with the version live that was so when it was deleted
	RuleSetPurged     RuleSetAction = "purged"   // what was deleted of the name cannot be restored any more
	RuleSetRefused    RuleSetAction = "refused"  // it was not saved
)

// EventCompiled says that a stored version of a rule set was compiled for a batch, which
// happens where the version that was checked is not at hand any more.
type EventCompiled struct {
	At      time.Time
	Took    time.Duration
	RuleSet string
	Version int
	Bytes   int   // of the source
	Err     error // nil, or a *CompileError
}

// EventLost says how many events the observer was too slow for. They come to it no
// more.
type EventLost struct {
	At    time.Time
	Count int
}

func (EventAccepted) event()  {}
func (EventRefused) event()   {}
func (EventEvaluated) event() {}
func (EventFailed) event()    {}
func (EventAttempted) event() {}
func (EventTried) event()     {}
func (EventRuleSet) event()   {}
func (EventCompiled) event()  {}
func (EventLost) event()      {}

const (
	// maxEvents is how many events wait for the observer: those of some seconds under
	// full load. What comes beyond them is lost, and counted.
	maxEvents = 4096
	// lastEvents is how long the observer may take for those that wait when the engine
	// stops.
	lastEvents = 2 * time.Second
)

// events hand what happens to the observer, one after the other in a goroutine of its
// own. Nobody waits for it but the end of the engine.
type events struct {
	observe func(Event) // nil: nobody wants to know
	log     *slog.Logger
	waiting chan Event
	lost    atomic.Int64 // since the observer was told last
}

func newEvents(observe func(Event), log *slog.Logger) *events {
	es := &events{observe: observe, log: log}
	if observe != nil {
		es.waiting = make(chan Event, maxEvents)
	}
	return es
}

// wanted says that there is an observer. Where making an event costs something, it is
// asked before.
func (es *events) wanted() bool { return es != nil && es.observe != nil }

// emit makes an event known. It never waits.
func (es *events) emit(e Event) {
	if !es.wanted() {
		return
	}
	select {
	case es.waiting <- e:
	default:
		es.lost.Add(1)
	}
}

// start begins to tell the observer; events from before wait for it. The returned
// function ends that: it waits for the call under way, and for those that the rest
// takes, up to lastEvents.
func (es *events) start() (stop func()) {
	if !es.wanted() {
		return func() {}
	}
	ending, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-ending: // it goes before what waits
				es.tellRest(time.Now().Add(lastEvents))
				return
			default:
			}
			select {
			case e := <-es.waiting:
				es.tell(e)
			case <-ending:
			}
		}
	}()
	return func() {
		close(ending)
		<-done
	}
}

// tellRest tells what waits until a time. The rest is lost.
func (es *events) tellRest(until time.Time) {
	for {
		select {
		case e := <-es.waiting:
			if time.Now().Before(until) {
				es.tell(e)
			} else {
				es.lost.Add(1)
			}
		default:
			es.tellLost()
			return
		}
	}
}

// tell tells one event, and before it how many were lost since the last one.
func (es *events) tell(e Event) {
	es.tellLost()
	es.call(e)
}

func (es *events) tellLost() {
	if n := es.lost.Swap(0); n > 0 {
		es.log.Warn("the observer of events is too slow", "lost", n)
		es.call(EventLost{At: time.Now(), Count: int(n)})
	}
}

// call calls the observer. A panic there ends no batch.
func (es *events) call(e Event) {
	defer func() {
		if r := recover(); r != nil {
			es.log.Error("the observer of events panicked", "event", fmt.Sprintf("%T", e), "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
		}
	}()
	es.observe(e)
}
