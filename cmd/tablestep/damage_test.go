package main_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	bolt "go.etcd.io/bbolt"
)

// filled is a data folder with tables, a rule set, and requests that wait.
func filled(t *testing.T) string {
	t.Helper()
	data := t.TempDir()
	m := newMarketo(t, func() bool { return true })
	p := serve(t, data)
	sample(p)
	p.client("table", "import", "../../testdata/tables/job-titles.csv")
	for n := range 30 {
		require.True(t, submit(p.url, m.URL, fmt.Sprint("token-", n), 50))
	}
	p.stop()
	return data
}

// inUse is the size up to which pages of a bbolt file are in use.
func inUse(t *testing.T, path string) int64 {
	t.Helper()
	db, err := bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true, Timeout: time.Second})
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	var size int64
	require.NoError(t, db.View(func(tx *bolt.Tx) error {
		size = tx.Size()
		return nil
	}))
	return size
}

func TestAFileThatWasCutShortIsRefusedInWords(t *testing.T) {
	data := filled(t)
	for _, name := range []string{"tables.db", "queue.db"} {
		path := filepath.Join(data, name)
		whole, err := os.ReadFile(path)
		require.NoError(t, err)
		size := inUse(t, path)
		cuts := []int64{0, 1, 15, 16, 100, 4095, 4096, 4097, 8191, 8192, 8193, 12288, 16384, 20_000, size / 2 &^ 4095, size/2 | 1, size - 4097, size - 4096, size - 1}
		for _, cut := range cuts {
			require.NoError(t, os.WriteFile(path, whole[:cut], 0o600))
			said := startFails(t, data)
			require.Contains(t, said, path, "cut to %d of %d", cut, size)
			require.Contains(t, said, "cut short")
			require.Contains(t, said, "backup")
			require.Contains(t, said, `tablestep check `+data)
			code, out, errs := command(t, "check", data)
			require.Equal(t, 1, code, out)
			require.Contains(t, out, name)
			require.Contains(t, errs, "damaged")
		}
		require.NoError(t, os.WriteFile(path, whole, 0o600))
	}
	code, out, _ := command(t, "check", data)
	require.Zero(t, code, out)
	serve(t, data).stop()
}

func TestGarbledFilesNeverEndInATrace(t *testing.T) {
	data := filled(t)
	r := rand.New(rand.NewPCG(1, 2))
	for _, name := range []string{"tables.db", "queue.db"} {
		path := filepath.Join(data, name)
		whole, err := os.ReadFile(path)
		require.NoError(t, err)
		size := int(inUse(t, path))
		bad := map[string][]byte{"garbage": bytes.Repeat([]byte("garbage "), size/8), "zeros": make([]byte, size)}
		both := bytes.Clone(whole)
		clear(both[:8192])
		bad["both meta pages"] = both
		for page := 2; page < size/4096; page += 1 + page/6 {
			zeroed := bytes.Clone(whole)
			clear(zeroed[page*4096 : (page+1)*4096])
			bad[fmt.Sprint("page ", page, " zeroed")] = zeroed
			flipped := bytes.Clone(whole)
			for range 8 { // In headers, entries and keys.
				flipped[page*4096+r.IntN(200)] ^= 1 << r.IntN(8)
			}
			bad[fmt.Sprint("page ", page, " changed")] = flipped
		}
		refused, served := 0, 0
		for what, content := range bad {
			require.NoError(t, os.WriteFile(path, content, 0o600))
			code, out, _ := command(t, "check", data)
			require.NotContains(t, out, "goroutine ")
			v := tryServe(t, data)
			if v == "" {
				served++
				continue
			}
			refused++
			require.Equal(t, 1, code, "%s %s: %s", name, what, out)
			require.Contains(t, v, path, what)
			require.Contains(t, v, "backup", what)
		}
		require.Positive(t, refused)
		t.Logf("%s: %d refused, %d served", name, refused, served)
		require.NoError(t, os.WriteFile(path, whole, 0o600))
		// What starts have added beside it is theirs.
		for _, rest := range []string{"queue.db.reserve", "queue.db.last"} {
			_ = os.Remove(filepath.Join(data, rest)) // made anew
		}
	}
}

// record is the answer to a lead.
type record struct {
	LeadData     map[string]any `json:"leadData"`
	ActivityData map[string]any `json:"activityData"`
}

// answers submits a batch of leads and waits for its callback.
func answers(t *testing.T, p *process, leads ...string) []record {
	t.Helper()
	callbacks := make(chan string, 2)
	m := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		callbacks <- string(body)
	}))
	defer m.Close()
	body := `{"token":"` + m.URL + `","apiCallBackKey":"k","campaignId":1,"callbackUrl":"` + m.URL + `","objectData":[` + strings.Join(leads, ",") + `]}`
	r, err := http.NewRequest(http.MethodPost, p.url+"/submitAsyncAction", strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("x-api-key", testAPIKey)
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusCreated, answer.StatusCode)
	var got struct {
		ErrorMessage string   `json:"errorMessage"`
		ObjectData   []record `json:"objectData"`
	}
	require.NoError(t, json.Unmarshal([]byte(<-callbacks), &got))
	require.Len(t, got.ObjectData, len(leads), got.ErrorMessage)
	return got.ObjectData
}

func TestDamagedRowsFailTheirLeadsAndNoOthers(t *testing.T) {
	data := t.TempDir()
	p := serve(t, data)
	sample(p)
	p.client("table", "import", "../../testdata/tables/job-titles.csv")
	rules := filepath.Join(t.TempDir(), "known.yaml")
	require.NoError(t, os.WriteFile(rules, []byte("name: known\nrules:\n  - name: r\n    when: exists(\"job-titles\", lead.title)\n    activity: {value1: '\"x\"'}\n"), 0o600))
	p.client("rules", "apply", rules)
	p.stop()
	db, err := bolt.Open(filepath.Join(data, "tables.db"), 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, db.Update(func(tx *bolt.Tx) error {
		rows := tx.Bucket([]byte("data"))
		last, _ := rows.Cursor().Last() // the segment of what was imported last
		return rows.Bucket(last).ForEach(func(k, chunk []byte) error {
			chunk = bytes.Clone(chunk)
			chunk[len(chunk)-1] ^= 1
			return rows.Bucket(last).Put(k, chunk)
		})
	}))
	require.NoError(t, db.Close())
	p = serve(t, data)
	got := answers(t, p,
		`{"objectType":"lead","objectContext":{"id":1,"country":"Germany"},"flowStepContext":{"table":"country-codes"}}`,
		`{"objectType":"lead","objectContext":{"id":2,"title":"CEO"},"flowStepContext":{"table":"job-titles"}}`,
		`{"objectType":"lead","objectContext":{"id":3,"title":"CEO"},"flowStepContext":{"table":"none","ruleSet":"known"}}`)
	require.Equal(t, "DE", got[0].LeadData["countryCode2"])
	require.Equal(t, "TABLE_NOT_FOUND", got[1].ActivityData["errorCode"])
	require.Equal(t, "RULE_FAILED", got[2].ActivityData["errorCode"])
	for _, r := range got[1:] {
		require.Contains(t, r.ActivityData["reason"], "cannot be used: ")
		require.Contains(t, r.ActivityData["reason"], "damaged")
	}
	_, ready, _ := readyz(t, p, "")
	require.Equal(t, "DAMAGED", ready["code"])
	p.stop()
}

func TestADamagedTableIsNamedEverywhereAndTheOthersWork(t *testing.T) {
	data := t.TempDir()
	p := serve(t, data)
	sample(p)
	p.client("table", "import", "../../testdata/tables/job-titles.csv")
	p.stop()
	db, err := bolt.Open(filepath.Join(data, "tables.db"), 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, db.Update(func(tx *bolt.Tx) error {
		b, key := tx.Bucket([]byte("heads")), []byte("tjob-titles\x00\x00\x00\x00\x00\x00")
		record := bytes.Clone(b.Get(key))
		at := bytes.Index(record, []byte(`"next"`))
		record[at+3] ^= 1
		return b.Put(key, record)
	}))
	require.NoError(t, db.Close())

	p = serve(t, data)
	got := answers(t, p,
		`{"objectType":"lead","objectContext":{"id":1,"country":"Germany"},"flowStepContext":{"table":"country-codes"}}`,
		`{"objectType":"lead","objectContext":{"id":2,"title":"CEO"},"flowStepContext":{"table":"job-titles"}}`)
	require.Equal(t, "DE", got[0].LeadData["countryCode2"])
	require.Equal(t, false, got[1].ActivityData["success"])
	require.Equal(t, "TABLE_NOT_FOUND", got[1].ActivityData["errorCode"])
	require.Contains(t, got[1].ActivityData["reason"], `table "job-titles": it was set aside`)

	status, ready, raw := readyz(t, p, testAdminKey)
	require.Equal(t, 200, status)
	require.Equal(t, "DAMAGED", ready["code"])
	require.Contains(t, raw, "job-titles")
	_, ready, raw = readyz(t, p, "")
	require.Equal(t, map[string]any{"status": "ready", "code": "DAMAGED"}, ready)
	require.NotContains(t, raw, "job-titles")

	s, err := http.NewRequest(http.MethodGet, p.url+"/status", http.NoBody)
	require.NoError(t, err)
	s.Header.Set("x-api-key", testAPIKey)
	answer, err := http.DefaultClient.Do(s)
	require.NoError(t, err)
	told, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	var service struct {
		Errors []string `json:"errors"`
	}
	require.NoError(t, json.Unmarshal(told, &service))
	require.Len(t, service.Errors, 1)
	require.Contains(t, service.Errors[0], `table "job-titles"`)

	code, _, errs := command(t, "table", "lookup", "job-titles", "--delete", "--yes", "--server", p.url, "--admin-key", testAdminKey)
	require.Equal(t, 1, code)
	require.Contains(t, errs, "damaged")
	require.Contains(t, p.client("table", "import", "../../testdata/tables/job-titles.csv"), "job-titles version 2")
	_, ready, _ = readyz(t, p, "")
	require.Equal(t, "OK", ready["code"])
	p.stop()
	require.Contains(t, p.log.String(), "damaged and set aside")
}

func TestCheckTellsSoundDamagedAndLiveFoldersApart(t *testing.T) {
	data := filled(t)
	code, out, errs := command(t, "check", data)
	require.Zero(t, code, errs)
	require.Contains(t, out, "tables.db: 2 tables")
	require.Contains(t, out, "queue.db: 30 invocations, 30 of them unfinished")
	require.Equal(t, 2, strings.Count(out, "sound"))

	p := serve(t, data)
	code, _, errs = command(t, "check", data)
	require.Equal(t, 1, code)
	require.Contains(t, errs, data+" is in use by another process")
	p.stop()

	before := listing(t, data)
	db, err := bolt.Open(filepath.Join(data, "tables.db"), 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, db.Update(func(tx *bolt.Tx) error { // A chunk, which no start reads.
		rows := tx.Bucket([]byte("data"))
		k, _ := rows.Cursor().First()
		b := rows.Bucket(k)
		key, chunk := b.Cursor().First()
		chunk = bytes.Clone(chunk)
		chunk[len(chunk)-1] ^= 1
		return b.Put(bytes.Clone(key), chunk)
	}))
	require.NoError(t, db.Close())
	write(t, filepath.Join(data, "api.key"), "short")
	code, out, errs = command(t, "check", data, "--json")
	require.Equal(t, 1, code)
	require.Contains(t, errs, "damaged")
	var r struct {
		Sound  bool `json:"sound"`
		Tables struct {
			Findings []struct{ Place, Problem string } `json:"findings"`
		} `json:"tables"`
		Keys []any `json:"keys"`
	}
	require.NoError(t, json.Unmarshal([]byte(out), &r))
	require.False(t, r.Sound)
	require.Len(t, r.Tables.Findings, 1)
	require.Contains(t, r.Tables.Findings[0].Place, "version 1")
	require.Contains(t, r.Tables.Findings[0].Problem, "rows 1 to")
	require.Len(t, r.Keys, 1)
	require.NotContains(t, out, "short\"")

	write(t, filepath.Join(data, "tables.db"), before[filepath.Join(data, "tables.db")])
	require.NoError(t, os.Remove(filepath.Join(data, "api.key")))
	code, _, _ = command(t, "check", data)
	require.Zero(t, code)
	require.Equal(t, before, listing(t, data), "a check changes nothing")

	code, _, _ = command(t, "check")
	require.Equal(t, 2, code)
	code, _, errs = command(t, "check", t.TempDir())
	require.Equal(t, 1, code)
	require.Contains(t, errs, "no whole data folder")
}

// tryServe starts the service on a folder and stops it as soon as it is ready. It gives
// what it said where it does not start, which must be without a trace.
func tryServe(t *testing.T, data string) string {
	t.Helper()
	addr := freePort(t)
	p := &process{t: t, cmd: serveCommand(addr, data), url: "http://" + addr, data: data, log: new(bytes.Buffer)}
	p.cmd.Stderr = p.log
	require.NoError(t, p.cmd.Start())
	done := make(chan error, 1)
	go func() { done <- p.cmd.Wait() }()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); {
		select {
		case err := <-done:
			require.Error(t, err)
			require.NotContains(t, p.log.String(), "goroutine ")
			require.Equal(t, 1, p.cmd.ProcessState.ExitCode(), p.log.String())
			return p.log.String()
		case <-time.After(5 * time.Millisecond):
		}
		r, err := http.Get(p.url + "/readyz")
		if err != nil {
			continue
		}
		require.NoError(t, r.Body.Close())
		require.NoError(t, p.cmd.Process.Kill())
		require.ErrorContains(t, <-done, "signal: killed")
		return ""
	}
	require.Fail(t, "the service neither starts nor ends")
	return ""
}

func serveCommand(addr, data string) *exec.Cmd {
	return exec.Command(binary, "serve", "--addr", addr, "--data", data, "--api-key", testAPIKey, "--admin-key", testAdminKey, "--callback-allow-private")
}
