package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"
)

// healthCommand is for images without a shell, as a container's health check.
type healthCommand struct {
	Addr string `default:"127.0.0.1:8080" help:"Address that the service listens on."`
}

// Run needs no key: /readyz tells strangers no more than its status. It gives up
// after two seconds, before the image's own check does after three.
func (c *healthCommand) Run(ctx context.Context, s streams) error {
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
		return fmt.Errorf("health: %w", err)
	}
	defer func() { _ = answer.Body.Close() }() // the status is all that counts
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("health: the service answered %s", answer.Status)
	}
	_, err = fmt.Fprintln(s.out, "ready")
	return err
}
