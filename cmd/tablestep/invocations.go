package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

type invocationsCommand struct {
	List   invocationsList   `cmd:"" help:"List invocations, newest first."`
	Show   invocationsShow   `cmd:"" help:"Show one invocation with its attempts."`
	Replay invocationsReplay `cmd:"" help:"Send the stored answer of an invocation again, or of all in a time span."`
}

type invocationsList struct {
	client
	State string `help:"Only this state: available, running, retryable, delivering, delivered, probably_delivered or dead."`
	Limit int    `default:"50" help:"At most so many."`
}

func (c *invocationsList) Run(ctx context.Context, s streams) error {
	var list struct {
		Invocations []json.RawMessage `json:"invocations"`
	}
	q := url.Values{"state": {c.State}, "limit": {strconv.Itoa(c.Limit)}}
	if err := c.call(ctx, http.MethodGet, "/invocations?"+q.Encode(), nil, &list); err != nil {
		return err
	}
	if c.JSON {
		return printJSON(s.out, list.Invocations)
	}
	rows := [][]string{{"INVOCATION", "STATE", "ACCEPTED", "CAMPAIGN", "LEADS", "FAILED", "ATTEMPTS"}}
	for _, raw := range list.Invocations {
		var i struct {
			ID       string    `json:"id"`
			State    string    `json:"state"`
			Accepted time.Time `json:"accepted"`
			Campaign int64     `json:"campaignId"`
			Leads    int       `json:"leads"`
			Attempts int       `json:"attempts"`
			Summary  struct {
				Failed int `json:"failed"`
			} `json:"summary"`
		}
		if err := json.Unmarshal(raw, &i); err != nil {
			return fmt.Errorf("list invocations: read the answer: %w", err)
		}
		rows = append(rows, []string{
			i.ID, i.State, i.Accepted.Format(time.RFC3339), strconv.FormatInt(i.Campaign, 10),
			strconv.Itoa(i.Leads), strconv.Itoa(i.Summary.Failed), strconv.Itoa(i.Attempts),
		})
	}
	return printTable(s.out, rows)
}

type invocationsShow struct {
	client
	ID string `arg:"" help:"Number of the invocation."`
}

func (c *invocationsShow) Run(ctx context.Context, s streams) error {
	var info json.RawMessage
	if err := c.call(ctx, http.MethodGet, "/invocations/"+url.PathEscape(c.ID), nil, &info); err != nil {
		return err
	}
	return printJSON(s.out, info)
}

type invocationsReplay struct {
	client
	ID    string    `arg:"" optional:"" help:"Number of the invocation."`
	State string    `default:"dead" enum:"dead,probably_delivered" help:"With --from: which ones, dead or probably_delivered."`
	From  time.Time `help:"Replay all that were accepted from this time on, such as 2026-11-20T08:00:00Z."`
	To    time.Time `help:"… and before this time. Default: now."`
}

func (c *invocationsReplay) Run(ctx context.Context, s streams) error {
	if (c.ID == "") == c.From.IsZero() {
		return fmt.Errorf("give either the number of an invocation or --from: %w", errUsage)
	}
	if c.ID != "" {
		if err := c.call(ctx, http.MethodPost, "/invocations/"+url.PathEscape(c.ID)+"/replay", nil, nil); err != nil {
			return err
		}
		_, err := fmt.Fprintf(s.out, "invocation %s will be delivered again\n", c.ID)
		return err
	}
	if c.To.IsZero() {
		c.To = time.Now()
	}
	var answer struct {
		Replayed int `json:"replayed"`
	}
	if err := c.call(ctx, http.MethodPost, "/invocations/replay", map[string]any{"state": c.State, "from": c.From, "to": c.To}, &answer); err != nil {
		return err
	}
	_, err := fmt.Fprintf(s.out, "%d invocations will be delivered again\n", answer.Replayed)
	return err
}
