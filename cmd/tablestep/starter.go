package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"tablestep/api/shape"
	"tablestep/cmd/tablestep/starter"
	"tablestep/tables/typos"
)

// A starterCommand holds the commands of the tables that ship with the program.
type starterCommand struct {
	List starterList `cmd:"" help:"List the tables that ship with the program."`
	Add  starterAdd  `cmd:"" help:"Make a table of a running service from one, with its lookup."`

	Update starterUpdate `cmd:"" help:"Bring a newer state of the shipped rows to a table, and keep what people changed."`
}

// A starterList needs no service: it tells what the program holds.
type starterList struct {
	JSON bool `name:"json" help:"Print the list as JSON."`
}

// A listedStarter is a table in the list as JSON.
type listedStarter struct {
	starter.Table
	Rows    int      `json:"rows"`
	Columns []string `json:"columns"`
}

// Run prints a line for each, and where its facts come from.
func (c *starterList) Run(s streams) error {
	all, err := starter.All()
	if err != nil {
		return fmt.Errorf("list starter tables: %w", err)
	}
	rows, list := [][]string{{"NAME", "ROWS", "FOR", "SOURCE", "LICENCE"}}, []listedStarter{}
	for _, t := range all {
		sheet, err := t.Sheet()
		if err != nil {
			return fmt.Errorf("list starter tables: %w", err)
		}
		list = append(list, listedStarter{t, len(sheet.Rows), sheet.Columns})
		rows = append(rows, []string{t.Name, strconv.Itoa(len(sheet.Rows)), t.For, t.Source, t.Licence})
	}
	if c.JSON {
		return printJSON(s.out, map[string][]listedStarter{"starters": list})
	}
	if err := printTable(s.out, rows); err != nil {
		return err
	}
	return hint(s, "Make a table of one: tablestep starter add NAME")
}

// A starterAdd makes a table that was not there.
type starterAdd struct {
	client
	Name    string `arg:"" help:"Name of the starter table, as \"starter list\" tells."`
	As      string `help:"Name of the table that is made. Default: the same." placeholder:"TABLE"`
	Publish bool   `default:"true" negatable:"" help:"Make the table and its lookup live at once."`
}

// Run uploads the rows and sets the lookup before either is live, and then makes them live in
// one step: no lead meets the rows under a lookup that is guessed.
func (c *starterAdd) Run(ctx context.Context, s streams) error {
	from, err := starterNamed(c.Name)
	if err != nil {
		return err
	}
	table := cmp.Or(c.As, from.Name)
	if err := checkName("--as", table); err != nil {
		return err
	}
	if err := c.free(ctx, from.Name, table); err != nil {
		return err
	}
	raw, err := from.CSV()
	if err != nil {
		return err
	}
	lookup, err := from.Lookup()
	if err != nil {
		return err
	}
	made, err := c.upload(ctx, from.Name, table, baseMessage(from.Name, raw), raw, lifting{})
	if err != nil {
		return fmt.Errorf("add starter table %s: %w", from.Name, err)
	}
	if err := c.finish(ctx, s, from, made, lookup); err != nil {
		return fmt.Errorf("the rows of starter table %s are uploaded, but table %s is not ready: %w. Begin anew: tablestep table delete %s, and add it again",
			from.Name, table, err, table)
	}
	return nil
}

// finish sets the lookup of rows that are uploaded, and publishes both.
func (c *starterAdd) finish(ctx context.Context, s streams, from starter.Table, made *shape.Uploaded, lookup []byte) error {
	set, err := call[shape.SetLookup](ctx, &c.client, http.MethodPut, tablePath(made.Table, "lookups", made.Table)+"?publish=false", bytes.NewReader(lookup))
	if err != nil {
		return fmt.Errorf("set its lookup: %w", err)
	}
	state := "not published"
	found := &shape.Findings{}
	if c.Publish {
		body := shape.PublishTable{Version: made.Version, Lookups: map[string]int{set.Name: set.Version}}
		if _, err = call[shape.LiveTable](ctx, &c.client, http.MethodPost, tablePath(made.Table, "live"), body); err != nil {
			return fmt.Errorf("publish it: %w", err)
		}
		state, made.Live = "live", true
		// What was found at the upload was so under a lookup that was guessed.
		path := tablePath(made.Table, "versions", "live", "findings") + "?severity=block,change"
		if found, err = call[shape.Findings](ctx, &c.client, http.MethodGet, path, nil); err != nil {
			return fmt.Errorf("look what was found in it: %w", err)
		}
	}
	if c.JSON {
		return printJSON(s.out, addedStarter{Starter: from, Table: made.Table, Version: made.Version, Live: made.Live, Rows: made.Rows, Lookup: set.Lookup})
	}
	_, err = fmt.Fprintf(s.out, "%s version %d: %d rows of starter table %s (%s)\n%s%ssource: %s (%s)\n",
		made.Table, made.Version, made.Rows, from.Name, state, meaning(&set.Lookup), findings(found.Findings), from.Source, from.Licence)
	return err
}

// An addedStarter is what became of a starter table, as JSON.
type addedStarter struct {
	Starter starter.Table `json:"starter"`
	Table   string        `json:"table"`
	Version int           `json:"version"`
	Live    bool          `json:"live"`
	Rows    int           `json:"rows"`
	Lookup  shape.Lookup  `json:"lookup"`
}

// free refuses the name of a table that is there: adding makes a new one.
func (c *starterAdd) free(ctx context.Context, name, table string) error {
	_, err := call[shape.WholeTable](ctx, &c.client, http.MethodGet, tablePath(table), nil)
	if told, ok := errors.AsType[*apiError](err); ok && told.Code == "TABLE_NOT_FOUND" {
		return nil
	}
	if err != nil {
		return fmt.Errorf("add starter table %s: %w", name, err)
	}
	return fmt.Errorf("there is a table %s already: choose another name with --as TABLE, or bring the rows that ship now to it with \"tablestep starter update %s\"", table, table)
}

// upload sends rows as a version that is not live. How they are written is told, so that
// nothing is guessed of them.
func (c *client) upload(ctx context.Context, name, table, message string, raw []byte, lift lifting) (*shape.Uploaded, error) {
	q := url.Values{"name": {name + ".csv"}, "publish": {"false"}, "message": {message}, "headerRow": {"1"}, "delimiter": {"comma"}, "encoding": {"utf-8"}}
	q.Set("confirm", strconv.FormatBool(lift.Confirm))
	q.Set("force", strconv.FormatBool(lift.Force))
	return call[shape.Uploaded](ctx, c, http.MethodPost, tablePath(table, "versions")+"?"+q.Encode(), bytes.NewReader(raw))
}

// starterNamed finds a starter table by its name.
func starterNamed(name string) (starter.Table, error) {
	all, err := starter.All()
	if err != nil {
		return starter.Table{}, err
	}
	var names []string
	for _, t := range all {
		if t.Name == name {
			return t, nil
		}
		names = append(names, t.Name)
	}
	if near := typos.Nearest(name, names); near != "" {
		return starter.Table{}, usagef("there is no starter table %q; did you mean %s?", name, near)
	}
	return starter.Table{}, usagef("there is no starter table %q: there are %s", name, strings.Join(slices.Sorted(slices.Values(names)), ", "))
}
