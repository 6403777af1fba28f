package schema

import "time"

// FirstMoment is the first moment, in seconds from 1970 on, at which the clocks of a zone show a
// time or a later one; clock is that time in seconds as if it were UTC, and a nil zone is UTC. A
// time that the clocks show twice is the first of the two, and one that they leave out is the
// moment at which they are put forward: so a later time is never an earlier moment, and a day has
// a start in every zone.
func FirstMoment(clock int64, zone *time.Location) int64 {
	if zone == nil || zone == time.UTC {
		return clock
	}
	const day = 24 * 60 * 60 // seconds: more than any zone is away from UTC
	east := func(seconds int64) int64 {
		_, offset := time.Unix(seconds, 0).In(zone).Zone()
		return int64(offset)
	}
	before, after := east(clock-day), east(clock+day)
	if at := clock - before; east(at) == before {
		return at
	}
	if at := clock - after; east(at) == after {
		return at
	}
	changed, _ := time.Unix(clock-before, 0).In(zone).ZoneBounds()
	return changed.Unix()
}
