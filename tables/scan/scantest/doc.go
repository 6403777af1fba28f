// Package scantest keeps the rows of a version in memory, for tests of what reads
// through a scan.Reader.
//
// A Table is such a Reader with its Version. It encodes its rows as they are encoded on
// the disk, counts what is read of it, and can be damaged.
package scantest
