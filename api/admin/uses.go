package admin

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"tablestep/api/shape"
	"tablestep/engine"
)

// usage says who uses a table.
func (a *API) usage(c *fiber.Ctx) error {
	t, err := a.table(c)
	if err != nil {
		return err
	}
	uses, err := a.engine.UsesOfTable(c.UserContext(), t.Name)
	if err != nil {
		return err
	}
	return c.JSON(shape.Usage{
		Campaigns: each(uses.Campaigns, func(u *engine.CampaignUse) shape.CampaignUse {
			return shape.CampaignUse{ID: u.ID, Leads: u.Leads, Last: u.Last}
		}),
		RuleSets: append(shape.List[string]{}, uses.RuleSets...), Chains: append(shape.List[string]{}, uses.Chains...),
	})
}

// unused refuses to delete what somebody uses, unless the request forces it. what names the
// thing for people.
func unused(c *fiber.Ctx, what string, uses func(context.Context) (*engine.Uses, error)) error {
	force, err := queryBool(c, "force", false)
	if err != nil || force {
		return err
	}
	found, err := uses(c.UserContext())
	if err != nil {
		return err
	}
	return found.InUse(what)
}
