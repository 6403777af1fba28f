package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"tablestep/api/shape"
)

// An invocationsCommand holds the commands of the queue: what Marketo has sent, and what has
// become of it.
type invocationsCommand struct {
	List   invocationsList   `cmd:"" help:"List invocations, newest first."`
	Show   invocationsShow   `cmd:"" help:"Show one invocation with its attempts."`
	Replay invocationsReplay `cmd:"" help:"Send the stored answer of an invocation again, or of all in a time span."`
}

// An invocationsList prints a line for each invocation. Lead data is not
// among it.
type invocationsList struct {
	client
	State string `enum:"available,running,retryable,delivering,delivered,probably_delivered,dead," default:"" help:"Only this state: available, running, retryable, delivering, delivered, probably_delivered or dead."`
	Limit int    `default:"50" help:"At most so many."`
}

// Run prints the newest ones, at most --limit of them.
func (c *invocationsList) Run(ctx context.Context, s streams) error {
	q := url.Values{"state": {c.State}, "limit": {strconv.Itoa(c.Limit)}}
	return ask(ctx, &c.client, s, http.MethodGet, "/invocations?"+q.Encode(), nil, func(w io.Writer, list *shape.Invocations) error {
		rows := [][]string{{"INVOCATION", "STATE", "ACCEPTED", "CAMPAIGN", "LEADS", "FAILED", "ATTEMPTS", "REASON"}}
		for i := range list.Invocations {
			// By its place, for it is large.
			in := &list.Invocations[i]
			rows = append(rows, []string{
				in.ID, in.State, in.Accepted.Format(time.RFC3339), strconv.FormatInt(in.CampaignID, 10),
				strconv.Itoa(in.Leads), strconv.Itoa(in.Summary.Failed), strconv.Itoa(in.Attempts), in.Reason,
			})
		}
		return printTable(w, rows)
	})
}

// An invocationsShow prints one invocation with every attempt to deliver its answer.
type invocationsShow struct {
	client
	ID string `arg:"" help:"Number of the invocation."`
}

func (c *invocationsShow) Run(ctx context.Context, s streams) error {
	raw, err := c.raw(ctx, http.MethodGet, "/invocations/"+url.PathEscape(c.ID), nil) // for people, too
	if err != nil {
		return err
	}
	return printRaw(s.out, raw)
}

// An invocationsReplay delivers stored answers again, and evaluates nothing anew: the
// rules and tables of today do not matter.
type invocationsReplay struct {
	client
	ID    string    `arg:"" optional:"" help:"Number of the invocation."`
	State string    `default:"dead" enum:"dead,probably_delivered" help:"With --from: which ones, dead or probably_delivered."`
	From  time.Time `help:"Replay all that were accepted from this time on, such as 2026-11-20T08:00:00Z."`
	To    time.Time `help:"… and before this time. Default: now."`
}

// Run wants one invocation or a time span, not both: a span beside a number would be
// overlooked.
func (c *invocationsReplay) Run(ctx context.Context, s streams) error {
	if (c.ID == "") == c.From.IsZero() {
		return usagef("give either the number of an invocation or --from")
	}
	if c.ID != "" {
		return ask(ctx, &c.client, s, http.MethodPost, "/invocations/"+url.PathEscape(c.ID)+"/replay", nil, func(w io.Writer, _ *nothing) error {
			_, err := fmt.Fprintf(w, "invocation %s will be delivered again\n", c.ID)
			return err
		})
	}
	// The clock of this machine will do: what is accepted later is not given up yet.
	if c.To.IsZero() {
		c.To = time.Now()
	}
	span := shape.Replay{State: c.State, From: c.From, To: c.To}
	return ask(ctx, &c.client, s, http.MethodPost, "/invocations/replay", span, func(w io.Writer, r *shape.Replayed) error {
		_, err := fmt.Fprintf(w, "%d invocations will be delivered again\n", r.Replayed)
		return err
	})
}
