package rules

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"tablestep/tables/schema"
)

// dateFunctions read, move and write dates. What is no date gives nil.
func dateFunctions() []*function {
	return []*function{
		{
			name: "date", signature: "date(x, layout, zone)", takes: "date layout? zone?", nils: "nil", result: dateOrNil, group: "date",
			text:     "The text read as a date or a date with time: ISO 8601, 12/31/2024 or 31.12.2024, or the layout (see formatDate; nil: as without one). A text without a time zone of its own is read on the clocks of the zone, a name of the IANA database, or in UTC. Where the month or the day could be first (03/04/2024), the month is: where it is the day, give the layout. nil if it is none.",
			examples: []Example{{`formatDate(date("2024-02-29"))`, `"2024-02-29"`}, {`formatDate(date("31.12.2024", "DD.MM.YYYY"))`, `"2024-12-31"`}, {`date("soon")`, `nil`}, {`formatDate(date("31.12.2024"))`, `"2024-12-31"`}, {`formatDate(date("03/04/2024"))`, `"2024-03-04"`}, {`formatDate(date("03/04/2024", "DD/MM/YYYY"))`, `"2024-04-03"`}, {`date("2024-01-01") < date("2024-02-01T08:00:00Z")`, `true`}, {`date("01.07.2024 09:00", "DD.MM.YYYY HH:mm", "Europe/Berlin") == date("2024-07-01T07:00:00Z")`, `true`}, {`date("2024-07-01T09:00:00", nil, "Europe/Berlin") == date("2024-07-01T07:00:00Z")`, `true`}},
			call:     dateCall,
		},
		{
			name: "now", signature: "now()", takes: "", result: isDate, group: "date",
			text:     "The date and time in UTC; the same for all leads of a batch.",
			examples: []Example{{`daysBetween(now(), addDays(now(), 30))`, `30`}},
			call:     func(m *machine, _ []value) (value, error) { return moment(m.now), nil },
		},
		{
			name: "addDays", signature: "addDays(date, n)", takes: "date whole", nils: "nil", result: dateOrNil, group: "date",
			text:     "The date n days later, at the same time of day.",
			examples: []Example{{`formatDate(addDays("2024-02-28", 2))`, `"2024-03-01"`}, {`addDays(nil, 2)`, `nil`}},
			call:     addDaysCall,
		},
		{
			name: "daysBetween", signature: "daysBetween(from, to)", takes: "date date", nils: "nil", result: unknown, group: "date",
			text:     "How many calendar days to is after from; negative if it is before. nil if one of them is no date.",
			examples: []Example{{`daysBetween("2024-02-28", "2024-03-01")`, `2`}, {`daysBetween("2024-01-02", "2024-01-01")`, `-1`}, {`daysBetween(nil, now())`, `nil`}},
			call:     daysBetweenCall,
		},
		{
			name: "hoursBetween", signature: "hoursBetween(from, to)", takes: "date date", nils: "nil", result: unknown, group: "date",
			text:     "How many hours to is after from, with a fraction; negative if it is before. A day begins at midnight. nil if one of them is no date.",
			examples: []Example{{`hoursBetween("2024-03-01T08:00:00Z", "2024-03-02T09:30:00Z")`, `25.5`}, {`hoursBetween("2024-03-02", "2024-03-01")`, `-24.0`}, {`hoursBetween(nil, now())`, `nil`}},
			call:     hoursBetweenCall,
		},
		{
			name: "monthsBetween", signature: "monthsBetween(from, to)", takes: "date date", nils: "nil", result: unknown, group: "date",
			text:     "How many whole months of the calendar to is after from, each date by its own zone; negative if it is before. A month that is too short ends with its last day: from 31 January to 29 February 2024 is one. nil if one of them is no date.",
			examples: []Example{{`monthsBetween("2024-01-15", "2025-03-14")`, `13`}, {`monthsBetween("2024-01-31", "2024-02-29")`, `1`}, {`monthsBetween("2024-03-01", "2024-01-01")`, `-2`}, {`monthsBetween("soon", now())`, `nil`}},
			call:     monthsBetweenCall,
		},
		{
			name: "formatDate", signature: "formatDate(date, layout)", takes: "date layout?", nils: `""`, result: isText, group: "date",
			text:     "The date as text. A layout is made of YYYY YY, MMMM MMM MM M, DD D, dddd ddd (weekday), HH hh (12 hours) mm ss, A (AM or PM), Z (offset); anything else stands for itself. Without a layout it is YYYY-MM-DD. nil gives the empty text.",
			examples: []Example{{`formatDate("2024-03-05", "MM/DD/YYYY")`, `"03/05/2024"`}, {`formatDate("2024-03-05T14:07:00Z", "ddd D MMM, hh:mm A")`, `"Tue 5 Mar, 02:07 PM"`}, {`formatDate(nil)`, `""`}},
			call:     formatDateCall,
		},
		{
			name: "timezone", signature: "timezone(date, zone)", takes: "date text", nils: "nil", result: dateOrNil, group: "date",
			text:     "The same moment on the clocks of a time zone of the IANA database.",
			examples: []Example{{`formatDate(timezone("2024-07-01T12:00:00Z", "America/New_York"), "HH:mm")`, `"08:00"`}},
			call:     timezoneCall,
		},
	}
}

// readDate reads a date out of a value; ok is false if there is none.
func readDate(m *machine, v value) (time.Time, bool, error) {
	// A date that an expression has made costs nothing; a text is parsed, which takes as long
	// as sixty steps.
	if t, ok := v.other.(time.Time); ok {
		return t, true, nil
	}
	s, ok := asText(v)
	if !ok {
		return time.Time{}, false, fmt.Errorf("%s is no date", describe(v))
	}
	if err := m.spend(60); err != nil {
		return time.Time{}, false, err
	}
	t, _, ok := schema.ReadTime(s)
	return t, ok, nil
}

// dateCall gives nil for what is no date, also with a layout: a lead with a bad date is no
// reason to fail. A layout that is wrong is a mistake in the rule, and an error.
func dateCall(m *machine, args []value) (value, error) {
	if len(args) == 1 {
		t, ok, err := readDate(m, args[0])
		if !ok {
			return value{}, err
		}
		return moment(t), nil
	}
	s, err := textOf(args, 0)
	if err != nil {
		return value{}, err
	}
	zone := time.UTC
	if len(args) == 3 {
		name, err := textOf(args, 2)
		if err != nil {
			return value{}, err
		}
		if zone, err = m.zone(name); err != nil {
			return value{}, err
		}
	}
	if args[1].isNil() && len(args) == 3 {
		return dateIn(m, args[0], zone)
	}
	layout, err := layoutOf(args, 1)
	if err != nil {
		return value{}, err
	}
	t, err := time.ParseInLocation(layout, strings.TrimSpace(s), zone)
	if err != nil {
		return value{}, nil
	}
	return moment(t), nil
}

// dateIn reads a date on the clocks of a zone, unless it has a zone of its own: as a moment
// that an expression has made has.
func dateIn(m *machine, v value, zone *time.Location) (value, error) {
	t, ok, err := readDate(m, v)
	if !ok {
		return value{}, err
	}
	if _, made := v.other.(time.Time); made {
		return moment(t), nil
	}
	s, _ := asText(v)
	if s = strings.TrimSpace(s); zoned(s) {
		return moment(t), nil
	}
	year, month, day := t.Date()
	return moment(time.Date(year, month, day, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), zone)), nil
}

// zoned says that the text of a date has a zone, Z or an offset, behind a time of day.
func zoned(s string) bool {
	if d, ok := schema.ParseDate(s); ok {
		return d.Zoned
	}
	_, behind, ok := strings.Cut(s, ":")
	return ok && strings.ContainsAny(behind, "Zz+-−")
}

// addDaysCall moves the calendar, not the clock: a day on which the clocks change is a day.
func addDaysCall(m *machine, args []value) (value, error) {
	t, ok, err := readDate(m, args[0])
	if !ok {
		return value{}, err
	}
	n, err := wholeOf(args, 1)
	if err != nil {
		return value{}, err
	}
	// The bound keeps the addition of time.Time from running over.
	if n < -1_000_000 || n > 1_000_000 {
		return value{}, errors.New("argument 2 must be within a million days")
	}
	return sane(t.AddDate(0, 0, n))
}

// sane refuses years that RFC 3339 cannot write.
func sane(t time.Time) (value, error) {
	if y := t.Year(); y < 0 || y > 9999 {
		return value{}, errors.New("the date is outside of the years 0 to 9999")
	}
	return moment(t), nil
}

// readDates reads the two dates between which something is counted; ok is false where one of
// them is none.
func readDates(m *machine, args []value) (from, to time.Time, ok bool, err error) {
	if from, ok, err = readDate(m, args[0]); ok {
		to, ok, err = readDate(m, args[1])
	}
	return from, to, ok, err
}

// daysBetweenCall counts midnights, each date by its own zone: 23:59 and 0:01 the next day
// are one day apart.
func daysBetweenCall(m *machine, args []value) (value, error) {
	from, to, ok, err := readDates(m, args)
	if !ok {
		return value{}, err
	}
	return integer(dayNumber(to) - dayNumber(from)), nil
}

// hoursBetweenCall gives a number that is rounded to a hundred thousandth of an hour, 36 ms.
func hoursBetweenCall(m *machine, args []value) (value, error) {
	from, to, ok, err := readDates(m, args)
	if !ok {
		return value{}, err
	}
	// Years beyond those that a Duration can hold are counted in seconds.
	seconds := float64(to.Unix()-from.Unix()) + float64(to.Nanosecond()-from.Nanosecond())/1e9
	return float(math.Round(seconds/3600*1e5) / 1e5), nil
}

// monthsBetweenCall counts forward, and turns the dates round where to is before.
func monthsBetweenCall(m *machine, args []value) (value, error) {
	from, to, ok, err := readDates(m, args)
	if !ok {
		return value{}, err
	}
	sign := 1
	if dayNumber(to) < dayNumber(from) {
		from, to, sign = to, from, -1
	}
	months := (to.Year()-from.Year())*12 + int(to.Month()) - int(from.Month())
	// The last day of the month of to stands for all that its month has not.
	lastDay := time.Date(to.Year(), to.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
	if to.Day() < min(from.Day(), lastDay) {
		months--
	}
	return integer(sign * months), nil
}

// dayNumber counts days of the calendar that the date has in its own zone.
func dayNumber(t time.Time) int {
	y, month, d := t.Date()
	seconds := time.Date(y, month, d, 0, 0, 0, 0, time.UTC).Unix()
	// Division rounds towards zero, and days before 1970 must round down.
	if seconds < 0 {
		return int((seconds - 86399) / 86400)
	}
	return int(seconds / 86400)
}

// formatDateCall gives the empty text for nil, as all functions do that yield texts.
func formatDateCall(m *machine, args []value) (value, error) {
	t, ok, err := readDate(m, args[0])
	if !ok {
		return text(""), err
	}
	layout := time.DateOnly
	if len(args) == 2 {
		if layout, err = layoutOf(args, 1); err != nil {
			return value{}, err
		}
	}
	return text(t.Format(layout)), nil
}

// timezoneCall moves no moment: it compares equal to the date that went in.
func timezoneCall(m *machine, args []value) (value, error) {
	t, ok, err := readDate(m, args[0])
	if !ok {
		return value{}, err
	}
	name, err := textOf(args, 1)
	if err != nil {
		return value{}, err
	}
	zone, err := m.zone(name)
	if err != nil {
		return value{}, err
	}
	return sane(t.In(zone))
}

// maxLayout is the most bytes of a layout.
const maxLayout = 60

// layoutOf translates a layout to Go's. What Go would take for a part of a date
// but is none of ours is refused, so that nothing is written by accident.
func layoutOf(args []value, i int) (string, error) {
	s, err := textOf(args, i)
	if err != nil {
		return "", err
	}
	if s == "" || len(s) > maxLayout {
		return "", fmt.Errorf("argument %d must be a layout such as YYYY-MM-DD", i+1)
	}
	// Longer ones stand before those that they begin with.
	parts := [...]struct{ ours, gos string }{
		{"YYYY", "2006"},
		{"YY", "06"},
		{"MMMM", "January"},
		{"MMM", "Jan"},
		{"MM", "01"},
		{"M", "1"},
		{"DD", "02"},
		{"D", "2"},
		{"dddd", "Monday"},
		{"ddd", "Mon"},
		{"HH", "15"},
		{"hh", "03"},
		{"mm", "04"},
		{"ss", "05"},
		{"A", "PM"},
		{"Z", "Z07:00"},
	}
	var b strings.Builder
next:
	for s != "" {
		for _, p := range parts {
			if rest, ok := strings.CutPrefix(s, p.ours); ok {
				b.WriteString(p.gos)
				s = rest
				continue next
			}
		}
		// T alone may stand between date and time, as ISO 8601 has it. A digit or _ would be
		// a part of a date to Go.
		if c := s[0]; c >= '0' && c <= '9' || c == '_' || c >= 'a' && c <= 'z' && c != 'T' || c >= 'A' && c <= 'Z' && c != 'T' {
			return "", fmt.Errorf("argument %d: %q in the layout is none of YYYY, YY, MMMM, MMM, MM, M, DD, D, dddd, ddd, HH, hh, mm, ss, A, Z", i+1, s[:1])
		}
		b.WriteByte(s[0])
		s = s[1:]
	}
	return b.String(), nil
}
