package column

import "hash/maphash"

// An Encoder gives chunks their dictionaries and their form on disk. It keeps
// its working memory between chunks; the zero Encoder is ready, for one
// goroutine.
type Encoder struct {
	seed    maphash.Seed
	slots   []uint16 // open addressing, value+1 or 0
	hashes  []uint64 // of a value
	firsts  []uint16 // row where a value stood first
	codes   []uint16 // value of a row
	payload []byte
	packed  []byte
}

// Compact gives a plain chunk a dictionary where that takes less memory, and
// else returns the chunk itself.
func (e *Encoder) Compact(c *Chunk) *Chunk {
	if c.HasDictionary() || c.rows < 2 {
		return c
	}
	if !e.values(c) {
		return c
	}
	text := 0
	for _, row := range e.firsts {
		text += len(c.Value(int(row)))
	}
	width := 1
	if len(e.firsts) > 256 {
		width = 2
	}
	if text+4*len(e.firsts)+width*c.rows >= len(c.arena)+4*c.rows {
		return c
	}
	arena := make([]byte, 0, text)
	offsets := make([]uint32, 1, len(e.firsts)+1)
	for _, row := range e.firsts {
		arena = append(arena, c.Value(int(row))...)
		offsets = append(offsets, uint32(len(arena)))
	}
	d := &Chunk{rows: c.rows, arena: string(arena), offsets: offsets}
	if width == 1 {
		d.codes8 = make([]uint8, c.rows)
		for row, code := range e.codes {
			d.codes8[row] = uint8(code)
		}
	} else {
		d.codes16 = make([]uint16, c.rows)
		copy(d.codes16, e.codes)
	}
	return d
}

// values finds the distinct texts of a plain chunk; false when there are too
// many for a dictionary to pay.
func (e *Encoder) values(c *Chunk) bool {
	if e.slots == nil {
		e.seed = maphash.MakeSeed()
		e.slots = make([]uint16, 2*MaxRows)
	}
	clear(e.slots)
	e.hashes, e.firsts, e.codes = e.hashes[:0], e.firsts[:0], e.codes[:0]
	const mask = 2*MaxRows - 1
	for row := range c.rows {
		text := c.Value(row)
		hash := maphash.String(e.seed, text)
		slot := hash & mask
		for {
			code := e.slots[slot]
			if code == 0 {
				e.slots[slot] = uint16(len(e.firsts) + 1)
				e.codes = append(e.codes, uint16(len(e.firsts)))
				e.hashes = append(e.hashes, hash)
				e.firsts = append(e.firsts, uint16(row))
				break
			}
			if e.hashes[code-1] == hash && c.Value(int(e.firsts[code-1])) == text {
				e.codes = append(e.codes, code-1)
				break
			}
			slot = (slot + 1) & mask
		}
		if hopeless(row+1, len(e.firsts)) {
			return false
		}
	}
	return true
}

// hopeless says early that texts mostly differ: a column of a thousand values
// shows some of them again within 512 rows, and within 4,096 rows most.
func hopeless(rows, values int) bool {
	switch {
	case rows == 512:
		return 16*values > 15*rows
	case rows&4095 == 0:
		return 4*values > 3*rows
	}
	return false
}
