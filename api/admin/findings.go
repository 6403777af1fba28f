package admin

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"tablestep/api/shape"
	"tablestep/tables"
	"tablestep/tables/schema"
)

// lifted reads which guards a person has lifted.
func lifted(c *fiber.Ctx) (lift tables.Lift, err error) {
	if lift.Confirm, err = queryBool(c, "confirm", false); err != nil {
		return lift, err
	}
	lift.Force, err = queryBool(c, "force", false)
	return lift, err
}

// Bounds of a page of findings.
const (
	defaultFindings = 100
	maxFindings     = 2000 // more than a version has written out
)

// findings are a page of those of a version, of all or of some codes and severities.
func (a *API) findings(c *fiber.Ctx) error {
	version, err := versionParam(c)
	if err != nil {
		return err
	}
	offset, err := queryInt(c, "offset", 0)
	if err != nil {
		return err
	}
	limit, err := queryInt(c, "limit", defaultFindings)
	if err != nil {
		return err
	}
	keep, err := wantedFindings(c)
	if err != nil {
		return err
	}
	name := param(c, "table")
	found, version, err := a.store.Findings(c.UserContext(), name, version)
	if err != nil {
		return err
	}
	some := slices.DeleteFunc(slices.Clone(found.List), func(w schema.Warning) bool { return !keep(&w) })
	page := some[min(offset, len(some)):]
	page = page[:min(limit, maxFindings, len(page))]
	return c.JSON(shape.Findings{Table: name, Version: version, Total: len(some), Findings: each(page, describeFinding), Counts: found.Counts})
}

// wantedFindings reads which findings are asked for: code and severity, each one or several between commas.
func wantedFindings(c *fiber.Ctx) (keep func(w *schema.Warning) bool, err error) {
	list := func(name string) (texts []string) {
		for text := range strings.SplitSeq(strings.Clone(c.Query(name)), ",") {
			if text = strings.TrimSpace(text); text != "" {
				texts = append(texts, text)
			}
		}
		return texts
	}
	codes, severities := list("code"), list("severity")
	for _, s := range severities {
		if !slices.Contains(schema.Severities(), schema.Severity(s)) {
			return nil, fiber.NewError(fiber.StatusBadRequest, fmt.Sprintf("severity=%q is none of block, change and note", s))
		}
	}
	return func(w *schema.Warning) bool {
		return (len(codes) == 0 || slices.Contains(codes, w.Code)) && (len(severities) == 0 || slices.Contains(severities, string(w.Severity)))
	}, nil
}

// versionParam is the version that the path names, 0 where that is the word live.
func versionParam(c *fiber.Ctx) (int, error) {
	text := param(c, "version")
	if text == "live" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, fiber.NewError(fiber.StatusBadRequest, fmt.Sprintf("%q is no version: give its number, or live", text))
	}
	return n, nil
}
