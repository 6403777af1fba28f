// Command tablestep runs lookup tables and rules as a flow step for Marketo Engage.
//
// It is the only place that knows everybody: it reads flags, opens files, wires
// the packages together, and turns signals into an orderly stop.
//
//	main.go, cli.go     arguments, exit codes
//	usage.go            what is said of arguments that are wrong
//	address.go          addresses: what they must look like, and why nobody is there
//	input.go            files and standard input that a command reads
//	welcome.go          what a person at a terminal is told at the end of the start
//	config.go, unit.go  settings of serve and their units; config_file.go reads a file
//	service.go          the running service, from files to listener
//	folder.go           the data folder: its lock, what is ours in it
//	descriptors.go      who may have how many open files
//	key.go              keys that are made at the first start
//	serve.go, demo.go   commands that run a service
//	client.go           admin API of a running service; table.go, lookup.go,
//	                    invocations.go use it
//	help.go             functions, match modes and codes, without a service
//	completion.go       scripts with which shells complete commands and flags
//	simulate.go         plays Marketo
//	check.go            verifies a data folder
//
// Results go to standard output, logs, bars and mistakes to standard error. A mistake names
// the thing, the place and the way out, in words that need no knowledge of Go; the golden
// files below testdata/words hold what is said, a file a theme, and are meant to be read.
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
