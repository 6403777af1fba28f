package marketo

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Defaults and bounds of the options.
const (
	defaultBatchSize   = 1000
	defaultConcurrency = 4
	defaultTimeout     = time.Minute
	defaultLinger      = 200 * time.Millisecond
	defaultListen      = "127.0.0.1:0"
	defaultCampaignID  = 1001
	maxBatchSize       = 1000
	maxConcurrency     = 256
)

// AnswerLost is an answer of Options.CallbackHandler: the callback is taken,
// but the connection is cut before the service learns of it.
const AnswerLost = -1

// Options describes a simulation. The zero value of each field but Server
// means its default.
type Options struct {
	// Server is the address of the service, without the paths of the
	// interface. An address of the API definition itself, ending in
	// /openapi.json or /install, is taken too.
	Server string
	// APIKey, Basic (user:password) and OAuthClient (id:secret) are the
	// credentials; the one that the API definition asks for is used.
	APIKey      string
	Basic       string
	OAuthClient string
	// MunchkinID names the subscription. Empty leaves context.subscription
	// out, as real requests do.
	MunchkinID string
	// CampaignID is the campaign's number; 0 means 1001.
	CampaignID int32
	// Globals are the values of the global parameters (context.admin), and Tokens those of
	// the my tokens of the program, by their names without my. Of both only those are sent
	// that the definition asks for.
	Globals map[string]any
	Tokens  map[string]string

	// Leads are sent in order; Install goes without. They are shared with the Report and must not be
	// changed during Run.
	Leads []Lead
	// SendNulls sends the empty fields of leads as null instead of leaving them out.
	SendNulls bool
	// Flow gives the flow step's values of each lead, numbered from 0. Calls
	// come from several goroutines. Without it every lead has FlowStep.
	Flow func(i int, lead Lead) map[string]any
	// FlowStep holds the flow step's values of all leads.
	FlowStep map[string]string
	// CheckFlow ends the run with a FlowError before a batch is sent where FlowStep is not
	// what a marketer could have chosen. Without it that is a problem of the report.
	CheckFlow bool
	// CallbackFields are the lead fields that are mapped for writing. Empty
	// means that it is not known which are.
	CallbackFields []string
	// FieldTypes gives the data types of lead fields where the mapping is
	// driven by users; those without one take any single value.
	FieldTypes map[string]string

	// BatchSize is the number of leads in a request, 1 to 1,000; 0 means 1,000.
	BatchSize int
	// Concurrency is the number of requests under way at once; 0 means 4.
	Concurrency int
	// Rate bounds the batches a second; 0 sends as fast as possible.
	Rate float64
	// Timeout bounds the wait for callbacks after the last batch was sent, and
	// how long one batch is sent again while the service answers 429; 0 means a minute.
	Timeout time.Duration
	// Linger is how long callbacks are still received after the last one that
	// was due, to see those that come twice; 0 means 200 ms, less than 0 not at all.
	Linger time.Duration

	// Listen is where callbacks are received; empty means a free port of 127.0.0.1.
	Listen string
	// CallbackURL is the address that the service is given; empty means the listener's.
	CallbackURL string
	// FailFirst answers the first attempts of each callback with 500.
	FailFirst int
	// CallbackHandler, if set, is asked before a callback is taken, with the
	// number of the attempt, from 1. 0 means go on; a status of 200 to 299 takes
	// the callback and is answered; any other status is answered and the
	// callback not taken. See also AnswerLost.
	CallbackHandler func(attempt int, r *http.Request) (status int)
	// Progress is called after each step, one call at a time; it should be quick.
	Progress func(Progress)
	// Transport carries the requests to the service; nil means one of the run's own.
	Transport http.RoundTripper
}

// Progress counts the leads of a run.
type Progress struct {
	// Sent have been accepted, or refused for good; Answered have their answer.
	Sent, Answered, Leads int
}

// withDefaults checks the options and fills in the defaults.
func (o Options) withDefaults() (Options, error) {
	server, err := serverOf(o.Server)
	if err != nil {
		return Options{}, err
	}
	o.Server = server
	if o.BatchSize == 0 {
		o.BatchSize = defaultBatchSize
	}
	if o.Concurrency == 0 {
		o.Concurrency = defaultConcurrency
	}
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.Linger == 0 {
		o.Linger = defaultLinger
	}
	if o.Listen == "" {
		o.Listen = defaultListen
	}
	if o.CampaignID == 0 {
		o.CampaignID = defaultCampaignID
	}
	switch {
	case o.BatchSize < 1 || o.BatchSize > maxBatchSize:
		return Options{}, fmt.Errorf("a batch of %d leads: Marketo sends 1 to %d", o.BatchSize, maxBatchSize)
	case o.Concurrency < 1 || o.Concurrency > maxConcurrency:
		return Options{}, fmt.Errorf("%d requests at once: 1 to %d can be sent", o.Concurrency, maxConcurrency)
	case !(o.Rate >= 0): // NaN too.
		return Options{}, fmt.Errorf("a rate of %v batches a second is not possible", o.Rate)
	case o.Timeout < 0:
		return Options{}, fmt.Errorf("a timeout of %v is not possible", o.Timeout)
	}
	if o.CallbackURL != "" {
		if address, err := url.Parse(o.CallbackURL); err != nil || address.Host == "" {
			return Options{}, fmt.Errorf("callback address %q is not an absolute address", o.CallbackURL)
		}
	}
	for name, dataType := range o.FieldTypes {
		if !knownType(dataType) {
			return Options{}, fmt.Errorf("field %q has type %q, which is no data type", name, dataType)
		}
	}
	return o, checkLeads(o.Leads)
}

// serverOf gives the base address of the service, without a slash at its end.
func serverOf(server string) (string, error) {
	if server == "" {
		return "", errors.New("the address of the service is missing")
	}
	address, err := url.Parse(server)
	if err != nil {
		return "", fmt.Errorf("the address of the service: %w", err)
	}
	if (address.Scheme != "http" && address.Scheme != "https") || address.Host == "" {
		return "", fmt.Errorf("the address of the service %q does not start with http:// or https:// and a host", server)
	}
	if address.RawQuery != "" || address.Fragment != "" || address.User != nil {
		return "", fmt.Errorf("the address of the service %q may have a host and a path only", address.Redacted())
	}
	base := strings.TrimRight(address.String(), "/")
	for _, document := range []string{"/openapi.json", "/install"} {
		if trimmed, ok := strings.CutSuffix(base, document); ok {
			return strings.TrimRight(trimmed, "/"), nil
		}
	}
	return base, nil
}

// checkLeads refuses leads that cannot be told apart or not be encoded.
func checkLeads(leads []Lead) error {
	first := make(map[int64]int, len(leads))
	for i, lead := range leads {
		if before, ok := first[lead.ID]; ok {
			return fmt.Errorf("leads %d and %d both have id %d", before+1, i+1, lead.ID)
		}
		first[lead.ID] = i
		for j, field := range lead.Fields {
			if field.Name == "" || field.Name == "id" {
				return fmt.Errorf("lead %d: field %d may not be named %q", lead.ID, j+1, field.Name)
			}
			if lead.Fields.place(field.Name) != j {
				return fmt.Errorf("lead %d: field %q stands there twice", lead.ID, field.Name)
			}
		}
	}
	return nil
}
