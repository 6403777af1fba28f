package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"tablestep/cmd/tablestep/terminal"
)

// A serveCommand is the service itself. Its settings are those of config, so that the demo
// can make them without a command line.
type serveCommand struct {
	config
}

// Validate is called by the parser, so that mistakes are told as wrong usage.
func (c *serveCommand) Validate() error { return c.validate() }

// Run returns when ctx ends, which SIGINT and SIGTERM do. Files are closed after all work
// has ended; an error of closing them is an error of the command, for data may be lost.
func (c *serveCommand) Run(ctx context.Context, s streams) (err error) {
	log, err := newLogger(s.err, c.LogFormat, c.LogLevel)
	if err != nil {
		return err
	}
	svc, err := openService(c.config, log, s.out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, svc.Close()) }()
	if err := svc.welcome(s); err != nil {
		return fmt.Errorf("print the address: %w", err)
	}
	return svc.Run(ctx)
}

// newLogger makes the log that is written to w; without a format it is text for people and
// JSON for programs.
func newLogger(w io.Writer, format, level string) (*slog.Logger, error) {
	// The parser has checked the level against its list; the demo gives one of its own.
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, usagef("--log-level: %w", err)
	}
	o := &slog.HandlerOptions{Level: l}
	if format == "text" || format == "" && terminal.Is(w) {
		return slog.New(slog.NewTextHandler(w, o)), nil
	}
	return slog.New(slog.NewJSONHandler(w, o)), nil
}
