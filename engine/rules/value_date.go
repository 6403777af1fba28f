package rules

import "time"

// formatTime writes a date as RFC 3339: without a time of day if that is zero.
func formatTime(t time.Time) string {
	if t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0 && t.Nanosecond() == 0 {
		return t.Format(time.DateOnly)
	}
	return t.Format("2006-01-02T15:04:05Z07:00")
}
