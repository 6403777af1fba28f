package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"tablestep/engine/delivery"
	decoder "tablestep/engine/request"
)

// senders is how many callbacks are posted at once, as in the engine.
const senders = 32

// A request is one body, and what a subject has decoded of it. It belongs to who
// has it.
type request struct {
	body  bytes.Buffer
	batch decoder.Batch
}

// A fiberServer takes requests as the real server does: streamed, read into a
// pooled buffer. It answers 201 once work has a place for the request.
type fiberServer struct {
	requests sync.Pool
	work     chan *request
	sender   *delivery.Sender
}

func newFiberServer() (*fiberServer, error) {
	sender, err := delivery.New(delivery.Options{AllowPrivate: true})
	if err != nil {
		return nil, err
	}
	return &fiberServer{
		requests: sync.Pool{New: func() any { return new(request) }},
		work:     make(chan *request, 256),
		sender:   sender,
	}, nil
}

// serve runs until ctx ends. Each of n workers gets a handler of its own, which
// answers one request after the other.
func (s *fiberServer) serve(ctx context.Context, l net.Listener, n int, check func(r *request) error, worker func() func(r *request) error) error {
	app := fiber.New(fiber.Config{
		DisableStartupMessage: true, StreamRequestBody: true, DisablePreParseMultipartForm: true,
		ReadTimeout: 30 * time.Second, WriteTimeout: 2 * time.Minute, IdleTimeout: 2 * time.Minute,
	})
	app.Post("/submitAsyncAction", func(c *fiber.Ctx) error {
		r, ok := s.requests.Get().(*request)
		if !ok {
			return errors.New("pool holds something else than requests")
		}
		r.body.Reset()
		if size := c.Request().Header.ContentLength(); size > 0 {
			// One byte more, for the read that finds the end.
			if _, err := r.body.ReadFrom(io.LimitReader(c.Context().RequestBodyStream(), int64(size))); err != nil {
				return err
			}
		}
		if err := check(r); err != nil {
			s.requests.Put(r)
			return fiber.NewError(fiber.StatusBadRequest, err.Error())
		}
		s.work <- r
		return c.Status(fiber.StatusCreated).JSON(fiber.Map{"invocation": "0", "duplicate": false})
	})
	failed := make(chan error, 1)
	var workers sync.WaitGroup
	for range n {
		handle := worker()
		workers.Go(func() {
			for r := range s.work {
				if err := handle(r); err != nil {
					select {
					case failed <- err:
					default:
					}
				}
				s.requests.Put(r)
			}
		})
	}
	served := make(chan error, 1)
	go func() { served <- app.Listener(l) }()
	<-ctx.Done()
	err := app.ShutdownWithTimeout(time.Second)
	if errors.Is(err, context.DeadlineExceeded) {
		err = nil // kept connections
	}
	err = errors.Join(err, <-served)
	close(s.work)
	workers.Wait()
	s.sender.Close()
	select {
	case first := <-failed:
		err = errors.Join(err, first)
	default:
	}
	return err
}

// post sends a callback; an attempt that fails is an error, not tried again.
func (s *fiberServer) post(url, key, token string, body []byte) error {
	o := s.sender.Post(context.Background(), delivery.Callback{URL: url, APIKey: key, Token: token, Body: body})
	if o.Verdict != delivery.Delivered {
		return fmt.Errorf("post callback: %d %s", o.Status, o.Err)
	}
	return nil
}
