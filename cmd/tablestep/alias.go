package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"tablestep/api/shape"
	"tablestep/tables/schema"
)

// tableAlias is what is said of values that a lookup has no row for. It stands beside the table and outlives every
// upload.
type tableAlias struct {
	List   aliasList   `cmd:"" help:"List the aliases of a table."`
	Add    aliasAdd    `cmd:"" help:"Answer leads with some values from a row of the table."`
	Ignore aliasIgnore `cmd:"" help:"Say of some values that they are known to have no row."`
	Remove aliasRemove `cmd:"" help:"Remove aliases."`
	Rows   aliasRows   `cmd:"" help:"Make rows of aliases, in a new version that goes live."`
	Export aliasExport `cmd:"" help:"Write the aliases of a table into a CSV file."`
	Apply  aliasApply  `cmd:"" help:"Add the aliases of a CSV file as export writes it; those that are there stay."`
}

// aliasOf names a table and one of its lookups.
type aliasOf struct {
	client
	Table  string `arg:"" help:"Name of the table."`
	Lookup string `help:"Name of the lookup. Default: the table's own, or all where several can be meant." placeholder:"NAME"`
}

func (c *aliasOf) path(below ...string) string {
	return tablePath(c.Table, append([]string{"aliases"}, below...)...)
}

// query is the lookup, where one is named.
func (c *aliasOf) query() url.Values {
	q := url.Values{}
	if c.Lookup != "" {
		q.Set("lookup", c.Lookup)
	}
	return q
}

type aliasList struct{ aliasOf }

// maxAliasPage is how many the service lists at once.
const maxAliasPage = 2000

// Run prints the first of them: who wants all takes export.
func (c *aliasList) Run(ctx context.Context, s streams) error {
	q := c.query()
	q.Set("limit", strconv.Itoa(maxAliasPage))
	return ask(ctx, &c.client, s, http.MethodGet, c.path()+"?"+q.Encode(), nil, func(w io.Writer, list *shape.Aliases) error {
		if err := printAliases(w, list.Aliases); err != nil {
			return err
		}
		if more := list.Total - len(list.Aliases); more > 0 {
			_, err := fmt.Fprintf(s.err, "%d more aliases; table alias export writes all\n", more)
			return err
		}
		return nil
	})
}

func printAliases(w io.Writer, list []shape.Alias) error {
	rows := [][]string{{"ID", "LOOKUP", "VALUES", "ROW", "BY", "LOST"}}
	for i := range list {
		a := &list[i]
		row := "(ignored)"
		if a.Action != string(schema.AliasIgnore) {
			row = schema.Pairs(a.Target)
		}
		rows = append(rows, []string{strconv.Itoa(a.ID), a.Lookup, schema.Pairs(a.Values), row, a.By, a.Lost})
	}
	return printTable(w, rows)
}

type aliasAdd struct {
	aliasOf
	Values  map[string]string `arg:"" help:"What a lead has: FIELD=TEXT for each field that the lookup is matched by." mapsep:"none"`
	To      map[string]string `required:"" help:"COLUMN=TEXT, the cell that names the row; given once for each column that is matched." placeholder:"COLUMN=TEXT" mapsep:"none"`
	Replace bool              `help:"Replace what is there for the same values."`
}

func (c *aliasAdd) Run(ctx context.Context, s streams) error {
	return c.add(ctx, s, []shape.NewAlias{{Values: c.Values, Action: string(schema.AliasMap), Target: c.To}}, c.Replace, printAdded)
}

type aliasIgnore struct {
	aliasOf
	Values  map[string]string `arg:"" help:"What a lead has: FIELD=TEXT for each field that the lookup is matched by." mapsep:"none"`
	Replace bool              `help:"Replace what is there for the same values."`
}

func (c *aliasIgnore) Run(ctx context.Context, s streams) error {
	return c.add(ctx, s, []shape.NewAlias{{Values: c.Values, Action: string(schema.AliasIgnore)}}, c.Replace, printAdded)
}

// add sends some of one lookup together.
func (c *aliasOf) add(ctx context.Context, s streams, list []shape.NewAlias, replace bool, show func(io.Writer, *shape.Added) error) error {
	q := c.query()
	if replace {
		q.Set("replace", "true")
	}
	return ask(ctx, &c.client, s, http.MethodPost, c.path()+"?"+q.Encode(), shape.NewAliases{Aliases: list}, show)
}

func printAdded(w io.Writer, added *shape.Added) error { return printAliases(w, added.Aliases) }

type aliasRemove struct {
	client
	Table string `arg:"" help:"Name of the table."`
	IDs   []int  `arg:"" name:"id" help:"Ids, as list prints them."`
}

// Run removes one after the other, and stops at the first that is not there.
func (c *aliasRemove) Run(ctx context.Context, s streams) error {
	for _, id := range c.IDs {
		err := ask(ctx, &c.client, s, http.MethodDelete, tablePath(c.Table, "aliases", strconv.Itoa(id)), nil, func(w io.Writer, _ *nothing) error {
			_, err := fmt.Fprintf(w, "alias %d of %s is removed\n", id, c.Table)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

type aliasRows struct {
	aliasOf
	IDs     []int  `arg:"" name:"id" optional:"" help:"Ids, as list prints them. Default: all of the lookup that lead to a row."`
	Message string `short:"m" help:"What the version is for." placeholder:"TEXT"`
}

func (c *aliasRows) Run(ctx context.Context, s streams) error {
	if len(c.IDs) > 0 && c.Lookup != "" {
		return usagef("--lookup does not go with ids, which are those of the table")
	}
	body := shape.AliasRows{IDs: c.IDs, Lookup: c.Lookup, Message: c.Message}
	if len(c.IDs) == 0 && c.Lookup == "" {
		body.Lookup = c.Table
	}
	return ask(ctx, &c.client, s, http.MethodPost, c.path("rows"), body, func(w io.Writer, made *shape.Imported) error {
		_, err := fmt.Fprintf(w, "%s: version %d has %d rows and is live\n%s", made.Table, made.Version, made.Rows, findings(made.Findings))
		return err
	})
}

type aliasExport struct {
	aliasOf
	Output string `short:"o" help:"File to write. Default: standard output." placeholder:"FILE"`
}

func (c *aliasExport) Run(ctx context.Context, s streams) error {
	q := c.query()
	q.Set("format", "csv")
	raw, err := c.raw(ctx, http.MethodGet, c.path()+"?"+q.Encode(), nil)
	if err != nil {
		return err
	}
	if c.Output == "" {
		_, err = s.out.Write(raw)
		return err
	}
	if err := os.WriteFile(c.Output, raw, 0o666); err != nil {
		return unwritable(c.Output, err)
	}
	_, err = fmt.Fprintf(s.err, "%s: %d bytes\n", c.Output, len(raw))
	return err
}

type aliasApply struct {
	aliasOf
	File    string `arg:"" help:"CSV file; - reads standard input." placeholder:"FILE"`
	Replace bool   `help:"Replace what is there for the same values."`
}

// Run adds those of each lookup together, in the order in which the lookups come in the file.
func (c *aliasApply) Run(ctx context.Context, s streams) error {
	name, raw, err := readInput(s, c.File)
	if err != nil {
		return fmt.Errorf("apply aliases: %w", err)
	}
	lookups, byLookup, err := aliasesOf(raw)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for _, lookup := range lookups {
		of := c.aliasOf
		if lookup != "" && c.Lookup == "" {
			of.Lookup = lookup
		} else if lookup != "" && lookup != c.Lookup {
			continue
		}
		err := of.add(ctx, s, byLookup[lookup], c.Replace, func(w io.Writer, added *shape.Added) error {
			_, err := fmt.Fprintf(w, "%s: %d aliases of %s\n", c.Table, len(added.Aliases), added.Aliases[0].Lookup)
			return err
		})
		if err != nil {
			return inFile(name, err)
		}
	}
	return nil
}

// The columns of a file of aliases, as the service writes it.
const (
	aliasValue  = "value: "
	aliasTarget = "target: "
)

// aliasesOf reads a file of aliases, as export writes it; the columns id, by, at and lost may be missing.
func aliasesOf(raw []byte) (lookups []string, list map[string][]shape.NewAlias, err error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(raw, []byte("\ufeff"))))
	header, err := r.Read()
	if err != nil {
		return nil, nil, fmt.Errorf("it has no header: %w", err)
	}
	for i, name := range header {
		header[i] = bare(name)
		switch {
		case slices.Contains([]string{"id", "lookup", "action", "by", "at", "lost"}, header[i]):
		case strings.HasPrefix(header[i], aliasValue), strings.HasPrefix(header[i], aliasTarget):
		default:
			return nil, nil, fmt.Errorf("column %q is none of a file of aliases: they are lookup, action, %sFIELD and %sCOLUMN", schema.Excerpt(header[i]), aliasValue, aliasTarget)
		}
	}
	list = map[string][]shape.NewAlias{}
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, nil, err
		}
		a := shape.NewAlias{Values: map[string]string{}}
		lookup := ""
		for i, cell := range cells {
			cell = bare(cell)
			switch name := header[i]; {
			case name == "lookup":
				lookup = cell
			case name == "action":
				a.Action = cell
			case cell == "":
			case strings.HasPrefix(name, aliasValue):
				a.Values[strings.TrimPrefix(name, aliasValue)] = cell
			case strings.HasPrefix(name, aliasTarget):
				if a.Target == nil {
					a.Target = map[string]string{}
				}
				a.Target[strings.TrimPrefix(name, aliasTarget)] = cell
			}
		}
		if !slices.Contains(lookups, lookup) {
			lookups = append(lookups, lookup)
		}
		list[lookup] = append(list[lookup], a)
	}
	if len(lookups) == 0 {
		return nil, nil, errors.New("it has no aliases")
	}
	for _, some := range list {
		fillEmpty(some)
	}
	return lookups, list, nil
}

// fillEmpty gives aliases of one lookup the empty texts of names that others of them have: the cell of a name that a lookup
// does not have is empty, too.
func fillEmpty(list []shape.NewAlias) {
	values, targets := map[string]string{}, map[string]map[string]string{}
	for i := range list {
		for name := range list[i].Values {
			values[name] = ""
		}
		names := slices.Sorted(maps.Keys(list[i].Target))
		targets[strings.Join(names, "\x00")] = list[i].Target
	}
	for i := range list {
		a := &list[i]
		for name := range values {
			a.Values[name] += ""
		}
		for _, other := range targets {
			if len(a.Target) == 0 || len(other) <= len(a.Target) || !slices.ContainsFunc(slices.Collect(maps.Keys(a.Target)), func(name string) bool { _, ok := other[name]; return ok }) {
				continue
			}
			for name := range other {
				a.Target[name] += ""
			}
		}
	}
}

// bare takes the apostrophe away that an export puts before what a spreadsheet program would take for a formula.
func bare(cell string) string {
	if rest, ok := strings.CutPrefix(cell, "'"); ok && rest != "" && strings.ContainsRune("=+-@\t\r'#", rune(rest[0])) {
		return rest
	}
	return cell
}
