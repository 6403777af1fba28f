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

func (a *API) showLookup(c *fiber.Ctx) error {
	_, l, err := a.lookup(c)
	if err != nil {
		return err
	}
	return c.JSON(describeLookup(&l))
}

// setLookup makes or replaces a lookup; the name in the path holds. One that would
// be far too slow is made only with force=true.
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
	set, warnings, err := a.store.PutLookup(c.UserContext(), table, l, tables.LookupOptions{Publish: true, Force: force, By: by})
	if err != nil {
		return err
	}
	return c.JSON(shape.SetLookup{Lookup: describeLookup(&set), Warnings: each(warnings, describeWarning)})
}

func (a *API) deleteLookup(c *fiber.Ctx) error {
	if err := a.store.DeleteLookup(param(c, "table"), param(c, "lookup"), by); err != nil {
		return err
	}
	return c.SendStatus(fiber.StatusNoContent)
}
