// Package ui serves the web page under /ui/: static files that are a client of the admin API.
//
// Its nouns:
//
//   - An asset is one embedded file with its content type and its ETag.
//   - The page is static/index.html, one style sheet and a few ES modules, one
//     a view: tables.js (the list, one table), upload.js (a file on its way
//     in), lookup.js (the editor), tryout.js (a lead and its answer). They
//     stand on api.js (the admin API as functions), dom.js (how elements are
//     made) and words.js (every choice and how it is said).
//
// The way of a visit:
//
//	browser ──GET /ui/…──► a route's handler ──► asset
//	   └────── /api/v1 with the key of the tab ──► api/admin
//
// The page is written by hand and served as it is written: there is no build
// step, nothing is fetched from elsewhere, and the Content-Security-Policy
// allows neither inline scripts nor inline styles. Data becomes text nodes,
// never markup.
//
// Caveats: the files are open to everyone, as they hold nothing secret; the key
// is typed by a person, checked by the admin API and kept in the browser's
// session storage. The page finds the API relative to its own address, so both
// must be served below the same path.
package ui
