package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"
)

// render makes the token of request n.
func (r *running) render(dst *[tokenBytes]byte, n int64) {
	var raw [tokenBytes / 2]byte
	binary.BigEndian.PutUint32(raw[:], r.run)
	binary.BigEndian.PutUint64(raw[4:], uint64(n))
	hex.Encode(dst[:], raw[:])
}

func (r *running) parse(token []byte) (n int64, ok bool) {
	var raw [tokenBytes / 2]byte
	if _, err := hex.Decode(raw[:], token); err != nil || binary.BigEndian.Uint32(raw[:]) != r.run {
		return 0, false
	}
	return int64(binary.BigEndian.Uint64(raw[4:])), true
}

// send is one connection: request, answer, request.
func (r *running) send(ctx context.Context) (err error) {
	var dialer net.Dialer
	c, err := dialer.DialContext(ctx, "tcp", r.to.addr)
	if err != nil {
		return fmt.Errorf("send to %s: %w", r.to.name, err)
	}
	stop := context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Now()) })
	defer func() {
		stop()
		err = errors.Join(err, c.Close())
		if ctx.Err() != nil {
			err = nil
		}
	}()
	in := bufio.NewReader(c)
	var head []byte
	var token [tokenBytes]byte
	for {
		n, due, ok := r.turn(ctx)
		if !ok {
			return nil
		}
		b := &r.batches[n%int64(len(r.batches))]
		r.render(&token, n)
		head = fmt.Appendf(head[:0], "POST /submitAsyncAction HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nX-Api-Key: %s\r\nContent-Length: %d\r\n\r\n",
			r.to.addr, apiKey, len(b.body))
		head = append(head, b.body[:b.token]...)
		head = append(head, token[:]...)
		r.sent[n%ring].Store(max(int64(due), 1))
		r.waiting.Add(1)
		if len(b.body) < 4<<10 {
			head = append(head, b.body[b.token+tokenBytes:]...)
			_, err = c.Write(head)
		} else {
			pieces := net.Buffers{head, b.body[b.token+tokenBytes:]}
			_, err = pieces.WriteTo(c)
		}
		if err != nil {
			return fmt.Errorf("send to %s: %w", r.to.name, err)
		}
		status, err := readAnswer(in)
		if err != nil {
			return fmt.Errorf("answer of %s: %w", r.to.name, err)
		}
		if status != http.StatusCreated {
			r.refused.Add(1)
			if r.sent[n%ring].Swap(0) != 0 {
				r.free()
			}
			sleep(ctx, 10*time.Millisecond)
			continue
		}
		r.accepted.Add(1)
		if r.counting.Load() {
			r.tally.accept.add(time.Since(r.begin) - due)
		}
	}
}

// turn waits until the next request may be sent and gives its number and when, after the
// begin, it was due.
func (r *running) turn(ctx context.Context) (n int64, due time.Duration, ok bool) {
	if r.slots != nil {
		select {
		case r.slots <- struct{}{}:
		case <-ctx.Done():
			return 0, 0, false
		}
	}
	n = r.next.Add(1) - 1
	if r.every > 0 {
		due = time.Duration(n) * r.every
		if early := due - time.Since(r.begin); early > 0 {
			sleep(ctx, early)
			due = time.Since(r.begin) // how well this process sleeps is not what is measured
		}
	} else {
		due = time.Since(r.begin)
	}
	if ctx.Err() != nil || int64(time.Since(r.begin)) >= r.until.Load() || r.total > 0 && n >= int64(r.total) {
		if r.slots != nil {
			<-r.slots
		}
		return 0, 0, false
	}
	return n, due, true
}

// readAnswer reads an answer to its end and gives its status.
func readAnswer(in *bufio.Reader) (status int, err error) {
	size := 0
	for first := true; ; first = false {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if first {
			fields := bytes.Fields(line)
			if len(fields) < 2 {
				return 0, fmt.Errorf("%q is no status line", line)
			}
			if status, err = strconv.Atoi(string(fields[1])); err != nil {
				return 0, fmt.Errorf("read status: %w", err)
			}
			continue
		}
		if len(line) == 0 {
			break
		}
		if name, value, _ := bytes.Cut(line, []byte(": ")); bytes.EqualFold(name, []byte("Content-Length")) {
			if size, err = strconv.Atoi(string(value)); err != nil {
				return 0, fmt.Errorf("read length of answer: %w", err)
			}
		}
	}
	_, err = in.Discard(size)
	return status, err
}
