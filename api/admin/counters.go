package admin

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"tablestep/api/shape"
	"tablestep/engine"
)

// counters tells of the rows of a table that take turns.
func (a *API) counters(c *fiber.Ctx) error {
	t, err := a.table(c)
	if err != nil {
		return err
	}
	return a.tellCounters(c, t.Name, strings.Clone(c.Query("lookup")), strings.Clone(c.Query("instance")))
}

// setCounters sets some of them, and tells those of the lookup.
func (a *API) setCounters(c *fiber.Ctx) error {
	var body shape.SetCounters
	if err := decode(c, &body); err != nil {
		return err
	}
	t, err := a.table(c)
	if err != nil {
		return err
	}
	if len(body.Rows) == 0 && !body.Reset {
		return fiber.NewError(fiber.StatusBadRequest, "the body names nothing to set: give rows, or reset")
	}
	rows := make([]engine.SetTurnCounter, len(body.Rows))
	for i, row := range body.Rows {
		rows[i] = engine.SetTurnCounter{Row: strings.TrimSpace(row.Row), Leads: row.Leads, InPeriod: row.InPeriod}
	}
	if body.Lookup == "" {
		body.Lookup = t.Name
	}
	if err := a.engine.SetTurnCounters(c.UserContext(), t.Name, body.Lookup, body.Instance, rows, body.Reset, by); err != nil {
		return err
	}
	return a.tellCounters(c, t.Name, body.Lookup, body.Instance)
}

func (a *API) tellCounters(c *fiber.Ctx, table, lookup, instance string) error {
	list, err := a.engine.TurnCounters(c.UserContext(), table, lookup, instance)
	if err != nil {
		return err
	}
	return c.JSON(shape.Counters{Counters: each(list, describeCounter)})
}

func describeCounter(t *engine.TurnCounter) shape.Counter {
	told := shape.Counter{
		Lookup: t.Lookup, Instance: t.Instance, Row: t.Row, Number: t.Number, Leads: t.Leads, Share: t.Share, Weight: t.Weight, Cap: t.Cap,
		InPeriod: t.InPeriod, Period: t.Period, Away: t.Away, Out: t.Out,
	}
	if !t.Last.IsZero() {
		told.Last = &t.Last
	}
	return told
}
