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
	root, only, accepted, out, log string
	skip                           string
	changes, jobs                  int
	seed                           uint64
	timeout, budget                time.Duration
	list, told                     bool
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

func run(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	var s settings
	f := flag.NewFlagSet("mutate", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&s.root, "root", ".", "the module's `folder`")
	f.StringVar(&s.only, "only", "", "groups of rooms, separated by commas: engine, engine/queue/..., or tables/...=8 with a number of changes for each room; default: all")
	f.IntVar(&s.changes, "changes", 40, "changes to try in each room; fewer where it has no more")
	f.Uint64Var(&s.seed, "seed", 1, "which of them")
	f.IntVar(&s.jobs, "jobs", 2, "changes that are tried at once")
	f.DurationVar(&s.timeout, "timeout", 30*time.Second, "after which tests are taken to hang, which finds the change")
	f.DurationVar(&s.budget, "budget", 20*time.Second, "what the tests of one room may take over a change; the slowest are left out")
	f.StringVar(&s.skip, "skip", "", "tests that are not run, a regular expression")
	f.StringVar(&s.accepted, "accepted", "", "`file` of survivors that are known, with their reasons")
	f.StringVar(&s.log, "log", "", "`file` that keeps what was tried: what was found is not tried again while its source is the same")
	f.BoolVar(&s.told, "told", false, "try nothing and report what the log holds of these changes")
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
	wanted, err := groups(s.only, s.changes)
	if err != nil {
		return err
	}
	list, module, err := rooms(ctx, s.root, wanted)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return fmt.Errorf("%w: no package of %q has code and tests", errUsage, s.only)
	}
	reasons, err := accepted(s.accepted)
	if err != nil {
		return err
	}
	log, err := openLog(s.log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, log.close()) }()
	begun := time.Now()
	var results []Result
	for _, r := range list {
		changes, err := r.changes(s.root, s.seed)
		if err != nil {
			return err
		}
		if s.list {
			for _, c := range changes[:min(len(changes), r.Group.Changes)] {
				if _, err := fmt.Fprintf(stdout, "%s (line %d)\n", c, c.Line); err != nil {
					return fmt.Errorf("list changes: %w", err)
				}
			}
			continue
		}
		if s.told {
			results = append(results, log.told(s.root, r, changes, reasons)...)
			continue
		}
		tried, err := s.tryRoom(ctx, r, module, changes, log, stderr)
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
	if err := head(ctx, &report, s, args, begun); err != nil {
		return err
	}
	if err := write(&report, wanted, results); err != nil {
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
func (s *settings) tryRoom(ctx context.Context, r *Room, module string, changes []Change, log *Log, progress io.Writer) ([]Result, error) {
	t := &trial{root: s.root, module: module, timeout: s.timeout, budget: s.budget, skip: s.skip, jobs: s.jobs}
	var results []Result
	for len(changes) > 0 && len(results) < r.Group.Changes {
		part := changes[:min(len(changes), r.Group.Changes-len(results))]
		changes = changes[len(part):]
		if err := t.prepare(ctx, r, part, log); err != nil {
			return nil, err
		}
		tried := make([]Result, len(part))
		g, ctx := errgroup.WithContext(ctx)
		g.SetLimit(s.jobs)
		for i, c := range part {
			g.Go(func() error {
				if known, ok := log.known(s.root, c); ok {
					tried[i] = Result{Room: r.Path, Group: r.Group.Pattern, Change: c, Outcome: known}
					return nil
				}
				outcome, by, err := t.try(ctx, r, c)
				if err != nil {
					return fmt.Errorf("%s: %w", c, err)
				}
				tried[i] = Result{Room: r.Path, Group: r.Group.Pattern, Change: c, Outcome: outcome}
				return log.write(s.root, c, outcome, by)
			})
		}
		if err := errors.Join(g.Wait(), t.clear()); err != nil {
			return nil, err
		}
		for _, r := range tried {
			if r.Outcome != NoProgram {
				results = append(results, r)
			}
		}
		if _, err := fmt.Fprintf(progress, "%s: %d of %d tried\n", r.Path, len(results), r.Group.Changes); err != nil {
			return nil, fmt.Errorf("tell progress: %w", err)
		}
	}
	for pkg, once := range t.reach {
		reach, err := once()
		if err != nil {
			return nil, err
		}
		if len(reach.Broken) == 0 {
			continue
		}
		if _, err := fmt.Fprintf(progress, "%s: tests that fail without a change, and are left out: %s\n", pkg, strings.Join(reach.Broken, ", ")); err != nil {
			return nil, fmt.Errorf("tell progress: %w", err)
		}
	}
	return results, nil
}
