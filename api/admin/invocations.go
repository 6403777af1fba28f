package admin

import (
	"encoding/json"
	"time"

	"github.com/gofiber/fiber/v2"
)

// evaluate answers leads as a flow step would, at once.
func (a *API) evaluate(c *fiber.Ctx) error {
	var body struct {
		Leads []json.RawMessage `json:"leads"`
		Flow  json.RawMessage   `json:"flow"`
	}
	if err := decode(c, &body); err != nil {
		return err
	}
	if len(body.Leads) == 0 {
		return fiber.NewError(fiber.StatusBadRequest, "leads is missing; it must be an array of leads")
	}
	results, err := a.engine.Try(c.UserContext(), body.Leads, body.Flow)
	if err != nil {
		return err
	}
	return c.JSON(fiber.Map{"results": results})
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
	return c.JSON(fiber.Map{"invocations": list})
}

func (a *API) showInvocation(c *fiber.Ctx) error {
	info, err := a.engine.Invocation(c.UserContext(), param(c, "id"))
	if err != nil {
		return err
	}
	return c.JSON(info)
}

// replayInvocations replays all of a finished state that were accepted in a time
// span.
func (a *API) replayInvocations(c *fiber.Ctx) error {
	var body struct {
		State string    `json:"state"`
		From  time.Time `json:"from"`
		To    time.Time `json:"to"`
	}
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
	return c.Status(fiber.StatusAccepted).JSON(fiber.Map{"replayed": n})
}

func (a *API) replayInvocation(c *fiber.Ctx) error {
	if err := a.engine.Replay(c.UserContext(), param(c, "id")); err != nil {
		return err
	}
	return c.SendStatus(fiber.StatusAccepted)
}
