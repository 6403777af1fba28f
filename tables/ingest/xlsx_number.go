package ingest

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// A formatKind is what a number format means for a table of texts.
type formatKind int

const (
	formatGeneral formatKind = iota // the number itself: General, text, percent, currency, thousands, …
	formatDate                      // a date, a time or both
	formatPadded                    // digits only: 00000, 0.00
	formatShown                     // digits with other characters between: 000-00-0000
)

// A numberFormat is what was understood of a format code.
type numberFormat struct {
	kind     formatKind
	day      bool // formatDate: shows day, month or year
	clock    bool // formatDate: shows hours, minutes or seconds
	elapsed  bool // formatDate: hours may exceed 24
	digits   int  // formatPadded: least digits before the point
	decimals int  // formatPadded: digits behind the point
}

// parseFormat understands a format code. Only its first section counts: the
// others are for negative numbers, zero and text.
func parseFormat(code string) numberFormat {
	t := scanFormat(code)
	f := numberFormat{day: t.day, clock: t.clock, elapsed: t.elapsed}
	switch {
	case t.day || t.clock || t.elapsed:
		f.kind = formatDate
	case t.behind || t.zeros+t.hashes == 0:
		// Percent, currency and the like only dress the number up.
	case t.inner || t.prefixed && t.zeros > 1:
		f.kind = formatShown
	case t.zeros > 1 || t.decimals > 0 && !t.loose:
		if t.prefixed {
			break
		}
		f.kind, f.digits, f.decimals = formatPadded, t.zeros, t.decimals
	}
	return f
}

// formatTraits are the signs a format code shows.
type formatTraits struct {
	day, clock, elapsed bool
	behind              bool // percent, currency, thousands, fraction, exponent, General, text
	zeros, hashes       int  // digits before the point that are always there, or only where needed
	decimals            int  // zeros behind the point
	loose               bool // decimals that are not always there
	prefixed            bool // other characters before or behind the digits
	inner               bool // other characters between digits
}

func scanFormat(code string) formatTraits {
	var t formatTraits
	point, pending := false, false
	digit := func() {
		if pending && t.zeros+t.hashes > 0 {
			t.inner = true
		}
		pending = false
	}
	other := func() { t.prefixed, pending = true, true }
	for i := 0; i < len(code); i++ {
		c := code[i]
		switch c {
		case ';':
			return t
		case '"':
			end := strings.IndexByte(code[i+1:], '"')
			if end < 0 {
				return t
			}
			if end > 0 {
				other()
				t.behind = t.behind || isCurrency(code[i+1:i+1+end])
			}
			i += end + 1
		case '\\', '!':
			if i++; i < len(code) {
				other()
			}
		case '_', '*':
			i++ // A gap or a fill; nobody reads it.
		case '[':
			end := strings.IndexByte(code[i:], ']')
			if end < 0 {
				return t
			}
			t.bracket(strings.ToLower(code[i+1 : i+end]))
			i += end
		case '0', '?':
			if digit(); point {
				t.decimals++
				t.loose = t.loose || c == '?'
			} else if c == '0' {
				t.zeros++
			} else {
				t.hashes++
			}
		case '#':
			if digit(); point {
				t.loose = true
			} else {
				t.hashes++
			}
		case '.':
			point = true
		case ',', '%', '@', '/':
			// Behind a date these are punctuation, which does no harm: a date it is.
			t.behind = true
		case 'E', 'e':
			if i+1 < len(code) && (code[i+1] == '+' || code[i+1] == '-') {
				t.behind = true
				i++
			} else {
				t.day = true // The year of an era.
			}
		case 'y', 'Y', 'd', 'D':
			t.day = true
		case 'h', 'H', 's', 'S':
			t.clock = true
		case 'm', 'M':
			n := 1
			for i+1 < len(code) && code[i+1]|0x20 == 'm' {
				i++
				n++
			}
			t.month(code, i, n)
		case 'A', 'a':
			if rest := strings.ToUpper(code[i:]); strings.HasPrefix(rest, "AM/PM") {
				t.clock = true
				i += 4
			} else if strings.HasPrefix(rest, "A/P") {
				t.clock = true
				i += 2
			} else {
				t.day = true // The day of the week in some languages.
			}
		case 'G', 'g':
			if strings.HasPrefix(strings.ToUpper(code[i:]), "GENERAL") {
				t.behind = true
				i += len("General") - 1
			} else {
				t.day = true // The name of an era.
			}
		case '+', ' ', '(', ')', '-':
			if c != ' ' || t.zeros+t.hashes > 0 {
				other()
			}
		default:
			rest := code[i:]
			t.behind = t.behind || isCurrency(rest[:min(len(rest), 3)])
			other()
		}
	}
	return t
}

// bracket takes notice of what stands in square brackets.
func (t *formatTraits) bracket(s string) {
	switch {
	case s != "" && strings.Trim(s, "h") == "", s != "" && strings.Trim(s, "m") == "", s != "" && strings.Trim(s, "s") == "":
		t.elapsed, t.clock = true, true
	case strings.HasPrefix(s, "$") && !strings.HasPrefix(s, "$-"):
		t.behind = true
	}
}

// month tells months from minutes: minutes stand behind hours or before seconds.
func (t *formatTraits) month(code string, last, n int) {
	rest := strings.TrimLeft(code[last+1:], ": .")
	switch {
	case n >= 3:
		t.day = true
	case t.clock, strings.HasPrefix(strings.ToLower(rest), "s"):
		t.clock = true
	default:
		t.day = true
	}
}

func isCurrency(s string) bool { return strings.ContainsAny(s, "$€£¥₹₽₩₺₴฿¢") }

// padded shows a number with the digits of its format, if that loses nothing.
func padded(number string, f numberFormat) (string, bool) {
	sign := ""
	if rest, ok := strings.CutPrefix(number, "-"); ok {
		sign, number = "-", rest
	}
	whole, fraction, _ := strings.Cut(number, ".")
	if strings.ContainsAny(number, "eE") || len(fraction) > f.decimals {
		return "", false
	}
	var b strings.Builder
	b.WriteString(sign)
	for range f.digits - len(whole) {
		b.WriteByte('0')
	}
	b.WriteString(whole)
	if f.decimals > 0 {
		b.WriteByte('.')
		b.WriteString(fraction)
		for range f.decimals - len(fraction) {
			b.WriteByte('0')
		}
	}
	return b.String(), true
}

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
func isoDate(serial float64, f numberFormat, date1904 bool) (string, bool) {
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

// digitsOf keeps the digits of a text, without zeros at the start.
func digitsOf(s string) string {
	return strings.TrimLeft(strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s), "0")
}
