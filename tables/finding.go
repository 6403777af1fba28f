package tables

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"tablestep/tables/check"
	"tablestep/tables/schema"
)

// A usage is how a table is used: the lookups that a person has set, and which version of each it is.
type usage struct {
	lookups []schema.Lookup
	under   map[string]int // by the names under which they are kept; never nil
}

// usageOf is how a table is used as its lookups are live.
func (r *Records) usage() usage {
	u := usage{under: map[string]int{}}
	for _, lookup := range slices.Sorted(maps.Keys(r.Things)) {
		record := r.Things[lookup]
		if lookup == "" || record.Live == nil || !record.Head.Deleted.IsZero() {
			continue
		}
		l := *record.Live.Lookup
		l.Name = lookupName(r.Name.Name, lookup)
		l.Aliases = r.aliasesOf(lookup, &l)
		u.lookups = append(u.lookups, l)
		u.under[lookup] = record.Head.Live
	}
	if own := r.own(); own != nil && own.Head.Aliased > 0 {
		u.under[underAliases] = own.Head.Aliased
	}
	schema.SortLookups(r.Name.Name, u.lookups)
	return u
}

// with is the usage with another version of a lookup; number 0 is one that is not kept yet.
func (u usage) with(table, kept string, number int, l schema.Lookup) usage {
	l.Name = lookupName(table, kept)
	next := usage{under: maps.Clone(u.under)}
	for _, old := range u.lookups {
		if old.Name != l.Name {
			next.lookups = append(next.lookups, old)
		} else if old.Aliases != nil {
			as := *old.Aliases
			as.Version, as.Match = number, l.Match
			l.Aliases = &as
		}
	}
	next.lookups = append(next.lookups, l)
	schema.SortLookups(table, next.lookups)
	next.under[kept] = number
	return next
}

// withVersions is the usage with some versions that are kept, by the lookups' names.
func (s *Store) withVersions(ctx context.Context, u usage, table string, versions map[string]int) (usage, error) {
	for _, name := range slices.Sorted(maps.Keys(versions)) {
		t := lookupOf(table, name)
		c, err := s.content(ctx, t, versions[name])
		if err != nil {
			return u, fmt.Errorf("version %d of %s: %w", versions[name], t, err)
		}
		u = u.with(table, t.Lookup, c.Number, *c.Lookup)
	}
	return u, nil
}

// findUse makes the findings of a version that depend on how its table is used. The caller holds its rows.
func (s *Store) findUse(ctx context.Context, v *schema.Version, u usage) (schema.Findings, error) {
	if err := s.enter(); err != nil {
		return schema.Findings{}, err
	}
	defer s.leave()
	ctx, stop := s.bind(ctx)
	defer stop()
	looked := *v // what others see stays as it is
	looked.Columns = slices.Clone(v.Columns)
	var w check.Warnings
	if err := check.Use(ctx, s.reader(v), &looked, check.Upload{Table: v.Table, Live: v, Lookups: u.lookups, Zone: s.options.Zone}, &w); err != nil {
		return schema.Findings{}, fmt.Errorf("check rows of version %d of table %q: %w", v.Number, v.Table, err)
	}
	if _, err := s.checkPace(ctx, v.Table, v, u.lookups, &w); err != nil {
		return schema.Findings{}, err
	}
	if err := s.checkTests(ctx, v.Table, v, u.lookups, &w); err != nil {
		return schema.Findings{}, err
	}
	return w.All(nil), nil
}

// foundUnder are the findings of a version that is kept under a usage: those that are stored, where they
// were made under it, else those of the file with the others made anew. The caller holds its rows.
func (s *Store) foundUnder(ctx context.Context, t Thing, v *schema.Version, u usage) (found schema.Findings, anew bool, err error) {
	found, err = s.keptFindings(ctx, t, v.Number)
	if err != nil {
		return found, false, err
	}
	if found.Under != nil && maps.Equal(found.Under, u.under) {
		return s.retested(ctx, t.Name.Name, v, u.lookups, found)
	}
	lost := func(code string) bool { return code == schema.WarnAliasLost }
	if found.Under != nil && sameLookups(found.Under, u.under) {
		use, err := s.findLost(ctx, v, u)
		if err != nil {
			return found, false, err
		}
		found, _, err = s.retested(ctx, t.Name.Name, v, u.lookups, joined(found, use, u, lost))
		return found, true, err
	}
	use, err := s.findUse(ctx, v, u)
	if err != nil {
		return found, false, err
	}
	return joined(found, use, u, schema.ByUse), true, nil
}

// joined are findings with those of a use in the place of the ones that anew says are made anew.
func joined(found, use schema.Findings, u usage, anew func(code string) bool) schema.Findings {
	file := found.Where(func(code string) bool { return !anew(code) })
	all := schema.Findings{List: append(file.List, use.List...), Counts: file.Counts, Under: u.under}
	if all.Counts == nil {
		all.Counts = map[string]int{}
	}
	for code, n := range use.Counts {
		all.Counts[code] += n
	}
	return all
}

// keptFindings reads those of a version. Where they cannot be read one that says so stands for them.
func (s *Store) keptFindings(ctx context.Context, t Thing, number int) (schema.Findings, error) {
	if err := s.enter(); err != nil {
		return schema.Findings{}, err
	}
	defer s.leave()
	found, err := s.keeper.Findings(ctx, t, number)
	if damaged(err) {
		return unreadFindings(), nil
	}
	return found, err
}

// unreadFindings stand for those that are damaged.
func unreadFindings() schema.Findings {
	return schema.FindingsOf([]schema.Warning{{Code: schema.WarnDamaged, Message: "the findings of this version cannot be read: " + restore + " if they are needed"}})
}

// find keeps the findings of a version that were made anew.
func (c *change) find(t Thing, number int, found schema.Findings) {
	c.commit.Find = append(c.commit.Find, NewFindings{t, number, found})
	own := Thing{Name: t.Name}
	c.heads[own] = struct{}{} // which moves the revision on
}

// Findings are those of a version of a table, 0 for the live one. Those of the live version are as its
// lookups are now: where they were made under others they are made anew, and kept.
func (s *Store) Findings(ctx context.Context, table string, number int) (found schema.Findings, version int, err error) {
	own := Thing{Name: Name{Kind: KindTable, Name: table}}
	r, err := s.read(table, number)
	if err != nil {
		return found, 0, fmt.Errorf("findings: %w", err)
	}
	defer r.done()
	f := s.catalog.Load().families[own.Name]
	if f == nil || f.table == nil || f.table.Live == nil || f.table.Live.Storage != r.version.Storage {
		found, err = s.keptFindings(ctx, own, r.version.Number)
		if err != nil {
			err = fmt.Errorf("findings of version %d of %s: %w", r.version.Number, own, err)
		}
		return found, r.version.Number, err
	}
	found, anew, err := s.foundUnder(ctx, own, r.version, f.usage())
	if err == nil && anew {
		err = s.change(func(c *change) error {
			if c.records(own.Name).Revision != f.Revision {
				return errUnchanged // who changed it keeps his own
			}
			c.find(own, r.version.Number, found)
			return nil
		})
		if errors.Is(err, ErrDiskFull) {
			err = nil // it is told all the same
		}
	}
	if err != nil {
		return found, 0, fmt.Errorf("findings of version %d of %s: %w", r.version.Number, own, err)
	}
	return found, r.version.Number, nil
}
