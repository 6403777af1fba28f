package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// An Outcome is what the tests made of a change.
type Outcome string

// The outcomes.
const (
	Found     Outcome = "found"
	Survived  Outcome = "survived"
	NoProgram Outcome = "no program" // it does not compile
)

// A trial runs tests over changes.
type trial struct {
	root    string
	timeout time.Duration // of the tests of one room
	flags   []string      // further ones of go test
}

// try runs the tests of a room over a change, then those of the rooms that import it.
func (t *trial) try(ctx context.Context, r *Room, c Change) (Outcome, error) {
	dir, err := os.MkdirTemp("", "mutate-")
	if err != nil {
		return "", fmt.Errorf("make folder: %w", err)
	}
	outcome, err := t.within(ctx, dir, r, c)
	if gone := os.RemoveAll(dir); gone != nil {
		err = errors.Join(err, fmt.Errorf("remove folder: %w", gone))
	}
	return outcome, err
}

func (t *trial) within(ctx context.Context, dir string, r *Room, c Change) (Outcome, error) {
	original := filepath.Join(t.root, filepath.FromSlash(c.File))
	source, err := os.ReadFile(original)
	if err != nil {
		return "", fmt.Errorf("read source: %w", err)
	}
	changed := filepath.Join(dir, path.Base(c.File))
	if err := os.WriteFile(changed, c.apply(source), 0o600); err != nil {
		return "", fmt.Errorf("write the changed file: %w", err)
	}
	overlay := filepath.Join(dir, "overlay.json")
	data, err := json.Marshal(map[string]map[string]string{"Replace": {original: changed}})
	if err != nil {
		return "", fmt.Errorf("write the overlay: %w", err)
	}
	if err := os.WriteFile(overlay, data, 0o600); err != nil {
		return "", fmt.Errorf("write the overlay: %w", err)
	}
	for _, p := range slices.Concat([]string{r.Path}, r.Importers) {
		outcome, err := t.test(ctx, overlay, p, p == r.Path)
		if err != nil || outcome != Survived {
			return outcome, err
		}
	}
	return Survived, nil
}

// test runs the tests of one package. vet is left to other tools: it would find changes
// that no test does.
func (t *trial) test(ctx context.Context, overlay, pkg string, own bool) (Outcome, error) {
	// The go command's own timeout kills a test that hangs; a little later we kill all.
	ctx, cancel := context.WithTimeout(ctx, t.timeout+time.Minute)
	defer cancel()
	args := slices.Concat([]string{"test", "-overlay", overlay, "-vet=off", "-count=1", "-failfast", "-timeout", t.timeout.String()}, t.flags, []string{"./" + pkg})
	test := exec.CommandContext(ctx, "go", args...)
	test.Dir = t.root
	test.WaitDelay = 10 * time.Second
	out, err := test.CombinedOutput()
	switch {
	case err == nil:
		return Survived, nil
	case bytes.Contains(out, []byte("[build failed]")) || bytes.Contains(out, []byte("[setup failed]")):
		if own {
			return NoProgram, nil
		}
		return "", fmt.Errorf("tests of %s do not compile:\n%s", pkg, out)
	case errors.Is(ctx.Err(), context.Canceled):
		return "", ctx.Err()
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) && !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return "", fmt.Errorf("run %s: %w", strings.Join(test.Args, " "), err)
	}
	return Found, nil
}
