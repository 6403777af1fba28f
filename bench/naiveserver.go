package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

// serveNaive answers 201 and leaves the rest to a goroutine, as such services do.
func serveNaive(kind string) func(ctx context.Context, l net.Listener, o childOptions) error {
	return func(ctx context.Context, l net.Listener, o childOptions) error {
		evaluate, err := naiveWay(kind, o.table)
		if err != nil {
			return err
		}
		var work sync.WaitGroup
		mux := http.NewServeMux()
		mux.HandleFunc("POST /submitAsyncAction", func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			work.Go(func() {
				if err := answerNaively(evaluate, body); err != nil {
					fmt.Fprintln(os.Stderr, err) // the batch is lost, and the load says so
				}
			})
			w.WriteHeader(http.StatusCreated)
		})
		server := &http.Server{Handler: mux, ReadHeaderTimeout: 30 * time.Second}
		served := make(chan error, 1)
		go func() { served <- server.Serve(l) }()
		<-ctx.Done()
		err = server.Close()
		if s := <-served; !errors.Is(s, http.ErrServerClosed) {
			err = errors.Join(err, s)
		}
		work.Wait()
		return err
	}
}

func naiveWay(kind, table string) (evaluation, error) {
	if kind != mapped {
		return reread{table, kind == rereadScan}.evaluate, nil
	}
	x, err := newIndexed(table)
	if err != nil {
		return nil, err
	}
	return x.evaluate, nil
}

func answerNaively(evaluate evaluation, body []byte) error {
	var request struct {
		Token          string `json:"token"`
		APICallBackKey string `json:"apiCallBackKey"`
		CallbackURL    string `json:"callbackUrl"`
	}
	if err := json.Unmarshal(body, &request); err != nil {
		return fmt.Errorf("read request: %w", err)
	}
	callback, err := evaluate(body, nil)
	if err != nil {
		return err
	}
	r, err := http.NewRequest(http.MethodPost, request.CallbackURL, bytes.NewReader(callback))
	if err != nil {
		return fmt.Errorf("post callback: %w", err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("x-api-key", request.APICallBackKey)
	r.Header.Set("x-callback-token", request.Token)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return fmt.Errorf("post callback: %w", err)
	}
	_, err = io.Copy(io.Discard, answer.Body)
	return errors.Join(err, answer.Body.Close())
}
