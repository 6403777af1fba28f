package notation

import "strings"

// Survey looks at the cells of a column for how its numbers and its dates are written. The
// zero value is ready.
type Survey struct {
	Numbers NumberSurvey
	Dates   DateSurvey
}

// Add takes in a cell. Blank ones tell nothing. Most cells are texts or plain numbers, and
// cost little.
func (s *Survey) Add(cell string) {
	switch {
	case !begins(cell):
		if strings.TrimSpace(cell) != "" {
			s.Numbers.cells++
		}
		if tellsDate(cell) {
			s.Dates.cells++
		}
	case plain(cell) && len(cell) != len("20240331"):
		s.Numbers.plain()
		s.Dates.cells++
	default:
		s.Numbers.Add(cell)
		s.Dates.Add(cell)
	}
}

// Merge takes in another survey, as of the column that has the other ends of spans.
func (s *Survey) Merge(o *Survey) {
	s.Numbers.Merge(&o.Numbers)
	s.Dates.Merge(&o.Dates)
}
