// Package tables keeps lookup tables and rule sets in versions, durable in bbolt and ready to be used from memory.
//
// Its nouns:
//
//   - A Table is a named set of rows. Each upload makes an immutable Version
//     of it; one version is live.
//   - A Lookup says how a table is used: which columns are matched with which
//     lead fields, what several hits mean, and which columns are written where.
//     Lookups live beside the data and survive every upload.
//   - A RuleSet is a named source text of rules, in versions like a table's; to
//     this package it is only a text.
//   - The Catalog is an immutable description of all tables, their live versions
//     and their lookups, and of all rule sets with their live sources. It is
//     reached through one atomic pointer.
//   - A Snapshot is one version with its columns and indexes, immutable, loaded
//     on first use.
//   - The Store holds them all in one file, whose bytes FORMAT.md draws.
//
// The way of a table: a RowSource (a file read by tables/ingest) is imported in
// bounded transactions into a new version, published by moving the live
// pointer, and answered from by a Snapshot:
//
//	RowSource ──Import──► version n ──Publish──► Catalog ──Snapshot──► Answer ──► rows, texts
//
// Answer takes the key columns of a batch and gives one answer a tuple with the
// texts of the lookup's outputs. The index of the key (tables/index) says which
// rows match; a fold, which is the hit policy at work, makes one answer of them:
//
//	keys ──Index──► hits of a tuple, in row order ──fold──► Found, texts
//
// A version beyond the memory budget goes through the same fold block by block.
// Find is Answer without the texts, and Gather fetches cells of given rows.
// Nearest explains a miss. Scan, Rows and Diff read a version for people; a Patch
// makes a new version of the live one.
//
// A cell that a lookup uses as a pattern is compiled when it comes in: Import
// refuses one that its mode does not understand, and SetLookup a lookup that does
// not understand the cells there are. Rows that stand in each other's way under
// the hit policy are warnings of the import, with both rows.
//
// A Damage is something stored that is not what was written: a record or a chunk
// whose checksum differs, a record that is missing. It is set aside, everything else
// works, and Store.Damaged names it. A file that cannot be walked at all is ErrDamaged
// (package boltfile); Check verifies all of one that no process has open.
//
// Everything is written in one way, Store.write: after a failure that leaves unknown what
// is on the disk it is ErrBroken for good, Failed is closed, and the process should stop.
//
// Caveats: a Catalog or Snapshot that has been taken never changes; a batch that
// takes one of each sees one state of the world. Every cell is the text a
// person saw in the file; types belong to the outputs of a lookup. Rows are
// numbered from 1 for people (RowCells, Warning) and from 0 for machines (Found,
// Gather, Nearest). Rows are told apart by 64-bit hashes with a random seed where they are
// only counted or warned of (Diff, DUPLICATE_KEY); Find compares the texts.
package tables
