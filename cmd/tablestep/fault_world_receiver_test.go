//go:build fault

package main_test

import (
	"bytes"
	"crypto/sha256"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// A mood is how a receiver treats a callback.
type mood uint8

const (
	takes  mood = iota
	slow        // takes it after a while
	fails       // answers 500
	resets      // closes the connection without an answer
)

// steadyMood is mostly quick.
func (w *world) steadyMood(*worldBatch) (mood, time.Duration) {
	r := w.random()
	if r.IntN(10) == 0 {
		return slow, time.Duration(r.IntN(300)) * time.Millisecond
	}
	return takes, 0
}

// moodyMood fails now and then, but no batch more than twice, and not so often that
// the service leaves the host alone for long.
func (w *world) moodyMood(b *worldBatch) (mood, time.Duration) {
	r := w.random()
	if w.calm.Load() || b != nil && b.came > 2 {
		return takes, 0
	}
	switch n := r.IntN(100); {
	case n < 8:
		return fails, 0
	case n < 14:
		return resets, 0
	case n < 34:
		return slow, time.Duration(100+r.IntN(1400)) * time.Millisecond
	}
	return takes, 0
}

// receive starts a receiver of callbacks.
func (w *world) receive(t *testing.T, treat func(b *worldBatch) (mood, time.Duration)) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		arrived := w.now()
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the process ended in the middle of it
		}
		b := w.came(r.Header.Get("x-callback-token"), body, arrived)
		if b == nil {
			return
		}
		what, after := treat(b)
		select {
		case <-time.After(after):
		case <-r.Context().Done():
			return // nobody waits for the answer
		}
		switch what {
		case fails:
			rw.WriteHeader(http.StatusInternalServerError)
		case resets:
			if c, _, err := http.NewResponseController(rw).Hijack(); err == nil {
				if tcp, ok := c.(*net.TCPConn); ok {
					_ = tcp.SetLinger(0)
				}
				_ = c.Close()
				w.open.Add(-1) // the server no longer says so
			}
		default:
			w.took(b)
		}
	}))
	s.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		switch s {
		case http.StateNew:
			w.open.Add(1)
		case http.StateClosed:
			w.open.Add(-1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	return s
}

// came notes a callback.
func (w *world) came(token string, body []byte, at moment) *worldBatch {
	digest := sha256.Sum256(body)
	w.mu.Lock()
	defer w.mu.Unlock()
	b := w.batches[token]
	if b == nil {
		w.faultLocked("token", "a callback with the token %q, which was never sent", token)
		return nil
	}
	b.came++
	switch {
	case b.came == 1:
		b.arrived, b.raw, b.digest = at, body, digest
		w.fresh = append(w.fresh, b)
		if b.id != "" {
			w.missing--
		}
	case b.digest != digest:
		w.faultLocked("repeat", "%s: two callbacks differ; the second: %s", token, bytes.TrimSpace(body[:min(len(body), 400)]))
	}
	if b.taken > 0 && b.life == w.life {
		w.faultLocked("repeat", "%s: taken with 200, and sent again by the same process", token)
	}
	return b
}

// took notes that a callback is answered with 200.
func (w *world) took(b *worldBatch) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if b.taken++; b.taken > 1 {
		w.repeated++
	}
	b.life = w.life
}
