package check

import (
	"context"

	"tablestep/tables/alias"
	"tablestep/tables/scan"
	"tablestep/tables/schema"
)

// Aliases warns of the aliases of lookups that hit nothing in a version.
func Aliases(ctx context.Context, r scan.Reader, v *schema.Version, lookups []schema.Lookup, w *Warnings) error {
	return lookAll(ctx, r, aliasLooks(v, lookups), w)
}

// aliasMemory is what an alias takes while its row is looked for, about.
const aliasMemory = 300

// aliasLooks look for the rows of aliases.
func aliasLooks(v *schema.Version, lookups []schema.Lookup) (looks []look) {
	for i := range lookups {
		as := lookups[i].Aliases
		if as == nil {
			continue
		}
		s, w := alias.NewSearch(v, as), new(Warnings)
		looks = append(looks, look{task: s.Task(), memory: int64(len(as.List)) * aliasMemory, warnings: w, end: func(context.Context) error {
			for i, row := range s.Rows() {
				if row.Why != "" {
					a := &as.List[i]
					w.Add(0, "", schema.WarnAliasLost, "alias %d of lookup %q hits nothing: %s: %s", a.ID, schema.Excerpt(as.Lookup), a, row.Why)
				}
			}
			return nil
		}})
	}
	return looks
}
