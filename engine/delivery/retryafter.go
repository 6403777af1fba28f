package delivery

import (
	"net/http"
	"strings"
	"time"
)

// maxRetryAfter caps what is read; Schedule.Next honours less than that.
const maxRetryAfter = 24 * time.Hour

// retryAfter reads the header of an answer. A date is measured against the date of the same answer, so that
// clocks that disagree do no harm; now stands in where the answer has none.
func retryAfter(h http.Header, now time.Time) time.Duration {
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	d, _ := ParseRetryAfter(h.Get("Retry-After"), now)
	return d
}

// ParseRetryAfter reads the value of a Retry-After header, RFC 9110 section 10.2.3: a whole number of seconds
// or an HTTP date, which is measured against now. The result lies between 0 and 24 hours; a date in the past
// is 0. It is false for a value that is neither.
func ParseRetryAfter(value string, now time.Time) (time.Duration, bool) {
	value = strings.Trim(value, " \t")
	if value == "" || len(value) > 64 {
		return 0, false
	}
	if strings.Trim(value, "0123456789") == "" {
		var seconds int64
		for i := range len(value) {
			seconds = seconds*10 + int64(value[i]-'0')
			if seconds >= int64(maxRetryAfter/time.Second) {
				return maxRetryAfter, true
			}
		}
		return time.Duration(seconds) * time.Second, true
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	return min(max(at.Sub(now), 0), maxRetryAfter), true
}
