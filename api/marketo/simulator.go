package marketo

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Simulator plays Marketo against one service. It does not change; each Run is
// a campaign of its own.
type Simulator struct {
	options Options
}

// New checks the options and makes a simulator.
func New(o Options) (*Simulator, error) {
	checked, err := o.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("simulate Marketo: %w", err)
	}
	return &Simulator{options: checked}, nil
}

// Run plays the installation and then a campaign of all leads, and waits for
// the callbacks. The error says that the simulation could not go on, the
// context's among others; the report has what was found until then. What a
// service does wrong is in the report and no error.
func (s *Simulator) Run(ctx context.Context) (*Report, error) {
	c := newClient(s.options)
	defer c.close()
	in := newInstallation(s.options, c)
	if len(s.options.Leads) == 0 {
		return in.report, fmt.Errorf("simulate a campaign: %w", ErrNoLeads)
	}
	if err := in.run(ctx); err != nil {
		in.findings.into(in.report)
		return in.report, fmt.Errorf("install %s: %w", s.options.Server, err)
	}
	if err := s.options.checkFlow(in.report); err != nil {
		in.findings.into(in.report)
		return in.report, err
	}
	mapping, err := newLeadMapping(in.report.Definition, in.names)
	if err != nil {
		in.findings.into(in.report)
		return in.report, fmt.Errorf("map the fields of the leads: %w", err)
	}
	beside, left, err := newAsked(in.report.Definition, &s.options)
	if err != nil {
		in.findings.into(in.report)
		return in.report, err
	}
	in.findings.add(left...)
	run := &campaign{
		options: s.options, definition: in.report.Definition, credentials: in.credentials, client: c, mapping: mapping, asked: beside,
		validator: NewValidator(in.report.Definition, s.options.CallbackFields, s.options.FieldTypes),
		flow:      newFlowCheck(in.report.Definition, in.report.Picklists), findings: in.findings,
	}
	err = run.play(ctx, in.report)
	run.finish(in.report)
	run.findings.into(in.report)
	if err != nil {
		return in.report, fmt.Errorf("simulate a campaign: %w", err)
	}
	return in.report, nil
}

// play sends the batches and receives the callbacks.
func (c *campaign) play(ctx context.Context, r *Report) (err error) {
	c.prepare()
	receiver, err := listen(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, receiver.close()) }()
	c.callbackURL = receiver.url()
	r.Started = time.Now()
	c.send(ctx)
	return c.wait(ctx)
}

// wait waits until all batches are settled and a little longer, but no longer
// than the timeout.
func (c *campaign) wait(ctx context.Context) error {
	timeout := time.NewTimer(c.options.Timeout)
	defer timeout.Stop()
	select {
	case <-c.settled:
		return sleep(ctx, c.options.Linger)
	case <-timeout.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// sleep waits, or returns the context's error when that comes first.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
