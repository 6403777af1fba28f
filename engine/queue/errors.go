package queue

import (
	"errors"

	"tablestep/tables/boltfile"
)

// What a caller branches on. Every error of this package that has one of these
// reasons answers to errors.Is.
var (
	// ErrFull says that as many invocations as the limit allows wait already.
	// Nothing was stored; the sender may come back later.
	ErrFull = errors.New("queue is full")
	// ErrDiskFull says that there was no room on the disk. Nothing was stored, the
	// file is as it was, and the queue goes on by itself when there is room.
	ErrDiskFull = errors.New("no room on the disk")
	// ErrBroken says that a write or a sync failed in a way after which nobody can
	// say what is on the disk. The queue refuses everything from then on; the
	// process should stop and open the file anew.
	ErrBroken = errors.New("queue file can no longer be trusted")
	// ErrClosed says that the queue has been closed.
	ErrClosed = errors.New("queue is closed")
	// ErrLocked says that another process has the file open.
	ErrLocked = boltfile.ErrInUse
	// ErrStale says that the lease ran out, was given to somebody else or has
	// been used up. Nothing was changed.
	ErrStale = errors.New("lease is stale")
	// ErrNotFound says that no invocation has that ID, or none any more.
	ErrNotFound = errors.New("no such invocation")
	// ErrGone says that the invocation is known but its body has been deleted.
	ErrGone = errors.New("body has been deleted")
	// ErrActive says that the invocation is being worked on or waits for it, so
	// that there is nothing to replay.
	ErrActive = errors.New("invocation is not finished")
	// ErrDamaged says that stored bytes are not what was written.
	ErrDamaged = boltfile.ErrDamaged
	// ErrFormat says that the file was written by a newer version or is not a queue.
	ErrFormat = errors.New("unknown queue format")
	// ErrInvalid says that an argument breaks a documented bound.
	ErrInvalid = errors.New("invalid argument")
)
