package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"tablestep/api/shape"
	"tablestep/tables/schema"
)

// A tableLookup shows, sets, confirms or deletes a lookup, by which flags are given: a lookup is edited
// as a file, so one command prints what the other one reads.
type tableLookup struct {
	client
	confirmation
	Table    string `arg:"" help:"Name of the table."`
	Name     string `arg:"" optional:"" help:"Name of the lookup. Default: the table's own."`
	File     string `help:"Set the lookup to what this JSON file says; - reads standard input." placeholder:"FILE"`
	Publish  bool   `default:"true" negatable:"" help:"With --file: make it the live version at once."`
	Force    bool   `help:"Set it even if it is far too slow for a batch; with --delete: although rules or a campaign use it."`
	Agree    bool   `name:"confirm" help:"Confirm a lookup that is suggested for the columns, so that it writes."`
	Versions bool   `help:"List the versions of the lookup."`
	Delete   bool   `help:"Delete the lookup with its versions; for 30 days it can be restored. The table's own one is guessed again."`
	Restore  bool   `help:"Bring back a lookup that was deleted, as it was."`
}

// Run refuses flags that do not go together before it asks the service, for the service
// sees only one of them.
func (c *tableLookup) Run(ctx context.Context, s streams) error {
	// The lookup of a table that has no other name is named like the table.
	if c.Name == "" {
		c.Name = c.Table
	}
	if err := c.validate(); err != nil {
		return err
	}
	path := tablePath(c.Table, "lookups", c.Name)
	switch {
	case c.Agree:
		return c.confirmGuess(ctx, s, path)
	case c.Delete:
		return c.remove(ctx, s, path)
	case c.Restore:
		return ask(ctx, &c.client, s, http.MethodPost, path+"/restore", nil, func(w io.Writer, l *shape.Lookup) error {
			_, err := fmt.Fprintf(w, "lookup %s of %s is restored: version %d\n", c.Name, c.Table, l.Version)
			return err
		})
	case c.Versions:
		return ask(ctx, &c.client, s, http.MethodGet, path+"/versions", nil, printLookupVersions)
	case c.File != "":
		return c.set(ctx, s, path)
	}
	raw, err := c.raw(ctx, http.MethodGet, path, nil) // it is JSON for people, too: they edit it
	if err != nil {
		return err
	}
	return printRaw(s.out, raw)
}

// validate refuses flags that do not go together.
func (c *tableLookup) validate() error {
	switch {
	case c.File == "" && !c.Delete && c.Force:
		return usagef("--force goes with --file and --delete")
	case c.File == "" && !c.Publish:
		return usagef("--no-publish goes with --file")
	case c.File != "" && c.Delete:
		return usagef("--file and --delete do not go together")
	case c.Agree && (c.File != "" || c.Delete || c.Versions || c.Restore):
		return usagef("--confirm goes with none of --file, --delete, --restore and --versions")
	case c.Restore && (c.File != "" || c.Delete || c.Versions):
		return usagef("--restore goes with none of --file, --delete and --versions")
	case c.Versions && (c.File != "" || c.Delete):
		return usagef("--versions goes with neither --file nor --delete")
	}
	return nil
}

func (c *tableLookup) remove(ctx context.Context, s streams, path string) error {
	if err := c.confirm(s, fmt.Sprintf("The lookup %s of %s is deleted with all its versions. Within 30 days it can be restored.", c.Name, c.Table)); err != nil {
		return fmt.Errorf("delete lookup: %w", err)
	}
	return ask(ctx, &c.client, s, http.MethodDelete, path+queryOf(map[string]bool{"force": c.Force}), nil, func(w io.Writer, _ *nothing) error {
		_, err := fmt.Fprintf(w, "lookup %s of %s is deleted; for 30 days it can be restored with --restore\n", c.Name, c.Table)
		return err
	})
}

func (c *tableLookup) set(ctx context.Context, s streams, path string) error {
	file, body, err := readInput(s, c.File)
	if err != nil {
		return fmt.Errorf("set lookup: %w", err)
	}
	// The bytes go as they are, so the service tells mistakes in the places of the file.
	q := url.Values{"publish": {strconv.FormatBool(c.Publish)}, "force": {strconv.FormatBool(c.Force)}}
	err = ask(ctx, &c.client, s, http.MethodPut, path+"?"+q.Encode(), bytes.NewReader(body), func(w io.Writer, set *shape.SetLookup) error {
		state := "not published"
		if set.Live {
			state = "live"
		}
		_, err := fmt.Fprintf(w, "lookup %s of %s is set: version %d (%s)\n%s", c.Name, c.Table, set.Version, state, findings(set.Findings))
		return err
	})
	return inFile(file, err)
}

func printLookupVersions(w io.Writer, list *shape.LookupVersions) error {
	rows := [][]string{{"VERSION", "LIVE", "CREATED", "BY", "MATCHES", "WRITES"}}
	for i := range list.Versions {
		v := &list.Versions[i]
		live := ""
		if v.Live {
			live = "live"
		}
		rows = append(rows, []string{strconv.Itoa(v.Version), live, v.Created.Format(time.RFC3339), v.By, matches(&v.Lookup), writes(&v.Lookup)})
	}
	return printTable(w, rows)
}

// matches says in one line which columns are compared with which fields.
func matches(l *shape.Lookup) string {
	var pairs []string
	for _, m := range l.Match {
		if slices.Contains(m.Field, schema.Now) {
			entry := schema.Match{Column: m.Column, ColumnTo: m.ColumnTo}
			pairs = append(pairs, "valid now by "+entry.Valid())
			continue
		}
		pairs = append(pairs, fmt.Sprintf("%s = %s (%s)", m.Column, sought(&m), m.Mode))
	}
	if l.Require > 0 && l.Require < len(pairs) {
		return fmt.Sprintf("%d of %s", l.Require, strings.Join(pairs, ", "))
	}
	return strings.Join(pairs, " and ")
}

// sought says which value of a lead a column is compared with.
func sought(m *shape.Match) string {
	text := "lead." + strings.Join(m.Field, " or lead.")
	if m.Split != "" {
		return fmt.Sprintf("each part of %s between %q", text, m.Split)
	}
	return text
}

// writes says in one line which columns and constants are written to which fields, and when.
func writes(l *shape.Lookup) string {
	var pairs []string
	for _, o := range l.Outputs {
		what, when := o.Column, ""
		if o.Column == "" {
			what = strconv.Quote(o.Value)
		}
		switch o.Write {
		case "ifEmpty":
			when = " if it is empty"
		case "ifDifferent":
			when = " if it differs"
		}
		pairs = append(pairs, fmt.Sprintf("%s to lead.%s%s", what, o.Field, when))
	}
	return strings.Join(pairs, ", ")
}
