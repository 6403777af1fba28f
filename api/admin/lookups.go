package admin

import (
	"fmt"

	"github.com/gofiber/fiber/v2"

	"tablestep/api/shape"
	"tablestep/tables"
	"tablestep/tables/schema"
)

// lookup finds the lookup that the path names.
func (a *API) lookup(c *fiber.Ctx) (*tables.Table, schema.Lookup, error) {
	t, err := a.table(c)
	if err != nil {
		return nil, schema.Lookup{}, err
	}
	name := param(c, "lookup")
	l, ok := t.Lookup(name)
	if !ok {
		return nil, schema.Lookup{}, fmt.Errorf("table %q, lookup %q: %w", t.Name, name, schema.ErrLookupNotFound)
	}
	return t, l, nil
}

// describeLookupOf describes a lookup with the columns that the live version of its table lacks.
func describeLookupOf(t *tables.Table, l *schema.Lookup) shape.Lookup {
	described := describeLookup(l)
	if t.Live != nil && !l.Guessed {
		for _, d := range schema.DeadColumns(t.Live, []schema.Lookup{*l}) {
			described.DeadColumns = append(described.DeadColumns, d.Column)
		}
	}
	return described
}

func (a *API) showLookup(c *fiber.Ctx) error {
	t, l, err := a.lookup(c)
	if err != nil {
		return err
	}
	return c.JSON(describeLookupOf(t, &l))
}

// setLookup makes a new version of a lookup; the name in the path holds. It goes live
// unless publish=false. One that would be far too slow is made only with force=true.
func (a *API) setLookup(c *fiber.Ctx) error {
	var body shape.Lookup
	if err := decode(c, &body); err != nil {
		return err
	}
	table, l := param(c, "table"), settingsOf(&body)
	l.Name, l.Guessed = param(c, "lookup"), false
	force, err := queryBool(c, "force", false)
	if err != nil {
		return err
	}
	publish, err := queryBool(c, "publish", true)
	if err != nil {
		return err
	}
	set, found, err := a.store.PutLookup(c.UserContext(), table, l, tables.LookupOptions{Publish: publish, Force: force, By: by})
	if err != nil {
		return err
	}
	answer := shape.SetLookup{Lookup: describeLookup(&set), Live: publish, Findings: each(found.List, describeFinding), Counts: found.Counts}
	if t, ok := a.store.Catalog().Table(table); ok {
		answer.Lookup = describeLookupOf(t, &set)
	}
	if t, ok := a.store.Catalog().Table(table); ok && !publish { // it may be equal to the live one
		live, ok := t.Lookup(set.Name)
		answer.Live = ok && live.Version == set.Version
	}
	return c.JSON(answer)
}

func (a *API) listLookupVersions(c *fiber.Ctx) error {
	versions, err := a.store.LookupVersions(param(c, "table"), param(c, "lookup"))
	if err != nil {
		return err
	}
	return c.JSON(shape.LookupVersions{Versions: each(versions, describeLookupVersion)})
}

// publishLookup makes a version of a lookup live, or takes it back to the one that was live
// before. It has to suit the live version of the table.
func (a *API) publishLookup(c *fiber.Ctx) error {
	var body shape.Publish
	if err := decode(c, &body); err != nil {
		return err
	}
	table, lookup := param(c, "table"), param(c, "lookup")
	var err error
	if body.Rollback {
		body.Version, err = a.store.RollbackLookup(c.UserContext(), table, lookup, by)
	} else {
		err = a.store.PublishLookup(c.UserContext(), table, lookup, body.Version, by)
	}
	if err != nil {
		return err
	}
	return c.JSON(shape.LiveLookup{Table: table, Lookup: lookup, Live: body.Version, Findings: a.slow(c, table)})
}

func (a *API) deleteLookup(c *fiber.Ctx) error {
	if err := a.store.DeleteLookup(param(c, "table"), param(c, "lookup"), by); err != nil {
		return err
	}
	return c.SendStatus(fiber.StatusNoContent)
}
