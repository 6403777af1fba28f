package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"tablestep/api/shape"
)

type tablePublish struct {
	client
	Table   string         `arg:"" help:"Name of the table."`
	Version int            `arg:"" optional:"" help:"Version to make live. Default, with --lookup: the rows stay as they are."`
	Lookup  map[string]int `help:"Version of a lookup to make live in the same step; may be repeated." placeholder:"NAME=VERSION"`
	lifting
}

// lifting is the flags by which a person lifts what guards the live version.
type lifting struct {
	Confirm bool `help:"Although more than half of the live version's rows are gone."`
	Force   bool `help:"Although a lookup needs a column that is gone, or is far too slow."`
}

// query begins with a question mark where it is not empty.
func (l lifting) query() string {
	q := url.Values{}
	for name, on := range map[string]bool{"confirm": l.Confirm, "force": l.Force} {
		if on {
			q.Set(name, "true")
		}
	}
	if len(q) == 0 {
		return ""
	}
	return "?" + q.Encode()
}

func (c *tablePublish) Run(ctx context.Context, s streams) error {
	if c.Version == 0 && len(c.Lookup) == 0 {
		return usagef("give the version to make live, --lookup NAME=VERSION, or both")
	}
	return publish(ctx, &c.client, s, c.Table, c.lifting, shape.PublishTable{Version: c.Version, Lookups: c.Lookup})
}

type tableRollback struct {
	client
	Table  string `arg:"" help:"Name of the table."`
	Lookup string `help:"Roll this lookup back, and not the rows." placeholder:"NAME"`
	lifting
}

func (c *tableRollback) Run(ctx context.Context, s streams) error {
	if c.Lookup == "" {
		return publish(ctx, &c.client, s, c.Table, c.lifting, shape.PublishTable{Rollback: true})
	}
	path := tablePath(c.Table, "lookups", c.Lookup, "live")
	return ask(ctx, &c.client, s, http.MethodPost, path, shape.Publish{Rollback: true}, func(w io.Writer, live *shape.LiveLookup) error {
		_, err := fmt.Fprintf(w, "lookup %s of %s: version %d is live\n%s", live.Lookup, live.Table, live.Live, findings(live.Findings))
		return err
	})
}

// publish moves the live pointers of a table and its lookups.
func publish(ctx context.Context, c *client, s streams, table string, lift lifting, body shape.PublishTable) error {
	return ask(ctx, c, s, http.MethodPost, tablePath(table, "live")+lift.query(), body, printLive)
}

// printLive has a line for the rows, where a version of them is live, and for each lookup.
func printLive(w io.Writer, live *shape.LiveTable) error {
	var b strings.Builder
	if live.Live != nil {
		fmt.Fprintf(&b, "%s version %d is live\n", live.Table, *live.Live)
	}
	for _, name := range slices.Sorted(maps.Keys(live.Lookups)) {
		fmt.Fprintf(&b, "lookup %s of %s: version %d is live\n", name, live.Table, live.Lookups[name])
	}
	b.WriteString(findings(live.Findings))
	_, err := io.WriteString(w, b.String())
	return err
}
