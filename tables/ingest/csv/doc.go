// Package csv reads CSV files as people have them, and writes them.
//
// Its nouns:
//
//   - A File is one whose dialect is known: character set, delimiter, and the line with
//     which Excel is told the delimiter. What was not named is found.
//   - Records are its lines, of which a cell in quotes may take in several. They are
//     read any number of times, each time from the beginning.
//   - The scanner cuts records. A line without quotes is cut at its delimiters; the
//     others go to a reader that takes what encoding/csv takes, and guesses where that
//     fails. Every guess is a finding.
//   - A reading is what one candidate for the delimiter makes of the beginning of a file.
//     The best of them is the layout.
//
// The way of a file:
//
//	survey (one pass over all bytes) ──► charset ──► readings ──► layout ──► Records ──► scanner
//
// A layout is a delimiter, and two habits of programs: a backslash before a quote that is
// text, where RFC 4180 doubles it; and whole lines in quotes, as where a program that
// takes another delimiter has saved the file again. Lines above the table and below it do
// not vote for the delimiter, if they are short and what they surround has a header.
// Where nothing gives more than one column, signs that hardly do anything but separate
// (^, ~, control characters) are taken if all lines have equally many; others, like :,
// are told as a doubt.
//
// A cell like ="00501" is the text in its quotes: that is what a spreadsheet program
// shows. What nobody sees, NUL characters and byte order marks, is taken out of cells and
// told.
//
// A charset is told by a mark, by NULs at every other byte (UTF-16), by the escapes of
// ISO-2022-JP or by being UTF-8; where none of this holds, package charset guesses by
// a sample of the lines with bytes beyond ASCII. The rates are in UPLOADS.md, and
// encoding_test.go holds them.
//
// A quote never swallows lines where another reading gives the right number of cells; a
// record is bounded in bytes and cells, and second readings of it by what was read, so
// that no file makes more work than a few passes over it.
//
// Write gives a file that is read back cell for cell. Its mark for defused cells is the
// end of the file: CR LF, where the header ends with LF. CSV readers do not see the
// difference, and hardly another writer makes both by chance.
package csv
