package main_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// startFails runs serve on a folder until it ends by itself, which it must with exit
// code 1 and without a trace, and gives what it said.
func startFails(t *testing.T, data string, args ...string) string {
	t.Helper()
	return failsToStart(t, exec.Command(binary, append([]string{"serve", "--addr", freePort(t), "--data", data}, args...)...))
}

func failsToStart(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	require.NoError(t, cmd.Start())
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	select {
	case err := <-done:
		require.Error(t, err)
	case <-time.After(30 * time.Second):
		require.NoError(t, cmd.Process.Kill())
		require.ErrorContains(t, <-done, "signal: killed")
		require.Fail(t, "the service runs", said.String())
	}
	require.Equal(t, 1, cmd.ProcessState.ExitCode(), said.String())
	require.NotContains(t, said.String(), "goroutine ")
	require.NotContains(t, said.String(), "panic")
	require.Contains(t, said.String(), "tablestep: ")
	return said.String()
}

// listing is every file below a folder with its content, for comparing.
func listing(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			files[name] = "folder"
			return err
		}
		raw, err := os.ReadFile(name)
		files[name] = string(raw)
		return err
	}))
	return files
}

func write(t *testing.T, path, content string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
}

func TestASecondServiceOnALiveFolderIsToldSoAndHarmsNothing(t *testing.T) {
	data := t.TempDir()
	p := serve(t, data)
	sample(p)
	for _, name := range []string{"tablestep-upload-1", "upload-2"} { // As of uploads under way.
		write(t, filepath.Join(data, "uploads", name), "rows")
	}
	before := listing(t, filepath.Join(data, "uploads"))
	said := startFails(t, data)
	require.Contains(t, said, data+" is in use by another process")
	require.NotContains(t, said, "timeout")
	require.Equal(t, before, listing(t, filepath.Join(data, "uploads")))
	require.NoFileExists(t, filepath.Join(data, "api.key"), "no key is made by a start that fails")
	require.Contains(t, p.client("table", "list"), "country-codes")
	p.stop()
	serve(t, data).stop()
}

func TestAFolderOfSomethingElseIsRefusedAndLeftAsItIs(t *testing.T) {
	for _, strange := range []string{"uploads/holiday.jpg", "notes.txt", "src/main.go"} {
		data := t.TempDir()
		write(t, filepath.Join(data, strange), "mine")
		before := listing(t, data)
		said := startFails(t, data)
		require.Contains(t, said, data)
		require.Contains(t, said, strings.Split(strange, "/")[0])
		require.Equal(t, before, listing(t, data))
	}
	data := t.TempDir()
	write(t, filepath.Join(data, ".snapshot", "x"), "mine")
	require.NoError(t, os.Mkdir(filepath.Join(data, "lost+found"), 0o700))
	serve(t, data).stop()
}

func TestStrangeFilesThatCameLaterAreNamedAndLeftAlone(t *testing.T) {
	data := t.TempDir()
	serve(t, data).stop()
	for _, name := range []string{"notes.txt", "uploads/upload-1", "uploads/holiday.jpg", "uploads/tablestep-trip/1.jpg"} {
		write(t, filepath.Join(data, name), "mine")
	}
	for _, name := range []string{"tablestep-upload-1", "tablestep-export-2", "tablestep-ingest-3"} {
		write(t, filepath.Join(data, "uploads", name), "left behind")
	}
	p := serve(t, data)
	p.stop()
	require.Equal(t, 1, strings.Count(p.log.String(), "notes.txt"))
	require.NotContains(t, p.log.String(), "lost+found")
	var names []string
	for name := range listing(t, filepath.Join(data, "uploads")) {
		names = append(names, filepath.Base(name))
	}
	sort.Strings(names)
	require.Equal(t, []string{"1.jpg", "holiday.jpg", "tablestep-trip", "upload-1", "uploads"}, names)
	require.FileExists(t, filepath.Join(data, "notes.txt"))
}

func TestNoKeyIsMadeWhereThePortIsTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	data := filepath.Join(t.TempDir(), "new")
	said := startFails(t, data, "--addr", l.Addr().String())
	require.Contains(t, said, "address already in use")
	require.NoFileExists(t, filepath.Join(data, "api.key"))
	require.NoFileExists(t, filepath.Join(data, "admin.key"))
}

func TestAKeyFileThatWasCutShortIsRefused(t *testing.T) {
	for _, name := range []string{"api.key", "admin.key"} {
		for what, content := range map[string]string{"nothing": "", "a line end": "\n", "the start of a key": "abcdefghijklmno\n", "zeros": strings.Repeat("\x00", 44), "two": "abcdefghijklmnop qrstuvwxyz"} {
			data := t.TempDir()
			write(t, filepath.Join(data, name), content)
			said := startFails(t, data)
			require.Contains(t, said, filepath.Join(data, name), what)
			require.Contains(t, said, "delete it to have a new key made", what)
			raw, err := os.ReadFile(filepath.Join(data, name))
			require.NoError(t, err)
			require.Equal(t, content, string(raw), "it is left for a person to look at")
		}
	}
}

// readyz asks for it, with a key or without.
func readyz(t *testing.T, p *process, key string) (status int, body map[string]any, raw string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+"/readyz", http.NoBody)
	require.NoError(t, err)
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	read, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(read, &body), "%s", read)
	return answer.StatusCode, body, string(read)
}

func TestADeletedDataFolderTurnsReadyz(t *testing.T) {
	for name, harm := range map[string]func(t *testing.T, data string){
		"deleted": func(t *testing.T, data string) { require.NoError(t, os.RemoveAll(data)) },
		"moved":   func(t *testing.T, data string) { require.NoError(t, os.Rename(data, data+"-old")) },
		"a file":  func(t *testing.T, data string) { require.NoError(t, os.Remove(filepath.Join(data, "queue.db"))) },
		"replaced": func(t *testing.T, data string) {
			path := filepath.Join(data, "tables.db")
			raw, err := os.ReadFile(path)
			require.NoError(t, err)
			require.NoError(t, os.Remove(path))
			require.NoError(t, os.WriteFile(path, raw, 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			data := filepath.Join(t.TempDir(), "data")
			p := serve(t, data)
			status, body, _ := readyz(t, p, "")
			require.Equal(t, 200, status)
			require.Equal(t, map[string]any{"status": "ready", "code": "OK"}, body)
			harm(t, data)
			status, body, raw := readyz(t, p, "")
			require.Equal(t, 503, status)
			require.Equal(t, map[string]any{"status": "unready", "code": "DATA_FOLDER_GONE"}, body)
			require.NotContains(t, raw, data)
			status, body, _ = readyz(t, p, "wrong-"+testAdminKey)
			require.Equal(t, 503, status)
			require.Len(t, body, 2)
			status, body, _ = readyz(t, p, testAdminKey)
			require.Equal(t, 503, status)
			require.Contains(t, body["message"], data)
			require.Contains(t, body["message"], "restore")
			code, _, _ := command(t, "health", "--addr", strings.TrimPrefix(p.url, "http://"))
			require.Equal(t, 1, code)
			p.kill()
			require.Equal(t, 1, strings.Count(p.log.String(), "the data folder is gone"))
		})
	}
}

func TestAMissingTableFileBesideAQueueIsNotANewOne(t *testing.T) {
	data := t.TempDir()
	serve(t, data).stop()
	require.NoError(t, os.Remove(filepath.Join(data, "tables.db")))
	require.Contains(t, startFails(t, data), "tables.db is missing")
}

func TestAFileOfAnEarlierFormatIsTakenOverAndKeptBesideIt(t *testing.T) {
	t.Parallel()
	packed, err := os.Open("../../tables/file/testdata/format/format2.db.gz")
	require.NoError(t, err)
	defer packed.Close()
	z, err := gzip.NewReader(packed)
	require.NoError(t, err)
	old, err := io.ReadAll(z)
	require.NoError(t, err)
	data := t.TempDir()
	path := filepath.Join(data, "tables.db")
	require.NoError(t, os.WriteFile(path, old, 0o600))
	p := serve(t, data)
	tables := p.client("table", "list", "--json")
	p.stop()
	require.FileExists(t, path+".format2")
	p = serve(t, data)
	require.Equal(t, tables, p.client("table", "list", "--json"))
	p.stop()
	require.NotContains(t, p.log.String(), "not the service's", "the copy is a file of ours")

	// The way back: it is a whole file of that format, and can be taken over again.
	require.NoError(t, os.Rename(path+".format2", path))
	code, out, errs := command(t, "check", data)
	require.Zero(t, code, "%s%s", out, errs)
	p = serve(t, data)
	require.Equal(t, tables, p.client("table", "list", "--json"))
	p.stop()
	require.Contains(t, chapter(t, "Upgrading"), "`tables.db.format2`")
}
