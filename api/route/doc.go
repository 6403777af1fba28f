// Package route says what may be asked of the service, by whom, and how much of it.
//
// Its nouns:
//
//   - A Route is one method of one path with its handler: whose Keys open it, for which
//     Role it is meant, its Limits, and its Doc, of which the OpenAPI document is made.
//   - A Table holds all routes. Whatever decides something for a route looks it up
//     there: the gate before a byte of a body is read, the handlers' chain (credentials,
//     body, attendance), the document and the tests.
//
// The flow:
//
//	packages that handle ──Routes()──► Table ──┬─► gate: headers ► Find ► Limits
//	                                           ├─► chain of handlers, one a route
//	                                           └─► OpenAPI document
//
// Caveats: paths are written as fiber takes them (":name" is one part, a "*" at the end
// is the rest) and compared byte by byte, before any percent sign is decoded. What is
// nowhere in the Table is Elsewhere: a key is asked for, no body is read.
package route
