package file

import (
	"bytes"
	"encoding/binary"
	"slices"

	bolt "go.etcd.io/bbolt"

	"tablestep/tables"
)

// The buckets of the file; FORMAT.md draws what is in them.
const (
	bucketMeta     = "meta"
	bucketHeads    = "heads"
	bucketVersions = "versions"
	bucketFindings = "findings"
	bucketAliases  = "aliases"
	bucketData     = "data"
	bucketDoomed   = "doomed"
	bucketHistory  = "history"
	bucketSettings = "settings"

	keyFormat = "format"
)

// bucketNames are all buckets of the file.
func bucketNames() []string {
	return []string{bucketMeta, bucketHeads, bucketVersions, bucketFindings, bucketAliases, bucketData, bucketDoomed, bucketHistory, bucketSettings}
}

// kindByte begins the keys of a kind.
func kindByte(k tables.Kind) byte {
	switch k {
	case tables.KindRuleSet:
		return 'r'
	case tables.KindDraft:
		return 'd'
	}
	return 't'
}

// nameKey begins the keys of all that is kept of a name.
func nameKey(n tables.Name) []byte {
	key := append([]byte{kindByte(n.Kind)}, n.Name...)
	return binary.BigEndian.AppendUint32(append(key, 0), uint32(n.Bin))
}

// headKey is the key of a thing's head, and begins those of its versions.
func headKey(t tables.Thing) []byte {
	return append(append(nameKey(t.Name), t.Lookup...), 0)
}

// versionKey is the key of a version and of its findings.
func versionKey(t tables.Thing, number int) []byte {
	return binary.BigEndian.AppendUint64(headKey(t), uint64(number))
}

// aliasKey is the key of an alias of a lookup.
func aliasKey(t tables.Thing, id int) []byte { return versionKey(t, id) }

// splitHead takes a key of headKey apart.
func splitHead(key []byte) (t tables.Thing, ok bool) {
	if len(key) == 0 {
		return t, false
	}
	switch key[0] {
	case 't':
		t.Kind = tables.KindTable
	case 'r':
		t.Kind = tables.KindRuleSet
	case 'd':
		t.Kind = tables.KindDraft
	default:
		return t, false
	}
	name, rest, ok := bytes.Cut(key[1:], []byte{0})
	if !ok || len(rest) < 5 || rest[len(rest)-1] != 0 {
		return t, false
	}
	t.Name.Name, t.Bin = string(name), int(binary.BigEndian.Uint32(rest))
	t.Lookup = string(rest[4 : len(rest)-1])
	return t, !bytes.Contains(rest[4:len(rest)-1], []byte{0})
}

// splitVersion takes a key of versionKey apart.
func splitVersion(key []byte) (t tables.Thing, number uint64, ok bool) {
	if len(key) < 8 {
		return t, 0, false
	}
	t, ok = splitHead(key[:len(key)-8])
	return t, binary.BigEndian.Uint64(key[len(key)-8:]), ok
}

// eventsKey begins the keys of the events of a name.
func eventsKey(n tables.Name) []byte {
	return append(append([]byte{kindByte(n.Kind)}, n.Name...), 0)
}

func storageKey(id uint64) []byte { return binary.BigEndian.AppendUint64(nil, id) }

// storageOf is the storage whose segment a key of the data bucket names.
func storageOf(key []byte) (id uint64, ok bool) {
	if len(key) != 12 {
		return 0, false
	}
	return binary.BigEndian.Uint64(key), true
}

func segmentKey(id uint64, segment int) []byte {
	return binary.BigEndian.AppendUint32(storageKey(id), uint32(segment))
}

func chunkKey(group, column int) []byte {
	key := binary.BigEndian.AppendUint32(nil, uint32(group))
	return binary.BigEndian.AppendUint32(key, uint32(column))
}

// each calls f with the keys that begin with a prefix and their values, in ascending
// order, until it returns an error.
func each(tx *bolt.Tx, bucket string, prefix []byte, f func(key, data []byte) error) error {
	c := tx.Bucket([]byte(bucket)).Cursor()
	for k, data := c.Seek(prefix); bytes.HasPrefix(k, prefix) && k != nil; k, data = c.Next() {
		if err := f(k, data); err != nil {
			return err
		}
	}
	return nil
}

// eachNumbered calls f with the numbers behind a prefix and their values.
func eachNumbered(tx *bolt.Tx, bucket string, prefix []byte, f func(n uint64, data []byte) error) error {
	return each(tx, bucket, prefix, func(key, data []byte) error {
		if len(key) != len(prefix)+8 {
			return nil
		}
		return f(binary.BigEndian.Uint64(key[len(prefix):]), data)
	})
}

// keysWith are the keys that begin with a prefix, to be kept.
func keysWith(tx *bolt.Tx, bucket string, prefix []byte) (keys [][]byte) {
	_ = each(tx, bucket, prefix, func(key, _ []byte) error {
		keys = append(keys, slices.Clone(key))
		return nil
	})
	return keys
}
