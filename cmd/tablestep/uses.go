package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"tablestep/api/shape"
)

// A tableUsage shows who would miss a table.
type tableUsage struct {
	client
	Table string `arg:"" help:"Name of the table."`
}

// Run asks the service, which knows of campaigns what its invocations say.
func (c *tableUsage) Run(ctx context.Context, s streams) error {
	return ask(ctx, &c.client, s, http.MethodGet, tablePath(c.Table, "usage"), nil, func(w io.Writer, u *shape.Usage) error {
		return printUsage(w, c.Table, u)
	})
}

func printUsage(w io.Writer, table string, u *shape.Usage) error {
	if len(u.Campaigns)+len(u.RuleSets)+len(u.Chains) == 0 {
		_, err := fmt.Fprintf(w, "Nobody uses %s: no live rule set looks up in it, no other lookup goes on to it, and no campaign has used it for 30 days.\n", table)
		return err
	}
	for _, users := range []struct {
		kind  string
		names []string
	}{{"Rule sets", u.RuleSets}, {"Chains", u.Chains}} {
		if len(users.names) > 0 {
			if _, err := fmt.Fprintf(w, "%s: %s\n", users.kind, strings.Join(users.names, ", ")); err != nil {
				return err
			}
		}
	}
	if len(u.Campaigns) == 0 {
		return nil
	}
	rows := [][]string{{"CAMPAIGN", "LEADS", "LAST"}}
	for _, c := range u.Campaigns {
		rows = append(rows, []string{strconv.FormatInt(c.ID, 10), strconv.Itoa(c.Leads), c.Last.Format(time.RFC3339)})
	}
	return printTable(w, rows)
}
