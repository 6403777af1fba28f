package marketo

import (
	"time"
)

// NoErrorCode is the code under which failed leads without one are counted.
const NoErrorCode = "NO_ERROR_CODE"

// Report is what came of a simulation. Leads is the sum of Succeeded, all of
// Failed, Unanswered and Refused.
type Report struct {
	Server     string              `json:"server"`
	API        APIDefinition       `json:"api"`
	Definition *Definition         `json:"definition,omitempty"`
	Status     Status              `json:"status"`
	Picklists  map[string]Picklist `json:"picklists,omitempty"`

	Batches int `json:"batches"`
	Leads   int `json:"leads"`
	// Succeeded leads came back with success: true. Matched are those of them
	// whose activity does not say matched: false.
	Succeeded int `json:"succeeded"`
	Matched   int `json:"matched"`
	// Failed counts the leads that came back with success: false, and those of
	// chunks with an error, by error code.
	Failed map[string]int `json:"failed,omitempty"`
	// Noted counts the leads that succeeded and came back with a reason all the same, by the
	// reason: a service says so that it has matched a lead and held back what it found.
	Noted map[string]int `json:"noted,omitempty"`
	// Unanswered leads were accepted, and no callback spoke of them.
	Unanswered int `json:"unanswered"`
	// Refused leads were not accepted by the service, or not sent any more.
	Refused int `json:"refused"`

	Results []Result `json:"results,omitempty"`

	Problems []Problem `json:"problems"`
	Warnings []Problem `json:"warnings"`
	// Counts has the number of problems and warnings of each rule, those too
	// that are not among Problems and Warnings because there were too many.
	Counts map[Rule]int `json:"counts,omitempty"`

	// Throttled counts the answers 429, Callbacks the requests that came to
	// the listener, and Repeats those among them that came after their token
	// had been used.
	Throttled int `json:"throttled"`
	Callbacks int `json:"callbacks"`
	Repeats   int `json:"repeats"`

	// Accept is the time from sending a batch to its 201, Callback the time
	// from sending it to the callback that was taken.
	Accept   Latency `json:"accept"`
	Callback Latency `json:"callback"`
	// Started and Duration span the sending of the first batch to the last
	// callback that was taken; in JSON the duration is nanoseconds.
	Started        time.Time     `json:"started"`
	Duration       time.Duration `json:"durationNs"`
	LeadsPerSecond float64       `json:"leadsPerSecond"`
}

// State says what became of a lead.
type State string

// The states of a lead.
const (
	Succeeded  State = "succeeded"
	Failed     State = "failed"
	Unanswered State = "unanswered"
	Refused    State = "refused"
)

// Result is one lead with what came back for it.
type Result struct {
	State State `json:"state"`
	// Batch is the number of its batch, from 1.
	Batch int `json:"batch"`
	// Lead is the lead as it was sent.
	Lead Lead `json:"lead"`
	// Written are the lead fields that came back, Activity the values of the
	// activity beside success, reason and errorCode.
	Written  Fields `json:"written,omitempty"`
	Activity Fields `json:"activity,omitempty"`
	// ErrorCode and Reason are those of the lead, or of its whole chunk. For a
	// lead without an answer the reason is the simulator's.
	ErrorCode string `json:"errorCode,omitempty"`
	Reason    string `json:"reason,omitempty"`
}

// OK reports whether every rule was kept and every lead answered. Leads that
// failed for a reason that was told are answers.
func (r *Report) OK() bool {
	return len(r.Problems) == 0 && r.Unanswered == 0 && r.Refused == 0
}

// matched reports whether the lead succeeded and the activity does not say
// that nothing was found.
func (r *Result) matched() bool {
	matched, said := r.Activity.Get("matched")
	return r.State == Succeeded && (!said || matched != false)
}

// maxNoted bounds the reasons that are counted one by one.
const maxNoted = 20

// otherNotes stands for reasons beyond maxNoted.
const otherNotes = "other reasons"

// note counts a lead that succeeded with a reason.
func (r *Report) note(reason string) {
	if reason == "" {
		return
	}
	if r.Noted == nil {
		r.Noted = make(map[string]int)
	}
	if _, known := r.Noted[reason]; !known && len(r.Noted) >= maxNoted {
		reason = otherNotes
	}
	r.Noted[reason]++
}

// count fills in the numbers that follow from the results.
func (r *Report) count() {
	r.Leads = len(r.Results)
	r.Failed = make(map[string]int)
	for i := range r.Results {
		result := &r.Results[i]
		switch result.State {
		case Succeeded:
			r.Succeeded++
			if result.matched() {
				r.Matched++
			}
			r.note(result.Reason)
		case Failed:
			r.Failed[orElse(result.ErrorCode, NoErrorCode)]++
		case Unanswered:
			r.Unanswered++
		case Refused:
			r.Refused++
		}
	}
	if r.Duration > 0 {
		answered := r.Leads - r.Unanswered - r.Refused
		r.LeadsPerSecond = float64(answered) / r.Duration.Seconds()
	}
}
