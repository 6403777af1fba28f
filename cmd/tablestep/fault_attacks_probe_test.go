//go:build fault && linux

package main_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

const probesASecond = 20

// latencies are those of the plain batches of one measurement: from when a batch
// should have been sent to its 201 and to its callback.
type latencies struct {
	sent               int
	accepted, answered spread
	failures           map[string]int // what happened to those that were refused or not answered
}

func (l latencies) failed() bool { return len(l.failures) > 0 }

func (l latencies) String() string {
	s := fmt.Sprintf("201 %s, callback %s", l.accepted, l.answered)
	if !l.failed() {
		return s
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s, and of %d", s, l.sent)
	for _, what := range slices.Sorted(maps.Keys(l.failures)) {
		fmt.Fprintf(&b, ", %d: %s", l.failures[what], what)
	}
	return b.String()
}

// A spread is a number of durations in order.
type spread []time.Duration

// at is the smallest value that so many per cent of all do not exceed: of 200, the
// 99th percentile is the 198th.
func (s spread) at(percent int) time.Duration {
	if len(s) == 0 {
		return 0
	}
	return s[max((len(s)*percent+99)/100-1, 0)]
}

func (s spread) String() string {
	if len(s) == 0 {
		return "none"
	}
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return fmt.Sprintf("p50 %.1f p99 %.1f max %.1f ms (%d)", ms(s.at(50)), ms(s.at(99)), ms(s[len(s)-1]), len(s))
}

// verdict says what is wrong with the speed of plain batches beside an attack;
// nothing, if nothing is.
func verdict(idle, attacked latencies) string {
	bound := func(s spread) time.Duration { return max(slowdown*s.at(99), unfelt) }
	if attacked.accepted.at(99) <= bound(idle.accepted) && attacked.answered.at(99) <= bound(idle.answered) {
		return ""
	}
	return fmt.Sprintf("plain batches are too slow beside the attack\nidle:     %s\nattacked: %s\nbounds of p99: 201 %s, callback %s",
		idle, attacked, bound(idle.accepted), bound(idle.answered))
}

// probe sends plain batches at a steady pace, however long the answers take, and
// waits for the callbacks.
func (s *target) probe(name string, d time.Duration) latencies {
	const patience = 20 * time.Second
	var (
		running sync.WaitGroup
		mu      sync.Mutex // guards l
		l       = latencies{failures: map[string]int{}}
		due     = map[string]time.Time{}
	)
	start := time.Now()
	for n := range int(d.Seconds() * probesASecond) {
		at := start.Add(time.Duration(n) * time.Second / probesASecond)
		time.Sleep(time.Until(at))
		if s.hasEnded() {
			break // what is missing is counted below
		}
		token := fmt.Sprintf("%s-%d", name, n)
		due[token] = at
		running.Go(func() {
			status, err := s.submit(s.client, token, plainLead)
			took := time.Since(at)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err != nil:
				l.failures["no answer to the request: "+lastWords(err)]++
			case status != http.StatusCreated:
				l.failures[fmt.Sprintf("refused with %d", status)]++
			default:
				l.accepted = append(l.accepted, took)
			}
		})
	}
	running.Wait()
	s.receiver.wait(slices.Collect(maps.Keys(due)), patience, s.hasEnded)
	l.sent = len(due)
	for token, at := range due {
		if c, ok := s.receiver.callback(token); ok {
			l.answered = append(l.answered, c.at.Sub(at))
		} else {
			l.failures["no callback"]++
		}
	}
	if s.hasEnded() {
		l.failures["the service has ended"]++
	}
	slices.Sort(l.accepted)
	slices.Sort(l.answered)
	return l
}

// lastWords is the end of an error, without addresses that differ from one to the
// next.
func lastWords(err error) string {
	text := err.Error()
	return text[strings.LastIndex(text, ": ")+1:]
}

// warmUp has everything loaded that a plain batch needs.
func (s *target) warmUp() {
	s.t.Helper()
	if l := s.probe("warm-up", time.Second/2); l.failed() {
		s.t.Fatalf("plain batches fail before the attack: %s\n%s", l, s.tail())
	}
}
