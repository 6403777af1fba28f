package admin

import (
	"fmt"
	"time"

	"github.com/gofiber/fiber/v2"

	"tablestep/api/shape"
	"tablestep/tables"
	"tablestep/tables/schema"
)

// asOf reads the moment for which somebody tries leads: a time with its zone, or a day, which is
// its start in the service's zone. Empty is the zero Time, which is now.
func (a *API) asOf(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		if at, err = time.Parse(time.DateOnly, text); err == nil {
			at = time.Unix(schema.FirstMoment(at.Unix(), a.store.Zone()), 0)
		}
	}
	if err != nil || at.IsZero() {
		return time.Time{}, fiber.NewError(fiber.StatusBadRequest, fmt.Sprintf("asOf %q is no moment: write a time with its zone, such as 2026-01-31T09:00:00Z, or a day, such as 2026-01-31, which is its start in the time zone %s", schema.Excerpt(text), a.store.Zone()))
	}
	return at, nil
}

// withEndings adds which lookups find no row any more soon.
func (a *API) withEndings(info shape.Table, t *tables.Table) shape.Table {
	for _, e := range a.store.EndingsOf(t) {
		info.Endings = append(info.Endings, shape.Ending{Lookup: e.Lookup, Columns: e.Columns, Last: e.Last, Over: e.Over})
	}
	return info
}
