package xlsx

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// plainNumber writes the number of a cell the short way, without the noise of
// binary fractions: 15 digits, as spreadsheet programs show and keep. Integers
// that stand in the file with more digits keep them all; long tells so.
func plainNumber(raw string) (text string, long bool) {
	s := strings.TrimSpace(raw)
	if isPlain(s) {
		return s, false
	}
	digits := strings.TrimLeft(strings.TrimPrefix(s, "-"), "0")
	if digits == "" && strings.HasSuffix(s, "0") {
		return "0", false
	}
	if digits != "" && strings.Trim(digits, "0123456789") == "" {
		if strings.HasPrefix(s, "-") {
			return "-" + digits, len(digits) > 15
		}
		return digits, len(digits) > 15
	}
	value, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(value, 0) || math.IsNaN(value) {
		return raw, false
	}
	// Rounded to 15 digits first, then the shortest form of that.
	value, err = strconv.ParseFloat(strconv.FormatFloat(value, 'g', 15, 64), 64)
	if err != nil {
		return raw, false
	}
	size := math.Abs(value)
	switch {
	case size == 0:
		return "0", false
	case size < 1e-7 || size >= 1e21:
		return strconv.FormatFloat(value, 'g', -1, 64), false
	}
	return strconv.FormatFloat(value, 'f', -1, 64), size >= 1e15
}

// isPlain tells whether a number is already written the short way with at most
// 15 digits, as nearly all are.
func isPlain(s string) bool {
	negative := strings.HasPrefix(s, "-")
	s = strings.TrimPrefix(s, "-")
	if s == "" || negative && s == "0" || len(s) > 16 || s[0] == '0' && len(s) > 1 && s[1] != '.' {
		return false
	}
	point := -1
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
		case c == '.' && point < 0 && i > 0:
			point = i
		default:
			return false
		}
	}
	if point < 0 {
		return len(s) <= 15
	}
	return point < len(s)-1 && s[len(s)-1] != '0'
}

const (
	daySeconds = 24 * 60 * 60
	lastSerial = 2958466 // the day after 9999-12-31
)

// isoDate writes the date or time of a serial number; false is a number that is
// no date. A date without a clock in its format is a date, whatever the
// fraction; one with a clock always has it, so a column looks alike.
func isoDate(serial float64, f section, date1904 bool) (string, bool) {
	if math.IsNaN(serial) || math.Abs(serial) >= lastSerial {
		return "", false
	}
	total := int64(math.Round(serial * daySeconds))
	if f.elapsed || !f.day && total >= 0 && total < daySeconds {
		return clockText(total, f.elapsed), true
	}
	if date1904 {
		total += 1462 * daySeconds
	}
	if total < 0 {
		return "", false
	}
	days := total / daySeconds
	switch {
	case days == 0, days == 60:
		// 1900-01-00 and 1900-02-29, which were never days.
		return "", false
	case days > 60:
		days-- // The calendar of 1900 counts a leap day that was none.
	}
	at := time.Date(1899, 12, 31, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(days)).Add(time.Duration(total%daySeconds) * time.Second)
	if f.clock {
		return at.Format("2006-01-02T15:04:05"), true
	}
	return at.Format("2006-01-02"), true
}

func clockText(seconds int64, elapsed bool) string {
	sign := ""
	if seconds < 0 {
		sign, seconds = "-", -seconds
	}
	if elapsed {
		return fmt.Sprintf("%s%d:%02d:%02d", sign, seconds/3600, seconds/60%60, seconds%60)
	}
	return fmt.Sprintf("%02d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60)
}
