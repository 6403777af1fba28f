package index

import (
	"slices"
	"strings"

	"tablestep/tables/column"
	"tablestep/tables/schema"
)

// Anything knows the cells of a column that mean anything, nothing included: they hold for
// every value, also for an empty one. The zero value knows none.
type Anything struct {
	mode  schema.Mode
	empty bool     // an empty cell is one of them
	cells []string // the others, as form gives them
	plain bool     // one of them begins as most cells do
}

// NewAnything takes the cells that a match entry names; nil is as the mode has them. White
// space around them does not count, and a dash of any kind is -. In the modes that compare
// normal forms, case does not count either.
func NewAnything(mode schema.Mode, cells []string) Anything {
	if cells == nil {
		cells = mode.Anything()
	}
	a := Anything{mode: mode}
	for _, cell := range cells {
		form := a.form(cell)
		if form == "" {
			a.empty = true
			continue
		}
		if !slices.Contains(a.cells, form) {
			a.cells = append(a.cells, form)
		}
		a.plain = a.plain || common(form)
	}
	return a
}

// None says that no cell means anything.
func (a *Anything) None() bool { return !a.empty && len(a.cells) == 0 }

// Has says that a cell means anything.
func (a *Anything) Has(cell string) bool {
	if a.None() || !a.plain && common(cell) { // Most cells are no signs, and need no form.
		return false
	}
	form := a.form(cell)
	if form == "" {
		return a.empty
	}
	return slices.Contains(a.cells, form)
}

// common says that a text begins with a letter or a digit of ASCII.
func common(text string) bool {
	if text == "" {
		return false
	}
	c := text[0]
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}

// form is a cell as it is compared with the others.
func (a *Anything) form(cell string) string {
	normal := column.Normalize(cell)
	switch a.mode {
	case schema.ModeExact, schema.ModeRegex:
		if normal == "" || normal == "-" {
			return normal
		}
		return strings.TrimSpace(cell)
	case schema.ModeWildcard:
		return wildcardForm(normal)
	}
	return normal
}

// in says that a cell of a column is one of them.
func (a *Anything) in(cells *column.Strings) bool {
	if a.None() {
		return false
	}
	for at := range cells.Chunks() {
		chunk, _ := cells.Chunk(at)
		for value := range chunk.Values() {
			if a.Has(chunk.Value(value)) {
				return true
			}
		}
	}
	return false
}

// Ends are the cells of a range in two columns: an end that means anything is open. all
// says that both are, which is anything.
func (a *Anything) Ends(from, to string) (low, high string, all bool) {
	some := false
	open := func(cell string) string {
		if column.Blank(cell) || a.Has(cell) {
			some = some || a.Has(cell)
			return ""
		}
		return cell
	}
	low, high = open(from), open(to)
	return low, high, some && low == "" && high == ""
}
