package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// A Result is a change with its outcome.
type Result struct {
	Room    string
	Group   string // the part of --only that named the room
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

// head says on what, when and how a report came about.
func head(ctx context.Context, w io.Writer, s settings, args []string, begun time.Time) error {
	git := exec.CommandContext(ctx, "git", "describe", "--always", "--dirty")
	git.Dir = s.root
	commit, err := git.Output()
	if err != nil {
		commit = []byte("not under git")
	}
	cpu, err := cpuName("/proc/cpuinfo")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "# %s: changes of lines\n\nCPU %s, %d cores; %s; commit %s; `go run ./bench/mutate %s`\n\n",
		begun.UTC().Format(time.DateOnly), cpu, runtime.NumCPU(), runtime.Version(), strings.TrimSpace(string(commit)), strings.Join(args, " "))
	if err != nil {
		return fmt.Errorf("print report: %w", err)
	}
	return nil
}

// cpuName reads the name of the processor; where the system has no such file, it is the
// architecture's.
func cpuName(file string) (string, error) {
	data, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return runtime.GOARCH, nil
	} else if err != nil {
		return "", fmt.Errorf("read the processor's name: %w", err)
	}
	for line := range strings.Lines(string(data)) {
		if name, ok := strings.CutPrefix(line, "model name"); ok {
			return strings.TrimSpace(strings.TrimLeft(name, "\t :")), nil
		}
	}
	return runtime.GOARCH, nil
}

// count sums up outcomes.
type count struct{ tried, found, accepted int }

func (c *count) add(r Result) {
	c.tried++
	if r.Outcome == Found {
		c.found++
	} else if r.Reason != "" {
		c.accepted++
	}
}

func (c *count) row(name string) string {
	return fmt.Sprintf("| %s | %d | %d | %d %% | %d | %d |\n", name, c.tried, c.found, 100*c.found/max(c.tried, 1), c.tried-c.found-c.accepted, c.accepted)
}

// write prints a line for each group, one for each room, then the survivors, in Markdown.
func write(w io.Writer, groups []Group, results []Result) error {
	byGroup, byRoom, rooms, total := map[string]*count{}, map[string]*count{}, []string{}, &count{}
	for _, r := range results {
		if byRoom[r.Room] == nil {
			byRoom[r.Room] = &count{}
			rooms = append(rooms, r.Room)
		}
		if byGroup[r.Group] == nil {
			byGroup[r.Group] = &count{}
		}
		for _, c := range []*count{byRoom[r.Room], byGroup[r.Group], total} {
			c.add(r)
		}
	}
	const columns = " | changes | found | | survived | with a reason |\n|---|---|---|---|---|---|\n"
	var b strings.Builder
	b.WriteString("| group" + columns)
	for _, g := range groups {
		if c := byGroup[g.Pattern]; c != nil {
			b.WriteString(c.row(g.Pattern))
		}
	}
	b.WriteString(total.row("all") + "\n| room" + columns)
	for _, name := range rooms {
		b.WriteString(byRoom[name].row(name))
	}
	b.WriteString("\n## Survivors\n")
	for _, r := range results {
		if r.Outcome != Survived {
			continue
		}
		reason := r.Reason
		if reason == "" {
			reason = "no test says so"
		}
		fmt.Fprintf(&b, "\n- `%s`\n  line %d, in `%s`: %s -- %s\n", r.Change, r.Change.Line, r.Change.Func, r.Change.Kind, reason)
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("print report: %w", err)
	}
	return nil
}
