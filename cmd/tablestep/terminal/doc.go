// Package terminal prints for people: it knows whether somebody may be looking, how wide
// what they look at is, and how many places a text takes on it.
//
// Its nouns:
//
//   - A stream is a terminal, or it is a file, a pipe or a buffer, which has no width.
//   - A table is rows of texts with aligned columns, the first row being the header.
//     On a terminal it fits the width: long cells are broken into lines, between words
//     where that is possible, and nothing is left out. Where even narrow columns have no
//     room beside each other, each row becomes a paragraph. Elsewhere a row is one line.
//
// Widths are in places: wide East Asian letters and most emoji take two, marks over a
// letter none. What would move the cursor or hide text is replaced in every cell, since
// names and cells are strangers' text.
package terminal
