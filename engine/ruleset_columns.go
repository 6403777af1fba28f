package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tablestep/engine/rules"
	"tablestep/tables"
	"tablestep/tables/schema"
)

// AbsentColumns tells of columns that rules read of the row of a lookup and that its table
// does not have: they are nil for every lead. columns are those of the version in question,
// lookups those that may name a rule set; only live versions of rule sets are looked at. One
// that does not compile reads nothing: its leads fail, and /status says so.
func (e *Engine) AbsentColumns(ctx context.Context, columns []schema.Column, lookups []schema.Lookup) ([]schema.Warning, error) {
	v := &schema.Version{Columns: columns}
	var told []schema.Warning
	for i := range lookups {
		l := &lookups[i]
		refs, err := e.evaluator.rowColumns(ctx, l.RuleSet)
		if err != nil {
			return nil, err
		}
		for _, name := range refs {
			if _, ok := v.Column(name); !ok && !chainHas(e.evaluator.store.Catalog(), l, name) {
				told = append(told, schema.Warning{Column: schema.Excerpt(name), Code: schema.WarnRuleColumn, Message: fmt.Sprintf(
					"lookup %q runs rule set %q, which reads row.%s, and there is no such column (there is %s): it is nil for every lead; rename the column, or change the rules",
					l.Name, l.RuleSet, schema.Excerpt(name), strings.Join(columnNames(v), ", "))})
			}
		}
	}
	return told, nil
}

// chainHas says that a table has a column to which leads go on from a lookup, or may have one: the
// row of the rules is then one of that table.
func chainHas(catalog *tables.Catalog, l *schema.Lookup, column string) bool {
	for n, link := range catalog.Chain("", l) {
		if n == 0 {
			continue
		}
		t, ok := catalog.Table(link.Table)
		if !ok || t.Live == nil {
			return true // Nobody knows yet.
		}
		if _, ok := t.Live.Column(column); ok {
			return true
		}
	}
	return false
}

// rowColumns are the columns that the live version of a rule set reads of the row of the
// table lookup, each once; none where there is no such rule set.
func (e *Evaluator) rowColumns(ctx context.Context, ruleSet string) (names []string, err error) {
	refs, err := e.reads(ctx, ruleSet)
	for _, ref := range refs {
		if ref.Scope == rules.ScopeRow && ref.Name != "" && !slices.Contains(names, ref.Name) {
			names = append(names, ref.Name)
		}
	}
	return names, err
}

// reads are the fields that the live version of a rule set reads.
func (e *Evaluator) reads(ctx context.Context, ruleSet string) ([]rules.Ref, error) {
	set, ok := e.store.Catalog().RuleSet(ruleSet)
	if !ok || set.Live == nil {
		return nil, nil
	}
	p, err := e.programOf(ctx, set)
	if p == nil || err != nil {
		return nil, err
	}
	return p.Fields(), nil
}

// programOf is the live version of a rule set, nil where it does not compile.
func (e *Evaluator) programOf(ctx context.Context, set *tables.RuleSet) (*program, error) {
	p, err := e.programs.of(ctx, set)
	if wrong := (*CompileError)(nil); errors.As(err, &wrong) {
		return nil, nil //nolint:nilnil // nothing is known of it, and that is no failure
	}
	return p, err
}
