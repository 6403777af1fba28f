package delivery

import (
	"fmt"
	"net/http"
	"time"
)

// Verdict says what kind of answer an attempt got.
type Verdict uint8

const (
	// Retry: nothing came back, or an answer that promises nothing (408, 425, 429, 5xx). It is the zero
	// value, so that an outcome nobody filled in is never taken for a delivery.
	Retry Verdict = iota
	// Delivered: a 2xx.
	Delivered
	// Refused: a 401 or 403. Worth a few tries: keys are rotated, and gateways learn of it one after another.
	Refused
	// Final: another attempt cannot end better: a 3xx, any other 4xx, an address that is not allowed.
	Final
)

func (v Verdict) String() string {
	switch v {
	case Retry:
		return "retry"
	case Delivered:
		return "delivered"
	case Refused:
		return "refused"
	case Final:
		return "final"
	}
	return fmt.Sprintf("verdict %d", uint8(v))
}

// Outcome is what one attempt came to.
type Outcome struct {
	Verdict    Verdict
	Status     int           // HTTP status; 0 where no answer came
	RetryAfter time.Duration // what the answer asked for; 0 where it asked for nothing
	// Ambiguous: no answer came, but the request may have been received whole.
	Ambiguous bool
	// Canceled: the caller's context ended the attempt. It says nothing about the other side.
	Canceled bool
	// Short: this machine had no descriptor or memory for the connection. It is no attempt: nothing was sent,
	// and it says nothing about the other side.
	Short bool
	// Err says in one line what went wrong; empty for a delivery. Never holds token, key, path or query.
	Err      string
	Duration time.Duration
}

// judge gives the verdict on an HTTP status.
func judge(status int) Verdict {
	switch {
	case status >= 200 && status <= 299:
		return Delivered
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return Refused
	case status == http.StatusRequestTimeout, status == http.StatusTooEarly, status == http.StatusTooManyRequests:
		return Retry
	case status >= 500: // beyond 599 too: RFC 9110 has unknown classes treated as a server error
		return Retry
	}
	return Final
}

// describeStatus words a status that is no success. The phrase is ours, not the one that was sent.
func describeStatus(status int) string {
	text := fmt.Sprintf("answered with status %d", status)
	if phrase := http.StatusText(status); phrase != "" {
		text += " " + phrase
	}
	if status >= 300 && status <= 399 {
		text += ": redirects are not followed"
	}
	return text
}
