package admin

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"tablestep/api/shape"
	"tablestep/tables/schema"
)

// told are the warnings of a table that has gone live, or of which a lookup has: its slow
// lookups, and the columns that their rule sets read and that it does not have. What could
// not be found out is left out: the version is live, whatever comes of it.
func (a *API) told(c *fiber.Ctx, table string) shape.List[shape.Finding] {
	found := a.slow(c, table)
	if t, ok := a.store.Catalog().Table(table); ok && t.Live != nil {
		absent := schema.FindingsOf(a.absentColumns(c.UserContext(), t.Live.Columns, t.Lookups))
		found = append(found, each(absent.List, describeFinding)...)
	}
	return found
}

// absentColumns are the columns that rule sets of lookups read and that are not there.
func (a *API) absentColumns(ctx context.Context, columns []schema.Column, lookups []schema.Lookup) []schema.Warning {
	told, err := a.engine.AbsentColumns(ctx, columns, lookups)
	if err != nil {
		return nil // The client has gone.
	}
	return told
}

// uploaded are the warnings of an upload that its rule sets have to do with.
func (a *API) uploaded(ctx context.Context, table string, columns []schema.Column) []schema.Warning {
	t, ok := a.store.Catalog().Table(table)
	if !ok {
		return nil
	}
	return a.absentColumns(ctx, columns, t.Lookups)
}
