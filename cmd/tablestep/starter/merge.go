package starter

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Side is whose rows hold where people and a newer base changed the same ones.
type Side int

// The sides.
const (
	Undecided Side = iota // they are told, and the rows of people stand in the result
	Mine                  // those of people
	Shipped               // those of the newer base
)

// A Merge is a table after a newer base has come to it.
type Merge struct {
	Sheet Sheet
	// How many keys the newer base brings, takes away and changes.
	Added, Removed, Changed int
	Kept                    int // keys whose rows stay as people made them
	Conflicts               []Conflict
}

// A Conflict is a key whose rows people and the newer base changed, each otherwise. No rows:
// they are not there, or were taken out. Rows are as long as the columns of the merged sheet.
type Conflict struct {
	Key     []string   `json:"key"`
	Base    [][]string `json:"base,omitempty"` // as it shipped before
	Mine    [][]string `json:"mine,omitempty"`
	Shipped [][]string `json:"shipped,omitempty"` // as it ships now
}

// Join compares what people made of a base with the base, and brings their changes to the next
// one. Rows belong together whose cells in the columns of key are equal; a key may have
// several rows, which stand or fall together. A column that people added stays, one that
// they took out is not brought again. The order is that of the next base; a row that it lacks
// follows the one before which it followed.
func Join(base, mine, next *Sheet, key []string, side Side) (*Merge, error) {
	m := &Merge{Sheet: Sheet{Columns: mergedColumns(base, mine, next)}}
	at := make([]int, len(key))
	for i, k := range key {
		if at[i] = slices.Index(m.Sheet.Columns, k); at[i] < 0 {
			return nil, fmt.Errorf("there is no column %q any more, by which rows are told apart", k)
		}
	}
	was, is, comes := base.grouped(m.Sheet.Columns, at), mine.grouped(m.Sheet.Columns, at), next.grouped(m.Sheet.Columns, at)
	for _, k := range inOrder(comes.keys, is.keys) {
		m.Sheet.Rows = append(m.Sheet.Rows, m.decide(at, was.rows[k], is.rows[k], comes.rows[k], side)...)
	}
	return m, nil
}

// mergedColumns are those of the next base without those that people took out, and behind
// them those that people added.
func mergedColumns(base, mine, next *Sheet) (columns []string) {
	for _, c := range next.Columns {
		if slices.Contains(mine.Columns, c) || !slices.Contains(base.Columns, c) {
			columns = append(columns, c)
		}
	}
	for _, c := range mine.Columns {
		if !slices.Contains(base.Columns, c) && !slices.Contains(columns, c) {
			columns = append(columns, c)
		}
	}
	return columns
}

// decide says which rows of one key stand, and counts why.
func (m *Merge) decide(key []int, was, is, comes [][]string, side Side) [][]string {
	switch {
	case equal(is, was):
		switch {
		case equal(comes, was):
		case len(was) == 0:
			m.Added++
		case len(comes) == 0:
			m.Removed++
		default:
			m.Changed++
		}
		return comes
	case equal(comes, is): // both did the same
		return is
	case equal(comes, was) || side == Mine:
		m.Kept++
		return is
	case side == Shipped:
		m.Changed++
		return comes
	}
	some := slices.Concat(was, is, comes)[0]
	c := Conflict{Base: was, Mine: is, Shipped: comes}
	for _, k := range key {
		c.Key = append(c.Key, some[k])
	}
	m.Conflicts = append(m.Conflicts, c)
	return is
}

// groups are rows by their keys, in the order in which the keys come first.
type groups struct {
	keys []string
	rows map[string][][]string
}

// grouped brings the rows under other columns, with empty cells where there was none, and
// groups them by the cells of the columns at key.
func (s *Sheet) grouped(columns []string, key []int) groups {
	from := make([]int, len(columns))
	for i, c := range columns {
		from[i] = slices.Index(s.Columns, c)
	}
	g := groups{rows: map[string][][]string{}}
	for _, r := range s.Rows {
		row := make([]string, len(columns))
		for i, f := range from {
			if f >= 0 {
				row[i] = r[f]
			}
		}
		var b strings.Builder
		for _, k := range key {
			b.WriteString(strconv.Itoa(len(row[k])) + ":" + row[k])
		}
		k := b.String()
		if len(g.rows[k]) == 0 {
			g.keys = append(g.keys, k)
		}
		g.rows[k] = append(g.rows[k], row)
	}
	return g
}

// inOrder is the first keys in their order, and among them those of others that they lack,
// each behind the one that it follows there.
func inOrder(first, others []string) (all []string) {
	known := map[string]bool{}
	for _, k := range first {
		known[k] = true
	}
	const start = "" // no key is empty: it has the lengths of its cells
	after, before := map[string][]string{}, start
	for _, k := range others {
		if !known[k] {
			after[before] = append(after[before], k)
			continue // so that several that follow each other stand behind one
		}
		before = k
	}
	all = append(all, after[start]...)
	for _, k := range first {
		all = append(append(all, k), after[k]...)
	}
	return all
}

func equal(a, b [][]string) bool {
	return slices.EqualFunc(a, b, slices.Equal)
}
