package column

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/klauspost/compress/s2"
)

// A Decoder reads chunks in their form on disk and keeps its working memory
// between them. The zero Decoder is ready, for one goroutine.
type Decoder struct {
	payload []byte // of a packed chunk
	offsets []uint32
}

// maxKept is the most working memory that a Decoder keeps of each kind.
const maxKept = 8 << 20

// encoded is a chunk whose parts have been found. It shares memory with the
// encoded bytes and with its Decoder.
type encoded struct {
	rows    int
	codes   []byte   // of the rows, width bytes each; nil: row r has value r
	width   int      // 1 or 2
	offsets []uint32 // value v is text[offsets[v]:offsets[v+1]]
	text    []byte
}

// Decode reads a chunk. The result does not share memory with data. Every error
// wraps ErrCorrupt.
func Decode(data []byte) (*Chunk, error) { return new(Decoder).Decode(data) }

// Decode is Decode with the Decoder's working memory.
func (d *Decoder) Decode(data []byte) (*Chunk, error) {
	e, err := d.parse(data)
	if err != nil {
		return nil, err
	}
	c := &Chunk{rows: e.rows, arena: string(e.text), offsets: slices.Clone(e.offsets)}
	if e.codes == nil {
		return c, nil
	}
	if e.width == 1 {
		c.codes8 = slices.Clone(e.codes)
	} else {
		c.codes16 = make([]uint16, e.rows)
	}
	for row := range e.rows {
		code, err := e.code(row)
		if err != nil {
			return nil, err
		}
		if e.width == 2 {
			c.codes16[row] = uint16(code)
		}
	}
	return c, nil
}

// Pick adds some cells of an encoded chunk to dst and tells the number of the
// chunk's rows. The rows are counted from 0. Every error wraps ErrCorrupt, also
// that of a row which the chunk has not.
func (d *Decoder) Pick(data []byte, rows []int32, dst *Cells) (int, error) {
	e, err := d.parse(data)
	if err != nil {
		return 0, err
	}
	for _, row := range rows {
		if row < 0 || int(row) >= e.rows {
			return 0, fmt.Errorf("%w: no row %d among %d", ErrCorrupt, row, e.rows)
		}
		value := int(row)
		if e.codes != nil {
			if value, err = e.code(value); err != nil {
				return 0, err
			}
		}
		dst.append(e.text[e.offsets[value]:e.offsets[value+1]])
	}
	return e.rows, nil
}

// code is the value of a row of a chunk with a dictionary.
func (e *encoded) code(row int) (int, error) {
	code := 0
	if e.width == 1 {
		code = int(e.codes[row])
	} else {
		code = int(binary.LittleEndian.Uint16(e.codes[2*row:]))
	}
	if code >= len(e.offsets)-1 {
		return 0, fmt.Errorf("%w: code %d of %d values", ErrCorrupt, code, len(e.offsets)-1)
	}
	return code, nil
}

// parse checks everything but the codes.
func (d *Decoder) parse(data []byte) (e encoded, err error) {
	encoding, rows, payload, err := d.unpack(data)
	if err != nil {
		return e, err
	}
	e.rows = rows
	values := rows
	switch encoding {
	case encodingPlain:
	case encodingDictionary:
		n, size := binary.Uvarint(payload)
		if size <= 0 || n == 0 || n > uint64(rows) {
			return e, fmt.Errorf("%w: %d values for %d rows", ErrCorrupt, n, rows)
		}
		values, payload = int(n), payload[size:]
		if len(payload) == 0 {
			return e, fmt.Errorf("%w: no codes", ErrCorrupt)
		}
		e.width = int(payload[0])
		payload = payload[1:]
		if e.width != 1 && e.width != 2 || len(payload) < e.width*rows {
			return e, fmt.Errorf("%w: codes of width %d", ErrCorrupt, e.width)
		}
		e.codes, payload = payload[:e.width*rows], payload[e.width*rows:]
	default:
		return e, fmt.Errorf("%w: encoding %d", ErrCorrupt, encoding)
	}
	e.offsets, e.text, err = d.values(values, payload)
	return e, err
}

// unpack checks the frame and gives the payload.
func (d *Decoder) unpack(data []byte) (encoding byte, rows int, payload []byte, err error) {
	fail := func(format string, args ...any) (byte, int, []byte, error) {
		return 0, 0, nil, fmt.Errorf("%w: "+format, append([]any{ErrCorrupt}, args...)...)
	}
	if len(data) < headerSize {
		return fail("%d bytes", len(data))
	}
	if data[0] != formatVersion {
		return fail("format version %d", data[0])
	}
	if sum := binary.LittleEndian.Uint32(data[3:]); sum != checksum(data) {
		return fail("checksum")
	}
	rest := data[headerSize:]
	count, n := binary.Uvarint(rest)
	if n <= 0 || count > MaxRows {
		return fail("row count")
	}
	rest = rest[n:]
	size, n := binary.Uvarint(rest)
	if n <= 0 || size > MaxChunkBytes {
		return fail("payload length")
	}
	payload = rest[n:]
	switch data[2] {
	case compressionNone:
	case compressionS2:
		if l, err := s2.DecodedLen(payload); err != nil || uint64(l) != size {
			return fail("packed length")
		}
		if cap(d.payload) > maxKept {
			d.payload = nil
		}
		if payload, err = s2.Decode(d.payload[:cap(d.payload)], payload); err != nil {
			return fail("%w", err)
		}
		d.payload = payload
	default:
		return fail("compression %d", data[2])
	}
	if uint64(len(payload)) != size {
		return fail("%d bytes of %d", len(payload), size)
	}
	return data[1], int(count), payload, nil
}

// values reads lengths and texts, which must fill the payload exactly.
func (d *Decoder) values(values int, payload []byte) (offsets []uint32, text []byte, err error) {
	if len(payload) == 0 {
		return nil, nil, fmt.Errorf("%w: no lengths", ErrCorrupt)
	}
	width := int(payload[0])
	payload = payload[1:]
	if width != 1 && width != 2 && width != 4 || len(payload) < width*values {
		return nil, nil, fmt.Errorf("%w: lengths of width %d", ErrCorrupt, width)
	}
	lengths, text := payload[:width*values], payload[width*values:]
	if cap(d.offsets) < values+1 {
		d.offsets = make([]uint32, values+1)
	}
	offsets = d.offsets[:values+1]
	offsets[0] = 0
	end := uint64(0)
	for v := range values {
		switch width {
		case 1:
			end += uint64(lengths[v])
		case 2:
			end += uint64(binary.LittleEndian.Uint16(lengths[2*v:]))
		default:
			end += uint64(binary.LittleEndian.Uint32(lengths[4*v:]))
		}
		if end > uint64(len(text)) {
			return nil, nil, fmt.Errorf("%w: value %d ends at %d of %d", ErrCorrupt, v, end, len(text))
		}
		offsets[v+1] = uint32(end)
	}
	if end != uint64(len(text)) {
		return nil, nil, fmt.Errorf("%w: %d bytes of text for %d", ErrCorrupt, len(text), end)
	}
	return offsets, text, nil
}
