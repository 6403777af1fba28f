// Package check says what is wrong, or looks wrong, with the rows of an upload.
//
// Its nouns:
//
//   - Warnings collects findings, few of each code; what they mean is told by their severity.
//   - Cells looks at the cells of one column while they come in, for what lookups send
//     or count of them; Stats describes the column meanwhile.
//   - A Pattern is a use of a column whose cells a match mode must understand. One that
//     it does not is a BadCell, which blocks a version, and refuses a lookup that is set.
//   - Rows holds all rows of a new version against each other, once they are stored: by
//     their keys, and by what a hit policy makes of rows that one value can hit.
//
// The way of an upload:
//
//	cells ──Stats, Cells, Bad──► stored ──Rows──► Key of the version, Warnings
//
// Use finds in a stored version what depends on its lookups, as the upload of its rows would.
//
// Caveats: rows are counted from 1 in all that a person sees. Rows with equal hashes are
// taken for equal (package match). The search for rows that overlap has bounds in rows,
// bytes and work; what it did not look at is told by a warning of its own.
package check
