package tables

import (
	"fmt"
	"slices"
	"strconv"

	"tablestep/tables/column"
	"tablestep/tables/index"
	"tablestep/tables/schema"
)

// A keySpec is a key to hold a version's rows against: the match entries of a
// lookup with their columns found.
type keySpec struct {
	lookup string // whose key it is; empty for a guessed one
	parts  []matchPart
}

// matchPart is one match entry.
type matchPart struct {
	column     int
	to         int // of the upper ends of ranges; -1 where there is none
	mode       schema.Mode
	threshold  float64
	matchEmpty bool
}

// specOf finds the columns of a lookup's match entries.
func specOf(v *schema.Version, l *schema.Lookup) (keySpec, error) {
	spec := keySpec{lookup: l.Name, parts: make([]matchPart, len(l.Match))}
	for i, m := range l.Match {
		p := matchPart{to: -1, mode: m.MatchMode(), threshold: m.Threshold, matchEmpty: m.MatchEmpty}
		var ok bool
		if p.column, ok = v.Column(m.Column); !ok {
			return spec, fmt.Errorf("%w: %q in version %d", schema.ErrColumnNotFound, schema.Excerpt(m.Column), v.Number)
		}
		if m.ColumnTo != "" {
			if p.to, ok = v.Column(m.ColumnTo); !ok {
				return spec, fmt.Errorf("%w: %q in version %d", schema.ErrColumnNotFound, schema.Excerpt(m.ColumnTo), v.Number)
			}
		}
		if err := m.Check(); err != nil {
			return spec, err
		}
		spec.parts[i] = p
	}
	return spec, nil
}

// hashed says that rows match by equal texts only, so that they can be told apart
// by their key.
func (k keySpec) hashed() bool {
	return !slices.ContainsFunc(k.parts, func(p matchPart) bool { return !p.mode.Hashed() })
}

// has says that a part is of a mode.
func (k keySpec) has(mode schema.Mode) bool {
	return slices.ContainsFunc(k.parts, func(p matchPart) bool { return p.mode == mode })
}

// ranked says that hits differ in rank.
func (k keySpec) ranked() bool {
	return slices.ContainsFunc(k.parts, func(p matchPart) bool { return p.mode.Ranked() })
}

// columns are the columns of all parts, as they come.
func (k keySpec) columns() []int {
	columns := make([]int, 0, len(k.parts)+1)
	for _, p := range k.parts {
		columns = append(columns, p.column)
		if p.to >= 0 {
			columns = append(columns, p.to)
		}
	}
	return columns
}

// indexParts are the parts as an index wants them.
func (k keySpec) indexParts(cells func(column int) *column.Strings) []index.Part {
	parts := make([]index.Part, len(k.parts))
	for i, p := range k.parts {
		parts[i] = index.Part{Mode: p.mode, Cells: cells(p.column), Threshold: p.threshold, MatchEmpty: p.matchEmpty}
		if p.to >= 0 {
			parts[i].To = cells(p.to)
		}
	}
	return parts
}

// String names a key among those of one version.
func (k keySpec) String() string {
	var name []byte
	for _, p := range k.parts {
		name = strconv.AppendInt(name, int64(p.column), 10)
		name = append(append(name, ' '), p.mode...)
		name = strconv.AppendBool(append(name, ' '), p.matchEmpty)
		if p.to >= 0 {
			name = strconv.AppendInt(append(name, " to "...), int64(p.to), 10)
		}
		if p.threshold != 0 {
			name = strconv.AppendFloat(append(name, ' '), p.threshold, 'g', -1, 64)
		}
		name = append(name, ';')
	}
	return string(name)
}
