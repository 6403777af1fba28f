package tables

import (
	"os"
	"slices"

	bolt "go.etcd.io/bbolt"
)

// DB is the file of a store, for tests that look at what is left in it.
func DB(s *Store) *bolt.DB { return s.db }

// SmallGroups makes row groups of so many rows.
func SmallGroups(o Options, rows int) Options {
	o.groupRows = rows
	return o
}

// Making is how a version came to be.
type Making = making

// Surplus are the numbers of the versions that are too many, in ascending order.
func Surplus(versions []Making, keep int) []int {
	var numbers []int
	for _, m := range surplus(versions, keep) {
		numbers = append(numbers, m.Number)
	}
	slices.Sort(numbers)
	return numbers
}

// Sweep removes a segment of a storage that was seen to be doomed.
func Sweep(s *Store, storage uint64) error {
	return s.write(func(tx *bolt.Tx) error { return sweep(tx, storage) })
}

// Wrap gives a content the form of a record, with its checksum.
func Wrap(bucket string, key, content []byte) []byte { return wrap(bucket, key, content) }

// Unwrap is the content of a record.
func Unwrap(bucket string, key, data []byte) ([]byte, error) { return unwrap(bucket, key, data) }

// OpenWith is Open with a stand-in for os.OpenFile.
func OpenWith(path string, o Options, open func(name string, flag int, mode os.FileMode) (*os.File, error)) (*Store, error) {
	o.openFile = open
	return Open(path, o)
}

// Doom marks a storage as nobody's without a word to the sweeper.
func Doom(t interface{ Fatal(...any) }, s *Store, storage uint64) {
	if err := s.write(func(tx *bolt.Tx) error { return s.doom(tx, "t", storage) }); err != nil {
		t.Fatal(err)
	}
}

// WakeSweeper tells the sweeper that there is work.
func WakeSweeper(s *Store) { s.wakeSweeper() }
