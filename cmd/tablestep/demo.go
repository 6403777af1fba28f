package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"

	"tablestep/api/marketo"
	"tablestep/api/shape"
	"tablestep/cmd/tablestep/terminal"
	"tablestep/testdata"
)

// A demoCommand shows the program to whoever has just downloaded it: no file, no key and no
// Marketo is needed.
type demoCommand struct {
	Once bool   `help:"Exit when the results are printed, instead of serving on."`
	Addr string `default:"127.0.0.1:8080" help:"Address to serve on; if it is taken, a free port is used."`
	Rows int    `default:"10" help:"Leads to print of each table."`
}

// Validate is called by the parser.
func (c *demoCommand) Validate() error {
	return errors.Join(checkAddr(c.Addr), notBelow(1, map[string]int{"--rows": c.Rows}))
}

// Run shows the main job: it starts a service in a throw-away folder, uploads
// the sample tables through the admin API, and lets a simulated Marketo run a
// campaign against it. Nothing is taken by a shortcut.
func (c *demoCommand) Run(ctx context.Context, s streams) (err error) {
	dir, err := os.MkdirTemp("", "tablestep-demo-")
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	svc, err := c.open(dir, s.err)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, svc.Close()) }()
	serving, stop := context.WithCancel(ctx)
	defer stop()
	// The channel has room for the one result, so the service ends also when nobody reads it.
	served := make(chan error, 1)
	go func() { served <- svc.Run(serving) }()
	// A service that fails while it is shown makes show fail; its own error comes with the
	// one of served.
	if err = c.show(ctx, svc, s); err == nil && !c.Once {
		_, err = fmt.Fprintf(s.out, "\nStill serving. Web page: %s/ui/\nAdmin key: %s\nStop with Ctrl-C; everything is then deleted.\n", svc.config.PublicURL, svc.adminKey)
		if err == nil {
			<-ctx.Done()
		}
	}
	if err != nil && ctx.Err() != nil {
		err = fmt.Errorf("demo: %w; all of it is deleted", errStopped)
	}
	stop()
	return errors.Join(err, <-served)
}

// open starts a service for the demo, on a free port if the wished one is taken.
func (c *demoCommand) open(dir string, logs io.Writer) (*service, error) {
	log, err := newLogger(logs, "text", "warn")
	if err != nil {
		return nil, err
	}
	// Smaller than serve's defaults, for this runs beside other work on somebody's machine.
	// Callbacks go to the same machine, and the keys live as long as the folder.
	cfg := config{
		Addr: c.Addr, Data: dir, APIKeys: []string{newKey()}, AdminKeys: []string{newKey()},
		CallbackPrivate: true, MaxBody: 16 << 20, MaxUpload: 512 << 20, QueueLimit: 1000, KeepVersions: 20, TableMemory: 1 << 30,
		Step: "full", APIName: "tablestep", StepName: "Tablestep Lookup", TriggerName: "Tablestep Lookup is Used",
		FilterName: "Tablestep Lookup was Used", ProviderName: "Tablestep", SupportContact: "the README", EnforcePicklist: true,
	}
	svc, err := openService(cfg, log, io.Discard)
	if errors.Is(err, syscall.EADDRINUSE) {
		// The first open has closed all that it had opened, its folder too.
		host, _, splitErr := net.SplitHostPort(c.Addr)
		if splitErr != nil {
			return nil, usagef("--addr: %w", splitErr)
		}
		cfg.Addr = net.JoinHostPort(host, "0")
		svc, err = openService(cfg, log, io.Discard)
	}
	return svc, err
}

// show uploads the tables, runs the campaign and prints what came of it.
func (c *demoCommand) show(ctx context.Context, svc *service, s streams) error {
	// Two who know nothing of each other: a person with the admin key, and Marketo with the
	// API key.
	people := &client{Server: svc.config.PublicURL, AdminKey: svc.adminKey}
	if _, err := fmt.Fprintln(s.out, "Uploading the sample tables"); err != nil {
		return err
	}
	written, err := uploadSamples(ctx, people, s.out)
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	raw, err := testdata.Files.ReadFile("leads.csv")
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	leads, err := marketo.ReadLeads(bytes.NewReader(raw))
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	// 250 leads a batch make several batches of the file, so that the summary has something
	// to summarise.
	sim, err := marketo.New(marketo.Options{
		Server: svc.config.PublicURL, APIKey: svc.apiKey, Leads: leads, BatchSize: 250, CallbackFields: written,
		Flow:     func(_ int, l marketo.Lead) map[string]any { return map[string]any{"table": demoTable(&l)} },
		Progress: progress(leadBar(s.err, len(leads))),
	})
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	report, err := sim.Run(ctx)
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	if err := c.print(s.out, report); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	if err := showGuess(ctx, people, s.out); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	if !report.OK() {
		return errors.New("demo: the service did not answer as Marketo needs it")
	}
	return nil
}

// uploadSamples uploads each sample table with its lookup and returns the lead
// fields that the lookups write.
func uploadSamples(ctx context.Context, people *client, out io.Writer) (written []string, err error) {
	// In the order of their names, which the expected output of the demo relies on.
	files, err := fs.Glob(testdata.Files, "tables/*.csv")
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		name := strings.TrimSuffix(path.Base(file), ".csv")
		raw, err := testdata.Files.ReadFile(file)
		if err != nil {
			return nil, err
		}
		u, err := call[shape.Uploaded](ctx, people, http.MethodPost, tablePath(name, "versions")+"?name="+path.Base(file), bytes.NewReader(raw))
		if err != nil {
			return nil, fmt.Errorf("upload %s: %w", file, err)
		}
		label, fields, err := setSampleLookups(ctx, people, name)
		if err != nil {
			return nil, err
		}
		written = append(written, fields...)
		if _, err := fmt.Fprintf(out, "  %-17s %5d rows: %s\n", name, u.Rows, label); err != nil {
			return nil, err
		}
	}
	// Two tables may write the same field.
	slices.Sort(written)
	return slices.Compact(written), nil
}

// setSampleLookups sets the lookups of a sample table: TABLE.lookup.json is its
// default one, TABLE.NAME.lookup.json another. It returns the label of the default
// one and the lead fields that all of them write.
func setSampleLookups(ctx context.Context, people *client, table string) (label string, written []string, err error) {
	files, err := fs.Glob(testdata.Files, "tables/"+table+"*.lookup.json")
	if err != nil {
		return "", nil, err
	}
	for _, file := range files {
		name := strings.TrimSuffix(path.Base(file), ".lookup.json")
		// The pattern above also finds the lookups of tables whose names only begin alike.
		if base, other, ok := strings.Cut(name, "."); ok {
			if base != table {
				continue
			}
			name = other
		} else if name != table {
			continue
		}
		raw, err := testdata.Files.ReadFile(file)
		if err != nil {
			return "", nil, err
		}
		l, err := call[shape.SetLookup](ctx, people, http.MethodPut, tablePath(table, "lookups", name), bytes.NewReader(raw))
		if err != nil {
			return "", nil, fmt.Errorf("set lookup %s: %w", file, err)
		}
		if name == table {
			label = l.Label
		}
		for _, o := range l.Outputs {
			written = append(written, o.Field)
		}
	}
	return label, written, nil
}

// demoTable is the table that the campaign's flow step chooses for a lead: one
// choice for people of the US and Canada whose state is known, one for people
// without a country, and country-codes for everybody else.
func demoTable(l *marketo.Lead) string {
	country := strings.ToLower(strings.Join(strings.Fields(l.Fields.Text("country")), " "))
	switch {
	case country == "":
		return "job-titles"
	case l.Fields.Text("state") == "":
		return "country-codes"
	}
	switch country {
	case "us", "usa", "u.s.", "u.s.a.", "united states", "united states of america", "ca", "can", "canada":
		return "states-provinces"
	}
	return "country-codes"
}

// print shows a few leads of each choice, before and after, and the counts.
func (c *demoCommand) print(out io.Writer, report *marketo.Report) error {
	for _, show := range []struct {
		table, title  string
		before, after []string
	}{
		{"country-codes", "country-codes: the country becomes its codes", []string{"country"}, []string{"countryCode2", "countryCode3", "countryNumeric"}},
		{"states-provinces", "states-provinces: country and state become region and time zone", []string{"country", "state"}, []string{"stateCode", "geoRegion", "timeZone"}},
		{"job-titles", "job-titles: the job title becomes level and function", []string{"title"}, []string{"jobLevel", "jobFunction"}},
	} {
		var results []marketo.Result
		// Results are in the order of the file, so each run prints the same leads.
		for i := range report.Results {
			if demoTable(&report.Results[i].Lead) == show.table {
				results = append(results, report.Results[i])
			}
		}
		columns := []marketo.Column{marketo.LeadID()}
		for _, f := range show.before {
			columns = append(columns, marketo.Before(f))
		}
		for _, f := range show.after {
			columns = append(columns, marketo.After(f))
		}
		columns = append(columns, marketo.Outcome())
		if _, err := fmt.Fprintf(out, "\n%s\n", show.title); err != nil {
			return err
		}
		if err := (marketo.Table{Rows: c.Rows, Columns: columns, Fit: terminal.Width(out)}).Write(out, results); err != nil {
			return err
		}
	}
	if err := newline(out); err != nil {
		return err
	}
	return report.WriteSummary(out)
}
