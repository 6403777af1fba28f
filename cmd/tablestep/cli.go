package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"github.com/alecthomas/kong"
)

// Exit codes, as scripts see them.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// version is set by the linker for releases.
var version = "dev"

// A cli is the whole command line. Every flag can be set by an environment
// variable: --public-url is TABLESTEP_PUBLIC_URL, and by a file: see settingsFile.
type cli struct {
	Config string `help:"YAML file with settings: names of flags without their dashes, and their values. Flags and variables win." placeholder:"FILE"`

	Serve       serveCommand       `cmd:"" help:"Run the service until SIGINT or SIGTERM, then drain."`
	Demo        demoCommand        `cmd:"" help:"Show the main job: sample tables, a simulated campaign of 1,000 leads, the results."`
	Table       tableCommand       `cmd:"" help:"Work with the tables of a running service."`
	Rules       rulesCommand       `cmd:"" help:"Work with the rule sets of a running service."`
	Starter     starterCommand     `cmd:"" help:"Tables that ship with the program: countries, time zones, job levels and more."`
	Simulate    simulateCommand    `cmd:"" help:"Play Marketo against a running service and check every answer."`
	Invocations invocationsCommand `cmd:"" help:"Look at what came in and what went out."`
	Backup      backupCommand      `cmd:"" help:"Write a consistent copy of a running service to a file."`
	Restore     restoreCommand     `cmd:"" help:"Make a data folder of a backup, once all of it has been verified."`
	Compact     compactCommand     `cmd:"" help:"Give back the room that the files of a service that does not run have free."`
	Check       checkCommand       `cmd:"" help:"Verify every record of the data folder of a service that does not run."`
	Health      healthCommand      `cmd:"" help:"Ask a service on this machine whether it is ready; for container health checks."`
	Version     versionCommand     `cmd:"" help:"Print the version, as does tablestep --version."`
	Help        helpCommand        `cmd:"" help:"Print the commands, how one is used, or the functions, match modes or error codes."`
	Completion  completionCommand  `cmd:"" help:"Print a script with which a shell completes commands and flags."`
}

// A streams is where a command reads and writes: answers of people and files from in,
// results to out, logs and progress to err.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// run runs one command line and returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var c cli
	exited := false
	parser, err := kong.New(&c,
		kong.Name("tablestep"),
		kong.Description("Lookup tables and rules as a flow step for Marketo Engage."),
		kong.DefaultEnvars("TABLESTEP"),
		kong.Writers(stdout, stderr),
		kong.Exit(func(int) { exited = true }), // only help exits
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	if err != nil {
		return failed(stderr, err, exitFailed)
	}
	// As a flag of all commands it would hide the --version N of some.
	if len(args) == 1 && args[0] == "--version" {
		args = []string{"version"}
	}
	command, err := parser.Parse(args)
	if exited {
		return exitDone
	}
	if err != nil {
		return refused(stderr, parser, err)
	}
	command.BindTo(ctx, (*context.Context)(nil))
	err = command.Run(streams{console{ctx, os.Stdin}, stdout, stderr}, parser)
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errUsage):
		return failed(stderr, err, exitUsage)
	default:
		return failed(stderr, err, exitFailed)
	}
}

// failed tells why a command ends, and gives its exit code. Where not even stderr can be
// written to, the code alone has to say it.
func failed(stderr io.Writer, err error, code int) int {
	_, _ = fmt.Fprintln(stderr, "tablestep:", err)
	return code
}

type versionCommand struct{}

func (versionCommand) Run(s streams) error {
	_, err := fmt.Fprintln(s.out, "tablestep", buildVersion())
	return err
}

// buildVersion is the released version, else what the Go tool knows.
func buildVersion() string {
	if version != "dev" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				return "dev-" + s.Value[:min(12, len(s.Value))]
			}
		}
	}
	return version
}
