// Package api is the HTTP server around the handlers: credentials, bodies,
// errors, health.
//
// Its nouns:
//
//   - The Server listens and routes: Marketo's side at the root (api/ssfs), people's
//     side under /api/v1 (api/admin) and the web page under /ui/ (api/ui).
//   - The table of routes (api/route) says of each who may ask, how large a body may be
//     and how long all may take. Nothing here decides any of that by itself.
//   - Keys prove who is calling: API keys for Marketo, admin keys for people (key.go).
//   - The gate judges a request by its headers and takes the body away from whoever
//     showed no key that opens the route (gate.go); package edge holds the connections.
//   - A body is taken in within the limits of its route (body.go), a large one in the
//     room that all large ones share (room.go).
//   - Readiness (ready.go) is told to everybody by a code, and to people in words.
//   - One table turns errors into statuses (errors.go).
//   - The admin API is described by a document and a page (described.go, api/openapi);
//     its shapes stand in api/shape.
//
// The order of a request:
//
//	headers ► route ► gate ─┬─ its key ──► first 8 KB of the body ─┐
//	                        └─ none: no body, Connection: close ───┴► recover ► credentials ► body ► handler ► error ► status
//
// How long what may take (a body and an answer: where the route says nothing else):
//
//	headers, from the first moment       10 s     everybody
//	a body                               30 s     after a key that opens the route
//	one that is paced, such as an upload 30 min   in its handler, and only while 32 KB come
//	                                              in every 30 s
//	an answer                            10 s     2 min of a route that needs a key
//	what is sent after an answer         1 s      whatever the pace (edge.Conn.Linger)
//	between two requests                 2 min
//
// Caveats: bodies are streamed by the server, so fiber's own limit does not hold;
// only the limit here does. fiber's way of reading a body unpacks compressed ones past
// every limit, thus a Content-Encoding is refused before anybody can. The server reads
// a first piece of the body, and sends 100 Continue, before any handler runs, thus the
// gate. Where it cannot read a request it quotes it in its error, thus our own texts.
package api
