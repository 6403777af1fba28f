package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
)

// A Result is a change with its outcome.
type Result struct {
	Room    string
	Change  Change
	Outcome Outcome
	Reason  string // why a survivor is accepted; empty if it is not
}

// accepted reads the reasons of survivors that are known, by the names of the changes.
func accepted(file string) (map[string]string, error) {
	reasons := map[string]string{}
	if file == "" {
		return reasons, nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("read accepted survivors: %w", err)
	}
	defer func() { _ = f.Close() }() // nothing was written
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		change, reason, ok := strings.Cut(line, " -- ")
		if !ok || reason == "" {
			return nil, fmt.Errorf("%s: line %d: write FILE: OLD => NEW -- reason", file, n)
		}
		reasons[change] = reason
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read accepted survivors: %w", err)
	}
	return reasons, nil
}

// write prints a line for each room, then the survivors.
func write(w io.Writer, results []Result) error {
	type count struct{ tried, found, accepted int }
	counts, order := map[string]*count{}, []string{}
	total := &count{}
	for _, r := range results {
		c := counts[r.Room]
		if c == nil {
			c = &count{}
			counts[r.Room] = c
			order = append(order, r.Room)
		}
		for _, c := range []*count{c, total} {
			c.tried++
			if r.Outcome == Found {
				c.found++
			} else if r.Reason != "" {
				c.accepted++
			}
		}
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	line := func(name string, c *count) {
		fmt.Fprintf(t, "%s\t%d\t%d\t%d %%\t%d\t%d\n", name, c.tried, c.found, 100*c.found/max(c.tried, 1), c.tried-c.found-c.accepted, c.accepted)
	}
	fmt.Fprintln(t, "room\tchanges\tfound\t\tsurvived\tof them with a reason")
	for _, name := range order {
		line(name, counts[name])
	}
	line("all", total)
	if err := t.Flush(); err != nil {
		return fmt.Errorf("print report: %w", err)
	}
	for _, r := range results {
		if r.Outcome != Survived {
			continue
		}
		reason := r.Reason
		if reason == "" {
			reason = "no test says so"
		}
		if _, err := fmt.Fprintf(w, "\n%s\n    line %d, in %q: %s -- %s\n", r.Change, r.Change.Line, r.Change.Func, r.Change.Kind, reason); err != nil {
			return fmt.Errorf("print report: %w", err)
		}
	}
	return nil
}
