package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// Exported for tests.
var (
	ErrUsage = errUsage
	Median   = median
	Ratios   = ratios
	WriteCSV = writeCSV
	ReadCSV  = readCSV
)

// IsChild runs what this command starts of itself, if the test binary was started so.
func IsChild() (bool, error) {
	if len(os.Args) < 2 || os.Args[1] != childCommand {
		return false, nil
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	return true, runChild(ctx, os.Args[2:], os.Stdout)
}

// Run is the whole command.
func Run(ctx context.Context, stdout, stderr io.Writer, args ...string) error {
	return run(ctx, args, stdout, stderr)
}

// Bodies renders requests with the given token.
func Bodies(n, leads, rows int, token string) [][]byte {
	var out [][]byte
	for _, b := range makeBatches(n, leads, rows, "http://127.0.0.1:1/callback") {
		copy(b.body[b.token:], token)
		out = append(out, b.body)
	}
	return out
}

// Quantile is that of durations.
func Quantile(q float64, of ...time.Duration) float64 {
	h := new(histogram)
	for _, d := range of {
		h.add(d)
	}
	return h.quantile(q)
}

// Drive sends so many batches of ten leads to a server and returns how many
// were accepted and answered.
func Drive(ctx context.Context, addr string, total int) (accepted, answered int, err error) {
	r, err := newReceiver()
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	t, err := (&load{
		to: &subject{name: "test", addr: addr, pid: os.Getpid()}, receiver: r, batches: makeBatches(3, 10, 100, r.url),
		conns: 4, inFlight: 8, total: total, patience: 300 * time.Millisecond,
	}).measure(ctx)
	if err != nil {
		return 0, 0, err
	}
	return t.accepted, t.answered, nil
}
