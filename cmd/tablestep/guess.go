package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"

	"tablestep/api/shape"
)

// suggest asks the service, which knows the other tables, for a name and label where none is
// given. A table whose name is given has no label but the one that is given.
func (c *tableImport) suggest(ctx context.Context) error {
	c.relabel = c.Label != ""
	if c.Name != "" {
		return nil
	}
	named, err := call[shape.Suggested](ctx, &c.client, http.MethodGet, "/suggest?"+url.Values{"file": {filepath.Base(c.File)}}.Encode(), nil)
	if err != nil {
		return fmt.Errorf("find a name for the table: %w", err)
	}
	c.Name = named.Name
	if c.Label == "" {
		c.Label = named.Label
	}
	return nil
}

// settle confirms the lookup of a table that was imported, where that is wanted, and else
// says that it waits for it. A label that was asked for holds for a table that was there, too.
func (c *tableImport) settle(ctx context.Context, s streams) error {
	if c.relabel { // A table that was there before has kept its own.
		if _, err := call[shape.Table](ctx, &c.client, http.MethodPatch, tablePath(c.Name), shape.ChangeTable{Label: &c.Label}); err != nil {
			return fmt.Errorf("the file is imported, but the label is not changed: %w", err)
		}
	}
	path := tablePath(c.Name, "lookups", c.Name)
	if c.ConfirmLookup {
		set, err := call[shape.SetLookup](ctx, &c.client, http.MethodPost, path+"/confirm", nil)
		if err != nil {
			return fmt.Errorf("the file is imported, but the lookup is not confirmed: %w", err)
		}
		if c.JSON {
			return nil // what was imported is the one result
		}
		return printConfirmed(s.out, c.Name, set)
	}
	if !c.Publish || c.JSON {
		return nil
	}
	l, err := call[shape.Lookup](ctx, &c.client, http.MethodGet, path, nil)
	if err != nil {
		return fmt.Errorf("the file is imported; show its lookup: %w", err)
	}
	if !l.Guessed {
		return nil
	}
	_, err = fmt.Fprintf(s.out, "lookup %s is not confirmed: leads are matched, and nothing is written\n%s  confirm it: tablestep table lookup %s --confirm\n", c.Name, meaning(l), c.Name)
	return err
}

// confirmGuess agrees to what is suggested for the columns.
func (c *tableLookup) confirmGuess(ctx context.Context, s streams, path string) error {
	return ask(ctx, &c.client, s, http.MethodPost, path+"/confirm", nil, func(w io.Writer, set *shape.SetLookup) error {
		return printConfirmed(w, c.Table, set)
	})
}

func printConfirmed(w io.Writer, table string, set *shape.SetLookup) error {
	_, err := fmt.Fprintf(w, "lookup %s of %s is confirmed: version %d (live)\n%s%s", set.Name, table, set.Version, meaning(&set.Lookup), findings(set.Findings))
	return err
}

// meaning says in two lines what a lookup does.
func meaning(l *shape.Lookup) string {
	text := "  matches " + matches(l) + "\n"
	if len(l.Outputs) > 0 {
		text += "  writes " + writes(l) + "\n"
	}
	return text
}

// lookupsOf is how many lookups a table has, and whether its own one waits to be confirmed.
func lookupsOf(t *shape.Table) string {
	text := strconv.Itoa(len(t.Lookups))
	if t.Live != nil && slices.ContainsFunc(t.Lookups, func(l shape.Lookup) bool { return l.Guessed }) {
		text += " (not confirmed)"
	}
	return text
}
