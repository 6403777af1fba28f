package admin

import (
	"github.com/gofiber/fiber/v2"

	"tablestep/api/shape"
)

// evaluate answers leads as a flow step would, at once.
func (a *API) evaluate(c *fiber.Ctx) error {
	var body shape.Evaluate
	if err := decode(c, &body); err != nil {
		return err
	}
	if len(body.Leads) == 0 {
		return fiber.NewError(fiber.StatusBadRequest, "leads is missing; it must be an array of leads")
	}
	at, err := a.asOf(body.AsOf)
	if err != nil {
		return err
	}
	results, err := a.engine.TryAt(c.UserContext(), at, body.Leads, body.Flow)
	if err != nil {
		return err
	}
	return c.JSON(shape.Results{Results: each(results, describeResult)})
}

// Bounds of a list of invocations.
const (
	defaultInvocations = 50
	maxInvocations     = 1000
)

func (a *API) listInvocations(c *fiber.Ctx) error {
	limit, err := queryInt(c, "limit", defaultInvocations)
	if err != nil {
		return err
	}
	list, err := a.engine.Invocations(c.UserContext(), c.Query("state"), min(limit, maxInvocations))
	if err != nil {
		return err
	}
	return c.JSON(shape.Invocations{Invocations: each(list, describeInvocation)})
}

func (a *API) showInvocation(c *fiber.Ctx) error {
	info, err := a.engine.Invocation(c.UserContext(), param(c, "id"))
	if err != nil {
		return err
	}
	return c.JSON(describeInvocation(&info))
}

// replayInvocations replays all of a finished state that were accepted in a time
// span.
func (a *API) replayInvocations(c *fiber.Ctx) error {
	var body shape.Replay
	if err := decode(c, &body); err != nil {
		return err
	}
	if !body.From.Before(body.To) {
		return fiber.NewError(fiber.StatusBadRequest, "from must be before to")
	}
	n, err := a.engine.ReplayBetween(c.UserContext(), body.From, body.To, body.State)
	if err != nil {
		return err
	}
	return c.Status(fiber.StatusAccepted).JSON(shape.Replayed{Replayed: n})
}

func (a *API) replayInvocation(c *fiber.Ctx) error {
	if err := a.engine.Replay(c.UserContext(), param(c, "id")); err != nil {
		return err
	}
	c.Status(fiber.StatusAccepted)
	return nil
}
