package tables

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"

	bolt "go.etcd.io/bbolt"

	"tablestep/tables/boltfile"
)

// ErrDamaged says that stored bytes are not what was written. Trying again does not
// help; a backup does, or writing the thing anew.
var ErrDamaged = boltfile.ErrDamaged

// A record is one version byte, a checksum and its content. The checksum covers where
// it stands as well, so that a record under another's key is noticed.
const (
	recordVersion = 2
	recordHead    = 1 + 4 // version, checksum
)

// castagnoli is the table of CRC-32C; the library keeps it.
func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// recordSum is the checksum of a record: of its version, bucket, key and content, each
// with its length where another could begin.
func recordSum(bucket string, key, content []byte) uint32 {
	var head [64]byte
	b := append(head[:0], recordVersion, byte(len(bucket)))
	b = append(b, bucket...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(key)))
	b = append(b, key...)
	return crc32.Update(crc32.Checksum(b, castagnoli()), castagnoli(), content)
}

// wrap puts version and checksum before a content.
func wrap(bucket string, key, content []byte) []byte {
	b := make([]byte, 0, recordHead+len(content))
	b = append(b, recordVersion)
	b = binary.BigEndian.AppendUint32(b, recordSum(bucket, key, content))
	return append(b, content...)
}

// unwrap is the content of a record, which belongs to the transaction. Its error wraps
// ErrDamaged.
func unwrap(bucket string, key, data []byte) ([]byte, error) {
	if len(data) < recordHead {
		return nil, fmt.Errorf("%w: a record of %d bytes", ErrDamaged, len(data))
	}
	if data[0] != recordVersion {
		return nil, fmt.Errorf("%w: a record of version %d, not %d", ErrDamaged, data[0], recordVersion)
	}
	content := data[recordHead:]
	if binary.BigEndian.Uint32(data[1:]) != recordSum(bucket, key, content) {
		return nil, fmt.Errorf("%w: the checksum of the record differs", ErrDamaged)
	}
	return content, nil
}

// encode makes the record of a key.
func encode(bucket string, key []byte, record any) ([]byte, error) {
	content, err := json.Marshal(record)
	if err != nil {
		return nil, fmt.Errorf("encode record: %w", err)
	}
	return wrap(bucket, key, content), nil
}

// decode reads the record of a key.
func decode(bucket string, key, data []byte, record any) error {
	content, err := unwrap(bucket, key, data)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(content, record); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return nil
}

// put writes a record.
func put(tx *bolt.Tx, bucket string, key []byte, record any) error {
	data, err := encode(bucket, key, record)
	if err != nil {
		return err
	}
	return tx.Bucket([]byte(bucket)).Put(key, data)
}

// damaged says that an error is one that setting aside is for.
func damaged(err error) bool { return errors.Is(err, ErrDamaged) }
