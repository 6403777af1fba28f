package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"

	"tablestep/api/marketo"
	"tablestep/cmd/tablestep/terminal"
)

// A simulateCommand is a run of Marketo in small: it installs the service, sends leads, takes
// callbacks, and reports what Marketo would not accept.
type simulateCommand struct {
	Server      string            `default:"http://127.0.0.1:8080" help:"Address of the service." placeholder:"URL"`
	APIKey      string            `name:"api-key" help:"API key of the service. Default: the one kept in the data folder." placeholder:"KEY"`
	Data        string            `default:"./tablestep-data" help:"Data folder of a service on this machine, for its API key." type:"path"`
	Basic       string            `help:"Credentials user:password, where the service asks for them." placeholder:"USER:PASSWORD"`
	OAuthClient string            `name:"oauth-client" help:"Credentials id:secret, where the service asks for them." placeholder:"ID:SECRET"`
	Leads       string            `required:"" type:"existingfile" help:"CSV file of leads; its header names the lead fields."`
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
	leads, err := c.leads()
	if err != nil {
		return err
	}
	// Other kinds of credentials are for services that are not ours.
	if c.APIKey == "" && c.Basic == "" && c.OAuthClient == "" {
		if c.APIKey, err = readKey(c.Data, apiKeyFile); err != nil {
			return usagef("--api-key is not given: %w", err)
		}
	}
	bar := leadBar(s.err, len(leads))
	sim, err := marketo.New(marketo.Options{
		Server: c.Server, APIKey: c.APIKey, Basic: c.Basic, OAuthClient: c.OAuthClient, MunchkinID: c.Munchkin,
		Leads: leads, FlowStep: c.Flow, Tokens: c.Tokens, CallbackFields: c.Fields, BatchSize: c.BatchSize, Concurrency: c.Concurrency,
		Rate: c.Rate, Timeout: c.Timeout, Listen: c.Listen, CallbackURL: c.CallbackURL, Progress: bar,
	})
	if err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	report, err := sim.Run(ctx)
	if err != nil {
		return fmt.Errorf("simulate: %w", err)
	}
	// The report is printed also when something is wrong: it says what.
	if c.JSON {
		err = printJSON(s.out, report)
	} else {
		err = errors.Join(marketo.Table{Rows: c.Rows}.Write(s.out, report.Results), newline(s.out), report.WriteSummary(s.out))
	}
	if err != nil {
		return err
	}
	if !report.OK() {
		return errors.New("simulate: the service did not answer as Marketo needs it")
	}
	return nil
}

// leads reads the file and repeats what is in it. The caller owns the leads; copies share
// their fields, which nobody changes.
func (c *simulateCommand) leads() (leads []marketo.Lead, err error) {
	f, err := os.Open(c.Leads)
	if err != nil {
		return nil, fmt.Errorf("read leads: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	once, err := marketo.ReadLeads(f)
	if err != nil {
		return nil, fmt.Errorf("read leads: %s: %w", c.Leads, err)
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
func leadBar(w io.Writer, leads int) func(marketo.Progress) {
	bar := progressbar.NewOptions(leads, progressbar.OptionSetWriter(w), progressbar.OptionSetDescription("answered"),
		progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(), progressbar.OptionSetVisibility(terminal.Is(w)))
	return func(p marketo.Progress) { _ = bar.Set(p.Answered) } // a bar that cannot be drawn is no loss
}

// newline sets two parts of an output apart.
func newline(w io.Writer) error {
	_, err := io.WriteString(w, "\n")
	return err
}
