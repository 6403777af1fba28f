package tables

import (
	"bytes"
	"encoding/binary"

	bolt "go.etcd.io/bbolt"
)

// doom marks the chunks of a storage as nobody's.
func (s *Store) doom(tx *bolt.Tx, table string, storage uint64) error {
	return put(tx, bucketDoomed, storageKey(storage), doomedRecord{Table: table, Since: s.options.Now().UTC()})
}

func (s *Store) wakeSweeper() {
	select {
	case s.sweep <- struct{}{}:
	default:
	}
}

// sweeper removes doomed chunks in the background until the store is closed. An
// error leaves them for the next time somebody wakes it, or the next start; so does
// somebody who reads them, and who wakes it when he is done.
func (s *Store) sweeper() {
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-s.sweep:
		}
		for s.ctx.Err() == nil {
			more, err := s.sweepOne()
			if err != nil || !more {
				break
			}
		}
	}
}

// sweepOne removes one segment of a doomed storage, which is what one transaction
// can do without holding up others; false when there is nothing to do.
func (s *Store) sweepOne() (more bool, err error) {
	storage, found, err := s.sweepable()
	if err != nil || !found {
		return false, err
	}
	s.cache.Drop(storage)
	s.forgetRows(storage)
	err = s.write(func(tx *bolt.Tx) error { return sweep(tx, storage) })
	return err == nil, err
}

// sweepable finds a doomed storage that nobody uses. Once that is so, it stays so:
// no catalog to come has it, and a reading begins with a version that is there.
func (s *Store) sweepable() (storage uint64, found bool, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		var used map[uint64]bool
		c := tx.Bucket([]byte(bucketDoomed)).Cursor()
		for k, record := c.First(); k != nil; k, record = c.Next() {
			// What is removed by a damaged record may be another's.
			if _, err := unwrap(bucketDoomed, k, record); err != nil || len(k) != 8 {
				continue
			}
			// After the transaction has begun: what it sees as doomed, readers
			// who came too late do not.
			if used == nil {
				used = s.inUse()
			}
			if storage = binary.BigEndian.Uint64(k); !used[storage] {
				found = true
				return nil
			}
		}
		return nil
	})
	return storage, found, err
}

// sweep removes one segment of a storage or, after the last one, the mark. The mark
// is looked for again: since it was seen, an import may have ended in a version.
func sweep(tx *bolt.Tx, storage uint64) error {
	prefix := storageKey(storage)
	doomed := tx.Bucket([]byte(bucketDoomed))
	if doomed.Get(prefix) == nil {
		return nil
	}
	data := tx.Bucket([]byte(bucketData))
	if k, _ := data.Cursor().Seek(prefix); bytes.HasPrefix(k, prefix) {
		return data.DeleteBucket(append([]byte(nil), k...))
	}
	return doomed.Delete(prefix)
}
