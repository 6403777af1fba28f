package file

import (
	"bytes"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"tablestep/engine/queue"
)

// turns verifies the rows of rotations: every row decodes and belongs to a rotation. Leads that
// keep a row of none are no finding, as a purge deletes them after their rotation.
func (c *checker) turns() {
	b := c.b
	if b.rotation == nil {
		return // The file is of a program that knew no turns.
	}
	if v := b.meta.Get([]byte(metaTurns)); !bytes.Equal(v, []byte{turnVersion}) {
		c.find("the file", "its turns are of format %v, want %d", v, turnVersion)
		return
	}
	if key := b.meta.Get([]byte(metaLeads)); len(key) != len(leadKey{}) {
		c.find("the file", "the key of leads has %d bytes: no lead keeps its row", len(key))
	}
	rotations := c.rotations()
	c.turnRows("counter", b.counter, func(number uint64, name, row []byte) {
		c.report.Counters++
		r, there := rotations[number]
		if !there {
			c.find(fmt.Sprintf("counter of row %.40q", name), "there is no rotation %d that it belongs to", number)
			return
		}
		if _, err := decodeCounter(name, row); err != nil {
			c.find(fmt.Sprintf("counter of row %.40q of %s", name, placeOf(r)), "%v: its row is as if it had had no turn", err)
		}
	})
	c.turnRows("stuck", b.stuck, func(number uint64, name, row []byte) {
		c.report.Stuck++
		place := "a lead that keeps a row"
		if r, there := rotations[number]; there {
			place += " of " + placeOf(r)
		}
		if len(name) != leadBytes {
			c.find(place, "its key ends with %d bytes", len(name))
		}
		if _, _, err := decodeStuck(row, nil); err != nil {
			c.find(place, "%v: it keeps none", err)
		}
	})
}

func placeOf(r queue.Rotation) string {
	return fmt.Sprintf("lookup %q of table %q, instance %q", r.Lookup, r.Table, r.Instance)
}

// rotations verifies their rows, and gives them by number.
func (c *checker) rotations() map[uint64]queue.Rotation {
	known := map[uint64]queue.Rotation{}
	cursor := c.b.rotation.Cursor()
	for k, v := cursor.First(); k != nil; k, v = cursor.Next() {
		r, err := decodeRotationKey(k)
		if err != nil {
			c.find(fmt.Sprintf("rotation %.40x", k), "%v", err)
			continue
		}
		place := "rotation of " + placeOf(r)
		number, err := decodeRotation(v)
		switch {
		case err != nil:
			c.find(place, "%v: its counters cannot be found", err)
			continue
		case number > c.b.rotation.Sequence():
			c.find(place, "its number %d is above that of the file, %d", number, c.b.rotation.Sequence())
		}
		if other, twice := known[number]; twice {
			c.find(place, "it has number %d, which is that of %s too", number, placeOf(other))
		}
		known[number] = r
	}
	return known
}

// turnRows takes the keys of a bucket apart.
func (c *checker) turnRows(name string, bucket *bolt.Bucket, each func(number uint64, name, row []byte)) {
	cursor := bucket.Cursor()
	for k, v := cursor.First(); k != nil; k, v = cursor.Next() {
		number, rest, err := splitTurnKey(k)
		if err != nil {
			c.find("bucket "+name, "%v", err)
			continue
		}
		each(number, rest, v)
	}
}
