package index

import (
	"time"

	"golang.org/x/sys/unix"
)

// A stopwatch measures the time that processors work for this process, collecting garbage
// among it, so that other work on the machine is not counted.
type stopwatch struct{ at time.Duration }

func newStopwatch() *stopwatch { return &stopwatch{processTime()} }

// lap is the time since the stopwatch was made, or since the last lap.
func (s *stopwatch) lap() time.Duration {
	now := processTime()
	lap := now - s.at
	s.at = now
	return lap
}

func processTime() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t); err != nil {
		panic(err)
	}
	return time.Duration(t.Nano())
}
