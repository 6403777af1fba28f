package column

import "hash/maphash"

// A Builder makes the Vector of one field, row by row, and gives every distinct
// value its code. It copies each distinct text once into memory of its own, so
// the buffers behind the texts may be overwritten right after Append. The zero
// Builder is ready; one Builder serves one goroutine.
type Builder struct {
	seed   maphash.Seed
	seeded bool
	codes  []uint32
	kinds  []Kind   // of value code; kinds[0] is Null
	ends   []int    // end of value code in arena
	hashes []uint64 // of value code
	arena  []byte   // texts of all values, one after the other
	slots  []uint32 // open addressing, code of a value or 0
	values []Value  // handed out by Vector
}

// Reset forgets all rows and makes room for about so many. The Vector handed
// out before is no longer valid; its texts are.
func (b *Builder) Reset(rows int) {
	if !b.seeded {
		b.seed, b.seeded = maphash.MakeSeed(), true
	}
	want := 16
	for want < 2*rows {
		want *= 2
	}
	// A table that one large batch left behind is not cleared for ever after
	// for batches of one lead.
	if len(b.slots) < want || len(b.slots) > 8*want {
		b.slots = make([]uint32, want)
	} else {
		clear(b.slots)
	}
	b.codes = b.codes[:0]
	b.kinds = append(b.kinds[:0], Null)
	b.ends = append(b.ends[:0], 0)
	b.hashes = append(b.hashes[:0], 0)
	b.arena = b.arena[:0]
}

// Append adds a row. A row of kind Null is a null whatever its text.
func (b *Builder) Append(kind Kind, text string) {
	if kind == Null {
		b.AppendNull()
		return
	}
	b.start()
	hash := maphash.String(b.seed, text) ^ uint64(kind)
	slot, code := b.slot(hash)
	for code != 0 {
		if b.hashes[code] == hash && b.kinds[code] == kind && string(b.text(code)) == text {
			b.codes = append(b.codes, code)
			return
		}
		slot = (slot + 1) & uint64(len(b.slots)-1)
		code = b.slots[slot]
	}
	b.arena = append(b.arena, text...)
	b.add(kind, hash, slot)
}

// AppendBytes is Append for a text in a buffer that is not the caller's to keep.
func (b *Builder) AppendBytes(kind Kind, text []byte) {
	if kind == Null {
		b.AppendNull()
		return
	}
	b.start()
	hash := maphash.Bytes(b.seed, text) ^ uint64(kind)
	slot, code := b.slot(hash)
	for code != 0 {
		if b.hashes[code] == hash && b.kinds[code] == kind && string(b.text(code)) == string(text) {
			b.codes = append(b.codes, code)
			return
		}
		slot = (slot + 1) & uint64(len(b.slots)-1)
		code = b.slots[slot]
	}
	b.arena = append(b.arena, text...)
	b.add(kind, hash, slot)
}

// AppendNull adds a row without a value.
func (b *Builder) AppendNull() {
	b.start()
	b.codes = append(b.codes, 0)
}

// Len is the number of rows so far.
func (b *Builder) Len() int { return len(b.codes) }

// Vector is what was appended since Reset. It is lent until the next Reset or
// Append; the texts in it may be kept.
func (b *Builder) Vector() Vector {
	b.start()
	all := string(b.arena)
	b.values = b.values[:0]
	start := 0
	for code, end := range b.ends {
		b.values = append(b.values, Value{Kind: b.kinds[code], Text: all[start:end]})
		start = end
	}
	return Vector{Codes: b.codes, Values: b.values}
}

func (b *Builder) start() {
	if b.slots == nil {
		b.Reset(0)
	}
}

func (b *Builder) slot(hash uint64) (slot uint64, code uint32) {
	slot = hash & uint64(len(b.slots)-1)
	return slot, b.slots[slot]
}

func (b *Builder) text(code uint32) []byte { return b.arena[b.ends[code-1]:b.ends[code]] }

// add gives the text at the end of the arena the next code and its row.
func (b *Builder) add(kind Kind, hash, slot uint64) {
	code := uint32(len(b.kinds))
	b.kinds = append(b.kinds, kind)
	b.ends = append(b.ends, len(b.arena))
	b.hashes = append(b.hashes, hash)
	b.codes = append(b.codes, code)
	b.slots[slot] = code
	if 2*len(b.kinds) > len(b.slots) {
		b.grow()
	}
}

func (b *Builder) grow() {
	b.slots = make([]uint32, 2*len(b.slots))
	mask := uint64(len(b.slots) - 1)
	for code := 1; code < len(b.kinds); code++ {
		slot := b.hashes[code] & mask
		for b.slots[slot] != 0 {
			slot = (slot + 1) & mask
		}
		b.slots[slot] = uint32(code)
	}
}
