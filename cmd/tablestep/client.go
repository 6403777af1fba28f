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
	"os"
	"path/filepath"
	"strings"
	"time"

	"tablestep/api/shape"
	"tablestep/cmd/tablestep/terminal"
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

// inFile says of an error that the service told of the content of a file which file it is,
// and of one with a place in it where that is.
func inFile(file string, err error) error {
	told, ok := errors.AsType[*apiError](err)
	if !ok {
		return err
	}
	// A rule set tells its places itself, and may have several.
	if len(told.Details) == 1 && told.Details[0].Snippet != "" && told.Code != "RULESET_INVALID" {
		d := told.Details[0]
		return fmt.Errorf("%s, line %d, column %d: %s (%s)\n%s", file, d.Line, d.Character, d.Message, told.Code, d.Snippet)
	}
	return fmt.Errorf("%s: %w", file, err)
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
		return nil, unreachable(ctx, c.Server, err)
	}
	return raw, nil
}

// do sends a request and returns the body of the answer, which the caller closes.
func (c *client) do(ctx context.Context, method, path string, body any) (io.ReadCloser, error) {
	server, err := serviceAddress(c.Server)
	if err != nil {
		return nil, err
	}
	key, from, err := c.key()
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
	r, err := http.NewRequestWithContext(ctx, method, server+"/api/v1"+path, src)
	if err != nil {
		return nil, usagef("--server: %w", err)
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
		return nil, unreachable(ctx, server, err)
	}
	// Redirects were followed; what is left of them is no answer. Nor is a page, which is
	// what another program or a proxy's sign-in sends.
	if answer.StatusCode >= 300 || isPage(answer) {
		defer func() { _ = answer.Body.Close() }() // what it is is an error already
		if answer.StatusCode == http.StatusUnauthorized {
			return nil, fmt.Errorf("%w: the key was that of %s; \"tablestep serve\" says where it keeps its own", readError(server, answer), from)
		}
		return nil, readError(server, answer)
	}
	return answer.Body, nil
}

// isPage says whether an answer is for a browser.
func isPage(answer *http.Response) bool {
	return strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html")
}

// readError is the service's own words where it has told any. A proxy in between answers
// with a page, of which the status has to do.
func readError(server string, answer *http.Response) error {
	var told shape.Problem
	err := json.NewDecoder(answer.Body).Decode(&told)
	switch {
	case err == nil && told.Error.Code == "UNAUTHORIZED":
		told.Error.Message = "the admin key is wrong" // a command always sends one
	case err == nil && told.Error.Code != "":
	case answer.StatusCode >= http.StatusBadGateway:
		return fmt.Errorf("%s answered %s: a proxy stands there, and the service behind it does not run", server, answer.Status)
	default:
		return fmt.Errorf("%s answered %s, and not as a Tablestep service does: check the address that --server names", server, answer.Status)
	}
	return (*apiError)(&told.Error)
}

// key is the admin key, and where it was found: in the flag or its variable, else in a data
// folder on this machine.
func (c *client) key() (key, from string, err error) {
	if keys := splitKeys([]string{c.AdminKey}); len(keys) > 0 {
		// The variable, which serve reads too, may hold several.
		return keys[0], "--admin-key or TABLESTEP_ADMIN_KEY", nil
	}
	key, err = readKey(c.Data, adminFile)
	if errors.Is(err, os.ErrNotExist) {
		return "", "", usagef("no admin key: there is none in the data folder %s. Give the key with --admin-key KEY, or name the data folder of a service on this machine with --data DIR; the key was printed when the service was started first", c.Data)
	}
	if err != nil {
		return "", "", usagef("--admin-key is not given: %w", err)
	}
	return key, filepath.Join(c.Data, adminFile), nil
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

// printTable prints rows with aligned columns; the first row is the header. On a terminal
// they fit its width.
func printTable(w io.Writer, rows [][]string) error {
	return terminal.Table(w, rows, terminal.Width(w))
}
