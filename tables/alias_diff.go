package tables

import (
	"context"

	"tablestep/tables/alias"
	"tablestep/tables/schema"
	"tablestep/tables/view"
)

// An AliasChanged is an alias that leads elsewhere in one version than in another.
type AliasChanged struct {
	ID     int
	Lookup string // its name
	Text   string // what it says
	Lost   string // why it hits nothing in the newer version; empty: it hits its row there, and nothing in the older one
}

// maxAliasesChanged is how many DiffWithAliases lists.
const maxAliasesChanged = 1000

// DiffWithAliases is Diff with the aliases that are lost in the newer of the two versions and not in the older
// one, and those that are found again, as they stand today, which is beside all versions.
func (s *Store) DiffWithAliases(ctx context.Context, table string, from, to int) (d *view.Diff, changed []AliasChanged, err error) {
	d, err = s.diff(ctx, table, from, to, func(newer, older *reading) (err error) {
		changed, err = s.diffAliases(ctx, newer, older)
		return err
	})
	return d, changed, err
}

func (s *Store) diffAliases(ctx context.Context, newer, older *reading) (changed []AliasChanged, err error) {
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
