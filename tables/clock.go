package tables

import "time"

// A clock tells how long ago something was that a record tells of. Of what was done in this
// process the monotonic clock tells; of what was done before it the wall clock does once, when
// the store is opened, and the monotonic one from there on. So a clock that is set
// forward while the service runs ends no waiting.
type clock struct {
	now    func() time.Time
	opened time.Time
}

func newClock(now func() time.Time) clock { return clock{now, now()} }

// moment is a time of a record with a monotonic reading. One that lies in the future, by a clock
// that was set back, counts as now.
func (c clock) moment(at time.Time) time.Time {
	if before := c.opened.Round(0).Sub(at); before >= 0 {
		return c.opened.Add(-before)
	}
	// It happened since the store was opened, which was no longer ago than the monotonic clock says.
	now := c.now()
	return now.Add(-max(0, min(now.Round(0).Sub(at), now.Sub(c.opened))))
}

// since is how long ago a moment was.
func (c clock) since(moment time.Time) time.Duration { return c.now().Sub(moment) }
