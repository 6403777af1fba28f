package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"

	"tablestep/api/shape"
)

// A tableLookup shows, sets or deletes a lookup, by which flags are given: a lookup is edited
// as a file, so one command prints what the other one reads.
type tableLookup struct {
	client
	Table  string `arg:"" help:"Name of the table."`
	Name   string `arg:"" optional:"" help:"Name of the lookup. Default: the table's own."`
	File   string `help:"Set the lookup to what this JSON file says; - reads standard input." placeholder:"FILE"`
	Delete bool   `help:"Delete the lookup; the table's own one is guessed again."`
	Force  bool   `help:"Set it even if it is far too slow for a batch."`
}

// Run refuses flags that do not go together before it asks the service, for the service
// sees only one of them.
func (c *tableLookup) Run(ctx context.Context, s streams) error {
	// The lookup of a table that has no other name is named like the table.
	if c.Name == "" {
		c.Name = c.Table
	}
	path := tablePath(c.Table, "lookups", c.Name)
	switch {
	case c.Force && c.File == "":
		return fmt.Errorf("--force goes with --file: %w", errUsage)
	case c.Delete && c.File != "":
		return fmt.Errorf("--file and --delete do not go together: %w", errUsage)
	case c.Delete:
		return ask(ctx, &c.client, s, http.MethodDelete, path, nil, func(w io.Writer, _ *nothing) error {
			_, err := fmt.Fprintf(w, "lookup %s of %s is deleted\n", c.Name, c.Table)
			return err
		})
	}
	if c.File == "" { // it is JSON for people, too: they edit it
		raw, err := c.raw(ctx, http.MethodGet, path, nil)
		if err != nil {
			return err
		}
		return printRaw(s.out, raw)
	}
	body, err := readFile(c.File)
	if err != nil {
		return fmt.Errorf("set lookup: %w", err)
	}
	if c.Force {
		path += "?force=true"
	}
	// The bytes go as they are, so the service tells mistakes in the places of the file.
	return ask(ctx, &c.client, s, http.MethodPut, path, bytes.NewReader(body), func(w io.Writer, set *shape.SetLookup) error {
		_, err := fmt.Fprintf(w, "lookup %s of %s is set\n%s", c.Name, c.Table, findings(set.Warnings))
		return err
	})
}

// readFile reads a file, or standard input where the name is "-".
func readFile(name string) ([]byte, error) {
	if name == "-" {
		name = os.Stdin.Name()
	}
	return os.ReadFile(name)
}
