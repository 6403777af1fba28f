package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// A machine says where and from what a report was made.
type machine struct {
	CPU    string `json:"cpu"`
	Cores  int    `json:"cores"`
	Memory string `json:"memory,omitempty"`
	System string `json:"system"`
	Load   string `json:"load,omitempty"` // load averages at the start: what else was running
	Go     string `json:"go"`
	Commit string `json:"commit"`
	Date   string `json:"date"`
}

func lookAround(ctx context.Context) machine {
	m := machine{
		CPU: "unknown", Cores: runtime.NumCPU(), System: runtime.GOOS + "/" + runtime.GOARCH,
		Go: runtime.Version(), Commit: commit(ctx), Date: time.Now().UTC().Format(time.RFC3339),
	}
	if name, ok := procField("/proc/cpuinfo", "model name"); ok {
		m.CPU = name
	}
	if total, ok := procField("/proc/meminfo", "MemTotal"); ok {
		m.Memory = total
	}
	if raw, err := os.ReadFile("/proc/loadavg"); err == nil {
		m.Load = strings.Join(strings.Fields(string(raw))[:3], " ")
	}
	return m
}

// commit is what is checked out, marked where the tree differs from it.
func commit(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, "git", "describe", "--always", "--dirty", "--abbrev=12").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}

func (m *machine) print(w io.Writer) error {
	_, err := fmt.Fprintf(w, "cpu:     %s, %d cores\nmemory:  %s\nsystem:  %s, load %s\ngo:      %s\ncommit:  %s\ndate:    %s\n",
		m.CPU, m.Cores, m.Memory, m.System, m.Load, m.Go, m.Commit, m.Date)
	if err != nil {
		return fmt.Errorf("print machine: %w", err)
	}
	return nil
}
