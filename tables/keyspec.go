package tables

import (
	"fmt"
	"slices"
	"strconv"

	"tablestep/tables/column"
	"tablestep/tables/index"
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
	mode       Mode
	threshold  float64
	matchEmpty bool
}

// specOf finds the columns of a lookup's match entries.
func specOf(v *Version, l *Lookup) (keySpec, error) {
	spec := keySpec{lookup: l.Name, parts: make([]matchPart, len(l.Match))}
	for i, m := range l.Match {
		p := matchPart{to: -1, mode: m.mode(), threshold: m.Threshold, matchEmpty: m.MatchEmpty}
		var ok bool
		if p.column, ok = v.column(m.Column); !ok {
			return spec, fmt.Errorf("%w: %q in version %d", ErrColumnNotFound, short(m.Column), v.Number)
		}
		if m.ColumnTo != "" {
			if p.to, ok = v.column(m.ColumnTo); !ok {
				return spec, fmt.Errorf("%w: %q in version %d", ErrColumnNotFound, short(m.ColumnTo), v.Number)
			}
		}
		if err := m.check(); err != nil {
			return spec, err
		}
		spec.parts[i] = p
	}
	return spec, nil
}

// check holds the settings of a match entry against its mode.
func (m *Match) check() error {
	switch mode := m.mode(); {
	case !index.Mode(mode).Known():
		return fmt.Errorf("%w: mode %q: use one of %s", ErrInvalid, short(string(m.Mode)), joined(Modes()))
	case m.ColumnTo != "" && mode != ModeRange:
		return fmt.Errorf("%w: columnTo %q with mode %s: only mode %s takes the upper ends of ranges; leave it out", ErrInvalid, short(m.ColumnTo), mode, ModeRange)
	case m.Threshold != 0 && mode != ModeFuzzy:
		return fmt.Errorf("%w: threshold %v with mode %s: only mode %s takes one; leave it out", ErrInvalid, m.Threshold, mode, ModeFuzzy)
	case !(m.Threshold >= 0 && m.Threshold <= 1): // NaN as well
		return fmt.Errorf("%w: threshold %v: give a similarity from 0 to 1, such as %v", ErrInvalid, m.Threshold, index.DefaultThreshold)
	}
	return nil
}

// hashed says that rows match by equal texts only, so that they can be told apart
// by their key.
func (k keySpec) hashed() bool {
	return !slices.ContainsFunc(k.parts, func(p matchPart) bool { return !hashable(p.mode) })
}

// has says that a part is of a mode.
func (k keySpec) has(mode Mode) bool {
	return slices.ContainsFunc(k.parts, func(p matchPart) bool { return p.mode == mode })
}

// ranked says that hits differ in rank.
func (k keySpec) ranked() bool {
	return slices.ContainsFunc(k.parts, func(p matchPart) bool { return p.mode.ranked() })
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
		parts[i] = index.Part{Mode: index.Mode(p.mode), Cells: cells(p.column), Threshold: p.threshold, MatchEmpty: p.matchEmpty}
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

// joined lists words for a message.
func joined[W ~string](words []W) string {
	var list []byte
	for i, word := range words {
		switch {
		case i > 0 && i == len(words)-1:
			list = append(list, " or "...)
		case i > 0:
			list = append(list, ", "...)
		}
		list = append(list, word...)
	}
	return string(list)
}
