package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tablestep/engine/queue"
)

// An InvocationInfo is what people may see of an invocation: no secrets, no lead
// data. Times are nil where it has not come to that.
type InvocationInfo struct {
	ID         string        `json:"id"`
	State      string        `json:"state"`
	Accepted   time.Time     `json:"accepted"`
	Evaluated  *time.Time    `json:"evaluated"`
	Finished   *time.Time    `json:"finished"`
	Due        *time.Time    `json:"due"` // next evaluation or attempt
	BatchID    string        `json:"batchId"`
	CampaignID int64         `json:"campaignId"`
	Host       string        `json:"callbackHost"`
	Leads      int           `json:"leads"`
	Summary    summaryInfo   `json:"summary"`
	Attempts   int           `json:"attempts"`
	Failures   int           `json:"failures"` // of evaluation
	Crashes    int           `json:"crashes"`  // of the service, while nothing but this was evaluated
	Replays    int           `json:"replays"`
	Ambiguous  bool          `json:"ambiguous"` // an attempt may have arrived without an answer
	Reason     string        `json:"reason"`
	Recent     []attemptInfo `json:"recentAttempts"`
}

type summaryInfo struct {
	Succeeded int            `json:"succeeded"`
	Failed    int            `json:"failed"`
	Codes     map[string]int `json:"codes"`
	Versions  map[string]int `json:"tableVersions"`
	RuleSets  map[string]int `json:"ruleSetVersions"`
}

type attemptInfo struct {
	Started   time.Time `json:"started"`
	Millis    int64     `json:"durationMs"`
	Status    int       `json:"status"`
	Err       string    `json:"error"`
	Ambiguous bool      `json:"ambiguous"`
}

func describeInvocation(i *queue.Info) InvocationInfo {
	info := InvocationInfo{
		ID: i.ID.String(), State: i.State.String(), Accepted: i.Accepted,
		Evaluated: orNil(i.Evaluated), Finished: orNil(i.Finished), Due: orNil(i.Due),
		BatchID: i.BatchID, CampaignID: i.CampaignID, Host: i.CallbackHost, Leads: i.Leads,
		Summary:  summaryInfo{i.Summary.Succeeded, i.Summary.Failed, i.Summary.Codes, i.Summary.TableVersions, i.Summary.RuleSetVersions},
		Attempts: i.Attempts, Failures: i.Failures, Crashes: i.Crashes, Replays: i.Replays, Ambiguous: i.Ambiguous, Reason: i.Reason,
		Recent: []attemptInfo{},
	}
	for _, a := range i.Recent {
		info.Recent = append(info.Recent, attemptInfo{a.Started, a.Duration.Milliseconds(), a.Status, a.Err, a.Ambiguous})
	}
	return info
}

func orNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// Invocations lists the newest invocations, of one state or, where it is empty, of
// all.
func (e *Engine) Invocations(ctx context.Context, state string, limit int) ([]InvocationInfo, error) {
	f := queue.Filter{Limit: limit}
	if state != "" {
		s, err := queue.ParseState(state)
		if err != nil {
			return nil, &RequestError{Field: "state", Message: err.Error()}
		}
		f.State = s
	}
	list, err := e.queue.List(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("list invocations: %w", err)
	}
	infos := []InvocationInfo{}
	for i := range list {
		infos = append(infos, describeInvocation(&list[i]))
	}
	return infos, nil
}

// Invocation returns one invocation.
func (e *Engine) Invocation(ctx context.Context, id string) (InvocationInfo, error) {
	parsed, err := parseID(id)
	if err != nil {
		return InvocationInfo{}, err
	}
	info, err := e.queue.Get(ctx, parsed)
	if err != nil {
		return InvocationInfo{}, e.queueError(id, err)
	}
	return describeInvocation(&info), nil
}

// Replay sends the stored answer of a finished invocation again.
func (e *Engine) Replay(ctx context.Context, id string) error {
	parsed, err := parseID(id)
	if err != nil {
		return err
	}
	if err := e.queue.Replay(ctx, parsed); err != nil {
		return e.queueError(id, err)
	}
	return nil
}

// ReplayBetween sends the stored answers of all invocations again that are dead or
// probably_delivered and were accepted from from on and before to, and returns how
// many.
func (e *Engine) ReplayBetween(ctx context.Context, from, to time.Time, state string) (int, error) {
	s, err := queue.ParseState(state)
	if err != nil || s != queue.Dead && s != queue.ProbablyDelivered {
		return 0, &RequestError{Field: "state", Message: fmt.Sprintf("%q is neither dead nor probably_delivered", state)}
	}
	n, err := e.queue.ReplayBetween(ctx, from, to, s)
	if err != nil {
		return n, fmt.Errorf("replay invocations: %w", err)
	}
	return n, nil
}

func parseID(id string) (queue.ID, error) {
	parsed, err := queue.ParseID(id)
	if err != nil {
		return parsed, fmt.Errorf("%w: %w", ErrInvocationNotFound, err)
	}
	return parsed, nil
}

// queueError gives an error of the queue the name that callers know.
func (e *Engine) queueError(id string, err error) error {
	switch {
	case errors.Is(err, queue.ErrNotFound):
		return fmt.Errorf("invocation %s: %w", id, ErrInvocationNotFound)
	case errors.Is(err, queue.ErrGone), errors.Is(err, queue.ErrActive):
		return fmt.Errorf("%w: %w", ErrGone, err)
	}
	return fmt.Errorf("invocation %s: %w", id, err)
}
