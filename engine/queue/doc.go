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
// claiming costs no sync in the ordinary case. This is safe because one process owns
// the file (it is locked) and every lease dies with its process: after a restart the stored state,
// available or retryable, is the true one, and all that a crash loses is the lease
// itself. Two things would be lost with it that are not the lease, and each has
// its rule:
//
//   - Whether an attempt was under way. After a clean Close the file says which
//     deliveries were leased. After anything else, every retryable invocation that
//     was due by then may have been in the middle of an attempt, and is marked
//     ambiguous for good; one that waits for a later time is not. A mark more than
//     needed says "probably delivered" where "dead" would have been true.
//   - Which evaluation killed the process. That has a section of its own.
//
// A lease that runs out counts as a failed evaluation; the row learns of it with
// the next claim or at Close.
//
// # Crashes
//
// After an unclean stop whatever may have been running is a suspect. Suspects run
// one at a time, before everything else and with nothing else beside them but
// acceptance and deliveries, and each of their claims is in the row before the
// evaluator gets it. So where the process dies again it is known during which
// evaluation, however soon it came, and only that one is blamed: its Crashes grow.
// It waits CrashPause times its crashes before it runs again, alone, while the others
// have their turn. What the caller does with one that has ended the process again and
// again is for him to say. A stop that was announced (Stopping) or a Close blames
// nobody.
//
// But what was running at the first crash? Claims are not written down. Two rules
// make the file tell it all the same:
//
//   - What was never claimed before, as far as its row says, is ordered. An ordered
//     one is claimed only when all ordered ones before it in its line are running or
//     through. Then those that run are among the first Options.Running that are still
//     available, of each line, and these are the suspects.
//   - The claim of any other is flagged in its row first: of one whose evaluation has
//     failed or whose lease ran out, of one that was replayed, of a suspect. So is that
//     of an ordered one while another is kept back by Postpone, as then the order
//     would not tell. None of that happens but after a failure.
//
// There are two lines, as a large body may have to wait while others go on: payloads
// above LargeBody and the rest. A process says in the file how long its lines are when
// it claims the first that is no suspect, with that claim; one that dies before has run
// nothing. A file of a program that knew no lines says nothing; then all are suspects.
//
// So recovery takes two commits for each of at most twice Options.Running and what is
// flagged, of which there are at most so many again: with 64 a few hundred
// milliseconds, whether ten wait or a hundred thousand. Suspicion is kept in the row
// until the suspect has run, as the next crash may come before its turn.
//
// # Large bodies
//
// What is made of a body takes memory, for an evaluation several times its size. So
// the bodies larger than LargeBody that are leased at once are bounded together, by
// RunningBytes and DeliveringBytes. One that does not fit waits for the others of its
// kind; smaller ones pass it by.
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
// Options.MaxBytes bounds the file with a share for each: Put may fill three quarters of
// it, answers all but a sixteenth, and what gives room back finds some in any case.
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
