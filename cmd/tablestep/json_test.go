package main_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A recorder stands between the command line and the service and keeps the last answer.
type recorder struct {
	url  string
	mu   sync.Mutex // guards last
	last []string   // bodies of the answers since the last take
}

func newRecorder(t *testing.T, service string) *recorder {
	t.Helper()
	to, err := url.Parse(service)
	require.NoError(t, err)
	r := new(recorder)
	forward := httputil.NewSingleHostReverseProxy(to)
	forward.ModifyResponse = func(answer *http.Response) error {
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			return err
		}
		answer.Body = io.NopCloser(strings.NewReader(string(body)))
		r.mu.Lock()
		defer r.mu.Unlock()
		r.last = append(r.last, string(body))
		return nil
	}
	server := httptest.NewServer(forward)
	t.Cleanup(server.Close)
	r.url = server.URL
	return r
}

func (r *recorder) take() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	defer func() { r.last = nil }()
	return r.last
}

// Whatever a command is about, --json prints what the service has sent: nothing is left
// out, nothing is made up, and names stand in the service's order.
func TestJSONIsWhatTheServiceSent(t *testing.T) {
	p := serve(t, t.TempDir())
	r := newRecorder(t, p.url)
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	csv := file("codes.csv", "country,code\nGermany,DE\nFrance,FR\n")
	more := file("more.csv", "country,code\nGermany,DE\nFrance,FR\nSpain,<ES>\n")
	lookup := file("codes.json", `{"label":"Länder <&>","match":[{"column":"country","field":"country"}],"outputs":[{"column":"code","field":"code"}]}`)
	other := file("other.json", `{"match":[{"column":"country","field":"land"}],"outputs":[]}`)
	rules := file("tiers.yaml", "name: tiers\nrules:\n  - {name: big, when: 'lookup(\"codes\", lead.country) != nil', set: {tier: '\"A\"'}}\ntests:\n  - {name: one, lead: {country: Spain}, want: {rules: [big]}}\n")
	others := file("others.yaml", strings.Replace("name: tiers\nrules:\n  - {name: small, when: 'true', set: {tier: '\"B\"'}}\n", "tiers", "others", 1))
	for _, args := range [][]string{
		{"table", "list"},
		{"table", "import", csv, "--name", "codes"},
		{"table", "lookup", "codes", "--confirm"},
		{"table", "import", more, "--name", "codes", "--no-publish"},
		{"table", "list"},
		{"table", "show", "codes"},
		{"table", "publish", "codes", "2"},
		{"table", "rollback", "codes"},
		{"table", "publish", "codes", "2"},
		{"table", "diff", "codes"},
		{"table", "find", "spain"},
		{"table", "find", "nowhere", "--limit", "1"},
		{"table", "lookup", "codes"},
		{"table", "lookup", "codes", "--file", lookup},
		{"table", "lookup", "codes", "--file", other, "--no-publish"},
		{"table", "lookup", "codes", "--versions"},
		{"table", "usage", "codes"},
		{"table", "publish", "codes", "1", "--lookup", "codes=2"},
		{"table", "publish", "codes", "--lookup", "codes=2"},
		{"table", "rollback", "codes", "--lookup", "codes"},
		{"table", "publish", "codes", "2"},
		{"table", "lookup", "codes", "--delete", "--yes"},
		{"table", "lookup", "codes", "--restore"},
		{"table", "lookup", "codes", "--delete", "--yes"},
		{"rules", "list"},
		{"rules", "apply", rules, others},
		{"rules", "list"},
		{"rules", "show", "tiers"},
		{"rules", "test", rules, "--lead", `{"country":"Spain","id":9007199254740993}`, "--lead", "{}"},
		{"rules", "apply", file("again.yaml", strings.Replace("name: tiers\nrules:\n  - {name: small, when: 'true', set: {tier: '\"C\"'}}\n", "small", "other", 1))},
		{"rules", "rollback", "tiers"},
		{"rules", "delete", "tiers", "--yes"},
		{"rules", "list", "--deleted"},
		{"rules", "restore", "tiers"},
		{"invocations", "list"},
		{"table", "delete", "codes", "--yes", "--force"},
		{"table", "list", "--deleted"},
		{"table", "restore", "codes", "--as", "codes-2"},
		{"table", "delete", "codes-2", "--purge", "--yes"},
	} {
		code, out, errs := command(t, append(args, "--json", "--server", r.url, "--admin-key", testAdminKey)...)
		require.Zero(t, code, "%v: %s", args, errs)
		sent := r.take()
		require.NotEmpty(t, sent, "%v", args)
		require.Equal(t, compact(t, strings.Join(sent, "\n")), compact(t, out), "%v", args)
		require.NotContains(t, out, `null,`+"\n"+`  "findings"`, "%v", args)
	}
}

// compact takes the white space out of a row of JSON texts and leaves all else as it is.
func compact(t *testing.T, texts string) string {
	t.Helper()
	var all strings.Builder
	for d := json.NewDecoder(strings.NewReader(texts)); ; {
		var raw json.RawMessage
		err := d.Decode(&raw)
		if err == io.EOF {
			return all.String()
		}
		require.NoError(t, err, "%s", texts)
		var b bytes.Buffer
		require.NoError(t, json.Compact(&b, raw))
		all.WriteString(b.String() + "\n")
	}
}

// A replay is told as JSON, too, and one without an answer prints nothing.
func TestAReplayIsToldAsTheServiceTellsIt(t *testing.T) {
	marketo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadRequest) }))
	defer marketo.Close()
	p := serve(t, t.TempDir())
	require.True(t, submit(p.url, marketo.URL, "token", 1))
	var list struct {
		Invocations []struct{ ID string }
	}
	require.Eventually(t, func() bool {
		require.NoError(t, json.Unmarshal([]byte(p.client("invocations", "list", "--state", "dead", "--json")), &list))
		return len(list.Invocations) == 1
	}, 20*time.Second, 20*time.Millisecond)
	id := list.Invocations[0].ID
	require.Contains(t, p.client("invocations", "list"), id)
	require.Contains(t, p.client("invocations", "show", id), `"state"`)
	require.Equal(t, "invocation "+id+" will be delivered again\n", p.client("invocations", "replay", id))
	require.JSONEq(t, `{"replayed":0}`, p.client("invocations", "replay", "--from", "2020-01-01T00:00:00Z", "--to", "2020-01-02T00:00:00Z", "--json"))
	require.Equal(t, "0 invocations will be delivered again\n", p.client("invocations", "replay", "--from", "2020-01-01T00:00:00Z", "--to", "2020-01-02T00:00:00Z"))
	require.Eventually(t, func() bool {
		code, out, _ := command(t, "invocations", "replay", id, "--json", "--server", p.url, "--admin-key", testAdminKey)
		require.Empty(t, out)
		return code == 0
	}, 20*time.Second, 20*time.Millisecond)
}
