package api

import (
	"errors"
	"net/http"

	"github.com/gofiber/fiber/v2"

	"tablestep/api/admin"
	"tablestep/api/route"
	"tablestep/api/shape"
)

// An Unready is a reason why the service can take no work, for machines and for people.
type Unready struct {
	Code    string // upper-case words
	Message string // what happened and what to do
}

func (u *Unready) Error() string { return u.Message }

// readyz says whether the service can take work: 200, or 503. Without the admin key the
// answer has status and code only. What is damaged and set aside does not make it
// unready, because everything else works.
func readyz(o Options, valid *keys) fiber.Handler {
	return func(c *fiber.Ctx) error {
		r, status := shape.Readiness{Status: "ready", Code: "OK"}, http.StatusOK
		if o.Damaged != nil {
			r.Damaged = admin.DescribeDamage(o.Damaged())
		}
		if len(r.Damaged) > 0 {
			r.Code, r.Message = "DAMAGED", "something is damaged and was set aside; everything else works"
		}
		if err := o.Ready(); err != nil {
			r.Status, r.Code, r.Message, status = "unready", "STORE_UNAVAILABLE", err.Error(), http.StatusServiceUnavailable
			if u, ok := errors.AsType[*Unready](err); ok {
				r.Code = u.Code
			}
		}
		if valid.shown(&c.Request().Header, false)&route.Admin == 0 {
			r.Message, r.Damaged = "", nil
		}
		c.Set(fiber.HeaderCacheControl, "no-store")
		return c.Status(status).JSON(r)
	}
}
