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
)

// clientTimeout bounds a call of the admin API that is no upload.
const clientTimeout = 2 * time.Minute

// A client calls the admin API of a running service.
type client struct {
	Server   string `default:"http://127.0.0.1:8080" help:"Address of the running service." placeholder:"URL"`
	AdminKey string `name:"admin-key" help:"Admin key of the service. Default: the one kept in the data folder." placeholder:"KEY"`
	Data     string `default:"./tablestep-data" help:"Data folder of a service on this machine, for its admin key." type:"path"`
	JSON     bool   `name:"json" help:"Print what the service answered, as JSON."`
}

// An apiError is an error that the service told.
type apiError struct {
	Status  int
	Code    string `json:"code"`
	Message string `json:"message"`
}

func (e *apiError) Error() string {
	return fmt.Sprintf("%s (%s)", e.Message, e.Code)
}

// call sends a request and decodes the answer into to, unless that is nil. A
// body that is an io.Reader is sent as it is, any other as JSON.
func (c *client) call(ctx context.Context, method, path string, body, to any) (err error) {
	raw, err := c.do(ctx, method, path, body)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, raw.Close()) }()
	if to == nil {
		_, err := io.Copy(io.Discard, raw)
		return err
	}
	if err := json.NewDecoder(raw).Decode(to); err != nil {
		return fmt.Errorf("%s %s: read the answer: %w", method, path, err)
	}
	return nil
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
	if answer.StatusCode >= 300 {
		defer answer.Body.Close()
		return nil, readError(answer)
	}
	return answer.Body, nil
}

func readError(answer *http.Response) error {
	var told struct {
		Error apiError `json:"error"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&told); err != nil || told.Error.Code == "" {
		return fmt.Errorf("the service answered %s", answer.Status)
	}
	told.Error.Status = answer.StatusCode
	return &told.Error
}

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
	path := "/tables/" + url.PathEscape(table)
	for _, b := range below {
		path += "/" + url.PathEscape(b)
	}
	return path
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
