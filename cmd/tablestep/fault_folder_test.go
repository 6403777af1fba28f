//go:build fault

package main_test

import (
	"bytes"
	"io"
	"io/fs"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A start is a "tablestep serve" as a stranger types it: without keys, on a folder
// that he names.
type start struct {
	running   bool // it answered, and was ended then
	code      int
	out, errs string
}

// startOn starts the program and waits until it answers or ends.
func startOn(t *testing.T, data, addr string) start {
	t.Helper()
	cmd := exec.Command(binary, "serve", "--addr", addr, "--data", data)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	require.NoError(t, cmd.Start())
	v := &victim{&process{t, cmd, "http://" + addr, data, &errs}, make(chan struct{})}
	go func() {
		_ = cmd.Wait() // how it ended is in ProcessState
		close(v.ended)
	}()
	running := v.answers()
	if running {
		v.stop()
	}
	return start{running, cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

// answers waits until the service says anything, or gives false if it ends before.
func (v *victim) answers() bool {
	v.t.Helper()
	client := &http.Client{Timeout: 2 * time.Second}
	defer client.CloseIdleConnections()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); {
		if v.endsWithin(5 * time.Millisecond) {
			return false
		}
		if r, err := client.Get(v.url + "/healthz"); err == nil {
			_ = r.Body.Close()
			return true
		}
	}
	require.Fail(v.t, "the service neither answers nor has it ended")
	return false
}

// refused requires that the program has said in words why it does not start.
func (s start) refused(t *testing.T, words ...string) {
	t.Helper()
	require.False(t, s.running, "it started")
	require.Equal(t, 1, s.code, "%s", s.errs)
	noTrace(t, s.errs)
	for _, w := range words {
		require.Contains(t, s.errs, w)
	}
	require.Empty(t, s.out, "nothing is printed, no keys above all")
}

// noTrace requires that a text for people is none of the Go runtime.
func noTrace(t *testing.T, text string) {
	t.Helper()
	for _, sign := range []string{"goroutine ", "panic:", "fatal error", "SIGBUS", "SIGSEGV", "unexpected fault"} {
		require.NotContains(t, text, sign, "a trace of Go")
	}
}

// written puts files into a folder, by their paths in it.
func written(t *testing.T, dir string, files map[string]string) string {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	return dir
}

// contents are the files of a folder by their paths in it.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		files[filepath.ToSlash(name)] = string(raw)
		return err
	}))
	return files
}

// keeps requires that these files are as they were.
func keeps(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	now := contents(t, dir)
	for name, text := range files {
		require.Contains(t, slices.Collect(maps.Keys(now)), name)
		require.Equal(t, text, now[name], name)
	}
}

func TestAFolderThatIsNotOursIsRefusedAndLeftAlone(t *testing.T) {
	t.Parallel()
	for name, files := range map[string]map[string]string{
		"an own uploads":              {"uploads/photo.jpg": "a photo"},
		"an own uploads, our names":   {"uploads/upload-123": "an upload to something else"},
		"documents":                   {"letter.txt": "Dear Sir"},
		"documents beside lost+found": {"lost+found/x": "", "notes/today.md": "# Today"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := written(t, t.TempDir(), files)
			startOn(t, data, freePort(t)).refused(t, data)
			require.Equal(t, files, contents(t, data))
		})
	}
}

func TestAFolderWithNothingButHiddenNamesIsTaken(t *testing.T) {
	t.Parallel()
	files := map[string]string{"lost+found/x": "", ".snapshot/yesterday": "s", ".hidden": "h"}
	data := written(t, t.TempDir(), files)
	s := startOn(t, data, freePort(t))
	require.True(t, s.running, "%s", s.errs)
	require.Contains(t, s.out, "admin key")
	keeps(t, data, files)
}

func TestInAFolderNoKeysAreMadeWhileThePortIsTaken(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	data := t.TempDir()
	cmd := exec.Command(binary, "serve", "--addr", l.Addr().String(), "--data", data)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	require.Error(t, cmd.Run())
	start{false, cmd.ProcessState.ExitCode(), out.String(), errs.String()}.refused(t, l.Addr().String())
	require.NoFileExists(t, filepath.Join(data, "api.key"))
	require.NoFileExists(t, filepath.Join(data, "admin.key"))
}

// slowUpload begins to upload a table, and gives what ends it well.
func slowUpload(t *testing.T, v *victim) (finish func() (status int, err error)) {
	t.Helper()
	body, in := io.Pipe()
	type outcome struct {
		status int
		err    error
	}
	done := make(chan outcome, 1)
	go func() {
		r, err := http.NewRequest(http.MethodPost, v.url+"/api/v1/tables/slow/versions?publish=true", body)
		if err != nil {
			done <- outcome{err: err}
			return
		}
		r.Header.Set("Authorization", "Bearer "+testAdminKey)
		a, err := http.DefaultClient.Do(r)
		if err != nil {
			_ = body.CloseWithError(err)
			done <- outcome{err: err}
			return
		}
		_ = a.Body.Close()
		done <- outcome{a.StatusCode, nil}
	}()
	_, err := io.WriteString(in, "a,b\n"+strings.Repeat("1,2\n", 10000))
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		names, err := os.ReadDir(filepath.Join(v.data, "uploads"))
		return err == nil && len(names) > 0
	}, 20*time.Second, 10*time.Millisecond, "the upload is not in the folder")
	return func() (int, error) {
		_ = in.Close()
		o := <-done
		return o.status, o.err
	}
}

func TestASecondServiceOnAFolderInUseHarmsNothing(t *testing.T) {
	t.Parallel()
	v := launch(t, sampled(t), nil)
	require.True(t, v.ready(), "%s", v.tail())
	finish := slowUpload(t, v)
	for range 2 {
		s := startOn(t, v.data, freePort(t))
		s.refused(t, v.data, "in use")
		require.NotContains(t, s.errs, "timeout")
	}
	status, err := finish()
	require.NoError(t, err)
	require.Equal(t, http.StatusCreated, status)
	require.Contains(t, v.client("table", "list"), "country-codes")
	v.stop()
}

func TestStrangeFilesInAFolderOfOursAreLeftAloneAndNamedOnce(t *testing.T) {
	t.Parallel()
	data := sampled(t)
	files := map[string]string{"notes-of-mine.txt": "n", "uploads/photo-of-mine.jpg": "p", "old/backup-of-mine.zip": "b"}
	written(t, data, files)
	for range 2 {
		v := launch(t, data, nil)
		require.True(t, v.answers(), "%s", v.tail())
		v.stop()
		keeps(t, data, files)
		require.Equal(t, 1, strings.Count(v.log.String(), "notes-of-mine.txt"), "%s", v.tail())
	}
}

func TestAFolderIsSweptOfWhatAKilledUploadLeft(t *testing.T) {
	t.Parallel()
	data := sampled(t)
	v := launch(t, data, nil)
	require.True(t, v.ready(), "%s", v.tail())
	finish := slowUpload(t, v)
	v.kill()
	_, err := finish()
	require.Error(t, err)
	left, err := os.ReadDir(filepath.Join(data, "uploads"))
	require.NoError(t, err)
	require.NotEmpty(t, left)
	v = launch(t, data, nil)
	require.True(t, v.ready(), "%s", v.tail())
	require.Eventually(t, func() bool {
		left, err := os.ReadDir(filepath.Join(data, "uploads"))
		return err == nil && len(left) == 0
	}, 10*time.Second, 20*time.Millisecond, "a leftover stays")
	v.stop()
}
