package tables

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"tablestep/tables/schema"

	bolt "go.etcd.io/bbolt"
)

// prepareFile makes a new file ours, takes an older one over, and refuses any other.
func prepareFile(tx *bolt.Tx) error {
	format, err := readFormat(tx)
	if err != nil {
		return err
	}
	if err := haveBuckets(tx, format); err != nil {
		return err
	}
	if format != storeFormat {
		if err := migrate(tx, format); err != nil {
			return fmt.Errorf("take over a file of format %d: %w", format, err)
		}
		key := []byte(keyFormat)
		if err := tx.Bucket([]byte(bucketMeta)).Put(key, wrap(bucketMeta, key, nil)); err != nil {
			return err
		}
	}
	return raiseSequence(tx)
}

// readFormat is the format of a file, 0 for a new one.
func readFormat(tx *bolt.Tx) (int, error) {
	meta := tx.Bucket([]byte(bucketMeta))
	if meta == nil {
		if k, _ := tx.Cursor().First(); k != nil {
			return 0, fmt.Errorf("%w, or a file of something else: it has no bucket %q, but %.40q", ErrDamaged, bucketMeta, k)
		}
		return 0, nil
	}
	key := []byte(keyFormat)
	record := meta.Get(key)
	switch {
	case len(record) == 1 && record[0] == 1:
		return 1, nil // The only format whose records had no checksum.
	case len(record) == recordHead && record[0] == storeFormat:
		_, err := unwrap(bucketMeta, key, record)
		return storeFormat, err
	case len(record) == 0:
		return 0, fmt.Errorf("%w, or a file of something else: it does not say what format it has", ErrDamaged)
	}
	return 0, fmt.Errorf("format %v is not one that this program knows, 1 to %d: use the program that wrote the file, or a newer one", record, storeFormat)
}

// haveBuckets makes the buckets of a new file. In any other all must be there; those
// of rule sets came later than the first files.
func haveBuckets(tx *bolt.Tx, format int) error {
	young := []string{bucketRuleSets, bucketRuleSetVersions, bucketRuleSetHistory}
	for _, name := range bucketNames() {
		if tx.Bucket([]byte(name)) != nil {
			continue
		}
		if format != 0 && (format != 1 || !slices.Contains(young, name)) {
			return fmt.Errorf("%w: bucket %q is missing", ErrDamaged, name)
		}
		if _, err := tx.CreateBucket([]byte(name)); err != nil {
			return fmt.Errorf("make bucket %s: %w", name, err)
		}
	}
	return nil
}

// migrate gives every record the form of today, in one transaction. What cannot be read
// in the old form stays as it is, so that it is found damaged in the new one. Chunks
// have had their own checksum from the first.
func migrate(tx *bolt.Tx, format int) error {
	if format == 0 {
		return nil
	}
	for _, bucket := range bucketNames() {
		if bucket == bucketMeta || bucket == bucketData {
			continue
		}
		b := tx.Bucket([]byte(bucket))
		type entry struct{ key, record []byte }
		var changed []entry // a bucket must not change under its cursor
		c := b.Cursor()
		for k, data := c.First(); k != nil; k, data = c.Next() {
			content := data
			if bucket != bucketSettings { // They had no version byte.
				var ok bool
				if content, ok = readFormat1(bucket, data); !ok {
					continue
				}
			}
			changed = append(changed, entry{bytes.Clone(k), wrap(bucket, k, content)})
		}
		for _, e := range changed {
			if err := b.Put(e.key, e.record); err != nil {
				return err
			}
		}
	}
	return nil
}

// readFormat1 is the content of a record of format 1: one version byte, then JSON.
func readFormat1(bucket string, data []byte) (content []byte, ok bool) {
	if len(data) == 0 || data[0] != 1 {
		return nil, false
	}
	content = data[1:]
	var record any
	switch bucket {
	case bucketTables:
		record = new(tableRecord)
	case bucketVersions:
		record = new(versionRecord)
	case bucketWarnings:
		record = new([]schema.Warning)
	case bucketDoomed:
		record = new(doomedRecord)
	case bucketRuleSets:
		record = new(ruleSetRecord)
	case bucketRuleSetVersions:
		record = new(RuleSetVersion)
	case bucketHistory, bucketRuleSetHistory:
		record = new(Event)
	}
	return content, json.Unmarshal(content, record) == nil
}

// raiseSequence sees to it that the next import gets a storage that nobody has: the
// sequence that bbolt keeps has no checksum.
func raiseSequence(tx *bolt.Tx) error {
	const most = 1 << 62 // A damaged key may be anything.
	b := tx.Bucket([]byte(bucketData))
	last := b.Sequence()
	for _, bucket := range []string{bucketData, bucketDoomed} {
		c := tx.Bucket([]byte(bucket)).Cursor()
		for k, _ := c.Last(); len(k) >= 8; k, _ = c.Prev() {
			if id := binary.BigEndian.Uint64(k); id < most {
				last = max(last, id)
				break
			}
		}
	}
	if last == b.Sequence() {
		return nil
	}
	return b.SetSequence(last)
}
