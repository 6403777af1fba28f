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
