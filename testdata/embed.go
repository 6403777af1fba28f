// Package testdata carries the sample tables, their lookups and the sample leads
// that the demo and the tests work with.
//
// Its nouns:
//
//   - A sample table is tables/NAME.csv: UTF-8, commas, LF, a header row. The
//     key columns come first and hold one alias a row; no two rows have the same
//     key once letter case and white space are set aside.
//   - A lookup is tables/NAME.lookup.json: how the table of that name is used,
//     in the shape that the admin API takes.
//   - A workbook is tables/NAME.xlsx: the table of that name again, as a
//     spreadsheet program would hold it. Read well, it gives the cells of the
//     CSV file, text for text.
//   - A lead is a row of leads.csv: 1,000 invented people under Marketo's field
//     names, with the mess that real forms leave behind.
//
// The tables are written by hand from facts; the workbook and the leads are
// derived, and rewritten by
//
//	go test ./testdata -update
//
// Caveats: the go tool leaves this folder out of ./..., so its tests run only
// where ./testdata is named. In country-codes.csv the codes AF, AS, GA, LA, ME,
// NA and SA are not aliases, because a form that says NA or SA rarely means
// Namibia or Saudi Arabia. E-mail domains that look like companies end in
// .example or are example.com, .net and .org; local parts at real providers end
// in .sample and a number, so that no mailbox of a real person is named.
package testdata

import "embed"

// Files holds the tables, the lookups and the leads, by the names above.
//
//go:embed tables/*.csv tables/*.xlsx tables/*.lookup.json leads.csv
var Files embed.FS
