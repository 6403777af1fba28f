package column

import "fmt"

// MaxRows is the most rows of one Chunk. Dictionary codes of a chunk thus fit
// 16 bits.
const MaxRows = 1 << 14

// A Chunk is an immutable run of texts. A plain chunk keeps a text a row; one
// with a dictionary keeps each distinct text once and a code a row.
type Chunk struct {
	rows    int
	arena   string   // the texts of all values, one after the other
	offsets []uint32 // value v is arena[offsets[v]:offsets[v+1]]
	codes8  []uint8  // value of a row; both nil: row r has value r
	codes16 []uint16
}

// Len is the number of rows.
func (c *Chunk) Len() int { return c.rows }

// Values is the number of stored values: of rows in a plain chunk, of distinct
// texts in one with a dictionary. A kernel that works once a value and then goes
// by Code suits both.
func (c *Chunk) Values() int { return len(c.offsets) - 1 }

// HasDictionary says that equal rows share a value.
func (c *Chunk) HasDictionary() bool { return c.codes8 != nil || c.codes16 != nil }

// Value is the text of a value.
func (c *Chunk) Value(v int) string { return c.arena[c.offsets[v]:c.offsets[v+1]] }

// Code is the value of a row.
func (c *Chunk) Code(row int) int {
	switch {
	case c.codes8 != nil:
		return int(c.codes8[row])
	case c.codes16 != nil:
		return int(c.codes16[row])
	}
	return row
}

// At is the text of a row. It does not allocate.
func (c *Chunk) At(row int) string {
	switch {
	case c.codes8 != nil:
		row = int(c.codes8[row])
	case c.codes16 != nil:
		row = int(c.codes16[row])
	}
	return c.arena[c.offsets[row]:c.offsets[row+1]]
}

// TextBytes is the length of all stored values together.
func (c *Chunk) TextBytes() int { return len(c.arena) }

// Bytes is the memory the chunk takes.
func (c *Chunk) Bytes() int64 {
	const header = 112
	return header + int64(len(c.arena)) + 4*int64(len(c.offsets)) + int64(len(c.codes8)) + 2*int64(len(c.codes16))
}

// Cells is a growing run of texts that becomes a plain Chunk. The zero Cells is
// ready.
type Cells struct {
	arena   []byte
	offsets []uint32 // empty, or one more than there are rows
}

// Append adds a row; the text is copied.
func (c *Cells) Append(text string) {
	if len(c.offsets) == 0 {
		c.offsets = append(c.offsets, 0)
	}
	c.arena = append(c.arena, text...)
	c.offsets = append(c.offsets, uint32(len(c.arena)))
}

func (c *Cells) append(text []byte) {
	if len(c.offsets) == 0 {
		c.offsets = append(c.offsets, 0)
	}
	c.arena = append(c.arena, text...)
	c.offsets = append(c.offsets, uint32(len(c.arena)))
}

// Len is the number of rows.
func (c *Cells) Len() int { return max(len(c.offsets)-1, 0) }

// Bytes is the length of all texts together.
func (c *Cells) Bytes() int { return len(c.arena) }

// Reset forgets all rows and keeps the memory.
func (c *Cells) Reset() {
	c.arena, c.offsets = c.arena[:0], c.offsets[:0]
}

// Chunk is a plain chunk of the rows so far, which does not share memory with
// the Cells. It panics on more than MaxRows rows.
func (c *Cells) Chunk() *Chunk {
	if c.Len() > MaxRows {
		panic(fmt.Sprintf("column: a chunk of %d rows", c.Len()))
	}
	offsets := make([]uint32, c.Len()+1)
	copy(offsets, c.offsets)
	return &Chunk{rows: c.Len(), arena: string(c.arena), offsets: offsets}
}
