// Package admin is people's side of the service: the REST interface under
// /api/v1 that the web page and the command line use.
//
// Its nouns are those of package tables (table, version, lookup, rule set) and of
// the engine (invocation), in the shapes of package shape. A handler reads the request,
// asks the store or the engine, and describes what they say (describe*.go); no type of
// theirs is sent. Errors are turned into statuses by package api. The routes, with their
// limits and roles, stand in routes.go:
//
//	GET    /info                                   GET /functions
//	GET    /backup                                 all that is durable
//	GET    /tables                                 GET|DELETE /tables/{t}
//	POST   /tables/{t}/restore
//	GET    /tables/{t}/versions                    POST /tables/{t}/versions   upload
//	POST   /tables/{t}/live                        publish, or roll back
//	GET    /tables/{t}/rows                        PATCH /tables/{t}/rows
//	GET    /tables/{t}/diff                        GET /tables/{t}/export
//	GET    /tables/{t}/history
//	GET|PUT|DELETE /tables/{t}/lookups/{l}
//	GET    /tables/{t}/lookups/{l}/versions        POST /tables/{t}/lookups/{l}/live
//	GET    /rulesets                               GET|PUT|DELETE /rulesets/{r}
//	POST   /rulesets/{r}/restore                   GET /rulesets/{r}/versions
//	POST   /rulesets/{r}/live                      POST /rulesets/{r}/test
//	GET    /rulesets/{r}/diff                      GET /rulesets/{r}/export
//	GET    /rulesets/{r}/history
//	POST   /evaluate                               nothing is stored or sent
//	GET    /invocations                            GET /invocations/{id}
//	POST   /invocations/{id}/replay                POST /invocations/replay    all of a time span
//
// What would be far too slow (a lookup, an upload, a rule set) is refused with 409 or
// 422, and taken with force=true; what is slow is among the warnings.
//
// A mistake is told with the way out: a name in the path that nothing has with the one that
// was meant or with those that there are (unknown.go), JSON that cannot be read with line,
// column and caret (package strict), and a setting that a check behind it refuses with its
// place in the body (placed.go).
//
// Caveats: an upload is streamed into a file of its own before it is read; the
// client's file name is only ever part of a message. Eight are received at once, two
// imported: what waits for a client never holds the place of what waits for none.
// An evaluation ends when its client has gone, and an upload that is cut is not stored.
package admin
