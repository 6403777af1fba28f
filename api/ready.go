package api

import (
	"errors"
	"net/http"

	"github.com/gofiber/fiber/v2"

	"tablestep/tables"
)

// An Unready is a reason why the service can take no work, for machines and for people.
type Unready struct {
	Code    string // upper-case words
	Message string // what happened and what to do
}

func (u *Unready) Error() string { return u.Message }

// readiness is the answer of /readyz. Without the admin key it has status and code only.
type readiness struct {
	Status  string          `json:"status"` // ready or unready
	Code    string          `json:"code"`   // OK; DAMAGED: ready, but something is set aside; else the reason
	Message string          `json:"message,omitempty"`
	Damaged []tables.Damage `json:"damaged,omitempty"`
}

// readyz says whether the service can take work: 200, or 503. What is damaged and set
// aside does not make it unready, because everything else works.
func readyz(o Options, valid *keys) fiber.Handler {
	return func(c *fiber.Ctx) error {
		r, status := readiness{Status: "ready", Code: "OK"}, http.StatusOK
		if o.Damaged != nil {
			r.Damaged = o.Damaged()
		}
		if len(r.Damaged) > 0 {
			r.Code, r.Message = "DAMAGED", "something is damaged and was set aside; everything else works"
		}
		if err := o.Ready(); err != nil {
			r.Status, r.Code, r.Message, status = "unready", "STORE_UNAVAILABLE", err.Error(), http.StatusServiceUnavailable
			var u *Unready
			if errors.As(err, &u) {
				r.Code = u.Code
			}
		}
		if valid.sides(&c.Request().Header)&people == 0 {
			r.Message, r.Damaged = "", nil
		}
		c.Set(fiber.HeaderCacheControl, "no-store")
		return c.Status(status).JSON(r)
	}
}
