package schema

import (
	"fmt"
	"slices"
)

// The bounds of a table.
const (
	maxColumns   = 16384
	MaxCellBytes = 16 << 20
	maxNameBytes = 1000
	MaxTableRows = 1<<31 - 2
)

func CheckColumns(columns, key []string) error {
	if len(columns) == 0 {
		return &UploadError{Code: "NO_HEADER", Message: "the file has no columns: give it a header row"}
	}
	if len(columns) > maxColumns {
		return &UploadError{Code: "TOO_LARGE", Message: fmt.Sprintf("%d columns, %d are the most", len(columns), maxColumns)}
	}
	seen := make(map[string]bool, len(columns))
	for i, name := range columns {
		if name == "" || len(name) > maxNameBytes {
			return &UploadError{Code: "NO_HEADER", Message: fmt.Sprintf("column %d has a name of %d bytes: give it one of 1 to %d", i+1, len(name), maxNameBytes)}
		}
		if seen[name] {
			return &UploadError{Column: Excerpt(name), Code: "DUPLICATE_COLUMN", Message: "two columns have this name: rename one"}
		}
		seen[name] = true
	}
	for _, name := range key {
		if !seen[name] {
			return fmt.Errorf("%w: key column %q: the file has %s%s", ErrColumnNotFound, Excerpt(name), Listed(columns), Meant(name, columns))
		}
	}
	return nil
}

// A DeadColumn is one that a lookup uses and a version lacks.
type DeadColumn struct {
	Lookup string
	Column string
}

// DeadColumns are those of some lookups that a version lacks, each once a lookup.
func DeadColumns(v *Version, lookups []Lookup) (dead []DeadColumn) {
	for i := range lookups {
		l := &lookups[i]
		for _, name := range l.Columns() {
			d := DeadColumn{l.Name, name}
			if _, ok := v.Column(name); !ok && !slices.Contains(dead, d) {
				dead = append(dead, d)
			}
		}
	}
	return dead
}

// Shares says that two versions have a column of the same name, in any case.
func (v *Version) Shares(o *Version) bool {
	return slices.ContainsFunc(v.Columns, func(c Column) bool {
		return slices.ContainsFunc(o.Columns, func(d Column) bool { return EqualName(c.Name, d.Name) })
	})
}

// NamedVersion is a version of which only the columns' names are known yet.
func NamedVersion(columns []string) *Version {
	v := &Version{}
	for _, name := range columns {
		v.Columns = append(v.Columns, Column{Name: name})
	}
	return v
}

// Listed names some columns for a message.
func Listed(columns []string) string {
	const most = 10
	text := ""
	for i, name := range columns {
		if i == most {
			return fmt.Sprintf("%s and %d more", text, len(columns)-most)
		}
		if i > 0 {
			text += ", "
		}
		text += Excerpt(name)
	}
	return text
}
