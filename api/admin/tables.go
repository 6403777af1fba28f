package admin

import (
	"fmt"

	"github.com/gofiber/fiber/v2"

	"tablestep/api/shape"
	"tablestep/tables"
	"tablestep/tables/schema"
	"tablestep/tables/view"
)

func (a *API) listTables(c *fiber.Ctx) error {
	var list shape.Tables
	for _, t := range a.store.Catalog().Tables() {
		list.Tables = append(list.Tables, describeTable(t))
	}
	return c.JSON(list)
}

// table finds the table that the path names.
func (a *API) table(c *fiber.Ctx) (*tables.Table, error) {
	name := param(c, "table")
	t, ok := a.store.Catalog().Table(name)
	if !ok {
		return nil, fmt.Errorf("table %q: %w", name, schema.ErrTableNotFound)
	}
	return t, nil
}

func (a *API) showTable(c *fiber.Ctx) error {
	t, versions, err := a.store.Whole(param(c, "table"))
	if err != nil {
		return err
	}
	return c.JSON(shape.WholeTable{Table: describeTable(t), Versions: describeVersions(t, versions)})
}

func (a *API) listVersions(c *fiber.Ctx) error {
	t, versions, err := a.store.Whole(param(c, "table"))
	if err != nil {
		return err
	}
	return c.JSON(shape.Versions{Versions: describeVersions(t, versions)})
}

func (a *API) deleteTable(c *fiber.Ctx) error {
	if err := a.store.Delete(param(c, "table"), by); err != nil {
		return err
	}
	return c.SendStatus(fiber.StatusNoContent)
}

func (a *API) publish(c *fiber.Ctx) error {
	var body shape.Publish
	if err := decode(c, &body); err != nil {
		return err
	}
	name := param(c, "table")
	var err error
	if body.Rollback {
		body.Version, err = a.store.Rollback(name, by)
	} else {
		err = a.store.Publish(name, body.Version, by)
	}
	if err != nil {
		return err
	}
	answer := shape.LiveTable{Table: name, Live: body.Version}
	// The version is live, whatever comes of the count.
	if slow, err := a.store.SlowLookups(c.UserContext(), name); err == nil {
		answer.Warnings = each(slow, describeWarning)
	}
	return c.JSON(answer)
}

// Bounds of a page of rows.
const (
	defaultRows = 50
	maxRows     = 1000
)

func (a *API) rows(c *fiber.Ctx) (err error) {
	q := view.Query{Text: c.Query("q"), Sort: c.Query("sort")}
	if q.Version, err = queryInt(c, "version", 0); err != nil {
		return err
	}
	if q.Offset, err = queryInt(c, "offset", 0); err != nil {
		return err
	}
	if q.Limit, err = queryInt(c, "limit", defaultRows); err != nil {
		return err
	}
	q.Limit = min(q.Limit, maxRows)
	page, err := a.store.Rows(c.UserContext(), param(c, "table"), q)
	if err != nil {
		return err
	}
	return c.JSON(describeRows(page))
}
