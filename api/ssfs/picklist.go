package ssfs

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tablestep/engine"
	"tablestep/tables"
	"tablestep/tables/schema"
)

// maxChoices is the most that Marketo takes of one picklist.
const maxChoices = 1000

// A picklistRequest asks for the choices of one attribute. What the user has
// chosen elsewhere in the step is never part of it.
type picklistRequest struct {
	Name    string `json:"name"`
	Type    string `json:"type"`
	Mapping struct {
		Invocation []mappedField `json:"invocation"`
		Callback   []mappedField `json:"callback"`
	} `json:"fieldMappingContext"`
}

type mappedField struct {
	MarketoAttribute string `json:"marketoAttribute"`
}

// A choice is one entry of a picklist.
type choice struct {
	Display   map[string]string `json:"displayValue"`
	Submitted string            `json:"submittedValue"`

	rank int // those of a lower one come first; a table's
}

type picklist struct {
	Choices []choice `json:"choices"`
}

func newChoice(submitted, display string) choice {
	return choice{Display: map[string]string{"en_US": display}, Submitted: submitted}
}

// mapping takes the mapped fields from a picklist request.
func (r *picklistRequest) mapping() engine.Mapping {
	names := func(fields []mappedField) []string {
		var out []string
		for _, f := range fields {
			if f.MarketoAttribute != "" {
				out = append(out, f.MarketoAttribute)
			}
		}
		slices.Sort(out)
		return slices.Compact(out)
	}
	return engine.Mapping{Invocation: names(r.Mapping.Invocation), Callback: names(r.Mapping.Callback)}
}

// picklists make the choices of each attribute that has a picklist.
func picklists() map[string]func(*tables.Catalog, *engine.Mapping) []choice {
	columns := func(c *tables.Catalog, _ *engine.Mapping) []choice { return columnChoices(c) }
	return map[string]func(*tables.Catalog, *engine.Mapping) []choice{
		attrTable:       func(c *tables.Catalog, _ *engine.Mapping) []choice { return tableChoices(c) },
		attrRuleSet:     func(c *tables.Catalog, _ *engine.Mapping) []choice { return ruleSetChoices(c) },
		attrKeyName:     columns,
		attrLookupField: columns,
		attrKeyValField: func(_ *tables.Catalog, m *engine.Mapping) []choice { return fieldChoices(m.Invocation) },
		attrReturnField: func(_ *tables.Catalog, m *engine.Mapping) []choice { return fieldChoices(m.Callback) },
		attrOnNoMatch: func(*tables.Catalog, *engine.Mapping) []choice {
			return []choice{
				newChoice(string(schema.NoMatchKeep), "Keep the fields as they are"),
				newChoice(string(schema.NoMatchDefault), "Write default values"),
				newChoice(string(schema.NoMatchClear), "Clear the fields"),
			}
		},
	}
}

// hasPicklist says whether an attribute has choices.
func hasPicklist(name string) bool { return picklists()[name] != nil }

// picklistOf returns the choices of an attribute, sorted by the order of their tables and what is shown, and
// how many there are; more than maxChoices are cut. It reports false for an
// attribute that has no picklist.
func picklistOf(name string, catalog *tables.Catalog, mapping engine.Mapping) (list picklist, total int, ok bool) {
	choose := picklists()[name]
	if choose == nil {
		return picklist{}, 0, false
	}
	choices := choose(catalog, &mapping)
	slices.SortStableFunc(choices, func(a, b choice) int {
		x, y := a.Display["en_US"], b.Display["en_US"]
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(strings.ToLower(x), strings.ToLower(y)), cmp.Compare(x, y))
	})
	total = len(choices)
	choices = choices[:min(total, maxChoices)]
	if choices == nil {
		choices = []choice{}
	}
	return picklist{Choices: choices}, total, true
}

// tableChoices lists each lookup of each published table that is not hidden, and none.
func tableChoices(catalog *tables.Catalog) []choice {
	choices := []choice{newChoice(engine.None, "(none: rules only)")}
	for _, t := range catalog.Tables() {
		if t.Live == nil || t.Hidden {
			continue
		}
		for i := range t.Lookups {
			l := &t.Lookups[i]
			name := t.Name
			if l.Name != t.Name {
				name += "/" + l.Name
			}
			display := name
			if title := titleOf(t, l); title != "" {
				display = fmt.Sprintf("%s (%s)", title, name)
			}
			c := newChoice(name, display)
			c.rank = t.Rank()
			choices = append(choices, c)
		}
	}
	return choices
}

// titleOf is what people call a lookup beside its name, empty where that is all there is: its
// own label, or the table's.
func titleOf(t *tables.Table, l *schema.Lookup) string {
	switch {
	case l.Label != "" || t.Label == "":
		return l.Label
	case l.Name == t.Name:
		return t.Label
	}
	return t.Label + ", " + l.Name
}

// ruleSetChoices lists each published rule set, and none.
func ruleSetChoices(catalog *tables.Catalog) []choice {
	choices := []choice{newChoice(engine.None, "(none)")}
	for _, r := range catalog.RuleSets() {
		if r.Live != nil {
			choices = append(choices, newChoice(r.Name, r.Name))
		}
	}
	return choices
}

// columnChoices lists each column of the published tables that are not hidden once, with the tables
// that have it.
func columnChoices(catalog *tables.Catalog) []choice {
	const named = 3 // tables that the display names
	in := make(map[string][]string)
	for _, t := range catalog.Tables() {
		if t.Live == nil || t.Hidden {
			continue
		}
		for i := range t.Live.Columns {
			c := t.Live.Columns[i].Name
			in[c] = append(in[c], t.Title())
		}
	}
	var choices []choice
	for c, names := range in {
		where := strings.Join(names[:min(len(names), named)], ", ")
		if more := len(names) - named; more > 0 {
			where += fmt.Sprintf(" and %d more", more)
		}
		choices = append(choices, newChoice(c, fmt.Sprintf("%s (%s)", c, where)))
	}
	return choices
}

func fieldChoices(fields []string) []choice {
	var choices []choice
	for _, f := range fields {
		choices = append(choices, newChoice(f, f))
	}
	return choices
}
