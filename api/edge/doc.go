// Package edge keeps the doors open: it accepts connections whoever comes, and holds
// on to no more of them than there are descriptors for.
//
// Its nouns:
//
//   - A Listener stands around the real one. It never gives up for a reason that
//     passes, and never has more connections open than it may.
//   - A Conn is one connection. It is unproven until a request with a right key came
//     over it, and then proven; while a proven request is under way it is busy, else
//     it waits for its client.
//   - An address is who a client is to a cap: an IPv4 address, or the /64 of an IPv6
//     one, since a /64 is what one customer gets.
//   - A trusted proxy speaks for many clients. Its connections are not capped by
//     address; the requests under way of each address that it forwards for are.
//
// The flow of a connection:
//
//	accept ─► cap in all, cap by address ──┬─► handed to the server ─► closed
//	   ▲            │ reached              │
//	   │            ▼                      │
//	   │      the oldest that waits is ────┘
//	   │      closed; if none: 503
//	   └── EMFILE, ENFILE, ENOBUFS, ENOMEM, …: one that waits is closed, a pause
//	       from 5 ms to 1 s, and again
//
// # Who goes when a cap is reached
//
// Refusing the newcomer is what most servers do, and it is what an attacker wants:
// 1,100 connections without a byte then keep everybody else away until a timeout.
// Here the newcomer comes in, and the connection that has waited longest goes:
//
//  1. unproven ones: nothing sent yet, headers unfinished, a body on its way before
//     its headers were judged, an answer already given to a client without a key,
//     the last second of a connection that is being closed. One row, by the time at
//     which the wait began; a byte now and then does not renew it.
//  2. only where there is none of these, proven ones that are idle, by the same rule.
//  3. busy ones never. Where all are busy the newcomer is told 503 and closed.
//
// A plain client is unproven for one round trip. To push it out within that time an
// attacker must open as many new connections as the cap allows, which at a cap of
// 1,000 and a round trip of 50 ms is 20,000 a second, all through the one queue of
// the kernel in which the plain client waits as well. Nothing better can be known of
// a client that has said nothing. The attacker may come from the plain client's own
// address (a proxy that is not trusted, an office): the rule within an address is the
// same one. The cap by address, a quarter of all, is there so that one address never
// makes connections of another go: three addresses have to be full before the cap in
// all is felt.
//
// A connection that is pushed out still has its descriptor until its goroutine has
// noticed, so the newcomer waits for that (a moment); the caps hold for descriptors,
// not for intentions.
//
// # Lingering
//
// A connection that is closed while its client still sends is reset by the kernel,
// and with it goes the answer that the client has not read yet. A Conn that was told
// to Linger therefore ends its own side first, reads what comes for a second at most,
// whatever the pace, and closes then. It waits as an unproven one in that time.
package edge
