package engine

import (
	"fmt"
	"strings"

	"tablestep/engine/request"
	"tablestep/engine/rules"
	"tablestep/tables"
	"tablestep/tables/schema"
)

// knownTable is what rules can know of a table before they run: the columns of its live
// version, and how many values its default lookup is asked with.
func knownTable(catalog *tables.Catalog, name string) (rules.Table, bool) {
	t, ok := catalog.Called(name)
	if !ok || t.Live == nil {
		return rules.Table{}, false
	}
	known := rules.Table{Columns: columnNames(t.Live)}
	if lookup, ok := t.Lookup(""); ok {
		known.Keys, known.InTurn = lookup.Asked(), lookup.Policy() == schema.PolicyRotate
	}
	return known, true
}

func columnNames(v *schema.Version) []string {
	names := make([]string, len(v.Columns))
	for i := range v.Columns {
		names[i] = v.Columns[i].Name
	}
	return names
}

// amiss says what is amiss with a field that a rule set reads: a setting that the flow
// step does not have, or a column that is not in a row that the rules get to see. Which
// rows those are is known where a lookup names the rule set; a flow step may choose others.
func amiss(catalog *tables.Catalog, ruleSet string, ref rules.Ref) string {
	switch ref.Scope {
	case rules.ScopeFlow:
		if _, ok := request.Setting(ref.Name); !ok {
			return fmt.Sprintf("the flow step has no setting %q, so this is always nil; it has %s", ref.Name, strings.Join(request.Settings(), ", "))
		}
	case rules.ScopeRow:
		for _, t := range catalog.Tables() {
			for i := range t.Lookups {
				l := &t.Lookups[i]
				if l.RuleSet != ruleSet || t.Live == nil {
					continue
				}
				if _, ok := t.Live.Column(ref.Name); !ok && !chainHas(catalog, l, ref.Name) {
					return fmt.Sprintf("this is always nil after lookup %q, which runs this rule set: table %q has no column %q; it has %s", l.Name, t.Name, ref.Name, strings.Join(columnNames(t.Live), ", "))
				}
			}
		}
	}
	return ""
}
