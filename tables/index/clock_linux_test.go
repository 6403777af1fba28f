package index

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// A stopwatch measures the time that a processor works on this goroutine, so that other
// work on the machine is not counted. It holds the goroutine to its thread.
type stopwatch struct{ at time.Duration }

func newStopwatch() *stopwatch {
	runtime.LockOSThread()
	return &stopwatch{threadTime()}
}

// lap is the time since the stopwatch was made, or since the last lap.
func (s *stopwatch) lap() time.Duration {
	now := threadTime()
	lap := now - s.at
	s.at = now
	return lap
}

func threadTime() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		panic(err)
	}
	return time.Duration(t.Nano())
}
