package schema

import (
	"cmp"
	"time"
)

// A Date is a day, or a moment of one, as it was written.
type Date struct {
	Seconds int64 // since 1970 in UTC, to the second
	Nanos   int   // and behind it
	Offset  int   // of the clock that was written, in seconds east of UTC
	Clock   bool  // there was a time of day
	Zoned   bool  // and a zone with it
}

// ParseDate reads what a person, a form or a file writes for a date, alone or with a time
// of day. It is the one reader of dates: match modes, outputs, guesses at a column's type
// and rules ask it, or ParseTime.
//
//	date   = day [ ( "T" | space { space } ) clock [ zone ] ]  |  compact
//	day    = YYYY "-" MM "-" DD  |  YYYY "/" MM "/" DD
//	compact = YYYYMMDD       (with a year from 1000 on; who reads numbers as well asks for them first)
//	clock  = H[H] ":" MM [ ":" SS [ ( "." | "," ) digits ] ]
//	zone   = "Z" | ( "+" | "-" ) HH [ [ ":" ] MM ]
//
// White space around it is no part of it, letters may be small, and full-width digits
// count as plain ones, as in ParseNumber. A time without a zone is UTC. Days whose order
// of day and month would be a guess (03/04/2024) are no dates.
func ParseDate(text string) (Date, bool) {
	text, ok := plainText(text)
	if !ok {
		return Date{}, false
	}
	return scanDate(text)
}

// ParseNormalDate is ParseDate for a text of which the caller has the normal form
// (column.Normalize) at hand. It allocates nothing.
func ParseNormalDate(text, normal string) (Date, bool) {
	d, ok := scanDate(normal)
	return d, ok && (text == normal || !odd(text))
}

// ParseTime is ParseDate for who writes dates: at has the zone that was written, and
// clock says that there was a time of day.
func ParseTime(text string) (at time.Time, clock, ok bool) {
	d, ok := ParseDate(text)
	if !ok {
		return time.Time{}, false, false
	}
	return d.Time(), d.Clock, true
}

// Time is the date in its own zone.
func (d Date) Time() time.Time {
	at := time.Unix(d.Seconds, int64(d.Nanos)).UTC()
	if d.Offset == 0 {
		return at
	}
	return at.In(time.FixedZone("", d.Offset))
}

// Compare orders two dates by when they are.
func (d Date) Compare(o Date) int {
	return cmp.Or(cmp.Compare(d.Seconds, o.Seconds), cmp.Compare(d.Nanos, o.Nanos))
}

// scanDate reads a text without white space around it.
func scanDate(s string) (d Date, ok bool) {
	year, ok := digitsAt(s, 0, 4)
	if !ok || len(s) < len("20060102") {
		return d, false
	}
	month, day, rest := 0, 0, ""
	if c := s[4]; c == '-' || c == '/' {
		if len(s) < len("2006-01-02") || s[7] != c {
			return d, false
		}
		var ok2 bool
		month, ok = digitsAt(s, 5, 2)
		day, ok2 = digitsAt(s, 8, 2)
		ok, rest = ok && ok2, s[10:]
	} else {
		var ok2 bool
		month, ok = digitsAt(s, 4, 2)
		day, ok2 = digitsAt(s, 6, 2)
		ok = ok && ok2 && len(s) == len("20060102") && year >= 1000
	}
	at := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if !ok || at.Day() != day || at.Month() != time.Month(month) {
		return d, false
	}
	d.Seconds = at.Unix()
	switch {
	case rest == "":
		return d, true
	case rest[0] == 'T', rest[0] == 't':
		rest = rest[1:]
	case rest[0] == ' ':
		for rest != "" && rest[0] == ' ' {
			rest = rest[1:]
		}
	default:
		return d, false
	}
	d.Clock = true
	if rest, ok = d.clock(rest); !ok {
		return d, false
	}
	return d, d.zone(rest)
}

// digitsAt reads n digits at a place.
func digitsAt(s string, at, n int) (value int, ok bool) {
	if len(s) < at+n {
		return 0, false
	}
	for i := at; i < at+n; i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		value = 10*value + int(s[i]-'0')
	}
	return value, true
}

// clock reads the time of day.
func (d *Date) clock(s string) (rest string, ok bool) {
	hour, ok := digitsAt(s, 0, 2)
	if ok {
		s = s[2:]
	} else if hour, ok = digitsAt(s, 0, 1); ok {
		s = s[1:]
	}
	minute, second, ok2 := 0, 0, false
	if s, ok2 = colon(s); !ok || !ok2 {
		return s, false
	}
	if minute, ok = digitsAt(s, 0, 2); !ok {
		return s, false
	}
	s = s[2:]
	if behind, more := colon(s); more {
		if second, ok = digitsAt(behind, 0, 2); !ok {
			return s, false
		}
		s = d.fraction(behind[2:])
	}
	d.Seconds += int64(hour)*3600 + int64(minute)*60 + int64(second)
	return s, hour < 24 && minute < 60 && second < 60
}

func colon(s string) (rest string, ok bool) {
	if s == "" || s[0] != ':' {
		return s, false
	}
	return s[1:], true
}

// fraction reads the fraction of a second; what is beyond nanoseconds is left out.
func (d *Date) fraction(s string) (rest string) {
	if len(s) < 2 || s[0] != '.' && s[0] != ',' || s[1] < '0' || s[1] > '9' {
		return s
	}
	digits, rest := CutDigits(s[1:])
	for i := range len("123456789") {
		d.Nanos *= 10
		if i < len(digits) {
			d.Nanos += int(digits[i] - '0')
		}
	}
	return rest
}

// zone reads the rest of a date and takes it to UTC. As in package time, an offset may
// have 24 hours and 60 minutes.
func (d *Date) zone(s string) bool {
	d.Zoned = s != ""
	switch {
	case s == "", s == "Z", s == "z":
		return true
	case s[0] != '+' && s[0] != '-':
		return false
	}
	hours, ok := digitsAt(s, 1, 2)
	if !ok {
		return false
	}
	minutes := 0
	if rest := s[3:]; rest != "" {
		if behind, is := colon(rest); is {
			rest = behind
		}
		if minutes, ok = digitsAt(rest, 0, 2); !ok || len(rest) != 2 {
			return false
		}
	}
	d.Offset = hours*3600 + minutes*60
	if s[0] == '-' {
		d.Offset = -d.Offset
	}
	d.Seconds -= int64(d.Offset)
	return hours <= 24 && minutes <= 60
}
