package admin

import (
	"context"
	"fmt"
	"os"

	"github.com/gofiber/fiber/v2"

	"tablestep/tables/ingest"
)

// preview reads the beginning of a file and stores nothing. It takes the places of an upload,
// because it receives a file and may take the memory of an import.
func (a *API) preview(c *fiber.Ctx) error {
	o, _, err := uploadOptions(c) // what becomes of a version does not matter here
	if err != nil {
		return err
	}
	select {
	case a.uploads <- struct{}{}:
		defer func() { <-a.uploads }()
	default:
		return fiber.NewError(fiber.StatusTooManyRequests, fmt.Sprintf("%d uploads are under way already; try again in a moment", maxUploads))
	}
	file, name, err := a.receive(c)
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(file) }() // a leftover is swept at the next start
	if name != "" {
		o.Name = name
	}
	o.TempDir = a.options.UploadDir
	select {
	case a.imports <- struct{}{}:
		defer func() { <-a.imports }()
	case <-c.UserContext().Done():
		return context.Cause(c.UserContext())
	}
	p, err := ingest.Look(file, o)
	if err != nil {
		return err
	}
	return c.JSON(describePreview(p))
}
