package tables

import (
	"slices"

	"tablestep/tables/schema"
)

// Verbatim are the columns of a table that a lookup compares as they are written: by
// exact, wildcard or regex. In them the text #N/A of a file may be meant as it stands, so
// it is no error there. A table that is not there has none.
func (s *Store) Verbatim(table string) (columns []string) {
	t, ok := s.Catalog().Table(table)
	if !ok {
		return nil
	}
	for _, l := range t.settled() {
		for _, m := range l.Match {
			switch m.MatchMode() {
			case schema.ModeExact, schema.ModeWildcard, schema.ModeRegex:
				if !slices.Contains(columns, m.Column) {
					columns = append(columns, m.Column)
				}
			}
		}
	}
	return columns
}
