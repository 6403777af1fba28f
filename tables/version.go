package tables

import (
	"fmt"
	"sort"
	"time"
)

// A Version is one upload of a table, or a patch of one. It never changes.
type Version struct {
	Number        int       `json:"version"` // from 1; ascending, never used twice
	Rows          int       `json:"rows"`
	Columns       []Column  `json:"columns"`
	Created       time.Time `json:"created"`
	By            string    `json:"by,omitempty"`
	Source        string    `json:"source,omitempty"`   // the file's name
	Patch         bool      `json:"patch,omitempty"`    // made by changing rows of another version
	Bytes         int64     `json:"bytes"`              // on disk
	Memory        int64     `json:"memory"`             // of the columns when loaded
	Key           []string  `json:"key,omitempty"`      // columns that name a row, as given or guessed
	Warnings      []Warning `json:"warnings,omitempty"` // about 1,000 at most; empty in a Catalog
	TotalWarnings int       `json:"totalWarnings"`      // with those left out

	table    string // whose it is, for messages
	keyGiven bool   // the key was not guessed
	storage  uint64 // where its chunks are
	groups   []int  // rows of each row group
	segments []int  // first group of each segment
	starts   []int  // first row of each group, one more than groups
}

// A Column describes the cells of one column. Its type is a guess for people;
// nothing is converted by it.
type Column struct {
	Name     string `json:"name"`
	Type     Type   `json:"type"`
	Empty    int    `json:"empty"`    // cells without a character
	Distinct int    `json:"distinct"` // different cells that are not empty; an estimate (about 2 %) in the many thousands
	MaxBytes int    `json:"maxBytes"`
}

// column finds a column by its name, else by its name in any case where only one
// column is so called.
func (v *Version) column(name string) (int, bool) {
	fold := -1
	for i := range v.Columns {
		if v.Columns[i].Name == name {
			return i, true
		}
		if equalName(v.Columns[i].Name, name) {
			if fold >= 0 {
				fold = -2
			} else if fold == -1 {
				fold = i
			}
		}
	}
	return fold, fold >= 0
}

// names are the names of all columns.
func (v *Version) names() []string {
	names := make([]string, len(v.Columns))
	for i := range v.Columns {
		names[i] = v.Columns[i].Name
	}
	return names
}

// locate prepares the search for rows; done once, before anybody else sees the
// version.
func (v *Version) locate() error {
	v.starts = make([]int, len(v.groups)+1)
	for g, rows := range v.groups {
		if rows <= 0 {
			return fmt.Errorf("version %d: row group %d has %d rows", v.Number, g, rows)
		}
		v.starts[g+1] = v.starts[g] + rows
	}
	if v.starts[len(v.groups)] != v.Rows {
		return fmt.Errorf("version %d: row groups hold %d rows, not %d", v.Number, v.starts[len(v.groups)], v.Rows)
	}
	return nil
}

// groupOf is the row group of a row, counted from 0.
func (v *Version) groupOf(row int) int {
	return sort.Search(len(v.groups), func(g int) bool { return v.starts[g+1] > row })
}

// segmentOf is the segment that holds a row group.
func (v *Version) segmentOf(group int) int {
	return sort.Search(len(v.segments), func(s int) bool { return v.segments[s] > group }) - 1
}
