// Package tables keeps lookup tables in versions, durable in bbolt and ready to be matched in memory.
//
// Its nouns:
//
//   - A Table is a named set of rows. Each upload makes an immutable Version
//     of it; one version is live.
//   - A Lookup says how a table is used: which columns are matched with which
//     lead fields, what several hits mean, and which columns are written where.
//     Lookups live beside the data and survive every upload.
//   - The Catalog is an immutable description of all tables, their live versions
//     and their lookups. It is reached through one atomic pointer.
//   - A Snapshot is one version with its columns and indexes, immutable, loaded
//     on first use.
//   - The Store holds them all in one file, whose bytes FORMAT.md draws.
//
// The way of a table: a RowSource (a file read by tables/ingest) is imported in
// bounded transactions into a new version, published by moving the live
// pointer, and answered from by a Snapshot:
//
//	RowSource ──Import──► version n ──Publish──► Catalog ──Snapshot──► Find ──► rows
//
// Find takes the key columns of a batch and gives one answer a row of the
// batch; Gather fetches the cells of the rows that were hit. Scan, Rows and Diff
// read a version for people; a Patch makes a new version of the live one.
//
// Caveats: a Catalog or Snapshot that has been taken never changes; a batch that
// takes one of each sees one state of the world. Every cell is the text a
// person saw in the file; types belong to the outputs of a lookup. Rows are
// numbered from 1 for people (RowCells, Warning) and from 0 for machines (Found,
// Gather). Rows are told apart by 64-bit hashes with a random seed where they are
// only counted or warned of (Diff, DUPLICATE_KEY); Find compares the texts.
package tables
