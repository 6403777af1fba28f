package tables

import (
	"tablestep/tables/column"
	"tablestep/tables/schema"
)

// columnChecks are what is looked for in the cells of one column.
type columnChecks struct {
	longest int           // bytes beyond which a cell is too long, 0 for not sent
	as      schema.Type   // the type with that bound, for the message
	types   []schema.Type // types that outputs send it as, other than plain text
	lookup  []string
	numbers []numberUse
}

// numberUse is a lookup that reads the cells of a column as numbers.
type numberUse struct {
	lookup   string
	priority bool // or else to sum them up
}

// checksOf derives the checks from the lookups; a column that none of them sends
// is taken for a string to come.
func checksOf(columns []string, lookups []schema.Lookup) []columnChecks {
	checks := make([]columnChecks, len(columns))
	for i, name := range columns {
		c := &checks[i]
		for _, l := range lookups {
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
				if o.Type != schema.TypeString && o.Type != schema.TypeText && o.Type != "" && !(l.Policy() == schema.PolicyCollect && l.Aggregate == schema.AggregateList) {
					c.types = append(c.types, o.Type)
					c.lookup = append(c.lookup, l.Name)
				}
			}
		}
		if c.longest == 0 {
			c.longest, c.as = schema.MaxStringBytes, schema.TypeString
		}
	}
	return checks
}

// run looks at every value of a chunk once and goes to the rows only for those
// that a person should see.
func (c *columnChecks) run(w *warnings, name string, first int, chunk *column.Chunk) {
	for v := range chunk.Values() {
		text := chunk.Value(v)
		for _, use := range c.numbers {
			c.number(w, name, use, first, chunk, v)
		}
		if text == "" {
			continue
		}
		if len(text) > c.longest {
			c.each(w, WarnTooLong, first, chunk, v, func(row int) {
				w.add(row, name, WarnTooLong, "%d bytes: Marketo cuts a %s after %d bytes; shorten it, or send it to a text field (%d bytes)", len(text), c.as, c.longest, schema.MaxTextBytes)
			})
		}
		if len(text) < 32 && schema.IsNullText(text) {
			c.each(w, WarnTextNull, first, chunk, v, func(row int) {
				w.add(row, name, WarnTextNull, "the cell reads %q, by which Marketo would clear the field: it is not sent; leave the cell empty", schema.Excerpt(text))
			})
		}
		for i, typ := range c.types {
			if err := schema.CheckValue(typ, text); err != nil && len(text) <= c.longest {
				c.each(w, WarnNotOfType, first, chunk, v, func(row int) {
					w.add(row, name, WarnNotOfType, "%q cannot be sent as %s by lookup %q: %s", schema.Excerpt(text), typ, c.lookup[i], err.Error())
				})
			}
		}
	}
}

// number warns of a value that is no number. An empty cell adds nothing to a sum.
func (c *columnChecks) number(w *warnings, name string, use numberUse, first int, chunk *column.Chunk, value int) {
	text := chunk.Value(value)
	if _, ok := schema.ParseDecimal(text); ok || !use.priority && blankCell(text) {
		return
	}
	c.each(w, WarnNotANumber, first, chunk, value, func(row int) {
		if use.priority {
			w.add(row, name, WarnNotANumber, "%q is no number: in lookup %q, which goes by this column, the row comes after all that have one", schema.Excerpt(text), use.lookup)
			return
		}
		w.add(row, name, WarnNotANumber, "%q is no number: a lead that hits this row in lookup %q, which sums the column up, fails; correct the cell or leave it empty", schema.Excerpt(text), use.lookup)
	})
}

// each calls f with the number of every row that has a value, as long as its
// warnings are wanted, and counts the others.
func (c *columnChecks) each(w *warnings, code string, first int, chunk *column.Chunk, value int, f func(row int)) {
	if !chunk.HasDictionary() {
		f(first + value)
		return
	}
	skipped := 0
	for row := range chunk.Len() {
		if chunk.Code(row) != value {
			continue
		}
		if w.wants(code) {
			f(first + row)
		} else {
			skipped++
		}
	}
	if skipped > 0 {
		w.skip(code, skipped)
	}
}
