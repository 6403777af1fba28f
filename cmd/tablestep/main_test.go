package main_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// binary is the program under test, built once for all tests.
var binary string

func TestMain(m *testing.M) {
	os.Exit(func() (code int) {
		dir, err := os.MkdirTemp("", "tablestep-test-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer func() {
			if err := os.RemoveAll(dir); err != nil {
				fmt.Fprintln(os.Stderr, err)
				code = 1
			}
		}()
		binary = filepath.Join(dir, "tablestep")
		build := exec.Command("go", "build", "-o", binary, ".")
		if out, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "%v\n%s", err, out)
			return 1
		}
		return m.Run()
	}())
}

const (
	testAPIKey   = "api-key-of-the-tests"
	testAdminKey = "admin-key-of-the-tests"
)

// A process is a running "tablestep serve".
type process struct {
	t    *testing.T
	cmd  *exec.Cmd
	url  string
	data string
	log  *bytes.Buffer // read it only after the process has ended
}

// freePort returns an address that nobody listens on at the moment.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

// serve starts the program on a data folder and waits until it is ready.
func serve(t *testing.T, data string, args ...string) *process {
	t.Helper()
	addr := freePort(t)
	cmd := exec.Command(binary, append([]string{
		"serve", "--addr", addr, "--data", data, "--api-key", testAPIKey, "--admin-key", testAdminKey, "--callback-allow-private",
	}, args...)...)
	log := new(bytes.Buffer)
	cmd.Stderr = log
	require.NoError(t, cmd.Start())
	p := &process{t, cmd, "http://" + addr, data, log}
	t.Cleanup(func() {
		if cmd.ProcessState == nil {
			p.kill()
		}
	})
	p.waitReady()
	return p
}

func (p *process) waitReady() {
	p.t.Helper()
	require.Eventually(p.t, func() bool {
		r, err := http.Get(p.url + "/readyz")
		if err != nil {
			return false
		}
		_ = r.Body.Close()
		return r.StatusCode == http.StatusOK
	}, 20*time.Second, 10*time.Millisecond, "the service did not get ready")
}

// kill ends the process as a power cut would.
func (p *process) kill() {
	p.t.Helper()
	require.NoError(p.t, p.cmd.Process.Kill())
	_ = p.cmd.Wait() // it was killed
}

// stop ends the process in good order.
func (p *process) stop() {
	p.t.Helper()
	require.NoError(p.t, p.cmd.Process.Signal(syscall.SIGTERM))
	done := make(chan error, 1)
	go func() { done <- p.cmd.Wait() }()
	select {
	case err := <-done:
		require.NoError(p.t, err, "%s", p.log)
	case <-time.After(12 * time.Second):
		require.Fail(p.t, "the service did not stop within 10 s")
	}
}

// client runs a command against the service and returns what it printed.
func (p *process) client(args ...string) string {
	p.t.Helper()
	code, out, errs := command(p.t, append(args, "--server", p.url, "--admin-key", testAdminKey)...)
	require.Zero(p.t, code, "%s%s", out, errs)
	return out
}

// command runs the program to its end.
func command(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	require.NoError(t, ctx.Err())
	if err != nil {
		require.NotNil(t, cmd.ProcessState, "%v", err)
	}
	return cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()
}

func TestWrongUsageExitsWith2AndNamesTheFlag(t *testing.T) {
	for _, c := range []struct {
		args []string
		name string
	}{
		{[]string{"demo", "--onec"}, "--onec"},
		{[]string{"serve", "--queue-limit", "many"}, "--queue-limit"},
		{[]string{"serve", "--queue-limit", "0"}, "--queue-limit"},
		{[]string{"serve", "--max-body", "-1"}, "--max-body"},
		{[]string{"serve", "--max-leads", "0"}, "--max-leads"},
		{[]string{"serve", "--queue-bytes", "100MiB"}, "--queue-bytes"},
		{[]string{"serve", "--retention", "soon"}, "--retention"},
		{[]string{"serve", "--public-url", "lookup.example.com"}, "--public-url"},
		{[]string{"serve", "--api-key", "short"}, "--api-key"},
		{[]string{"serve", "--api-name", "has space"}, "--api-name"},
		{[]string{"serve", "--addr", "nowhere"}, "--addr"},
		{[]string{"serve", "--auth", "magic"}, "--auth"},
		{[]string{"serve", "--max-connections", "-1"}, "--max-connections"},
		{[]string{"serve", "--max-connections", "10", "--max-connections-per-address", "11"}, "--max-connections-per-address"},
		{[]string{"serve", "--trusted-proxies", "10.0.0.0/8,proxy"}, "--trusted-proxies"},
		{[]string{"serve", "--log-level", "loud"}, "--log-level"},
		{[]string{"simulate"}, "--leads"},
		{[]string{"table", "list", "--data", t.TempDir()}, "--admin-key"},
		{[]string{"table", "lookup", "t", "--file", "x", "--delete"}, "--delete"},
		{[]string{"table", "lookup", "t", "--no-publish"}, "--no-publish"},
		{[]string{"table", "lookup", "t", "--force"}, "--force"},
		{[]string{"table", "lookup", "t", "--versions", "--delete"}, "--versions"},
		{[]string{"table", "publish", "t"}, "--lookup NAME=VERSION"},
		{[]string{"table", "publish", "t", "--lookup", "l"}, "--lookup"},
		{[]string{"table", "publish", "t", "--lookup", "l=two"}, "--lookup"},
		{[]string{"table", "delete", "t"}, "--yes"},
		{[]string{"table", "delete", "t", "--purge"}, "--yes"},
		{[]string{"table", "lookup", "t", "--delete"}, "--yes"},
		{[]string{"table", "lookup", "t", "--delete", "--restore"}, "--restore"},
		{[]string{"rules", "delete", "r"}, "--yes"},
		{[]string{"table", "import", "/no/such/file.csv"}, "/no/such/file.csv"},
		{[]string{"invocations", "replay", "--admin-key", testAdminKey}, "--from"},
		{[]string{"nonsense"}, "nonsense"},
		{nil, "serve"},
	} {
		code, out, errs := command(t, c.args...)
		require.Equal(t, 2, code, "%v", c.args)
		require.Contains(t, errs, c.name, "%v", c.args)
		require.Empty(t, out, "%v", c.args)
	}
}

func TestFailedCommandsExitWith1(t *testing.T) {
	code, _, errs := command(t, "table", "list", "--server", "http://127.0.0.1:1", "--admin-key", testAdminKey)
	require.Equal(t, 1, code)
	require.Contains(t, errs, "no service at http://127.0.0.1:1: nothing listens there")
}

func TestHelpAndVersionExitWith0(t *testing.T) {
	code, out, _ := command(t, "--help")
	require.Zero(t, code)
	for _, name := range []string{"serve", "demo", "table import", "simulate", "invocations list"} {
		require.Contains(t, out, name)
	}
	code, out, _ = command(t, "version")
	require.Zero(t, code)
	require.Contains(t, out, "tablestep ")
}

func TestFlagsCanComeFromTheEnvironment(t *testing.T) {
	addr := freePort(t)
	cmd := exec.Command(binary, "serve")
	data := t.TempDir()
	cmd.Env = append(os.Environ(), "TABLESTEP_ADDR="+addr, "TABLESTEP_DATA="+data, "TABLESTEP_PUBLIC_URL=https://lookup.example.com/")
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	p := &process{t, cmd, "http://" + addr, data, new(bytes.Buffer)}
	defer p.kill()
	p.waitReady()
	// The keys are made, printed once and kept to ourselves.
	printed := bufio.NewScanner(out)
	for _, name := range []string{"api.key", "admin.key"} {
		require.True(t, printed.Scan())
		info, err := os.Stat(filepath.Join(data, name))
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
		raw, err := os.ReadFile(filepath.Join(data, name))
		require.NoError(t, err)
		require.Contains(t, printed.Text(), strings.TrimSpace(string(raw)))
	}
	r, err := http.Get(p.url + "/openapi.json")
	require.NoError(t, err)
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	require.Contains(t, string(body), `"url": "https://lookup.example.com"`)
	code, listed, _ := command(t, "table", "list", "--server", p.url, "--data", data)
	require.Zero(t, code, "the admin key of the data folder is found")
	require.Contains(t, listed, "TABLE")
}

func TestASecondServiceOnTheSameDataIsRefused(t *testing.T) {
	data := t.TempDir()
	serve(t, data)
	code, _, errs := command(t, "serve", "--addr", freePort(t), "--data", data)
	require.Equal(t, 1, code)
	require.Contains(t, errs, data+" is in use by another process")
}
