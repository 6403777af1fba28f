package admin

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"tablestep/api/shape"
	"tablestep/tables/schema"
	"tablestep/tables/view"
)

// Bounds of a page of rows, and of other lists of what stands in cells.
const (
	defaultRows   = 50
	maxRows       = 1000
	defaultValues = 20
	defaultFound  = 5
)

// A walk is a look at all rows of a version, or of all tables. A million rows of three columns
// are searched in about a second on one processor. So few walk at once, others wait, and
// each has a time.
const (
	maxWalks = 2
	walkTime = 30 * time.Second // with waiting
	findTime = 20 * time.Second // then find tells what it has, and what it has not looked at
)

// walk waits for a place among those that walk; done gives it back.
func (a *API) walk(ctx context.Context) (done func(), err error) {
	select {
	case a.walks <- struct{}{}:
		return func() { <-a.walks }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// rows is a page of a version's rows. One that is neither searched nor sorted is read at its
// place and waits for nobody.
func (a *API) rows(c *fiber.Ctx) error {
	q, err := rowsQuery(c)
	if err != nil {
		return err
	}
	ctx := c.UserContext()
	if q.Text != "" || len(q.Where) > 0 || q.Finding != "" || q.Sort != "" {
		done, err := a.walk(ctx)
		if err != nil {
			return err
		}
		defer done()
	}
	page, err := a.store.Rows(ctx, param(c, "table"), q)
	if err != nil {
		return err
	}
	return c.JSON(describeRows(page))
}

func rowsQuery(c *fiber.Ctx) (q view.Query, err error) {
	q = view.Query{Text: strings.Clone(c.Query("q")), Sort: strings.Clone(c.Query("sort")), Finding: strings.Clone(c.Query("finding"))}
	if q.Version, err = queryInt(c, "version", 0); err != nil {
		return q, err
	}
	if q.Offset, err = queryInt(c, "offset", 0); err != nil {
		return q, err
	}
	if q.Limit, err = queryInt(c, "limit", defaultRows); err != nil {
		return q, err
	}
	q.Limit = min(q.Limit, maxRows)
	if q.Where, err = conditions(c); err != nil {
		return q, err
	}
	for _, raw := range c.Context().QueryArgs().PeekMulti("columns") {
		q.Columns = append(q.Columns, names(string(raw))...)
	}
	return q, nil
}

// conditions pairs each column= with the contains= or equals= at its place among those.
func conditions(c *fiber.Ctx) ([]view.Condition, error) {
	var found []view.Condition
	columns, texts := 0, 0
	// at is the condition that is the n-th to get its column, or its text.
	at := func(n int) *view.Condition {
		if n == len(found) {
			found = append(found, view.Condition{})
		}
		return &found[n]
	}
	for key, value := range c.Context().QueryArgs().All() {
		switch name := string(key); name {
		case "column":
			at(columns).Column = string(value)
			columns++
		case "contains", "equals":
			w := at(texts)
			w.Text, w.Equals = string(value), name == "equals"
			texts++
		}
	}
	if columns != texts {
		return nil, fiber.NewError(fiber.StatusBadRequest, fmt.Sprintf("column is given %d times, and contains and equals together %d times: each column wants one of them, in the same order", columns, texts))
	}
	return found, nil
}

// names takes a list of columns apart at its commas. A column whose name has one is put in
// quotes, as in CSV.
func names(list string) []string {
	var found []string
	for list = strings.TrimSpace(list); list != ""; list = strings.TrimSpace(list) {
		var name string
		if rest, quoted := strings.CutPrefix(list, `"`); quoted {
			for {
				part, after, closed := strings.Cut(rest, `"`)
				name += part
				rest = after
				if !closed || !strings.HasPrefix(rest, `"`) {
					break
				}
				name += `"`
				rest = rest[1:]
			}
			_, list, _ = strings.Cut(rest, ",")
		} else {
			name, list, _ = strings.Cut(list, ",")
		}
		if name = strings.TrimSpace(name); name != "" {
			found = append(found, name)
		}
	}
	return found
}

// patch changes rows into a new version, which is live at once unless publish=false.
func (a *API) patch(c *fiber.Ctx) error {
	o, err := patchOptions(c)
	if err != nil {
		return err
	}
	var p shape.Patch
	if err := decode(c, &p); err != nil {
		return err
	}
	patched, err := a.store.Patch(c.UserContext(), param(c, "table"), patchOf(&p), o)
	if err != nil {
		return err
	}
	return c.JSON(describeImported(patched))
}

// columnValues counts the values of a column.
func (a *API) columnValues(c *fiber.Ctx) error {
	version, err := queryInt(c, "version", 0)
	if err != nil {
		return err
	}
	top, err := queryInt(c, "top", defaultValues)
	if err != nil {
		return err
	}
	done, err := a.walk(c.UserContext())
	if err != nil {
		return err
	}
	defer done()
	values, err := a.store.Values(c.UserContext(), param(c, "table"), param(c, "column"), version, top)
	if err != nil {
		return err
	}
	return c.JSON(describeValues(values))
}

// find looks for a text in all tables.
func (a *API) find(c *fiber.Ctx) error {
	limit, err := queryInt(c, "limit", defaultFound)
	if err != nil {
		return err
	}
	text := strings.Clone(c.Query("q"))
	if strings.TrimSpace(text) == "" {
		return fmt.Errorf("find: %w: give the text to find as q", schema.ErrInvalid)
	}
	ctx := c.UserContext()
	done, err := a.walk(ctx)
	if err != nil {
		return err
	}
	defer done()
	ctx, cancel := context.WithTimeout(ctx, findTime)
	defer cancel()
	found, err := a.store.Find(ctx, text, limit)
	if err != nil {
		return err
	}
	return c.JSON(describeFound(found))
}
