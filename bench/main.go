package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// Exit codes, those of the program that is measured.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// errUsage marks wrong arguments.
var errUsage = errors.New("wrong usage")

func main() { os.Exit(mainCode()) }

// mainCode is the program but for its exit, so that what is deferred happens.
func mainCode() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var err error
	if len(os.Args) > 1 && os.Args[1] == childCommand {
		err = runChild(ctx, os.Args[2:], os.Stdout)
	} else {
		err = run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	}
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return exitDone
	case errors.Is(err, errUsage):
		fmt.Fprintln(os.Stderr, "bench:", err)
		return exitUsage
	default:
		fmt.Fprintln(os.Stderr, "bench:", err)
		return exitFailed
	}
}

// settings are what the command line says.
type settings struct {
	short, turns      bool
	json, list, gate  bool
	only              []string
	rows, leads       []int
	repeat            int
	evaluators        int
	senders           int
	out, dir, profile string
}

func parse(args []string, stderr io.Writer) (settings, error) {
	var s settings
	var only, rows, leads string
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.BoolVar(&s.short, "short", false, "small tables and few repetitions: shows that everything works, not how fast it is")
	f.BoolVar(&s.turns, "turns", false, "one short run of this program alone, printed as lines for benchstat: run two commits by turns")
	f.BoolVar(&s.json, "json", false, "print JSON instead of a table")
	f.BoolVar(&s.list, "list", false, "list the sections and exit")
	f.BoolVar(&s.gate, "gate", false, "measure a small fixed set beside the plain way and fail if a quarter of what was recorded is lost; for CI")
	f.StringVar(&only, "only", "", "run only these sections, separated by commas")
	f.StringVar(&rows, "rows", "", "only tables of these sizes in the sections that go through several, separated by commas")
	f.StringVar(&leads, "leads", "", "only batches of these sizes, likewise")
	f.IntVar(&s.repeat, "repeat", 0, "`times` that everything is measured (default: 5, or 1 with --short)")
	f.IntVar(&s.evaluators, "evaluators", 0, "evaluations at once in the durable subject, which then runs in this command's own wiring")
	f.IntVar(&s.senders, "senders", 0, "attempts at once, likewise")
	f.StringVar(&s.out, "out", "", "also write the report to this `file`, such as bench/results/NAME-DATE.txt")
	f.StringVar(&s.dir, "dir", "", "`folder` for the data, on the disk that is to be measured (default: the system's for temporary files)")
	f.StringVar(&s.profile, "profile", "", "write CPU profiles of the evaluation and of the subjects to this `folder`; "+
		"the durable subject then runs in this command's own wiring")
	if err := f.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return s, err
		}
		return s, fmt.Errorf("%w: %w", errUsage, err)
	}
	if f.NArg() > 0 {
		return s, fmt.Errorf("%w: %q is no flag", errUsage, f.Arg(0))
	}
	if only != "" {
		s.only = strings.Split(only, ",")
	}
	for _, list := range []struct {
		text string
		to   *[]int
	}{{rows, &s.rows}, {leads, &s.leads}} {
		for text := range strings.SplitSeq(list.text, ",") {
			if list.text == "" {
				break
			}
			n, err := strconv.Atoi(text)
			if err != nil || n < 1 {
				return s, fmt.Errorf("%w: %q is no size", errUsage, text)
			}
			*list.to = append(*list.to, n)
		}
	}
	for _, name := range s.only {
		if !slices.ContainsFunc(sections(), func(s section) bool { return s.name == name }) {
			return s, fmt.Errorf("%w: there is no section %q; --list names them", errUsage, name)
		}
	}
	return s, nil
}

// run measures what the arguments ask for and prints the report.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	set, err := parse(args, stderr)
	if err != nil {
		return err
	}
	if set.list {
		for _, s := range sections() {
			if _, err := fmt.Fprintf(stdout, "%-12s %s\n", s.name, s.about); err != nil {
				return fmt.Errorf("list sections: %w", err)
			}
		}
		return nil
	}
	dir, err := os.MkdirTemp(set.dir, "tablestep-bench-")
	if err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if set.gate {
		return gate(ctx, dir, stdout, stderr)
	}
	b := newBench(dir, set, stderr)
	b.report.Machine = lookAround(ctx)
	for _, s := range sections() {
		if len(set.only) > 0 && !slices.Contains(set.only, s.name) {
			continue
		}
		b.section = s.name
		b.progress("%s", s.about)
		if err := s.run(ctx, b); err != nil {
			return fmt.Errorf("section %s: %w", s.name, err)
		}
	}
	if set.out != "" {
		if err := b.report.writeFile(set.out); err != nil {
			return err
		}
	}
	switch {
	case set.json:
		return b.report.printJSON(stdout)
	case set.turns:
		return b.report.printBenchmarks(stdout)
	}
	return b.report.print(stdout)
}
