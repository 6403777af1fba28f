package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Keys of all subjects.
const (
	apiKey   = "api-key-of-the-benchmark"
	adminKey = "admin-key-of-the-benchmark"
)

// The subjects.
const (
	durable    = "durable"
	direct     = "direct"
	floor      = "floor"
	mapped     = "map"
	rereadMap  = "reread"
	rereadScan = "reread-scan"
)

// stopTime is how long a subject may take to stop before it is killed.
const stopTime = 30 * time.Second

// A subject is a server under load, in a process of its own.
type subject struct {
	name, addr string
	data       string // its data folder, removed when it stops; empty where it has none
	pid        int
	cmd        *exec.Cmd
	log        *bytes.Buffer // read it once the process has ended
	ended      chan error
}

// build makes the program, once a run.
func (b *bench) build(ctx context.Context) (string, error) {
	if b.program != "" {
		return b.program, nil
	}
	program := filepath.Join(b.dir, "tablestep")
	out, err := exec.CommandContext(ctx, "go", "build", "-o", program, "tablestep/cmd/tablestep").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build the program: %w\n%s", err, out)
	}
	b.program = program
	return program, nil
}

// wiring says that the real program does not offer what is wanted of it.
func (b *bench) wiring() bool { return b.profile != "" || b.evaluators > 0 || b.senders > 0 }

// profileFlag tells a child where to write a profile, if one is wanted.
func (b *bench) profileFlag(name string) []string {
	if b.profile == "" {
		return nil
	}
	b.subjects++
	return []string{"--profile", filepath.Join(b.profile, fmt.Sprintf("%s-%d.prof", name, b.subjects))}
}

// serve starts the real program on a data folder, or this command's own wiring of
// the same parts.
func (b *bench) serve(ctx context.Context, data string, flags ...string) (*subject, error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	var s *subject
	if b.wiring() {
		args := append(b.profileFlag(durable), "--data", data, "--addr", addr,
			"--evaluators", strconv.Itoa(b.evaluators), "--senders", strconv.Itoa(b.senders))
		s, err = b.child(ctx, durable, args...)
	} else {
		var program string
		if program, err = b.build(ctx); err != nil {
			return nil, err
		}
		s, err = start(ctx, durable, addr, program, append([]string{
			"serve", "--addr", addr, "--data", data, "--api-key", apiKey, "--admin-key", adminKey,
			"--callback-allow-private", "--log-level", "warn",
		}, flags...))
	}
	if err != nil {
		return nil, err
	}
	s.data = data
	if err := s.ready(ctx); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return s, nil
}

// child starts a stand-in of this command, which prints its address.
func (b *bench) child(ctx context.Context, name string, args ...string) (*subject, error) {
	own, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	return start(ctx, name, "", own, append([]string{childCommand, name}, args...))
}

// start runs a server. Where its address is not known before, it is the first
// line that the server prints.
func start(ctx context.Context, name, addr, program string, args []string) (*subject, error) {
	cmd := exec.Command(program, args...)
	s := &subject{name: name, addr: addr, cmd: cmd, log: new(bytes.Buffer), ended: make(chan error, 1)}
	cmd.Stderr = s.log
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	s.pid = cmd.Process.Pid
	if addr == "" {
		line, err := bufio.NewReader(out).ReadString('\n')
		if err != nil {
			_ = cmd.Process.Kill()
			err = errors.Join(err, cmd.Wait())
			return nil, fmt.Errorf("start %s: %w\n%s", name, err, s.log)
		}
		s.addr = strings.TrimSpace(line)
	}
	go func() { s.ended <- cmd.Wait() }()
	context.AfterFunc(ctx, func() { _ = cmd.Process.Kill() })
	return s, nil
}

// ready waits until the service takes requests.
func (s *subject) ready(ctx context.Context) error {
	deadline := time.Now().Add(stopTime)
	for {
		answer, err := http.Get("http://" + s.addr + "/readyz")
		if err == nil {
			err = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return err
			}
		}
		select {
		case ended := <-s.ended:
			s.ended <- ended
			return fmt.Errorf("%s ended: %w", s.name, ended)
		default:
		}
		if time.Now().After(deadline) || ctx.Err() != nil {
			return fmt.Errorf("%s did not get ready: %w", s.name, errors.Join(err, ctx.Err()))
		}
		sleep(ctx, 5*time.Millisecond)
	}
}

// stop ends the process, in good order where it can.
func (s *subject) stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		_ = s.cmd.Process.Kill() // there is no such signal here, or the process has ended
	}
	var err error
	select {
	case err = <-s.ended:
	case <-time.After(stopTime):
		_ = s.cmd.Process.Kill()
		err = errors.Join(errors.New("it did not stop"), <-s.ended)
	}
	s.ended <- nil // a second stop finds it ended
	if s.data != "" {
		err = errors.Join(err, os.RemoveAll(s.data))
	}
	if err != nil {
		return fmt.Errorf("stop %s: %w\n%s", s.name, err, s.log)
	}
	return nil
}

// freeAddr returns an address that nobody listens on at the moment.
func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	return l.Addr().String(), l.Close()
}

// runJob runs one job of this command in a process of its own and reads its result.
func runJob(ctx context.Context, result any, name string, args ...string) error {
	own, err := os.Executable()
	if err != nil {
		return fmt.Errorf("run %s: %w", name, err)
	}
	var log bytes.Buffer
	cmd := exec.CommandContext(ctx, own, append([]string{childCommand, name}, args...)...)
	cmd.Stderr = &log
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("run %s: %w\n%s", name, err, &log)
	}
	if err := json.Unmarshal(out, result); err != nil {
		return fmt.Errorf("result of %s: %w", name, err)
	}
	return nil
}

// startAll starts the subjects of a comparison. stop ends those that were started.
func (b *bench) startAll(ctx context.Context, names []string, callback int, table string) (all []*subject, stop func() error, err error) {
	stop = func() error {
		var errs []error
		for _, s := range all {
			errs = append(errs, s.stop())
		}
		return errors.Join(errs...)
	}
	for _, name := range names {
		s, startErr := b.startOne(ctx, name, callback, table)
		if startErr != nil {
			return nil, stop, errors.Join(startErr, stop())
		}
		all = append(all, s)
	}
	return all, stop, nil
}

func (b *bench) startOne(ctx context.Context, name string, callback int, table string) (*subject, error) {
	switch name {
	case durable, direct:
		data, err := b.dataFolder(ctx)
		if err != nil {
			return nil, err
		}
		if name == durable {
			return b.serve(ctx, data)
		}
		s, err := b.child(ctx, name, append(b.profileFlag(name), "--data", data)...)
		if err == nil {
			s.data = data
		}
		return s, err
	case floor:
		return b.child(ctx, name, append(b.profileFlag(name), "--callback", strconv.Itoa(callback))...)
	default:
		return b.child(ctx, name, append(b.profileFlag(name), "--table", table)...)
	}
}
