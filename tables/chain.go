package tables

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strings"

	"tablestep/tables/schema"
)

// A Link is one lookup of a chain. Leads go on to others from it: after a hit by then, after a
// miss by else.
type Link struct {
	schema.LookupName
	Settings schema.Lookup // that are live; empty where the lookup is not there
	There    bool
	Then     int // which link of the chain it is; -1: none
	Else     int
	// Problem is why leads that come here have no answer although the lookup may be there: the
	// chain goes in a circle, or is too long. Neither can be saved.
	Problem string
}

// Chain is the lookups that leads may come to from a lookup of a table, itself first and each
// behind all those that lead to it. first are its settings, as they count for whoever asks. A
// lookup that several lead to stands once. It is nil where the lookup names no other one.
func (c *Catalog) Chain(table string, first *schema.Lookup) []Link {
	if !first.Chained() {
		return nil
	}
	w := chainWalk{catalog: c, seen: map[schema.LookupName]*chainNode{}}
	w.visit(schema.LookupName{Table: table, Lookup: first.Name}, first)
	slices.Reverse(w.order)
	at := make(map[*chainNode]int, len(w.order))
	for i, n := range w.order {
		at[n] = i
	}
	links := make([]Link, len(w.order))
	for i, n := range w.order {
		links[i] = n.Link
		links[i].Then, links[i].Else = -1, -1
		if n.then != nil {
			links[i].Then = at[n.then]
		}
		if n.otherwise != nil {
			links[i].Else = at[n.otherwise]
		}
	}
	return links
}

// A chainWalk goes through a chain, the lookups that follow before the one that they follow.
type chainWalk struct {
	catalog *Catalog
	seen    map[schema.LookupName]*chainNode
	way     []schema.LookupName // to the one that is being visited
	order   []*chainNode        // that were visited
}

type chainNode struct {
	Link
	then, otherwise *chainNode
	done            bool
}

func (w *chainWalk) visit(name schema.LookupName, l *schema.Lookup) *chainNode {
	n := &chainNode{Link: Link{LookupName: name, There: l != nil}}
	w.seen[name] = n
	w.way = append(w.way, name)
	if l != nil {
		n.Settings = *l
		n.then, n.otherwise = w.follow(l.Then), w.follow(l.Else)
	}
	w.way = w.way[:len(w.way)-1]
	n.done = true
	w.order = append(w.order, n)
	return n
}

// linked is the lookup that a link names, by a name that its table has or has had.
func (c *Catalog) linked(link string) schema.LookupName {
	if t, lookup, ok := c.Chosen(link); ok {
		return schema.LookupName{Table: t.Name, Lookup: cmp.Or(lookup, t.Name)}
	}
	return schema.ParseLookupName(link)
}

// follow goes to the lookup that a name of a link names.
func (w *chainWalk) follow(link string) *chainNode {
	if link == "" {
		return nil
	}
	name := w.catalog.linked(link)
	n := w.seen[name]
	switch {
	case n != nil && n.done:
		return n
	case n != nil:
		circle := append(slices.Clone(w.way[slices.Index(w.way, name):]), name)
		return w.broken(name, "it goes in a circle: "+WayOf(circle))
	case len(w.seen) >= schema.MaxChain:
		return w.broken(name, fmt.Sprintf("it has more than %d lookups", schema.MaxChain))
	}
	if t, ok := w.catalog.Table(name.Table); ok {
		if l, ok := t.Lookup(name.Lookup); ok {
			return w.visit(name, &l)
		}
	}
	return w.visit(name, nil)
}

// broken is the end of a chain that leads cannot go on from.
func (w *chainWalk) broken(name schema.LookupName, problem string) *chainNode {
	n := &chainNode{Link: Link{LookupName: name, Problem: problem}, done: true}
	w.order = append(w.order, n)
	return n
}

// WayOf writes a way through a chain in words.
func WayOf(names []schema.LookupName) string {
	texts := make([]string, len(names))
	for i, name := range names {
		texts[i] = name.String()
	}
	return strings.Join(texts, " → ")
}

// Links are all pairs of live lookups of which the first goes on to the second, in the order of the
// tables; the second may not be there.
func (c *Catalog) Links() iter.Seq2[schema.LookupName, schema.LookupName] {
	return func(yield func(from, to schema.LookupName) bool) {
		for _, t := range c.tables {
			for i := range t.Lookups {
				l := &t.Lookups[i]
				for _, link := range []string{l.Then, l.Else} {
					if link != "" && !yield(schema.LookupName{Table: t.Name, Lookup: l.Name}, c.linked(link)) {
						return
					}
				}
			}
		}
	}
}

// Unlinked are the links to lookups that are not there, or whose table has no live version: leads
// fail that come to them.
func (c *Catalog) Unlinked() (links [][2]schema.LookupName) {
	for from, to := range c.Links() {
		there := false
		if t, ok := c.Table(to.Table); ok && t.Live != nil {
			_, there = t.Lookup(to.Lookup)
		}
		if !there {
			links = append(links, [2]schema.LookupName{from, to})
		}
	}
	return links
}

// goesOn says which lookup behind one matches a field that it writes: what is missed where the
// column goes that the field is written from. It is empty where none does.
func (c *Catalog) goesOn(table string, l *schema.Lookup, column string) (field, by string) {
	links := c.Chain(table, l)
	if len(links) == 0 || links[0].Then < 0 {
		return "", ""
	}
	behind := make([]bool, len(links)) // a hit of the lookup, and so with its fields
	behind[links[0].Then] = true
	for n := 1; n < len(links); n++ {
		if !behind[n] {
			continue
		}
		for _, next := range []int{links[n].Then, links[n].Else} {
			if next >= 0 {
				behind[next] = true
			}
		}
		for i := range l.Outputs {
			o := &l.Outputs[i]
			if !schema.EqualName(o.Column, column) {
				continue
			}
			for m := range links[n].Settings.Match {
				if slices.ContainsFunc(links[n].Settings.Match[m].Fields(), func(f string) bool { return strings.EqualFold(f, o.Field) }) {
					return o.Field, links[n].LookupName.String()
				}
			}
		}
	}
	return "", ""
}

// unchained refuses a change after which leads could go round in a chain, or far too long,
// whichever lookup of it goes live and by which way. A chain that it does not touch is not
// looked at.
func (c *change) unchained(families []*family) error {
	touched := map[schema.LookupName]bool{}
	for _, f := range families {
		if f.table == nil {
			continue
		}
		for i := range f.table.Lookups {
			l := &f.table.Lookups[i]
			if l.Chained() && !c.wasLinked(f, l) {
				touched[schema.LookupName{Table: f.table.Name, Lookup: l.Name}] = true
			}
		}
	}
	if len(touched) == 0 {
		return nil
	}
	next := c.before.with(families...)
	for _, t := range next.tables {
		for i := range t.Lookups {
			links := next.Chain(t.Name, &t.Lookups[i])
			touches := slices.ContainsFunc(links, func(l Link) bool { return touched[l.LookupName] })
			for n := range links {
				if touches && links[n].Problem != "" {
					return fmt.Errorf("%w: %s: change then or else of one of them", schema.ErrChain, links[n].Problem)
				}
			}
		}
	}
	return nil
}

// wasLinked says that a lookup leads where it led before.
func (c *change) wasLinked(f *family, l *schema.Lookup) bool {
	was := c.before.families[f.Name]
	if was == nil || was.table == nil {
		return false
	}
	old, ok := was.table.Lookup(l.Name)
	return ok && old.Then == l.Then && old.Else == l.Else
}
