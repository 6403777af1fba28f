package edge

import (
	"errors"
	"slices"
	"syscall"
)

// wants says whether an accept failed because handles or memory are used up:
// WSAEMFILE, WSAENOBUFS, ERROR_NOT_ENOUGH_MEMORY, ERROR_NO_SYSTEM_RESOURCES.
func wants(err error) bool { return among(err, 10024, 10055, 8, 1450) }

// passes says whether an accept that failed so may work the next time: WSAEINTR,
// WSAENETDOWN, WSAENETUNREACH, WSAENETRESET, WSAECONNABORTED, WSAECONNRESET,
// WSAETIMEDOUT, WSAEHOSTDOWN, WSAEHOSTUNREACH.
func passes(err error) bool {
	return wants(err) || among(err, 10004, 10050, 10051, 10052, 10053, 10054, 10060, 10064, 10065)
}

func among(err error, errnos ...syscall.Errno) bool {
	var errno syscall.Errno
	return errors.As(err, &errno) && slices.Contains(errnos, errno)
}
