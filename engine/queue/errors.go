package queue

import "errors"

// What a caller branches on. Every error of a store that has one of these reasons
// answers to errors.Is.
var (
	// ErrFull says that as many invocations as the limit allows wait already.
	// Nothing was stored; the sender may come back later.
	ErrFull = errors.New("queue is full")
	// ErrDiskFull says that there was no room where the store keeps its data. Nothing
	// was stored, and the store goes on by itself when there is room.
	ErrDiskFull = errors.New("no room on the disk")
	// ErrUnavailable says that the store did not answer, now. Whether the call took
	// effect is not known; the same call may be made again (see In doubt).
	ErrUnavailable = errors.New("the store of invocations does not answer")
	// ErrBroken says that nobody can say any more what is stored, or that this owner
	// has lost what it owned. It refuses everything from then on; the process should
	// stop and open the store anew.
	ErrBroken = errors.New("store of invocations can no longer be trusted")
	// ErrClosed says that the store has been closed.
	ErrClosed = errors.New("queue is closed")
	// ErrStale says that the lease ran out, was given to somebody else, has been used
	// up, or is not for what was asked. Nothing was changed.
	ErrStale = errors.New("lease is stale")
	// ErrNotFound says that no invocation has that ID, or none any more.
	ErrNotFound = errors.New("no such invocation")
	// ErrGone says that the invocation is known but its body has been deleted.
	ErrGone = errors.New("body has been deleted")
	// ErrActive says that the invocation is being worked on or waits for it, so
	// that there is nothing to replay.
	ErrActive = errors.New("invocation is not finished")
	// ErrDamaged says that stored bytes are not what was written.
	ErrDamaged = errors.New("stored bytes are damaged")
	// ErrTurns says that an answer would give a row more leads than its cap allows, as
	// others were stored since it was evaluated. Nothing was changed and the lease is as
	// good as before; the caller evaluates again.
	ErrTurns = errors.New("a row has had its turns")
	// ErrInvalid says that an argument breaks a documented bound.
	ErrInvalid = errors.New("invalid argument")
)
