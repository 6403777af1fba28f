package check

import (
	"fmt"
	"maps"
	"slices"

	"tablestep/tables/notation"
	"tablestep/tables/schema"
)

// Notations settles how the numbers and dates of an upload's columns are written. What is
// known before the first row, because a person says so with the upload or because a lookup
// uses the column, holds from the start; the rest is found in the cells.
type Notations struct {
	known []schema.Notation // of each column, as far as it is known before
	asked []bool            // of each column: a person says how it is written
	pairs [][2]int          // columns that are the two ends of spans
}

// NotationsOf says what is known before. asked are the conventions that a person gives for
// columns by their names; a patch keeps those of all columns. The error wraps
// ErrColumnNotFound or ErrInvalid. Where a lookup uses a column that has another convention, that is
// among the guards.
func NotationsOf(columns []string, live *schema.Version, lookups []schema.Lookup, asked map[string]schema.Notation, patch bool) (_ *Notations, guards []schema.Guard, _ error) {
	n := &Notations{known: make([]schema.Notation, len(columns)), asked: make([]bool, len(columns))}
	v := schema.NamedVersion(columns)
	if patch {
		n.keep(v, live, columns)
	}
	for i := range lookups {
		l := &lookups[i]
		n.keep(v, live, l.Columns())
		for _, m := range l.Match {
			from, ok := v.Column(m.Column)
			if to, ok2 := v.Column(m.ColumnTo); ok && ok2 && m.ColumnTo != "" {
				n.pairs = append(n.pairs, [2]int{from, to})
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(asked)) {
		is := asked[name]
		at, ok := v.Column(name)
		if !ok {
			return nil, nil, fmt.Errorf("%w: %q, for which a convention is given: the file has %s%s", schema.ErrColumnNotFound, schema.Excerpt(name), schema.Listed(columns), schema.Meant(name, columns))
		}
		if err := is.Check(); err != nil {
			return nil, nil, err
		}
		k := &n.known[at]
		n.asked[at] = true
		if is.Numbers != "" && k.Numbers != "" && is.Numbers != k.Numbers || is.Dates != "" && k.Dates != "" && is.Dates != k.Dates {
			guards = append(guards, schema.Guard{
				Code: schema.CodeConventionInUse, Lift: schema.LiftForce, Column: schema.Excerpt(name),
				Message: fmt.Sprintf("column %q is used by a lookup and written as %s: set another convention of the column first, or force the upload", schema.Excerpt(name), k),
			})
		}
		if is.Numbers != "" {
			k.Numbers = is.Numbers
		}
		if is.Dates != "" {
			k.Dates = is.Dates
		}
	}
	return n, guards, nil
}

// keep takes over the notations of columns of the live version, which may be nil.
func (n *Notations) keep(v, live *schema.Version, names []string) {
	if live == nil {
		return
	}
	for _, name := range names {
		to, ok := v.Column(name)
		from, there := live.Column(name)
		if ok && there {
			n.known[to] = live.Columns[from].Notation
			n.known[to].Packed = false // Its cells tell.
		}
	}
}

// Apply sets what is known before on the columns of a version of which only the names are
// known, so that its patterns and cells are read by it.
func (n *Notations) Apply(v *schema.Version) {
	for i := range v.Columns {
		v.Columns[i].Notation = n.known[i]
	}
}

// Settle sets the notations of a version whose cells have all gone by, and tells what could
// not be decided.
func (n *Notations) Settle(v *schema.Version, stats []Stats, w *Warnings) {
	for _, pair := range n.pairs {
		stats[pair[0]].together(&stats[pair[1]])
	}
	for i := range v.Columns {
		c := &v.Columns[i]
		c.Notation = n.known[i]
		n.settleNumbers(c, i, stats, w)
		n.settleDates(c, i, stats, w)
	}
}

func (n *Notations) settleNumbers(c *schema.Column, at int, stats []Stats, w *Warnings) {
	s := &stats[at].survey.Numbers
	if c.Numbers != "" || !s.Tells() {
		if n.asked[at] && c.Numbers != "" {
			mixed(w, c.Name, "numbers", c.Numbers, s.Numbers()-s.Read(c.Numbers))
		}
		return // known, or every convention reads them
	}
	c.Unit = s.Unit()
	var decided bool
	c.Numbers, decided = s.Decide(elsewhere(stats, at, func(o *notation.Survey) (notation.Numbers, bool) { return o.Numbers.Evidence() })...)
	if !decided {
		w.Add(0, c.Name, schema.WarnOrderUndecided, "its points may stand before decimals or between thousands, and nothing in the table tells: 1.500 is taken for 1.5; where it is 1500, upload with numbers=%s:%s", c.Name, notation.PointComma)
	}
	mixed(w, c.Name, "numbers", c.Numbers, s.Numbers()-s.Read(c.Numbers))
}

func (n *Notations) settleDates(c *schema.Column, at int, stats []Stats, w *Warnings) {
	s := &stats[at].survey.Dates
	c.Packed = c.Dates != notation.Compact && s.Packed()
	if c.Dates != "" || s.Any() == 0 {
		if n.asked[at] && c.Dates != "" {
			mixed(w, c.Name, "dates", c.Dates, s.Dates()-s.Read(c.Dates))
		}
		return // Eight digits alone may be numbers: the other side tells, or a person does.
	}
	found, decided := s.Decide(elsewhere(stats, at, func(o *notation.Survey) (notation.Dates, bool) { return o.Dates.Evidence() })...)
	c.Dates = found
	if !decided {
		w.Add(0, c.Name, schema.WarnOrderUndecided, "its dates may have the month first or the day, and nothing in the table tells: 03/04/2024 is taken for 4 March; where it is 3 April, upload with dates=%s:%s", c.Name, notation.DayFirst)
	}
	mixed(w, c.Name, "dates", found, s.Dates()-s.Read(found))
}

// mixed tells of cells that are written otherwise than their column. Nothing depends on it here: where a
// lookup reads them it is WarnConvention.
func mixed[C ~string](w *Warnings, column, what string, is C, strays int) {
	if strays > 0 && is != "" {
		w.Add(0, column, schema.WarnMixedNotation, "%d cells are written otherwise than the %s of the column, %s: they are texts; write them alike", strays, what, is)
	}
}

// elsewhere is what the other columns tell by evidence of their own.
func elsewhere[C any](stats []Stats, at int, evidence func(*notation.Survey) (C, bool)) (found []C) {
	for i := range stats {
		if c, ok := evidence(&stats[i].survey); ok && i != at {
			found = append(found, c)
		}
	}
	return found
}

// Early are those of some patterns that can be held against rows while they come in,
// because it is known how their cells are written. The others wait until all have gone by.
func (n *Notations) Early(patterns []Pattern) []Pattern {
	return slices.DeleteFunc(slices.Clone(patterns), func(p Pattern) bool {
		return p.mode.Measures() && !(n.known[p.column] != schema.Notation{} && (p.to < 0 || n.known[p.to] != schema.Notation{}))
	})
}
