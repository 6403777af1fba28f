// Package shape holds the shapes of the admin API, request and answer, once for the
// service, the command line and the OpenAPI document.
//
// Its nouns are those of the API: Table, Version, Lookup, RuleSet, Invocation, Result,
// Problem and so on, each with its JSON names. A List or a Counts that is empty is told
// as [] or {}, never as null.
//
// The flow:
//
//	api/admin: tables, engine ──describe──► shape ──JSON──► cmd, page, scripts
//	                                          └─ struct tags ──► api/openapi
//
// A field's tag doc is its description in the OpenAPI document and, here, its comment;
// enum lists its values; required is for requests, where a field may be left out
// otherwise. In answers a field may be left out where it has omitempty or omitzero.
//
// Caveats: these are no types of the domain and none of the disk; api/admin turns those
// into these, field by field, and a test sees to it that none is forgotten.
package shape
