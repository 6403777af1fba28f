//go:build fault && linux

package main_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/require"
)

// reopenedASecond is how many connections a client makes anew after the service has
// closed them; more would take the processors from those who are to be measured.
const reopenedASecond = 100

// silentConnections opens so many connections from each client without saying a
// word. A client's share of connections must leave room for the others; the plain
// batches come from 127.0.0.1.
func silentConnections(name string, descriptors, each int, kept bool, clients ...string) attack {
	var opened atomic.Int64
	return attack{
		name: fmt.Sprintf("%s: %d against %d", name, each*len(clients), descriptors), descriptors: descriptors, kept: kept,
		start: func(s *target) {
			if kept {
				s.keepConnections()
			}
			for _, address := range clients {
				s.beSilent(address, each, &opened)
			}
		},
		after: func(s *target) {
			s.t.Logf("%d connections opened, most memory %d MiB", opened.Load(), s.peak()>>20)
			s.answersAgain(clients[0])
		},
	}
}

// silentConnectionsAndSlowCallbacks fills as much of the descriptors as three
// clients get, while callbacks to hosts that never answer take some, too.
func silentConnectionsAndSlowCallbacks(descriptors int) attack {
	const (
		each     = 300
		hosts    = 4
		slowEach = 35
	)
	var opened, held atomic.Int64
	return attack{
		name: fmt.Sprintf("silent connections and slow callbacks: %d and %d against %d", 3*each, hosts*slowEach, descriptors), descriptors: descriptors,
		start: func(s *target) {
			for h := range hosts {
				url := listen(s.t, func(_ net.Conn, over <-chan struct{}) {
					held.Add(1)
					select {
					case <-over:
					case <-s.ctx.Done():
					}
				})
				for n := range slowEach {
					token := fmt.Sprintf("slow-%d-%d", h, n)
					body := fmt.Sprintf(`{"token":%q,"callbackUrl":%q,"objectData":[%s]}`, token, url, plainLead)
					status, said := s.ask(http.MethodPost, "/submitAsyncAction", "application/json", body)
					require.Equal(s.t, http.StatusCreated, status, "%s", said)
				}
			}
			require.Eventually(s.t, func() bool { return held.Load() >= hosts*slowEach/2 }, 10*time.Second, 10*time.Millisecond, "callbacks did not start")
			for _, address := range []string{"127.0.0.2", "127.0.0.3", "127.0.0.4"} {
				s.beSilent(address, each, &opened)
			}
		},
		after: func(s *target) {
			s.t.Logf("%d connections opened, %d callbacks held", opened.Load(), held.Load())
			s.answersAgain("127.0.0.2")
		},
	}
}

// beSilent opens n connections from an address, and opens one anew for each that
// the service closes. It returns when all were opened once, or could not be.
func (s *target) beSilent(address string, n int, opened *atomic.Int64) {
	dialer := dialerFrom(address)
	dialer.Timeout = 2 * time.Second
	closed := make(chan struct{}, n)
	open := func(ctx context.Context) {
		conn, err := dialer.DialContext(ctx, "tcp", s.url[len("http://"):])
		if err != nil {
			closed <- struct{}{}
			return
		}
		opened.Add(1)
		s.running.Go(func() {
			defer conn.Close()
			defer context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Now()) })() // it wakes Read
			_, _ = conn.Read(make([]byte, 1))                                               // whatever comes, it is over
			closed <- struct{}{}
		})
	}
	for range n {
		if s.hasEnded() {
			return
		}
		open(s.ctx)
	}
	s.wage(func(ctx context.Context) {
		for pause(ctx, time.Second/reopenedASecond) && !s.hasEnded() {
			select {
			case <-ctx.Done():
			case <-closed:
				open(ctx)
			}
		}
	})
}

// keepConnections has the plain batches' client make some connections that it will
// use again.
func (s *target) keepConnections() {
	s.t.Helper()
	done := make(chan error)
	const connections = 4
	for range connections {
		go func() {
			_, err := s.do(s.ctx, s.client, http.MethodGet, "/status", "application/json", http.NoBody)
			done <- err
		}()
	}
	for range connections {
		require.NoError(s.t, <-done)
	}
}

// answersAgain requires that an attacker who has gone is answered when he comes anew.
func (s *target) answersAgain(address string) {
	s.t.Helper()
	client := clientFrom(s.t, address)
	client.Timeout = 5 * time.Second
	require.Eventually(s.t, func() bool {
		status, err := s.do(s.t.Context(), client, http.MethodGet, "/readyz", "text/plain", http.NoBody)
		return err == nil && status == http.StatusOK
	}, 10*time.Second, 100*time.Millisecond, "nobody is answered after the attack")
}
