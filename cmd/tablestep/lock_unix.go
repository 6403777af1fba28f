//go:build !windows

package main

import (
	"errors"
	"os"
	"syscall"
)

// errLocked says that somebody else holds the lock.
var errLocked = errors.New("locked")

// lockExclusively opens or makes a file that one process at a time can have, until it is
// closed or the process ends.
func lockExclusively(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return f, nil
	}
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = errLocked
	}
	return nil, errors.Join(err, f.Close())
}
