package rules

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"tablestep/tables/column"
)

// businessFunctions count and compare by the days and hours at which people work.
func businessFunctions() []*function {
	return []*function{
		{
			name: "businessDays", signature: "businessDays(from, to, holidaysTable)", takes: "date date table?", nils: "nil", result: unknown, group: "date",
			text:     "How many working days to is after from, each date by the calendar of its own zone: the days behind from up to to that are neither a Saturday nor a Sunday nor a holiday. Negative if to is before. A holiday is a day that the default lookup of the table finds, spelt 2024-12-25; the table's name must be written out, and with it the dates are at most 3,660 days apart. nil if one of them is no date.",
			examples: []Example{{`businessDays("2024-03-01", "2024-03-05")`, `2`}, {`businessDays("2024-03-05", "2024-03-01")`, `-2`}, {`businessDays("2024-12-24", "2024-12-27", "holidays")`, `1`}, {`businessDays(nil, now())`, `nil`}},
			call:     businessDaysCall,
		},
		{
			name: "businessHours", signature: "businessHours(span, zone, holidaysTable)", takes: "span zone table?", nils: "nil", result: unknown, group: "date",
			text:     "Whether it is now within business hours on the clocks of a time zone of the IANA database. A span is days and times, as in Mon-Fri 09:00-17:30; Sat 10:00-14:00. Without days it is Monday to Friday; a time that ends before it begins ends on the next day. On a day that the default lookup of the table finds, spelt 2024-12-25, no hours begin; the table's name must be written out. nil if there is no span.",
			examples: []Example{{`businessHours("09:00-17:00", "Europe/Berlin") in [true, false]`, `true`}, {`businessHours("Mon-Sun 00:00-24:00", "UTC")`, `true`}, {`businessHours("", "UTC")`, `nil`}},
			call:     businessHoursCall,
		},
	}
}

// maxBusiness is the most days between two dates that are looked up in a table of holidays.
const maxBusiness = 3660

// businessDaysCall counts whole weeks and the days of the last one, and takes off the
// holidays among them.
func businessDaysCall(m *machine, args []value) (value, error) {
	from, to, ok, err := readDates(m, args)
	if !ok {
		return value{}, err
	}
	first, last, sign := dayNumber(from), dayNumber(to), 1
	if last < first {
		// The days in front of from down to to.
		first, last, sign = last-1, first-1, -1
	}
	days := workdays(last) - workdays(first)
	if len(args) > 2 {
		if last-first > maxBusiness {
			return value{}, fmt.Errorf("the dates are more than %d days apart, which is too much for a table of holidays; ask daysBetween first", maxBusiness)
		}
		var list []int
		for day := first + 1; day <= last; day++ {
			if weekday(day) < 5 {
				list = append(list, day)
			}
		}
		holidays, err := m.holidays(args[2].text, list)
		if err != nil {
			return value{}, err
		}
		days -= holidays
	}
	return integer(sign * days), nil
}

// weekday is the day of the week of a day since 1970, Monday being 0.
func weekday(day int) int { return ((day+3)%7 + 7) % 7 }

// workdays is how many days from Monday to Friday there are from a Monday long ago up to a
// day.
func workdays(day int) int {
	const ago = 7 * 200_000 // before the year 0
	n := day + 3 + ago
	return n/7*5 + min(n%7+1, 5)
}

// A holiday is a day of a table.
type holiday struct {
	table string
	day   int // since 1970
}

const (
	// maxHolidays is of how many days a machine remembers whether they are holidays.
	maxHolidays = 1 << 15
	// holidayWork is the work of asking for a day.
	holidayWork = 20
)

// holidays is how many of some days a table has. A day is asked for once a run, together
// with those that are not known, either.
func (m *machine) holidays(table string, days []int) (int, error) {
	if m.tables == nil {
		return 0, errors.New("there are no tables here")
	}
	if len(m.free) > maxHolidays {
		m.free = nil
	}
	var (
		open      []int
		questions [][]column.Value
	)
	for _, day := range days {
		if _, known := m.free[holiday{table, day}]; !known {
			open = append(open, day)
			questions = append(questions, []column.Value{{Kind: column.Text, Text: time.Unix(int64(day)*86400, 0).UTC().Format(time.DateOnly)}})
		}
	}
	if err := m.spend(len(days) + holidayWork*len(open)); err != nil {
		return 0, err
	}
	if len(open) > 0 {
		left := m.left()
		if left <= 0 {
			return 0, errLate
		}
		answers, err := m.tables.Lookup(m.ctx, table, questions, 1, left)
		if err != nil {
			return 0, fmt.Errorf("table %s: %w", table, err)
		}
		if len(answers) != len(open) {
			panic("rules: a table has not answered every question")
		}
		if m.free == nil {
			m.free = make(map[holiday]bool)
		}
		for i, a := range answers {
			if a.Err != nil {
				return 0, fmt.Errorf("table %s: %w", table, a.Err)
			}
			m.free[holiday{table, open[i]}] = len(a.Rows) > 0
		}
	}
	count := 0
	for _, day := range days {
		if m.free[holiday{table, day}] {
			count++
		}
	}
	return count, nil
}

// businessHoursCall looks at the hours that begin today, and at those of yesterday that last
// until now.
func businessHoursCall(m *machine, args []value) (value, error) {
	var span, name string
	if err := textsOf(args, &span, &name); err != nil {
		return value{}, err
	}
	if strings.TrimSpace(span) == "" {
		return value{}, nil
	}
	hours, err := m.hours(span)
	if err != nil {
		return value{}, err
	}
	zone, err := m.zone(name)
	if err != nil {
		return value{}, err
	}
	now := m.now.In(zone)
	today, minute := dayNumber(now), now.Hour()*60+now.Minute()
	for _, h := range hours {
		day := today
		switch {
		case h.days&(1<<weekday(today)) != 0 && minute >= h.from && (minute < h.to || h.to <= h.from):
		case h.days&(1<<weekday(today-1)) != 0 && h.to <= h.from && minute < h.to:
			day--
		default:
			continue
		}
		if len(args) > 2 {
			if holidays, err := m.holidays(args[2].text, []int{day}); err != nil || holidays > 0 {
				if err != nil {
					return value{}, err
				}
				continue
			}
		}
		return boolean(true), nil
	}
	return boolean(false), nil
}

// openHours is a time of some days of the week.
type openHours struct {
	days     uint8 // bit 0 is Monday
	from, to int   // minutes of the day; one that ends before it begins ends on the next day
}

const (
	// maxSpan is the most bytes of a span of business hours.
	maxSpan = 300
	// spanWork is the work of reading one.
	spanWork = 200
)

// hours reads a span, each once a run.
func (m *machine) hours(span string) ([]openHours, error) {
	if h, ok := m.spans[span]; ok {
		return h, nil
	}
	if err := m.spend(spanWork); err != nil {
		return nil, err
	}
	if len(span) > maxSpan {
		return nil, fmt.Errorf("argument 1 has %d bytes; at most %d are allowed", len(span), maxSpan)
	}
	var list []openHours
	for item := range strings.SplitSeq(span, ";") {
		if item = strings.TrimSpace(item); item == "" {
			continue
		}
		h, ok := readHours(item)
		if !ok {
			return nil, fmt.Errorf("argument 1: %q is no time of business; write it as in Mon-Fri 09:00-17:30; Sat 10:00-14:00", item)
		}
		list = append(list, h)
	}
	if m.spans == nil || len(m.spans) >= maxZones {
		m.spans = make(map[string][]openHours)
	}
	m.spans[strings.Clone(span)] = list // It outlives the lead whose text it may be a part of.
	return list, nil
}

// readHours reads days and a time: Mon-Fri 09:00-17:30, Mon, Wed 9:00-12:00, 09:00-17:00.
func readHours(item string) (h openHours, ok bool) {
	item = strings.Join(strings.FieldsFunc(strings.ReplaceAll(item, "–", "-"), unicode.IsSpace), " ")
	item = strings.NewReplacer(" - ", "-", " -", "-", "- ", "-").Replace(item)
	days, hours := "", item
	if at := strings.LastIndexAny(item, " ,"); at >= 0 {
		days, hours = item[:at], item[at+1:]
	}
	from, to, ok := strings.Cut(hours, "-")
	if !ok {
		return h, false
	}
	if h.from, ok = minutes(from); !ok || h.from == 24*60 {
		return h, false
	}
	if h.to, ok = minutes(to); !ok || h.to == h.from {
		return h, false
	}
	if days == "" {
		h.days = 0b11111
		return h, true
	}
	for _, part := range strings.FieldsFunc(days, func(r rune) bool { return r == ',' || r == ' ' }) {
		first, last, isSpan := strings.Cut(part, "-")
		a, ok := dayOfWeek(first)
		b, ok2 := a, true
		if isSpan {
			b, ok2 = dayOfWeek(last)
		}
		if !ok || !ok2 {
			return h, false
		}
		for d := a; ; d = (d + 1) % 7 {
			h.days |= 1 << d
			if d == b {
				break
			}
		}
	}
	return h, h.days != 0
}

// minutes reads a time of day: 9:00, 09:00, 24:00.
func minutes(s string) (int, bool) {
	hour, minute, ok := strings.Cut(s, ":")
	if !ok || len(hour) == 0 || len(hour) > 2 || len(minute) != 2 || strings.Trim(hour+minute, "0123456789") != "" {
		return 0, false
	}
	h, _ := strconv.Atoi(hour)
	m, _ := strconv.Atoi(minute)
	return h*60 + m, m < 60 && h*60+m <= 24*60
}

// dayOfWeek reads a day of the week, by its first three letters or written out; Monday is 0.
func dayOfWeek(s string) (int, bool) {
	s = strings.ToLower(strings.TrimSuffix(s, "."))
	for d, name := range [...]string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"} {
		if len(s) >= 3 && strings.HasPrefix(name, s) {
			return d, true
		}
	}
	return 0, false
}
