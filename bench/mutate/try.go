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
	"regexp"
	"slices"
	"strings"
	"sync"
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

// quick is how long the tests may take together that are tried before all others: most
// changes are found by one of them.
const quick = 2 * time.Second

// A trial runs tests over the changes of one room.
type trial struct {
	root, module string
	timeout      time.Duration // of one run of tests
	budget       time.Duration // of the tests of one package over one change
	skip         string        // tests that are not run, as the go command's -skip
	jobs         int
	dir          string // of the board
	board        *Board // nil: every change is tried by itself

	mu    sync.Mutex // guards reach
	reach map[string]func() (*Reach, error)
}

// reachOf measures the reach of a package's tests once, when it is first asked for.
func (t *trial) reachOf(ctx context.Context, room, pkg string) (*Reach, error) {
	t.mu.Lock()
	once := t.reach[pkg]
	if once == nil {
		once = sync.OnceValues(func() (*Reach, error) { return t.measure(ctx, room, pkg) })
		if t.reach == nil {
			t.reach = map[string]func() (*Reach, error){}
		}
		t.reach[pkg] = once
	}
	t.mu.Unlock()
	return once()
}

// try runs the tests of a room that reach a change, then those of the rooms that import
// it. It names the package and the test that found the change.
func (t *trial) try(ctx context.Context, r *Room, c Change) (Outcome, string, error) {
	dir, err := os.MkdirTemp("", "mutate-")
	if err != nil {
		return "", "", fmt.Errorf("make folder: %w", err)
	}
	outcome, by, err := t.within(ctx, dir, r, c)
	if gone := os.RemoveAll(dir); gone != nil {
		err = errors.Join(err, fmt.Errorf("remove folder: %w", gone))
	}
	return outcome, by, err
}

func (t *trial) within(ctx context.Context, dir string, r *Room, c Change) (Outcome, string, error) {
	number := ""
	if t.board != nil {
		number = t.board.numbers[c.id()]
	}
	overlay := filepath.Join(dir, "overlay.json")
	if number == "" {
		if compiles, err := t.alone(ctx, dir, overlay, r, c); err != nil || !compiles {
			return NoProgram, "", err
		}
	}
	packages := r.Importers
	if r.Tested {
		packages = slices.Concat([]string{r.Path}, r.Importers)
	}
	for _, p := range packages {
		reach, err := t.reachOf(ctx, r.Path, p)
		if err != nil {
			return "", "", err
		}
		tests := reach.of(c.places)
		if len(tests) == 0 {
			continue
		}
		var binary string
		if number != "" {
			binary, err = t.binary(ctx, t.board, p)
		} else {
			binary = filepath.Join(dir, "tests")
			var out []byte
			if out, err = t.build(ctx, binary, p, "-overlay", overlay); err != nil {
				err = fmt.Errorf("build the tests of %s: %w\n%s", p, err, out)
			}
		}
		if err != nil {
			return "", "", err
		}
		test, err := t.test(ctx, number, binary, p, tests)
		if err != nil {
			return "", "", err
		}
		if test != "" {
			return Found, p + " " + test, nil
		}
	}
	return Survived, "", nil
}

// alone writes an overlay with the one change, and tells whether the room compiles.
func (t *trial) alone(ctx context.Context, dir, overlay string, r *Room, c Change) (bool, error) {
	original := filepath.Join(t.root, filepath.FromSlash(c.File))
	source, err := os.ReadFile(original)
	if err != nil {
		return false, fmt.Errorf("read source: %w", err)
	}
	changed := filepath.Join(dir, path.Base(c.File))
	if err := os.WriteFile(changed, c.apply(source), 0o600); err != nil {
		return false, fmt.Errorf("write the changed file: %w", err)
	}
	if err := writeOverlay(overlay, map[string]string{original: changed}); err != nil {
		return false, err
	}
	build := exec.CommandContext(ctx, "go", "build", "-overlay", overlay, "-o", os.DevNull, "./"+r.Path)
	build.Dir = t.root
	err = build.Run()
	var exit *exec.ExitError
	if err != nil && (ctx.Err() != nil || !errors.As(err, &exit)) {
		return false, fmt.Errorf("build %s: %w", r.Path, err)
	}
	return err == nil, nil
}

// writeOverlay tells the go command to read other files in place of some.
func writeOverlay(file string, replace map[string]string) error {
	data, err := json.Marshal(map[string]map[string]string{"Replace": replace})
	if err != nil {
		return fmt.Errorf("write the overlay: %w", err)
	}
	if err := os.WriteFile(file, data, 0o600); err != nil {
		return fmt.Errorf("write the overlay: %w", err)
	}
	return nil
}

// test runs tests of a package over a change, the quick ones first, and names the one
// that fails; empty if none does. A failure counts when it comes twice, so that a test
// that a busy machine delays finds nothing.
func (t *trial) test(ctx context.Context, number, binary, pkg string, tests []Reached) (string, error) {
	rest := t.budget
	for limit := quick; len(tests) > 0; limit = rest {
		part, took := []string{}, time.Duration(0)
		for len(tests) > 0 && took+tests[0].Took <= limit {
			part, took = append(part, tests[0].Test), took+tests[0].Took
			tests = tests[1:]
		}
		if len(part) == 0 && limit == rest {
			break // What is left would take too long.
		}
		if len(part) == 0 {
			continue
		}
		rest -= took
		failed, err := t.fails(ctx, number, binary, pkg, part)
		if err != nil {
			return "", err
		}
		switch failed {
		case "":
			continue
		case hung:
			return hung, nil
		}
		again := part
		if slices.Contains(part, failed) {
			again = []string{failed}
		}
		if twice, err := t.fails(ctx, number, binary, pkg, again); err != nil || twice != "" {
			return failed, err
		}
	}
	return "", nil
}

// hung is in place of a test's name.
const hung = "by a hang"

var failure = regexp.MustCompile(`(?m)^\s*--- FAIL: ([^/\s]+)`)

// fails runs the named tests and tells which one failed, or that all of them ended
// otherwise.
func (t *trial) fails(ctx context.Context, number, binary, pkg string, tests []string) (string, error) {
	limited, cancel := context.WithTimeout(ctx, t.timeout+time.Minute)
	defer cancel()
	run := t.command(limited, binary, pkg, t.arguments("^("+strings.Join(tests, "|")+")$")...)
	run.Env = append(os.Environ(), switchVariable+"="+number)
	out, err := run.CombinedOutput()
	switch {
	case err == nil:
		return "", nil
	case ctx.Err() != nil:
		return "", ctx.Err()
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) && limited.Err() == nil {
		return "", fmt.Errorf("run tests of %s: %w", pkg, err)
	}
	if limited.Err() != nil || bytes.Contains(out, []byte("panic: test timed out")) {
		return hung, nil
	}
	if m := failure.FindSubmatch(out); m != nil {
		return string(m[1]), nil
	}
	return "by its end", nil
}

// build compiles the tests of a package. Names of symbols are left out: linking is most
// of the work.
func (t *trial) build(ctx context.Context, binary, pkg string, flags ...string) ([]byte, error) {
	args := slices.Concat([]string{"test", "-c", "-vet=off", "-ldflags=-s -w", "-o", binary}, flags, []string{"./" + pkg})
	build := exec.CommandContext(ctx, "go", args...)
	build.Dir = t.root
	return build.CombinedOutput()
}

// command runs built tests where the go command would run them.
func (t *trial) command(ctx context.Context, binary, pkg string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, binary, args...)
	c.Dir = filepath.Join(t.root, filepath.FromSlash(pkg))
	c.WaitDelay = 10 * time.Second
	return c
}

// arguments are those of a run of tests.
func (t *trial) arguments(tests string, more ...string) []string {
	args := append([]string{"-test.run", tests, "-test.short", "-test.failfast", "-test.timeout", t.timeout.String()}, more...)
	if t.skip != "" {
		args = append(args, "-test.skip", t.skip)
	}
	return args
}
