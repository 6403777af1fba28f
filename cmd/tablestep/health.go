package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"syscall"
	"time"
)

// healthCommand is for images without a shell, as a container's health check.
type healthCommand struct {
	Addr string `default:"127.0.0.1:8080" help:"Address that the service listens on."`
}

// noAnswer says in few words why nothing came, for the log of a container.
func noAnswer(ctx context.Context, addr string, err error) error {
	var timeout net.Error
	switch {
	case ctx.Err() != nil:
		return errStopped
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("nothing listens on %s: start the service, or name its address with --addr", addr)
	case errors.As(err, &timeout) && timeout.Timeout():
		return fmt.Errorf("the service at %s did not answer within 2 seconds", addr)
	}
	return err
}

// Run needs no key: /readyz tells strangers no more than its status. It gives up
// after two seconds, before the image's own check does after three.
func (c *healthCommand) Run(ctx context.Context, s streams) error {
	if err := checkAddr(c.Addr); err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(c.Addr)
	if err != nil {
		return usagef("--addr: %w", err)
	}
	switch ip := net.ParseIP(host); { // a service that listens everywhere is asked here
	case host == "" || ip.Equal(net.IPv4zero):
		host = "127.0.0.1"
	case ip.Equal(net.IPv6unspecified):
		host = "::1"
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/readyz", http.NoBody)
	if err != nil {
		return usagef("--addr: %w", err)
	}
	answer, err := (&http.Client{Timeout: 2 * time.Second}).Do(r)
	if err != nil {
		return fmt.Errorf("not ready: %w", noAnswer(ctx, c.Addr, err))
	}
	defer func() { _ = answer.Body.Close() }() // the status is all that counts
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("not ready: the service at %s answered %s; its log says why", c.Addr, answer.Status)
	}
	_, err = fmt.Fprintln(s.out, "ready")
	return err
}
