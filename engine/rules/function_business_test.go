package rules_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/engine/rules"
	"tablestep/tables/column"
)

func TestHoursAndMonthsBetweenDates(t *testing.T) {
	t.Parallel()
	hold(t, []pair{
		{`hoursBetween("2024-03-01", "2024-03-02")`, `24.0`},
		{`hoursBetween("2024-03-01T00:00:00Z", "2024-03-01T01:00:00+01:00")`, `0.0`},
		{`hoursBetween("2024-03-01T10:20:00Z", "2024-03-01T10:00:00Z")`, `-0.33333`},
		{`hoursBetween("0001-01-01", "9999-12-31")`, `87649392.0`},
		{`hoursBetween("soon", "2024-01-01")`, `nil`},
		{`hoursBetween("2024-01-01", nil)`, `nil`},
		{`hoursBetween(true, "2024-01-01")`, `nil`},
		{`monthsBetween("2024-01-31", "2024-02-28")`, `0`},
		{`monthsBetween("2024-01-31", "2024-02-29")`, `1`},
		{`monthsBetween("2024-01-31", "2024-03-30")`, `1`},
		{`monthsBetween("2024-01-31", "2024-03-31")`, `2`},
		{`monthsBetween("2024-02-29", "2025-02-28")`, `12`},
		{`monthsBetween("2024-02-29", "2025-02-27")`, `11`},
		{`monthsBetween("2024-02-29", "2024-01-31")`, `-1`},
		{`monthsBetween("2024-02-29", "2024-01-29")`, `-1`},
		{`monthsBetween("2024-05-05T23:00:00-05:00", "2024-06-05")`, `1`},
		{`monthsBetween("2024-05-05", "2024-05-05")`, `0`},
		{`monthsBetween(nil, "2024-05-05")`, `nil`},
	})
}

// Whatever the dates, there and back is the same, and so many months later is not behind.
func TestMonthsBetweenAgreesWithTheCalendar(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 9))
	day := func() time.Time {
		return time.Date(1990+r.IntN(40), time.Month(1+r.IntN(12)), 1+r.IntN(31), 0, 0, 0, 0, time.UTC)
	}
	for range 5000 {
		from, to := day(), day()
		got, _, err := call("monthsBetween", from, to)
		require.NoError(t, err)
		back, _, err := call("monthsBetween", to, from)
		require.NoError(t, err)
		require.Equal(t, got, -back.(int), "%v %v", from, to)
		if to.Before(from) {
			continue
		}
		// later adds months, and stays within the month where the day is missing.
		later := func(n int) time.Time {
			first := time.Date(from.Year(), from.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
			return time.Date(first.Year(), first.Month(), min(from.Day(), first.AddDate(0, 1, -1).Day()), 0, 0, 0, 0, time.UTC)
		}
		require.False(t, later(got.(int)).After(to), "%v %v %v", from, to, got)
		require.True(t, later(got.(int)+1).After(to), "%v %v %v", from, to, got)
	}
}

func TestDatesAreReadInAZone(t *testing.T) {
	t.Parallel()
	hold(t, []pair{
		{`string(date("01.07.2024 09:00", "DD.MM.YYYY HH:mm", "Europe/Berlin"))`, `"2024-07-01T09:00:00+02:00"`},
		{`string(date("01.01.2024 09:00", "DD.MM.YYYY HH:mm", "Europe/Berlin"))`, `"2024-01-01T09:00:00+01:00"`},
		{`string(date("2024-01-01", nil, "America/New_York"))`, `"2024-01-01"`},
		{`date("2024-01-01", nil, "America/New_York") == date("2024-01-01T05:00:00Z")`, `true`},
		{`date("2024-01-01T05:00:00Z", nil, "America/New_York") == date("2024-01-01T05:00:00Z")`, `true`},
		{`date("2024-01-01T05:00:00+02:00", nil, "America/New_York") == date("2024-01-01T03:00:00Z")`, `true`},
		{`date("12/31/2024 8:00", nil, "Asia/Tokyo") == date("2024-12-30T23:00:00Z")`, `true`},
		{`date(now(), nil, "Asia/Tokyo") == now()`, `true`},
		{`date("soon", nil, "Asia/Tokyo")`, `nil`},
		{`date(nil, nil, "Asia/Tokyo")`, `nil`},
		{`date(nil, "YYYY-MM-DD", "Asia/Tokyo")`, `nil`},
		{`date("2024-02-30", "YYYY-MM-DD", "Asia/Tokyo")`, `nil`},
	})
	for expression, message := range map[string]string{
		`date("2024-01-01", nil, "Mars/Olympus")`: `date: there is no time zone "Mars/Olympus"; a name looks like Europe/Berlin`,
		`date("2024-01-01", nil, lead.none)`:      `date: there is no time zone ""`,
		`date("2024-01-01", "yyyy", "UTC")`:       `date: argument 2: "y" in the layout is none of YYYY`,
		`date("2024-01-01", nil)`:                 `date: argument 2 must be a layout such as YYYY-MM-DD`,
	} {
		require.Contains(t, writtenBefore(t, expression, lead{}), message, expression)
	}
	require.Contains(t, written(t, `date(lead.x, "YYYY-MM-DD", "Europe/Nowhere")`, lead{}), "refused: ", "a zone that there is not is told when the rule set is saved")
}

func TestBusinessDaysAreWorkingDays(t *testing.T) {
	t.Parallel()
	hold(t, []pair{
		{`businessDays("2024-03-01", "2024-03-01")`, `0`}, // a Friday
		{`businessDays("2024-03-01", "2024-03-02")`, `0`},
		{`businessDays("2024-03-01", "2024-03-04")`, `1`},
		{`businessDays("2024-03-02", "2024-03-04")`, `1`},
		{`businessDays("2024-03-01", "2024-03-31")`, `20`},
		{`businessDays("2024-03-04", "2024-03-01")`, `-1`},
		{`businessDays("2024-03-04", "2024-03-02")`, `0`},
		{`businessDays("2024-12-20", "2025-01-02")`, `9`},
		{`businessDays("2024-12-20", "2025-01-02", "holidays")`, `7`},
		{`businessDays("2025-01-02", "2024-12-20", "holidays")`, `-7`},
		{`businessDays("2024-12-25", "2024-12-26", "holidays")`, `0`},
		{`businessDays("soon", "2024-03-01", "holidays")`, `nil`},
		{`businessDays("2024-03-01", nil)`, `nil`},
		{`businessDays("0001-01-01", "9999-12-31") > 2000000`, `true`},
		{`businessDays("2000-01-01", "2020-01-01", "holidays")`, `!businessDays: the dates are more than 3660 days apart, which is too much for a table of holidays; ask daysBetween first`},
		{`businessDays("2024-03-01", "2024-03-11", "broken")`, `!businessDays: table broken: the disk is gone`},
	})
	refused := func(expression string) string { return written(t, expression, lead{}) }
	require.Contains(t, refused(`businessDays(lead.a, lead.b, lead.c)`), `the table's name must be written out in quotes, as in businessDays(from, to, "holidays")`)
	_, err := rules.Compile(one(`businessDays(lead.a, lead.b, "two")`), rules.Options{Tables: func(string) (rules.Table, bool) { return rules.Table{Keys: 2}, true }})
	require.ErrorContains(t, err, `table "two" is looked up by 2 values, and businessDays asks it for one, a day; its default lookup must have one match entry`)
	_, err = rules.Compile(one(`businessDays(lead.a, lead.b, "none")`), rules.Options{Tables: func(string) (rules.Table, bool) { return rules.Table{}, false }})
	require.ErrorContains(t, err, `there is no table "none"`)
	p, err := rules.Compile(one(`businessDays(lead.a, lead.b, "holidays")`), rules.Options{})
	require.NoError(t, err)
	require.Equal(t, []string{"holidays"}, p.Tables(), "a table of holidays is one that the rule set reads")
}

// Counted day by day, it is the same.
func TestBusinessDaysAgreeWithCountingThem(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(4, 4))
	works := func(d time.Time) bool {
		s := d.Format(time.DateOnly)
		return d.Weekday() != time.Saturday && d.Weekday() != time.Sunday && s != "2024-12-25" && s != "2024-12-26" && s != "2024-05-01"
	}
	for range 1000 {
		from := time.Date(2024, 1, 1+r.IntN(600), r.IntN(24), 0, 0, 0, time.UTC)
		to := from.AddDate(0, 0, r.IntN(400)-200)
		want := 0
		for d := from; d.Before(to); {
			if d = d.AddDate(0, 0, 1); works(d) {
				want++
			}
		}
		for d := from; d.After(to); {
			if d = d.AddDate(0, 0, -1); works(d) {
				want--
			}
		}
		got, _, err := call("businessDays", from, to, "holidays")
		require.NoError(t, err)
		require.Equal(t, want, got, "%v %v", from, to)
	}
}

// days are tables that note which days they are asked for.
type days struct {
	tables
	asked *[]string
}

func (d days) Lookup(ctx context.Context, table string, questions [][]column.Value, limit int, left time.Duration) ([]rules.Answer, error) {
	for _, q := range questions {
		*d.asked = append(*d.asked, q[0].Text)
	}
	return d.tables.Lookup(ctx, table, questions, limit, left)
}

func TestADayIsAskedForOnceABatch(t *testing.T) {
	t.Parallel()
	leads := make([]lead, 300)
	for i := range leads {
		leads[i] = lead{"lead.a": fmt.Sprintf("2024-12-%02d", 1+i%28), "lead.b": fmt.Sprintf("2025-01-%02d", 1+i%25)}
	}
	var asked []string
	batch := batchOf(leads...)
	batch.Tables = days{asked: &asked}
	p, err := rules.Compile(one(`businessDays(lead.a, lead.b, "holidays")`), rules.Options{})
	require.NoError(t, err)
	require.Zero(t, run(t, p, batch).Failed())
	require.Len(t, asked, 40, "the working days from 2 December to 25 January")
	run(t, p, batch)
	require.Len(t, asked, 2*40, "a run remembers nothing of the one before")
}

func TestBusinessHoursAreOnTheClocksOfTheZone(t *testing.T) {
	t.Parallel()
	at := func(now, expression string) any {
		p, err := rules.Compile(one("string("+expression+")"), rules.Options{})
		require.NoError(t, err)
		batch := batchOf(lead{})
		when, err := time.Parse(time.RFC3339, now)
		require.NoError(t, err)
		batch.Now = when
		return outcome(run(t, p, batch), 0)
	}
	for _, c := range []struct {
		now, expression string
		want            bool
	}{
		{"2024-03-15T08:00:00Z", `businessHours("09:00-17:00", "Europe/Berlin")`, true}, // a Friday
		{"2024-03-15T07:59:00Z", `businessHours("09:00-17:00", "Europe/Berlin")`, false},
		{"2024-03-15T16:00:00Z", `businessHours("09:00-17:00", "Europe/Berlin")`, false},
		{"2024-03-15T15:59:59Z", `businessHours("09:00-17:00", "Europe/Berlin")`, true},
		{"2024-07-15T07:00:00Z", `businessHours("09:00-17:00", "Europe/Berlin")`, true}, // in summer an hour earlier
		{"2024-03-15T12:00:00Z", `businessHours("09:00-17:00", "Asia/Tokyo")`, false},
		{"2024-03-16T12:00:00Z", `businessHours("09:00-17:00", "UTC")`, false},
		{"2024-03-16T12:00:00Z", `businessHours("Mon-Fri 09:00-17:30; Sat 10:00-14:00", "UTC")`, true},
		{"2024-03-16T14:00:00Z", `businessHours("Mon-Fri 09:00-17:30; Sat 10:00-14:00", "UTC")`, false},
		{"2024-03-13T09:30:00Z", `businessHours("mon, Wednesday,FRI 9:00 – 12:00", "UTC")`, true},
		{"2024-03-14T09:30:00Z", `businessHours("mon, Wednesday,FRI 9:00 – 12:00", "UTC")`, false},
		{"2024-03-17T09:30:00Z", `businessHours("Sun-Thu 09:00-17:00", "UTC")`, true},
		{"2024-03-15T09:30:00Z", `businessHours("Sun-Thu 09:00-17:00", "UTC")`, false},
		{"2024-03-16T03:00:00Z", `businessHours("Mon-Fri 22:00-06:00", "UTC")`, true}, // the night of Friday
		{"2024-03-16T23:00:00Z", `businessHours("Mon-Fri 22:00-06:00", "UTC")`, false},
		{"2024-03-18T03:00:00Z", `businessHours("Mon-Fri 22:00-06:00", "UTC")`, false}, // that of Sunday
		{"2024-12-25T12:00:00Z", `businessHours("09:00-17:00", "UTC")`, true},
		{"2024-12-25T12:00:00Z", `businessHours("09:00-17:00", "UTC", "holidays")`, false},
		{"2024-12-27T03:00:00Z", `businessHours("22:00-06:00", "UTC", "holidays")`, false}, // began on the 26th
		{"2024-12-25T03:00:00Z", `businessHours("22:00-06:00", "UTC", "holidays")`, true},
		{"2024-12-24T23:30:00Z", `businessHours("00:00-24:00", "Europe/Berlin", "holidays")`, false},
	} {
		require.Equal(t, fmt.Sprintf("rules only; set.out = text %t", c.want), at(c.now, c.expression), "%s at %s", c.expression, c.now)
	}
	for span, message := range map[string]string{
		"9-17":    `businessHours: argument 1: "9-17" is no time of business; write it as in Mon-Fri 09:00-17:30; Sat 10:00-14:00`,
		"Mon-Fri": `"Mon-Fri" is no time`, "Mo 09:00-17:00": `"Mo 09:00-17:00" is no time`, "09:00-25:00": "is no time", "09:60-10:00": "is no time", "24:00-09:00": "is no time", "09:00-09:00": "is no time",
		"Mon-Fri 09:00-17:00; x": `"x" is no time`, "Fri- 09:00-10:00": "is no time",
	} {
		require.Contains(t, writtenBefore(t, "businessHours(lead.s, \"UTC\")", lead{"lead.s": span}), message, span)
	}
	require.Contains(t, written(t, `businessHours("9-17", "UTC")`, lead{}), "refused: ", "a span that is none is told when the rule set is saved")
	require.Contains(t, writtenBefore(t, `businessHours("09:00-17:00", lead.zone)`, lead{}), `businessHours: there is no time zone ""`)
	require.Equal(t, "rules only", written(t, `businessHours(lead.none, "UTC")`, lead{}))
}

// FuzzDatesOfStrangers: date with a layout and a zone, and spans of business hours; about
// 800 executions a second on two busy cores.
//
//	go test ./engine/rules -run '^$' -fuzz FuzzDatesOfStrangers -fuzztime 30s -fuzzminimizetime 1x
func FuzzDatesOfStrangers(f *testing.F) {
	for _, s := range [][3]string{
		{"2024-02-29", "YYYY-MM-DD", "Europe/Berlin"},
		{"31.12.24 11:59 PM", "DD.MM.YY hh:mm A", "UTC"},
		{"2024-03-31T02:30:00", "YYYY-MM-DDTHH:mm:ss", "Europe/Berlin"},
		{"", "", ""},
		{"0000-01-01", "YYYY-MM-DD", "Asia/Tokyo"},
		{"9999-12-31", "", "America/New_York"},
		{"Mon-Fri 09:00-17:30; Sat 10:00-14:00", "Z", "../etc"},
		{"Sun-Sun 00:00-24:00", "dddd", "Local"},
		{"2024-02-29T10:00:00+14:00", "A", "Pacific/Kiritimati"},
		{"12/31/2024", "MM/DD/YYYY", "\xff"},
	} {
		f.Add(s[0], s[1], s[2])
	}
	f.Fuzz(func(t *testing.T, s, layout, zone string) {
		if len(s)+len(layout)+len(zone) > 2000 {
			return
		}
		for _, args := range [][]any{{s}, {s, layout}, {s, layout, zone}, {s, nil, zone}} {
			got, _, err := call("date", args...)
			if err != nil {
				require.Nil(t, got)
				require.Greater(t, len(args), 1, "a text alone is a date or none")
				continue
			}
			if at, ok := got.(time.Time); ok {
				hours, _, err := call("hoursBetween", at, at)
				require.NoError(t, err)
				require.InDelta(t, 0, hours, 0)
			} else {
				require.Nil(t, got)
			}
		}
		got, _, err := call("businessHours", s, zone)
		require.True(t, err != nil || got == nil || got == true || got == false)
	})
}
