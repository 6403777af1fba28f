package delivery

import (
	"math/rand/v2"
	"time"
)

const (
	jitter = 0.2 // of a delay, to either side
	// hourly is the delay after the steps of the schedule are used up.
	hourly = time.Hour
	// patience is how long a Retry-After is honoured at least, whatever the step.
	patience = 15 * time.Minute
)

// Schedule is the row of waiting times between attempts. The zero value is the schedule of the service: at
// once, then 2, 5, 15, 30 and 60 s, 2, 5, 10 and 30 min, then every hour.
type Schedule struct {
	Steps []time.Duration // after the first attempt, the second and so on; empty means the above
	Last  time.Duration   // after the steps are used up; 0 is an hour
}

// Base returns the delay before jitter once attempt attempts have been made; 0 before the first.
func (s Schedule) Base(attempt int) time.Duration {
	if attempt <= 0 {
		return 0
	}
	if len(s.Steps) == 0 {
		s.Steps = []time.Duration{
			2 * time.Second, 5 * time.Second, 15 * time.Second, 30 * time.Second, 60 * time.Second,
			2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 30 * time.Minute,
		}
	}
	switch {
	case attempt <= len(s.Steps):
		return s.Steps[attempt-1]
	case s.Last > 0:
		return s.Last
	}
	return hourly
}

// Next returns how long to wait once attempt attempts have been made and the last one asked for retryAfter
// (0: for nothing). The base delay varies by 20 % to either side. A longer retryAfter takes its place, up to
// twice the base or 15 minutes, whichever is more; it varies upwards only, so that nobody comes back sooner
// than asked. rnd gives numbers in [0,1), nil takes them from math/rand.
func (s Schedule) Next(attempt int, retryAfter time.Duration, rnd func() float64) time.Duration {
	base := s.Base(attempt)
	if base == 0 {
		return 0
	}
	if rnd == nil {
		rnd = rand.Float64
	}
	if retryAfter > base {
		wait := min(retryAfter, max(2*base, patience))
		return wait + time.Duration(jitter*rnd()*float64(wait))
	}
	return base + time.Duration(jitter*(2*rnd()-1)*float64(base))
}
