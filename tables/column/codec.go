package column

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/klauspost/compress/s2"
)

// The bytes of an encoded chunk; FORMAT.md draws them.
const (
	formatVersion = 1

	encodingPlain      = 0
	encodingDictionary = 1

	compressionNone = 0
	compressionS2   = 1

	headerSize = 7 // version, encoding, compression, checksum

	// MaxChunkBytes is the largest payload of a chunk that Decode takes.
	// Whoever fills chunks closes them well below.
	MaxChunkBytes = 64 << 20
)

// ErrCorrupt is wrapped by every error of Decode.
var ErrCorrupt = errors.New("damaged column chunk")

// Append adds a chunk in its form on disk to dst. It panics on a chunk of more
// than MaxChunkBytes.
func (e *Encoder) Append(dst []byte, c *Chunk) []byte {
	e.payload = appendPayload(e.payload[:0], c)
	if len(e.payload) > MaxChunkBytes {
		panic(fmt.Sprintf("column: a chunk of %d bytes", len(e.payload)))
	}
	encoding, compression, payload := byte(encodingPlain), byte(compressionNone), e.payload
	if c.HasDictionary() {
		encoding = encodingDictionary
	}
	if need := s2.MaxEncodedLen(len(payload)); cap(e.packed) < need {
		e.packed = make([]byte, need)
	}
	// An eighth is the least gain for which every later reading unpacks.
	if packed := s2.Encode(e.packed[:cap(e.packed)], payload); len(packed) < len(payload)-len(payload)/8 {
		compression, payload = compressionS2, packed
	}
	start := len(dst)
	dst = append(dst, formatVersion, encoding, compression, 0, 0, 0, 0)
	dst = binary.AppendUvarint(dst, uint64(c.rows))
	dst = binary.AppendUvarint(dst, uint64(len(e.payload)))
	dst = append(dst, payload...)
	binary.LittleEndian.PutUint32(dst[start+3:], checksum(dst[start:]))
	return dst
}

// Decode reads a chunk. The result does not share memory with data. Every error
// wraps ErrCorrupt.
func Decode(data []byte) (*Chunk, error) {
	if len(data) < headerSize {
		return nil, fmt.Errorf("%w: %d bytes", ErrCorrupt, len(data))
	}
	if data[0] != formatVersion {
		return nil, fmt.Errorf("%w: format version %d", ErrCorrupt, data[0])
	}
	if sum := binary.LittleEndian.Uint32(data[3:]); sum != checksum(data) {
		return nil, fmt.Errorf("%w: checksum", ErrCorrupt)
	}
	rest := data[headerSize:]
	rows, n := binary.Uvarint(rest)
	if n <= 0 || rows > MaxRows {
		return nil, fmt.Errorf("%w: row count", ErrCorrupt)
	}
	rest = rest[n:]
	size, n := binary.Uvarint(rest)
	if n <= 0 || size > MaxChunkBytes {
		return nil, fmt.Errorf("%w: payload length", ErrCorrupt)
	}
	payload := rest[n:]
	switch data[2] {
	case compressionNone:
	case compressionS2:
		if l, err := s2.DecodedLen(payload); err != nil || uint64(l) != size {
			return nil, fmt.Errorf("%w: packed length", ErrCorrupt)
		}
		unpacked, err := s2.Decode(nil, payload)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
		}
		payload = unpacked
	default:
		return nil, fmt.Errorf("%w: compression %d", ErrCorrupt, data[2])
	}
	if uint64(len(payload)) != size {
		return nil, fmt.Errorf("%w: %d bytes of %d", ErrCorrupt, len(payload), size)
	}
	switch data[1] {
	case encodingPlain:
		return parsePlain(int(rows), payload)
	case encodingDictionary:
		return parseDictionary(int(rows), payload)
	}
	return nil, fmt.Errorf("%w: encoding %d", ErrCorrupt, data[1])
}

// checksum is over everything but its own four bytes.
func checksum(data []byte) uint32 {
	table := crc32.MakeTable(crc32.Castagnoli)
	return crc32.Update(crc32.Checksum(data[:3], table), table, data[headerSize:])
}

func appendPayload(dst []byte, c *Chunk) []byte {
	if c.HasDictionary() {
		dst = binary.AppendUvarint(dst, uint64(c.Values()))
		if c.codes8 != nil {
			dst = append(append(dst, 1), c.codes8...)
		} else {
			dst = append(dst, 2)
			for _, code := range c.codes16 {
				dst = binary.LittleEndian.AppendUint16(dst, code)
			}
		}
	}
	dst = appendLengths(dst, c)
	return append(dst, c.arena...)
}

// appendLengths writes the length of every value, all in the width that the
// longest needs.
func appendLengths(dst []byte, c *Chunk) []byte {
	longest := uint32(0)
	for v := range c.Values() {
		longest = max(longest, c.offsets[v+1]-c.offsets[v])
	}
	switch {
	case longest <= 0xff:
		dst = append(dst, 1)
		for v := range c.Values() {
			dst = append(dst, byte(c.offsets[v+1]-c.offsets[v]))
		}
	case longest <= 0xffff:
		dst = append(dst, 2)
		for v := range c.Values() {
			dst = binary.LittleEndian.AppendUint16(dst, uint16(c.offsets[v+1]-c.offsets[v]))
		}
	default:
		dst = append(dst, 4)
		for v := range c.Values() {
			dst = binary.LittleEndian.AppendUint32(dst, c.offsets[v+1]-c.offsets[v])
		}
	}
	return dst
}

func parsePlain(rows int, payload []byte) (*Chunk, error) {
	offsets, arena, err := parseValues(rows, payload)
	if err != nil {
		return nil, err
	}
	return &Chunk{rows: rows, arena: arena, offsets: offsets}, nil
}

func parseDictionary(rows int, payload []byte) (*Chunk, error) {
	values, n := binary.Uvarint(payload)
	if n <= 0 || values == 0 || values > uint64(rows) {
		return nil, fmt.Errorf("%w: %d values for %d rows", ErrCorrupt, values, rows)
	}
	payload = payload[n:]
	c := &Chunk{rows: rows}
	if len(payload) == 0 {
		return nil, fmt.Errorf("%w: no codes", ErrCorrupt)
	}
	width := int(payload[0])
	payload = payload[1:]
	if width != 1 && width != 2 || len(payload) < width*rows {
		return nil, fmt.Errorf("%w: codes of width %d", ErrCorrupt, width)
	}
	if width == 1 {
		c.codes8 = append([]uint8(nil), payload[:rows]...)
		for _, code := range c.codes8 {
			if uint64(code) >= values {
				return nil, fmt.Errorf("%w: code %d of %d values", ErrCorrupt, code, values)
			}
		}
	} else {
		c.codes16 = make([]uint16, rows)
		for row := range c.codes16 {
			code := binary.LittleEndian.Uint16(payload[2*row:])
			if uint64(code) >= values {
				return nil, fmt.Errorf("%w: code %d of %d values", ErrCorrupt, code, values)
			}
			c.codes16[row] = code
		}
	}
	var err error
	c.offsets, c.arena, err = parseValues(int(values), payload[width*rows:])
	if err != nil {
		return nil, err
	}
	return c, nil
}

// parseValues reads lengths and texts, which must fill the payload exactly.
func parseValues(values int, payload []byte) (offsets []uint32, arena string, err error) {
	if len(payload) == 0 {
		return nil, "", fmt.Errorf("%w: no lengths", ErrCorrupt)
	}
	width := int(payload[0])
	payload = payload[1:]
	if width != 1 && width != 2 && width != 4 || len(payload) < width*values {
		return nil, "", fmt.Errorf("%w: lengths of width %d", ErrCorrupt, width)
	}
	lengths, text := payload[:width*values], payload[width*values:]
	offsets = make([]uint32, values+1)
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
			return nil, "", fmt.Errorf("%w: value %d ends at %d of %d", ErrCorrupt, v, end, len(text))
		}
		offsets[v+1] = uint32(end)
	}
	if end != uint64(len(text)) {
		return nil, "", fmt.Errorf("%w: %d bytes of text for %d", ErrCorrupt, len(text), end)
	}
	return offsets, string(text), nil
}
