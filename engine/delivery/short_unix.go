//go:build !windows

package delivery

import "syscall"

// shortErrors are what a socket fails with when this machine is out of something.
func shortErrors() []error {
	return []error{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM}
}
