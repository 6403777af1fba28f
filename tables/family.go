package tables

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"tablestep/tables/schema"
)

// A family is what the catalog has of one name: its records, and the table or rule set
// that they make. It is immutable.
type family struct {
	*Records
	shape *schema.Version // a table's version whose columns count: the live one, else the newest that can be read; nil: none

	table          *Table   // nil: the name is no table's, or deleted
	ruleSet        *RuleSet // likewise
	deleted        time.Time
	deletedLookups map[string]time.Time // of a table that is there, by Thing.Lookup
	// deleted carries the monotonic clock, as Options.Now gives it: how long ago it was is
	// then not for whoever sets the clock to say.
}

// own is the record of the table or rule set itself.
func (r *Records) own() *Record { return r.Things[""] }

// familyOf describes records as they are kept. For a table without a live version it reads the
// newest one.
func (s *Store) familyOf(ctx context.Context, r *Records) (*family, error) {
	return s.familyFrom(ctx, r, r.Name, nil)
}

// familyFrom describes records that are about to be kept: their versions stand under another
// name as yet, or are among those that are added.
func (s *Store) familyFrom(ctx context.Context, r *Records, from Name, added []Addition) (*family, error) {
	f := &family{Records: r}
	if r.Name.Kind == KindTable && len(r.Things) > 0 && r.own().Head.Deleted.IsZero() {
		var err error
		if f.shape, err = s.shapeOf(ctx, r, from, added); err != nil {
			return nil, err
		}
	}
	s.describe(f)
	return f, nil
}

// shapeOf finds the version of a table whose columns count.
func (s *Store) shapeOf(ctx context.Context, r *Records, from Name, added []Addition) (*schema.Version, error) {
	own := r.own()
	if own.Live != nil {
		return own.Live.Rows, nil
	}
	for _, m := range slices.Backward(own.Made) {
		if m.Damage != nil {
			continue
		}
		for _, a := range added {
			if a.Thing == (Thing{Name: r.Name}) && a.Content.Number == m.Number {
				return a.Content.bare().Rows, nil
			}
		}
		c, err := s.keeper.Version(ctx, Thing{Name: from}, m.Number)
		switch {
		case err == nil && from != r.Name:
			v := *c.Rows
			v.Table = r.Name.Name
			return &v, nil
		case err == nil:
			return c.Rows, nil
		case damaged(err), errors.Is(err, schema.ErrVersionNotFound):
			continue
		}
		return nil, err
	}
	return nil, nil
}

// describe makes the table or rule set of a family.
func (s *Store) describe(f *family) {
	if len(f.Things) == 0 {
		return
	}
	own := f.own()
	if !own.Head.Deleted.IsZero() {
		f.deleted = s.clock.moment(own.Head.Deleted)
		return
	}
	switch f.Name.Kind {
	case KindTable:
		f.table = describeTable(f)
		for lookup, r := range f.Things {
			if !r.Head.Deleted.IsZero() {
				if f.deletedLookups == nil {
					f.deletedLookups = map[string]time.Time{}
				}
				f.deletedLookups[lookup] = s.clock.moment(r.Head.Deleted)
			}
		}
	case KindRuleSet:
		f.ruleSet = describeRuleSet(f)
	}
}

func describeTable(f *family) *Table {
	own := f.own()
	t := &Table{
		Name: f.Name.Name, Settings: own.Head.Settings, Former: own.Head.Former, Versions: len(own.Made), Updated: own.Head.Updated,
		Scheduled: own.Head.Scheduled,
	}
	switch {
	case own.Damage != nil:
		t.Damage = setAside(KindTable, t.Name, 0, own.Damage)
	case own.LiveDamage != nil:
		t.Damage = setAside(KindTable, t.Name, own.Head.Live, own.LiveDamage)
	case own.Live != nil:
		t.Live = own.Live.Rows
	}
	t.damagedParts = damagedVersions(KindTable, t.Name, own)
	_, settled := f.Things[DefaultLookup]
	settled = settled && f.Things[DefaultLookup].Head.Deleted.IsZero() && (f.Things[DefaultLookup].Head.Live != 0 || f.Things[DefaultLookup].Damage != nil)
	for _, name := range slices.Sorted(maps.Keys(f.Things)) {
		r := f.Things[name]
		if name == "" || !r.Head.Deleted.IsZero() {
			continue
		}
		called := lookupName(f.Name.Name, name)
		t.damagedParts = append(t.damagedParts, damagedVersions(kindLookup, t.Name+"/"+called, r)...)
		t.damagedParts = append(t.damagedParts, damagedAliases(t.Name+"/"+called, r)...)
		err, version := r.Damage, 0
		if err == nil && r.LiveDamage != nil {
			err, version = r.LiveDamage, r.Head.Live
		}
		switch {
		case err != nil && name == DefaultLookup:
			// A guess in its place would write what nobody has asked for.
			t.Live = nil
			if t.Damage == nil {
				t.Damage = setAsideForLookup(t.Name, version, err)
			}
		case err != nil:
			t.damagedParts = append(t.damagedParts, *setAside(kindLookup, t.Name+"/"+called, version, err))
		case r.Live != nil:
			l := *r.Live.Lookup
			l.Name, l.Version = called, r.Live.Number
			l.Aliases = f.aliasesOf(name, &l)
			t.Lookups = append(t.Lookups, l)
		}
	}
	if !settled && f.shape != nil {
		t.Lookups = append(t.Lookups, schema.Guess(t.Name, f.shape))
	}
	schema.SortLookups(t.Name, t.Lookups)
	return t
}

func describeRuleSet(f *family) *RuleSet {
	own := f.own()
	r := &RuleSet{Name: f.Name.Name, Versions: len(own.Made), Updated: own.Head.Updated, damagedParts: damagedVersions(KindRuleSet, f.Name.Name, own)}
	switch {
	case own.Damage != nil:
		r.Damage = setAside(KindRuleSet, r.Name, 0, own.Damage)
	case own.LiveDamage != nil:
		r.Damage = setAside(KindRuleSet, r.Name, own.Head.Live, own.LiveDamage)
	case own.Live != nil:
		r.Live = ruleSetVersion(own.Live)
	}
	return r
}

// lookupName is what a lookup is called, by the name under which it is kept.
func lookupName(table, kept string) string {
	if kept == DefaultLookup {
		return table
	}
	return kept
}

// lookupOf is the thing that a lookup of a table is; the empty name and the table's own
// are the default one.
func lookupOf(table, lookup string) Thing {
	if lookup == "" || lookup == table {
		lookup = DefaultLookup
	}
	return Thing{Name: Name{Kind: KindTable, Name: table}, Lookup: lookup}
}

// kind is what people call a thing.
func (t Thing) kind() Kind {
	if t.Kind == KindDraft {
		return KindDraft
	}
	if t.Lookup != "" {
		return kindLookup
	}
	return t.Kind
}

// kindLookup is the third kind of what has versions. It has no name of its own: it is changed
// with its table.
const kindLookup Kind = "lookup"

// String names a thing for people.
func (t Thing) String() string {
	switch t.kind() {
	case kindLookup:
		return fmt.Sprintf("lookup %q of table %q", schema.Excerpt(lookupName(t.Name.Name, t.Lookup)), schema.Excerpt(t.Name.Name))
	case KindRuleSet:
		return fmt.Sprintf("rule set %q", schema.Excerpt(t.Name.Name))
	case KindDraft:
		return fmt.Sprintf("draft of table %q", schema.Excerpt(t.Name.Name))
	}
	return fmt.Sprintf("table %q", schema.Excerpt(t.Name.Name))
}

// notFound is the error for a thing that is not there.
func (t Thing) notFound() error {
	switch t.kind() {
	case kindLookup:
		return schema.ErrLookupNotFound
	case KindDraft:
		return fmt.Errorf("%w: nobody has begun one of table %q, or it was saved", schema.ErrDraftNotFound, schema.Excerpt(t.Name.Name))
	case KindRuleSet:
		return fmt.Errorf("%w: %q", schema.ErrRuleSetNotFound, schema.Excerpt(t.Name.Name))
	}
	return fmt.Errorf("%w: %q", schema.ErrTableNotFound, schema.Excerpt(t.Name.Name))
}

// present is the record of a thing that is there and can be used.
func (f *family) present(t Thing) (*Record, error) {
	if f == nil || len(f.Things) == 0 || !f.own().Head.Deleted.IsZero() {
		return nil, Thing{Name: t.Name}.notFound()
	}
	r := f.Things[t.Lookup]
	if r == nil || !r.Head.Deleted.IsZero() {
		return nil, t.notFound()
	}
	if r.Damage != nil {
		return nil, fmt.Errorf("%s: %w", t, r.Damage)
	}
	return r, nil
}

// making finds a version by its number.
func (r *Record) making(number int) (Making, bool) {
	at, ok := slices.BinarySearchFunc(r.Made, number, func(m Making, n int) int { return m.Number - n })
	if !ok {
		return Making{}, false
	}
	return r.Made[at], true
}
