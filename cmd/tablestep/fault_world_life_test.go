//go:build fault

package main_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A life is one process of the service, from its start to its end.
type life struct {
	w      *world
	victim *victim
	client *http.Client
	dying  atomic.Bool // it is about to be ended: from then on an answer may be missing
	failed atomic.Bool // it has answered 500, of which only its log tells the reason
}

// awake starts the service on the world's folder.
func (w *world) awake(t *testing.T) *life {
	t.Helper()
	if w.reborn == 0 {
		w.reborn = w.now() // what an earlier process has stored is seen from here on
	}
	return &life{
		w: w, victim: launch(t, w.data, nil, w.args...),
		client: &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: 32}},
	}
}

// end ends the process: kill -9, or SIGTERM and the wait for an end in good order.
func (l *life) end(t *testing.T, kindly bool) {
	t.Helper()
	require.False(t, l.victim.hasEnded(), "the service ended by itself: %s", l.victim.tail())
	l.dying.Store(true)
	if kindly {
		require.NoError(t, l.victim.cmd.Process.Signal(syscall.SIGTERM))
		require.True(t, l.victim.endsWithin(15*time.Second), "the service did not stop")
		require.Zero(t, l.victim.cmd.ProcessState.ExitCode(), "%s", l.victim.tail())
	} else {
		l.victim.kill()
	}
	l.client.CloseIdleConnections()
	l.w.reborn = 0
	if l.failed.Load() {
		l.w.fault("its log", "%s", strings.Join(l.errors(), "\n        "))
	}
}

// errors are the first lines of the log of a life that has ended that tell of one.
func (l *life) errors() []string {
	const most, longest = 5, 1500
	var found []string
	for line := range strings.Lines(l.victim.log.String()) {
		if strings.Contains(line, `"ERROR"`) && len(found) < most {
			found = append(found, line[:min(len(line), longest)])
		}
	}
	return found
}

// An answer is what became of a request. A lost one may or may not have been acted
// upon.
type answer struct {
	l            *life
	method, path string
	status       int
	body         []byte
	from, to     moment // sent, and answered
	lost         bool
}

// call sends a request of the admin API.
func (l *life) call(method, path, body string) *answer {
	return l.send(method, path, "Authorization", "Bearer "+testAdminKey, body)
}

func (l *life) send(method, path, header, key, body string) *answer {
	a := &answer{l: l, method: method, path: path, from: l.w.now()}
	err := a.exchange(header, key, body)
	a.to = l.w.now()
	dying := l.dying.Load()
	if !dying && a.status == http.StatusInternalServerError {
		l.failed.Store(true)
	}
	if err != nil || dying && a.status >= http.StatusInternalServerError {
		a.lost = true
		if !dying {
			l.w.fault("no answer", "%s %s: %v", method, path, err)
		}
	}
	return a
}

func (a *answer) exchange(header, key, body string) error {
	r, err := http.NewRequest(a.method, a.l.victim.url+a.path, strings.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set(header, key)
	got, err := a.l.client.Do(r)
	if err != nil {
		return err
	}
	defer got.Body.Close()
	a.status = got.StatusCode
	a.body, err = io.ReadAll(got.Body)
	return err
}

func (a *answer) decode(to any) {
	if err := json.Unmarshal(a.body, to); err != nil {
		a.l.w.fault("answer", "%s %s: %v: %s", a.method, a.path, err, a.body)
	}
}

// unexpected notes a status that the request should not have got.
func (a *answer) unexpected() {
	kind := "status " + http.StatusText(a.status)
	a.l.w.fault(kind, "%s %s at %s: %d %s", a.method, a.path, window{a.from, a.to}, a.status, a.body)
}
