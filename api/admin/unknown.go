package admin

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gofiber/fiber/v2"

	"tablestep/api/route"
	"tablestep/tables"
	"tablestep/tables/schema"
	"tablestep/tables/typos"
)

// An unknownName is an error about a name in the path that nothing has, in words that say
// which one was likely meant. It is the error that it stands for.
type unknownName struct {
	text string
	err  error
}

func (e *unknownName) Error() string { return e.text }
func (e *unknownName) Unwrap() error { return e.err }

// named lets the errors of a route say which names there are.
func (a *API) named(r route.Route) route.Route {
	handle := r.Handle
	r.Handle = func(c *fiber.Ctx) error {
		err := handle(c)
		if err == nil {
			return nil
		}
		return a.unknown(c, err)
	}
	return r
}

// unknown says of a table, rule set, lookup or version that is not there what there is
// instead. Other errors, also those of a name that does not stand in the path, stay as they
// are.
func (a *API) unknown(c *fiber.Ctx, err error) error {
	catalog := a.store.Catalog()
	table, lookup, ruleSet := param(c, "table"), param(c, "lookup"), param(c, "ruleSet")
	t, hasTable := catalog.Table(table)
	switch {
	case c.Method() == fiber.MethodPost && hasSuffix(c, "/restore"):
		return err // it is about what was deleted
	case errors.Is(err, schema.ErrTableNotFound) && table != "" && !hasTable:
		return &unknownName{fmt.Sprintf("there is no table %q%s", schema.Excerpt(table), meant(table, "tables", tableNames(catalog))), err}
	case errors.Is(err, schema.ErrLookupNotFound) && lookup != "" && hasTable:
		if _, ok := t.Lookup(lookup); ok {
			return err
		}
		return &unknownName{fmt.Sprintf("table %q has no lookup %q%s", table, schema.Excerpt(lookup), meant(lookup, "lookups", lookupNames(t))), err}
	case errors.Is(err, schema.ErrRuleSetNotFound) && ruleSet != "":
		var names []string
		for _, r := range catalog.RuleSets() {
			names = append(names, r.Name)
		}
		if slices.Contains(names, ruleSet) {
			return err
		}
		return &unknownName{fmt.Sprintf("there is no rule set %q%s", schema.Excerpt(ruleSet), meant(ruleSet, "rule sets", names)), err}
	}
	return err
}

// hasSuffix says how the pattern of a route ends.
func hasSuffix(c *fiber.Ctx, end string) bool {
	path := c.Route().Path
	return len(path) >= len(end) && path[len(path)-len(end):] == end
}

// meant is the way out of a name that nothing has: the one that was likely meant, else all
// of them.
func meant(word, kind string, names []string) string {
	slices.Sort(names)
	if near := typos.Nearest(word, names); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	if len(names) == 0 {
		return fmt.Sprintf(": there are no %s yet", kind)
	}
	return fmt.Sprintf(": the %s are %s", kind, schema.Listed(names))
}

func tableNames(catalog *tables.Catalog) (names []string) {
	for _, t := range catalog.Tables() {
		names = append(names, t.Name)
	}
	return names
}

func lookupNames(t *tables.Table) (names []string) {
	for i := range t.Lookups {
		names = append(names, t.Lookups[i].Name)
	}
	return names
}
