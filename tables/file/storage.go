package file

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"tablestep/tables"
	"tablestep/tables/schema"
)

// segmentBytes is of the chunks of a segment, which is what one transaction of the sweeper removes.
const segmentBytes = 64 << 20

// Begin gives an import its storage, which is nobody's until a commit takes it.
func (k *Keeper) Begin(ctx context.Context, table string) (storage uint64, err error) {
	err = k.write(ctx, func(tx *bolt.Tx) error {
		var err error
		if storage, err = tx.Bucket([]byte(bucketData)).NextSequence(); err != nil {
			return err
		}
		return doom(tx, doomedRecord{Table: table, Since: time.Now().UTC(), Lease: k.opening}, storage)
	})
	return storage, err
}

// leased is the record of a storage for which an import of this opening has the lease.
func (k *Keeper) leased(tx *bolt.Tx, storage uint64) (doomedRecord, error) {
	var r doomedRecord
	data := tx.Bucket([]byte(bucketDoomed)).Get(storageKey(storage))
	if data == nil {
		return r, tables.ErrLeaseLost
	}
	if err := decode(bucketDoomed, storageKey(storage), data, &r); err != nil {
		return r, err
	}
	if r.Lease != k.opening {
		return r, tables.ErrLeaseLost
	}
	return r, nil
}

func doom(tx *bolt.Tx, r doomedRecord, storage uint64) error {
	return put(tx, bucketDoomed, storageKey(storage), r)
}

// Put writes row groups in one transaction.
func (k *Keeper) Put(ctx context.Context, storage uint64, group int, chunks [][][]byte) error {
	return k.write(ctx, func(tx *bolt.Tx) error {
		r, err := k.leased(tx, storage)
		if err != nil {
			return err
		}
		if r.Bytes >= segmentBytes {
			r.Segment, r.Bytes = r.Segment+1, 0
		}
		b, err := tx.Bucket([]byte(bucketData)).CreateBucketIfNotExists(segmentKey(storage, r.Segment))
		if err != nil {
			return err
		}
		b.FillPercent = 1 // Keys come in order: no page is ever added to.
		for g, columns := range chunks {
			for c, chunk := range columns {
				if err := b.Put(chunkKey(group+g, c), chunk); err != nil {
					return err
				}
				r.Bytes += len(chunk)
			}
		}
		return doom(tx, r, storage)
	})
}

// take makes the storage of an import a version's.
func (k *Keeper) take(tx *bolt.Tx, storage uint64) error {
	if _, err := k.leased(tx, storage); err != nil {
		return err
	}
	return tx.Bucket([]byte(bucketDoomed)).Delete(storageKey(storage))
}

// Release gives a lease back.
func (k *Keeper) Release(ctx context.Context, storage uint64) error {
	return k.write(ctx, func(tx *bolt.Tx) error {
		data := tx.Bucket([]byte(bucketDoomed)).Get(storageKey(storage))
		if data == nil {
			return nil // a commit has taken it
		}
		var r doomedRecord
		if err := decode(bucketDoomed, storageKey(storage), data, &r); err != nil {
			return err
		}
		r.Lease = ""
		return doom(tx, r, storage)
	})
}

// Read hands the chunks of some columns of a row group to f.
func (k *Keeper) Read(ctx context.Context, storage uint64, group int, columns []int, f func(i int, chunk []byte) error) error {
	return k.view(ctx, func(tx *bolt.Tx) error {
		b := segmentOf(tx, storage, group)
		if b == nil {
			return schema.ErrVersionGone
		}
		for i, c := range columns {
			chunk := b.Get(chunkKey(group, c))
			if chunk == nil {
				return fmt.Errorf("%w: no chunk of column %d in row group %d", tables.ErrDamaged, c+1, group)
			}
			if err := f(i, chunk); err != nil {
				return err
			}
		}
		return nil
	})
}

// segmentOf is the segment that holds a row group: the last one that does not begin behind
// it. Most storages have one segment, and of many it halves the number: it has to look into a
// segment to learn where it begins.
func segmentOf(tx *bolt.Tx, storage uint64, group int) *bolt.Bucket {
	data := tx.Bucket([]byte(bucketData))
	c := data.Cursor()
	k, _ := c.Seek(storageKey(storage + 1))
	if k == nil {
		k, _ = c.Last()
	} else {
		k, _ = c.Prev()
	}
	if id, ok := storageOf(k); !ok || id != storage {
		return nil
	}
	low, high := 0, int(binary.BigEndian.Uint32(k[8:]))
	for low < high {
		middle := (low + high + 1) / 2
		if begins(data.Bucket(segmentKey(storage, middle))) <= group {
			low = middle
		} else {
			high = middle - 1
		}
	}
	return data.Bucket(segmentKey(storage, low))
}

// begins is the first row group of a segment. One that is not there begins behind all, so that
// what it had is found to be missing and nothing else.
func begins(segment *bolt.Bucket) int {
	const behind = 1 << 32
	if segment == nil {
		return behind
	}
	k, _ := segment.Cursor().First()
	if len(k) != 8 {
		return behind
	}
	return int(binary.BigEndian.Uint32(k))
}

// Sweep removes one segment of a storage that is nobody's.
func (k *Keeper) Sweep(ctx context.Context, free func(storage uint64) bool) (more bool, err error) {
	var list []uint64
	err = k.view(ctx, func(tx *bolt.Tx) error {
		return each(tx, bucketDoomed, nil, func(key, data []byte) error {
			// What is removed by a damaged record may be another's.
			var r doomedRecord
			if err := decode(bucketDoomed, key, data, &r); err == nil && len(key) == 8 && r.Lease != k.opening {
				list = append(list, binary.BigEndian.Uint64(key))
			}
			return nil
		})
	})
	if err != nil {
		return false, err
	}
	at := slices.IndexFunc(list, free)
	if at < 0 {
		return false, nil
	}
	return true, k.write(ctx, func(tx *bolt.Tx) error { return sweep(tx, list[at]) })
}

// sweep removes one segment of a storage or, after the last one, the mark. The mark is looked
// for again.
func sweep(tx *bolt.Tx, storage uint64) error {
	prefix := storageKey(storage)
	doomed := tx.Bucket([]byte(bucketDoomed))
	if doomed.Get(prefix) == nil {
		return nil
	}
	data := tx.Bucket([]byte(bucketData))
	if k, _ := data.Cursor().Seek(prefix); bytes.HasPrefix(k, prefix) {
		return data.DeleteBucket(slices.Clone(k))
	}
	return doomed.Delete(prefix)
}

// doomOrphans leaves chunks that no version names to the sweeper. It is called when a
// version has been dropped whose record could not be read, and does nothing as long as
// there is another such record: its chunks are among them.
func doomOrphans(tx *bolt.Tx, c *tables.Commit) error {
	owned, unknown := map[uint64]bool{}, false
	_ = each(tx, bucketVersions, nil, func(key, data []byte) error {
		storage, err := readStorage(key, data)
		owned[storage], unknown = true, unknown || err != nil
		return nil
	})
	if unknown {
		return nil
	}
	var orphans []uint64
	cursor := tx.Bucket([]byte(bucketData)).Cursor()
	for k, _ := cursor.First(); k != nil; k, _ = cursor.Next() {
		if id, ok := storageOf(k); ok && !owned[id] && tx.Bucket([]byte(bucketDoomed)).Get(storageKey(id)) == nil && !slices.Contains(orphans, id) {
			orphans = append(orphans, id)
		}
	}
	for _, id := range orphans {
		if err := doom(tx, doomedRecord{Since: c.At}, id); err != nil {
			return err
		}
	}
	return nil
}
