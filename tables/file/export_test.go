package file

import (
	"time"

	bolt "go.etcd.io/bbolt"
)

// DB is the file of a keeper, for tests that look at what is in it, or do harm to it.
func DB(k *Keeper) *bolt.DB { return k.db }

// Wrap gives a content the form of a record, with its checksum.
func Wrap(bucket string, key, content []byte) []byte { return wrap(bucket, key, content) }

// Unwrap is the content of a record.
func Unwrap(bucket string, key, data []byte) ([]byte, error) { return unwrap(bucket, key, data) }

// SweepOne removes a segment of a storage that was seen to be doomed.
func SweepOne(k *Keeper, storage uint64) error {
	return k.db.Update(func(tx *bolt.Tx) error { return sweep(tx, storage) })
}

// Doom marks a storage as nobody's without a word to the sweeper.
func Doom(k *Keeper, storage uint64) error {
	return k.db.Update(func(tx *bolt.Tx) error { return doom(tx, doomedRecord{Table: "t", Since: time.Unix(0, 0)}, storage) })
}

// Keys of records, see FORMAT.md.
var (
	HeadKey    = headKey
	VersionKey = versionKey
	EventsKey  = eventsKey
)
