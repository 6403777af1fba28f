//go:build fault && linux

package main_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/stretchr/testify/require"
)

// answeredSoon is how long an answer may take that needs no evaluation, on a busy
// machine.
const answeredSoon = 20 * time.Second

// tooLargeAnswers sends, one after the other, requests that cannot be answered
// lead by lead: the answer would be above 64 MiB, or there are too many leads.
func tooLargeAnswers() attack {
	const columns, length = 40, 2000
	wide := strings.TrimSuffix(strings.Repeat(`{"objectContext":{"id":1,"wideKey":"k"},"flowStepContext":{"table":"wide"}},`, 1000), ",")
	many := strings.TrimSuffix(strings.Repeat(`{},`, 500_000), ",")
	var (
		before []string
		sent   []string // tokens
		late   []string
	)
	return attack{
		name: "too large answers: 1000 leads of 80 kB, and 500000 empty leads",
		setUp: func(s *target) {
			header, row, outputs := []string{"key"}, []string{"k"}, []string{}
			for n := range columns {
				column := fmt.Sprintf("column%02d", n)
				header, row = append(header, column), append(row, strings.Repeat(string(rune('a'+n%26)), length))
				outputs = append(outputs, fmt.Sprintf(`{"column":%q,"field":"wide%02d","type":"text"}`, column, n))
			}
			s.importTable("wide", strings.Join(header, ",")+"\n"+strings.Join(row, ",")+"\n",
				`{"match":[{"column":"key","field":"wideKey"}],"outputs":[`+strings.Join(outputs, ",")+`]}`)
		},
		start: func(s *target) {
			before = s.troubles()
			s.wage(func(ctx context.Context) {
				client := clientFrom(s.t, "127.0.0.2")
				for n := 0; ctx.Err() == nil && !s.hasEnded(); n++ {
					token, leads := fmt.Sprintf("wide-%d", n), wide
					if n%2 == 1 {
						token, leads = fmt.Sprintf("many-%d", n), many
					}
					if status, err := s.submit(client, token, leads); err != nil || status != http.StatusCreated {
						late = append(late, fmt.Sprintf("%s: %d %v", token, status, err))
						continue
					}
					sent = append(sent, token)
					if missing := s.receiver.wait([]string{token}, answeredSoon, s.hasEnded); len(missing) > 0 {
						late = append(late, token+": not answered within "+answeredSoon.String())
					}
				}
			})
		},
		after: func(s *target) {
			s.t.Logf("%d requests, most memory %d MiB, in trouble: %v", len(sent), s.peak()>>20, late)
			require.Empty(s.t, late)
			const examined = 200 // of the last ones: the list has an end
			list := s.listed()
			for _, token := range sent[max(0, len(sent)-examined):] {
				c, _ := s.receiver.callback(token)
				a := c.read(s.t)
				require.Contains(s.t, []string{"BATCH_INVALID", "BATCH_FAILED"}, a.ErrorCode, token)
				require.NotEmpty(s.t, a.ErrorMessage, token)
				if strings.HasPrefix(token, "many") {
					require.Equal(s.t, "BATCH_INVALID", a.ErrorCode, token)
				}
				i, ok := list[token]
				require.True(s.t, ok, "%s is not in the list of invocations", token)
				require.Positive(s.t, i.Summary.Codes[a.ErrorCode], "%s: the list does not tell of it: %+v", token, i)
			}
			told := slices.DeleteFunc(s.troubles(), func(sentence string) bool { return slices.Contains(before, sentence) })
			require.NotEmpty(s.t, told, "/status does not tell of batches that could not be answered")
			s.t.Logf("/status tells: %q", told)
		},
	}
}

// largeRequests sends requests of 15 MB that are little but braces, one after the
// other and four at once.
func largeRequests() attack {
	const (
		size      = 15_000_000
		mayGrow   = 100 << 20
		givenBack = 30 * time.Second // the memory: the scavenger takes its time
	)
	bodies := map[string]string{
		"leads":   `"objectData":[` + strings.Repeat(`{},`, size/3) + `{}]}`,
		"fields":  `"objectData":[{"objectContext":{"id":1,` + numbered(size) + `"country":"Germany"},"flowStepContext":{"table":"country-codes"}}]}`,
		"nested":  `"objectData":[{"objectContext":{"id":1,"country":"Germany","list":[` + strings.Repeat(`{},`, size/3) + `{}]},"flowStepContext":{"table":"country-codes"}}]}`,
		"context": `"context":{"list":[` + strings.Repeat(`{},`, size/3) + `{}]},"objectData":[` + plainLead + `]}`,
	}
	kinds := slices.Sorted(maps.Keys(bodies))
	var (
		mu       sync.Mutex // guards the rest
		accepted []string
		statuses = map[string]int{}
		refused  []string
		before   int64
		kind     string
	)
	send := func(s *target, client *http.Client, n int, what string, alone bool) {
		token := fmt.Sprintf("large-%s-%d", what, n)
		status, err := s.submitParts(client, s.envelope(token), bodies[what])
		if status == http.StatusCreated {
			if missing := s.receiver.wait([]string{token}, 3*answeredSoon, s.hasEnded); len(missing) > 0 {
				err = fmt.Errorf("not answered within %s", 3*answeredSoon)
			}
		}
		mu.Lock()
		defer mu.Unlock()
		statuses[fmt.Sprintf("%s %d", what, status)]++
		switch {
		case err != nil:
			refused = append(refused, fmt.Sprintf("%s: %v", token, err))
		case status == http.StatusCreated:
			accepted = append(accepted, token)
		case status == http.StatusTooManyRequests && !alone: // so many bytes may not wait
		case status == http.StatusBadRequest, status == http.StatusRequestEntityTooLarge:
			if what == "leads" {
				refused = append(refused, fmt.Sprintf("%s: %d, though it can be answered with a chunk error", token, status))
			}
		default:
			refused = append(refused, fmt.Sprintf("%s: %d", token, status))
		}
	}
	return attack{
		name: "large requests: 15 MB of braces, one by one and four at once",
		start: func(s *target) {
			before, kind = s.memory()
			s.wage(func(ctx context.Context) {
				client := clientFrom(s.t, "127.0.0.2")
				for n := 0; (ctx.Err() == nil || n == 0) && !s.hasEnded(); n++ {
					for _, what := range kinds {
						send(s, client, n, what, true)
					}
					var together sync.WaitGroup
					for i := range 4 {
						what := kinds[i%len(kinds)]
						if n%2 == 1 {
							what = "leads"
						}
						together.Go(func() { send(s, client, 1000*(n+1)+i, what, false) })
					}
					together.Wait()
				}
			})
		},
		after: func(s *target) {
			s.t.Logf("%v, %d accepted; most memory %d MiB; in trouble: %v", statuses, len(accepted), s.peak()>>20, refused)
			require.Empty(s.t, refused)
			for _, token := range accepted {
				if c, _ := s.receiver.callback(token); strings.HasPrefix(token, "large-leads") {
					require.Equal(s.t, "BATCH_INVALID", c.read(s.t).ErrorCode, token)
				}
			}
			var now int64
			var kinds string
			for deadline := time.Now().Add(givenBack); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
				if now, kinds = s.memory(); now <= before+mayGrow {
					s.t.Logf("memory before: %s; after: %s", kind, kinds)
					return
				}
			}
			require.Fail(s.t, "memory was not given back", "%d MiB more after %s\nbefore: %s\nafter:  %s", (now-before)>>20, givenBack, kind, kinds)
		},
	}
}

// numbered gives fields of about so many bytes, all with names of their own.
func numbered(size int) string {
	var b strings.Builder
	for n := 0; b.Len() < size; n++ {
		fmt.Fprintf(&b, `"f%d":{},`, n)
	}
	return b.String()
}
