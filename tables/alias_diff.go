package tables

import (
	"context"
	"fmt"

	"tablestep/tables/alias"
	"tablestep/tables/schema"
)

// An AliasChanged is an alias that leads elsewhere in one version than in another.
type AliasChanged struct {
	ID     int
	Lookup string // its name
	Text   string // what it says
	Lost   string // why it hits nothing in the newer version; empty: it hits its row there, and nothing in the older one
}

// maxAliasesChanged is how many DiffAliases lists.
const maxAliasesChanged = 1000

// DiffAliases are the aliases that are lost in the newer of two versions and not in the older one, and those that are
// found again, as they stand today, which is beside all versions. The versions are named as for Diff, by their numbers.
func (s *Store) DiffAliases(ctx context.Context, table string, from, to int) (changed []AliasChanged, err error) {
	newer, older, err := s.readTwo(table, from, to)
	if err != nil {
		return nil, fmt.Errorf("diff: %w", err)
	}
	defer newer.done()
	defer older.done()
	for i := range newer.table.Lookups {
		as := newer.table.Lookups[i].Aliases
		if as == nil {
			continue
		}
		var rows [2][]alias.Row
		for n, v := range []*schema.Version{older.version, newer.version} {
			if rows[n], err = s.leadsUnkept(ctx, v, as); err != nil {
				return nil, err
			}
		}
		for k := range as.List {
			was, is := rows[0][k].Why, rows[1][k].Why
			if (was == "") != (is == "") && len(changed) < maxAliasesChanged {
				changed = append(changed, AliasChanged{ID: as.List[k].ID, Lookup: as.Lookup, Text: as.List[k].String(), Lost: is})
			}
		}
	}
	return changed, nil
}
