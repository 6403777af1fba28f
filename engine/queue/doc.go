// Package queue keeps accepted invocations durable until they are answered.
//
// Its nouns:
//
//   - An Invocation is one accepted request: a payload, the secrets of its
//     answer, and the hash of its token.
//   - A Job is an Invocation leased to an evaluator, a Delivery one leased to a
//     delivery worker for one Attempt, which is one POST of the callback.
//   - A Lease is the right to say how a Job or Delivery ended, until it runs out.
//   - An Info is what is known of an Invocation, without secrets and lead data.
//
// The way of an invocation:
//
//	Put ─► available ─Claim─► running ─Evaluated─► retryable ─ClaimDelivery─► delivering ─Delivered─► delivered
//	           ▲                 │                     ▲                          │
//	           └─────────────────┘                     └──── Retry, Release, ─────┤
//	     FailEvaluation, Release,                            lease ran out        ├─Probably──► probably_delivered
//	     lease ran out                                                            └─Dead──────► dead
//
// # State machine
//
//	state               from                 by                        what is stored of bodies
//	available           (new)                Put                       payload
//	                    running              FailEvaluation, Release,  payload
//	                                         end of the lease, restart
//	                    dead                 Replay, without callback  payload
//	running             available            Claim                     payload
//	retryable           running              Evaluated                 callback
//	                    delivering           Retry, Release, Postpone, callback
//	                                         end of the lease, restart
//	                    dead, probably_d.    Replay                    callback
//	delivering          retryable, when due  ClaimDelivery             callback
//	delivered           delivering           Delivered                 nothing
//	probably_delivered  delivering           Probably                  callback
//	dead                delivering           Dead                      callback
//	                    running              Abandon                   payload
//	(forgotten)         the last three       Purge                     nothing
//
// Every other transition is refused, ErrStale where a lease is missing. The
// callback is stored before the first attempt, so each attempt sends the same
// bytes. A token is known from Put until Purge; while it is, a second Put with
// it gives the first ID and stores nothing.
//
// # Leases
//
// A lease is a number, higher for every claim, that is kept beside the job. Only
// the holder of the current number can finish the job, once. When the lease has
// run out the job goes back and the number is void, so a slow worker never
// finishes a job that somebody else may have.
//
// Leases live in memory only, and so do the states running and delivering, so
// claiming costs no sync. This is safe because one process owns the file (it is
// locked) and every lease dies with its process: after a restart the stored state,
// available or retryable, is the true one, and all that a crash loses is the lease
// itself. Two things would be lost with it that are not the lease, and each has
// its rule:
//
//   - Whether an attempt was under way. After a clean Close the file says which
//     deliveries were leased. After anything else, every retryable invocation that
//     was due by then may have been in the middle of an attempt, and is marked
//     ambiguous for good; one that waits for a later time is not. A mark more than
//     needed says "probably delivered" where "dead" would have been true.
//   - Which evaluation killed the process. After an unclean stop the claims of
//     what was waiting then are written down before they are handed out; whatever
//     was written down and did not come back when the process died again counts a
//     failure more and runs alone from then on. So a request on which the
//     evaluator dies shows by its Failures and cannot hold the service in a loop.
//
// # What stays in memory
//
// A body that has been stored is mostly claimed soon after. So it also stays in
// memory, up to Options.Keep bytes of all bodies, until its first claim: that saves
// reading, opening and decompressing it. What a caller has Decoded of a payload
// stays with it. A second claim, a longer queue and another process read the file;
// nothing depends on the memory but speed.
//
// # Time
//
// Whatever is measured within the life of a process, a lease, a waiting time, an
// age, is measured on the monotonic clock. Times from the file get the reading that
// they would have had when it is opened. So a jump of the wall clock ends no lease,
// holds nothing back and makes no unfinished invocation old; only Purge goes by the
// wall clock. Between two processes a clock that was set ahead ends waits early and
// makes waiting invocations too old; one that was set back makes nobody wait longer
// than was meant.
//
// # Commits
//
// One goroutine runs all changes, as many in one bbolt transaction as have
// gathered while the one before was being synced. Each is checked before it
// writes, so one that is refused does not touch the others. Compression and
// encryption are done by the callers. A call returns after the sync.
//
// The orders in which invocations are claimed are heaps in memory over what is
// unfinished, whose number is bounded by Options.Limit; they are rebuilt on Open.
//
// # Failing disks
//
// No room (ENOSPC on a write, a quota, Options.MaxBytes) refuses what takes room,
// first Put, then Evaluated, then the rest, with ErrDiskFull; nothing of what was
// refused is in the file, and the queue goes on by itself when there is room. So
// that what has been accepted can be worked off on a full disk, room is kept in a
// reserve beside the file; Put is refused until it could be made again or as much
// is free within the file. After
// any other failure of a write, a sync or bbolt itself nobody knows what is on the
// disk: everything is refused with ErrBroken and Failed is closed. fault.go goes
// through bbolt's commit step by step.
//
// # What is secret
//
// Payload, callback, callback URL, key, token and munchkin ID are compressed and
// sealed with AES-256-GCM under a random key of each invocation. The key stands in
// its own small row, which is deleted with the bodies on delivery or purge.
// Whoever has the file and the key row can read the body: the seal is no
// protection of a stolen live file; disk encryption is. What it gives is a
// quick end of deleted data: bbolt does not erase, so deleted rows stay in free
// pages until those are reused, for bodies perhaps for ever. The few pages of keys
// are rewritten by nearly every commit and their old copies are free pages that
// are soon reused in a working queue, but nothing forces it: in a queue that has
// fallen silent the last old copies stay. A copy of the file by WriteTo, or a backup of
// the disk, keeps what was in it. Hashes of tokens, batch ID, campaign ID, host of the
// callback, counts and error texts are in the clear.
//
// # Caveats
//
// The file never shrinks. The IDs of invocations accepted at once are in the order of
// their commits. Times are stored in milliseconds. FORMAT.md draws the bytes.
package queue
