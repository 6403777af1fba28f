package boltfile

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The bounds of a walk.
const (
	maxDepth    = 64  // pages from a root to a leaf, buckets within buckets included
	maxFindings = 100 // after so many nobody reads on
)

// Verify follows every page of a file of so many bytes, as bbolt does when it opens
// it, and says what is wrong. A file without findings can be opened and walked by
// bbolt; values are not looked into. Nobody may write the file meanwhile.
func Verify(r io.ReaderAt, size int64) []Finding {
	w := &walk{r: r}
	if size == 0 {
		return []Finding{{"the whole file", "it has no bytes: it was cut short"}}
	}
	m, _, err := currentMeta(r)
	if err != nil {
		return []Finding{{"the start of the file", strings.TrimPrefix(err.Error(), ErrDamaged.Error()+": ")}}
	}
	w.meta = m
	if m.pages > uint64(size/m.pageSize) || size < 2*m.pageSize {
		return []Finding{{"the whole file", fmt.Sprintf("it has %d bytes, and %d are in use: it was cut short", size, m.pages*uint64(m.pageSize))}}
	}
	w.seen = make([]uint64, m.pages/64+1)
	w.mark(0)
	w.mark(1)
	w.node(m.root, nil, nil, nil, 0)
	w.freelist()
	return w.findings
}

// walk is one verification under way.
type walk struct {
	r        io.ReaderAt
	meta     meta
	seen     []uint64 // a bit a page that something refers to
	findings []Finding
	buffers  [][]byte // of a page, one a level
}

func (w *walk) full() bool { return len(w.findings) >= maxFindings }

func (w *walk) find(path []string, format string, args ...any) {
	if w.full() {
		return
	}
	place := "the list of buckets"
	if len(path) > 0 {
		place = "bucket " + strings.Join(path, ", in it ")
	}
	w.findings = append(w.findings, Finding{place, fmt.Sprintf(format, args...)})
}

// mark says that something refers to a page, and whether nothing else had.
func (w *walk) mark(page uint64) (first bool) {
	bit := uint64(1) << (page % 64)
	first = w.seen[page/64]&bit == 0
	w.seen[page/64] |= bit
	return first
}

// A node is a page, or a page within a value, with what lies behind it.
type node struct {
	w      *walk
	offset int64  // of the page in the file; -1: all of it is in data
	extent uint64 // bytes
	data   []byte // its beginning
	flags  uint16
	count  int
}

// node verifies the page and all below it: its keys are not below min and all below
// max, where those are not nil.
func (w *walk) node(page uint64, lowest, limit []byte, path []string, depth int) {
	if w.full() {
		return
	}
	if depth >= maxDepth {
		w.find(path, "more than %d pages stand one below the other", maxDepth)
		return
	}
	n, ok := w.load(page, path, depth)
	if !ok {
		return
	}
	w.elements(n, page, lowest, limit, path, depth)
}

// load reads the beginning of a page and checks its header.
func (w *walk) load(page uint64, path []string, depth int) (*node, bool) {
	if page < 2 || page >= w.meta.pages {
		w.find(path, "it refers to page %d of %d", page, w.meta.pages)
		return nil, false
	}
	for len(w.buffers) <= depth {
		w.buffers = append(w.buffers, make([]byte, w.meta.pageSize))
	}
	b := w.buffers[depth]
	offset := int64(page) * w.meta.pageSize
	if _, err := w.r.ReadAt(b, offset); err != nil {
		w.find(path, "page %d cannot be read: %v", page, err)
		return nil, false
	}
	n := &node{w: w, offset: offset, data: b, flags: binary.NativeEndian.Uint16(b[8:]), count: int(binary.NativeEndian.Uint16(b[10:]))}
	id, overflow := binary.NativeEndian.Uint64(b), uint64(binary.NativeEndian.Uint32(b[12:]))
	switch {
	case id != page:
		w.find(path, "page %d is not the one that was written there", page)
		return nil, false
	case n.flags != flagBranch && n.flags != flagLeaf:
		w.find(path, "page %d is of an unknown kind (%#x)", page, n.flags)
		return nil, false
	case overflow >= w.meta.pages-page:
		w.find(path, "page %d claims %d more pages, and the file has %d", page, overflow, w.meta.pages)
		return nil, false
	}
	for i := range overflow + 1 {
		if !w.mark(page + i) {
			w.find(path, "page %d is used twice", page+i)
			return nil, false
		}
	}
	n.extent = (overflow + 1) * uint64(w.meta.pageSize)
	return n, true
}

// bytes are a part of a node.
func (n *node) bytes(from, length uint64) ([]byte, error) {
	if from > n.extent || length > n.extent-from {
		return nil, fmt.Errorf("%d bytes at %d of %d", length, from, n.extent)
	}
	if from+length <= uint64(len(n.data)) {
		return n.data[from : from+length], nil
	}
	b := make([]byte, length)
	_, err := n.w.r.ReadAt(b, n.offset+int64(from))
	return b, err
}

// elements verifies what stands on a page. page is 0 for one within a value.
func (w *walk) elements(n *node, page uint64, lowest, limit []byte, path []string, depth int) {
	table, err := n.bytes(headerBytes, uint64(n.count)*elementBytes)
	if err != nil {
		w.find(path, "page %d holds %d entries, for which it is too small", page, n.count)
		return
	}
	if n.flags == flagBranch && n.count == 0 {
		w.find(path, "page %d leads nowhere", page)
		return
	}
	var before []byte
	keys := make([][]byte, n.count)
	for i := range n.count {
		e := table[i*elementBytes:]
		pos, keyLength := binary.NativeEndian.Uint32(e), binary.NativeEndian.Uint32(e[4:])
		if n.flags == flagLeaf {
			pos, keyLength = binary.NativeEndian.Uint32(e[4:]), binary.NativeEndian.Uint32(e[8:])
		}
		at := headerBytes + uint64(i)*elementBytes + uint64(pos)
		key, err := n.bytes(at, uint64(keyLength))
		if err != nil || keyLength == 0 {
			w.find(path, "page %d, entry %d: the key lies outside of the page", page, i)
			return
		}
		switch {
		case i == 0 && lowest != nil && bytes.Compare(key, lowest) < 0,
			i > 0 && bytes.Compare(key, before) <= 0,
			limit != nil && bytes.Compare(key, limit) >= 0:
			w.find(path, "page %d, entry %d: the key %s is out of order", page, i, keyText(key))
			return
		}
		keys[i], before = key, key
	}
	if n.flags == flagBranch {
		// The buffer of the page stays as it is: levels below have their own.
		for i := range n.count {
			next := limit
			if i+1 < n.count {
				next = keys[i+1]
			}
			w.node(binary.NativeEndian.Uint64(table[i*elementBytes+8:]), keys[i], next, path, depth+1)
		}
		return
	}
	for i := range n.count {
		e := table[i*elementBytes:]
		at := headerBytes + uint64(i)*elementBytes + uint64(binary.NativeEndian.Uint32(e[4:])) + uint64(len(keys[i]))
		length := uint64(binary.NativeEndian.Uint32(e[12:]))
		if at > n.extent || length > n.extent-at {
			w.find(path, "page %d, entry %s: the value lies outside of the page", page, keyText(keys[i]))
			continue
		}
		if binary.NativeEndian.Uint32(e)&elementBucket != 0 {
			w.bucket(n, page, at, length, append(slices.Clip(path), keyText(keys[i])), depth)
		}
	}
}

// bucket verifies a bucket that is the value of an entry.
func (w *walk) bucket(n *node, page, at, length uint64, path []string, depth int) {
	if page == 0 {
		w.find(path, "a bucket stands within a bucket that has no page of its own")
		return
	}
	if length < bucketBytes {
		w.find(path, "its description has %d bytes", length)
		return
	}
	value, err := n.bytes(at, min(length, uint64(w.meta.pageSize)))
	if err != nil {
		w.find(path, "its description cannot be read: %v", err)
		return
	}
	if root := binary.NativeEndian.Uint64(value); root != 0 {
		w.node(root, nil, nil, path, depth+1)
		return
	}
	inline := value[bucketBytes:]
	if length > uint64(w.meta.pageSize) || len(inline) < headerBytes || binary.NativeEndian.Uint16(inline[8:]) != flagLeaf {
		w.find(path, "it has neither a page nor entries")
		return
	}
	small := &node{w: w, offset: -1, extent: uint64(len(inline)), data: inline, flags: flagLeaf, count: int(binary.NativeEndian.Uint16(inline[10:]))}
	w.elements(small, 0, nil, nil, path, depth+1)
}

// freelist verifies the list of free pages, where there is one: ascending, and of
// pages that nothing refers to.
func (w *walk) freelist() {
	page := w.meta.freelist
	if page == noFreelist || w.full() {
		return
	}
	fail := func(format string, args ...any) {
		w.findings = append(w.findings, Finding{"the list of free pages", fmt.Sprintf(format, args...)})
	}
	if page < 2 || page >= w.meta.pages {
		fail("it should be on page %d of %d", page, w.meta.pages)
		return
	}
	b := make([]byte, w.meta.pageSize)
	offset := int64(page) * w.meta.pageSize
	if _, err := w.r.ReadAt(b, offset); err != nil {
		fail("page %d cannot be read: %v", page, err)
		return
	}
	overflow := uint64(binary.NativeEndian.Uint32(b[12:]))
	if binary.NativeEndian.Uint64(b) != page || binary.NativeEndian.Uint16(b[8:]) != flagFreelist || overflow >= w.meta.pages-page {
		fail("page %d is not the one that was written there", page)
		return
	}
	for i := range overflow + 1 {
		if !w.mark(page + i) {
			fail("page %d is used twice", page+i)
			return
		}
	}
	n := &node{w: w, offset: offset, extent: (overflow + 1) * uint64(w.meta.pageSize), data: b}
	count, from := uint64(binary.NativeEndian.Uint16(b[10:])), uint64(headerBytes)
	if count == 0xFFFF {
		count, from = binary.NativeEndian.Uint64(b[headerBytes:]), headerBytes+8
	}
	if count > n.extent/8 {
		fail("it names %d pages, for which it is too small", count)
		return
	}
	list, err := n.bytes(from, count*8)
	if err != nil {
		fail("it names %d pages, for which it is too small", count)
		return
	}
	last := uint64(1)
	for i := range count {
		id := binary.NativeEndian.Uint64(list[8*i:])
		if id <= last || id >= w.meta.pages || !w.mark(id) {
			fail("it names page %d, which is not free", id)
			return
		}
		last = id
	}
}

// keyText shows a key: as a text where it is one, else in hexadecimal digits.
func keyText(key []byte) string {
	const most = 60
	text := key
	if len(text) > most {
		text = text[:most]
	}
	if utf8.Valid(text) && bytes.IndexFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }) < 0 {
		return strconv.Quote(string(text))
	}
	return fmt.Sprintf("%x", text)
}
