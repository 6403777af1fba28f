package schema_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tablestep/tables/schema"
)

// oracle reads a date with package time, layout by layout.
func oracle(text string) (time.Time, bool) {
	for _, day := range []string{"2006-01-02", "2006/01/02"} {
		if at, err := time.Parse(day, text); err == nil {
			return at, true
		}
		for _, between := range []string{"T", " "} {
			for _, clock := range []string{"15:04:05", "15:04"} {
				for _, zone := range []string{"Z07:00", "Z0700", "Z07", ""} {
					if at, err := time.Parse(day+between+clock+zone, text); err == nil {
						return at, true
					}
				}
			}
		}
	}
	at, err := time.Parse("20060102", text)
	return at, err == nil && at.Year() >= 1000
}

func agree(t require.TestingT, text string) {
	want, isDate := oracle(text)
	got, ok := schema.ParseDate(text)
	require.Equal(t, isDate, ok, "%q", text)
	if !ok {
		return
	}
	require.Equal(t, want.Unix(), got.Seconds, "%q", text)
	require.Equal(t, want.Nanosecond(), got.Nanos, "%q", text)
	at := got.Time()
	require.Equal(t, want.Format(time.RFC3339Nano), at.Format(time.RFC3339Nano), "%q", text)
}

func TestDatesAreReadAsPackageTimeReadsThem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		agree(t, strings.TrimSpace(rapid.StringMatching(`(20|19|00)[0-9]{2}([-/][01][0-9][-/][0-3][0-9])([T ]([0-2]?[0-9]:[0-6][0-9](:[0-6][0-9]([.,][0-9]{0,12})?)?(Z|[+-][0-2][0-9](:?[0-6][0-9])?)?)?)?`).Draw(t, "text")))
	})
}

func FuzzDates(f *testing.F) {
	for _, seed := range []string{"2024-03-31", "2024/03/31 9:05", "20240331", "2024-03-31T10:00:00.123456789012Z", "2024-02-30", "2024-03-31 10:00,5", "2024-03-31T10:00+24:60", "00000101"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for i := range len(text) {
			// Both take these, and package time does not.
			if c := text[i]; c >= 0x80 || c == 't' || c == 'z' || c <= ' ' && (i == 0 || i == len(text)-1 || c != ' ' || text[i-1] == ' ') {
				t.Skip()
			}
		}
		agree(t, text)
	})
}

func TestDatesInOtherWaysOfWriting(t *testing.T) {
	for text, same := range map[string]string{
		"2024-03-31t10:00:00z":          "2024-03-31T10:00:00Z",
		" 2024-03-31   10:00 ":          "2024-03-31T10:00:00",
		"2024-03-31\u00a010:00":         "2024-03-31T10:00:00",
		"２０２４-03-31":                    "2024-03-31",
		"2024-03-31\u200b":              "2024-03-31",
		"2024-03-31 10:00:00.5+02:00\n": "2024-03-31T10:00:00.5+02:00",
	} {
		got, ok := schema.ParseDate(text)
		require.True(t, ok, "%q", text)
		want, ok := schema.ParseDate(same)
		require.True(t, ok)
		require.Equal(t, want, got, "%q", text)
	}
	_, ok := schema.ParseDate("2024-03-3①")
	require.False(t, ok, "a circled digit is no digit")
}
