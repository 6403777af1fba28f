package engine

import (
	"time"

	"tablestep/engine/delivery"
	"tablestep/engine/queue"
)

// tellEvaluated makes the end of an evaluation known that began at start.
func (e *Engine) tellEvaluated(job *queue.Job, start time.Time, sum *Summary, whole *failure, bytes int) {
	if !e.events.wanted() {
		return
	}
	ev := EventEvaluated{
		At: start, Took: time.Since(start), Waited: start.Sub(job.Accepted), Invocation: job.ID.String(), CampaignID: job.CampaignID,
		Leads: sum.Leads, Succeeded: sum.Succeeded, Failed: sum.Failed, Codes: sum.Codes, Tables: sum.Versions, RuleSets: sum.RuleSets, Bytes: bytes,
	}
	if whole != nil {
		ev.Whole, ev.Reason = whole.code, whole.reason
	}
	e.events.emit(ev)
}

// tellAttempted makes known what an attempt came to.
func (e *Engine) tellAttempted(d *queue.Delivery, host string, a *queue.Attempt, decision *delivery.Decision) {
	if !e.events.wanted() {
		return
	}
	fate := FateRetry
	switch decision.Fate {
	case delivery.FateDelivered:
		fate = FateDelivered
	case delivery.FateProbably:
		fate = FateProbably
	case delivery.FateDead:
		fate = FateDead
	}
	e.events.emit(EventAttempted{
		At: a.Started, Took: a.Duration, Invocation: d.ID.String(), Host: host, Attempt: d.Attempts + 1, Status: a.Status, Err: a.Err,
		Fate: fate, After: decision.After, Reason: decision.Reason,
	})
}
