package column

import "sort"

// Strings is an immutable column of texts. Its chunks may have any number of
// rows, MaxRows the most, so that a chunk of very long texts can be short.
type Strings struct {
	chunks []*Chunk
	starts []int // first row of a chunk; one more than there are chunks
	jump   []int32
	bytes  int64
}

// NewStrings makes a column of chunks, which it keeps. Chunks without rows are
// left out.
func NewStrings(chunks []*Chunk) *Strings {
	s := &Strings{starts: []int{0}}
	rows := 0
	for _, c := range chunks {
		if c.Len() == 0 {
			continue
		}
		// jump leads from a row's block of MaxRows rows to the chunk of the
		// block's first row: where all chunks are full, that is the row's chunk.
		for len(s.jump)*MaxRows < rows+c.Len() {
			s.jump = append(s.jump, int32(len(s.chunks)))
		}
		rows += c.Len()
		s.chunks = append(s.chunks, c)
		s.starts = append(s.starts, rows)
		s.bytes += c.Bytes() + 24
	}
	return s
}

// FromStrings makes a column of texts, with dictionaries where they pay.
func FromStrings(texts []string) *Strings {
	var (
		chunks []*Chunk
		cells  Cells
		enc    Encoder
	)
	for i, text := range texts {
		cells.Append(text)
		if cells.Len() == MaxRows || i == len(texts)-1 {
			chunks = append(chunks, enc.Compact(cells.Chunk()))
			cells.Reset()
		}
	}
	return NewStrings(chunks)
}

// Len is the number of rows.
func (s *Strings) Len() int { return s.starts[len(s.chunks)] }

// At is the text of a row. It does not allocate.
func (s *Strings) At(row int) string {
	c := s.ChunkOf(row)
	return s.chunks[c].At(row - s.starts[c])
}

// Chunks is the number of chunks.
func (s *Strings) Chunks() int { return len(s.chunks) }

// Chunk is a chunk and its first row.
func (s *Strings) Chunk(c int) (chunk *Chunk, start int) { return s.chunks[c], s.starts[c] }

// ChunkOf is the number of the chunk that has a row.
func (s *Strings) ChunkOf(row int) int {
	c := int(s.jump[row/MaxRows])
	if row < s.starts[c+1] {
		return c
	}
	// Only a column with short chunks comes here.
	return c + sort.Search(len(s.chunks)-c, func(i int) bool { return s.starts[c+i+1] > row })
}

// Bytes is the memory the column takes.
func (s *Strings) Bytes() int64 { return s.bytes + 4*int64(len(s.jump)) + 96 }
