package tables

import (
	"fmt"
	"slices"
	"strings"

	"tablestep/tables/schema"
)

// maxFormer is how many names a table may have had.
const maxFormer = 100

// Rename gives a table another name, with its versions, lookups, drafts, history and settings; its default lookup is
// called as it is. Its former name stays with it: campaigns and rules that name it find the table, and nothing else takes the
// name unless a person forces it. What was deleted under the former name stays there, to be restored. The error
// is a *Refusal where the new name is taken.
func (s *Store) Rename(table, to string, lift Lift, by string) error {
	from := Name{Kind: KindTable, Name: table}
	err := schema.CheckName("table", to)
	if err == nil {
		err = s.change(func(c *change) error { return c.rename(from, Name{Kind: KindTable, Name: to}, lift, by) })
	}
	if err != nil {
		return fmt.Errorf("rename %s: %w", Thing{Name: from}, err)
	}
	return nil
}

func (c *change) rename(from, to Name, lift Lift, by string) error {
	own, err := c.present(Thing{Name: from})
	if err != nil {
		return err
	}
	if from == to {
		return errUnchanged
	}
	if err := c.mayBeCalled(from, to, lift); err != nil {
		return err
	}
	if !slices.Contains(own.Head.Former, from.Name) {
		own.Head.Former = append(own.Head.Former, from.Name)
	}
	own.Head.Former = slices.DeleteFunc(own.Head.Former, func(name string) bool { return name == to.Name })
	if len(own.Head.Former) > maxFormer {
		return fmt.Errorf("%w: the table has had %d names, the most there can be: make a copy of it", schema.ErrConflict, maxFormer)
	}
	next := own.Head.Next
	c.take(from, to)
	c.commit.Move[len(c.commit.Move)-1].History = true
	// The head that stays keeps the numbers of the name from being used twice.
	c.records(from).Things = map[string]*Record{"": {Head: Head{Next: next, Deleted: c.at}}}
	c.changed(Thing{Name: from})
	if drafts := (Name{Kind: KindDraft, Name: from.Name}); c.before.families[drafts] != nil {
		c.take(drafts, Name{Kind: KindDraft, Name: to.Name})
	}
	c.event(from, Event{Action: ActionRename, By: by, Note: "it is called " + to.Name})
	c.event(to, Event{Action: ActionRename, By: by, Before: map[string]string{"name": from.Name}, After: map[string]string{"name": to.Name}})
	return nil
}

// take moves all records of a name to another, under which there is no more than a head. Numbers go on behind those
// that either name has had.
func (c *change) take(from, to Name) {
	target, next := c.records(to), 1
	if own := target.own(); own != nil {
		next = own.Head.Next
	}
	c.commit.Move = append(c.commit.Move, Move{From: from, To: to})
	target.Things, c.records(from).Things = c.records(from).Things, nil
	own := target.own()
	own.Head.Next = max(own.Head.Next, next)
	for _, r := range target.Things {
		if r.Live != nil && r.Live.Rows != nil {
			live, v := *r.Live, *r.Live.Rows
			v.Table, live.Rows = to.Name, &v
			r.Live = &live
		}
	}
	c.changed(Thing{Name: to})
}

// mayBeCalled says whether a table may have another name.
func (c *change) mayBeCalled(from, to Name, lift Lift) error {
	guards := c.taken(from, to)
	if r := c.records(from).Things[to.Name]; r != nil && r.Head.Deleted.IsZero() {
		guards = append(guards, taken("", "a lookup of the table is called %q, as its default lookup would be: take another name", to.Name))
	}
	if drafts := c.before.families[Name{Kind: KindDraft, Name: to.Name}]; drafts != nil {
		for person, r := range drafts.Things {
			if person != "" && r.Head.Deleted.IsZero() {
				guards = append(guards, taken("", "there is a draft of a table %q: throw it away, or take another name", to.Name))
				break
			}
		}
	}
	guards = slices.DeleteFunc(guards, lift.lifts)
	if err := schema.Refuse(to.Name, 0, guards, schema.Findings{}); err != nil {
		return err
	}
	c.release(from.Name, to.Name)
	return nil
}

// taken is a guard that a person gets around by another name, which a parameter gives; empty: none does.
func taken(lift, format string, args ...any) schema.Guard {
	return schema.Guard{Code: schema.CodeNameTaken, Lift: lift, Message: fmt.Sprintf(format, args...)}
}

// taken are the guards of a name that a table is to have: it is that of another table, or was so.
func (c *change) taken(from, to Name) (guards []schema.Guard) {
	if own := c.records(to).own(); own != nil && own.Head.Deleted.IsZero() {
		guards = append(guards, taken("", "the name %q is taken: take another one", to.Name))
	}
	return append(guards, c.before.formerGuard(from.Name, to.Name)...)
}

// formerGuard keeps a name that a table has had from another one; of is the table that may have it again.
func (c *Catalog) formerGuard(of, name string) []schema.Guard {
	t := c.former[name]
	if t == nil || t.Name == of {
		return nil
	}
	return []schema.Guard{{
		Code: schema.CodeNameTaken, Lift: schema.LiftForce,
		Message: fmt.Sprintf("table %q was called %q, and campaigns and rules that name it so are answered by it: use %[1]q, take another name, or force it, and they turn to the new table", t.Name, name),
	}}
}

// release takes a name away from the table that has had it, but from the one it is for.
func (c *change) release(of, name string) {
	t := c.before.former[name]
	if t == nil || t.Name == of {
		return
	}
	own := Thing{Name: Name{Kind: KindTable, Name: t.Name}}
	r := c.records(own.Name).own()
	r.Head.Former = slices.DeleteFunc(r.Head.Former, func(former string) bool { return former == name })
	c.changed(own)
	c.event(own.Name, Event{Action: ActionRelease, Note: name})
}

// Called finds a table by the name that it has, or has had.
func (c *Catalog) Called(name string) (*Table, bool) {
	if t, ok := c.byName[name]; ok {
		return t, true
	}
	t, ok := c.former[name]
	return t, ok
}

// Chosen finds what a flow step or a chain names, table or table/lookup, by the names that the table has, or has had.
// The lookup is empty for the default one.
func (c *Catalog) Chosen(choice string) (t *Table, lookup string, ok bool) {
	name, lookup, _ := strings.Cut(choice, "/")
	if t, ok = c.Called(name); !ok {
		return nil, lookup, false
	}
	if _, own := t.Lookup(lookup); lookup == name && !own {
		lookup = "" // so it was called with its table
	}
	return t, lookup, true
}

// Choice is how a flow step names a lookup of the table.
func (t *Table) Choice(lookup string) string {
	if lookup == "" || lookup == t.Name {
		return t.Name
	}
	return t.Name + "/" + lookup
}

// findFormer finds tables by the names that they have had; a table that has such a name now comes first.
func (c *Catalog) findFormer() {
	c.former = map[string]*Table{}
	for _, t := range c.tables {
		for _, name := range t.Former {
			if c.byName[name] == nil {
				c.former[name] = t
			}
		}
	}
}
