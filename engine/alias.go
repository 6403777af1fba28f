package engine

import (
	"context"

	"tablestep/tables/answers"
	"tablestep/tables/column"
	"tablestep/tables/schema"
)

// aliasMode is told as the match mode where no row hit by itself and an alias of the lookup names one.
const aliasMode = "alias"

// A TraceAlias is the alias that answered for a lead which no row hit by itself.
type TraceAlias struct {
	ID     int                `json:"id"`
	Action schema.AliasAction `json:"action"`
}

// traceAlias is the alias that answered a tuple; nil: none did.
func traceAlias(f *answers.Found) *TraceAlias {
	switch {
	case f.Alias == 0:
		return nil
	case f.Row < 0:
		return &TraceAlias{f.Alias, schema.AliasIgnore}
	}
	return &TraceAlias{f.Alias, schema.AliasMap}
}

// allAliased is allSpelled for a lookup with aliases: they are asked, for each spelling, once none of the spellings has
// a row of its own.
func allAliased(ctx context.Context, sn *answers.Snapshot, l *schema.Lookup, keys []column.Value, limit int, budget *answers.Budget) ([]int32, error) {
	own := *l
	own.Aliases = nil
	found, err := allSpelled(ctx, sn, &own, keys, limit, budget)
	if err != nil || len(found) > 0 {
		return found, err
	}
	spelt, anew, entries := spellings(sn, l, [][]column.Value{keys}, new(ruleMemory))
	texts := make([]string, len(keys))
	for m := range keys {
		texts[m] = spelt[m][0]
	}
	for _, mask := range append([]uint32{0}, masks(len(entries))...) {
		again := append([]string(nil), texts...)
		for i, m := range entries {
			if mask&(1<<i) != 0 && anew[m][0] != "" {
				again[m] = anew[m][0]
			}
		}
		if found, err = sn.All(ctx, l, again, limit, budget); err != nil || len(found) > 0 {
			return found, err
		}
	}
	return nil, nil
}
