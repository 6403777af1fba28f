package tables

import (
	"context"
	"fmt"
	"slices"

	"tablestep/tables/answers"
	"tablestep/tables/column"
	"tablestep/tables/schema"
	"tablestep/tables/view"
)

// AliasRows makes rows of aliases of a table, in a new version: each is its target row with the values of the alias in
// the columns that are matched. They stand behind the last row, and their aliases are removed in the same step. Of an
// alias whose values a row hits by itself none is made. The version goes live: its aliases do no more what the rows do. It refuses an alias that ignores, one that is lost, and one of a
// lookup whose cells are not what a lead has: those that are not exact, normalized, loose or company, or have a row key.
func (s *Store) AliasRows(ctx context.Context, table string, ids []int, o PatchOptions) (*Imported, error) {
	r, err := s.read(table, 0)
	if err != nil {
		return nil, fmt.Errorf("make rows of aliases: %w", err)
	}
	defer r.done()
	if o.Version != 0 && o.Version != r.version.Number {
		return nil, fmt.Errorf("make rows of aliases: %w", s.moved(ctx, r, o.Version))
	}
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	var p view.Patch
	sn, err := s.cache.Snapshot(ctx, table, r.version)
	if err != nil {
		return nil, fmt.Errorf("make rows of aliases: %w", err)
	}
	left := slices.Clone(ids)
	for i := range r.table.Lookups {
		l := &r.table.Lookups[i]
		if l.Aliases == nil {
			continue
		}
		var mine []schema.Alias
		for _, a := range l.Aliases.List {
			if at, ok := slices.BinarySearch(left, a.ID); ok {
				mine, left = append(mine, a), slices.Delete(left, at, at+1)
			}
		}
		if len(mine) == 0 {
			continue
		}
		rows, err := s.aliasRows(ctx, r.version, sn, l, mine)
		if err != nil {
			return nil, fmt.Errorf("make rows of aliases of table %q: %w", table, err)
		}
		p.Insert = append(p.Insert, rows...)
	}
	if len(ids) == 0 || len(left) > 0 {
		return nil, fmt.Errorf("make rows of aliases of table %q: %w: %s", table, schema.ErrAliasNotFound, orNothing(listedIDs(left)))
	}
	if len(p.Insert) == 0 {
		return nil, fmt.Errorf("make rows of aliases of table %q: %w: the lookup has rows for all of their values by itself: remove the aliases", table, schema.ErrConflict)
	}
	o.Version, o.Publish = r.version.Number, true
	name := Name{Kind: KindTable, Name: table}
	o.also = func(c *change) error {
		return c.removeAliases(name, ids, o.By, ": they are rows now")
	}
	return s.Patch(ctx, table, p, o)
}

// aliasRows are the rows that are made of aliases of one lookup.
func (s *Store) aliasRows(ctx context.Context, v *schema.Version, sn *answers.Snapshot, l *schema.Lookup, list []schema.Alias) (made []view.InsertRow, err error) {
	if l.RowKey != "" {
		return nil, fmt.Errorf("%w: the rows of lookup %q have keys of their own in column %q, which a copy would not have: add the rows by hand", schema.ErrInvalid, l.Name, schema.Excerpt(l.RowKey))
	}
	for _, m := range l.Match {
		switch mode := m.MatchMode(); {
		case m.Field == schema.Now, mode == schema.ModeExact, mode == schema.ModeNormalized, mode == schema.ModeLoose, mode == schema.ModeCompany:
		default:
			return nil, fmt.Errorf("%w: a cell of column %q is compared by %s, and is not what a lead has: add the rows by hand", schema.ErrInvalid, schema.Excerpt(m.Column), mode)
		}
	}
	as := *l.Aliases
	as.List, as.Revision = list, 0
	leads, err := s.leadsUnkept(ctx, v, &as)
	if err != nil {
		return nil, err
	}
	keys := make([][]string, len(l.Match))
	rows := make([]int32, len(list))
	for i := range list {
		values, why := as.Of(&list[i])
		switch {
		case leads[i].Why != "":
			why = leads[i].Why
		case list[i].Action != schema.AliasMap:
			why = "it says to ignore the values, so there is no row to copy"
		}
		if why != "" {
			return nil, fmt.Errorf("%w: alias %d: %s", schema.ErrInvalid, list[i].ID, why)
		}
		rows[i] = leads[i].Row
		for m := range keys {
			keys[m] = append(keys[m], values[m])
		}
	}
	found := make([]answers.Found, len(list))
	own := *l
	own.Aliases, own.Outputs = nil, nil
	// The moment of acceptance is not among the values: rows are compared by the others.
	if slices.ContainsFunc(l.Match, func(m schema.Match) bool { return m.Field == schema.Now }) {
		for i := range found {
			found[i].Row = -1
		}
	} else if err := sn.Find(ctx, &own, keys, found); err != nil {
		return nil, err
	}
	cells := make([][]string, len(v.Columns))
	for c := range cells {
		cells[c] = make([]string, len(rows))
		if err := sn.Gather(ctx, c, rows, cells[c]); err != nil {
			return nil, err
		}
	}
	for i := range list {
		if found[i].Row >= 0 {
			continue
		}
		row := view.InsertRow{Before: v.Rows + 1, Cells: map[string]string{}}
		for c := range v.Columns {
			row.Cells[v.Columns[c].Name] = cells[c][i]
		}
		for m := range l.Match {
			if l.Match[m].Field == schema.Now {
				continue
			}
			if column.Blank(keys[m][i]) && !l.Match[m].MatchEmpty {
				return nil, fmt.Errorf("%w: alias %d: a row with an empty cell in column %q is hit by nothing", schema.ErrInvalid, list[i].ID, schema.Excerpt(l.Match[m].Column))
			}
			row.Cells[columnName(v, l.Match[m].Column)] = keys[m][i]
		}
		made = append(made, row)
	}
	return made, nil
}
