// Package api is the HTTP server around the handlers: credentials, bodies,
// errors, health.
//
// Its nouns:
//
//   - The Server listens and routes: Marketo's side at the root (api/ssfs), people's
//     side under /api/v1 (api/admin) and the web page under /ui/ (api/ui).
//   - A Key proves who is calling: API keys for Marketo, the admin key for people.
//   - A body limit stands before every route that reads a body.
//   - Readiness (ready.go) is told to everybody by a code, and to people in words.
//   - One table turns errors into statuses (errors.go).
//
// The order of a request:
//
//	recover ► credentials ► body limit ► handler ► error ► status
//
// Caveats: bodies are streamed by the server, so credentials are checked before a
// body is read, and fiber's own limit does not hold; only the limit here does.
// fiber's way of reading a body unpacks compressed ones past every limit, thus a
// Content-Encoding is refused before anybody can.
package api
