// Package archive keeps what a service has on its disk in one file: a backup.
//
// Its nouns:
//
//   - A Source is a file that can copy itself while it is in use: a store.
//   - An Archive is copies of all sources, of one moment, with a Manifest that names
//     them with their lengths and checksums.
//
// The way of a backup:
//
//	sources ──open all──► copies on this disk ──► Manifest, checksums ──► tar ──► client
//
// All sources have opened their transaction before the first byte is copied, in the
// order in which they are given; so what a later one has may be younger than what an
// earlier one has, by the time it takes to open a transaction, and never older. Give the
// one first that refers to the others: the queue, whose invocations name versions of
// tables. The transactions end with the local copy. A client that reads slowly holds up
// files of ours, and no store.
//
// The way back:
//
//	tar ──► Manifest ──► each file beside its checksum ──► folder
//
// Read trusts nothing: a name that the caller does not expect, a length or a checksum
// that differs, a file that is missing, surplus or cut short ends it with an error that
// says which. FORMAT.md draws the bytes.
//
// Caveat: an archive holds what the folder holds, keys and personal data too. Keep it as
// you keep the folder.
package archive
