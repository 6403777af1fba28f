package admin

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"tablestep/tables/ingest"
)

// preview reads the beginning of a file and stores nothing.
func (a *API) preview(c *fiber.Ctx) error {
	o, _, err := uploadOptions(c) // what becomes of a version does not matter here
	if err != nil {
		return err
	}
	return a.received(c, &o, func(_ context.Context, path string) error {
		p, err := ingest.Look(path, o)
		if err != nil {
			return err
		}
		return c.JSON(describePreview(p))
	})
}
