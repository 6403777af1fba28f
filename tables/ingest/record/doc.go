// Package record says what the readers of all formats give: the records of a file, one
// after the other, and what was found about their cells.
//
// Its nouns:
//
//   - A Record is a line of a CSV file or a row of a sheet, with the cells as a person
//     saw them. A Finding is something about one of its cells that a person should know.
//   - Limits bound what one file may cost.
//   - Defuse makes a text safe for programs that take it for a formula; Undefuse takes
//     that away again.
//
// Refuse words why a file is no table, so that all readers say the same.
package record
