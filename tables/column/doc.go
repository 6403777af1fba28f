// Package column holds text in columns: the cells of a table and the values of a batch of leads.
//
// Its nouns:
//
//   - Cells is a growing column of texts, the way into a Chunk.
//   - A Chunk is an immutable run of at most MaxRows texts, plain or with a
//     dictionary. It has a form in memory and one on disk (see FORMAT.md).
//   - Strings is an immutable column of any length made of chunks.
//   - A Vector is one field of a batch of leads, dictionary-coded; a Builder
//     makes one, again and again with the same memory.
//
// The way of a table's cell and of a lead's value:
//
//	row ──Cells.Append──► Chunk ──Encoder──► bytes on disk ──Decode──► Chunk ──► Strings.At
//	lead ──Builder.Append──► Vector ──► kernels, once a distinct value
//
// Normalize gives the form in which two texts count as the same key. Of most characters it is
// looked up in a table of letters; a text with one that depends on those beside it (a mark
// of its own) is folded and composed as a whole.
//
// Caveats: a text that Strings or a Chunk hands out shares the memory of its
// chunk, thus one small text kept for long keeps a whole chunk. Offsets are 32
// bits wide, thus a chunk holds less than 4 GiB; whoever fills Cells closes the
// chunk long before.
package column
