package admin

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"tablestep/api/strict"
	"tablestep/tables/schema"
)

// A Placed is an error about settings, with its place in the text of the request. It is the
// error that it stands for.
type Placed struct {
	Place *strict.Mistake
	err   error
}

// Error is that of the settings.
func (p *Placed) Error() string { return p.err.Error() }

// Unwrap returns what the settings were refused for.
func (p *Placed) Unwrap() error { return p.err }

// placed finds the place of what is wrong with a lookup. The checks know entries by their
// number and quote the value, since they also see lookups that nobody has written down.
func placed(c *fiber.Ctx, err error) error {
	if !errors.Is(err, schema.ErrInvalid) && !errors.Is(err, schema.ErrColumnNotFound) {
		return err
	}
	list, n := "", 0
	if part := regexp.MustCompile(`: (match|output) (\d+): `).FindStringSubmatch(err.Error()); part != nil {
		list = map[string]string{"match": "match", "output": "outputs"}[part[1]]
		if n, _ = strconv.Atoi(part[2]); n == 0 {
			return err
		}
		n--
	}
	// The names of table and lookup come first, in quotes as well.
	_, rest, found := strings.Cut(err.Error(), ": ")
	value := regexp.MustCompile(`"((?:[^"\\]|\\.)*)"`).FindString(rest)
	if !found || value == "" && list == "" {
		return err
	}
	text, quoteErr := strconv.Unquote(value)
	if quoteErr != nil {
		text = ""
	}
	place := strict.Place(c.Request().Body(), list, n, text, err.Error())
	if place == nil {
		return err
	}
	return &Placed{place, err}
}
