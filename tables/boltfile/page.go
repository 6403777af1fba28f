package boltfile

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"
)

// The bytes of bbolt's pages, in the byte order of the machine.
//
//	page     id (8) flags (2) count (2) overflow (4), then count elements of 16 bytes
//	branch   pos (4) key length (4) page (8)
//	leaf     flags (4) pos (4) key length (4) value length (4)
//	bucket   root page (8) sequence (8); root 0: an inline page follows
//	meta     magic (4) version (4) page size (4) flags (4) bucket (16) free list (8)
//	         pages (8) transaction (8) checksum (8, FNV-1a of all before)
//
// pos counts from the start of its element.
const (
	headerBytes  = 16
	elementBytes = 16
	bucketBytes  = 16
	metaBytes    = 64

	flagBranch   = 0x01
	flagLeaf     = 0x02
	flagFreelist = 0x10

	elementBucket = 0x01 // of a leaf element: its value is a bucket

	metaMagic   = 0xED0CDAED
	metaVersion = 2

	noFreelist = ^uint64(0)

	smallestPage = 1 << 10
	largestPage  = 1 << 24
)

// meta is a meta page that holds.
type meta struct {
	pageSize int64
	root     uint64
	freelist uint64
	pages    uint64 // all pages in use are below
	tx       uint64
}

// readMeta reads the meta page at an offset; ok says that it holds.
func readMeta(r io.ReaderAt, at int64) (m meta, ok bool) {
	var b [metaBytes]byte
	if n, _ := r.ReadAt(b[:], at+headerBytes); n < len(b) {
		return m, false
	}
	u32 := func(i int) uint32 { return binary.NativeEndian.Uint32(b[i:]) }
	u64 := func(i int) uint64 { return binary.NativeEndian.Uint64(b[i:]) }
	sum := fnv.New64a()
	_, _ = sum.Write(b[:56]) // never fails
	if u32(0) != metaMagic || u32(4) != metaVersion || u64(56) != sum.Sum64() {
		return m, false
	}
	m = meta{pageSize: int64(u32(8)), root: u64(16), freelist: u64(32), pages: u64(40), tx: u64(48)}
	return m, true
}

// sized says that the page size of a meta page is one that bbolt can have.
func (m meta) sized() bool {
	return m.pageSize >= smallestPage && m.pageSize <= largestPage && m.pageSize&(m.pageSize-1) == 0
}

// currentMeta finds the meta page that counts, the younger of the two that holds,
// and whether the other one holds too.
func currentMeta(r io.ReaderAt) (m meta, both bool, err error) {
	first, ok0 := readMeta(r, 0)
	var second meta
	ok1 := false
	if ok0 && !first.sized() {
		return m, false, fmt.Errorf("%w: pages of %d bytes", ErrDamaged, first.pageSize)
	}
	if ok0 {
		second, ok1 = readMeta(r, first.pageSize)
	} else {
		// The first one would have told where the second is.
		for size := int64(smallestPage); size <= largestPage && !ok1; size *= 2 {
			second, ok1 = readMeta(r, size)
			ok1 = ok1 && second.pageSize == size
		}
	}
	switch {
	case !ok0 && !ok1:
		return m, false, fmt.Errorf("%w: neither of the two pages at its start that describe the rest can be read: it was cut short or overwritten", ErrDamaged)
	case ok0 && ok1 && first.pageSize != second.pageSize:
		return m, false, fmt.Errorf("%w: the two pages at its start do not agree", ErrDamaged)
	case !ok1, ok0 && first.tx >= second.tx:
		return first, ok1, nil
	}
	return second, ok0, nil
}
