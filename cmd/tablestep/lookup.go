package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"

	"tablestep/tables/schema"
)

type tableLookup struct {
	client
	Table  string `arg:"" help:"Name of the table."`
	Name   string `arg:"" optional:"" help:"Name of the lookup. Default: the table's own."`
	File   string `help:"Set the lookup to what this JSON file says; - reads standard input." placeholder:"FILE"`
	Delete bool   `help:"Delete the lookup; the table's own one is guessed again."`
	Force  bool   `help:"Set it even if it is far too slow for a batch."`
}

func (c *tableLookup) Run(ctx context.Context, s streams) error {
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
		if err := c.call(ctx, http.MethodDelete, path, nil, nil); err != nil {
			return err
		}
		_, err := fmt.Fprintf(s.out, "lookup %s of %s is deleted\n", c.Name, c.Table)
		return err
	}
	var lookup json.RawMessage
	if c.File == "" {
		if err := c.call(ctx, http.MethodGet, path, nil, &lookup); err != nil {
			return err
		}
		return printJSON(s.out, lookup)
	}
	body, err := readFile(c.File)
	if err != nil {
		return fmt.Errorf("set lookup: %w", err)
	}
	if c.Force {
		path += "?force=true"
	}
	if err := c.call(ctx, http.MethodPut, path, bytes.NewReader(body), &lookup); err != nil {
		return err
	}
	if c.JSON {
		return printJSON(s.out, lookup)
	}
	var set struct {
		Warnings []schema.Warning `json:"warnings"`
	}
	if err := json.Unmarshal(lookup, &set); err != nil {
		return fmt.Errorf("set lookup: read the answer: %w", err)
	}
	_, err = fmt.Fprintf(s.out, "lookup %s of %s is set\n%s", c.Name, c.Table, findings(set.Warnings))
	return err
}

// readFile reads a file, or standard input where the name is "-".
func readFile(name string) ([]byte, error) {
	if name == "-" {
		name = os.Stdin.Name()
	}
	return os.ReadFile(name)
}
