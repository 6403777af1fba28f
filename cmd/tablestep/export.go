package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"tablestep/api/shape"
	"tablestep/cmd/tablestep/terminal"
)

// A tableExport writes a version as the service sends it. Cells that a spreadsheet program
// would take for formulas have an apostrophe in front, which an import takes away again.
type tableExport struct {
	client
	Table   string `arg:"" help:"Name of the table."`
	Version int    `help:"Version to export. Default: the live one."`
	Format  string `enum:"csv,xlsx," default:"" help:"csv or xlsx. Default: by the ending of --output, else csv."`
	Output  string `short:"o" help:"File to write. Default: standard output." placeholder:"FILE"`
}

// Run streams: neither side holds the whole file, so a table of any size can be exported.
func (c *tableExport) Run(ctx context.Context, s streams) (err error) {
	if err := notBelow(0, map[string]int{"--version": c.Version}); err != nil {
		return err
	}
	// Without --format and --output the service decides, which is CSV.
	if c.Format == "" && strings.EqualFold(filepath.Ext(c.Output), ".xlsx") {
		c.Format = "xlsx"
	}
	if c.Output == "" && c.Format == "xlsx" && terminal.Is(s.out) {
		return usagef("a workbook is not text, and is not written to a terminal: name a file with --output %s.xlsx", c.Table)
	}
	q := url.Values{}
	if c.Format != "" {
		q.Set("format", c.Format)
	}
	if c.Version > 0 {
		q.Set("version", strconv.Itoa(c.Version))
	}
	body, err := c.do(ctx, http.MethodGet, tablePath(c.Table, "export")+"?"+q.Encode(), nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, body.Close()) }()
	if c.Output == "" {
		_, err = io.Copy(s.out, body)
		return err
	}
	// The file is made only now: an answer that is an error leaves an older file as it was.
	f, err := os.Create(c.Output)
	if err != nil {
		return unwritable(c.Output, err)
	}
	n, err := io.Copy(f, body)
	if err = errors.Join(err, f.Close()); err != nil {
		return c.notWhole(ctx, err)
	}
	// On stderr, like all that is no data, so that scripts can read stdout alone.
	_, err = fmt.Fprintf(s.err, "%s: %d bytes\n", c.Output, n)
	return err
}

// notWhole takes away a file of which a part is missing: it would look like a whole table.
// What is no file, such as a pipe, stays.
func (c *tableExport) notWhole(ctx context.Context, err error) error {
	if own := (*fs.PathError)(nil); errors.As(err, &own) {
		err = fmt.Errorf("write %s: %w", c.Output, own.Err) // our disk, not the service
	} else {
		err = unreachable(ctx, c.Server, err)
	}
	if info, statErr := os.Lstat(c.Output); statErr != nil || !info.Mode().IsRegular() {
		return err
	}
	return errors.Join(fmt.Errorf("%w. %s was not written to its end, and is removed", err, c.Output), os.Remove(c.Output))
}

// A tableDiff tells what an upload has changed. Rows are paired by the
// key of the table's own lookup.
type tableDiff struct {
	client
	Table string `arg:"" help:"Name of the table."`
	From  int    `help:"Older version. Default: the newest one before --to."`
	To    int    `help:"Newer version. Default: the live one."`
}

// Run leaves out what is not given: the defaults are the service's.
func (c *tableDiff) Run(ctx context.Context, s streams) error {
	if err := notBelow(0, map[string]int{"--from": c.From, "--to": c.To}); err != nil {
		return err
	}
	q := url.Values{}
	if c.From > 0 {
		q.Set("from", strconv.Itoa(c.From))
	}
	if c.To > 0 {
		q.Set("to", strconv.Itoa(c.To))
	}
	return ask(ctx, &c.client, s, http.MethodGet, tablePath(c.Table, "diff")+"?"+q.Encode(), nil, func(w io.Writer, d *shape.Diff) error {
		return printDiff(w, c.Table, d)
	})
}

// printDiff prints rows with a sign: + added, - removed, ~ changed; and aliases that are lost or found behind a !.
func printDiff(w io.Writer, table string, d *shape.Diff) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, version %d to %d: %d added, %d removed, %d changed, %d unchanged\n",
		table, d.From, d.To, d.Count.Added, d.Count.Removed, d.Count.Changed, d.Count.Unchanged)
	for _, r := range d.Added {
		fmt.Fprintf(&b, "+ row %d: %s\n", r.Row, strings.Join(r.Cells, " | "))
	}
	for _, r := range d.Removed {
		fmt.Fprintf(&b, "- row %d: %s\n", r.Row, strings.Join(r.Cells, " | "))
	}
	for _, r := range d.Changed {
		fmt.Fprintf(&b, "~ row %d:", r.Row)
		for i, cell := range r.Cells {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, " %s %q to %q", cell.Column, cell.From, cell.To)
		}
		b.WriteByte('\n')
	}
	for _, a := range d.Aliases {
		if a.Lost != "" {
			fmt.Fprintf(&b, "! alias %d of lookup %s is lost: %s: %s\n", a.ID, a.Lookup, a.Text, a.Lost)
		} else {
			fmt.Fprintf(&b, "! alias %d of lookup %s hits its row again: %s\n", a.ID, a.Lookup, a.Text)
		}
	}
	// The counts above are of all rows, also where the lists end early.
	if d.Truncated {
		b.WriteString("… and more\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}
