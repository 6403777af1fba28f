// Package delivery posts one callback safely, says what the outcome means, and knows when to try again.
//
// The nouns:
//
//   - a [Sender] posts callbacks: it holds the list of allowed hosts, the guard over addresses and one pool
//     of connections;
//   - a [Callback] is what is posted: address, key, token and the stored bytes;
//   - an [Outcome] is what one attempt came to; its [Verdict] says what kind of answer that was;
//   - a [History] sums up the attempts before; a [Decision] is what becomes of the delivery now, computed by
//     [Decide] from history, outcome and age;
//   - a [Schedule] is the row of waiting times between attempts;
//   - [Breakers] hold one circuit breaker a host, so that a dead host is asked once in a while instead of
//     once a delivery.
//
// The flow of one delivery; nothing here keeps a delivery, the caller does:
//
//	CheckURL at acceptance ── refused: 400
//	      │
//	      ▼                    ┌───────────────── open: wait until then, no attempt used ───┐
//	Breakers.Allow(Host(url)) ─┤                                                            │
//	      ▲                    └─ ok ─► Sender.Post ─► Breakers.Report ─► Decide ─┬─ FateDelivered
//	      │                                                                       ├─ FateProbably
//	      │                                                                       ├─ FateDead
//	      └────────────────────────── after Decision.After ◄── FateRetry ─────────┘
//
// # Where a callback may go
//
// A callback carries a key and a one-time token, and its address comes from outside, so two doors stand in
// the way. The first is the URL: https, a host of the list, port 443 unless the list names another, no user
// info. The second is the address: every connection passes a guard that runs after the name was resolved and
// before the socket connects, so a name that first points to a public address and then to a private one
// gains nothing. The guard refuses every range that is not the public internet, the metadata services of the
// clouds and our own listener. Redirects are not followed, proxies of the environment are not used.
//
// [Options.AllowPrivate] is for development and for networks of one's own: plain http, loopback and private
// addresses (RFC 1918, fc00::/7) are then let through, and localhost and literal loopback or private
// addresses need no entry in the list. Link-local, shared, documentation and reserved ranges, metadata
// services and our own listener stay closed even then.
//
// # Answered, not answered, perhaps received
//
// An attempt that got a status line is judged by its status. An attempt without one is ambiguous when the
// request's headers had been written: the other side may have read it all and used up the token, and only
// its answer was lost. Errors before that point (name, connection, TLS) are certain: nothing arrived. The
// difference matters once: when a later attempt is answered with a 4xx. See [Decide].
//
// An attempt that this machine had no descriptor or memory for is [Outcome].Short: it is none, blames nobody,
// and is made a little later.
//
// # Secrets
//
// [Outcome.Err] and [URLError] are written to be stored and shown. They are made of this package's own words,
// the host and the operating system's error; they never hold the token, the key, the path or query of the URL
// or anything that the other side sent.
//
// One leak is out of this package's reach: where a host sends bytes that nobody asked for on an idle
// connection, net/http quotes them to the standard logger ("Unsolicited response received on idle HTTP
// channel"). The program must not let that line into its logs.
package delivery
