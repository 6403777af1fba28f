package delivery

import "syscall"

// shortErrors are WSAEMFILE, WSAENOBUFS, ERROR_NOT_ENOUGH_MEMORY and
// ERROR_NO_SYSTEM_RESOURCES: what a socket fails with when this machine is out of
// something.
func shortErrors() []error {
	return []error{syscall.Errno(10024), syscall.Errno(10055), syscall.Errno(8), syscall.Errno(1450)}
}
