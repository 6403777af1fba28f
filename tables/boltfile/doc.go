// Package boltfile opens bbolt files that may be damaged, and never lets one end the
// process.
//
// bbolt (v1.5.0) trusts its file: a page that is not what its parent says is a panic,
// when the file is opened even one in a goroutine of bbolt's own, which nobody can
// recover; a file that was cut short is a fault (SIGBUS) at the first read behind its
// end. So whatever is opened here goes through three gates:
//
//		path ──lock──► file ──Verify──► pages that bbolt can walk ──bbolt.Open──► DB ──Guard──► transactions
//
//	  - The lock is bbolt's own, taken without a wait unless one is asked for. A file
//	    that another process has is ErrInUse.
//	  - Verify reads the pages with plain reads, not through the map, and follows every
//	    pointer, length and order of keys that bbolt follows. What it finds is a Finding:
//	    a place and a problem. It does not look into the values.
//	  - Guard turns what still goes wrong inside of a transaction (a page that cannot be
//	    read from a failing disk, a file cut short under the process) into ErrDamaged.
//
// The map of a file is asked for large, because growing it waits for all readers, but
// only where the address space can be had: of a limited one a small part, and less where
// the system refuses.
//
// A new file is made under another name and gets its own with its first pages on the
// disk. So a file of no bytes was never ours to start from: it was cut short.
package boltfile
