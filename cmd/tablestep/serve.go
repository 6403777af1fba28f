package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
)

type serveCommand struct {
	config
}

// Validate is called by the parser, so that mistakes are told as wrong usage.
func (c *serveCommand) Validate() error { return c.validate() }

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
	return svc.Run(ctx)
}

// newLogger makes the log that is written to w.
func newLogger(w io.Writer, format, level string) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, fmt.Errorf("--log-level: %w: %w", err, errUsage)
	}
	o := &slog.HandlerOptions{Level: l}
	if format == "text" {
		return slog.New(slog.NewTextHandler(w, o)), nil
	}
	return slog.New(slog.NewJSONHandler(w, o)), nil
}
