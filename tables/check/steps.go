package check

import (
	"tablestep/tables/column"
	"tablestep/tables/match"
	"tablestep/tables/schema"
)

// steps finds out whether a column holds thresholds: numbers or dates each of which counts
// up to the next one. In mode Range it does if all cells are single ones. In the modes that
// compare for equality nearly all keys that are numbers mean just these (ids, ZIP codes,
// years): only a column that begins with zero and rises, with gaps, in the order of the
// rows is taken for steps.
type steps struct {
	notation schema.Notation
	rising   bool // and with gaps, from zero on
	count    int  // different cells, as far as that is told
	dates    bool
	first    string
	last     schema.Number
}

// The bounds of steps among keys that are compared for equality.
const (
	fewSteps  = 3
	manySteps = 1000
	leastGap  = 2
)

// stepsOf is nil for a mode that steps are not mistaken for.
func stepsOf(p match.Part, n schema.Notation) *steps {
	switch {
	case p.Mode == schema.ModeRange && p.To < 0:
		return &steps{notation: n}
	case p.Mode.Hashed():
		return &steps{notation: n, rising: true}
	}
	return nil
}

// take looks at the cells of the next rows; false says that they are no steps.
func (s *steps) take(cells *column.Chunk) bool {
	if s.rising {
		return s.rise(cells)
	}
	for value := range cells.Values() {
		cell := cells.Value(value)
		if column.Blank(cell) {
			continue
		}
		if _, ok := s.notation.Number(cell); !ok {
			if _, ok := s.notation.Date(cell); !ok {
				return false
			}
			s.dates = true
		}
		if s.count == 0 {
			s.first, s.count = cell, 1
		} else if cell != s.first {
			s.count = 2
		}
	}
	return true
}

func (s *steps) rise(cells *column.Chunk) bool {
	for row := range cells.Len() {
		x, ok := s.notation.Number(cells.At(row))
		switch {
		case !ok || s.count == manySteps:
			return false
		case s.count == 0 && x.Float != 0:
			return false
		case s.count > 0 && x.Float-s.last.Float < leastGap:
			return false
		}
		s.last = x
		s.count++
	}
	return true
}

// some says that there are enough of them.
func (s *steps) some() bool {
	if s.rising {
		return s.count >= fewSteps
	}
	return s.count > 1
}

func (s *steps) kind() string {
	if s.dates {
		return "dates"
	}
	return "numbers"
}
