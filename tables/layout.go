package tables

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"tablestep/tables/schema"
	"time"

	bolt "go.etcd.io/bbolt"
)

// The buckets of the store; FORMAT.md draws what is in them.
const (
	bucketMeta     = "meta"
	bucketTables   = "tables"
	bucketVersions = "versions"
	bucketWarnings = "warnings"
	bucketData     = "data"
	bucketDoomed   = "doomed"
	bucketHistory  = "history"
	bucketSettings = "settings"

	keyFormat   = "format"
	storeFormat = recordVersion
)

// bucketNames are all buckets of the store.
func bucketNames() []string {
	return []string{
		bucketMeta, bucketTables, bucketVersions, bucketWarnings, bucketData, bucketDoomed, bucketHistory, bucketSettings,
		bucketRuleSets, bucketRuleSetVersions, bucketRuleSetHistory,
	}
}

// tableRecord is a table as it is stored. The record of a deleted table stays, so
// that its version numbers are not given out again.
type tableRecord struct {
	Next    int             `json:"next"` // number of the next version
	Live    int             `json:"live,omitempty"`
	Trail   []int           `json:"trail,omitempty"` // versions that were live before, the latest last
	Lookups []schema.Lookup `json:"lookups,omitempty"`
	Updated time.Time       `json:"updated"`
	Deleted bool            `json:"deleted,omitempty"`
}

// versionRecord is a version as it is stored.
type versionRecord struct {
	schema.Version
	KeyGiven bool   `json:"keyGiven,omitempty"`
	Storage  uint64 `json:"storage"`
	Groups   []int  `json:"groups"`
	Segments []int  `json:"segments"`
}

// doomedRecord marks chunks that no version owns: of an import that is under way
// or was cut short, or of a version that is gone.
type doomedRecord struct {
	Table string    `json:"table"`
	Since time.Time `json:"since"`
}

// numbered is a table's name, a zero byte and a number: in order by name, then by
// number.
func numbered(table string, n uint64) []byte {
	key := append([]byte(table), 0)
	return binary.BigEndian.AppendUint64(key, n)
}

// splitNumbered takes a key of numbered apart.
func splitNumbered(key []byte) (name string, n uint64) {
	if len(key) < 9 {
		return string(key), 0
	}
	return string(key[:len(key)-9]), binary.BigEndian.Uint64(key[len(key)-8:])
}

func storageKey(id uint64) []byte { return binary.BigEndian.AppendUint64(nil, id) }

// storageOf is the storage whose segment a key of the data bucket names.
func storageOf(key []byte) (id uint64, ok bool) {
	if len(key) != 12 {
		return 0, false
	}
	return binary.BigEndian.Uint64(key), true
}

func segmentKey(id uint64, segment int) []byte {
	return binary.BigEndian.AppendUint32(storageKey(id), uint32(segment))
}

func chunkKey(group, column int) []byte {
	key := binary.BigEndian.AppendUint32(nil, uint32(group))
	return binary.BigEndian.AppendUint32(key, uint32(column))
}

// readTable is the record of a table; nil where there never was one.
func readTable(tx *bolt.Tx, name string) (*tableRecord, error) {
	data := tx.Bucket([]byte(bucketTables)).Get([]byte(name))
	if data == nil {
		return nil, nil
	}
	t := new(tableRecord)
	if err := decode(bucketTables, []byte(name), data, t); err != nil {
		return nil, fmt.Errorf("table %q: %w", name, err)
	}
	return t, nil
}

// liveTable is the record of a table that is there.
func liveTable(tx *bolt.Tx, name string) (*tableRecord, error) {
	t, err := readTable(tx, name)
	if err != nil {
		return nil, err
	}
	if t == nil || t.Deleted {
		return nil, fmt.Errorf("%w: %q", schema.ErrTableNotFound, name)
	}
	return t, nil
}

func writeTable(tx *bolt.Tx, name string, t *tableRecord) error {
	if err := put(tx, bucketTables, []byte(name), t); err != nil {
		return fmt.Errorf("write table %q: %w", name, err)
	}
	return nil
}

func readVersion(tx *bolt.Tx, table string, number int) (*schema.Version, error) {
	data := tx.Bucket([]byte(bucketVersions)).Get(numbered(table, uint64(number)))
	if data == nil {
		return nil, fmt.Errorf("%w: version %d of table %q", schema.ErrVersionNotFound, number, table)
	}
	return parseVersion(table, number, data)
}

func parseVersion(table string, number int, data []byte) (*schema.Version, error) {
	content, err := unwrap(bucketVersions, numbered(table, uint64(number)), data)
	if err == nil {
		var v *schema.Version
		if v, err = versionOf(table, content); err == nil {
			return v, nil
		}
	}
	return nil, fmt.Errorf("version %d of table %q: %w", number, table, err)
}

// versionOf makes a version of the content of its record. The error wraps ErrDamaged.
func versionOf(table string, content []byte) (*schema.Version, error) {
	var r versionRecord
	if err := json.Unmarshal(content, &r); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	v := r.Version
	v.Table = table
	v.KeyGiven, v.Storage, v.Groups, v.Segments = r.KeyGiven, r.Storage, r.Groups, r.Segments
	if err := v.Locate(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return &v, nil
}

// writeVersion writes a version, and its warnings beside it: those are many and
// seldom read, and publishing reads versions.
func writeVersion(tx *bolt.Tx, table string, v *schema.Version) error {
	r := versionRecord{Version: *v, KeyGiven: v.KeyGiven, Storage: v.Storage, Groups: v.Groups, Segments: v.Segments}
	r.Warnings = nil
	key := numbered(table, uint64(v.Number))
	if err := put(tx, bucketVersions, key, r); err != nil {
		return fmt.Errorf("write version %d of table %q: %w", v.Number, table, err)
	}
	if len(v.Warnings) == 0 {
		return nil
	}
	if err := put(tx, bucketWarnings, key, v.Warnings); err != nil {
		return fmt.Errorf("write warnings of version %d of table %q: %w", v.Number, table, err)
	}
	return nil
}

func readWarnings(tx *bolt.Tx, table string, number int) ([]schema.Warning, error) {
	key := numbered(table, uint64(number))
	data := tx.Bucket([]byte(bucketWarnings)).Get(key)
	if data == nil {
		return nil, nil
	}
	var list []schema.Warning
	if err := decode(bucketWarnings, key, data, &list); err != nil {
		return nil, fmt.Errorf("table %q: warnings of version %d: %w", table, number, err)
	}
	return list, nil
}

// eachNumbered calls f with the numbers and values of a table in a bucket, in
// ascending order, until it returns an error.
func eachNumbered(tx *bolt.Tx, bucket, table string, f func(n uint64, data []byte) error) error {
	prefix := append([]byte(table), 0)
	c := tx.Bucket([]byte(bucket)).Cursor()
	for k, data := c.Seek(prefix); len(k) == len(prefix)+8 && bytes.HasPrefix(k, prefix); k, data = c.Next() {
		if err := f(binary.BigEndian.Uint64(k[len(prefix):]), data); err != nil {
			return err
		}
	}
	return nil
}

// versionNumbers are the numbers of the versions that are kept, ascending.
func versionNumbers(tx *bolt.Tx, table string) []int {
	return numbersIn(tx, bucketVersions, table)
}

// numbersIn are the numbers of a name in a bucket, ascending.
func numbersIn(tx *bolt.Tx, bucket, name string) []int {
	var numbers []int
	_ = eachNumbered(tx, bucket, name, func(n uint64, _ []byte) error {
		numbers = append(numbers, int(n))
		return nil
	})
	return numbers
}
