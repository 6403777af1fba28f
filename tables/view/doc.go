// Package view is what people see of the rows of a version, and how they change single
// ones.
//
// Its nouns:
//
//   - A Side is one version with what reads its rows.
//   - A Query asks for a Page of rows: searched, sorted, counted.
//   - A Diff tells what became of the rows of one version in another; Compare makes it.
//   - A Patch is a change of single rows, found by their key. Applied to the rows of a
//     version, it is the source of a new one.
//
// The way of a patch:
//
//	scan.Rows of the live version ──Patch.Apply──► Patched, a schema.RowSource ──► an import
//
// Caveats: rows are numbered from 1. Compare takes rows with equal hashes for equal
// (package match). A Page or a Diff reads whole columns: they are for people, one at a
// time.
package view
