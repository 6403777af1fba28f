// Package view is what people see of the rows of a version, and how they change single
// ones.
//
// Its nouns:
//
//   - A Side is one version with what reads its rows.
//   - A Query asks for a Page of rows: searched, by conditions, sorted, counted.
//   - Values are the most frequent texts of a column; Found is where a text stands.
//   - A Diff tells what became of the rows of one version in another; Compare makes it.
//   - A Patch is a change of single rows, found by their numbers or by their key. Applied
//     to the rows of a version it is Patched, the source of a new one.
//   - Edits are what several patches have made of a version, one after the other: a draft.
//     They can be made in another version, where its rows are found by their cells.
//
// The way of a patch:
//
//	           by row ─────────────────────────────┐
//	Patch ──┤                                      ├──► Patched, a schema.RowSource ──► an import
//	           by key ──► rows of the key's columns┘         ▲
//	                      (several: SeveralRowsError)     scan.Rows of the version
//
// Caveats: rows are numbered from 1, and all numbers of a patch are those of the version
// that it changes. Compare takes rows with equal hashes for equal (package match), and so does
// ValuesOf with values. All of it walks over whole columns, a row group at a time: it is for people,
// a few at once, and ends with its context. What a walk holds is bounded: it is told at
// Rows and ValuesOf.
package view
