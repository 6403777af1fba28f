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
// error leaves them for the next time somebody wakes it, or the next start.
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
	storage, found := uint64(0), false
	err = s.db.View(func(tx *bolt.Tx) error {
		c := tx.Bucket([]byte(bucketDoomed)).Cursor()
		for k, record := c.First(); k != nil; k, record = c.Next() {
			// What is removed by a damaged record may be another's.
			if _, err := unwrap(bucketDoomed, k, record); err != nil || len(k) != 8 {
				continue
			}
			id := binary.BigEndian.Uint64(k)
			if !s.importing(id) {
				storage, found = id, true
				return nil
			}
		}
		return nil
	})
	if err != nil || !found {
		return false, err
	}
	s.cache.drop(storage)
	s.forgetRows(storage)
	err = s.write(func(tx *bolt.Tx) error {
		data := tx.Bucket([]byte(bucketData))
		prefix := storageKey(storage)
		if k, _ := data.Cursor().Seek(prefix); bytes.HasPrefix(k, prefix) {
			return data.DeleteBucket(append([]byte(nil), k...))
		}
		return tx.Bucket([]byte(bucketDoomed)).Delete(prefix)
	})
	return err == nil, err
}

func (s *Store) importing(storage uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.imports[storage]
	return ok
}
