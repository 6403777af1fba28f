package tables

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"tablestep/tables/alias"
	"tablestep/tables/check"
	"tablestep/tables/schema"
)

// Aliases belong to a lookup that a person has set, and stand in its Record beside the versions: what becomes of
// versions does not touch them. They are deleted, restored and removed with their lookup. All that use the lookup of
// a catalog have its aliases with it (schema.Lookup.Aliases), so a batch sees those of its moment.

// underAliases is the name, which no lookup has, under which findings tell for which aliases they were made.
const underAliases = "@aliases"

// AliasOptions say how aliases are added.
type AliasOptions struct {
	Replace bool // those that are there for the same values are replaced; else they are refused
	By      string
}

// An AliasError says what is wrong with one of the aliases that are to be added. It is ErrInvalid.
type AliasError struct {
	At      int    // its place in what was handed in, from 0
	Lost    bool   // it hits nothing: there is no such row, or there are several
	Message string // names the place and the way out
}

// Error names which one it is.
func (e *AliasError) Error() string { return fmt.Sprintf("alias %d: %s", e.At+1, e.Message) }

// Is says that it is a setting that makes no sense.
func (e *AliasError) Is(target error) bool { return target == schema.ErrInvalid }

// AddAliases adds aliases to a lookup, all or none, and says which they are now. The empty name, or the
// table's, is the default lookup; one that is only guessed takes none. Fields and columns are spelled as the lookup
// and the version have them. The row of each has to be there, once, in the live version, or the newest where none
// is live. One that is there with the same values, action and row is left as it is; with another action or row
// it is replaced, or all are refused. The error is an *AliasError for what is wrong with one of them, and else
// wraps ErrInvalid, ErrConflict or what is not found.
func (s *Store) AddAliases(ctx context.Context, table, lookup string, list []schema.Alias, o AliasOptions) (added []schema.Alias, err error) {
	t := lookupOf(table, lookup)
	var settled []schema.Alias
	version := 0
	err = s.changeUse(Thing{Name: t.Name}, func(f *family, v *schema.Version) error {
		l, err := f.aliased(t)
		if err != nil {
			return err
		}
		version = l.Version
		settled, err = s.settleAliases(ctx, v, l, list)
		return err
	}, func(c *change) error {
		r, err := c.present(t)
		if err != nil {
			return err
		}
		if r.Head.Live != version {
			return errOther
		}
		l := *r.Live.Lookup
		added, err = c.addAliases(t, r, &l, settled, o)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("add aliases to %s: %w", t, err)
	}
	return added, nil
}

// aliased is a lookup that may have aliases.
func (f *family) aliased(t Thing) (*schema.Lookup, error) {
	l, ok := f.table.Lookup(t.Lookup)
	if t.Lookup == DefaultLookup {
		l, ok = f.table.Lookup("")
	}
	switch {
	case !ok:
		return nil, t.notFound()
	case l.Guessed:
		return nil, fmt.Errorf("%w: nobody has confirmed the lookup yet, and a guess changes with the next upload: confirm it first", schema.ErrConflict)
	case len(schema.AliasFields(l.Match)) == 0:
		return nil, fmt.Errorf("%w: the lookup is matched by no field of a lead, so there are no values that an alias could name", schema.ErrInvalid)
	}
	return &l, nil
}

// settleAliases holds aliases against their lookup and a version, and spells them as those do.
func (s *Store) settleAliases(ctx context.Context, v *schema.Version, l *schema.Lookup, list []schema.Alias) ([]schema.Alias, error) {
	if len(list) == 0 || len(list) > schema.MaxAliases {
		return nil, fmt.Errorf("%w: %d aliases at once: give 1 to %d", schema.ErrInvalid, len(list), schema.MaxAliases)
	}
	settled := make([]schema.Alias, len(list))
	for i := range list {
		var why string
		if settled[i], why = settleAlias(v, l, &list[i]); why != "" {
			return nil, &AliasError{At: i, Message: why}
		}
	}
	rows, err := s.leadsUnkept(ctx, v, &schema.Aliases{Lookup: l.Name, Match: l.Match, List: settled})
	if err != nil {
		return nil, err
	}
	for i := range rows {
		if rows[i].Why != "" {
			return nil, &AliasError{At: i, Lost: true, Message: fmt.Sprintf("%s hits nothing: %s", &settled[i], rows[i].Why)}
		}
	}
	return settled, nil
}

// settleAlias spells an alias as its lookup and a version do; why says in words what is wrong with it.
func settleAlias(v *schema.Version, l *schema.Lookup, given *schema.Alias) (a schema.Alias, why string) {
	a = schema.Alias{Action: given.Action, Values: map[string]string{}}
	fields := schema.AliasFields(l.Match)
	blank := true
	for _, name := range slices.Sorted(maps.Keys(given.Values)) {
		field, text := spelled(name, fields), given.Values[name]
		switch {
		case field == "":
			return a, fmt.Sprintf("the lookup is matched by %s, and not by %q%s", schema.Listed(fields), schema.Excerpt(name), schema.Meant(name, fields))
		case len(text) > schema.MaxAliasValue:
			return a, fmt.Sprintf("the value of %q has %d bytes, %d are the most", schema.Excerpt(name), len(text), schema.MaxAliasValue)
		case !utf8.ValidString(text):
			return a, fmt.Sprintf("the value of %q is no UTF-8", schema.Excerpt(name))
		}
		if _, twice := a.Values[field]; twice {
			return a, fmt.Sprintf("the field %q is given twice", schema.Excerpt(field))
		}
		a.Values[field] = text
		blank = blank && strings.TrimSpace(text) == ""
	}
	if len(a.Values) < len(fields) {
		return a, fmt.Sprintf("values has to name each field that the lookup is matched by: %s", schema.Listed(fields))
	}
	if blank {
		return a, "all of its values are empty: no lead is looked up by nothing"
	}
	switch a.Action {
	case schema.AliasIgnore:
		if len(given.Target) > 0 {
			return a, `an alias with the action "ignore" has no target: leave it out, or make the action "map"`
		}
		return a, ""
	case schema.AliasMap:
		a.Target, why = settleTarget(v, l, given.Target)
		return a, why
	}
	return a, fmt.Sprintf(`the action is "map" or "ignore", and not %q`, schema.Excerpt(string(a.Action)))
}

// settleTarget spells the columns of a target as a version does.
func settleTarget(v *schema.Version, l *schema.Lookup, given map[string]string) (target map[string]string, why string) {
	target = map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		c, ok := v.Column(name)
		if !ok {
			return nil, fmt.Sprintf("target: %s has no column %q%s", v.Table, schema.Excerpt(name), schema.Meant(name, v.ColumnNames()))
		}
		if len(given[name]) > schema.MaxAliasCell {
			return nil, fmt.Sprintf("target: the cell of %q has %d bytes, %d are the most", schema.Excerpt(name), len(given[name]), schema.MaxAliasCell)
		}
		target[v.Columns[c].Name] = given[name]
	}
	by := l.TargetColumns()
	if has := func(columns []string) bool {
		return len(columns) == len(target) && !slices.ContainsFunc(columns, func(name string) bool {
			_, ok := target[columnName(v, name)]
			return !ok
		})
	}; !has(by) && (l.RowKey == "" || !has([]string{l.RowKey})) {
		ways := "the cells of " + schema.Listed(by)
		if l.RowKey != "" {
			ways = fmt.Sprintf("the cell of %s, or %s", schema.Excerpt(l.RowKey), ways)
		}
		return nil, fmt.Sprintf("target has to name its row by %s: it names %s", ways, orNothing(schema.Listed(slices.Sorted(maps.Keys(target)))))
	}
	return target, ""
}

func orNothing(text string) string {
	if text == "" {
		return "nothing"
	}
	return text
}

// columnName is a column as a version spells it.
func columnName(v *schema.Version, name string) string {
	if c, ok := v.Column(name); ok {
		return v.Columns[c].Name
	}
	return name
}

// spelled is a name as it is spelled among others: by itself, else in any case where only one is so called; empty
// where there is none.
func spelled(name string, names []string) (as string) {
	if slices.Contains(names, name) {
		return name
	}
	for _, n := range names {
		if schema.EqualName(n, name) {
			if as != "" {
				return ""
			}
			as = n
		}
	}
	return as
}

// aliasesOf are the aliases of a lookup as it is live, for whoever answers by it; nil: it has none.
func (r *Records) aliasesOf(kept string, l *schema.Lookup) *schema.Aliases {
	record := r.Things[kept]
	if len(record.Aliases) == 0 {
		return nil
	}
	return &schema.Aliases{Lookup: l.Name, Version: record.Head.Live, Revision: r.own().Head.Aliased, Match: l.Match, List: record.Aliases}
}

// addAliases adds what was settled for the lookup as it is live.
func (c *change) addAliases(t Thing, r *Record, l *schema.Lookup, settled []schema.Alias, o AliasOptions) (added []schema.Alias, err error) {
	own := c.records(t.Name).own()
	same := alias.NewSame(&schema.Aliases{Match: l.Match, List: r.Aliases})
	next, first := slices.Clone(r.Aliases), own.Head.Aliased+1
	gone := map[int]bool{}
	for i := range settled {
		a := settled[i]
		if id := same.Of(&a); id != 0 {
			old, _ := aliasOf(next, id)
			if old.Action == a.Action && maps.Equal(old.Target, a.Target) {
				added = append(added, old)
				continue
			}
			switch {
			case id >= first:
				return nil, &AliasError{At: i, Message: fmt.Sprintf("another one that is to be added has values that the lookup takes for the same: %s", &old)}
			case !o.Replace:
				return nil, fmt.Errorf("%w: alias %d is there for values that the lookup takes for the same as those of %s: %s: remove it, or say that it is to be replaced",
					schema.ErrConflict, id, schema.Pairs(a.Values), &old)
			}
			gone[id] = true
		}
		own.Head.Aliased++
		a.ID, a.By, a.At = own.Head.Aliased, schema.Excerpt(o.By), c.at
		next, added = append(next, a), append(added, a)
		same.Add(&a)
		c.commit.Alias = append(c.commit.Alias, AliasChange{t, a.ID, &a})
	}
	if own.Head.Aliased < first {
		return added, errUnchanged
	}
	c.removeFrom(t, r, next, gone)
	if n := c.records(t.Name).countAliases(); n > schema.MaxAliases {
		return nil, fmt.Errorf("%w: the table would have %d aliases, %d are the most: turn some into rows of the table, or remove some", schema.ErrInvalid, n, schema.MaxAliases)
	}
	c.changed(t)
	note := fmt.Sprintf("alias %d", first)
	if own.Head.Aliased > first {
		note = fmt.Sprintf("aliases %d to %d", first, own.Head.Aliased)
	}
	if len(gone) > 0 {
		note += ", in place of " + listedIDs(slices.Sorted(maps.Keys(gone)))
	}
	c.event(t.Name, Event{Action: ActionAlias, By: o.By, Lookup: lookupName(t.Name.Name, t.Lookup), Note: note})
	return added, nil
}

// listedIDs names some ids, not too many.
func listedIDs(ids []int) string {
	const most = 10
	parts := make([]string, 0, most)
	for i, id := range ids {
		if i == most {
			return fmt.Sprintf("%s and %d more", strings.Join(parts, ", "), len(ids)-most)
		}
		parts = append(parts, fmt.Sprint(id))
	}
	return strings.Join(parts, ", ")
}

func aliasOf(list []schema.Alias, id int) (schema.Alias, bool) {
	at, ok := slices.BinarySearchFunc(list, id, func(a schema.Alias, id int) int { return a.ID - id })
	if !ok {
		return schema.Alias{}, false
	}
	return list[at], true
}

// removeFrom leaves some of a list of aliases as those of a lookup, and removes the rest.
func (c *change) removeFrom(t Thing, r *Record, list []schema.Alias, gone map[int]bool) {
	r.Aliases = slices.DeleteFunc(list, func(a schema.Alias) bool { return gone[a.ID] })
	for _, id := range slices.Sorted(maps.Keys(gone)) {
		c.commit.Alias = append(c.commit.Alias, AliasChange{t, id, nil})
	}
}

// RemoveAliases removes aliases of a table by their ids, all or none, also such as cannot be read. The error is
// ErrAliasNotFound where one is not there.
func (s *Store) RemoveAliases(table string, ids []int, by string) error {
	own := Thing{Name: Name{Kind: KindTable, Name: table}}
	err := s.change(func(c *change) error {
		if _, err := c.present(own); err != nil {
			return err
		}
		return c.removeAliases(own.Name, ids, by, "")
	})
	if err != nil {
		return fmt.Errorf("remove aliases of %s: %w", own, err)
	}
	return nil
}

// removeAliases removes aliases of the lookups of a table that are there, with an event for each lookup.
func (c *change) removeAliases(name Name, ids []int, by, why string) error {
	things := c.records(name).Things
	left := map[int]bool{}
	for _, id := range ids {
		left[id] = true
	}
	for _, lookup := range slices.Sorted(maps.Keys(things)) {
		r, t := things[lookup], Thing{name, lookup}
		if lookup == "" || !r.Head.Deleted.IsZero() {
			continue
		}
		gone := map[int]bool{}
		for id := range left {
			if _, ok := aliasOf(r.Aliases, id); ok || r.AliasDamage[id] != nil {
				gone[id] = true
			}
		}
		if len(gone) == 0 {
			continue
		}
		r.AliasDamage = maps.Clone(r.AliasDamage)
		for id := range gone {
			delete(left, id)
			delete(r.AliasDamage, id)
		}
		c.removeFrom(t, r, slices.Clone(r.Aliases), gone)
		if r.Damage == nil {
			c.changed(t)
		}
		c.event(name, Event{Action: ActionDeleteAlias, By: by, Lookup: lookupName(name.Name, lookup), Note: listedIDs(slices.Sorted(maps.Keys(gone))) + why})
	}
	if len(left) > 0 {
		return fmt.Errorf("%w: %s", schema.ErrAliasNotFound, listedIDs(slices.Sorted(maps.Keys(left))))
	}
	own := things[""]
	own.Head.Aliased++
	c.heads[Thing{Name: name}] = struct{}{}
	return nil
}

// dropAliases removes all aliases of a lookup that is gone for good.
func (c *change) dropAliases(t Thing, r *Record) {
	if t.Lookup == "" || t.Kind != KindTable {
		return
	}
	gone := map[int]bool{}
	for _, a := range r.Aliases {
		gone[a.ID] = true
	}
	for id := range r.AliasDamage {
		gone[id] = true
	}
	if len(gone) == 0 {
		return
	}
	c.removeFrom(t, r, nil, gone)
	r.AliasDamage = nil
	c.records(t.Name).own().Head.Aliased++
	c.heads[Thing{Name: t.Name}] = struct{}{}
}

// countAliases is how many there are of all lookups that are there.
func (r *Records) countAliases() (n int) {
	for _, record := range r.Things {
		if record.Head.Deleted.IsZero() {
			n += len(record.Aliases) + len(record.AliasDamage)
		}
	}
	return n
}

// lastAlias is the highest id that an alias of the table has.
func (r *Records) lastAlias() (last int) {
	for _, record := range r.Things {
		for _, a := range record.Aliases {
			last = max(last, a.ID)
		}
		for id := range record.AliasDamage {
			last = max(last, id)
		}
	}
	return last
}

// damagedAliases are those of a lookup that cannot be read.
func damagedAliases(lookup string, r *Record) (list []Damage) {
	for _, id := range slices.Sorted(maps.Keys(r.AliasDamage)) {
		list = append(list, Damage{DamagedLookup, lookup, 0, fmt.Sprintf("alias %d of it was set aside (%v), and hits nothing: remove it, or %s", id, r.AliasDamage[id], restore)})
	}
	return list
}

// sameLookups says that findings were made under the same lookups, be the aliases others.
func sameLookups(a, b map[string]int) bool {
	a, b = maps.Clone(a), maps.Clone(b)
	delete(a, underAliases)
	delete(b, underAliases)
	return maps.Equal(a, b)
}

// findLost makes the findings of a version that depend on aliases. The caller holds its rows.
func (s *Store) findLost(ctx context.Context, v *schema.Version, u usage) (schema.Findings, error) {
	if err := s.enter(); err != nil {
		return schema.Findings{}, err
	}
	defer s.leave()
	ctx, stop := s.bind(ctx)
	defer stop()
	var w check.Warnings
	if err := check.Aliases(ctx, s.reader(v), v, u.lookups, &w); err != nil {
		return schema.Findings{}, fmt.Errorf("check aliases in version %d of table %q: %w", v.Number, v.Table, err)
	}
	return w.All(nil), nil
}
