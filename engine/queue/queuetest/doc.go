// Package queuetest checks a store of invocations against what the contract asks, and
// has a store in memory that is obviously right.
//
// Its nouns:
//
//   - A Backend is a store under test, which is opened and opened again.
//   - A Memory is the model: a store that keeps a list and searches it from the start. Any
//     number of owners may have it open.
//   - A Faulty is a store of which one call fails, before or after its effect.
//
// Run draws random sequences of calls, makes them on the store and on the model, and
// compares what comes back:
//
//	rapid ──► action ──► store ──┐
//	              └────► Memory ─┴─► equal?
//
// It shows that no job is lost, none is claimed twice at once, none is finished
// by a stale lease, one token is one job, claims come in order, and a purge leaves
// nothing behind; and that after a crash whatever was running runs alone and first,
// and nothing is blamed that did not run alone. Further parts have two owners at once,
// where a store allows it, loosen no bound, give turns by many at once, and let every kind of
// call fail. The model keeps a book of turns and adds it up for every question. Time is the
// test's own. A crash falls between two calls; that every write is whole is for the kill
// tests of a store.
package queuetest
