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

// removal is what the commands share that take a table or rule set away.
type removal struct {
	client
	confirmation
	Purge bool `help:"Delete it for good, also what was deleted under this name before."`
	Force bool `help:"Delete it although a rule set, a lookup or a campaign uses it."`
}

// remove asks, deletes, and says how it can be brought back.
func (c *removal) remove(ctx context.Context, s streams, kind, name, path string) error {
	question := fmt.Sprintf("The %s %s is deleted with all its versions. Within 30 days it can be restored.", kind, name)
	if c.Purge {
		question = fmt.Sprintf("The %s %s is deleted for good with all its versions, and so is what was deleted under this name before.", kind, name)
	}
	path += queryOf(map[string]bool{"purge": c.Purge, "force": c.Force})
	if err := c.confirm(s, question); err != nil {
		return fmt.Errorf("delete %s: %w", name, err)
	}
	return ask(ctx, &c.client, s, http.MethodDelete, path, nil, func(w io.Writer, _ *nothing) error {
		told := name + " is deleted; for 30 days it can be restored"
		if c.Purge {
			told = name + " is deleted for good"
		}
		_, err := fmt.Fprintln(w, told)
		return err
	})
}

// queryOf is a query of those parameters that are true; empty: none is.
func queryOf(parameters map[string]bool) string {
	q := url.Values{}
	for name, set := range parameters {
		if set {
			q.Set(name, "true")
		}
	}
	if len(q) == 0 {
		return ""
	}
	return "?" + q.Encode()
}

type tableDelete struct {
	removal
	Table string `arg:"" help:"Name of the table."`
}

func (c *tableDelete) Run(ctx context.Context, s streams) error {
	return c.remove(ctx, s, "table", c.Table, tablePath(c.Table))
}

type rulesDelete struct {
	removal
	RuleSet string `arg:"" help:"Name of the rule set."`
}

func (c *rulesDelete) Run(ctx context.Context, s streams) error {
	return c.remove(ctx, s, "rule set", c.RuleSet, ruleSetPath(c.RuleSet, ""))
}

type tableRestore struct {
	client
	Table string `arg:"" help:"Name of the table that was deleted; of several of one name the last one comes back."`
	As    string `help:"Bring it back under this name. Default: its own." placeholder:"TABLE"`
	Force bool   `help:"Although a lookup needs a column that its live version lacks."`
}

func (c *tableRestore) Run(ctx context.Context, s streams) error {
	return ask(ctx, &c.client, s, http.MethodPost, tablePath(c.Table, "restore")+restoredAs(c.As, c.Force), nil, func(w io.Writer, t *shape.Table) error {
		_, err := fmt.Fprintf(w, "%s is restored: live version %s, %d rows\n", t.Name, liveOf(t.Live), t.Rows)
		return err
	})
}

type rulesRestore struct {
	client
	RuleSet string `arg:"" help:"Name of the rule set that was deleted; of several of one name the last one comes back."`
	As      string `help:"Bring it back under this name. Default: its own." placeholder:"NAME"`
}

func (c *rulesRestore) Run(ctx context.Context, s streams) error {
	return ask(ctx, &c.client, s, http.MethodPost, ruleSetPath(c.RuleSet, "/restore"+restoredAs(c.As, false)), nil, func(w io.Writer, r *shape.RuleSet) error {
		_, err := fmt.Fprintf(w, "%s is restored: live version %s\n", r.Name, liveOf(r.Live))
		return err
	})
}

// restoredAs is the query for a name; empty: none is given.
func restoredAs(name string, force bool) string {
	q := url.Values{}
	if name != "" {
		q.Set("as", name)
	}
	if force {
		q.Set("force", "true")
	}
	if len(q) == 0 {
		return ""
	}
	return "?" + q.Encode()
}

// printDeleted lists what can be restored.
func printDeleted(w io.Writer, header string, list []shape.Deleted) error {
	rows := [][]string{{header, "VERSIONS", "DELETED", "RESTORE UNTIL", "WITH"}}
	for _, d := range list {
		with := ""
		if len(d.Lookups) > 0 {
			with = "lookups " + strings.Join(d.Lookups, ", ")
		}
		rows = append(rows, []string{d.Name, strconv.Itoa(d.Versions), d.Deleted.Format(time.RFC3339), d.Until.Format(time.RFC3339), with})
	}
	return printTable(w, rows)
}
