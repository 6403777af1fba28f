package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"tablestep/cmd/tablestep/terminal"
	"tablestep/tables/schema"
	"tablestep/tables/typos"
)

// stdin is the name that stands for standard input.
const stdin = "-"

// A console is standard input. Its reads end with the context, since who stops a command
// that waits for an answer does not want to give it first.
type console struct {
	ctx context.Context //nolint:containedctx // a reader has no other way to be told
	*os.File
}

// Read reads, or returns errStopped. What is read after that is lost; the process ends.
func (c console) Read(p []byte) (int, error) {
	type result struct {
		n   int
		err error
	}
	// It has a buffer of its own: a read that comes too late must not write into ours.
	buffer, done := make([]byte, len(p)), make(chan result, 1)
	go func() {
		n, err := c.File.Read(buffer)
		done <- result{n, err}
	}()
	select {
	case r := <-done:
		return copy(p, buffer[:r.n]), r.err
	case <-c.ctx.Done():
		return 0, errStopped
	}
}

// An input is a file that an argument names, or standard input.
type input struct {
	io.Reader
	name  string // as messages have it
	size  int64  // in bytes; -1: not known before the end
	close func() error
}

// openInput opens what an argument names. A file that is not there is a mistake of the
// arguments; of those beside it the one that was likely meant is told.
func openInput(s streams, name string) (*input, error) {
	if name == stdin {
		if terminal.Is(s.in) {
			// Else the command waits, and nobody knows for what.
			if _, err := fmt.Fprintln(s.err, "Reading from the terminal; end with Ctrl-D on a line of its own."); err != nil {
				return nil, fmt.Errorf("ask for input: %w", err)
			}
		}
		return &input{s.in, "standard input", -1, func() error { return nil }}, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, noFile(name, err)
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = usagef("%s is a folder: name a file in it", name)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	in := &input{f, name, info.Size(), f.Close}
	if !info.Mode().IsRegular() {
		in.size = -1 // a pipe
	}
	return in, nil
}

// readInput reads all of what an argument names; name is how messages call it.
func readInput(s streams, file string) (name string, raw []byte, err error) {
	in, err := openInput(s, file)
	if err != nil {
		return "", nil, err
	}
	defer func() { err = errors.Join(err, in.close()) }()
	if raw, err = io.ReadAll(in); err != nil {
		return "", nil, fmt.Errorf("read %s: %w", in.name, err)
	}
	if len(bytes.TrimSpace(raw)) == 0 {
		return "", nil, fmt.Errorf("%s is empty", in.name)
	}
	return in.name, raw, nil
}

// noFile says why a file cannot be opened.
func noFile(name string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		folder, base := filepath.Split(name)
		entries, listErr := os.ReadDir(filepath.Clean(folder + "."))
		if listErr != nil {
			return usagef("%s is not there: the folder %s does not exist", name, filepath.Clean(folder))
		}
		var beside []string
		for _, e := range entries {
			beside = append(beside, e.Name())
		}
		if near := typos.Nearest(base, beside); near != "" {
			return usagef("%s is not there; did you mean %s?", name, folder+near)
		}
		return usagef("%s is not there: look at the name and the folder", name)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s may not be read by this user: give yourself the right to read it, or copy it", name)
	}
	return fmt.Errorf("open %s: %w", name, errors.Unwrap(err))
}

// unwritable says why a file cannot be made.
func unwritable(name string, err error) error {
	info, statErr := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return usagef("%s cannot be written: the folder %s does not exist", name, filepath.Dir(name))
	case statErr == nil && info.IsDir():
		return usagef("%s is a folder: name a file in it", name)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s may not be written by this user: choose another folder", name)
	}
	return fmt.Errorf("write %s: %w", name, err)
}

// A sent is a file that is sent; it notes whether that came to its end.
type sent struct {
	io.Reader
	whole bool
}

func (s *sent) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	s.whole = s.whole || errors.Is(err, io.EOF)
	return n, err
}

// uploadStopped says what has become of an upload that a person has stopped.
func uploadStopped(ctx context.Context, err error, table string, whole bool) error {
	switch {
	case ctx.Err() == nil:
		return err
	case !whole:
		return fmt.Errorf("%w: the file was not sent to its end, so nothing was stored, and what is live stays so", errStopped)
	}
	return fmt.Errorf("%w: the service had the whole file and may have stored it: look with \"tablestep table show %s\"", errStopped, table)
}

// checkName refuses what cannot be the name of a table, with one that can.
func checkName(flag, name string) error {
	err := schema.CheckName("table", name)
	if err == nil {
		return nil
	}
	text := strings.TrimPrefix(err.Error(), schema.ErrInvalid.Error()+": ")
	if likely := likeName(name); likely != "" {
		return usagef("%s: %s; did you mean %s %s?", flag, text, flag, likely)
	}
	return usagef("%s: %s", flag, text)
}

// likeName is a name that a table can have and that is like a text; empty where nothing of
// the text is left in it.
func likeName(text string) string {
	if name := schema.NameOf(text); name != schema.NameOf("") {
		return name
	}
	return ""
}

// hint tells a person at a terminal what to do next; a script has no use for it.
func hint(s streams, text string) error {
	if !terminal.Is(s.err) {
		return nil
	}
	_, err := fmt.Fprintln(s.err, text)
	return err
}
