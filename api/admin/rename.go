package admin

import (
	"net/http"

	"github.com/gofiber/fiber/v2"

	"tablestep/api/route"
	"tablestep/api/shape"
)

func nameForceQuery() route.Parameter {
	return route.Parameter{Name: "force", Type: "boolean", Text: "Take the name though another table was called so: campaigns and rules that name it turn to this one."}
}

// renameTable gives a table another name; campaigns and rules still find it by the one that it had.
func (a *API) renameTable(c *fiber.Ctx) error {
	to, err := a.newName(c)
	if err != nil {
		return err
	}
	lift, err := lifted(c)
	if err != nil {
		return err
	}
	if err := a.engine.RenameTable(c.UserContext(), param(c, "table"), to, lift, by); err != nil {
		return err
	}
	return c.JSON(a.tableNow(to))
}

// copyTable makes a table of the live version and the lookups of another one.
func (a *API) copyTable(c *fiber.Ctx) error {
	to, err := a.newName(c)
	if err != nil {
		return err
	}
	lift, err := lifted(c)
	if err != nil {
		return err
	}
	if _, err := a.store.Copy(c.UserContext(), param(c, "table"), to, lift, by); err != nil {
		return err
	}
	return c.Status(http.StatusCreated).JSON(a.tableNow(to))
}

// newName is the name that the body gives.
func (a *API) newName(c *fiber.Ctx) (string, error) {
	var body shape.NewName
	if err := decode(c, &body); err != nil {
		return "", err
	}
	if body.Name == "" {
		return "", fiber.NewError(fiber.StatusBadRequest, "the body names no name: give the one that the table is to have")
	}
	return body.Name, nil
}

// tableNow is a table as it is listed, unless somebody has taken it away again.
func (a *API) tableNow(name string) shape.Table {
	if t, ok := a.store.Catalog().Table(name); ok {
		return describeTable(t)
	}
	return shape.Table{Name: name}
}
