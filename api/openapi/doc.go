// Package openapi describes the admin API: an OpenAPI 3 document made of its routes and
// shapes, and the page that shows it.
//
// Its nouns:
//
//   - Info is what differs a deployment: title, version, address.
//   - Describe makes the document. Its paths, parameters, limits and statuses come from
//     the routes; its components from the structs of package shape by reflection, those
//     of requests (…Input, where fields may be left out) apart from those of answers.
//   - A Page is Swagger UI as swaggest/swgui embeds it, with a policy that lets it load
//     what it brings along and nothing else.
//
// The flow:
//
//	route.Route ─┐
//	             ├─► Describe ─► /api/v1/openapi.json ◄─ fetch ─ Page at /api/v1/docs
//	shape structs┘
//
// Caveats: the document is as true as what it is made from; the tests of package api hold
// it against recorded requests and answers of every route.
package openapi
