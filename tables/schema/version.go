package schema

import (
	"fmt"
	"sort"
	"strings"
	"time"
	"unicode/utf8"
)

// A Version is one upload of a table, or a patch of one. It never changes.
type Version struct {
	Number   int       `json:"version"` // from 1; ascending, never used twice
	Rows     int       `json:"rows"`
	Columns  []Column  `json:"columns"`
	Created  time.Time `json:"created"`
	By       string    `json:"by,omitempty"`
	Source   string    `json:"source,omitempty"`  // the file's name
	Message  string    `json:"message,omitempty"` // what it is for, as a person wrote it; at most MaxMessage bytes
	Patch    bool      `json:"patch,omitempty"`   // made by changing rows of another version
	Bytes    int64     `json:"bytes"`             // on disk
	Memory   int64     `json:"memory"`            // of the columns when loaded
	Key      []string  `json:"key,omitempty"`     // columns that name a row, as given or guessed
	Findings Findings  `json:"findings"`          // empty in a Catalog

	Table    string `json:"-"` // whose it is, for messages
	KeyGiven bool   `json:"-"` // the key was not guessed
	Storage  uint64 `json:"-"` // where its chunks are
	Groups   []int  `json:"-"` // rows of each row group
	Starts   []int  `json:"-"` // first row of each group, one more than groups
}

// MaxMessage is how long the message of a version may be, in bytes.
const MaxMessage = 1000

// CheckMessage refuses a message that is too long, or is no text.
func CheckMessage(text string) error {
	switch {
	case len(text) > MaxMessage:
		return fmt.Errorf("%w: message: it has %d bytes, %d are the most: shorten it", ErrInvalid, len(text), MaxMessage)
	case !utf8.ValidString(text):
		return fmt.Errorf("%w: message: it is not UTF-8", ErrInvalid)
	}
	return nil
}

// A Column describes the cells of one column. Its type is a guess for people;
// nothing is converted by it.
type Column struct {
	Name     string `json:"name"`
	Type     Type   `json:"type"`
	Empty    int    `json:"empty"`    // cells without a character
	Distinct int    `json:"distinct"` // different cells that are not empty; an estimate (about 2 %) in the many thousands
	MaxBytes int    `json:"maxBytes"`
	Notation
}

// Column finds a column by its name, else by its name in any case where only one
// column is so called.
func (v *Version) Column(name string) (int, bool) {
	fold := -1
	for i := range v.Columns {
		if v.Columns[i].Name == name {
			return i, true
		}
		if EqualName(v.Columns[i].Name, name) {
			if fold >= 0 {
				fold = -2
			} else if fold == -1 {
				fold = i
			}
		}
	}
	return fold, fold >= 0
}

// ColumnNames are the names of all columns.
func (v *Version) ColumnNames() []string {
	names := make([]string, len(v.Columns))
	for i := range v.Columns {
		names[i] = v.Columns[i].Name
	}
	return names
}

// Locate prepares the search for rows; done once, before anybody else sees the
// version.
func (v *Version) Locate() error {
	v.Starts = make([]int, len(v.Groups)+1)
	for g, rows := range v.Groups {
		if rows <= 0 {
			return fmt.Errorf("version %d: row group %d has %d rows", v.Number, g, rows)
		}
		v.Starts[g+1] = v.Starts[g] + rows
	}
	if v.Starts[len(v.Groups)] != v.Rows {
		return fmt.Errorf("version %d: row groups hold %d rows, not %d", v.Number, v.Starts[len(v.Groups)], v.Rows)
	}
	return nil
}

// GroupOf is the row group of a row, counted from 0.
func (v *Version) GroupOf(row int) int {
	return sort.Search(len(v.Groups), func(g int) bool { return v.Starts[g+1] > row })
}

// AllColumns is the numbers of all columns.
func (v *Version) AllColumns() []int {
	columns := make([]int, len(v.Columns))
	for i := range columns {
		columns[i] = i
	}
	return columns
}

// KeepKey takes over the key of the live version, if its columns are still there: an
// upload with its columns in another order, or with one more in front, must not turn to
// another key.
func (v *Version) KeepKey(live *Version) {
	if live == nil || len(live.Key) == 0 {
		return
	}
	key := make([]string, len(live.Key))
	for i, name := range live.Key {
		at, ok := live.Column(name)
		if !ok {
			return
		}
		if at, ok = v.Column(live.Columns[at].Name); !ok {
			return
		}
		key[i] = v.Columns[at].Name
	}
	v.Key, v.KeyGiven = key, live.KeyGiven
}

// NamesOf are the names of some columns for the place of a warning.
func (v *Version) NamesOf(columns []int) string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = v.Columns[c].Name
	}
	return strings.Join(names, " + ")
}
