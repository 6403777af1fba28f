package main

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"tablestep/api/shape"
)

// A tableRename gives a table another name.
type tableRename struct {
	client
	Table string `arg:"" help:"Name of the table."`
	Name  string `arg:"" help:"The name that it is to have."`
	Force bool   `help:"Take the name though another table was called so: campaigns and rules that name it turn to this table."`
}

func (c *tableRename) Run(ctx context.Context, s streams) error {
	if err := checkName("NAME", c.Name); err != nil {
		return err
	}
	path := tablePath(c.Table, "rename") + queryOf(map[string]bool{"force": c.Force})
	return ask(ctx, &c.client, s, http.MethodPost, path, shape.NewName{Name: c.Name}, func(w io.Writer, t *shape.Table) error {
		_, err := fmt.Fprintf(w, "table %s is called %s; campaigns and rules that name it %s still find it\n", c.Table, t.Name, c.Table)
		return err
	})
}

// A tableCopy makes a table of the live version and the lookups of another one.
type tableCopy struct {
	client
	Table string `arg:"" help:"Name of the table."`
	Name  string `arg:"" help:"The name of the copy."`
	Force bool   `help:"Take the name though another table was called so: campaigns and rules that name it turn to the copy."`
}

func (c *tableCopy) Run(ctx context.Context, s streams) error {
	if err := checkName("NAME", c.Name); err != nil {
		return err
	}
	path := tablePath(c.Table, "copy") + queryOf(map[string]bool{"force": c.Force})
	return ask(ctx, &c.client, s, http.MethodPost, path, shape.NewName{Name: c.Name}, func(w io.Writer, t *shape.Table) error {
		_, err := fmt.Fprintf(w, "table %s is a copy of %s: version %s, %d rows, lookups %s\n", t.Name, c.Table, liveOf(t.Live), t.Rows, lookupsOf(t))
		return err
	})
}
