//go:build fault && linux

package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// plainLead is the lead of a plain batch: it is looked up in a table of 250 rows.
const plainLead = `{"objectType":"lead","objectContext":{"id":1,"country":"Germany"},"flowStepContext":{"table":"country-codes"}}`

// A target is a service under attack, with what the plain batches need and who
// attacks it.
type target struct {
	*victim
	receiver *receiver
	client   *http.Client // brings the plain batches
	admin    *http.Client // and what is set up

	ctx     context.Context // of the attack
	cancel  context.CancelFunc
	running sync.WaitGroup // of the attack
	most    atomic.Int64   // memory that was seen
}

func newTarget(t *testing.T, template string, a attack) *target {
	t.Helper()
	var wrapper []string
	if a.descriptors > 0 {
		wrapper = []string{"sh", "-c", `ulimit -n "$0" && exec "$@"`, strconv.Itoa(a.descriptors)} // soft and hard
	}
	s := &target{victim: launch(t, cloned(t, template), wrapper), receiver: newReceiver(t), client: clientFrom(t, "127.0.0.1"), admin: clientFrom(t, "127.0.0.1")}
	if !a.kept {
		s.client.Transport.(*http.Transport).DisableKeepAlives = true // the accept is measured, too
	}
	s.ctx, s.cancel = context.WithCancel(t.Context())
	t.Cleanup(s.callOff)
	require.True(t, s.ready(), "%s", s.tail())
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		s.watchMemory()
	}()
	t.Cleanup(func() {
		s.kill()
		<-watched
		if t.Failed() {
			t.Logf("most memory %d MiB, beyond %d it is ended; end of the log of the service:\n%s", s.peak()>>20, mostMemory>>20, s.tail())
		}
	})
	return s
}

// wage runs a part of the attack until the attack is called off.
func (s *target) wage(f func(ctx context.Context)) {
	s.running.Go(func() { f(s.ctx) })
}

// callOff ends the attack.
func (s *target) callOff() {
	s.cancel()
	s.running.Wait()
}

// clientFrom is an HTTP client at one of the addresses of this machine.
func clientFrom(t *testing.T, address string) *http.Client {
	t.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: 8, DialContext: dialerFrom(address).DialContext}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Timeout: time.Minute, Transport: transport}
}

func dialerFrom(address string) *net.Dialer {
	return &net.Dialer{Timeout: 10 * time.Second, LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
}

// pause waits; false if the attack was called off meanwhile.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// submit sends a request of leads, under a token that is also its batch id.
func (s *target) submit(client *http.Client, token, leads string) (status int, err error) {
	return s.submitParts(client, s.envelope(token)+`"objectData":[`, leads, `]}`)
}

// submitParts sends a request without making a copy of large parts.
func (s *target) submitParts(client *http.Client, parts ...string) (status int, err error) {
	readers, length := make([]io.Reader, len(parts)), 0
	for i, p := range parts {
		readers[i], length = strings.NewReader(p), length+len(p)
	}
	r, err := http.NewRequest(http.MethodPost, s.url+"/submitAsyncAction", io.MultiReader(readers...))
	if err != nil {
		return 0, err
	}
	r.ContentLength = int64(length)
	r.Header.Set("Content-Type", "application/json")
	return s.send(client, r, nil)
}

// envelope is the beginning of a request.
func (s *target) envelope(token string) string {
	return fmt.Sprintf(`{"token":%q,"batchid":%q,"apiCallBackKey":"k","campaignId":1,"callbackUrl":%q,`, token, token, s.receiver.URL)
}

// do makes a request and gives its status.
func (s *target) do(ctx context.Context, client *http.Client, method, path, kind string, body io.Reader) (status int, err error) {
	r, err := http.NewRequestWithContext(ctx, method, s.url+path, body)
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", kind)
	return s.send(client, r, nil)
}

// send makes a request with all credentials. The answer is read to its end, into
// answer if that is not nil.
func (s *target) send(client *http.Client, r *http.Request, answer *bytes.Buffer) (status int, err error) {
	r.Header.Set("x-api-key", testAPIKey)
	r.Header.Set("Authorization", "Bearer "+testAdminKey)
	a, err := client.Do(r)
	if err != nil {
		return 0, err
	}
	defer a.Body.Close()
	if answer == nil {
		answer = new(bytes.Buffer)
	}
	if _, err := answer.ReadFrom(a.Body); err != nil {
		return 0, err
	}
	return a.StatusCode, nil
}

// ask makes a request of an administrator that must not fail, and gives status and
// answer.
func (s *target) ask(method, path, kind, body string) (status int, answer []byte) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(body))
	require.NoError(s.t, err)
	r.Header.Set("Content-Type", kind)
	var said bytes.Buffer
	status, err = s.send(s.admin, r, &said)
	require.NoError(s.t, err)
	return status, said.Bytes()
}

// importTable uploads a table and sets its lookup. A lookup that costs much is
// forced.
func (s *target) importTable(name, csv, lookup string) {
	s.t.Helper()
	status, said := s.ask(http.MethodPost, "/api/v1/tables/"+name+"/versions?publish=true", "text/csv", csv)
	require.Equal(s.t, http.StatusCreated, status, "%s", said)
	status, said = s.ask(http.MethodPut, "/api/v1/tables/"+name+"/lookups/"+name+"?force=true", "application/json", lookup)
	require.Equal(s.t, http.StatusOK, status, "%s", said)
}

// troubles are the warnings and errors that Marketo's nightly status would show.
func (s *target) troubles() []string {
	s.t.Helper()
	var told struct{ Warnings, Errors []string }
	status, raw := s.ask(http.MethodGet, "/status", "application/json", "")
	require.Equal(s.t, http.StatusOK, status, "%s", raw)
	require.NoError(s.t, json.Unmarshal(raw, &told), "%s", raw)
	return append(told.Warnings, told.Errors...)
}

// A listedInvocation is what people are told of one.
type listedInvocation struct {
	BatchID string `json:"batchId"`
	State   string `json:"state"`
	Leads   int    `json:"leads"`
	Reason  string `json:"reason"`
	Summary struct {
		Failed int            `json:"failed"`
		Codes  map[string]int `json:"codes"`
	} `json:"summary"`
}

// listed gives the invocations by batch.
func (s *target) listed() map[string]listedInvocation {
	s.t.Helper()
	var told struct {
		Invocations []listedInvocation `json:"invocations"`
	}
	status, raw := s.ask(http.MethodGet, "/api/v1/invocations?limit=1000", "application/json", "")
	require.Equal(s.t, http.StatusOK, status, "%s", raw)
	require.NoError(s.t, json.Unmarshal(raw, &told))
	by := map[string]listedInvocation{}
	for _, i := range told.Invocations {
		by[i.BatchID] = i
	}
	return by
}
