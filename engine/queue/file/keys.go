package file

import (
	"encoding/binary"
	"fmt"

	"tablestep/engine/queue"
)

// keyVersion is the first byte of every key row.
const keyVersion = 1

func encodeKey(key queue.Key) []byte { return append([]byte{keyVersion}, key[:]...) }

func decodeKey(row []byte) (queue.Key, error) {
	var key queue.Key
	if len(row) != 1+len(key) || row[0] != keyVersion {
		return key, fmt.Errorf("key row of %d bytes: %w", len(row), queue.ErrDamaged)
	}
	copy(key[:], row[1:])
	return key, nil
}

// tokenKey is the first half of the SHA-256 of a token. 128 bits are far more
// than what would let two tokens of one file collide by chance.
type tokenKey [16]byte

func makeTokenKey(hash [32]byte) tokenKey { return tokenKey(hash[:16]) }

// encodeNumber and decodeNumber are the form of the numbers in the meta bucket.
func encodeNumber(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func decodeNumber(b []byte) (uint64, error) {
	if len(b) != 8 {
		return 0, fmt.Errorf("number of %d bytes: %w", len(b), queue.ErrDamaged)
	}
	return binary.BigEndian.Uint64(b), nil
}

// idFromKey reads an ID from the start of a stored key.
func idFromKey(k []byte) (queue.ID, error) {
	var id queue.ID
	if len(k) < queue.IDBytes {
		return id, fmt.Errorf("key of %d bytes: %w", len(k), queue.ErrDamaged)
	}
	copy(id[:], k)
	return id, nil
}
