package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"tablestep/api/shape"
)

// guessedFile is a file as a person has it: nothing says how it is to be used.
const (
	guessedFile = "Sales regions (EMEA).csv"
	guessedRows = "Country,Region,Owner\nGermany,DACH,ada@example.com\nFrance,South,bob@example.com\n"
)

// showGuess uploads a file without a lookup, and shows what a lead gets before and after the
// suggested one is confirmed.
func showGuess(ctx context.Context, people *client, out io.Writer) error {
	named, err := call[shape.Suggested](ctx, people, http.MethodGet, "/suggest?"+url.Values{"file": {guessedFile}}.Encode(), nil)
	if err != nil {
		return fmt.Errorf("find a name for %s: %w", guessedFile, err)
	}
	query := url.Values{"name": {guessedFile}, "label": {named.Label}}
	if _, err := call[shape.Uploaded](ctx, people, http.MethodPost, tablePath(named.Name, "versions")+"?"+query.Encode(), strings.NewReader(guessedRows)); err != nil {
		return fmt.Errorf("upload %s: %w", guessedFile, err)
	}
	path := tablePath(named.Name, "lookups", named.Name)
	l, err := call[shape.Lookup](ctx, people, http.MethodGet, path, nil)
	if err != nil {
		return fmt.Errorf("show the lookup of %s: %w", named.Name, err)
	}
	if _, err := fmt.Fprintf(out, "\nA file without a lookup: %q becomes the table %s, and its lookup is suggested\n%s", guessedFile, named.Name, meaning(l)); err != nil {
		return err
	}
	if err := tryGuess(ctx, people, out, named.Name, "before"); err != nil {
		return err
	}
	if _, err := call[shape.SetLookup](ctx, people, http.MethodPost, path+"/confirm", nil); err != nil {
		return fmt.Errorf("confirm the lookup of %s: %w", named.Name, err)
	}
	return tryGuess(ctx, people, out, named.Name, "after ")
}

// tryGuess prints what is written to a lead, and why nothing is.
func tryGuess(ctx context.Context, people *client, out io.Writer, table, when string) error {
	answer, err := call[shape.Results](ctx, people, http.MethodPost, "/evaluate", map[string]any{
		"leads": []any{map[string]any{"id": 1, "country": "GERMANY"}}, "flow": map[string]any{"table": table},
	})
	if err != nil {
		return fmt.Errorf("try a lead with %s: %w", table, err)
	}
	for _, r := range answer.Results {
		var activity struct{ Reason string }
		if err := json.Unmarshal(r.ActivityData, &activity); err != nil {
			return fmt.Errorf("try a lead with %s: read the answer: %w", table, err)
		}
		why := ""
		if activity.Reason != "" {
			why = "  (" + activity.Reason + ")"
		}
		if _, err := fmt.Fprintf(out, "  GERMANY %s it is confirmed: %s%s\n", when, r.LeadData, why); err != nil {
			return err
		}
	}
	return nil
}
