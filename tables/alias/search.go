package alias

import (
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tablestep/tables/column"
	"tablestep/tables/scan"
	"tablestep/tables/schema"
)

// A Row is where an alias leads in a version.
type Row struct {
	Row int32  // from 0; -1: it ignores, or is lost
	Why string // not empty: it is lost, and hits nothing
}

// A Search looks for the rows that the aliases of a lookup name. It is for one goroutine.
type Search struct {
	version *schema.Version
	rows    []Row
	columns []int
	groups  []*group
	key     []byte
}

// group is the aliases that name their rows by the same columns.
type group struct {
	at      []int // places in Search.columns
	names   []string
	targets map[string]int // by joined cells, the place in found
	found   []found
	aliases []int // places in Search.rows, by the places in of
	of      []int // the target of each
	pairs   []map[string]string
	codes   []int // of the values of a chunk with a dictionary, the target; -1: none
}

// found is where a target stands; -1: not yet.
type found struct{ row, other int32 }

// NewSearch prepares the search in a version.
func NewSearch(v *schema.Version, as *schema.Aliases) *Search {
	s := &Search{version: v, rows: make([]Row, len(as.List))}
	groups := map[string]*group{}
	for i := range as.List {
		a := &as.List[i]
		s.rows[i].Row = -1
		if _, why := as.Of(a); why != "" {
			s.rows[i].Why = why
			continue
		}
		if a.Action == schema.AliasMap {
			s.rows[i].Why = s.add(groups, i, a.Target)
		}
	}
	return s
}

// add puts the target of an alias among those that are looked for; why says that it cannot be.
func (s *Search) add(groups map[string]*group, i int, target map[string]string) (why string) {
	names := slices.Sorted(maps.Keys(target))
	if len(names) == 0 {
		return "it names no row"
	}
	by := strings.Join(names, "\x00")
	g := groups[by]
	if g == nil {
		g = &group{names: names, targets: map[string]int{}}
		for _, name := range names {
			c, ok := s.version.Column(name)
			if !ok {
				return fmt.Sprintf("%s has no column %q", versionOf(s.version), schema.Excerpt(name))
			}
			at := slices.Index(s.columns, c)
			if at < 0 {
				at = len(s.columns)
				s.columns = append(s.columns, c)
			}
			g.at = append(g.at, at)
		}
		groups[by] = g
		s.groups = append(s.groups, g)
	}
	key := g.keyOf(target)
	at, known := g.targets[key]
	if !known {
		at = len(g.found)
		g.targets[key] = at
		g.found = append(g.found, found{-1, -1})
		g.pairs = append(g.pairs, target)
	}
	g.aliases, g.of = append(g.aliases, i), append(g.of, at)
	return ""
}

// keyOf joins the cells of a target. One cell stands for itself.
func (g *group) keyOf(target map[string]string) string {
	if len(g.names) == 1 {
		return target[g.names[0]]
	}
	var key []byte
	for _, name := range g.names {
		key = appendCell(key, target[name])
	}
	return string(key)
}

// appendCell adds a cell to a joined key, so that no two lists of cells have one.
func appendCell(key []byte, cell string) []byte {
	return append(binary.AppendUvarint(key, uint64(len(cell))), cell...)
}

// versionOf names a version, which has no number while it is being made.
func versionOf(v *schema.Version) string {
	if v.Number == 0 {
		return "the version"
	}
	return fmt.Sprintf("version %d", v.Number)
}

// Task looks at the rows. Without columns there is nothing to look for.
func (s *Search) Task() scan.Task { return scan.Task{Columns: s.columns, Take: s.take} }

func (s *Search) take(first int, chunks []*column.Chunk) error {
	for _, g := range s.groups {
		if len(g.at) == 1 {
			g.takeOne(first, chunks[g.at[0]])
			continue
		}
		for row := range chunks[g.at[0]].Len() {
			s.key = s.key[:0]
			for _, at := range g.at {
				s.key = appendCell(s.key, chunks[at].At(row))
			}
			if at, ok := g.targets[string(s.key)]; ok {
				g.found[at].note(int32(first + row))
			}
		}
	}
	return nil
}

// takeOne looks at a column, each of its different cells once.
func (g *group) takeOne(first int, c *column.Chunk) {
	if !c.HasDictionary() {
		for row := range c.Len() {
			if at, ok := g.targets[c.At(row)]; ok {
				g.found[at].note(int32(first + row))
			}
		}
		return
	}
	g.codes = slices.Grow(g.codes[:0], c.Values())[:c.Values()]
	some := false
	for v := range g.codes {
		at, ok := g.targets[c.Value(v)]
		if !ok {
			at = -1
		}
		g.codes[v], some = at, some || ok
	}
	for row := 0; some && row < c.Len(); row++ {
		if at := g.codes[c.Code(row)]; at >= 0 {
			g.found[at].note(int32(first + row))
		}
	}
}

func (f *found) note(row int32) {
	switch {
	case f.row < 0:
		f.row = row
	case f.other < 0:
		f.other = row
	}
}

// Rows are where the aliases lead, in the order of their list, once all rows were looked at.
func (s *Search) Rows() []Row {
	for _, g := range s.groups {
		for i, a := range g.aliases {
			switch f := g.found[g.of[i]]; {
			case f.row < 0:
				s.rows[a].Why = fmt.Sprintf("%s has no row with %s", versionOf(s.version), schema.Pairs(g.pairs[g.of[i]]))
			case f.other >= 0:
				s.rows[a].Why = fmt.Sprintf("rows %d and %d of %s both have %s", f.row+1, f.other+1, versionOf(s.version), schema.Pairs(g.pairs[g.of[i]]))
			default:
				s.rows[a].Row = f.row
			}
		}
	}
	return s.rows
}

// Find looks for the rows that aliases name, in one walk over the columns that they name rows by.
func Find(ctx context.Context, r scan.Reader, v *schema.Version, as *schema.Aliases) ([]Row, error) {
	s := NewSearch(v, as)
	if len(s.columns) > 0 {
		if err := scan.Pass(ctx, r, []scan.Task{s.Task()}); err != nil {
			return nil, fmt.Errorf("look for the rows of aliases of lookup %q: %w", as.Lookup, err)
		}
	}
	return s.Rows(), nil
}
