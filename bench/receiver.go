package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// A receiver takes callbacks and answers 200, by hand on bare connections: it
// costs a tenth of an HTTP server.
type receiver struct {
	url      string
	listener net.Listener
	ctx      context.Context // of the whole receiver: a held callback ends with it
	cancel   context.CancelFunc
	work     sync.WaitGroup

	take atomic.Pointer[func(token []byte, size int)] // called for each callback
	hold atomic.Pointer[func(ctx context.Context)]    // called before each answer

	mu    sync.Mutex // guards conns
	conns map[net.Conn]struct{}
}

func newReceiver() (*receiver, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("receive callbacks: %w", err)
	}
	r := &receiver{url: "http://" + l.Addr().String() + "/callback", listener: l, conns: map[net.Conn]struct{}{}}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	r.work.Go(r.accept)
	return r, nil
}

// close ends all connections and waits for them.
func (r *receiver) close() error {
	r.cancel()
	err := r.listener.Close()
	r.mu.Lock()
	for c := range r.conns {
		err = errors.Join(err, c.Close())
	}
	r.mu.Unlock()
	r.work.Wait()
	return err
}

func (r *receiver) accept() {
	for {
		c, err := r.listener.Accept()
		if err != nil {
			return // closed
		}
		r.mu.Lock()
		r.conns[c] = struct{}{}
		r.mu.Unlock()
		r.work.Go(func() {
			// The other side ends connections as it likes.
			_ = r.serve(c)
			r.mu.Lock()
			delete(r.conns, c)
			r.mu.Unlock()
			_ = c.Close()
		})
	}
}

func (r *receiver) serve(c net.Conn) error {
	in := bufio.NewReaderSize(c, 64<<10)
	var token [tokenBytes]byte
	for {
		size := 0
		for first := true; ; first = false {
			line, err := in.ReadSlice('\n')
			if err != nil {
				return err
			}
			line = bytes.TrimRight(line, "\r\n")
			if len(line) == 0 && !first {
				break
			}
			switch name, value, _ := bytes.Cut(line, []byte(": ")); {
			case bytes.EqualFold(name, []byte("Content-Length")):
				if size, err = strconv.Atoi(string(value)); err != nil {
					return err
				}
			case bytes.EqualFold(name, []byte("X-Callback-Token")):
				copy(token[:], value)
			}
		}
		if _, err := in.Discard(size); err != nil {
			return err
		}
		if take := r.take.Load(); take != nil {
			(*take)(token[:], size)
		}
		if hold := r.hold.Load(); hold != nil {
			(*hold)(r.ctx)
		}
		if _, err := c.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")); err != nil {
			return err
		}
	}
}

// sleep waits, or until ctx ends.
func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
