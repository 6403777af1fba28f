package delivery_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/engine/delivery"
)

func TestRetryAfterIsReadAsSecondsOrDate(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		value string
		want  time.Duration
		ok    bool
	}{
		{"0", 0, true},
		{"1", time.Second, true},
		{" 90\t", 90 * time.Second, true},
		{"00120", 2 * time.Minute, true},
		{"86399", 86399 * time.Second, true},
		{"86401", 24 * time.Hour, true},
		{"99999999999999999999999999999999999999", 24 * time.Hour, true},
		{"Sun, 01 Mar 2026 12:05:00 GMT", 5 * time.Minute, true},
		{"Sunday, 01-Mar-26 12:05:00 GMT", 5 * time.Minute, true},
		{"Sun Mar  1 12:05:00 2026", 5 * time.Minute, true},
		{"Sun, 01 Mar 2026 11:00:00 GMT", 0, true},
		{"Sun, 01 Mar 2099 12:00:00 GMT", 24 * time.Hour, true},
		{"", 0, false},
		{"-1", 0, false},
		{"+1", 0, false},
		{"1.5", 0, false},
		{"1e3", 0, false},
		{"10s", 0, false},
		{"١٢", 0, false},
		{"1 2", 0, false},
		{"soon", 0, false},
		{"2026-03-01T12:05:00Z", 0, false},
		{"Sun, 01 Mar 2026 25:05:00 GMT", 0, false},
		{"00000000000000000000000000000000000000000000000000000000000000000001", 0, false},
	} {
		got, ok := delivery.ParseRetryAfter(c.value, now)
		require.Equal(t, c.ok, ok, "%q", c.value)
		require.Equal(t, c.want, got, "%q", c.value)
	}
}

func FuzzParseRetryAfter(f *testing.F) {
	for _, seed := range []string{"0", "120", "86400", "99999999999999999999", "Sun, 01 Mar 2026 12:05:00 GMT", "-1", " 7 ", "soon", ""} {
		f.Add(seed)
	}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, value string) {
		got, ok := delivery.ParseRetryAfter(value, now)
		if got < 0 || got > 24*time.Hour {
			t.Fatalf("%q: %v is out of bounds", value, got)
		}
		if !ok && got != 0 {
			t.Fatalf("%q: refused, yet %v", value, got)
		}
		if at, err := http.ParseTime(value); err == nil && len(value) <= 64 && at.After(now) && got == 0 {
			t.Fatalf("%q: a date in the future waits for nothing", value)
		}
	})
}
