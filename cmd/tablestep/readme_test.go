package main_test

import (
	"context"
	"flag"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestTheCommandsOfTheDocumentsWork runs each line of the sh blocks of the README and of
// what it links to that calls the program from its sources, in their order, in the
// project's folder, with a data folder and an address of its own. The service of the
// README goes on in the background.
func TestTheCommandsOfTheDocumentsWork(t *testing.T) {
	dir := t.TempDir()
	addr := freePort(t)
	env := append(os.Environ(), "TABLESTEP_ADDR="+addr, "TABLESTEP_SERVER=http://"+addr, "TABLESTEP_DATA="+filepath.Join(dir, "data"))
	ran := 0
	for _, line := range documentedCommands(t) {
		args := strings.Fields(line)
		if args[0] == "demo" {
			line = strings.Replace(line, "demo", "demo --once", 1)
		}
		line = binary + " " + line
		ran++
		if args[0] == "serve" {
			background(t, "exec "+line, env)
			ready(t, "http://"+addr)
			continue
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		cmd := exec.CommandContext(ctx, "sh", "-c", line)
		cmd.Dir, cmd.Env = root, env
		out, err := cmd.CombinedOutput()
		cancel()
		require.NoError(t, err, "%s\n%s", line, out)
	}
	require.GreaterOrEqual(t, ran, 17, "the documents' commands were not found")
}

// documentedCommands are what follows the program's name in the lines that call it.
func documentedCommands(t *testing.T) []string {
	t.Helper()
	var lines []string
	for _, file := range []string{"README.md", "tables/ingest/UPLOADS.md", "tables/index/MATCHING.md", "engine/rules/RULES.md"} {
		text, err := os.ReadFile(filepath.Join(root, file))
		require.NoError(t, err)
		for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
			for line := range strings.Lines(block[1]) {
				if rest, ok := strings.CutPrefix(strings.TrimSpace(line), "go run ./cmd/tablestep "); ok {
					lines = append(lines, rest)
				}
			}
		}
	}
	return lines
}

// background runs a command line until the test ends.
func background(t *testing.T, line string, env []string) {
	t.Helper()
	cmd := exec.Command("sh", "-c", line)
	cmd.Dir, cmd.Env = root, env
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		require.NoError(t, cmd.Process.Kill())
		_ = cmd.Wait() // it was killed
	})
}

func ready(t *testing.T, url string) {
	t.Helper()
	require.Eventually(t, func() bool {
		r, err := http.Get(url + "/readyz")
		if err != nil {
			return false
		}
		return r.Body.Close() == nil && r.StatusCode == http.StatusOK
	}, 20*time.Second, 20*time.Millisecond)
}

// TestTheDemoShowsTheMainJob compares what "demo --once" prints, but for the
// times, with the golden file that CI compares with, too.
func TestTheDemoShowsTheMainJob(t *testing.T) {
	code, out, errs := command(t, "demo", "--once", "--addr", "127.0.0.1:0")
	require.Zero(t, code, "%s", errs)
	var kept strings.Builder
	for line := range strings.Lines(out) {
		if !strings.Contains(line, "answered in ") && !strings.HasPrefix(line, "time to ") {
			kept.WriteString(line)
		}
	}
	const golden = "testdata/demo.golden.txt"
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(kept.String()), 0o600))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), kept.String())
}

func TestTheDemoFindsAFreePort(t *testing.T) {
	p := serve(t, t.TempDir())
	code, _, errs := command(t, "demo", "--once", "--addr", strings.TrimPrefix(p.url, "http://"))
	require.Zero(t, code, "%s", errs)
}
