package file

import "time"

// WakeEvaluation gives a token when Claim may find something. A claimer that
// leaves work behind passes the token on by itself, so that any number of
// workers may wait on the channel; a token is a hint, not a promise.
func (q *Queue) WakeEvaluation() <-chan struct{} { return q.evaluate }

// WakeDelivery gives a token when ClaimDelivery may find something, also when
// that is so because time has passed.
func (q *Queue) WakeDelivery() <-chan struct{} { return q.deliver }

// changed wakes workers and sets the alarm after a change of the index.
func (q *Queue) changed() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.changedLocked(q.now())
}

func (q *Queue) changedLocked(now time.Time) {
	evaluation, delivery := q.index.claimable(now)
	if evaluation {
		give(q.evaluate)
	}
	if delivery {
		give(q.deliver)
	}
	if next, ok := q.index.nextChange(now); ok && (q.alarmAt.IsZero() || next.Before(q.alarmAt)) {
		give(q.alarmKick)
	}
}

// give puts a token into a channel that has room for one.
func give(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

// maxNap bounds how long the alarm sleeps at once, so that it notices a clock
// that is not the timer's: one that was set, or that of a test.
const maxNap = time.Second

// alarm ends leases and brings forward what has become due, when it is time.
func (q *Queue) alarm() {
	defer close(q.alarmDone)
	for {
		q.mu.Lock()
		now := q.now()
		q.index.settle(now)
		next, ok := q.index.nextChange(now)
		q.alarmAt = next
		q.changedLocked(now)
		q.mu.Unlock()

		var ring <-chan time.Time
		var timer *time.Timer
		if ok {
			timer = time.NewTimer(min(next.Sub(now), maxNap))
			ring = timer.C
		}
		select {
		case <-ring:
		case <-q.alarmKick:
		case <-q.stop:
		}
		if timer != nil {
			timer.Stop()
		}
		select {
		case <-q.stop:
			return
		default:
		}
	}
}
