package admin

import (
	"fmt"

	"github.com/gofiber/fiber/v2"

	"tablestep/api/shape"
	"tablestep/tables"
	"tablestep/tables/schema"
)

func (a *API) listTables(c *fiber.Ctx) error {
	deleted, err := queryBool(c, "deleted", false)
	if err != nil {
		return err
	}
	var list shape.Tables
	if deleted {
		list.Deleted = a.deleted(tables.KindTable)
	}
	for _, t := range a.store.Catalog().InOrder() {
		list.Tables = append(list.Tables, a.withEndings(describeTable(t), t))
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
	return c.JSON(shape.WholeTable{Table: a.withEndings(describeTable(t), t), Versions: describeVersions(t, versions)})
}

func (a *API) listVersions(c *fiber.Ctx) error {
	t, versions, err := a.store.Whole(param(c, "table"))
	if err != nil {
		return err
	}
	return c.JSON(shape.Versions{Versions: describeVersions(t, versions)})
}

// publish makes versions of a table and of its lookups live in one step, or takes the
// table back to the version that was live before.
func (a *API) publish(c *fiber.Ctx) error {
	var body shape.PublishTable
	if err := decode(c, &body); err != nil {
		return err
	}
	if body.Rollback && len(body.Lookups) > 0 {
		return fiber.NewError(fiber.StatusBadRequest, "rollback and lookups do not go together: name the version of the rows instead of rollback")
	}
	if _, nameless := body.Lookups[""]; nameless {
		return fiber.NewError(fiber.StatusBadRequest, "a lookup without a name: the table's default lookup has the table's own name")
	}
	name := param(c, "table")
	lift, err := lifted(c)
	if err != nil {
		return err
	}
	dry, err := queryBool(c, "dryRun", false)
	if err != nil {
		return err
	}
	request := tables.PublishRequest{Version: body.Version, Lookups: body.Lookups, Lift: lift}
	if dry || body.At != "" {
		var trial *tables.DryRun
		if body.At != "" {
			trial, err = a.later(c, name, &body, request, dry)
		} else {
			trial, err = a.try(c, name, &body, request)
		}
		if err != nil {
			return err
		}
		return c.JSON(a.asIs(name, trial))
	}
	if body.Rollback {
		body.Version, err = a.store.Rollback(c.UserContext(), name, lift, by)
	} else {
		err = a.store.PublishTogether(c.UserContext(), name, request, by)
	}
	if err != nil {
		return err
	}
	answer := shape.LiveTable{Table: name, Live: &body.Version, Lookups: body.Lookups, Findings: a.told(c, name)}
	if t, ok := a.store.Catalog().Table(name); ok {
		answer.Scheduled = describeScheduled(t)
	}
	if body.Version == 0 {
		answer.Live = nil
		if t, ok := a.store.Catalog().Table(name); ok && t.Live != nil {
			answer.Live = &t.Live.Number
		}
	}
	return c.JSON(answer)
}

// slow are findings of a table's slow lookups. A version is live, whatever comes of the count.
func (a *API) slow(c *fiber.Ctx, table string) shape.List[shape.Finding] {
	slow, err := a.store.SlowLookups(c.UserContext(), table)
	if err != nil {
		return nil
	}
	return each(slow, describeFinding)
}
