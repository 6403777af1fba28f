package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"tablestep/api/shape"
)

// A tableLookup shows, sets or deletes a lookup, by which flags are given: a lookup is edited
// as a file, so one command prints what the other one reads.
type tableLookup struct {
	client
	confirmation
	Table    string `arg:"" help:"Name of the table."`
	Name     string `arg:"" optional:"" help:"Name of the lookup. Default: the table's own."`
	File     string `help:"Set the lookup to what this JSON file says; - reads standard input." placeholder:"FILE"`
	Publish  bool   `default:"true" negatable:"" help:"With --file: make it the live version at once."`
	Force    bool   `help:"Set it even if it is far too slow for a batch."`
	Versions bool   `help:"List the versions of the lookup."`
	Delete   bool   `help:"Delete the lookup with its versions, for good; the table's own one is guessed again."`
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
	case c.Delete:
		return c.remove(ctx, s, path)
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
	case c.File == "" && c.Force:
		return fmt.Errorf("--force goes with --file: %w", errUsage)
	case c.File == "" && !c.Publish:
		return fmt.Errorf("--no-publish goes with --file: %w", errUsage)
	case c.File != "" && c.Delete:
		return fmt.Errorf("--file and --delete do not go together: %w", errUsage)
	case c.Versions && (c.File != "" || c.Delete):
		return fmt.Errorf("--versions goes with neither --file nor --delete: %w", errUsage)
	}
	return nil
}

func (c *tableLookup) remove(ctx context.Context, s streams, path string) error {
	if err := c.confirm(s, fmt.Sprintf("The lookup %s of %s is deleted for good with all its versions.", c.Name, c.Table)); err != nil {
		return fmt.Errorf("delete lookup: %w", err)
	}
	return ask(ctx, &c.client, s, http.MethodDelete, path, nil, func(w io.Writer, _ *nothing) error {
		_, err := fmt.Fprintf(w, "lookup %s of %s is deleted\n", c.Name, c.Table)
		return err
	})
}

func (c *tableLookup) set(ctx context.Context, s streams, path string) error {
	body, err := readFile(c.File)
	if err != nil {
		return fmt.Errorf("set lookup: %w", err)
	}
	// The bytes go as they are, so the service tells mistakes in the places of the file.
	q := url.Values{"publish": {strconv.FormatBool(c.Publish)}, "force": {strconv.FormatBool(c.Force)}}
	return ask(ctx, &c.client, s, http.MethodPut, path+"?"+q.Encode(), bytes.NewReader(body), func(w io.Writer, set *shape.SetLookup) error {
		state := "not published"
		if set.Live {
			state = "live"
		}
		_, err := fmt.Fprintf(w, "lookup %s of %s is set: version %d (%s)\n%s", c.Name, c.Table, set.Version, state, findings(set.Findings))
		return err
	})
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
		pairs = append(pairs, fmt.Sprintf("%s = lead.%s (%s)", m.Column, m.Field, m.Mode))
	}
	return strings.Join(pairs, " and ")
}

// writes says in one line which columns are written to which fields.
func writes(l *shape.Lookup) string {
	var pairs []string
	for _, o := range l.Outputs {
		pairs = append(pairs, fmt.Sprintf("%s to lead.%s", o.Column, o.Field))
	}
	return strings.Join(pairs, ", ")
}

// readFile reads a file, or standard input where the name is "-".
func readFile(name string) ([]byte, error) {
	if name == "-" {
		name = os.Stdin.Name()
	}
	return os.ReadFile(name)
}
