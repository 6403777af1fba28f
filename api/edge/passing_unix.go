//go:build !windows

package edge

import (
	"errors"
	"slices"
	"syscall"
)

// wants says whether an accept failed because descriptors or memory are used up.
func wants(err error) bool {
	return among(err, syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM)
}

// passes says whether an accept that failed so may work the next time. accept(2)
// reports errors of the network that belong to the new connection, too.
func passes(err error) bool {
	return wants(err) || among(err, syscall.ECONNABORTED, syscall.ECONNRESET, syscall.EINTR, syscall.EAGAIN, syscall.EPERM,
		syscall.EPROTO, syscall.ENOPROTOOPT, syscall.ENETDOWN, syscall.ENETUNREACH, syscall.EHOSTDOWN, syscall.EHOSTUNREACH, syscall.ETIMEDOUT)
}

func among(err error, errnos ...syscall.Errno) bool {
	var errno syscall.Errno
	return errors.As(err, &errno) && slices.Contains(errnos, errno)
}
