//go:build fault && linux

package main_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A receiver takes callbacks and notes when they came.
type receiver struct {
	*httptest.Server

	mu   sync.Mutex // guards came
	came map[string]callback
}

// A callback is the first one with its token.
type callback struct {
	at    time.Time
	body  []byte
	times int
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{came: map[string]callback{}}
	r.Server = httptest.NewServer(http.HandlerFunc(r.receive))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) receive(_ http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(q.Body)
	if err != nil {
		return // it comes again
	}
	token, at := q.Header.Get("x-callback-token"), time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	c, ok := r.came[token]
	if !ok {
		c = callback{at: at, body: body}
	}
	c.times++
	r.came[token] = c
}

func (r *receiver) callback(token string) (callback, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c, ok := r.came[token]
	return c, ok
}

// wait waits until all of these have come, up to patience, and gives those that have
// not. It gives up where nobody can send them any more.
func (r *receiver) wait(tokens []string, patience time.Duration, hopeless func() bool) (missing []string) {
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		missing = missing[:0]
		for _, token := range tokens {
			if _, ok := r.callback(token); !ok {
				missing = append(missing, token)
			}
		}
		if len(missing) == 0 || hopeless() || time.Now().After(deadline) {
			return missing
		}
	}
}

// repeated are the tokens of callbacks that came more than once.
func (r *receiver) repeated() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []string
	for token, c := range r.came {
		if c.times > 1 {
			list = append(list, token)
		}
	}
	return list
}

// An answered request is what a callback says.
type answeredRequest struct {
	ErrorCode    string `json:"errorCode"` // of the whole request
	ErrorMessage string `json:"errorMessage"`
	ObjectData   []struct {
		ActivityData struct {
			Success   bool   `json:"success"`
			ErrorCode string `json:"errorCode"`
			Reason    string `json:"reason"`
		} `json:"activityData"`
	} `json:"objectData"`
}

func (c callback) read(t *testing.T) answeredRequest {
	t.Helper()
	var a answeredRequest
	require.NoError(t, json.Unmarshal(c.body, &a))
	return a
}
