package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"tablestep/api/shape"
)

// A tableCounters shows or sets what the rows of a table have been given that take turns.
type tableCounters struct {
	client
	Table    string   `arg:"" help:"Name of the table."`
	Lookup   string   `help:"Name of the lookup. Default: all whose rows take turns; to set counters, the table's own." placeholder:"NAME"`
	Instance string   `help:"Whose leads they are." placeholder:"NAME"`
	Set      []string `sep:"none" help:"Set how many leads a row was given, such as ana@example.com=12: with less it gets more turns before the others. May be given several times." placeholder:"ROW=N"`
	Reset    bool     `help:"Set all counters of the lookup to 0."`
}

// Run asks the service, or tells it.
func (c *tableCounters) Run(ctx context.Context, s streams) error {
	show := func(w io.Writer, told *shape.Counters) error { return printCounters(w, c.Table, told) }
	if len(c.Set) == 0 && !c.Reset {
		query := url.Values{}
		for name, value := range map[string]string{"lookup": c.Lookup, "instance": c.Instance} {
			if value != "" {
				query.Set(name, value)
			}
		}
		path := tablePath(c.Table, "counters")
		if len(query) > 0 {
			path += "?" + query.Encode()
		}
		return ask(ctx, &c.client, s, http.MethodGet, path, nil, show)
	}
	body := shape.SetCounters{Lookup: c.Lookup, Instance: c.Instance, Reset: c.Reset}
	for _, set := range c.Set {
		at := strings.LastIndexByte(set, '=')
		if at < 1 {
			return usagef("--set %q: write ROW=N, such as ana@example.com=12", set)
		}
		leads, err := strconv.ParseInt(set[at+1:], 10, 64)
		if err != nil {
			return usagef("--set %q: %q is no number of leads", set, set[at+1:])
		}
		body.Rows = append(body.Rows, shape.SetCounter{Row: set[:at], Leads: &leads})
	}
	return ask(ctx, &c.client, s, http.MethodPut, tablePath(c.Table, "counters"), body, show)
}

func printCounters(w io.Writer, table string, told *shape.Counters) error {
	if len(told.Counters) == 0 {
		_, err := fmt.Fprintf(w, "No rows of %s take turns: none of its lookups has the hit policy rotate.\n", table)
		return err
	}
	rows := [][]string{{"LOOKUP", "ROW", "LEADS", "SHARE", "WEIGHT", "IN PERIOD", "CAP", "STATE", "LAST"}}
	for _, c := range told.Counters {
		period, most, last := "", "", ""
		if c.Period != "" {
			period = fmt.Sprintf("%d in %s", c.InPeriod, c.Period)
		}
		if c.Cap != nil {
			most = strconv.FormatInt(*c.Cap, 10)
		}
		if c.Last != nil {
			last = c.Last.Format(time.RFC3339)
		}
		rows = append(rows, []string{
			c.Lookup, c.Row, strconv.FormatInt(c.Leads, 10), strconv.FormatFloat(100*c.Share, 'f', 1, 64) + " %", strconv.FormatInt(c.Weight, 10), period, most, counterState(&c), last,
		})
	}
	return printTable(w, rows)
}

// counterState says in a word why a row gets no leads.
func counterState(c *shape.Counter) string {
	switch {
	case c.Number == 0:
		return "gone"
	case c.Away:
		return "away"
	case c.Cap != nil && c.InPeriod >= *c.Cap:
		return "full"
	case c.Out:
		return "out"
	}
	return ""
}
