package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"tablestep/api/shape"
)

// clientTimeout bounds a call of the admin API that is no upload.
const clientTimeout = 2 * time.Minute

// A client calls the admin API of a running service.
type client struct {
	// Embedded by every command that asks a service, so all have the same flags.
	Server   string `default:"http://127.0.0.1:8080" help:"Address of the running service." placeholder:"URL"`
	AdminKey string `name:"admin-key" help:"Admin key of the service. Default: the one kept in the data folder." placeholder:"KEY"`
	Data     string `default:"./tablestep-data" help:"Data folder of a service on this machine, for its admin key." type:"path"`
	JSON     bool   `name:"json" help:"Print what the service answered, as JSON."`
}

// An apiError is an error that the service told.
type apiError shape.Error

func (e *apiError) Error() string {
	return fmt.Sprintf("%s (%s)", e.Message, e.Code)
}

// ask sends a request and prints the answer: with --json as it came, byte for byte but
// for white space, else as show says. A body that is an io.Reader is sent as it is, any
// other as JSON. An answer without a body is not printed with --json.
func ask[Answer any](ctx context.Context, c *client, s streams, method, path string, body any, show func(w io.Writer, answer *Answer) error) error {
	raw, err := c.raw(ctx, method, path, body)
	if err != nil {
		return err
	}
	if c.JSON {
		return printRaw(s.out, raw)
	}
	answer, err := read[Answer](method, path, raw)
	if err != nil {
		return err
	}
	return show(s.out, answer)
}

// call is ask for an answer that is only looked at.
func call[Answer any](ctx context.Context, c *client, method, path string, body any) (*Answer, error) {
	raw, err := c.raw(ctx, method, path, body)
	if err != nil {
		return nil, err
	}
	return read[Answer](method, path, raw)
}

// nothing is an answer without a body.
type nothing struct{}

// read decodes an answer.
func read[Answer any](method, path string, raw []byte) (*Answer, error) {
	// An empty body is the zero answer, which is what 204 stands for.
	answer := new(Answer)
	if len(raw) == 0 {
		return answer, nil
	}
	if err := json.Unmarshal(raw, answer); err != nil {
		return nil, fmt.Errorf("%s %s: read the answer: %w", method, path, err)
	}
	return answer, nil
}

// raw sends a request and returns the body of the answer.
func (c *client) raw(ctx context.Context, method, path string, body any) (raw []byte, err error) {
	answer, err := c.do(ctx, method, path, body)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, answer.Close()) }()
	if raw, err = io.ReadAll(answer); err != nil {
		return nil, fmt.Errorf("%s %s: read the answer: %w", method, path, err)
	}
	return raw, nil
}

// do sends a request and returns the body of the answer, which the caller closes.
func (c *client) do(ctx context.Context, method, path string, body any) (io.ReadCloser, error) {
	key, err := c.key()
	if err != nil {
		return nil, err
	}
	var src io.Reader
	timeout := clientTimeout
	switch b := body.(type) {
	case nil:
	// An upload takes as long as it takes; the service gives it up when it stalls.
	case io.Reader:
		src, timeout = b, 0
	default:
		raw, err := json.Marshal(b)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", method, path, err)
		}
		src = bytes.NewReader(raw)
	}
	r, err := http.NewRequestWithContext(ctx, method, strings.TrimRight(c.Server, "/")+"/api/v1"+path, src)
	if err != nil {
		return nil, fmt.Errorf("--server: %w: %w", err, errUsage)
	}
	r.Header.Set("Authorization", "Bearer "+key)
	if src != nil {
		r.Header.Set("Content-Type", "application/json")
		if _, isFile := body.(io.Reader); isFile {
			r.Header.Set("Content-Type", "application/octet-stream")
		}
	}
	answer, err := (&http.Client{Timeout: timeout}).Do(r)
	if err != nil {
		return nil, fmt.Errorf("call the service: %w", err)
	}
	// Redirects were followed; what is left of them is no answer.
	if answer.StatusCode >= 300 {
		defer func() { _ = answer.Body.Close() }() // its status is an error already
		return nil, readError(answer)
	}
	return answer.Body, nil
}

// readError is the service's own words where it has told any. A proxy in between answers
// with a page, of which the status has to do.
func readError(answer *http.Response) error {
	var told shape.Problem
	if err := json.NewDecoder(answer.Body).Decode(&told); err != nil || told.Error.Code == "" {
		return fmt.Errorf("the service answered %s", answer.Status)
	}
	return (*apiError)(&told.Error)
}

// key is the admin key: that of the flag, else that of a data folder on this machine.
func (c *client) key() (string, error) {
	if keys := splitKeys([]string{c.AdminKey}); len(keys) > 0 {
		return keys[0], nil // the variable, which serve reads too, may hold several
	}
	key, err := readKey(c.Data, adminFile)
	if err != nil {
		return "", fmt.Errorf("--admin-key is not given: %w: %w", err, errUsage)
	}
	return key, nil
}

// tablePath is the path of a table and what is below it.
func tablePath(table string, below ...string) string {
	path := []string{"/tables", url.PathEscape(table)}
	for _, b := range below {
		path = append(path, url.PathEscape(b))
	}
	return strings.Join(path, "/")
}

// printRaw prints JSON as it came, indented.
func printRaw(w io.Writer, raw []byte) error {
	if len(raw) == 0 {
		return nil
	}
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "", "  "); err != nil {
		return fmt.Errorf("the service did not answer with JSON: %w", err)
	}
	b.WriteByte('\n')
	_, err := b.WriteTo(w)
	return err
}

// printJSON prints a value as a script wants it.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// printTable prints rows with aligned columns; the first row is the header.
func printTable(w io.Writer, rows [][]string) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, r := range rows {
		if _, err := fmt.Fprintln(t, strings.Join(r, "\t")); err != nil {
			return err
		}
	}
	return t.Flush()
}
