package marketo

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// submitPath takes the batches.
const submitPath = "/submitAsyncAction"

// Waits after 429: the one where the service names none, and the shortest.
const (
	defaultRetryAfter = time.Second
	minRetryAfter     = 20 * time.Millisecond
)

// send sends all batches and returns when each was accepted or refused, or the
// context is done.
func (c *campaign) send(ctx context.Context) {
	queue := make(chan *batch)
	var senders sync.WaitGroup
	for range min(c.options.Concurrency, len(c.batches)) {
		senders.Go(func() {
			for b := range queue {
				c.submit(ctx, b)
			}
		})
	}
	start := time.Now()
	for i, b := range c.batches {
		if c.options.Rate > 0 {
			due := start.Add(time.Duration(float64(i) / c.options.Rate * float64(time.Second)))
			if sleep(ctx, time.Until(due)) != nil {
				break
			}
		}
		select {
		case queue <- b:
			continue
		case <-ctx.Done():
		}
		break
	}
	close(queue)
	senders.Wait()
}

// submit sends one batch until the service gives a final answer.
func (c *campaign) submit(ctx context.Context, b *batch) {
	body, err := c.encode(b)
	if err != nil {
		c.refuse(b, false, err.Error())
		return
	}
	deadline := time.Now().Add(c.options.Timeout)
	for {
		started := c.begin(b)
		got, err := c.client.post(ctx, submitPath, body, c.credentials)
		took := time.Since(started)
		switch {
		case ctx.Err() != nil:
			c.abandon(b)
			return
		case err != nil:
			c.refuse(b, false, err.Error())
			return
		case got.status == http.StatusCreated:
			c.accepted(b, took)
			return
		case got.status >= 200 && got.status <= 299:
			c.find(Problem{Rule: SubmissionStatus, Where: submitPath, Batch: b.number, Message: fmt.Sprintf("%d instead of 201", got.status)})
			c.accepted(b, took)
			return
		case got.status != http.StatusTooManyRequests:
			c.refuse(b, true, fmt.Sprintf("the service answered %d %s", got.status, got.excerpt()))
			return
		}
		wait := c.throttle(b, got.header)
		if time.Now().Add(wait).After(deadline) {
			c.refuse(b, true, fmt.Sprintf("the service answered 429 and wants a wait of %v; %v are allowed for all attempts", wait, c.options.Timeout))
			return
		}
		if sleep(ctx, wait) != nil {
			c.abandon(b)
			return
		}
	}
}

// throttle counts a 429 and gives the wait that the service asks for.
func (c *campaign) throttle(b *batch, header http.Header) time.Duration {
	wait, ok := retryAfter(header.Get("Retry-After"), time.Now())
	c.mu.Lock()
	defer c.mu.Unlock()
	c.throttled++
	if !ok {
		c.findings.addOnce(Problem{Rule: RetryAfterMissing, Where: submitPath, Batch: b.number, Message: "429 came without a Retry-After that can be read"})
	}
	return wait
}

// retryAfter reads a Retry-After header: seconds or a date.
func retryAfter(header string, now time.Time) (wait time.Duration, ok bool) {
	if seconds, err := strconv.ParseUint(header, 10, 31); err == nil {
		return max(time.Duration(seconds)*time.Second, minRetryAfter), true
	}
	if date, err := http.ParseTime(header); err == nil {
		return max(date.Sub(now), minRetryAfter), true
	}
	return defaultRetryAfter, false
}

// envelope is what stands around the leads of a request.
type envelope struct {
	Token       string          `json:"token"`
	Key         string          `json:"apiCallBackKey"`
	BatchID     string          `json:"batchid"`
	CampaignID  int32           `json:"campaignId"`
	CallbackURL string          `json:"callbackUrl"`
	Context     envelopeContext `json:"context"`
}

type envelopeContext struct {
	Subscription *subscription  `json:"subscription,omitempty"`
	Admin        map[string]any `json:"admin"`
}

type subscription struct {
	MunchkinID string `json:"munchkinId"`
}

// encode makes the body of a batch and checks the flow steps that go into it.
func (c *campaign) encode(b *batch) ([]byte, error) {
	head := envelope{
		Token: b.token, Key: c.key, BatchID: c.run, CampaignID: c.options.CampaignID, CallbackURL: c.callbackURL,
		Context: envelopeContext{Admin: c.asked.globals},
	}
	if c.options.MunchkinID != "" {
		head.Context.Subscription = &subscription{MunchkinID: c.options.MunchkinID}
	}
	out, err := json.Marshal(head)
	if err != nil {
		return nil, fmt.Errorf("encode batch %d: %w", b.number, err)
	}
	out = append(out[:len(out)-1], `,"objectData":[`...)
	var flow []byte
	for i, lead := range b.leads {
		if i > 0 {
			out = append(out, ',')
		}
		if i == 0 || c.options.Flow != nil {
			if flow, err = c.flowOf(b, i); err != nil {
				return nil, fmt.Errorf("encode batch %d: flow step of lead %d: %w", b.number, lead.ID, err)
			}
		}
		out = append(out, `{"objectType":"lead","objectContext":`...)
		mapped := Lead{ID: lead.ID, Fields: c.mapping.apply(lead.Fields)}
		if out, err = appendLead(out, mapped, c.options.SendNulls); err != nil {
			return nil, fmt.Errorf("encode batch %d: %w", b.number, err)
		}
		out = append(append(out, `,"flowStepContext":`...), flow...)
		if c.asked.tokens != nil {
			out = append(append(out, `,"myTokenContext":`...), c.asked.tokens...)
		}
		out = append(out, '}')
	}
	return append(out, "]}"...), nil
}

// flowOf gives the encoded flow step of one lead of a batch.
func (c *campaign) flowOf(b *batch, i int) ([]byte, error) {
	var flow map[string]any
	if c.options.Flow != nil {
		flow = c.options.Flow(b.first+i, b.leads[i])
	} else {
		flow = make(map[string]any, len(c.options.FlowStep))
		for name, value := range c.options.FlowStep {
			flow[name] = value
		}
	}
	if problems := c.flow.check(flow); len(problems) > 0 {
		c.find(problems...)
	}
	if flow == nil {
		return []byte("{}"), nil
	}
	return json.Marshal(flow)
}
