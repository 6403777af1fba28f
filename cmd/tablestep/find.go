package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"tablestep/api/shape"
	"tablestep/tables/schema"
)

// A tableFind looks for a text in the cells of all tables, as the service does for the page.
type tableFind struct {
	client
	Text  string `arg:"" help:"Text that a cell contains, whatever its case and spaces."`
	Limit int    `default:"5" help:"Rows of each table to list, at most 100."`
}

func (c *tableFind) Run(ctx context.Context, s streams) error {
	q := url.Values{"q": {c.Text}, "limit": {strconv.Itoa(c.Limit)}}
	return ask(ctx, &c.client, s, http.MethodGet, "/find?"+q.Encode(), nil, func(w io.Writer, f *shape.Found) error {
		return printFound(w, s.err, c.Text, f)
	})
}

// printFound has a line for each cell. What was not listed, or not looked at, is said on told, so
// that the lines alone can be read by a script.
func printFound(w, told io.Writer, text string, f *shape.Found) error {
	rows := [][]string{{"TABLE", "VERSION", "ROW", "COLUMN", "CELL"}}
	var notes []string
	for _, t := range f.Tables {
		for _, r := range t.Rows {
			for _, cell := range r.Cells {
				rows = append(rows, []string{t.Table, strconv.Itoa(t.Version), strconv.Itoa(r.Row), schema.Visible(cell.Column), schema.Excerpt(cell.Text)})
			}
		}
		if more := t.Total - len(t.Rows); more > 0 {
			notes = append(notes, fmt.Sprintf("%s: %d more rows; --limit lists up to 100", t.Table, more))
		}
	}
	for _, u := range f.Unsearched {
		notes = append(notes, fmt.Sprintf("%s: not searched: %s", u.Table, u.Reason))
	}
	if len(f.Tables) == 0 {
		notes = append(notes, fmt.Sprintf("no cell of %d tables contains %q", f.Searched, schema.Excerpt(text)))
	} else if err := printTable(w, rows); err != nil {
		return err
	}
	for _, note := range notes {
		if _, err := fmt.Fprintln(told, note); err != nil {
			return err
		}
	}
	return nil
}
