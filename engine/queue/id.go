package queue

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"time"
)

// IDBytes is the stored size of an ID.
const IDBytes = 12

// ID names an invocation. It is 48 bits of Unix milliseconds and 48 bits of a
// sequence that never runs backwards in one store, both big-endian, so that the
// byte order of IDs is the order of acceptance. The printable form is hex.
type ID [IDBytes]byte

// MakeID joins the two halves; both are cut to 48 bits. It is for stores.
func MakeID(millis int64, sequence uint64) ID {
	var id ID
	binary.BigEndian.PutUint64(id[:8], uint64(millis)<<16|sequence>>32&0xffff)
	binary.BigEndian.PutUint32(id[8:], uint32(sequence))
	return id
}

// FirstID is the smallest ID that can be made at t.
func FirstID(t time.Time) ID { return MakeID(max(t.UnixMilli(), 0), 0) }

// ParseID reads the printable form.
func ParseID(s string) (ID, error) {
	var id ID
	if len(s) != hex.EncodedLen(IDBytes) {
		return ID{}, fmt.Errorf("invocation id %.40q: want %d hex digits: %w", s, hex.EncodedLen(IDBytes), ErrInvalid)
	}
	if _, err := hex.Decode(id[:], []byte(s)); err != nil {
		return ID{}, fmt.Errorf("invocation id %q: want %d hex digits: %w", s, hex.EncodedLen(IDBytes), ErrInvalid)
	}
	return id, nil
}

// String gives the printable form, 24 hex digits.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// MarshalText gives the printable form.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads the printable form.
func (id *ID) UnmarshalText(b []byte) error {
	parsed, err := ParseID(string(b))
	if err != nil {
		return err
	}
	*id = parsed
	return nil
}

// Time is the moment of acceptance, to the millisecond. It is held back where
// the clock ran backwards, so that it never decreases along the sequence.
func (id ID) Time() time.Time { return time.UnixMilli(id.Millis()) }

// Millis is the moment of acceptance in Unix milliseconds.
func (id ID) Millis() int64 { return int64(binary.BigEndian.Uint64(id[:8]) >> 16) }

// Sequence is the number of the invocation in its store.
func (id ID) Sequence() uint64 {
	return uint64(binary.BigEndian.Uint16(id[6:]))<<32 | uint64(binary.BigEndian.Uint32(id[8:]))
}

// IsZero says that id names nothing.
func (id ID) IsZero() bool { return id == ID{} }

// Compare orders IDs by acceptance.
func (id ID) Compare(other ID) int { return bytes.Compare(id[:], other[:]) }
