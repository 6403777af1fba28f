// Package testdata carries the sample tables, their lookups and the sample leads
// that the demo and the tests work with.
//
// Its nouns:
//
//   - A sample table is tables/NAME.csv: UTF-8, commas, LF, a header row. The
//     key columns come first and hold one alias, pattern, range or condition a
//     row; no two rows have the same key once letter case and white space are set
//     aside.
//   - A lookup is tables/NAME.lookup.json: how the table of that name is used,
//     in the shape that the admin API takes. TABLE.LOOKUP.lookup.json is one
//     more lookup of a table.
//   - Examples are tables/NAME.examples.json beside a lookup: leads, and what
//     the lookup writes for each. matched says whether a row hit; want
//     holds all fields that are written, also by default; error is the code of a
//     record that fails. A field that a lead lacks is absent.
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
// Namibia or Saudi Arabia.
//
// Which table shows what:
//
//	country-codes        normalized, first; lookup typos: fuzzy, best
//	states-provinces     normalized, two columns
//	territories          normalized, unique
//	currencies           exact, unique; reads countryCode2, which country-codes writes
//	free-mail            domain, best
//	email-sectors        suffix, best
//	phone-countries      prefix, best
//	networks             cidr, best
//	company-sizes        range in two columns, unique
//	score-grades         range in one column, unique
//	utm-channels         wildcard, two columns, first
//	role-addresses       wildcard, first
//	junk-values          regex, first
//	title-levels         words, priority
//	title-functions      words, priority
//	industries           words, any
//	territory-rules      condition, four columns, first
//	lead-scores          condition, four columns, collect: sum, and its lookups
//	                     reasons (list), signals (count), strongest (max) and
//	                     weakest (min); reads jobLevel and emailKind, which
//	                     title-levels and free-mail write
//
// In a table of mode words, a row with a lower priority is how one says "but
// not": `assistant to` (10, Staff) comes before `vice president` (60, VP), and
// `vice president` before `president` (70, C-Level). Words are whole words, so
// intern is neither in Internal nor in International. In phone-countries a number
// must start with + or 00 and its calling code, behind which a space, hyphen,
// full stop or bracket may stand; +1 without an area code of Canada, the
// Caribbean or the Pacific counts as the United States, toll-free numbers among
// them, and a mobile number of an island that shares a code counts as the larger
// country. XK stands for Kosovo, which has no ISO code; satellite and other
// numbers of no country have an empty alpha-2, which leaves the field alone. The
// networks hold 0.0.0.0/0 and 2000::/3 as public, so that what is no address is a
// miss and not public.
//
// The function isFreemail of rules is written from free-mail.csv, which is the only list
// of such domains: go test ./engine/rules -run FreeMailTable -update.
//
// E-mail domains that look like companies end in .example or are example.com,
// .net and .org; local parts of leads at real providers end in .sample and a
// number, so that no mailbox of a real person is named.
package testdata

import "embed"

// Files holds the tables, the lookups, the examples and the leads, by the names
// above.
//
//go:embed tables/*.csv tables/*.xlsx tables/*.lookup.json tables/*.examples.json leads.csv
var Files embed.FS
