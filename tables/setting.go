package tables

import (
	"fmt"
	"tablestep/tables/schema"

	bolt "go.etcd.io/bbolt"
)

// maxSetting keeps settings small.
const maxSetting = 4 << 20

// Setting reads a small durable setting; nil where it was never set. A damaged one is
// ErrDamaged: it counts as not set until it is set again.
func (s *Store) Setting(key string) ([]byte, error) {
	var value []byte
	err := s.view(func(tx *bolt.Tx) error {
		data := tx.Bucket([]byte(bucketSettings)).Get([]byte(key))
		if data == nil {
			return nil
		}
		content, err := unwrap(bucketSettings, []byte(key), data)
		value = append([]byte{}, content...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read setting %q: %w", schema.Excerpt(key), err)
	}
	return value, nil
}

// SetSetting keeps a small setting; a nil value removes it.
func (s *Store) SetSetting(key string, value []byte) error {
	if key == "" || len(key) > 1000 || len(value) > maxSetting {
		return fmt.Errorf("%w: setting %q of %d bytes", schema.ErrInvalid, schema.Excerpt(key), len(value))
	}
	err := s.update(func(tx *bolt.Tx) error {
		b := tx.Bucket([]byte(bucketSettings))
		if value == nil {
			return b.Delete([]byte(key))
		}
		return b.Put([]byte(key), wrap(bucketSettings, []byte(key), value))
	})
	if err != nil {
		return fmt.Errorf("write setting %q: %w", schema.Excerpt(key), err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.damagedSettings, key)
	return nil
}

// readDamagedSettings are the settings that cannot be read, by their keys.
func readDamagedSettings(tx *bolt.Tx) map[string]Damage {
	list := map[string]Damage{}
	c := tx.Bucket([]byte(bucketSettings)).Cursor()
	for k, data := c.First(); k != nil; k, data = c.Next() {
		if _, err := unwrap(bucketSettings, k, data); err != nil {
			list[string(k)] = Damage{Kind: DamagedSetting, Name: schema.Excerpt(string(k)), Problem: "it counts as not set until it is set again (" + err.Error() + ")"}
		}
	}
	return list
}
