package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
)

// childCommand is the hidden first argument with which this command starts itself.
const childCommand = "child"

// childOptions are the flags of all children.
type childOptions struct {
	data, addr, table, file, profile string
	callback, evaluators, senders    int
}

// runChild is one subject or one job.
func runChild(ctx context.Context, args []string, out io.Writer) (err error) {
	if len(args) == 0 {
		return fmt.Errorf("%w: %s needs a name", errUsage, childCommand)
	}
	var o childOptions
	f := flag.NewFlagSet(childCommand, flag.ContinueOnError)
	f.StringVar(&o.data, "data", "", "")
	f.StringVar(&o.addr, "addr", "127.0.0.1:0", "")
	f.StringVar(&o.table, "table", "", "")
	f.StringVar(&o.file, "file", "", "")
	f.StringVar(&o.profile, "profile", "", "")
	f.IntVar(&o.callback, "callback", 0, "")
	f.IntVar(&o.evaluators, "evaluators", 0, "")
	f.IntVar(&o.senders, "senders", 0, "")
	if err := f.Parse(args[1:]); err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	if o.profile != "" {
		stop, err := startProfile(o.profile)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, stop()) }()
	}
	if job, ok := jobs()[args[0]]; ok {
		result, err := job(ctx, o)
		if err != nil {
			return err
		}
		if err := json.NewEncoder(out).Encode(result); err != nil {
			return fmt.Errorf("print result: %w", err)
		}
		return nil
	}
	serve, ok := servers()[args[0]]
	if !ok {
		return fmt.Errorf("%w: no child %q", errUsage, args[0])
	}
	l, err := net.Listen("tcp", o.addr)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	if _, err := fmt.Fprintln(out, l.Addr()); err != nil {
		return fmt.Errorf("print address: %w", err)
	}
	return serve(ctx, l, o)
}

// servers answer requests on l until ctx ends.
func servers() map[string]func(ctx context.Context, l net.Listener, o childOptions) error {
	return map[string]func(ctx context.Context, l net.Listener, o childOptions) error{
		durable: serveDurable, direct: serveDirect, floor: serveFloor,
		mapped: serveNaive(mapped), rereadMap: serveNaive(rereadMap), rereadScan: serveNaive(rereadScan),
	}
}

// jobs do one thing and tell what it took.
func jobs() map[string]func(ctx context.Context, o childOptions) (any, error) {
	return map[string]func(ctx context.Context, o childOptions) (any, error){
		jobReadCSV: readJob, jobImport: importJob, jobFirstUse: firstUseJob,
	}
}
