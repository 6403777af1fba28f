package tables

import bolt "go.etcd.io/bbolt"

// DB is the file of a store, for tests that look at what is left in it.
func DB(s *Store) *bolt.DB { return s.db }

// CachedBytes is what the loaded snapshots take.
func CachedBytes(s *Store) (bytes int64, snapshots int) {
	s.cache.mu.Lock()
	defer s.cache.mu.Unlock()
	return s.cache.bytes, len(s.cache.entries)
}
