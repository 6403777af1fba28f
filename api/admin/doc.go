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
//	POST   /preview                                the first lines of a file
//	GET    /tables/{t}/rows                        PATCH /tables/{t}/rows
//	GET    /tables/{t}/columns/{c}/values          POST  /tables/{t}/columns/{c}
//	GET    /find                                   in all tables
//	GET|POST|DELETE /tables/{t}/draft              of the person who asks; POST: a file
//	GET|PATCH /tables/{t}/draft/rows               POST /tables/{t}/draft/save
//	GET    /tables/{t}/diff                        GET /tables/{t}/export
//	GET    /tables/{t}/history                     GET /tables/{t}/usage
//	GET|PUT|DELETE /tables/{t}/lookups/{l}         POST /tables/{t}/lookups/{l}/restore
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
// 422, and taken with force=true; what is slow is among the warnings. What somebody uses is
// deleted with force=true only (uses.go).
//
// A GET of a lookup or a rule set has an ETag, and a change that brings it along as If-Match
// is made to that state or not at all (ifmatch.go): 412 then tells what is there now.
//
// A mistake is told with the way out: a name in the path that nothing has with the one that
// was meant or with those that there are (unknown.go), JSON that cannot be read with line,
// column and caret (package strict), and a setting that a check behind it refuses with its
// place in the body (placed.go).
//
// Caveats: an upload is streamed into a file of its own before it is read; the
// client's file name is only ever part of a message. Eight are received at once, two
// imported: what waits for a client never holds the place of what waits for none. Two
// walks over rows (a search, a sort, values, find) are made at once, others wait, each at most
// 30 seconds in all; what they hold in memory is told in package view.
// An evaluation ends when its client has gone, and an upload that is cut is not stored.
package admin
