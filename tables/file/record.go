package file

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"

	bolt "go.etcd.io/bbolt"

	"tablestep/tables"
)

// A record is one version byte, a checksum and its content. The checksum covers where
// it stands as well, so that a record under another's key is noticed. The version byte is
// the format of the file.
const (
	recordVersion = 4
	recordHead    = 1 + 4 // version, checksum
)

// castagnoli is the table of CRC-32C; the library keeps it.
func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// recordSum is the checksum of a record: of its version, bucket, key and content, each
// with its length where another could begin.
func recordSum(version byte, bucket string, key, content []byte) uint32 {
	var head [64]byte
	b := append(head[:0], version, byte(len(bucket)))
	b = append(b, bucket...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(key)))
	b = append(b, key...)
	return crc32.Update(crc32.Checksum(b, castagnoli()), castagnoli(), content)
}

// wrap puts version and checksum before a content.
func wrap(bucket string, key, content []byte) []byte {
	b := make([]byte, 0, recordHead+len(content))
	b = append(b, recordVersion)
	b = binary.BigEndian.AppendUint32(b, recordSum(recordVersion, bucket, key, content))
	return append(b, content...)
}

// unwrap is the content of a record, which belongs to the transaction. Its error wraps
// ErrDamaged.
func unwrap(bucket string, key, data []byte) ([]byte, error) {
	return unwrapOf(recordVersion, bucket, key, data)
}

// unwrapOf is likewise for a record of a format that had checksums.
func unwrapOf(version byte, bucket string, key, data []byte) ([]byte, error) {
	if len(data) < recordHead {
		return nil, fmt.Errorf("%w: a record of %d bytes", tables.ErrDamaged, len(data))
	}
	if data[0] != version {
		return nil, fmt.Errorf("%w: a record of version %d, not %d", tables.ErrDamaged, data[0], version)
	}
	content := data[recordHead:]
	if binary.BigEndian.Uint32(data[1:]) != recordSum(version, bucket, key, content) {
		return nil, fmt.Errorf("%w: the checksum of the record differs", tables.ErrDamaged)
	}
	return content, nil
}

// decode reads the record of a key.
func decode(bucket string, key, data []byte, record any) error {
	content, err := unwrap(bucket, key, data)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(content, record); err != nil {
		return fmt.Errorf("%w: %w", tables.ErrDamaged, err)
	}
	return nil
}

// put writes a record.
func put(tx *bolt.Tx, bucket string, key []byte, record any) error {
	content, err := json.Marshal(record)
	if err != nil {
		return fmt.Errorf("encode record: %w", err)
	}
	return tx.Bucket([]byte(bucket)).Put(key, wrap(bucket, key, content))
}
