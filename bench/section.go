package main

import (
	"context"
	"fmt"
	"io"
	"time"
)

// A section is a group of measurements that are set against each other.
type section struct {
	name, about string
	run         func(ctx context.Context, b *bench) error
}

// sections are all of them, in the order in which they run: what needs a quiet
// process first.
func sections() []section {
	return []section{
		{"evaluate", "evaluation memory to memory on one core, against naive ways", measureEvaluation},
		{"load", "end to end over loopback: durable, direct, floor", measureLoad},
		{"naive", "end to end: the naive services", measureNaive},
		{"single", "requests of one lead over 64 connections, durable", measureSingle},
		{"steady", "latency of 201 at a steady 20 batches/s while callbacks are slow", measureSteady},
		{"flight", "memory at 200 batches in flight", measureFlight},
		{"backlog", "acceptance and claiming with a long queue", measureBacklog},
		{"csv", "import of a large CSV against reading it", measureCSV},
		{"pause", "acceptance while a table is imported", measurePause},
		{"xlsx", "import of a workbook against excelize's iterator", measureXLSX},
		{"live", "a live table: memory, first use, publish and rollback", measureLive},
	}
}

// A scale says how large and how long everything is.
type scale struct {
	tables  []int // rows
	batches []int // leads
	repeat  int
	spin    time.Duration // of one repetition in memory
	warm    time.Duration // before a window of load
	window  time.Duration
	large   int // rows of the table of the targets
	steady  time.Duration
	flight  int // batches
	backlog int // invocations
	huge    int // rows of the CSV that shows that import is linear; 0 is none
	pause   int // rows of the CSV that is uploaded while batches are accepted
	sheet   int // rows of the workbook
	slowest int // rows of the largest table for the naive ways whose time grows with it
}

func fullScale() scale {
	return scale{
		tables: []int{249, 10_000, 100_000, 1_000_000}, batches: []int{1, 100, 1000}, repeat: 5,
		spin: time.Second, warm: time.Second, window: 4 * time.Second,
		large: 1_000_000, steady: 10 * time.Minute, flight: 200, backlog: 100_000,
		huge: 10_000_000, pause: 10_000_000, sheet: 100_000, slowest: 100_000,
	}
}

func shortScale() scale {
	return scale{
		tables: []int{249, 10_000}, batches: []int{1, 1000}, repeat: 1,
		spin: 200 * time.Millisecond, warm: 300 * time.Millisecond, window: time.Second,
		large: 10_000, steady: 20 * time.Second, flight: 20, backlog: 5_000,
		pause: 300_000, sheet: 5_000, slowest: 10_000,
	}
}

// turnsScale is for setting one commit against another, in many short runs by turns:
// large enough to be the real thing, and without what is not this program's.
func turnsScale() scale {
	return scale{
		tables: []int{10_000, 1_000_000}, batches: []int{1, 1000}, repeat: 1,
		spin: 300 * time.Millisecond, warm: 300 * time.Millisecond, window: time.Second,
		large: 1_000_000, steady: 10 * time.Second, flight: 50, backlog: 20_000,
		pause: 300_000, sheet: 20_000,
	}
}

// A bench is one run: where it works, how large, and what it found.
type bench struct {
	dir     string
	scale   scale
	short   bool
	turns   bool // nothing but this program is measured
	profile string
	// The workers of the engine, where they are not to be what the program says.
	evaluators, senders int

	section  string
	report   report
	program  string // the built program; empty until it is needed
	base     string // folder with the tables of all sizes; empty until it is needed
	stderr   io.Writer
	subjects int // started so far, for names of folders
}

func newBench(dir string, s settings, stderr io.Writer) *bench {
	b := &bench{dir: dir, scale: fullScale(), short: s.short, profile: s.profile, stderr: stderr, evaluators: s.evaluators, senders: s.senders}
	switch {
	case s.short:
		b.scale = shortScale()
	case s.turns:
		b.scale = turnsScale()
	}
	b.turns = s.turns
	if len(s.rows) > 0 {
		b.scale.tables = s.rows
	}
	if len(s.leads) > 0 {
		b.scale.batches = s.leads
	}
	if s.repeat > 0 {
		b.scale.repeat = s.repeat
	}
	b.report.Short = s.short || s.turns
	return b
}

// progress tells a waiting person what is being done.
func (b *bench) progress(format string, args ...any) {
	fmt.Fprintf(b.stderr, "%s %-9s %s\n", time.Now().Format(time.TimeOnly), b.section, fmt.Sprintf(format, args...))
}
