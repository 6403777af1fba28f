package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"tablestep/api/marketo"
	"tablestep/cmd/tablestep/terminal"
	"tablestep/tables/typos"
)

// A simulateCommand is a run of Marketo in small: it installs the service, sends leads, takes
// callbacks, and reports what Marketo would not accept.
type simulateCommand struct {
	Server      string            `default:"http://127.0.0.1:8080" help:"Address of the service." placeholder:"URL"`
	APIKey      string            `name:"api-key" help:"API key of the service. Default: the one kept in the data folder." placeholder:"KEY"`
	Data        string            `default:"./tablestep-data" help:"Data folder of a service on this machine, for its API key." type:"path"`
	Basic       string            `help:"Credentials user:password, where the service asks for them." placeholder:"USER:PASSWORD"`
	OAuthClient string            `name:"oauth-client" help:"Credentials id:secret, where the service asks for them." placeholder:"ID:SECRET"`
	Leads       string            `required:"" help:"CSV file of leads, whose header names the lead fields; - is standard input."`
	Flow        map[string]string `short:"f" mapsep:"none" help:"A setting of the flow step, such as table=country-codes; may be repeated."`
	Tokens      map[string]string `name:"token" mapsep:"none" help:"A token of the program, such as \"Event Date=2024-05-31\"; may be repeated. Only those are sent that the service asks for (serve --my-tokens)."`
	Fields      []string          `help:"Lead fields that are mapped for writing. Default: any."`
	BatchSize   int               `name:"batch-size" default:"1000" help:"Leads a request, 1 to 1,000."`
	Concurrency int               `default:"4" help:"Requests at once."`
	Repeat      int               `default:"1" help:"Send the leads so many times."`
	Rate        float64           `help:"Batches a second; 0 is as fast as possible."`
	Timeout     time.Duration     `default:"1m" help:"How long to wait for answers after the last batch."`
	Listen      string            `default:"127.0.0.1:0" help:"Address that receives the callbacks."`
	CallbackURL string            `name:"callback-url" help:"Address of the callbacks as the service sees it. Default: the listener's." placeholder:"URL"`
	Munchkin    string            `help:"Account id to send. Default: none, as live requests." placeholder:"ID"`
	Rows        int               `default:"20" help:"Leads to print."`
	JSON        bool              `name:"json" help:"Print the whole report as JSON."`
}

// Run ends with the exit code of a failure if an answer was wrong, was refused or did not
// come, so that it can stand in a script. A lead that failed with a code is no failure of
// the service.
func (c *simulateCommand) Run(ctx context.Context, s streams) error {
	server, err := serviceAddress(c.Server)
	if err != nil {
		return err
	}
	if err := notBelow(1, map[string]int{"--repeat": c.Repeat, "--batch-size": c.BatchSize, "--concurrency": c.Concurrency, "--rows": c.Rows}); err != nil {
		return err
	}
	leads, err := c.leads(s)
	if err != nil {
		return err
	}
	// Other kinds of credentials are for services that are not ours.
	from := "--api-key or TABLESTEP_API_KEY"
	if c.APIKey == "" && c.Basic == "" && c.OAuthClient == "" {
		from = filepath.Join(c.Data, apiKeyFile)
		if c.APIKey, err = readKey(c.Data, apiKeyFile); errors.Is(err, os.ErrNotExist) {
			return usagef("no API key: there is none in the data folder %s. Give the key with --api-key KEY, or name the data folder of a service on this machine with --data DIR", c.Data)
		}
		if err != nil {
			return usagef("--api-key is not given: %w", err)
		}
	}
	bar := leadBar(s.err, len(leads))
	sim, err := marketo.New(marketo.Options{
		Server: server, APIKey: c.APIKey, Basic: c.Basic, OAuthClient: c.OAuthClient, MunchkinID: c.Munchkin,
		Leads: leads, FlowStep: c.Flow, CheckFlow: true, Tokens: c.Tokens, CallbackFields: c.Fields, BatchSize: c.BatchSize, Concurrency: c.Concurrency,
		Rate: c.Rate, Timeout: c.Timeout, Listen: c.Listen, CallbackURL: c.CallbackURL, Progress: progress(bar),
	})
	if err != nil {
		return usagef("%w", err)
	}
	report, err := sim.Run(ctx)
	if err != nil {
		return errors.Join(notSimulated(ctx, server, from, err), bar.Clear())
	}
	// The report is printed also when something is wrong: it says what.
	if c.JSON {
		err = printJSON(s.out, report)
	} else {
		err = errors.Join(marketo.Table{Rows: c.Rows, Fit: terminal.Width(s.out)}.Write(s.out, report.Results), newline(s.out), report.WriteSummary(s.out))
	}
	if err != nil {
		return err
	}
	if !report.OK() {
		return errors.New("simulate: the service did not answer as Marketo needs it")
	}
	return nil
}

// notSimulated says why a simulation could not go on.
func notSimulated(ctx context.Context, server, keyFrom string, err error) error {
	var (
		flow *marketo.FlowError
		sent *net.OpError
		name *net.DNSError
	)
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("simulate: %w before all leads were answered", errStopped)
	case errors.As(err, &flow):
		return wrongFlow(flow)
	case errors.Is(err, marketo.ErrRefused):
		return fmt.Errorf("simulate: %s refuses the credentials: the key was that of %s; \"tablestep serve\" says where it keeps its own", server, keyFrom)
	case errors.As(err, &sent) && sent.Op == "listen":
		return fmt.Errorf("simulate: callbacks cannot be received on %v: name an address of this machine with --listen, such as 127.0.0.1:0 (%w)", sent.Addr, sent.Err)
	case errors.As(err, &sent), errors.As(err, &name), errors.Is(err, http.ErrSchemeMismatch):
		return unreachable(ctx, server, err)
	}
	return fmt.Errorf("simulate: %w", err)
}

// wrongFlow refuses settings of the flow step that nobody could choose, each with what was
// likely meant.
func wrongFlow(flow *marketo.FlowError) error {
	const most = 10 // that are named
	var texts []string
	for i := range flow.Mistakes {
		m := &flow.Mistakes[i]
		text := fmt.Sprintf("--flow %s=%s: the flow step has no setting %q", m.Name, m.Value, m.Name)
		word, what := m.Name, "settings"
		if m.Declared {
			text = fmt.Sprintf("--flow %s=%s: Marketo would not offer %q", m.Name, m.Value, m.Value)
			word, what = m.Value, "choices"
		}
		if near := typos.Nearest(word, m.Known); near != "" {
			text += fmt.Sprintf("; did you mean %q?", near)
		} else {
			text += fmt.Sprintf(": the %s are %s", what, strings.Join(m.Known[:min(most, len(m.Known))], ", "))
			if more := len(m.Known) - most; more > 0 {
				text += fmt.Sprintf(" and %d more", more)
			}
		}
		texts = append(texts, text)
	}
	return usagef("%s", strings.Join(append(texts, "nothing was sent"), "\n"))
}

// leads reads the file and repeats what is in it. The caller owns the leads; copies share
// their fields, which nobody changes.
func (c *simulateCommand) leads(s streams) (leads []marketo.Lead, err error) {
	f, err := openInput(s, c.Leads)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.close()) }()
	once, err := marketo.ReadLeads(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.name, err)
	}
	for n := range c.Repeat {
		for _, l := range once {
			if n > 0 { // a lead comes once in a run, so repeated ones get ids of their own
				l.ID += int64(n) * repeatStep
			}
			leads = append(leads, l)
		}
	}
	return leads, nil
}

// repeatStep is added to the ids of leads that are sent again.
// It is far above the ids of a file, and a thousand repeats stay below what JavaScript
// holds exactly (2^53).
const repeatStep = 1_000_000_000

// leadBar draws the progress of a simulation where w is a terminal.
func leadBar(w io.Writer, leads int) *progressbar.ProgressBar {
	return progressbar.NewOptions(leads, progressbar.OptionSetWriter(w), progressbar.OptionSetDescription("answered"),
		progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(), progressbar.OptionSetVisibility(terminal.Is(w)))
}

// progress moves a bar.
func progress(bar *progressbar.ProgressBar) func(marketo.Progress) {
	return func(p marketo.Progress) { _ = bar.Set(p.Answered) } // a bar that cannot be drawn is no loss
}

// newline sets two parts of an output apart.
func newline(w io.Writer) error {
	_, err := io.WriteString(w, "\n")
	return err
}
