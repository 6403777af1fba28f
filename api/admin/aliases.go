package admin

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"tablestep/api/shape"
	"tablestep/tables"
	"tablestep/tables/ingest"
	"tablestep/tables/schema"
)

// Bounds of a page of aliases.
const (
	defaultAliases = 100
	maxAliasPage   = 2000
)

// aliases lists those of a table, or of one lookup: a page, or all of them as CSV.
func (a *API) aliases(c *fiber.Ctx) error {
	offset, err := queryInt(c, "offset", 0)
	if err != nil {
		return err
	}
	limit, err := queryInt(c, "limit", defaultAliases)
	if err != nil {
		return err
	}
	table := param(c, "table")
	list, err := a.store.Aliases(c.UserContext(), table, strings.Clone(c.Query("lookup")))
	if err != nil {
		return err
	}
	format := c.Query("format")
	if format == "" && c.Accepts(fiber.MIMEApplicationJSON, mediaCSV) == mediaCSV {
		format = string(ingest.CSV)
	}
	switch format {
	case "", "json":
	case string(ingest.CSV):
		c.Set(fiber.HeaderContentType, mediaCSV+"; charset=utf-8")
		c.Set(fiber.HeaderContentDisposition, fmt.Sprintf("attachment; filename=%q", table+"-aliases.csv"))
		columns, rows := aliasSheet(list)
		return ingest.WriteCSV(c, columns, rows)
	default:
		return fiber.NewError(fiber.StatusBadRequest, fmt.Sprintf("format=%q is neither csv nor json", format))
	}
	page := list[min(offset, len(list)):]
	page = page[:min(limit, maxAliasPage, len(page))]
	return c.JSON(shape.Aliases{Total: len(list), Aliases: each(page, describeAlias)})
}

func describeAlias(a *tables.AliasState) shape.Alias {
	return shape.Alias{ID: a.ID, Lookup: a.Lookup, Values: a.Values, Action: string(a.Action), Target: a.Target, By: a.By, At: a.At, Lost: a.Lost}
}

// Columns of aliases as a file; behind them come those of values and targets, each behind its word.
const (
	aliasValue  = "value: "
	aliasTarget = "target: "
)

// aliasLines are aliases as the rows of a file.
type aliasLines struct {
	list            []tables.AliasState
	values, targets []string
	at              int
	cells           []string
}

// aliasSheet are aliases as a file: columns for all fields and columns that any of them names.
func aliasSheet(list []tables.AliasState) (columns []string, rows *aliasLines) {
	values, targets := map[string]bool{}, map[string]bool{}
	for i := range list {
		for name := range list[i].Values {
			values[name] = true
		}
		for name := range list[i].Target {
			targets[name] = true
		}
	}
	rows = &aliasLines{list: list, values: slices.Sorted(maps.Keys(values)), targets: slices.Sorted(maps.Keys(targets))}
	columns = []string{"id", "lookup", "action"}
	for _, name := range rows.values {
		columns = append(columns, aliasValue+name)
	}
	for _, name := range rows.targets {
		columns = append(columns, aliasTarget+name)
	}
	return append(columns, "by", "at", "lost"), rows
}

// Next is the next alias; io.EOF at the end.
func (r *aliasLines) Next() (schema.Row, error) {
	if r.at == len(r.list) {
		return schema.Row{}, io.EOF
	}
	a := &r.list[r.at]
	r.at++
	r.cells = append(r.cells[:0], strconv.Itoa(a.ID), a.Lookup, string(a.Action))
	for _, name := range r.values {
		r.cells = append(r.cells, a.Values[name])
	}
	for _, name := range r.targets {
		r.cells = append(r.cells, a.Target[name])
	}
	r.cells = append(r.cells, a.By, a.At.Format(time.RFC3339), a.Lost)
	return schema.Row{Number: r.at, Cells: r.cells}, nil
}

// addAliases adds one, or several together.
func (a *API) addAliases(c *fiber.Ctx) error {
	replace, err := queryBool(c, "replace", false)
	if err != nil {
		return err
	}
	var body shape.NewAliases
	if err := decode(c, &body); err != nil {
		return err
	}
	given := body.Aliases
	if given == nil {
		given = []shape.NewAlias{body.NewAlias}
	} else if body.Values != nil || body.Action != "" || body.Target != nil {
		return fiber.NewError(fiber.StatusBadRequest, "give one alias, or several as aliases, and not both")
	}
	table, lookup := param(c, "table"), body.Lookup
	if lookup == "" {
		lookup = strings.Clone(c.Query("lookup"))
	}
	list := make([]schema.Alias, len(given))
	for i, n := range given {
		if n.Lookup != "" && lookup == "" {
			lookup = n.Lookup
		}
		if n.Lookup != "" && n.Lookup != lookup {
			return fiber.NewError(fiber.StatusBadRequest, fmt.Sprintf("alias %d is of lookup %q and others are of %q: add those of each lookup by a request of its own", i+1, schema.Excerpt(n.Lookup), schema.Excerpt(lookup)))
		}
		list[i] = schema.Alias{Values: n.Values, Action: schema.AliasAction(n.Action), Target: n.Target}
	}
	if lookup == "" {
		lookup = table
	}
	added, err := a.store.AddAliases(c.UserContext(), table, lookup, list, tables.AliasOptions{Replace: replace, By: by})
	if err != nil {
		return err
	}
	return c.Status(fiber.StatusCreated).JSON(shape.Added{Aliases: each(added, func(n *schema.Alias) shape.Alias {
		return describeAlias(&tables.AliasState{Alias: *n, Lookup: lookup})
	})})
}

// deleteAlias removes one.
func (a *API) deleteAlias(c *fiber.Ctx) error {
	id, err := strconv.Atoi(param(c, "alias"))
	if err != nil || id < 1 {
		return fmt.Errorf("%w: %q is no id of one, which is a number: the list of aliases has them", schema.ErrAliasNotFound, schema.Excerpt(param(c, "alias")))
	}
	if err := a.store.RemoveAliases(param(c, "table"), []int{id}, by); err != nil {
		return err
	}
	return c.SendStatus(fiber.StatusNoContent)
}

// aliasRows makes rows of aliases.
func (a *API) aliasRows(c *fiber.Ctx) error {
	lift, err := lifted(c)
	if err != nil {
		return err
	}
	var body shape.AliasRows
	if err := decode(c, &body); err != nil {
		return err
	}
	table, ids := param(c, "table"), body.IDs
	if (len(ids) == 0) == (body.Lookup == "") {
		return fiber.NewError(fiber.StatusBadRequest, "say of which aliases rows are to be made: either ids, or lookup for all of one")
	}
	if len(ids) == 0 {
		list, err := a.store.Aliases(c.UserContext(), table, body.Lookup)
		if err != nil {
			return err
		}
		for _, s := range list {
			if s.Action == schema.AliasMap && s.Lost == "" {
				ids = append(ids, s.ID)
			}
		}
	}
	made, err := a.store.AliasRows(c.UserContext(), table, ids, tables.PatchOptions{Lift: lift, By: by, Message: body.Message})
	if err != nil {
		return err
	}
	return c.JSON(describeImported(made))
}

// writeWorkbook writes a table as a workbook, with a second sheet of its aliases where it has any.
func (a *API) writeWorkbook(ctx context.Context, table string) func(io.Writer, []string, ingest.Rows) error {
	return func(w io.Writer, columns []string, rows ingest.Rows) error {
		list, err := a.store.Aliases(ctx, table, "")
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return ingest.WriteXLSX(w, columns, rows)
		}
		names, lines := aliasSheet(list)
		return ingest.WriteXLSX(w, columns, rows, ingest.Beside{Name: "Aliases", Columns: names, Rows: lines})
	}
}
