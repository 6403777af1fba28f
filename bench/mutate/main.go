package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// settings are what the command line says.
type settings struct {
	root, only, accepted, out string
	flags                     string
	changes, jobs             int
	seed                      uint64
	timeout                   time.Duration
	list                      bool
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errUsage):
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(1)
	}
}

// errUsage marks wrong arguments.
var errUsage = errors.New("wrong usage")

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var s settings
	f := flag.NewFlagSet("mutate", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&s.root, "root", ".", "the module's `folder`")
	f.StringVar(&s.only, "only", "", "rooms, and all below them, separated by commas; default: all")
	f.IntVar(&s.changes, "changes", 40, "changes to try in each room; fewer where it has no more")
	f.Uint64Var(&s.seed, "seed", 1, "which of them")
	f.IntVar(&s.jobs, "jobs", 2, "changes that are tried at once")
	f.DurationVar(&s.timeout, "timeout", 2*time.Minute, "after which the tests of a room are taken to hang, which finds the change")
	f.StringVar(&s.flags, "flags", "-short", "further flags of go test, separated by spaces")
	f.StringVar(&s.accepted, "accepted", "", "`file` of survivors that are known, with their reasons")
	f.StringVar(&s.out, "out", "", "also write the report to this `file`")
	f.BoolVar(&s.list, "list", false, "list the changes and try none")
	if err := f.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	if f.NArg() > 0 || s.changes < 1 || s.jobs < 1 {
		return fmt.Errorf("%w: give flags only, and at least one change and one job; --help names them", errUsage)
	}
	// The go command wants to know whole paths in an overlay.
	root, err := filepath.Abs(s.root)
	if err != nil {
		return fmt.Errorf("find the module: %w", err)
	}
	s.root = root
	var only []string
	if s.only != "" {
		only = strings.Split(s.only, ",")
	}
	list, err := rooms(ctx, s.root, only)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return fmt.Errorf("%w: no package lies below %q", errUsage, s.only)
	}
	reasons, err := accepted(s.accepted)
	if err != nil {
		return err
	}
	var results []Result
	for _, r := range list {
		changes, err := r.changes(s.root, s.seed)
		if err != nil {
			return err
		}
		if s.list {
			for _, c := range changes[:min(len(changes), s.changes)] {
				if _, err := fmt.Fprintf(stdout, "%s (line %d)\n", c, c.Line); err != nil {
					return fmt.Errorf("list changes: %w", err)
				}
			}
			continue
		}
		tried, err := s.tryRoom(ctx, r, changes, stderr)
		if err != nil {
			return fmt.Errorf("room %s: %w", r.Path, err)
		}
		for _, t := range tried {
			t.Reason = reasons[t.Change.String()]
			results = append(results, t)
		}
	}
	if s.list {
		return nil
	}
	var report bytes.Buffer
	if err := write(&report, results); err != nil {
		return err
	}
	if s.out != "" {
		if err := os.WriteFile(s.out, report.Bytes(), 0o644); err != nil { //nolint:gosec // a report for everybody
			return fmt.Errorf("write report: %w", err)
		}
	}
	_, err = stdout.Write(report.Bytes())
	return err
}

// tryRoom tries changes in their order until so many that compile have been tried.
func (s *settings) tryRoom(ctx context.Context, r *Room, changes []Change, progress io.Writer) ([]Result, error) {
	t := &trial{root: s.root, timeout: s.timeout, flags: strings.Fields(s.flags)}
	var results []Result
	for len(changes) > 0 && len(results) < s.changes {
		part := changes[:min(len(changes), s.changes-len(results))]
		changes = changes[len(part):]
		outcomes := make([]Outcome, len(part))
		g, ctx := errgroup.WithContext(ctx)
		g.SetLimit(s.jobs)
		for i, c := range part {
			g.Go(func() (err error) {
				outcomes[i], err = t.try(ctx, r, c)
				return err
			})
		}
		if err := g.Wait(); err != nil {
			return nil, err
		}
		for i, o := range outcomes {
			if o == NoProgram {
				continue
			}
			results = append(results, Result{Room: r.Path, Change: part[i], Outcome: o})
		}
		if _, err := fmt.Fprintf(progress, "%s: %d of %d tried\n", r.Path, len(results), s.changes); err != nil {
			return nil, fmt.Errorf("tell progress: %w", err)
		}
	}
	return results, nil
}
