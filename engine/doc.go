// Package engine takes requests of leads, evaluates them against tables, and
// delivers the answers.
//
// Its nouns:
//
//   - An Invocation is one accepted request, kept in engine/queue until it is
//     answered. Its bytes are read by engine/request.
//   - A choice is what a marketer set in the flow step; leads with equal choices
//     are a group and are evaluated together.
//   - A world is all that a batch is answered from, as it was when its evaluation
//     began: tables, rule sets, field mapping, time. Its versions stay until it ends.
//   - A plan is a choice bound to one version of its table, that of the world.
//   - A tuple is one distinct combination of key values in a group; it is looked
//     up once and its record is written once. Where an output looks at what the lead has,
//     leads of one tuple differ by which outputs are held back: a variant is both, and has
//     one record. Where one value has several parts, these are looked up in its place,
//     each once for all leads, and joined to the answer of the tuple.
//   - A chain is the lookups that leads may come to from the one of a choice, by its then and
//     else. A hop is one of them with what it came to: each is looked up once, for all leads
//     that come there by whatever way, behind those that lead to it. What a lead was given by
//     earlier ones lies as an overlay over its fields.
//   - A program is one version of a rule set, compiled: once, where it is saved or
//     where a batch first asks for it, and under no lock that batches take.
//   - A record is the answer to one lead, made once and written in two forms: as a part
//     of the callback, which is the answer to a request, and flat (Record), for whoever
//     goes on with it. A Code says why it failed; Codes explains them all. By a lookup that
//     nobody has confirmed it succeeds, tells what would be written, and writes nothing.
//   - An Event is something that happened, for metrics, history and audit.
//
// The way of a request:
//
//	                                └───────────────── one world ────────────────┘
//	Decode ──► Accept ──► queue ──► groups ──► plan ──► tuples ──► Find ──► records ──► callback
//	            (201)     fsync                  ▲                   │                    │
//	                                             └─ then, else ──────┘                    │
//	                                                      delivered ◄── Post ◄── queue ◄──┘
//
// A request is decoded once, where it is accepted: what has to be checked there is
// what is read later. The decoded form waits in memory beside the stored bytes;
// where it is too much, or the process has been another one since, the bytes are
// read and decoded again.
//
// Trying leads goes the same way from groups to records, and explains them by the
// plans and tuples that are still at hand, before the world is let go.
//
// The way of a rule set:
//
//	source ──► compile, own tests, cost ──► offered ──► stored ──► live
//	                 │ one world               └── programs ◄── batches
//	                 └──► RuleSetError
//
// What was checked is what answers. The program is at hand before the version is live,
// so that no batch waits for it; where it has been dropped since, the first batch
// compiles it again, and those that want the same version wait for that one.
//
// Events are told by a goroutine of their own, one after the other. Nobody waits for the
// observer: beyond 4,096 that wait they are lost, and EventLost says how many.
//
// What is no lead's fault ends a whole batch, with a code of its own: BATCH_INVALID
// where the request is at fault (it cannot be read, has too many leads or takes too much
// memory), BATCH_FAILED where it is sound and no answer could be made (the answer is
// larger than the queue takes, evaluation failed three times, or ended the process ten
// times), BATCH_EXPIRED where it took too long. What trying again would not change is
// answered at once. A request that is refused for its size is accepted all the same, so
// that no lead waits; then a '!' and the reason are stored in place of its bytes.
//
// Memory: large requests and answers (above 1 MiB) are bounded together where they are
// accepted, claimed, made and sent (bound.go, queue.Bounds); small ones are bounded by
// their numbers and wait for none of them. What a large one took is not used again, and
// after some have come the memory goes back to the system.
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
