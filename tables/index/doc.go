// Package index finds the rows of a table whose cells match the values of a batch of leads.
//
// Its nouns:
//
//   - A Part is one column of a key and the mode in which it is compared.
//   - An Index answers for a list of parts, all of which must hold. It is
//     immutable and serves any number of goroutines.
//   - A tuple is one key to look for: a value for each part. Tuples come in a
//     batch, each once, because the caller has codes for equal ones.
//   - Hits are the rows that match, tuple by tuple.
//
// The flow:
//
//	columns ──Build──► Index ──Probe(batch of tuples)──► Hits
//
// Each mode has its file. hash.go serves the modes in which a match means that
// two texts are equal, after some normal form; a key made of such parts only is
// one hash table. A mode that compares otherwise is an Index of its own, and
// Build is where a mixed key is put together.
//
// Caveats: rows are counted from 0. An empty cell matches nothing but an empty
// value, and that only where the Part says so; in mode Normalized white space is
// empty.
package index
