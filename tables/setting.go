package tables

import (
	"fmt"

	"tablestep/tables/schema"
)

// maxSetting keeps settings small.
const maxSetting = 4 << 20

// Setting reads a small durable setting; nil where it was never set. A damaged one is
// ErrDamaged: it counts as not set until it is set again.
func (s *Store) Setting(key string) ([]byte, error) {
	err := s.enter()
	if err == nil {
		defer s.leave()
		var value []byte
		if value, err = s.keeper.Setting(s.ctx, key); err == nil {
			return value, nil
		}
	}
	return nil, fmt.Errorf("read setting %q: %w", schema.Excerpt(key), err)
}

// SetSetting keeps a small setting; a nil value removes it.
func (s *Store) SetSetting(key string, value []byte) error {
	if key == "" || len(key) > 1000 || len(value) > maxSetting {
		return fmt.Errorf("%w: setting %q of %d bytes", schema.ErrInvalid, schema.Excerpt(key), len(value))
	}
	err := s.enter()
	if err == nil {
		defer s.leave()
		if err = s.Err(); err == nil {
			err = s.note(s.keeper.SetSetting(s.ctx, key, value))
		}
	}
	if err != nil {
		return fmt.Errorf("write setting %q: %w", schema.Excerpt(key), err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.damagedSettings, key)
	return nil
}
