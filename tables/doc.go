// Package tables keeps lookup tables and rule sets in versions, durable in a Keeper and ready to be used from memory.
//
// Its nouns:
//
//   - A Table is a named set of rows; its label is what people call it. Each upload, and each Patch of single rows,
//     makes an immutable Version of it; one version is live.
//   - A Lookup says how a table is used: which columns are matched with which
//     lead fields, what several hits mean, and which columns are written where.
//     Lookups live beside the data, in versions of their own, and survive every upload.
//     Until a person sets or confirms the default one it is a guess, made anew from the
//     columns that count; it is no record, and whoever answers by it writes nothing.
//   - A chain is the lookups that one leads to, of any tables: a Catalog has each as a Link.
//     No change is committed after which leads could go round in one.
//   - A RuleSet is a named source text of rules, in versions like a table's; to
//     this package it is only a text.
//   - The Catalog is an immutable description of all tables, their live versions
//     and their lookups, and of all rule sets with their live sources. It is
//     reached through one atomic pointer.
//   - A Pin holds one Catalog: what it names can be read until the Pin is released,
//     whatever is published, dropped or deleted meanwhile.
//   - A Keeper keeps records and rows, and decides nothing: tables/file on bbolt. What it
//     promises, keepertest tests.
//   - The Store decides, and is what callers use.
//
// It is the facade of rooms that know nothing of files, each with one duty:
//
//   - schema: what a table is and how it is used;
//   - scan: reading the rows of a version, through a Reader that the Store gives;
//   - match: a lookup's match entries held against a version;
//   - answers: looking up batches, in memory or on the disk;
//   - check: what an upload is checked for;
//   - view: what people see of rows, and change of them.
//
// The way of a table: a schema.RowSource (a file read by tables/ingest) is imported in
// bounded transactions into a new version, published by moving the live
// pointer, and answered from by an answers.Snapshot:
//
//	RowSource ──Import──► version n ──Publish──► Catalog ──Snapshot──► Answer ──► rows, texts
//
// What tables, rule sets and lookups have in common, a Thing with a Head, stands once: a change
// adds a version, moves the live pointer forth and back, drops what is too old and writes the
// event, on copies of the records of one name; they are committed in one transaction, and the
// catalog that has them is swapped in:
//
//	records of a name ──change──► Commit ──Keeper──► Catalog
//
// A commit names the revisions that it was made for, and is made anew where another process
// was faster. After one of which nobody knows whether it was done, the records are read again,
// so that the catalog is what is kept. Rows and lookups go live in one commit (PublishTogether).
//
// What is deleted can be restored for RestoreTime: its records are kept aside, under the same name
// with a Bin, and count for nothing; those of a lookup stay where they are. The sweeper removes
// them afterwards. Whether somebody uses what is deleted is not for the Store to know.
//
// Who changes a lookup or a rule set on the ground of what he saw says which State that was
// (Expected), and is told by a MovedError that somebody was faster.
//
// Scan, Rows, Values, Find and Diff read versions for people; a Patch makes a new version of
// the live one.
//
// A Draft is rows that are no version yet, one a table and person. It is a Thing of its own
// kind, of which one version is kept: each change takes its rows in anew, as an import does, so that
// they can be searched and have their findings. Beside them stand its Edits, which name the rows
// that it changes by what was in them:
//
//	live version ──PatchDraft──► Draft (rows, Edits) ──PatchDraft──► Draft ──SaveDraft──┐
//	file ──DraftFile──► Draft (rows) ──SaveDraft──► Import                              │
//	                                                                                    ▼
//	the live version of that moment ──Edits.Onto──► Patch, or a MovedError where a row is not as it was
//
// Saving goes the way of a Patch or of an Import, and drops the draft in the same commit.
//
// A cell that a lookup uses as a pattern is compiled when it comes in: one that its mode does not
// understand blocks the version, and SetLookup refuses a lookup that does
// not understand the cells there are. Rows that stand in each other's way under
// the hit policy are findings of the import, with both rows.
//
// Rows go live by a Way of Ways, and only with a pass, which Store.guard gives: one set of guards for all ways,
// every reason at once in a schema.Refusal. A commit that would make rows live without a pass is an error.
// A version keeps its findings, and the versions of the lookups under which those that depend on
// lookups were made; where others are to be live with it, they are made anew first:
//
//	upload ─┐                     lookups, live version, lift
//	publish ┼─► findings of use ──► guard ──pass──► commit
//	restore ┘   (kept, or anew)       └─► Refusal
//
// Old versions go: of uploads and of patches Options.KeepVersions each stay, of a lookup or
// rule set as many versions, and the live one. Their rows wait, doomed, until nobody reads them any more. Who reads
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
// (package boltfile); file.Check verifies all of one that no process has open.
//
// After a failure that leaves unknown what is on the disk a keeper is ErrBroken for good, Failed is
// closed, and the process should stop. What goes wrong in the background is logged, told by
// Background, and tried again.
//
// Caveats: a Catalog that has been taken never changes; a batch that takes all it needs
// from one Pin sees one state of the world. A Snapshot that is not in memory and was not
// taken from a Pin may end with ErrVersionGone. Every cell is the text a person saw in
// the file; types belong to the outputs of a lookup.
package tables
