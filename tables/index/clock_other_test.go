//go:build !linux

package index

import "time"

// A stopwatch measures time by the clock on the wall: elsewhere than on Linux it is not
// worth more.
type stopwatch struct{ at time.Time }

func newStopwatch() *stopwatch { return &stopwatch{time.Now()} }

// lap is the time since the stopwatch was made, or since the last lap.
func (s *stopwatch) lap() time.Duration {
	now := time.Now()
	lap := now.Sub(s.at)
	s.at = now
	return lap
}
