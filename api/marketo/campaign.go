package marketo

import (
	"crypto/rand"
	"fmt"
	"sync"
	"time"
)

// campaign is the state of one run: its batches and what came back for them.
type campaign struct {
	options     Options
	definition  *Definition
	flow        *flowCheck
	validator   *Validator
	mapping     leadMapping
	asked       asked
	credentials *credentials
	client      *client
	// key is the apiCallBackKey of all batches, run their batchid.
	key, run    string
	callbackURL string
	// settled is closed when no batch waits for anything any more.
	settled chan struct{}

	mu        sync.Mutex // guards everything below, and the states of batches.
	batches   []*batch
	byToken   map[string]*batch
	open      int // Batches that are not settled.
	results   []Result
	findings  findings
	progress  Progress
	throttled int
	callbacks int
	repeats   int
	last      time.Time // When the last callback was taken.
	closed    bool      // Set when the report was made; nothing changes after it.
}

// batch is one request with its leads. Its number, token, first and leads do
// not change; the rest is guarded by the campaign's mutex.
type batch struct {
	number int // From 1.
	token  string
	first  int // Place of the first lead in the campaign.
	leads  []Lead

	sent     time.Time // When the last attempt to send it began.
	accept   time.Duration
	answer   time.Duration
	accepted bool // The service answered 2xx.
	refused  bool // The service answered something else for good.
	settled  bool
	attempts int  // Of its callback.
	taken    bool // The callback was taken and the token is used up.
	told     bool // The service was told so with a 2xx.
}

// prepare cuts the leads into batches with tokens of their own.
func (c *campaign) prepare() {
	leads := c.options.Leads
	c.key, c.run = rand.Text(), rand.Text()
	c.settled = make(chan struct{})
	c.byToken = make(map[string]*batch)
	c.results = make([]Result, len(leads))
	c.progress.Leads = len(leads)
	for first := 0; first < len(leads); first += c.options.BatchSize {
		end := min(first+c.options.BatchSize, len(leads))
		b := &batch{number: len(c.batches) + 1, token: rand.Text(), first: first, leads: leads[first:end]}
		c.batches = append(c.batches, b)
		c.byToken[b.token] = b
		for i := first; i < end; i++ {
			c.results[i] = Result{State: Refused, Batch: b.number, Lead: leads[i], Reason: "the batch was not sent"}
		}
	}
	c.open = len(c.batches)
}

// find keeps a problem.
func (c *campaign) find(problems ...Problem) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed {
		c.findings.add(problems...)
	}
}

// report tells the caller how far the run is. The mutex is held.
func (c *campaign) report() {
	if c.options.Progress != nil {
		c.options.Progress(c.progress)
	}
}

// begin notes that an attempt to send a batch starts now, and gives that time.
func (c *campaign) begin(b *batch) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	b.sent = time.Now()
	return b.sent
}

// accepted notes that the service took a batch.
func (c *campaign) accepted(b *batch, took time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	b.accepted, b.accept = true, took
	if !b.taken {
		c.mark(b, Unanswered, "no callback came for its batch")
	}
	c.progress.Sent += len(b.leads)
	c.report()
}

// refuse notes that a batch could not be handed over; its callback is waited
// for no longer. Answered says that the service refused it, not the network.
func (c *campaign) refuse(b *batch, answered bool, why string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.findings.add(Problem{Rule: SubmissionRefused, Where: submitPath, Batch: b.number, Message: why})
	b.refused = answered
	if !b.taken {
		c.mark(b, Refused, why)
	}
	c.settle(b)
	c.progress.Sent += len(b.leads)
	c.report()
}

// abandon notes that the run was stopped while a batch was being sent.
func (c *campaign) abandon(b *batch) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !b.taken {
		c.mark(b, Refused, "the simulation was stopped while the batch was being sent")
	}
}

// mark gives all leads of a batch one state. The mutex is held.
func (c *campaign) mark(b *batch, state State, reason string) {
	for i := range b.leads {
		result := &c.results[b.first+i]
		result.State, result.Reason = state, reason
	}
}

// settle notes that nothing more is expected of a batch. The mutex is held.
func (c *campaign) settle(b *batch) {
	if b.settled {
		return
	}
	b.settled = true
	if c.open--; c.open == 0 {
		close(c.settled)
	}
}

// take fills in the answer of a batch. It reports false where the token had
// been used up before.
func (c *campaign) take(b *batch, a Answer, arrived time.Time, tell bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if b.taken || c.closed {
		return false
	}
	b.taken, b.told = true, tell
	b.answer = arrived.Sub(b.sent)
	c.last = time.Now()
	if b.refused {
		c.findings.add(Problem{Rule: CallbackUnexpected, Batch: b.number, Message: "a callback came for a batch that the service had refused"})
	}
	c.findings.merge(a.findings)
	for i := range b.leads {
		c.fill(&c.results[b.first+i], a, a.Leads[i])
	}
	c.settle(b)
	c.progress.Answered += len(b.leads)
	c.report()
	return true
}

// fill puts what a callback says of a lead into its result.
func (c *campaign) fill(result *Result, a Answer, lead LeadAnswer) {
	switch {
	case a.ErrorCode != "":
		result.State, result.ErrorCode, result.Reason = Failed, a.ErrorCode, a.ErrorMessage
		return
	case !lead.Answered:
		result.State, result.Reason = Unanswered, "the callback of its batch has no record of it"
		return
	case lead.Success:
		result.State = Succeeded
	default:
		result.State = Failed
	}
	result.Written, result.Activity = lead.Written, lead.Activity
	result.ErrorCode, result.Reason = lead.ErrorCode, lead.Reason
}

// finish closes the campaign and puts its outcome into the report.
func (c *campaign) finish(r *Report) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	var accept, answer []time.Duration
	for _, b := range c.batches {
		if b.accepted {
			accept = append(accept, b.accept)
		}
		if b.taken {
			answer = append(answer, b.answer)
		}
		if b.accepted && !b.taken {
			c.findings.add(Problem{Rule: LeadUnanswered, Batch: b.number, Message: fmt.Sprintf("no callback was taken for its %d leads", len(b.leads))})
		}
	}
	r.Accept, r.Callback = latencyOf(accept), latencyOf(answer)
	r.Batches, r.Results = len(c.batches), c.results
	r.Throttled, r.Callbacks, r.Repeats = c.throttled, c.callbacks, c.repeats
	if !c.last.IsZero() {
		r.Duration = c.last.Sub(r.Started)
	}
	r.count()
}
