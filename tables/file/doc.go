// Package file keeps the records and rows of a table store in one bbolt file, whose bytes
// FORMAT.md draws.
//
// Its nouns:
//
//   - A Keeper is the open file. It is a tables.Keeper; tables.Open makes a store of it.
//   - A record is one value of the file but a chunk: a version byte, a checksum over where it
//     stands and what it says, and the content. Each kind has a type of its own here, so
//     that neither the interface nor the catalog changes what is on the disk.
//   - A storage is the chunks of one version of a table, in segments, which are what one
//     transaction of the sweeper removes.
//   - A lease is the mark of an import under way, in the record that says that a storage is
//     nobody's. It names the opening of the file to which the import belongs: the file is locked
//     while it is open, so a lease of another opening is that of a process that has ended.
//   - A format is what the file says of itself. One of an earlier format is first written
//     beside it, and then taken over in one transaction.
//
// Everything is written in one way, Keeper.write: after a failure that leaves unknown what
// is on the disk it is ErrBroken for good.
//
// Whatever is damaged is told and left where it is: a record whose checksum differs, one
// that is missing, a page. Check verifies all of a file that no process has open.
package file
