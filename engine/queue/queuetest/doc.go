// Package queuetest checks a store of invocations against an obvious model of one.
//
// Its nouns: a Store is what the engine uses of a queue; a Backend opens one and
// opens it again. Run draws random sequences of calls, makes them on the Store
// and on the model, and compares what comes back:
//
//	rapid ──► action ──► Store ──┐
//	              └────► model ──┴─► equal?
//
// It shows that no job is lost, none is claimed twice at once, none is finished
// by a stale lease, one token is one job, claims come in order, and a purge leaves
// nothing behind; and that after a crash whatever was running runs alone and first,
// and nothing is blamed that did not run alone. Time is the test's own. A crash
// falls between two calls; that every write is whole is for the kill tests.
package queuetest
