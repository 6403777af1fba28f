package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"tablestep/engine/request"
	"tablestep/tables"
	"tablestep/tables/schema"
)

// A chain is the lookups that leads of a group may come to from the one that was chosen. It is
// made from the catalog; a table of it is read once a lead comes there.
type chain struct {
	links []tables.Link // the first one is that of the plan
	// fields are those that lookups of the chain write and others match: what a hit writes is
	// there for those that come behind it.
	fields []string
}

// chainOf is the chain of a plan, nil where nothing follows its lookup.
func (w *world) chainOf(p *plan) *chain {
	c := &chain{links: w.catalog().Chain(p.table, &p.lookup)}
	if c.links == nil {
		return nil
	}
	for i := range c.links {
		for o := range c.links[i].Settings.Outputs {
			field := c.links[i].Settings.Outputs[o].Field
			if indexFold(c.fields, field) < 0 && c.matches(field) {
				c.fields = append(c.fields, field)
			}
		}
	}
	return c
}

// matches says that a lookup behind the first one matches a field, or looks at it before it writes.
func (c *chain) matches(field string) bool {
	for i := range c.links[1:] {
		l := &c.links[i+1].Settings
		for m := range l.Match {
			if indexFold(l.Match[m].Fields(), field) >= 0 {
				return true
			}
		}
		for o := range l.Outputs {
			if l.Outputs[o].Careful() && strings.EqualFold(l.Outputs[o].Field, field) {
				return true
			}
		}
	}
	return false
}

// indexFold finds a name of a lead field, in whatever case.
func indexFold(names []string, name string) int {
	return slices.IndexFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
}

// follow binds link n of a plan's chain, for the leads that have come to it. As with a choice,
// what is set wrongly is a plan that fails.
func (w *world) follow(ctx context.Context, p *plan, n int, batch *request.Batch) (*plan, error) {
	link := &p.chain.links[n]
	next, err := w.bindLink(ctx, link)
	if err != nil {
		return nil, err
	}
	next.given = p.chain.fields
	if next.fail == nil {
		next.fail = next.check(w.mapping, batch)
	}
	return next, nil
}

func (w *world) bindLink(ctx context.Context, link *tables.Link) (*plan, error) {
	name := link.LookupName.String()
	if link.Problem != "" {
		p := failed(CodeTableNotFound, "%s cannot be gone on to: of the chain, %s", name, link.Problem)
		p.name, p.table = name, link.Table
		return p, nil
	}
	p, err := w.bind(ctx, &choice{table: name})
	if p != nil {
		p.name, p.table = name, link.Table
	}
	return p, err
}

// mayBeGiven says that a lookup before this one may have written a field.
func (p *plan) mayBeGiven(field string) bool { return indexFold(p.given, field) >= 0 }

// chainText names the way of a record through its chain, the first lookups and the last one where
// they are many.
func chainText(names []schema.LookupName) string {
	const most = 5
	if len(names) <= most {
		return tables.WayOf(names)
	}
	return fmt.Sprintf("%s → … → %s", tables.WayOf(names[:most-2]), names[len(names)-1])
}

// withChains adds to the tables that flow steps choose the lookups that follow them.
func withChains(catalog *tables.Catalog, choices []string) []string {
	for _, choice := range choices {
		t, lookup, ok := catalog.Chosen(choice)
		if !ok {
			continue
		}
		l, ok := t.Lookup(lookup)
		if !ok {
			continue
		}
		for _, link := range catalog.Chain(t.Name, &l) {
			choices = append(choices, link.LookupName.String())
		}
	}
	return choices
}
