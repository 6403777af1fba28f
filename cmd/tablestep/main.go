// Command tablestep runs lookup tables and rules as a flow step for Marketo Engage.
//
// It is the only place that knows everybody: it reads flags, opens files, wires
// the packages together, and turns signals into an orderly stop.
//
//	main.go, cli.go     arguments, exit codes
//	config.go, unit.go  settings of serve and their units; config_file.go reads a file
//	service.go          the running service, from files to listener
//	folder.go           the data folder: its lock, what is ours in it
//	descriptors.go      who may have how many open files
//	key.go              keys that are made at the first start
//	serve.go, demo.go   commands that run a service
//	client.go           admin API of a running service; table.go, lookup.go,
//	                    invocations.go use it
//	help.go             functions, match modes and codes, without a service
//	simulate.go         plays Marketo
//	check.go            verifies a data folder
package main

import (
	"context"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // rules know time zones, also where the system does not
)

func main() {
	// net/http writes what strangers send into the standard log; ours is slog.
	log.SetOutput(io.Discard)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
