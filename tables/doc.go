// Package tables keeps lookup tables and rule sets in versions, durable in bbolt and ready to be used from memory.
//
// Its nouns:
//
//   - A Table is a named set of rows. Each upload, and each Patch of single rows,
//     makes an immutable Version of it; one version is live.
//   - A Lookup says how a table is used: which columns are matched with which
//     lead fields, what several hits mean, and which columns are written where.
//     Lookups live beside the data and survive every upload.
//   - A RuleSet is a named source text of rules, in versions like a table's; to
//     this package it is only a text.
//   - The Catalog is an immutable description of all tables, their live versions
//     and their lookups, and of all rule sets with their live sources. It is
//     reached through one atomic pointer.
//   - A Pin holds one Catalog: what it names can be read until the Pin is released,
//     whatever is published, dropped or deleted meanwhile.
//   - The Store holds them all in one file, whose bytes FORMAT.md draws.
//
// It is the facade of rooms that know nothing of the file, each with one duty:
//
//   - schema: what a table is and how it is used;
//   - scan: reading the rows of a version, through a Reader that the Store gives;
//   - match: a lookup's match entries held against a version;
//   - answer: looking up batches, in memory or on the disk;
//   - check: what an upload is checked for;
//   - view: what people see of rows, and change of them.
//
// The way of a table: a schema.RowSource (a file read by tables/ingest) is imported in
// bounded transactions into a new version, published by moving the live
// pointer, and answered from by an answers.Snapshot:
//
//	RowSource ──Import──► version n ──Publish──► Catalog ──Snapshot──► Answer ──► rows, texts
//
// Scan, Rows and Diff read a version for people; a Patch makes a new version of the
// live one.
//
// A cell that a lookup uses as a pattern is compiled when it comes in: Import
// refuses one that its mode does not understand, and SetLookup a lookup that does
// not understand the cells there are. Rows that stand in each other's way under
// the hit policy are warnings of the import, with both rows.
//
// Old versions go: of uploads and of patches Options.KeepVersions each stay, and the
// live one. Their rows wait, doomed, until nobody reads them any more. Who reads
// them is known without a list of readers a version: a batch counts itself at the
// catalog that it takes (a Pin, two atomic additions), and who reads one version for
// a person counts himself at its storage:
//
//	catalog 7, current        pins 12
//	catalog 6, retired        pins  2   keeps the versions that were live in it, one a table
//	catalog 5, retired        pins  0   forgotten
//	storage 31, being read    readers 1 keeps itself: an export, a diff, a page, an import
//
// The sweeper removes a doomed storage once it is live in no catalog that is current
// or pinned, and nobody reads it. So a Pin that is held for long costs disk, at most
// one version of each table, and holds up nothing; and none outlives the process: at
// the next start all that is doomed goes.
//
// A Damage is something stored that is not what was written: a record or a chunk
// whose checksum differs, a record that is missing. It is set aside, everything else
// works, and Store.Damaged names it. A file that cannot be walked at all is ErrDamaged
// (package boltfile); Check verifies all of one that no process has open.
//
// Everything is written in one way, Store.write: after a failure that leaves unknown what
// is on the disk it is ErrBroken for good, Failed is closed, and the process should stop.
//
// Caveats: a Catalog that has been taken never changes; a batch that takes all it needs
// from one Pin sees one state of the world. A Snapshot that is not in memory and was not
// taken from a Pin may end with ErrVersionGone. Every cell is the text a person saw in
// the file; types belong to the outputs of a lookup.
package tables
