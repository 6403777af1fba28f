package file

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	bolt "go.etcd.io/bbolt"

	"tablestep/tables"
)

// Commit changes records in one transaction.
func (k *Keeper) Commit(ctx context.Context, c *tables.Commit) error {
	return k.write(ctx, func(tx *bolt.Tx) error {
		revisions := map[tables.Name]uint64{}
		for _, on := range c.On {
			if now := revisionOf(tx, on.Name); now != on.Revision {
				return fmt.Errorf("%w: %s", tables.ErrMoved, tables.Thing{Name: on.Name})
			}
			revisions[on.Name] = on.Revision
		}
		lost := false // the rows of a version whose record is damaged
		for _, m := range c.Move {
			if err := move(tx, m.From, m.To); err != nil {
				return err
			}
			if m.History {
				if err := moveEvents(tx, m.From, m.To); err != nil {
					return fmt.Errorf("history of %s: %w", tables.Thing{Name: m.From}, err)
				}
			}
		}
		for _, name := range c.Forget {
			was, err := forget(tx, name)
			if err != nil {
				return err
			}
			lost = lost || was
		}
		for _, a := range c.Add {
			if err := addVersion(tx, a.Thing, a.Content); err != nil {
				return err
			}
		}
		for _, f := range c.Find {
			if err := putFindings(tx, f.Thing, f.Number, f.Findings); err != nil {
				return err
			}
		}
		for _, d := range c.Drop {
			was, err := dropVersion(tx, versionKey(d.Thing, d.Number))
			if err != nil {
				return err
			}
			lost = lost || was
		}
		for _, a := range c.Alias {
			if err := putAlias(tx, a); err != nil {
				return err
			}
		}
		for _, h := range c.Heads {
			revision := uint64(0)
			if h.Lookup == "" {
				revision = revisions[h.Name] + 1
			}
			if err := put(tx, bucketHeads, headKey(h.Thing), newHeadRecord(h.Head, revision)); err != nil {
				return fmt.Errorf("write %s: %w", h.Thing, err)
			}
		}
		for _, storage := range c.Take {
			if err := k.take(tx, storage); err != nil {
				return err
			}
		}
		for _, storage := range c.Doom {
			if err := doom(tx, doomedRecord{Since: c.At}, storage); err != nil {
				return err
			}
		}
		if lost {
			if err := doomOrphans(tx, c); err != nil {
				return err
			}
		}
		for _, e := range c.Events {
			if err := addEvent(tx, e.Name, e.Event); err != nil {
				return fmt.Errorf("history of %s: %w", tables.Thing{Name: e.Name}, err)
			}
		}
		return nil
	})
}

// revisionOf is that of a name; 0 where there is none, or its head cannot be read.
func revisionOf(tx *bolt.Tx, name tables.Name) uint64 {
	key := headKey(tables.Thing{Name: name})
	var h headRecord
	if data := tx.Bucket([]byte(bucketHeads)).Get(key); data == nil || decode(bucketHeads, key, data, &h) != nil {
		return 0
	}
	return h.Revision
}

// thingBuckets are those whose keys begin with a name.
func thingBuckets() []string {
	return []string{bucketHeads, bucketVersions, bucketFindings, bucketAliases}
}

// move gives all records of a name to another, in place of what is there. One that is damaged
// is moved as it is, and is damaged there.
func move(tx *bolt.Tx, from, to tables.Name) error {
	if _, err := forget(tx, to); err != nil {
		return err
	}
	for _, bucket := range thingBuckets() {
		b := tx.Bucket([]byte(bucket))
		for _, key := range keysWith(tx, bucket, nameKey(from)) {
			if err := rekey(b, bucket, key, slices.Concat(nameKey(to), key[len(nameKey(from)):])); err != nil {
				return err
			}
		}
	}
	return nil
}

// rekey puts a record under another key. One that is damaged stays so.
func rekey(b *bolt.Bucket, bucket string, key, moved []byte) error {
	record := slices.Clone(b.Get(key))
	if content, err := unwrap(bucket, key, record); err == nil {
		record = wrap(bucket, moved, content)
	}
	if err := b.Put(moved, record); err != nil {
		return err
	}
	return b.Delete(key)
}

// moveEvents gives the history of a name to another one. The numbers of events ascend through all names, so they
// stand in their order.
func moveEvents(tx *bolt.Tx, from, to tables.Name) error {
	prefix := eventsKey(from)
	b := tx.Bucket([]byte(bucketHistory))
	for _, key := range keysWith(tx, bucketHistory, prefix) {
		if err := rekey(b, bucketHistory, key, slices.Concat(eventsKey(to), key[len(prefix):])); err != nil {
			return err
		}
	}
	all := keysWith(tx, bucketHistory, eventsKey(to))
	for _, key := range all[:max(0, len(all)-tables.MaxEvents)] {
		if err := b.Delete(key); err != nil {
			return err
		}
	}
	return nil
}

// forget removes all records of a name, and says whether one of them was of a version and could
// not be read.
func forget(tx *bolt.Tx, name tables.Name) (lost bool, err error) {
	for _, key := range keysWith(tx, bucketVersions, nameKey(name)) {
		was, err := dropVersion(tx, key)
		if err != nil {
			return lost, err
		}
		lost = lost || was
	}
	for _, bucket := range thingBuckets() {
		for _, key := range keysWith(tx, bucket, nameKey(name)) {
			if err := tx.Bucket([]byte(bucket)).Delete(key); err != nil {
				return lost, err
			}
		}
	}
	return lost, nil
}

// addVersion writes a version, and its findings beside it: those are many and
// seldom read, and publishing reads versions.
func addVersion(tx *bolt.Tx, t tables.Thing, c *tables.Content) error {
	key := versionKey(t, c.Number)
	if err := put(tx, bucketVersions, key, contentRecord(t, c)); err != nil {
		return fmt.Errorf("write version %d of %s: %w", c.Number, t, err)
	}
	if c.Rows == nil {
		return nil
	}
	return putFindings(tx, t, c.Number, c.Rows.Findings)
}

// dropVersion removes a version and its findings, and says whether it may have had rows of which
// its record does not tell.
func dropVersion(tx *bolt.Tx, key []byte) (lost bool, err error) {
	b := tx.Bucket([]byte(bucketVersions))
	if data := b.Get(key); data != nil {
		_, err := readStorage(key, data)
		lost = err != nil
	}
	if err := b.Delete(key); err != nil {
		return lost, err
	}
	return lost, tx.Bucket([]byte(bucketFindings)).Delete(key)
}

// readStorage is the storage that a record of a version names.
func readStorage(key, data []byte) (uint64, error) {
	var r makingRecord
	err := decode(bucketVersions, key, data, &r)
	return r.Storage, err
}

// addEvent adds an event to the history of a name, and drops the oldest beyond MaxEvents.
func addEvent(tx *bolt.Tx, name tables.Name, e tables.Event) error {
	prefix := eventsKey(name)
	b := tx.Bucket([]byte(bucketHistory))
	var key []byte
	for key == nil || b.Get(key) != nil { // The sequence itself carries no checksum.
		n, err := b.NextSequence()
		if err != nil {
			return err
		}
		key = append(slices.Clone(prefix), storageKey(n)...)
	}
	if err := put(tx, bucketHistory, key, eventRecord(e)); err != nil {
		return err
	}
	var oldest []byte
	count := 0
	c := b.Cursor()
	for k, _ := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, _ = c.Next() {
		if count++; count == 1 {
			oldest = slices.Clone(k)
		}
	}
	if count > tables.MaxEvents {
		return b.Delete(oldest)
	}
	return nil
}
