package schema

import (
	"fmt"
	"strconv"
	"strings"
)

// A SeveralRowsError says that a patch names rows by a key that several have, so that nobody
// can tell which one is meant. Nothing was changed. By their numbers they can be.
type SeveralRowsError struct {
	Table   string
	Version int
	Keys    []SeveralRows // the first ones
	More    int           // keys beyond them
}

// SeveralRows are the rows of one key.
type SeveralRows struct {
	Key   string // its cells in quotes
	Rows  []int  // the first ones
	Count int
}

// Error names the first key.
func (e *SeveralRowsError) Error() string {
	k := e.Keys[0]
	const most = 10
	var named []string
	for _, row := range k.Rows[:min(most, len(k.Rows))] {
		named = append(named, strconv.Itoa(row))
	}
	rows := strings.Join(named, ", ")
	if k.Count > most {
		rows += fmt.Sprintf(" and %d more", k.Count-most)
	}
	more := ""
	if n := len(e.Keys) - 1 + e.More; n > 0 {
		more = fmt.Sprintf(", and %d more keys of the patch are in several rows", n)
	}
	return fmt.Sprintf("the key %s is in several rows of version %d of table %q: %s%s. Change them by the numbers of the rows", k.Key, e.Version, e.Table, rows, more)
}

// Is makes it a conflict.
func (e *SeveralRowsError) Is(target error) bool { return target == ErrConflict }
