//go:build !windows

package main

import (
	"math"
	"syscall"
)

// raiseDescriptors raises the soft limit of open files to the hard one. It returns
// the soft one as it was found (Go itself raises it before main where it can), and
// the one that holds now.
func raiseDescriptors() (found, limit int, err error) {
	var r syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &r); err != nil {
		return 0, 0, err
	}
	found = bounded(uint64(r.Cur)) //nolint:unconvert // FreeBSD has int64 here
	if r.Cur < r.Max {
		raised := syscall.Rlimit{Cur: r.Max, Max: r.Max}
		if syscall.Setrlimit(syscall.RLIMIT_NOFILE, &raised) == nil {
			r = raised
		} // else the kernel's own bound is lower (macOS): the soft limit stays
	}
	return found, bounded(uint64(r.Cur)), nil //nolint:unconvert // likewise
}

// bounded is a limit as a number; infinity is very many.
func bounded(n uint64) int { return int(min(n, math.MaxInt32)) }
