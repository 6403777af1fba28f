package tables

import (
	"fmt"
	"slices"
	"tablestep/tables/schema"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Action is what an Event did.
type Action string

// The actions that a history tells of.
const (
	ActionImport       Action = "import"
	ActionPublish      Action = "publish"
	ActionRollback     Action = "rollback"
	ActionDelete       Action = "delete"
	ActionLookup       Action = "lookup"
	ActionDeleteLookup Action = "deleteLookup"
	ActionPut          Action = "put"     // a new version of a rule set
	ActionDamaged      Action = "damaged" // stands for an event that is stored and cannot be read
)

// An Event is one change of a table or rule set.
type Event struct {
	At      time.Time `json:"at"`
	By      string    `json:"by,omitempty"`
	Action  Action    `json:"action"`
	Version int       `json:"version,omitempty"`
	Lookup  string    `json:"lookup,omitempty"`
	Note    string    `json:"note,omitempty"`
}

// maxEvents is how many events of a table or rule set are kept.
const maxEvents = 1000

// record adds an event to the history of a table.
func (s *Store) record(tx *bolt.Tx, table string, e Event) error {
	if err := s.recordIn(tx, bucketHistory, table, e); err != nil {
		return fmt.Errorf("history of table %q: %w", table, err)
	}
	return nil
}

// recordIn adds an event and drops the oldest beyond maxEvents.
func (s *Store) recordIn(tx *bolt.Tx, bucket, name string, e Event) error {
	b := tx.Bucket([]byte(bucket))
	n, err := b.NextSequence()
	for err == nil && b.Get(numbered(name, n)) != nil { // The sequence itself carries no checksum.
		n, err = b.NextSequence()
	}
	if err != nil {
		return err
	}
	e.At = s.options.Now().UTC()
	e.By = schema.Excerpt(e.By)
	if err := put(tx, bucket, numbered(name, n), e); err != nil {
		return err
	}
	var oldest uint64
	count := 0
	err = eachNumbered(tx, bucket, name, func(n uint64, _ []byte) error {
		if count == 0 {
			oldest = n
		}
		count++
		return nil
	})
	if err == nil && count > maxEvents {
		err = b.Delete(numbered(name, oldest))
	}
	return err
}

// History is what was done to a table, the latest first. A deleted table has one
// as well.
func (s *Store) History(table string) ([]Event, error) {
	var events []Event
	err := s.view(func(tx *bolt.Tx) error {
		r, err := readTable(tx, table)
		if err != nil && !damaged(err) {
			return err
		}
		if err == nil && r == nil && len(versionNumbers(tx, table)) == 0 {
			return fmt.Errorf("%w: %q", schema.ErrTableNotFound, table)
		}
		events, err = eventsIn(tx, bucketHistory, table)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("history of table %q: %w", table, err)
	}
	return events, nil
}

// eventsIn are the events of a name, the latest first.
func eventsIn(tx *bolt.Tx, bucket, name string) ([]Event, error) {
	var events []Event
	err := eachNumbered(tx, bucket, name, func(n uint64, data []byte) error {
		var e Event
		if err := decode(bucket, numbered(name, n), data, &e); err != nil {
			// One event that is lost does not hide the others.
			e = Event{Action: ActionDamaged, Note: "this event cannot be read: " + err.Error()}
		}
		events = append(events, e)
		return nil
	})
	slices.Reverse(events)
	return events, err
}
