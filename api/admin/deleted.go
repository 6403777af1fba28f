package admin

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/gofiber/fiber/v2"

	"tablestep/api/shape"
	"tablestep/engine"
	"tablestep/tables"
	"tablestep/tables/schema"
)

// deleted are the tables or rule sets that can be restored, the latest first.
func (a *API) deleted(kind tables.Kind) shape.List[shape.Deleted] {
	list := shape.List[shape.Deleted]{}
	for _, d := range a.store.Deleted() {
		if d.Kind == kind {
			list = append(list, describeDeleted(&d))
		}
	}
	return list
}

func describeDeleted(d *tables.Deleted) shape.Deleted {
	described := shape.Deleted{Name: d.Name, Versions: d.Versions, Lookups: d.Lookups, Deleted: d.Deleted, Until: d.Until}
	if d.Kind == tables.KindTable && d.Lookups == nil {
		described.Lookups = shape.List[string]{}
	}
	return described
}

// deleteTable is refused while somebody uses the table, unless force=true.
func (a *API) deleteTable(c *fiber.Ctx) error {
	name := param(c, "table")
	if _, ok := a.store.Catalog().Table(name); ok { // else there is at most something to purge
		err := unused(c, fmt.Sprintf("table %q", name), func(ctx context.Context) (*engine.Uses, error) { return a.engine.UsesOfTable(ctx, name) })
		if err != nil {
			return err
		}
	}
	return remove(c, name, schema.ErrTableNotFound, a.store.Delete, func(name, by string) error { return a.engine.PurgeTable(c.UserContext(), name, by) })
}

// deleteRuleSet is refused while somebody uses the rule set, unless force=true, and where it
// is in another state than the request says.
func (a *API) deleteRuleSet(c *fiber.Ctx) error {
	name := param(c, "ruleSet")
	states, err := expected(c)
	if err != nil {
		return err
	}
	if _, ok := a.store.Catalog().RuleSet(name); ok {
		err := unused(c, fmt.Sprintf("rule set %q", name), func(ctx context.Context) (*engine.Uses, error) { return a.engine.UsesOfRuleSet(ctx, name) })
		if err != nil {
			return err
		}
	}
	err = remove(c, name, schema.ErrRuleSetNotFound, func(name, by string) error { return a.engine.DeleteRuleSetIf(name, states, by) }, a.engine.PurgeRuleSet)
	return a.superseded(err, a.ruleSetNow(name))
}

// remove deletes, so that it can be restored; with purge=true for good, and whatever else
// of the name was deleted. If the service ends between the two, the first is done and can
// be done again as a purge.
func remove(c *fiber.Ctx, name string, missing error, remove, purge func(name, by string) error) error {
	forGood, err := queryBool(c, "purge", false)
	if err != nil {
		return err
	}
	err = remove(name, by)
	if forGood && (err == nil || errors.Is(err, missing)) {
		err = purge(name, by)
	}
	if err != nil {
		return err
	}
	return c.SendStatus(fiber.StatusNoContent)
}

// restoreTable brings a table back, with its versions and lookups as they were.
func (a *API) restoreTable(c *fiber.Ctx) error {
	name, as := param(c, "table"), restoredAs(c)
	lift, err := lifted(c)
	if err != nil {
		return err
	}
	if err := a.store.Restore(c.UserContext(), name, as, lift, by); err != nil {
		return err
	}
	info := shape.Table{Name: nameAfter(name, as)}
	if t, ok := a.store.Catalog().Table(info.Name); ok { // or somebody has deleted it again
		info = describeTable(t)
	}
	return c.JSON(info)
}

// restoreRuleSet brings a rule set back with its versions.
func (a *API) restoreRuleSet(c *fiber.Ctx) error {
	name, as := param(c, "ruleSet"), restoredAs(c)
	if err := a.engine.RestoreRuleSet(name, as, by); err != nil {
		return err
	}
	info := shape.RuleSet{Name: nameAfter(name, as)}
	if r, ok := a.store.Catalog().RuleSet(info.Name); ok {
		info = describeRuleSet(r)
	}
	return c.JSON(info)
}

// restoredAs is the name under which something is to come back; empty: its own.
func restoredAs(c *fiber.Ctx) string { return strings.Clone(c.Query("as")) }

func nameAfter(name, as string) string {
	if as != "" {
		return as
	}
	return name
}
