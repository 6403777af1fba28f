package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"tablestep/api/shape"
)

// A tableSet changes settings of a table. What is not given stays; an empty text takes one away.
type tableSet struct {
	client
	Table       string  `arg:"" help:"Name of the table."`
	Label       *string `help:"What people see in place of the name; empty: the name." placeholder:"TEXT"`
	Description *string `help:"What the table is for." placeholder:"TEXT"`
	Owner       *string `help:"Who is asked about it." placeholder:"TEXT"`
	Hidden      *bool   `negatable:"" help:"Leave the table out of Marketo's choices; campaigns that chose it go on. --no-hidden shows it again."`
	Order       *int    `help:"Its place in lists and choices, from 1, the lowest first; 0: behind those that have one." placeholder:"N"`
}

func (c *tableSet) Run(ctx context.Context, s streams) error {
	change := shape.ChangeTable{Label: c.Label, Description: c.Description, Owner: c.Owner, Hidden: c.Hidden, Order: c.Order}
	if change == (shape.ChangeTable{}) {
		return usagef("give what is to change: --label, --description, --owner, --hidden or --order")
	}
	return ask(ctx, &c.client, s, http.MethodPatch, tablePath(c.Table), change, func(w io.Writer, t *shape.Table) error {
		label := ""
		if t.Label != "" {
			label = "  label: " + t.Label + "\n"
		}
		_, err := fmt.Fprintf(w, "table %s is changed\n%s%s", t.Name, label, tableSettings(t))
		return err
	})
}

// tableSettings are the settings of a table that are given, a line each.
func tableSettings(t *shape.Table) string {
	var b strings.Builder
	if t.Description != "" {
		fmt.Fprintf(&b, "  description: %s\n", strings.ReplaceAll(t.Description, "\n", "\n    "))
	}
	if len(t.Former) > 0 {
		fmt.Fprintf(&b, "  was called: %s\n", strings.Join(t.Former, ", "))
	}
	if t.Owner != "" {
		fmt.Fprintf(&b, "  owner: %s\n", t.Owner)
	}
	if t.Order != 0 {
		fmt.Fprintf(&b, "  order: %d\n", t.Order)
	}
	if t.Hidden {
		b.WriteString("  hidden: marketers cannot choose it, and campaigns that chose it go on\n")
	}
	return b.String()
}

// shown says whether marketers can choose a table.
func shown(t *shape.Table) string {
	if t.Hidden {
		return "hidden"
	}
	return "yes"
}
