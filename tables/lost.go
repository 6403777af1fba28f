package tables

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"

	"tablestep/tables/alias"
	"tablestep/tables/schema"
)

// LostAliases names those of a lookup that hit nothing in the live version of its table.
type LostAliases struct {
	Table   string
	Lookup  string
	Version int
	Count   int
	First   string // what it is, and why it hits nothing
}

// An AliasState is an alias of a lookup as it is in the live version.
type AliasState struct {
	schema.Alias
	Lookup string // its name
	Lost   string // why it hits nothing in the live version; empty: it does, or nobody knows, because none is live
}

// lostAliases is where the aliases of live lookups lead in live versions: each is looked at once, in the background
// or when somebody asks.
type lostAliases struct {
	mu    sync.Mutex // guards known
	known map[lostKey][]alias.Row
}

// lostKey is aliases of a lookup in the rows of a version.
type lostKey struct {
	storage           uint64
	lookup            string
	version, revision int
}

func lostKeyOf(v *schema.Version, as *schema.Aliases) lostKey {
	return lostKey{v.Storage, as.Lookup, as.Version, as.Revision}
}

func (l *lostAliases) of(key lostKey) (rows []alias.Row, known bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	rows, known = l.known[key]
	return rows, known
}

// leadsOf is where the aliases of a lookup lead in a version, which the caller holds.
func (s *Store) leadsOf(ctx context.Context, v *schema.Version, as *schema.Aliases) ([]alias.Row, error) {
	key := lostKeyOf(v, as)
	if rows, known := s.lost.of(key); known {
		return rows, nil
	}
	rows, err := s.leadsUnkept(ctx, v, as)
	if err != nil {
		return nil, err
	}
	s.lost.mu.Lock()
	defer s.lost.mu.Unlock()
	s.lost.known[key] = rows
	return rows, nil
}

// leadsUnkept is leadsOf for some aliases that are not all that a lookup has.
func (s *Store) leadsUnkept(ctx context.Context, v *schema.Version, as *schema.Aliases) ([]alias.Row, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.leave()
	ctx, stop := s.bind(ctx)
	defer stop()
	return alias.Find(ctx, s.reader(v), v, as)
}

// relookAll looks where all aliases lead that is not known, and forgets what is not live any more.
func (s *Store) relookAll() error {
	p := s.Pin()
	defer p.Release()
	live := map[lostKey]bool{}
	var errs []error
	for _, t := range p.catalog.Tables() {
		for i := range t.Lookups {
			as := t.Lookups[i].Aliases
			if t.Live == nil || as == nil {
				continue
			}
			key := lostKeyOf(t.Live, as)
			live[key] = true
			if _, known := s.lost.of(key); known {
				continue
			}
			rows, err := s.leadsOf(s.ctx, t.Live, as)
			if err != nil {
				errs = append(errs, err)
				continue
			}
			if lost := lostOf(t, as, rows); lost != nil {
				s.options.Log.Warn("aliases hit nothing", "table", t.Name, "version", t.Live.Number, "lookup", as.Lookup, "aliases", lost.Count)
			}
		}
	}
	s.lost.mu.Lock()
	defer s.lost.mu.Unlock()
	for key := range s.lost.known {
		if !live[key] {
			delete(s.lost.known, key)
		}
	}
	return errors.Join(errs...)
}

// lostOf are those that hit nothing; nil: all do.
func lostOf(t *Table, as *schema.Aliases, rows []alias.Row) *LostAliases {
	lost := &LostAliases{Table: t.Name, Lookup: as.Lookup, Version: t.Live.Number}
	for i, row := range rows {
		if row.Why == "" {
			continue
		}
		if lost.Count++; lost.Count == 1 {
			lost.First = as.List[i].String() + ": " + row.Why
		}
	}
	if lost.Count == 0 {
		return nil
	}
	return lost
}

// LostAliases are the aliases that hit nothing in the live versions, as far as they have been looked at, by lookups;
// in order of the tables' names.
func (s *Store) LostAliases() (list []LostAliases) {
	for _, t := range s.Catalog().Tables() {
		for i := range t.Lookups {
			as := t.Lookups[i].Aliases
			if t.Live == nil || as == nil {
				continue
			}
			rows, _ := s.lost.of(lostKeyOf(t.Live, as))
			if lost := lostOf(t, as, rows); lost != nil {
				list = append(list, *lost)
			}
		}
	}
	return list
}

// Aliases are those of a lookup of a table, by ascending id, and how they are in the live version; no name is all
// lookups. It waits for a change under way.
func (s *Store) Aliases(ctx context.Context, table, lookup string) ([]AliasState, error) {
	s.settled()
	p := s.Pin()
	defer p.Release()
	own := Thing{Name: Name{Kind: KindTable, Name: table}}
	f := p.catalog.families[own.Name]
	if _, err := f.present(own); err != nil {
		return nil, err
	}
	list := []AliasState{}
	there := lookup == ""
	for i := range f.table.Lookups {
		l := &f.table.Lookups[i]
		if lookup != "" && l.Name != lookup {
			continue
		}
		there = true
		if l.Aliases == nil {
			continue
		}
		var rows []alias.Row
		if f.table.Live != nil {
			var err error
			if rows, err = s.leadsOf(ctx, f.table.Live, l.Aliases); err != nil {
				return nil, err
			}
		}
		for k := range l.Aliases.List {
			state := AliasState{Alias: l.Aliases.List[k], Lookup: l.Name}
			if rows != nil {
				state.Lost = rows[k].Why
			}
			list = append(list, state)
		}
	}
	if !there {
		return nil, lookupOf(table, lookup).notFound()
	}
	slices.SortFunc(list, func(a, b AliasState) int { return cmp.Compare(a.ID, b.ID) })
	return list, nil
}
