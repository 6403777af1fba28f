package check

import (
	"fmt"

	"tablestep/tables/column"
	"tablestep/tables/notation"
	"tablestep/tables/schema"
)

// Cells are what is looked for in the cells of one column while they come in.
type Cells struct {
	name     string
	notation schema.Notation
	matched  string        // the first lookup that matches the column, in which a cell is a value; empty: none
	longest  int           // bytes beyond which a cell is too long, 0 for not sent
	as       schema.Type   // the type with that bound, for the message
	types    []schema.Type // types that outputs send it as, other than plain text
	lookup   []string
	numbers  []numberUse
}

// numberUse is a lookup that reads the cells of a column as numbers.
type numberUse struct {
	lookup   string
	priority bool // or else to sum them up
}

// CellsOf derives the checks of each column from the lookups; a column that none of them
// sends or matches is taken for a string to come.
func CellsOf(v *schema.Version, lookups []schema.Lookup) []Cells {
	checks := make([]Cells, len(v.Columns))
	for i := range v.Columns {
		name := v.Columns[i].Name
		c := &checks[i]
		c.name, c.notation = name, v.Columns[i].Notation
		for _, l := range lookups {
			if c.matched == "" && l.Matches(name) {
				c.matched = l.Name
			}
			if l.Policy() == schema.PolicyPriority && schema.EqualName(l.PriorityColumn, name) {
				c.numbers = append(c.numbers, numberUse{l.Name, true})
			}
			for _, o := range l.Outputs {
				if !schema.EqualName(o.Column, name) {
					continue
				}
				if l.Policy() == schema.PolicyCollect {
					switch l.Aggregate {
					case schema.AggregateCount:
						continue // The cell itself is not sent.
					case schema.AggregateSum:
						c.numbers = append(c.numbers, numberUse{lookup: l.Name})
					}
				}
				if most := o.Type.MaxBytes(); c.longest == 0 || most < c.longest {
					c.longest, c.as = most, o.Type
				}
				if o.Type != schema.TypeString && o.Type != schema.TypeText && o.Type != "" && (l.Policy() != schema.PolicyCollect || !l.Aggregate.Joins()) {
					c.types = append(c.types, o.Type)
					c.lookup = append(c.lookup, l.Name)
				}
			}
		}
		if c.longest == 0 && c.matched == "" {
			c.longest, c.as = schema.MaxStringBytes, schema.TypeString
		}
	}
	return checks
}

// Check looks at every value of a chunk once and goes to the rows only for those that a
// person should see. first is the number of the chunk's first row, from 1.
func (c *Cells) Check(w *Warnings, first int, chunk *column.Chunk) {
	for v := range chunk.Values() {
		text := chunk.Value(v)
		for _, use := range c.numbers {
			c.number(w, use, first, chunk, v)
		}
		if text == "" {
			continue
		}
		if c.longest > 0 && len(text) > c.longest {
			c.each(w, schema.WarnTooLong, first, chunk, v, func(row int) {
				w.Add(row, c.name, schema.WarnTooLong, "%d bytes: Marketo cuts a %s after %d bytes; shorten it, or send it to a text field (%d bytes)", len(text), c.as, c.longest, schema.MaxTextBytes)
			})
		}
		if c.longest > 0 && len(text) < 32 && schema.IsNullText(text) {
			c.each(w, schema.WarnTextNull, first, chunk, v, func(row int) { c.null(w, row, text) })
		}
		for i, typ := range c.types {
			if err := c.value(typ, text); err != nil && len(text) <= c.longest {
				if c.otherwise(func(n schema.Notation) bool { return n.CheckValue(typ, text) == nil }) {
					c.stray(w, first, chunk, v, c.lookup[i])
					break
				}
				c.each(w, schema.WarnNotOfType, first, chunk, v, func(row int) {
					w.Add(row, c.name, schema.WarnNotOfType, "%q cannot be sent as %s by lookup %q: %s", schema.Excerpt(text), typ, c.lookup[i], err.Error())
				})
			}
		}
	}
}

// null tells of a cell that reads null. Where the column is matched as well an empty cell would
// mean something else, so that is no advice there.
func (c *Cells) null(w *Warnings, row int, text string) {
	way := "leave the cell empty"
	if c.matched != "" {
		way = fmt.Sprintf("lookup %q also matches the cell, as a value: for no text to be sent, send another column", c.matched)
	}
	w.Add(row, c.name, schema.WarnTextNull, "the cell reads %q, by which Marketo would clear the field: it is not sent; %s", schema.Excerpt(text), way)
}

// otherwise says that a cell that the column's notation does not read is read by another one.
func (c *Cells) otherwise(reads func(schema.Notation) bool) bool {
	for i, numbers := range notation.Conventions() {
		n := c.notation
		if n.Numbers != "" {
			n.Numbers = numbers
		}
		if n.Dates != "" {
			n.Dates = notation.Orders()[i]
		}
		if n != c.notation && reads(n) {
			return true
		}
	}
	return false
}

// stray tells of a value that is written otherwise than the column, of which a lookup sends or counts
// the number or date.
func (c *Cells) stray(w *Warnings, first int, chunk *column.Chunk, value int, lookup string) {
	c.each(w, schema.WarnConvention, first, chunk, value, func(row int) {
		w.Add(row, c.name, schema.WarnConvention, "%q is written otherwise than the column, %s, by which lookup %q reads it: write it so, or set the convention of the column", schema.Excerpt(chunk.Value(value)), c.notation, lookup)
	})
}

// value says why a cell cannot be sent as a type. While it is not known how the column is
// written, each convention counts.
func (c *Cells) value(typ schema.Type, text string) error {
	err := c.notation.CheckValue(typ, text)
	if err != nil && c.notation == (schema.Notation{}) {
		for i, numbers := range notation.Conventions() {
			if (schema.Notation{Numbers: numbers, Dates: notation.Orders()[i]}).CheckValue(typ, text) == nil {
				return nil
			}
		}
	}
	return err
}

func (c *Cells) isNumber(text string) bool {
	if _, ok := c.notation.Decimal(text); ok || c.notation != (schema.Notation{}) {
		return ok
	}
	for _, numbers := range notation.Conventions() {
		if _, ok := (schema.Notation{Numbers: numbers}).Decimal(text); ok {
			return true
		}
	}
	return false
}

// number warns of a value that is no number. An empty cell adds nothing to a sum.
func (c *Cells) number(w *Warnings, use numberUse, first int, chunk *column.Chunk, value int) {
	text := chunk.Value(value)
	if c.isNumber(text) || !use.priority && column.Blank(text) {
		return
	}
	if c.otherwise(func(n schema.Notation) bool { _, ok := n.Decimal(text); return ok }) {
		c.stray(w, first, chunk, value, use.lookup)
		return
	}
	c.each(w, schema.WarnNotANumber, first, chunk, value, func(row int) {
		if use.priority {
			w.Add(row, c.name, schema.WarnNotANumber, "%q is no number: in lookup %q, which goes by this column, the row comes after all that have one", schema.Excerpt(text), use.lookup)
			return
		}
		w.Add(row, c.name, schema.WarnNotANumber, "%q is no number: a lead that hits this row in lookup %q, which sums the column up, fails; correct the cell or leave it empty", schema.Excerpt(text), use.lookup)
	})
}

// each calls f with the number of every row that has a value, as long as its
// warnings are wanted, and counts the others.
func (c *Cells) each(w *Warnings, code string, first int, chunk *column.Chunk, value int, f func(row int)) {
	if !chunk.HasDictionary() {
		f(first + value)
		return
	}
	skipped := 0
	for row := range chunk.Len() {
		if chunk.Code(row) != value {
			continue
		}
		if w.Wants(code) {
			f(first + row)
		} else {
			skipped++
		}
	}
	if skipped > 0 {
		w.Skip(code, skipped)
	}
}
