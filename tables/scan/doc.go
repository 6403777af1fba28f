// Package scan reads the rows of one version, row group by row group, from whatever
// keeps them.
//
// Its nouns:
//
//   - A Reader gives the encoded chunks of a version. Whoever keeps rows implements it:
//     a file, a database, memory. Everything that answers, checks or shows rows reads
//     through it and knows nothing else of the place where they are.
//   - Each decodes columns group by group, in order; Group decodes those of one group.
//   - A Pass is one walk over the rows that several Tasks look at together.
//   - A Picker fetches the cells of single rows and nothing else of their groups.
//   - Rows yields all rows one by one, for what wants a schema.RowSource.
//
// The way of a cell:
//
//	Reader ──chunk, lent──► column.Decoder ──► Chunk of a group ──► Each, Pass, Rows
//	                                      └──► some of its rows ──► Picker
//
// Caveats: rows and groups are counted from 0, but for the Number of a Row, which is for
// people and begins at 1. What a Reader lends is gone when the function that it was lent
// to returns; decoded chunks are copies and may be kept.
package scan
