package file

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	bolt "go.etcd.io/bbolt"

	"tablestep/tables"
)

// prepare makes a new file ours, takes an older one over, after it was written beside itself,
// and refuses any other.
func (k *Keeper) prepare() error {
	ctx := context.Background()
	format := 0
	err := k.view(ctx, func(tx *bolt.Tx) error {
		var err error
		format, err = readFormat(tx)
		return err
	})
	if err != nil {
		return err
	}
	if format != 0 && format != recordVersion {
		if err := k.keepBeside(format); err != nil {
			return err
		}
	}
	return k.write(ctx, prepareFile)
}

func prepareFile(tx *bolt.Tx) error {
	format, err := readFormat(tx)
	if err != nil {
		return err
	}
	if err := haveBuckets(tx, format); err != nil {
		return err
	}
	if format != recordVersion {
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
			return 0, fmt.Errorf("%w, or a file of something else: it has no bucket %q, but %.40q", tables.ErrDamaged, bucketMeta, k)
		}
		return 0, nil
	}
	key := []byte(keyFormat)
	record := meta.Get(key)
	switch {
	case len(record) == 1 && record[0] == 1:
		return 1, nil // The only format whose records had no checksum.
	case len(record) == recordHead && record[0] >= 2 && record[0] <= recordVersion:
		_, err := unwrapOf(record[0], bucketMeta, key, record)
		return int(record[0]), err
	case len(record) == 0:
		return 0, fmt.Errorf("%w, or a file of something else: it does not say what format it has", tables.ErrDamaged)
	}
	return 0, fmt.Errorf("format %v is not one that this program knows, 1 to %d: use the program that wrote the file, or a newer one", record, recordVersion)
}

// haveBuckets makes the buckets of a new file, and those that an older format did not have. In any
// other file all must be there.
func haveBuckets(tx *bolt.Tx, format int) error {
	needed := slices.DeleteFunc(bucketNames(), func(name string) bool { return slices.Contains(laterBuckets(), name) })
	switch format {
	case 0:
		needed = nil
	case 1:
		needed = slices.DeleteFunc(oldBuckets(), func(name string) bool { return slices.Contains(ruleBuckets(), name) })
	case 2:
		needed = oldBuckets()
	}
	for _, name := range needed {
		if tx.Bucket([]byte(name)) == nil {
			return fmt.Errorf("%w: bucket %q is missing", tables.ErrDamaged, name)
		}
	}
	for _, name := range bucketNames() {
		if _, err := tx.CreateBucketIfNotExists([]byte(name)); err != nil {
			return fmt.Errorf("make bucket %s: %w", name, err)
		}
	}
	return nil
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
