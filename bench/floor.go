package main

import (
	"bytes"
	"context"
	"errors"
	"net"
)

// serveFloor takes the bytes and posts as many as an answer would have, without
// looking at a lead.
func serveFloor(ctx context.Context, l net.Listener, o childOptions) error {
	s, err := newFiberServer()
	if err != nil {
		return err
	}
	callback := bytes.Repeat([]byte{'x'}, o.callback)
	return s.serve(ctx, l, senders, func(*request) error { return nil }, func() func(r *request) error {
		return func(r *request) error {
			token, url, err := peek(r.body.Bytes())
			if err != nil {
				return err
			}
			return s.post(url, apiKey, token, callback)
		}
	})
}

// peek finds the two values that even the floor needs, in the order in which the
// batches have them.
func peek(body []byte) (token, url string, err error) {
	for _, v := range []struct {
		name string
		to   *string
	}{{`"token":"`, &token}, {`"callbackUrl":"`, &url}} {
		i := bytes.Index(body, []byte(v.name))
		if i < 0 {
			return "", "", errors.New("a batch has no " + v.name)
		}
		body = body[i+len(v.name):]
		end := bytes.IndexByte(body, '"')
		if end < 0 {
			return "", "", errors.New("a batch has no end of " + v.name)
		}
		*v.to = string(body[:end])
	}
	return token, url, nil
}
