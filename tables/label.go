package tables

import (
	"strconv"

	"tablestep/tables/schema"
)

// Title is what people see of a table: its label, or else its name.
func (t *Table) Title() string {
	if t.Label != "" {
		return t.Label
	}
	return t.Name
}

// Suggest is a name for a table that is to be made of a file, and the label that goes with
// it: the file's name as people write it, or nothing where that is a name already.
//
// It is the name of a table that is there only where the file is that table's by its name:
// the table is called so, or its label is the same text. What only comes to the same letters
// is another table, and gets a number.
func (c *Catalog) Suggest(file string) (name, label string) {
	if name = schema.FileName(file); schema.CheckName("table", name) == nil && c.byName[name] != nil {
		return name, "" // country-codes.csv is the name of a table, too
	}
	if t := c.former[name]; t != nil {
		return t.Name, "" // it was called so, and the file is
	}
	human := schema.HumanName(file)
	if t := c.former[human]; t != nil {
		return t.Name, ""
	}
	if schema.CheckName("table", human) == nil {
		return human, ""
	}
	label, base := human, schema.NameOf(human)
	for n := 1; ; n++ {
		if name = numbered(base, n); c.byName[name] == nil && c.former[name] == nil {
			break
		}
		if c.byName[name] != nil && c.byName[name].reads(human) {
			return name, label
		}
	}
	for _, t := range c.tables {
		if t.Label != "" && t.reads(human) { // under a name that a person has given
			return t.Name, label
		}
	}
	return name, label
}

// Waits says that the default lookup is a guess which leads are matched by, and which writes
// nothing before somebody confirms it.
func (t *Table) Waits() bool {
	l, ok := t.Lookup("")
	return ok && l.Guessed && t.Live != nil
}

// reads says that people know the table by this name.
func (t *Table) reads(human string) bool {
	if t.Label != "" {
		return schema.SameLabel(t.Label, human)
	}
	return schema.Spells(human, t.Name)
}

// numbered is the n-th name that is made of one, at most as long as a name may be.
func numbered(base string, n int) string {
	if n == 1 {
		return base
	}
	number := "-" + strconv.Itoa(n)
	return base[:min(len(base), schema.MaxName-len(number))] + number
}

// has says that a table or rule set of the name is there.
func (c *Catalog) has(name Name) bool {
	f := c.families[name]
	return f != nil && (f.table != nil || f.ruleSet != nil)
}
