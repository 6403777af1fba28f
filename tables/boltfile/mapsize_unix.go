//go:build linux || darwin

package boltfile

import (
	"errors"
	"math"
	"syscall"
)

// addressSpace is how many bytes of it the process may have, 0 for no limit.
func addressSpace() int64 {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_AS, &limit); err != nil || limit.Cur > math.MaxInt64/2 {
		return 0
	}
	return int64(limit.Cur)
}

// noMemory says that a map was refused.
func noMemory(err error) bool { return errors.Is(err, syscall.ENOMEM) }
