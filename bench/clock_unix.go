//go:build unix

package main

import (
	"syscall"
	"time"
)

// processorTime is what this process has used so far: another one that wants the
// processor, too, does not count.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // it takes no arguments of ours
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
