package tables

import (
	"fmt"

	"tablestep/tables/schema"
)

// CountersSet notes in the history of a table that a person has set the counters of a lookup
// whose rows take turns. They themselves are kept elsewhere.
func (s *Store) CountersSet(table, lookup, note, by string) error {
	t := Thing{Name: Name{Kind: KindTable, Name: table}}
	err := s.change(func(c *change) error {
		if _, err := c.present(t); err != nil {
			return err
		}
		c.event(t.Name, Event{Action: ActionCounters, By: by, Lookup: lookup, Note: schema.Excerpt(note)})
		return nil
	})
	if err != nil {
		return fmt.Errorf("note that counters of %s were set: %w", t, err)
	}
	return nil
}
