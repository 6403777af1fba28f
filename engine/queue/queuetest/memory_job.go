package queuetest

import (
	"bytes"
	"net/http"
	"slices"
	"time"

	"tablestep/engine/queue"
)

// job is an invocation as the model knows it.
type job struct {
	id      queue.ID
	in      queue.Invocation
	owner   *Owner
	decoded queue.Decoded // until the first claim
	state   queue.State

	accepted, since, evaluated, finished, updated time.Time
	at                                            time.Time // when it may be claimed
	stored                                        time.Time // at, as a restart finds it
	until                                         time.Time // end of the lease
	fence                                         uint64    // of the last lease

	callback  []byte // nil before the evaluation
	summary   queue.Summary
	reason    string
	recent    []queue.Attempt
	failures  int
	lost      int // of the failures, those that are not stored yet
	crashes   int
	replays   int
	series    int // attempts since the evaluation or the replay
	attempts  int
	ambiguous bool

	ordered bool // never claimed before, as far as is stored
	started bool // its claim is stored
	alone   bool // and that it runs alone
	suspect bool // may have been running at a crash
}

func (j *job) unfinished() bool { return !j.state.Finished() }

func (j *job) leased() bool { return j.state == queue.Running || j.state == queue.Delivering }

// size is that of the body that the next claim hands out.
func (j *job) size() int64 {
	if j.callback != nil {
		return int64(len(j.callback))
	}
	return int64(len(j.in.Payload))
}

func (j *job) large() bool { return j.size() > queue.LargeBody }

func (j *job) lease() queue.Lease { return queue.Lease{ID: j.id, Fence: j.fence} }

// giveBack ends a lease without a result.
func (j *job) giveBack(now time.Time, lost bool) {
	if j.state == queue.Delivering {
		j.state = queue.Retryable
		j.ambiguous = j.ambiguous || lost
		return
	}
	if lost {
		j.failures++
		j.lost++
	} else {
		j.started, j.alone = false, false
		j.ordered = j.failures-j.lost+j.crashes+j.replays == 0
	}
	j.state, j.at = queue.Available, now
}

// writeLost stores that leases have run out.
func (j *job) writeLost() {
	if j.lost > 0 {
		j.lost, j.reason = 0, queue.ReasonLate
	}
}

// closed is what a close in good order of its owner does.
func (j *job) closed(now time.Time) {
	if j.leased() {
		j.giveBack(now, j.state == queue.Delivering)
	}
	j.writeLost()
	j.at = j.stored
	j.started, j.alone = false, false
	j.ordered = j.state == queue.Available && j.failures+j.crashes+j.replays == 0
	j.suspect = j.state == queue.Available && j.crashes > 0
}

// crashed is what the death of its owner does. What was not stored is forgotten.
func (j *job) crashed(o *Owner, now time.Time, inOrder map[bool]int) {
	j.at = j.stored
	if j.state == queue.Retryable || j.state == queue.Delivering {
		j.state = queue.Retryable
		j.ambiguous = j.ambiguous || !j.stored.After(now)
		return
	}
	j.state = queue.Available
	j.failures, j.lost = j.failures-j.lost, 0
	j.ordered = !j.started && j.failures+j.crashes+j.replays == 0
	if j.alone {
		j.alone = false
		if !o.stopping {
			j.crashes++
			j.at = now.Add(time.Duration(j.crashes) * queue.CrashPause)
			j.stored, j.reason = j.at, queue.ReasonCrashed
		}
	} else if j.ordered && o.begun && inOrder[j.large()] < o.bounds.Running {
		inOrder[j.large()]++
		j.ordered, j.started = false, true
	}
	j.suspect = j.started || j.crashes > 0
}

// ended notes that an evaluation has told how it ended.
func (j *job) ended() {
	j.ordered, j.started, j.alone, j.suspect = false, false, false, false
}

// finish ends a lease. The outcome fits the state.
func (j *job) finish(now time.Time, o *queue.Outcome) {
	k, from := o.Kind(), j.state
	if k == queue.KindReleased {
		j.giveBack(now, false)
		if o.At().After(j.at) {
			j.at = o.At()
		}
		return
	}
	j.updated = now
	if from == queue.Running {
		j.ended()
	}
	if a, ok := o.Attempt(); ok {
		j.attempts++
		j.series++
		j.ambiguous = j.ambiguous || a.Ambiguous
		j.recent = append(slices.Clone(j.recent), a)
		j.recent = j.recent[max(len(j.recent)-queue.MaxRecent, 0):]
	}
	j.state = k.Becomes(from)
	if j.state.Finished() {
		j.finished = now
	}
	if o.Reason() != "" {
		j.reason = o.Reason()
	}
	switch k {
	case queue.KindEvaluated:
		j.callback = append([]byte{}, o.Callback()...)
		j.summary, j.reason = o.Summary(), o.Summary().Reason
		j.summary.Reason = ""
		j.at, j.stored, j.since, j.evaluated = now, now, now, now
	case queue.KindEvaluationFailed:
		j.failures++
		j.reason = o.Reason()
		j.at, j.stored = o.At(), o.At()
		j.suspect = j.crashes > 0
	case queue.KindTryAgain:
		j.at, j.stored = o.At(), o.At()
	}
}

// revive is what a replay does.
func (j *job) revive(now time.Time) {
	j.updated = now
	if j.state.Finished() {
		j.series, j.failures, j.crashes, j.since = 0, 0, 0, now
		j.reason = ""
		j.replays++
	}
	j.state, j.at, j.stored, j.finished = queue.Retryable, now, now, time.Time{}
	if j.callback == nil {
		j.state = queue.Available
	}
}

// refused counts the attempts of this series that were answered with 401 or 403.
func (j *job) refused() int {
	n := 0
	for _, a := range j.recent[max(len(j.recent)-j.series, 0):] {
		if a.Status == http.StatusUnauthorized || a.Status == http.StatusForbidden {
			n++
		}
	}
	return n
}

func (j *job) asJob() queue.Job {
	return queue.Job{
		Lease: j.lease(), Accepted: j.accepted,
		CallbackURL: j.in.CallbackURL, APIKey: j.in.APIKey, Token: j.in.Token, MunchkinID: j.in.MunchkinID,
		BatchID: j.in.BatchID, CampaignID: j.in.CampaignID, Leads: j.in.Leads,
		Payload: j.in.Payload, Failures: j.failures, Crashes: j.crashes, Reason: j.reason, Until: j.until,
	}
}

func (j *job) asDelivery() queue.Delivery {
	d := queue.Delivery{
		Lease: j.lease(), Accepted: j.accepted, Since: j.since,
		CallbackURL: j.in.CallbackURL, APIKey: j.in.APIKey, Token: j.in.Token, MunchkinID: j.in.MunchkinID,
		BatchID: j.in.BatchID, CampaignID: j.in.CampaignID, Leads: j.in.Leads,
		Callback: bytes.Clone(j.callback), Attempts: j.series, Refused: j.refused(), Ambiguous: j.ambiguous, Until: j.until,
	}
	if j.series > 0 {
		d.Last = j.recent[len(j.recent)-1]
	}
	return d
}

func (j *job) info() queue.Info {
	i := queue.Info{
		ID: j.id, State: j.state, Accepted: j.id.Time(), Evaluated: j.evaluated, Finished: j.finished, Updated: j.updated,
		BatchID: j.in.BatchID, CampaignID: j.in.CampaignID, Leads: j.in.Leads, CallbackHost: j.in.Host(),
		PayloadBytes: len(j.in.Payload), CallbackBytes: len(j.callback),
		HasPayload:  j.callback == nil,
		HasCallback: j.callback != nil && j.state != queue.Delivered,
		Failures:    j.failures, Crashes: j.crashes, Attempts: j.attempts, Replays: j.replays,
		Ambiguous: j.ambiguous, Reason: j.reason, Summary: j.summary, Recent: slices.Clone(j.recent),
	}
	switch {
	case j.leased():
		i.Until = j.until
	case j.unfinished():
		i.Due = j.at
	}
	return i
}
