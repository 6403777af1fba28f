package admin

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"tablestep/api/shape"
	"tablestep/tables"
)

// changeTable changes settings of a table.
func (a *API) changeTable(c *fiber.Ctx) error {
	var body shape.ChangeTable
	if err := decode(c, &body); err != nil {
		return err
	}
	if body == (shape.ChangeTable{}) {
		return fiber.NewError(fiber.StatusBadRequest, "the body names nothing to change: give label, description, owner, hidden or order")
	}
	if err := a.store.ChangeTable(param(c, "table"), tables.TableChange(body), by); err != nil {
		return err
	}
	t, err := a.table(c)
	if err != nil {
		return err
	}
	return c.JSON(describeTable(t))
}

// suggest names a table for a file.
func (a *API) suggest(c *fiber.Ctx) error {
	file := strings.Clone(c.Query("file"))
	if file == "" {
		return fiber.NewError(fiber.StatusBadRequest, "file= does not name a file")
	}
	catalog := a.store.Catalog()
	name, label := catalog.Suggest(file)
	_, there := catalog.Table(name)
	return c.JSON(shape.Suggested{Name: name, Label: label, Exists: there})
}
