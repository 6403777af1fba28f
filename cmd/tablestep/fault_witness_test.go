//go:build fault

package main_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	bolt "go.etcd.io/bbolt"

	"tablestep/engine/queue"
	queuefile "tablestep/engine/queue/file"
	"tablestep/tables"
	"tablestep/tables/boltfile"
	"tablestep/tables/file"
	"tablestep/tables/schema"
)

// A witness plays both sides of Marketo over the lives of several processes on one
// data folder. It keeps what was promised with a 201 and which callbacks came, and
// compares both with the files that a process has left behind.
//
// A callback more than one is allowed only where the file explains it: the process
// ended after the callback was answered and before it had noted that, so the file
// still has the invocation as unfinished.
type witness struct {
	*httptest.Server
	status func(token string) int // answer of a callback, 200 where nil
	client *http.Client
	open   atomic.Int64 // connections that bring callbacks

	mu       sync.Mutex // guards the fields below
	fates    map[string]*fate
	statuses map[int]int // answers to requests; 0 counts those without one
	faults   []string
	version  int // of the table, the last that was acknowledged

	life    int           // lives of processes that have ended
	excused int           // callbacks that may come again, as examine has found
	widest  time.Duration // longest time from a callback to the end of a process that had not noted it
}

// A fate is what became of a token.
type fate struct {
	leads   int
	id      string // of the 201; empty while nothing was promised
	taken   int    // callbacks that were answered with 200
	life    int    // of the last of them
	at      time.Time
	digest  [32]byte // of the first callback
	allowed int      // callbacks that the files have explained, besides the first
	done    bool     // a file has it as delivered
}

const leadsOfARequest = 10

func newWitness(t *testing.T, status func(token string) int) *witness {
	t.Helper()
	w := &witness{
		status: status, fates: map[string]*fate{}, statuses: map[int]int{},
		client: &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 32}},
	}
	w.Server = httptest.NewUnstartedServer(http.HandlerFunc(w.receive))
	w.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		switch s {
		case http.StateNew:
			w.open.Add(1)
		case http.StateClosed:
			w.open.Add(-1)
		}
	}
	w.Start()
	t.Cleanup(func() {
		w.client.CloseIdleConnections()
		w.Close()
	})
	return w
}

func (w *witness) receive(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the process ended in the middle of it
	}
	token, status := r.Header.Get("x-callback-token"), http.StatusOK
	if w.status != nil {
		status = w.status(token)
	}
	w.take(token, body, status == http.StatusOK)
	rw.WriteHeader(status)
}

// take notes a callback.
func (w *witness) take(token string, body []byte, accepted bool) {
	digest := sha256.Sum256(body)
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.fates[token]
	switch {
	case f == nil:
		w.faults = append(w.faults, "a callback with a token that was never sent")
		return
	case f.digest == [32]byte{}:
		f.digest = digest
		if n := bytes.Count(body, []byte(`"leadData"`)); n != f.leads {
			w.faults = append(w.faults, fmt.Sprintf("%s: the callback has %d leads of %d", token, n, f.leads))
		}
	case f.digest != digest:
		w.faults = append(w.faults, token+": two callbacks differ")
	}
	if !accepted {
		return
	}
	if f.taken > 0 && f.life == w.life {
		w.faults = append(w.faults, token+": answered, and sent again by the same process")
	}
	f.taken, f.life, f.at = f.taken+1, w.life, time.Now()
}

// send sends a request and gives the status, 0 where no whole answer came.
func (w *witness) send(url, token string) int {
	leads := make([]string, leadsOfARequest)
	for i := range leads {
		leads[i] = fmt.Sprintf(`{"objectType":"lead","objectContext":{"id":%d,"country":"Germany"},"flowStepContext":{"table":"country-codes"}}`, i+1)
	}
	body := fmt.Sprintf(`{"token":%q,"apiCallBackKey":"k","campaignId":1,"callbackUrl":%q,"objectData":[%s]}`, token, w.URL, strings.Join(leads, ","))
	w.mu.Lock()
	if w.fates[token] == nil {
		w.fates[token] = &fate{leads: leadsOfARequest}
	}
	w.mu.Unlock()
	status, raw := w.post(url+"/submitAsyncAction", "x-api-key", testAPIKey, body)
	var accepted struct {
		ID string `json:"invocation"`
	}
	if status == http.StatusCreated && (json.Unmarshal(raw, &accepted) != nil || accepted.ID == "") {
		status = 0
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.statuses[status]++
	f := w.fates[token]
	if status == http.StatusCreated {
		if f.id != "" && f.id != accepted.ID {
			w.faults = append(w.faults, token+": accepted twice")
		}
		f.id = accepted.ID
	}
	return status
}

func (w *witness) post(url, header, key, body string) (status int, answer []byte) {
	r, err := http.NewRequest(http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return 0, nil
	}
	r.Header.Set(header, key)
	a, err := w.client.Do(r)
	if err != nil {
		return 0, nil
	}
	defer a.Body.Close()
	if answer, err = io.ReadAll(a.Body); err != nil {
		return 0, nil
	}
	return a.StatusCode, answer
}

// publish uploads a version of the table that differs from all others, and gives
// the status.
func (w *witness) publish(url string) int {
	body := fmt.Sprintf("country,alpha-2,alpha-3,numeric\nGermany,DE,DEU,276\nAtlantis,AA,AAA,%d\n", time.Now().UnixNano())
	status, raw := w.post(url+"/api/v1/tables/country-codes/versions?publish=true&confirm=true", "Authorization", "Bearer "+testAdminKey, body)
	var uploaded struct {
		Version int `json:"version"`
	}
	if status != http.StatusCreated || json.Unmarshal(raw, &uploaded) != nil {
		return status
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.version = max(w.version, uploaded.Version)
	return status
}

// load sends requests, from several senders, and uploads tables until stop is
// called or nobody answers. A refused request is followed by another.
func (w *witness) load(url, prefix string, senders int, uploads bool) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var g sync.WaitGroup
	for s := range senders {
		g.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				switch w.send(url, fmt.Sprintf("%s-%d-%d", prefix, s, n)) {
				case 0:
					return
				case http.StatusCreated:
				default:
					time.Sleep(10 * time.Millisecond)
				}
			}
		})
	}
	if uploads {
		g.Go(func() {
			for ctx.Err() == nil && w.publish(url) != 0 {
				time.Sleep(5 * time.Millisecond)
			}
		})
	}
	return func() {
		cancel()
		g.Wait()
	}
}

// examine is called when a process has ended, before the next one starts. It
// checks the files and compares them with what was promised and what came.
func (w *witness) examine(t *testing.T, data string) {
	t.Helper()
	ended := time.Now()
	require.Eventually(t, func() bool { return w.open.Load() == 0 }, 10*time.Second, time.Millisecond, "callbacks of a process that has ended")
	dir, err := os.MkdirTemp("", "tablestep-examine-")
	require.NoError(t, err)
	defer func() { require.NoError(t, os.RemoveAll(dir)) }()
	for _, name := range []string{"queue.db", "tables.db"} {
		copyFile(t, filepath.Join(data, name), filepath.Join(dir, name))
		checkPages(t, filepath.Join(dir, name))
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	require.Empty(t, w.faults)
	w.examineTables(t, filepath.Join(dir, "tables.db"))
	w.examineQueue(t, filepath.Join(dir, "queue.db"), ended)
	w.life++
}

// checkPages opens a file read-only and lets bbolt check every page of it.
func checkPages(t *testing.T, path string) {
	t.Helper()
	db, err := bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true, Timeout: time.Second})
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	require.NoError(t, db.View(func(tx *bolt.Tx) error {
		var errs []error
		for err := range tx.Check() {
			errs = append(errs, err)
		}
		return errors.Join(errs...)
	}), "%s is damaged", filepath.Base(path))
}

// examineTables looks for the last version that was acknowledged.
func (w *witness) examineTables(t *testing.T, path string) {
	t.Helper()
	store, err := file.OpenStore(path, tables.Options{KeepVersions: 1 << 20})
	for until := time.Now().Add(10 * time.Second); errors.Is(err, boltfile.ErrInUse) && time.Now().Before(until); {
		// A process that another test starts at this moment has the lock of checkPages for as long as it is
		// still a copy of this one.
		time.Sleep(10 * time.Millisecond)
		store, err = file.OpenStore(path, tables.Options{KeepVersions: 1 << 20})
	}
	require.NoError(t, err)
	defer func() { require.NoError(t, store.Close()) }()
	table, ok := store.Catalog().Table("country-codes")
	require.True(t, ok)
	require.NotNil(t, table.Live)
	require.GreaterOrEqual(t, table.Live.Number, w.version, "an acknowledged version is not live")
	if w.version == 0 {
		return
	}
	versions, err := store.Versions("country-codes")
	require.NoError(t, err)
	require.True(t, slices.ContainsFunc(versions, func(v schema.Version) bool { return v.Number == w.version }), "an acknowledged version is lost")
}

// examineQueue asks a copy of the queue for every token whose end is not known.
func (w *witness) examineQueue(t *testing.T, path string, ended time.Time) {
	t.Helper()
	q, found, err := queuefile.Open(path, queuefile.Options{Bounds: queue.Bounds{Limit: 1 << 20}, LockTimeout: 10 * time.Second})
	require.NoError(t, err)
	defer func() { require.NoError(t, q.Close()) }()
	require.Empty(t, found.Damaged)
	for token, f := range w.fates {
		require.LessOrEqual(t, f.taken, 1+f.allowed, "%s: answered more often than the files explain", token)
		if f.done {
			continue
		}
		id, known, err := q.Put(t.Context(), invocationOf(token, w.URL))
		require.NoError(t, err)
		if !known {
			require.Empty(t, f.id, "%s: acknowledged and lost", token)
			require.Zero(t, f.taken, "%s: answered and not stored", token)
			continue
		}
		if f.id != "" {
			require.Equal(t, f.id, id.String(), "%s: stored under another name", token)
		}
		info, err := q.Get(t.Context(), id)
		require.NoError(t, err)
		switch info.State {
		case queue.Delivered:
			require.Positive(t, f.taken, "%s: delivered according to the file, and no callback came", token)
			f.done = true
		case queue.Available, queue.Retryable:
			if f.taken > f.allowed {
				f.allowed = f.taken
				w.excused++
				w.widest = max(w.widest, ended.Sub(f.at))
			}
		default:
			require.Fail(t, "wrong state", "%s is %s: %s", token, info.State, info.Reason)
		}
	}
}

// answered waits until every promise has been kept. It gives up when for so long
// none more was: what several killed processes have left behind takes its time.
func (w *witness) answered(t *testing.T, without time.Duration) {
	t.Helper()
	least, deadline := w.missing(), time.Now().Add(without)
	for n := least; n > 0; n = w.missing() {
		if n < least {
			least, deadline = n, time.Now().Add(without)
		}
		require.True(t, time.Now().Before(deadline), "%d acknowledged requests were not answered, and for %s none was", n, without)
		time.Sleep(20 * time.Millisecond)
	}
}

// missing counts the promises that have not been kept yet.
func (w *witness) missing() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, f := range w.fates {
		if f.id != "" && f.taken == 0 {
			n++
		}
	}
	return n
}

// finish lets a sound process answer everything, and examines what it leaves.
func (w *witness) finish(t *testing.T, data string) {
	t.Helper()
	v := launch(t, data, nil)
	require.True(t, v.ready(), "%s", v.tail())
	require.Equal(t, http.StatusCreated, w.send(v.url, fmt.Sprintf("after-life-%d", w.life)))
	backlog, start := w.missing(), time.Now()
	w.answered(t, 60*time.Second)
	if backlog > 1000 {
		t.Logf("a backlog of %d requests was answered in %s", backlog, time.Since(start).Round(time.Second))
	}
	v.stop()
	w.examine(t, data)
}

// count gives the tokens that were acknowledged and the callbacks beyond one each.
func (w *witness) count() (acknowledged, repeated int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.fates {
		if f.id != "" {
			acknowledged++
		}
		repeated += max(f.taken-1, 0)
	}
	return acknowledged, repeated
}

// unavailable is how many requests were answered with 503.
func (w *witness) unavailable() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.statuses[http.StatusServiceUnavailable]
}

func (w *witness) String() string {
	acknowledged, repeated := w.count()
	return fmt.Sprintf("%d requests acknowledged, version %d published, %d callbacks repeated of %d that were cut off from their note (at most %s)",
		acknowledged, w.version, repeated, w.excused, w.widest.Round(time.Millisecond))
}
