package notation_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tablestep/tables/notation"
	"tablestep/tables/schema"
)

func TestDatesAreSpelledByTheirOrder(t *testing.T) {
	t.Parallel()
	const no = ""
	for _, c := range []struct{ text, ymd, mdy, dmy, compact string }{
		{"2024-03-31", "2024-03-31", "2024-03-31", "2024-03-31", "2024-03-31"},
		{"2024/3/1", "2024-03-01", "2024-03-01", "2024-03-01", "2024-03-01"},
		{"2024.03.31", "2024-03-31", "2024-03-31", "2024-03-31", "2024-03-31"},
		{"3/4/2024", no, "2024-03-04", "2024-04-03", no},
		{"03/04/2024", no, "2024-03-04", "2024-04-03", no},
		{"31.03.2024", no, no, "2024-03-31", no},
		{"3/31/2024", no, "2024-03-31", no, no},
		{"03-31-2024 10:15", no, "2024-03-31 10:15", no, no},
		{"2024-03-31T10:15:00Z", "2024-03-31T10:15:00Z", "2024-03-31T10:15:00Z", "2024-03-31T10:15:00Z", "2024-03-31T10:15:00Z"},
		{"20240331", no, no, no, "2024-03-31"},
		{"20240331 10:15", no, no, no, "2024-03-31 10:15"},
		{"20241331", no, no, no, no},
		{"29.02.2023", no, no, no, no},
		{"29.02.2024", no, no, "2024-02-29", no},
		{"0000-01-01", "0000-01-01", "0000-01-01", "0000-01-01", "0000-01-01"},
		{"3/4/24", no, no, no, no},
		{"3/4.2024", no, no, no, no},
		{"3/4/2024x", no, no, no, no},
		{"003/4/2024", no, no, no, no},
		{"2024-003-01", no, no, no, no},
		{"2024-03", no, no, no, no},
		{"٣/٤/٢٠٢٤", no, "2024-03-04", "2024-04-03", no},
		{"10-Jan", no, no, no, no},
		{"", no, no, no, no},
		{"1²/3/2024", no, no, no, no},
	} {
		for i, want := range []string{c.ymd, c.mdy, c.dmy, c.compact} {
			d := notation.Orders()[i]
			got, ok := d.Spell(c.text)
			require.Equal(t, want, got, "%q by %s", c.text, d)
			require.Equal(t, want != no, ok, "%q by %s", c.text, d)
		}
	}
	got, ok := notation.Dates("").Spell("3/4/2024")
	require.True(t, ok)
	require.Equal(t, "2024-03-04", got)
}

func TestADateThatIsTwoDaysIsAmbiguous(t *testing.T) {
	t.Parallel()
	require.True(t, notation.AmbiguousDate("03/04/2024"))
	require.True(t, notation.AmbiguousDate("3.4.2024 10:00"))
	for _, text := range []string{"04/04/2024", "31/03/2024", "3/31/2024", "2024-03-04", "20240304", "n/a", ""} {
		require.False(t, notation.AmbiguousDate(text), text)
	}
}

func TestTheColumnTellsTheOrder(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		cells     string
		elsewhere []notation.Dates
		want      notation.Dates
		decided   bool
	}{
		{"2024-03-31;2024-04-01", nil, notation.YearFirst, true},
		{"03/04/2024;03/31/2024", nil, notation.MonthFirst, true},
		{"03/04/2024;31/03/2024", nil, notation.DayFirst, true},
		{"03/04/2024", nil, notation.MonthFirst, false},
		{"03/04/2024", []notation.Dates{notation.DayFirst}, notation.DayFirst, true},
		{"03/04/2024", []notation.Dates{notation.DayFirst, notation.DayFirst}, notation.DayFirst, true},
		{"03/04/2024", []notation.Dates{notation.DayFirst, notation.MonthFirst}, notation.MonthFirst, false},
		{"03/04/2024", []notation.Dates{notation.YearFirst, notation.Compact}, notation.MonthFirst, false},
		{"04/04/2024", nil, notation.MonthFirst, true},
		{"31/03/2024;30/03/2024;03/31/2024", nil, notation.DayFirst, true},
		{"20240331;20240401;", nil, notation.Compact, true},
		{"03/04/2024 - 31/12/2024", nil, notation.DayFirst, true},
		{"03/04/2024 to 12/31/2024", nil, notation.MonthFirst, true},
		{"03/04/2024..05/06/2024", []notation.Dates{notation.DayFirst}, notation.DayFirst, true},
		{"2024-03-31T10:00:00.123-05:00", nil, notation.YearFirst, true},
		{"31/03/2024 10:00", nil, notation.DayFirst, true},
		{"20240101 - 20240331", nil, notation.Compact, true},
		{"20240101 - 20249999", nil, notation.YearFirst, true},
		{"20240331;-;20240401", nil, notation.Compact, true},
		{"20240101-20240331;>20240331", nil, notation.Compact, true},
		{"20240101-20240331;n/a", nil, notation.YearFirst, true},
		{"20240331;2024-04-01", nil, notation.YearFirst, true},
		{"20240331;n/a", nil, notation.YearFirst, true},
		{"a;b", nil, notation.YearFirst, true},
	} {
		var s notation.DateSurvey
		for cell := range strings.SplitSeq(c.cells, ";") {
			s.Add(cell)
		}
		d, decided := s.Decide(c.elsewhere...)
		require.Equal(t, c.want, d, c.cells)
		require.Equal(t, c.decided, decided, c.cells)
		e, some := s.Evidence()
		if some {
			require.Contains(t, []notation.Dates{notation.MonthFirst, notation.DayFirst}, e, c.cells)
		}
	}
}

func TestTwoColumnsOfDatesAreSurveyedAsOne(t *testing.T) {
	t.Parallel()
	var from, to notation.DateSurvey
	from.Add("01/02/2024")
	to.Add("31/02/2024") // no day
	to.Add("31/03/2024")
	from.Merge(&to)
	d, decided := from.Decide()
	require.Equal(t, notation.DayFirst, d)
	require.True(t, decided)
	require.Equal(t, 2, from.Dates())
}

func TestADayThatIsWrittenInAnOrderIsReadInIt(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(-62_135_596_800, 253_402_300_799).Draw(t, "at"), 0).UTC()
		layouts := map[notation.Dates][]string{
			notation.YearFirst:  {"2006-01-02", "2006/1/2", "2006.01.02"},
			notation.MonthFirst: {"01/02/2006", "1/2/2006", "01-02-2006"},
			notation.DayFirst:   {"02.01.2006", "2/1/2006", "02-01-2006"},
			notation.Compact:    {"20060102"},
		}
		order := rapid.SampledFrom(notation.Orders()).Draw(t, "order")
		text := at.Format(rapid.SampledFrom(layouts[order]).Draw(t, "layout"))
		got, ok := order.Spell(text)
		require.True(t, ok, "%q by %s", text, order)
		require.Equal(t, at.Format(time.DateOnly), got)
	})
}

func FuzzSpellDate(f *testing.F) {
	for _, text := range []string{"2024-03-31", "31.03.2024 10:00", "3/4/2024", "20240331", "٣/٤/٢٠٢٤", "9999-12-31T", "0001-01-01"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, order := range notation.Orders() {
			got, ok := order.Spell(text)
			require.Equal(t, got != "", ok)
			if !ok {
				continue
			}
			_, err := time.Parse(time.DateOnly, got[:10])
			require.NoError(t, err, "%q by %s", text, order)
			again, ok := order.Spell(got)
			require.True(t, ok)
			require.Equal(t, got, again, "%q by %s", text, order)
			if len(got) == 10 {
				_, ok = schema.ParseDate(got)
				require.True(t, ok, "%q is spelled as the program reads it", got)
			}
		}
		var s notation.DateSurvey
		s.Add(text)
		s.Decide()
		_ = notation.AmbiguousDate(text)
	})
}
