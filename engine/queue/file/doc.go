// Package file keeps invocations in one bbolt file, which one process at a time has open:
// a store under the contract of engine/queue.
//
// Its nouns, besides those of the contract:
//
//   - A record is the info row of an invocation, the truth about its state; its bodies
//     and their key stand in rows of their own. FORMAT.md draws the bytes.
//
//   - An entry is the memory of one unfinished invocation, the index the orders in which
//     entries are claimed and expire.
//
//   - An operation is one change; the committer runs many of them in one transaction.
//
//   - A reserve is a file beside the queue that holds room for the case of a full disk.
//
//     Put, Finish, … ──► operation ──► committer ──► transaction ──fsync──► answer
//     └── index ──► Claim, ClaimDelivery (from memory)
//
// # Leases
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
//     ambiguous for good; one that waits for a later time is not.
//   - Which evaluation killed the process. That has a section of its own.
//
// A lease that runs out counts as a failed evaluation; the row learns of it with
// the next claim or at Close. Postponed is forgotten at a restart.
//
// # Crashes
//
// After an unclean stop whatever may have been running is a suspect. Each claim of a
// suspect is in its row before the evaluator gets it. So where the process dies again it
// is known during which evaluation, however soon it came, and only that one is blamed.
//
// But what was running at the first crash? Claims are not written down. Two rules
// make the file tell it all the same:
//
//   - What was never claimed before, as far as its row says, is ordered. An ordered
//     one is claimed only when all ordered ones before it in its line are running or
//     through. Then those that run are among the first Bounds.Running that are still
//     available, of each line, and these are the suspects.
//   - The claim of any other is flagged in its row first: of one whose evaluation has
//     failed or whose lease ran out, of one that was replayed, of a suspect. So is that
//     of an ordered one while another is kept back by Postponed, as then the order
//     would not tell. None of that happens but after a failure.
//
// There are two lines, as a large body may have to wait while others go on: payloads
// above queue.LargeBody and the rest. A process says in the file how long its lines are when
// it claims the first that is no suspect, with that claim; one that dies before has run
// nothing. A file of a program that knew no lines says nothing; then all are suspects.
//
// So recovery takes two commits for each of at most twice Bounds.Running and what is
// flagged, of which there are at most so many again: with 64 a few hundred
// milliseconds, whether ten wait or a hundred thousand. Suspicion is kept in the row
// until the suspect has run, as the next crash may come before its turn.
//
// # Contexts
//
// A change whose context ends before it has been taken up is withdrawn, and nothing was
// changed. Once it has been taken up its result is waited for, so the answer is always
// the truth: this store is never in doubt (ErrUnavailable does not come from it).
//
// # Time
//
// Times from the file get the reading of the monotonic clock that they would have had
// when it is opened. Between two processes a clock that was set ahead ends waits early and
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
// unfinished, about 250 bytes for each, whose number is bounded by Bounds.Limit; they are
// rebuilt on Open.
//
// # Turns
//
// Operations of one transaction that give turns of the same rotation work on one account of it,
// in memory; each row that they change is written once, before the commit. After the commit the
// ledgers of what was changed take the place of those before: so Counters reads no file, but for
// the first time, up to maxLedgers rotations. Ledgers do not change, so nobody waits for anybody.
// What a person sets, a renaming and a removal work on the rows and empty the memory.
//
// What leads keep is read from the file, all of one question in one transaction. Where many
// leads of a rotation keep rows each new one costs a page of the commit, as their hashes
// lie everywhere; those whose IDs differ in the last two characters alone share theirs.
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
// # Deleted keys
//
// The key of an invocation stands in its own small row, which is deleted with the bodies
// on delivery or purge. bbolt does not erase, so deleted rows stay in free
// pages until those are reused, for bodies perhaps for ever. The few pages of keys
// are rewritten by nearly every commit and their old copies are free pages that
// are soon reused in a working queue, but nothing forces it: in a queue that has
// fallen silent the last old copies stay. A copy of the file by WriteTo, or a backup of
// the disk, keeps what was in it.
//
// # Caveats
//
// The file never shrinks. The IDs of invocations accepted at once are in the order of
// their commits. A list of delivered ones passes over the others.
package file
