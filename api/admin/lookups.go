package admin

import (
	"context"
	"fmt"

	"github.com/gofiber/fiber/v2"

	"tablestep/api/shape"
	"tablestep/engine"
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
	state, _ := a.store.LookupState(param(c, "table"), param(c, "lookup")) // before it is read: never newer than what is told
	t, l, err := a.lookup(c)
	if err != nil {
		return err
	}
	setTag(c, state)
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
	states, err := expected(c)
	if err != nil {
		return err
	}
	set, found, err := a.store.PutLookup(c.UserContext(), table, l, tables.LookupOptions{Publish: publish, Force: force, By: by, Expected: states})
	if err != nil {
		return placed(c, a.superseded(err, a.lookupNow(table, l.Name)))
	}
	if t, ok := a.store.Catalog().Table(table); ok && t.Live != nil {
		found = found.And(a.absentColumns(c.UserContext(), t.Live.Columns, []schema.Lookup{set}))
	}
	answer := shape.SetLookup{Lookup: describeLookup(&set), Live: publish, Findings: each(found.List, describeFinding), Counts: found.Counts}
	if t, ok := a.store.Catalog().Table(table); ok {
		answer.Lookup = describeLookupOf(t, &set)
	}
	if t, ok := a.store.Catalog().Table(table); ok && !publish { // it may be equal to the live one
		live, ok := t.Lookup(set.Name)
		answer.Live = ok && live.Version == set.Version
	}
	if state, there := a.store.LookupState(table, set.Name); there && state.Newest == set.Version {
		setTag(c, state) // else somebody has changed it again
	}
	return c.JSON(answer)
}

// confirmLookup makes a guessed lookup one that a person has agreed to.
func (a *API) confirmLookup(c *fiber.Ctx) error {
	set, found, err := a.store.ConfirmLookup(c.UserContext(), param(c, "table"), param(c, "lookup"), by)
	if err != nil {
		return err
	}
	return c.JSON(shape.SetLookup{Lookup: describeLookup(&set), Live: true, Findings: each(found.List, describeFinding), Counts: found.Counts})
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
	return c.JSON(shape.LiveLookup{Table: table, Lookup: lookup, Live: body.Version, Findings: a.told(c, table)})
}

// deleteLookup is refused while somebody uses the lookup, unless force=true, and where it is
// in another state than the request says.
func (a *API) deleteLookup(c *fiber.Ctx) error {
	table, lookup := param(c, "table"), param(c, "lookup")
	states, err := expected(c)
	if err != nil {
		return err
	}
	if err := a.notScheduled(c, table, lookup); err != nil {
		return err
	}
	err = unused(c, fmt.Sprintf("lookup %q of table %q", lookup, table), func(ctx context.Context) (*engine.Uses, error) { return a.engine.UsesOfLookup(ctx, table, lookup) })
	if err != nil {
		return err
	}
	if err := a.store.DeleteLookupIf(table, lookup, states, by); err != nil {
		return a.superseded(err, a.lookupNow(table, lookup))
	}
	return c.SendStatus(fiber.StatusNoContent)
}

// restoreLookup brings back a lookup that was deleted, as it was.
func (a *API) restoreLookup(c *fiber.Ctx) error {
	if err := a.store.RestoreLookup(param(c, "table"), param(c, "lookup"), by); err != nil {
		return err
	}
	return a.showLookup(c)
}
