// Package engine takes requests of leads, evaluates them against tables, and
// delivers the answers.
//
// Its nouns:
//
//   - An Invocation is one accepted request, kept in engine/queue until it is
//     answered. Its bytes are read by engine/request.
//   - A choice is what a marketer set in the flow step; leads with equal choices
//     are a group and are evaluated together.
//   - A plan is a choice bound to one version of its table.
//   - A tuple is one distinct combination of key values in a group; it is looked
//     up once and its record is written once.
//   - A record is the answer to one lead, the callback the answer to a request.
//
// The way of a request:
//
//	Decode ──► Accept ──► queue ──► groups ──► plan ──► tuples ──► Find ──► records ──► callback
//	            (201)     fsync                                                           │
//	                                                      delivered ◄── Post ◄── queue ◄──┘
//
// A request is decoded once, where it is accepted: what has to be checked there is
// what is read later. The decoded form waits in memory beside the stored bytes;
// where it is too much, or the process has been another one since, the bytes are
// read and decoded again.
//
// An evaluation has a turn: it begins in the fast lane, with a place for each
// processor, and after 30 ms goes on in the slow lane, whose few places go round:
//
//	claimed ──► fast lane ──30 ms──► slow lane ◄── known to be slow
//	               │                    │ 10 ms each        no room: back to the queue
//	               └──► callback ◄──────┘
//
// The lookups of a batch share one budget of work; leads that it does not suffice
// for get LOOKUP_TOO_SLOW. Trying leads and a rule set's tests have turns and budgets
// as well.
//
// Caveats: a bad lead is data, not an error: it gets a record with a code and a
// reason, and the others go on. Every lead gets exactly one record, in request
// order, with its id digit by digit as received. The callback is stored before
// its first attempt, so that a retry after an edit of the table sends the same
// bytes.
package engine
