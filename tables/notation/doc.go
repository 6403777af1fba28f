// Package notation knows how people write numbers and dates, and spells them anew in the
// one way that the rest of the program reads.
//
// Its nouns:
//
//   - Numbers is a convention: which sign stands between groups of three digits, and which
//     before the decimals. Dates is one for the order of day, month and year.
//   - A spelling is the plain form: 1234.5 for a number, 2024-03-31 for a day. It is what
//     schema.ParseNumber and schema.ParseDate read.
//   - A survey looks at all cells of a column and decides which convention they keep.
//
// The way of a cell, or of a lead's value:
//
//	text ──convention──► spelling ──schema──► number or date
//	          ▲
//	all cells ──survey──┘   once, at the upload
//
// A text that is no number in a convention has no spelling: it is never guessed. One that
// is a number in several, and not the same one, is Ambiguous; who reads it says what was
// assumed.
package notation
