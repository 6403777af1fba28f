//go:build fault && linux

package main_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	dripPause    = 2 * time.Second // between two bytes of a body
	refusedSoon  = 5 * time.Second // the service needs a moment for thousands at once; without care it is 30 s, or 30 minutes
	uploadBeside = 2 * time.Second // between two uploads beside those that drip
)

// A trickle is how a body comes that never ends.
type trickle struct{ header, piece string }

func trickles() []trickle {
	return []trickle{
		{"Content-Length: 1000000\r\n", "a"},
		{"Transfer-Encoding: chunked\r\n", "1\r\na\r\n"},
		{"Content-Length: 1000000\r\nExpect: 100-continue\r\n", "a"},
	}
}

// refusals is what became of posts without a right key.
type refusals struct {
	mu         sync.Mutex // guards the rest
	posts      int
	answered   spread // from the headers to the 401
	closed     spread // from the 401 to the end of the connection
	turnedAway int    // closed without a word: the client had its share of connections
	wrong      map[string]int
}

// drippingPosts sends n posts without a right key at once, whose bodies come a byte
// now and then, and more as they are closed; and two uploads with the right key
// that come in the same way.
func drippingPosts(n int) attack {
	r := &refusals{wrong: map[string]int{}}
	var beside []string // what was said to other uploads
	return attack{
		name: fmt.Sprintf("dripping posts: %d without a key, 2 uploads with it", n),
		start: func(s *target) {
			// Eight clients, each within its share.
			again := make(chan int, n)
			for i := range n {
				s.dripWithoutKey(i, r, again)
			}
			s.wage(func(ctx context.Context) {
				for pause(ctx, time.Second/reopenedASecond) && !s.hasEnded() {
					select {
					case <-ctx.Done():
					case i := <-again:
						s.dripWithoutKey(i, r, again)
					}
				}
			})
			for range 2 {
				s.wage(s.dripUpload)
			}
			s.wage(func(ctx context.Context) { beside = s.uploadsBeside(ctx) })
		},
		after: func(s *target) {
			slices.Sort(r.answered)
			slices.Sort(r.closed)
			s.t.Logf("%d posts: 401 after %s; closed %s later; %d turned away; otherwise: %v; most memory %d MiB; uploads beside: %v",
				r.posts, r.answered, r.closed, r.turnedAway, r.wrong, s.peak()>>20, beside)
			require.Empty(s.t, r.wrong)
			require.GreaterOrEqual(s.t, len(r.answered), n/2, "too few were answered: they were closed without a word")
			require.Less(s.t, r.answered.at(100), refusedSoon, "401 came late")
			require.Less(s.t, r.closed.at(100), refusedSoon, "connections stayed open after the 401")
			require.GreaterOrEqual(s.t, len(beside), 3, "uploads beside those that drip took too long")
			for _, said := range beside {
				require.Equal(s.t, "201", said, "an upload beside those that drip")
			}
		},
	}
}

// dripWithoutKey makes the post of that number. When its connection has ended, the
// number is put into again.
func (s *target) dripWithoutKey(i int, r *refusals, again chan<- int) {
	path := []string{"/submitAsyncAction", "/api/v1/tables/x/versions"}[i%2]
	d := trickles()[i/2%3]
	key := ""
	if i%4 == 3 {
		key = "x-api-key: a-key-that-is-wrong\r\nAuthorization: Bearer a-key-that-is-wrong\r\n"
	}
	conn, err := dialerFrom(fmt.Sprintf("127.0.0.%d", 2+i%8)).DialContext(s.ctx, "tcp", s.url[len("http://"):])
	if err != nil {
		again <- i
		return
	}
	_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n%s%s\r\n", path, key, d.header)
	sent := time.Now()
	s.running.Go(func() {
		defer func() { again <- i }()
		defer conn.Close()
		if err == nil {
			r.note(s.ctx, dripUntilClosed(s.ctx, conn, d.piece, sent))
		}
	})
}

// A farewell is how a connection ended.
type farewell struct {
	sent, answered, closed time.Time // answered is zero where no answer came
	first                  string    // line of the answer
}

// dripUntilClosed sends a piece now and then until the other side closes or ctx ends.
func dripUntilClosed(ctx context.Context, conn net.Conn, piece string, sent time.Time) farewell {
	heard := make(chan farewell)
	go func() {
		e := farewell{sent: sent}
		in := bufio.NewReader(conn)
		if line, err := in.ReadString('\n'); err == nil {
			e.answered, e.first = time.Now(), strings.TrimSpace(line)
			_, _ = io.Copy(io.Discard, in) // a reset ends it as well
		}
		e.closed = time.Now()
		heard <- e
	}()
	drops := time.NewTicker(dripPause)
	defer drops.Stop()
	for {
		select {
		case e := <-heard:
			return e
		case <-ctx.Done():
			_ = conn.SetReadDeadline(time.Now()) // it wakes the reader
			return <-heard
		case <-drops.C:
			_, _ = io.WriteString(conn, piece) // once it is closed the reader says so
		}
	}
}

// note counts an farewell. Those that the end of the attack cut off while all was
// well do not count.
func (r *refusals) note(ctx context.Context, e farewell) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.posts++
	cut := ctx.Err() != nil
	switch {
	case e.answered.IsZero() && cut && e.closed.Sub(e.sent) < refusedSoon:
	case e.answered.IsZero() && cut:
		r.wrong[fmt.Sprintf("no answer within %s", refusedSoon)]++
	case e.answered.IsZero() && e.closed.Sub(e.sent) > refusedSoon:
		r.wrong["closed late, and without an answer"]++
	case e.answered.IsZero():
		r.turnedAway++
	case !strings.HasPrefix(e.first, "HTTP/1.1 401"):
		r.wrong[e.first]++
	default:
		r.answered = append(r.answered, e.answered.Sub(e.sent))
		if held := e.closed.Sub(e.answered); !cut || held > refusedSoon {
			r.closed = append(r.closed, held)
		}
	}
}

// dripUpload uploads a table, with the right key, that never ends.
func (s *target) dripUpload(ctx context.Context) {
	for !s.hasEnded() {
		body, in := io.Pipe()
		stop := context.AfterFunc(ctx, func() { _ = in.CloseWithError(context.Canceled) })
		s.running.Go(func() {
			for _, err := io.WriteString(in, "a,b\n"); err == nil && pause(ctx, dripPause); {
				_, err = io.WriteString(in, "1")
			}
		})
		_, _ = s.do(ctx, clientFrom(s.t, "127.0.0.3"), http.MethodPost, "/api/v1/tables/dripping/versions", "text/csv", body) // however it ends
		stop()
		_ = body.Close()
		if !pause(ctx, time.Second) {
			return
		}
	}
}

// uploadsBeside uploads small tables and gives what was said.
func (s *target) uploadsBeside(ctx context.Context) (said []string) {
	client := clientFrom(s.t, "127.0.0.4")
	for pause(ctx, uploadBeside) && !s.hasEnded() {
		status, err := s.do(ctx, client, http.MethodPost, "/api/v1/tables/beside/versions?publish=true", "text/csv",
			strings.NewReader(fmt.Sprintf("a,b\n%d,2\n", len(said))))
		switch {
		case errors.Is(err, context.Canceled):
		case err != nil:
			said = append(said, err.Error())
		default:
			said = append(said, fmt.Sprint(status))
		}
	}
	return said
}
