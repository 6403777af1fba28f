package admin

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"tablestep/api/route"
	"tablestep/engine"
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
	case c.Method() == fiber.MethodPost && strings.HasSuffix(c.Route().Path, "/restore"):
		return a.notDeleted(table, ruleSet, err)
	case errors.Is(err, engine.ErrInvocationNotFound):
		return &unknownName{fmt.Sprintf("there is no invocation %q: it is gone after the time of --retention, or its number is another one; the list of invocations has them", schema.Excerpt(param(c, "id"))), err}
	case errors.Is(err, schema.ErrVersionNotFound) && hasTable && strings.Contains(err.Error(), "of lookup "):
		return a.otherLookupVersions(table, err)
	case errors.Is(err, schema.ErrVersionNotFound) && hasTable && strings.HasSuffix(err.Error(), fmt.Sprintf("of table %q", table)):
		return a.otherVersions(table, err)
	case errors.Is(err, schema.ErrTableNotFound) && table != "" && !hasTable:
		if t, ok := catalog.Called(table); ok {
			return &unknownName{fmt.Sprintf("there is no table %q: it is called %q now", schema.Excerpt(table), t.Name), err}
		}
		return &unknownName{fmt.Sprintf("there is no table %q%s", schema.Excerpt(table), meant(table, "tables", tableNames(catalog))), err}
	case errors.Is(err, schema.ErrLookupNotFound) && lookup != "" && hasTable:
		if _, ok := t.Lookup(lookup); ok {
			return neverSet(err)
		}
		return &unknownName{fmt.Sprintf("table %q has no lookup %q%s", table, schema.Excerpt(lookup), meant(lookup, "lookups", lookupNames(t))), err}
	case errors.Is(err, schema.ErrLookupNotFound):
		return neverSet(err)
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

// neverSet says why a lookup that is there has no versions.
func neverSet(err error) error {
	return &unknownName{err.Error() + ": one that nobody has set, which is guessed, has no versions", err}
}

// notDeleted says what can be restored instead of a name that was not deleted.
func (a *API) notDeleted(table, ruleSet string, err error) error {
	kind, name, is := tables.KindTable, table, schema.ErrTableNotFound
	if ruleSet != "" {
		kind, name, is = tables.KindRuleSet, ruleSet, schema.ErrRuleSetNotFound
	}
	if !errors.Is(err, is) {
		return err
	}
	var names []string
	for _, d := range a.store.Deleted() {
		if d.Kind == kind && !slices.Contains(names, d.Name) {
			names = append(names, d.Name)
		}
	}
	what := map[bool]string{true: "table", false: "rule set"}[ruleSet == ""]
	text := fmt.Sprintf("no %s %q was deleted within the last 30 days", what, schema.Excerpt(name))
	if len(names) == 0 {
		return &unknownName{text + ": there is nothing to restore", err}
	}
	return &unknownName{text + meant(name, what+"s that can be restored", names), err}
}

// otherVersions adds to an error about a version which ones there are, the newest first.
func (a *API) otherVersions(table string, err error) error {
	versions, listErr := a.store.Versions(table)
	if listErr != nil || len(versions) == 0 {
		return err // what was asked for is told, and that is enough
	}
	var numbers []string
	for i := range versions {
		numbers = append(numbers, strconv.Itoa(versions[i].Number))
	}
	return &unknownName{fmt.Sprintf("%v: its versions are %s", err, schema.Listed(numbers)), err}
}

// otherLookupVersions is otherVersions for the lookup that an error is about: a publish may
// name several.
func (a *API) otherLookupVersions(table string, err error) error {
	part := regexp.MustCompile(`of lookup "([^"]*)"`).FindStringSubmatch(err.Error())
	if part == nil {
		return err
	}
	versions, listErr := a.store.LookupVersions(table, part[1])
	if listErr != nil || len(versions) == 0 {
		return err
	}
	var numbers []string
	for i := range versions {
		numbers = append(numbers, strconv.Itoa(versions[i].Number))
	}
	return &unknownName{fmt.Sprintf("%v: its versions are %s", err, schema.Listed(numbers)), err}
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
