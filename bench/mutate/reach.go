package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// A Reach says which lines of a room are run by which tests of a package. A change is
// tried with those tests only: the others cannot notice it, and they are nearly all.
type Reach struct {
	Tests  []Reached // the quickest first
	Broken []string  // tests that fail without any change; they find nothing
}

// Reached is what one test runs.
type Reached struct {
	Test  string
	Took  time.Duration
	lines map[string][]span // by file, from the module's root
}

// A span is a block of lines that are run together, both ends within it.
type span struct{ first, last int }

// of gives the tests that run one of the places; all of them where no place is known.
func (r *Reach) of(places []Place) []Reached {
	if len(places) == 0 {
		return r.Tests
	}
	var tests []Reached
	for _, t := range r.Tests {
		if slices.ContainsFunc(places, t.runs) {
			tests = append(tests, t)
		}
	}
	return tests
}

func (r Reached) runs(p Place) bool {
	return slices.ContainsFunc(r.lines[p.File], func(s span) bool { return s.first <= p.Line && p.Line <= s.last })
}

// measure runs each test of a package alone and notes what it runs of the room.
func (t *trial) measure(ctx context.Context, room, pkg string) (*Reach, error) {
	dir, err := os.MkdirTemp("", "mutate-")
	if err != nil {
		return nil, fmt.Errorf("make folder: %w", err)
	}
	reach, err := t.measureIn(ctx, dir, room, pkg)
	if gone := os.RemoveAll(dir); gone != nil {
		err = errors.Join(err, fmt.Errorf("remove folder: %w", gone))
	}
	return reach, err
}

func (t *trial) measureIn(ctx context.Context, dir, room, pkg string) (*Reach, error) {
	binary := filepath.Join(dir, "tests")
	if out, err := t.build(ctx, binary, pkg, "-covermode=set", "-coverpkg=./"+room); err != nil {
		return nil, fmt.Errorf("build the tests of %s: %w\n%s", pkg, err, out)
	}
	if _, err := os.Stat(binary); errors.Is(err, os.ErrNotExist) {
		return &Reach{}, nil // The go command writes nothing for a package without tests.
	}
	out, err := t.command(ctx, binary, pkg, "-test.list", "^(Test|Fuzz|Example)").Output()
	if err != nil {
		return nil, fmt.Errorf("list the tests of %s: %w", pkg, err)
	}
	var mu sync.Mutex // guards reach
	reach := &Reach{}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(t.jobs)
	for i, name := range strings.Fields(string(out)) {
		g.Go(func() error {
			profile := filepath.Join(dir, strconv.Itoa(i))
			start := time.Now()
			err := t.command(ctx, binary, pkg, t.arguments("^"+name+"$", "-test.coverprofile="+profile)...).Run()
			took := time.Since(start)
			var exit *exec.ExitError
			switch {
			case errors.As(err, &exit) && ctx.Err() == nil:
				mu.Lock()
				defer mu.Unlock()
				reach.Broken = append(reach.Broken, name)
				return nil
			case err != nil:
				return fmt.Errorf("run %s of %s: %w", name, pkg, err)
			}
			data, err := os.ReadFile(profile)
			if err != nil {
				return fmt.Errorf("read what %s runs: %w", name, err)
			}
			lines, err := covered(data, t.module)
			if err != nil {
				return fmt.Errorf("read what %s runs: %w", name, err)
			}
			if len(lines) > 0 {
				mu.Lock()
				defer mu.Unlock()
				reach.Tests = append(reach.Tests, Reached{Test: name, Took: took, lines: lines})
			}
			return os.Remove(profile)
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	slices.SortFunc(reach.Tests, func(a, b Reached) int { return int(a.Took - b.Took) })
	slices.Sort(reach.Broken)
	return reach, nil
}

// covered reads the blocks of a cover profile that were run. A line of it says
// FILE:LINE.COLUMN,LINE.COLUMN STATEMENTS TIMES.
func covered(profile []byte, module string) (map[string][]span, error) {
	lines := map[string][]span{}
	s := bufio.NewScanner(bytes.NewReader(profile))
	for s.Scan() {
		text := s.Text()
		if strings.HasPrefix(text, "mode:") || strings.HasSuffix(text, " 0") {
			continue
		}
		colon := strings.LastIndexByte(text, ':')
		var first, last, column, statements, times int
		if colon < 0 {
			return nil, fmt.Errorf("%q is no line of a cover profile", text)
		}
		if _, err := fmt.Sscanf(text[colon+1:], "%d.%d,%d.%d %d %d", &first, &column, &last, &column, &statements, &times); err != nil {
			return nil, fmt.Errorf("%q is no line of a cover profile: %w", text, err)
		}
		file := strings.TrimPrefix(text[:colon], module+"/")
		lines[file] = append(lines[file], span{first, last})
	}
	if err := s.Err(); err != nil {
		return nil, fmt.Errorf("read cover profile: %w", err)
	}
	return lines, nil
}
