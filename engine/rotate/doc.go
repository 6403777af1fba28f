// Package rotate says whose turn it is: which of the rows that a lead hits gets it.
//
// Its nouns:
//
//   - A Ledger knows where the rows of all rotations stand: what the store has of them, and
//     what was given since and is not stored yet.
//   - A Booking is what one evaluation gives. It is kept once it is stored, and else taken back.
//   - A Request asks for the rows of some leads in one rotation.
//   - A Keeper is where counters and the rows that leads keep are stored: the queue's store,
//     which takes them in one step with the answer.
//
// The way of a batch:
//
//	Begin ──Choose, Choose──► rows of the leads ──Turns──► Finish of the queue ─┬─ stored ──► Keep
//	                                                                          └─ not ─────► TakeBack
//
// # The order of turns
//
// It is stride scheduling (C. A. Waldspurger, W. E. Weihl: Stride Scheduling, 1995). Each row has
// a pass. Of the rows that a lead hits and that are free the one with the smallest pass gets it,
// of equals the first in the table; then its pass goes on by Whole divided by its weight. So of
// any number of leads each row that is free all the time has its share by weight, but for less
// than one lead for each other row; and no row waits longer than its share makes it.
//
// A pass belongs to the row and not to what the lead hits it by. Where one row is hit by the
// leads of two regions and another by those of one, both count together.
//
// A row is not free while it is away, full, without weight, not valid or not to be read. One that is new, or
// was last seen not free or gone, begins at the smallest pass of the free rows that are hit with
// it, unless its own is larger: it gets no turns for the time in which it was not there, and what
// it had beyond its share counts. Where nobody else is free, those who come back together begin
// at the largest of their passes. A row that was not free while no lead came has missed nothing.
//
// # What a lead keeps
//
// In a sticky rotation a lead gets the row that it had, if the row is still hit and free, and a
// new one else; either is then its row, for as long as the lookup says, from this time on. It
// counts like any other turn: against cap and share. The same lead twice in a batch has one row.
//
// # Several evaluations at once
//
// Answers are evaluated beside each other and wait long for their commit. So the ledger counts
// what has been given as if it were stored: the lock of a rotation is held while rows are
// chosen, and not until they are stored. What is not stored in the end is taken back. After a
// crash nothing counts but what was stored.
//
// An invocation that is evaluated again, because its answer could not be stored, gets the same
// rows again as far as they are still hit and free. That is remembered for the latest of them
// (maxAgain leads together), and by this process.
//
// Several processes with one store know of each other's turns once they read the counters
// again: when a rotation has rested for a moment, and when the store refuses an answer because a cap
// would be exceeded (queue.ErrTurns). Until then each shares its own leads out fairly, and sums of
// fair shares are fair.
package rotate
