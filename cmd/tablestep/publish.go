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
	"time"

	"tablestep/api/shape"
)

type tablePublish struct {
	client
	Table   string         `arg:"" help:"Name of the table."`
	Version int            `arg:"" optional:"" help:"Version to make live. Default, with --lookup: the rows stay as they are."`
	Lookup  map[string]int `help:"Version of a lookup to make live in the same step; may be repeated." placeholder:"NAME=VERSION"`
	At      string         `help:"When it goes live: 2024-03-31T06:00:00+02:00, or a day, which is its start in the time zone of the service. Default: now." placeholder:"TIME"`
	DryRun  bool           `name:"dry-run" help:"Say what would come of it now, and change nothing."`
	Replace bool           `help:"With --at: in place of what is scheduled already."`
	Cancel  bool           `help:"Take away what is scheduled."`
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
	if c.Cancel {
		if c.Version != 0 || len(c.Lookup) > 0 || c.At != "" || c.DryRun || c.Replace {
			return usagef("--cancel stands alone: it takes away what is scheduled for the table")
		}
		return ask(ctx, &c.client, s, http.MethodDelete, tablePath(c.Table, "scheduled"), nil, func(w io.Writer, _ *nothing) error {
			_, err := fmt.Fprintf(w, "nothing is scheduled for %s any more\n", c.Table)
			return err
		})
	}
	if c.Version == 0 && len(c.Lookup) == 0 {
		return usagef("give the version to make live, --lookup NAME=VERSION, or both")
	}
	query := url.Values{}
	for name, on := range map[string]bool{"confirm": c.Confirm, "force": c.Force, "dryRun": c.DryRun, "replace": c.Replace} {
		if on {
			query.Set(name, "true")
		}
	}
	body := shape.PublishTable{Version: c.Version, Lookups: c.Lookup, At: c.At}
	show := printLive
	switch {
	case c.DryRun:
		show = printTrial
	case c.At != "":
		show = func(w io.Writer, live *shape.LiveTable) error {
			_, err := io.WriteString(w, scheduledLines(live.Table, live.Scheduled))
			return err
		}
	}
	return ask(ctx, &c.client, s, http.MethodPost, tablePath(c.Table, "live")+"?"+query.Encode(), body, show)
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

// printTrial says what would come of publishing now.
func printTrial(w io.Writer, live *shape.LiveTable) error {
	t := live.Trial
	var b strings.Builder
	if len(t.Refusals) == 0 {
		fmt.Fprintf(&b, "%s version %d would go live now\n", live.Table, t.Version)
	} else {
		fmt.Fprintf(&b, "%s version %d would be refused now\n", live.Table, t.Version)
	}
	b.WriteString(refusals(t.Refusals))
	if d := t.Diff; d != nil {
		fmt.Fprintf(&b, "  %d rows added, %d removed, %d changed\n", d.Added, d.Removed, d.Changed)
	}
	for _, code := range slices.Sorted(maps.Keys(t.Counts)) {
		fmt.Fprintf(&b, "  %s: %d findings\n", code, t.Counts[code])
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// scheduledLines tell what goes live later, and why it would be refused.
func scheduledLines(table string, p *shape.Scheduled) string {
	if p == nil {
		return ""
	}
	var parts []string
	if p.Version != 0 {
		parts = append(parts, fmt.Sprintf("version %d", p.Version))
	}
	for _, name := range slices.Sorted(maps.Keys(p.Lookups)) {
		parts = append(parts, fmt.Sprintf("version %d of lookup %s", p.Lookups[name], name))
	}
	state := "goes live at"
	switch {
	case p.Refused != nil:
		state = "was refused at"
	case len(p.Refusals) > 0:
		state = "would be refused at"
	}
	return fmt.Sprintf("%s: %s %s %s (scheduled by %s)\n%s", table, strings.Join(parts, ", "), state, p.At.Format(time.RFC3339), p.By, refusals(p.Refusals))
}

// refusals are a line each.
func refusals(list []shape.Detail) string {
	var b strings.Builder
	for _, d := range list {
		fmt.Fprintf(&b, "  %s: %s\n", d.Code, d.Message)
	}
	return b.String()
}
