// Package queue is the contract of a store that keeps accepted invocations durable
// until they are answered: the words, the rules, and the code that every such store
// shares. The stores are in packages below; queuetest checks them.
//
// Its nouns:
//
//   - A Store keeps invocations. Who has it open is an owner of what it has accepted;
//     some stores have one owner at a time, others several.
//   - An Invocation is one accepted request: a payload, the secrets of its
//     answer, and the hash of its token.
//   - A Job is an Invocation leased to an evaluator, a Delivery one leased to a
//     delivery worker for one Attempt, which is one POST of the callback.
//   - A Lease is the right to say how a Job or Delivery ended, until it runs out; an
//     Outcome is what is said.
//   - A Turn is what an answer gives to a row of a lookup; a Counter is what a row has had.
//   - An Info is what is known of an Invocation, without secrets and lead data.
//
// The way of an invocation; the words on the arrows are calls and outcomes:
//
//	Put ─► available ─Claim─► running ─Evaluated─► retryable ─ClaimDelivery─► delivering ─Arrived─► delivered
//	           ▲                 │                     ▲                          │
//	           └─────────────────┘                     └── TryAgain, Released, ───┤
//	     EvaluationFailed, Released,                       lease ran out          ├─ProbablyArrived─► probably_delivered
//	     lease ran out                                                            └─GivenUp─────────► dead
//
// # State machine
//
//	state               from                 by                         what is stored of bodies
//	available           (new)                Put                        payload
//	                    running              EvaluationFailed,          payload
//	                                         Released, Postponed,
//	                                         end of lease or owner
//	                    dead                 Replay, without callback   payload
//	running             available            Claim                      payload
//	retryable           running              Evaluated                  callback
//	                    delivering           TryAgain, Released,        callback
//	                                         Postponed,
//	                                         end of lease or owner
//	                    dead, probably_d.    Replay                     callback
//	delivering          retryable, when due  ClaimDelivery              callback
//	delivered           delivering           Arrived                    nothing
//	probably_delivered  delivering           ProbablyArrived            callback
//	dead                delivering           GivenUp                    callback
//	                    running              Abandoned                  payload
//	(forgotten)         the last three       Purge                      nothing
//
// Every other transition is refused, ErrStale where a lease is missing or is for
// something else. The callback is stored before the first attempt, so each attempt
// sends the same bytes. A token is known from Put until Purge; while it is, a second
// Put with it, at whichever owner, gives the first ID and stores nothing.
//
// # Leases and owners
//
// A lease is a number, higher for every claim of the same invocation. Only the holder
// of the current number can finish the job, once, at the owner that gave it. When the
// lease has run out the job goes back and the number is void, so a slow worker never
// finishes a job that somebody else may have. A lease that runs out counts as a failed
// evaluation, and makes a delivery ambiguous.
//
// An owner works off what it has accepted, and what it has taken over. Where an owner
// closes the store or dies, its unfinished invocations go to those that remain or to the
// next that opens it, and its leases are void. So no two owners ever have one
// invocation leased at once. What an owner that died was delivering may have
// arrived: it is ambiguous for good. A mark more than needed says "probably delivered"
// where "dead" would have been true, so a store that does not know what was being
// delivered marks all that may have been. Get, List, Replay, ReplayBetween, Purge and
// Stats see the invocations of all owners; of another owner's leased ones they may see
// the state before the lease.
//
// # Crashes
//
// An evaluation may end the process. Every store finds out which one, however soon the
// end comes: after an owner has died, whatever it may have been evaluating is suspect.
// Suspects run one at a time, before everything else and with nothing else beside them
// in their owner but acceptance and deliveries. Where the process dies again while
// one runs alone, that one is blamed: its Crashes grow, and it waits CrashPause times
// its crashes while others have their turn. What the caller does with one that has
// ended the process again and again is for him to say. A stop that was announced
// (Stopping) or a Close blames nobody.
//
// # In doubt
//
// ErrInvalid, ErrFull, ErrDiskFull, ErrStale, ErrTurns, ErrNotFound, ErrGone and ErrActive
// say that the call changed nothing. ErrBroken and ErrClosed end everything. ErrUnavailable
// leaves open whether the call took effect, and so does the end of a context, unless a
// store says otherwise. Then
//
//   - Put may be repeated: the token tells whether it had been stored. Without a token
//     a second one is stored.
//   - Finish may be repeated with the same lease and outcome: nil, or ErrStale where the
//     first call had taken effect. It never counts twice.
//   - Claim and ClaimDelivery: what they may have leased comes back when its lease has
//     run out.
//   - Replay, ReplayBetween and Purge may be repeated, and so may SetCounters, MoveRotations,
//     DropRotations and Unstick.
//
// A store bounds its calls by itself: one with a context that never ends returns.
//
// # Turns
//
// A lookup may give its rows in turn. Whose turn it is stands here, as it must change in one
// step with the answer that says so: where a process ends between the two a row would be
// passed over, or given twice.
//
//	Counters, StuckTo ─► evaluation ─► Evaluated.WithTurns ─Finish─► callback + counters + leads that keep a row
//	        ▲                                                  │
//	        └─────────── evaluate again ◄── ErrTurns ──────────┘
//
// A Rotation is a lookup of a table, for one instance. A Counter is what is known of one of its
// rows, which is named by a cell, so that it stays over versions of the table: how many
// leads it was given, and its pass, which is where it stands in the order of turns; who gives
// turns decides what a pass means. A Turn says what an answer adds. Turns add up, so that
// answers that are evaluated beside each other, here or at several owners, all count. A Stuck says
// that a lead keeps a row, until a time or for ever; the latest word on it holds.
//
// Counters and StuckTo give what has been stored, so two evaluations beside each other see
// the same. What must not happen because of that is held when the answer is stored: a Turn with a
// Cap is checked against what is stored by then, and the whole outcome is refused with
// ErrTurns where its row would have more leads in the Period. Nothing was changed and the lease is
// good; the caller evaluates again. Turns come with an Evaluated only. What a stale lease says
// changes no counter, and what is said twice counts once, as a lease ends once (In doubt).
//
// A Period is a day, a week or a month, as a text, which are compared as texts; all of a lookup are
// of one kind. An answer may be stored after the period in which it was evaluated. So the latest
// two periods in which a row was given leads are known and counted, and a Cap holds in both. What
// comes for one that is older than these counts in Leads alone, and no Cap holds it. A period of
// another kind than the one before, as when the settings of a lookup have changed, begins the count
// anew.
//
// A table may be renamed or dropped; the counters go on under the new name, or go. Counters are
// not purged: what a row was given counts as long as its table is there. A Stuck whose time is
// over is not given out, and goes with the next Purge. Rows of counters whose stored bytes do not
// decode are as if they had had no turn, and so is a lead whose row does not decode: work goes on,
// and Stats.DamagedTurns tells.
//
// # Large bodies
//
// What is made of a body takes memory, for an evaluation several times its size. So
// the bodies larger than LargeBody that an owner has leased at once are bounded together,
// by RunningBytes and DeliveringBytes. One that does not fit waits for the others of its
// kind; smaller ones pass it by.
//
// # What stays in memory
//
// A body that has been stored is mostly claimed soon after. So it also stays in
// memory, up to Bounds.Keep bytes of all bodies, until its first claim (Body, Shelf):
// that saves reading, opening and decompressing it. What a caller has Decoded of a
// payload stays with it. A second claim, a longer queue and another owner read what is
// stored; nothing depends on the memory but speed.
//
// # Time
//
// Whatever is measured within the life of a process, a lease, a waiting time, an
// age, is measured on the monotonic clock: a jump of the wall clock ends no lease,
// holds nothing back and makes no unfinished invocation old; only Purge goes by the
// wall clock. Times are stored in milliseconds.
//
// # What is secret
//
// Payload, callback, callback URL, key, token and munchkin ID are compressed and
// sealed with AES-256-GCM under a random key of each invocation (Sealer; FORMAT.md draws
// the bytes). The key stands by itself and is deleted with the bodies, on delivery or
// purge. Whoever has the store and the key can read the body: the seal is no
// protection of a stolen live store; disk encryption is. What it gives is a quick end of
// deleted data, as far as the store forgets its keys. Hashes of tokens, batch ID,
// campaign ID, host of the callback, counts and error texts are in the clear.
//
// Of a lead that keeps a row no ID is stored, but a hash of it with its rotation, under a random
// key of the store. So nobody reads off a store which leads it knows; who has the store has the
// key, and can try whether it knows a certain one. The cells that name rows, which may be
// the names of colleagues, are in the clear. Unstick erases a lead, as far as a store forgets.
package queue
