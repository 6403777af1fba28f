package index_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tablestep/tables/column"
	"tablestep/tables/index"
	"tablestep/tables/notation"
	"tablestep/tables/schema"
)

// packed is the notation of a column whose cells are all days as 20240331 and of which
// nobody has said whether they are days or numbers.
func packed() schema.Notation { return schema.Notation{Packed: true} }

func TestEightDigitsAreDaysBesideADateAndNumbersBesideANumber(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		mode  schema.Mode
		cell  string
		value string
		want  bool
	}{
		{schema.ModeRange, "20240101-20240331", "2024-02-29", true},
		{schema.ModeRange, "20240101-20240331", "2024-03-31T18:00:00Z", true},
		{schema.ModeRange, "20240101-20240331", "2024-04-01", false},
		{schema.ModeRange, "20240101-20240331", "20240229", true},
		{schema.ModeRange, "20240101-20240331", "20240199", true}, // a number
		{schema.ModeRange, "20240101-20240331", "3/1/2024", true},
		{schema.ModeRange, "20240101-20240331", "2024-01-15..2024-03-31", true},
		{schema.ModeRange, "20240101-20240331", "2024-01-15..2024-04-01", false},
		{schema.ModeRange, "> 20240331", "2024-03-31T23:59:59Z", false},
		{schema.ModeRange, "> 20240331", "2024-04-01", true},
		{schema.ModeRange, "< 20240331", "2024-03-30T23:59:59Z", true},
		{schema.ModeRange, "< 20240331", "2024-03-31", false},
		{schema.ModeRange, "20240331", "2024-03-31T12:00", true},
		{schema.ModeAtLeast, "20240331", "2024-03-31", true},
		{schema.ModeAtLeast, "20240331", "2024-03-30", false},
		{schema.ModeAtLeast, "20240331", "20240332", true},
		{schema.ModeAtMost, "20240331", "2024-03-31T20:00:00Z", true},
		{schema.ModeCondition, "[20240101..20240331]", "2024-02-01", true},
		{schema.ModeCondition, "not(> 20240331)", "2024-03-31", true},
		{schema.ModeCondition, "not(> 20240331)", "2024-04-01", false},
		{schema.ModeCondition, "not(> 20240331)", "soon", false},
		{schema.ModeCondition, "20240331, 20240401", "2024-04-01", true},
		{schema.ModeCondition, "20240331", "20240331.0", true},
	} {
		require.Equal(t, c.want, len(rowsHit(t, c.mode, packed(), c.value, c.cell)) == 1, "%s %q, %q", c.mode, c.cell, c.value)
	}
}

// The day of a value with a zone is that of the entry's zone.
func TestAPackedDayIsThatOfTheEntrysZone(t *testing.T) {
	t.Parallel()
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	require.NoError(t, err)
	p := index.Part{Mode: schema.ModeRange, Cells: column.FromStrings([]string{"20240331", "20240401"}), Notation: packed(), Values: packed(), Zone: tokyo}
	rows, _ := lookUp(t, p, "2024-03-31T16:00:00Z").Of(0)
	require.Equal(t, []int32{1}, rows)
}

// A date finds in such a column what it finds where a person has said that the cells are
// days, in the same order of rank, and a number what it finds where nobody has.
func TestAPackedColumnIsBothColumnsInOne(t *testing.T) {
	t.Parallel()
	day := rapid.Custom(func(t *rapid.T) time.Time {
		return time.Date(2023, 12, 25, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 80).Draw(t, "day"))
	})
	rapid.Check(t, func(t *rapid.T) {
		mode := rapid.SampledFrom([]schema.Mode{schema.ModeRange, schema.ModeCondition, schema.ModeAtLeast, schema.ModeAtMost}).Draw(t, "mode")
		var cells []string
		for range rapid.IntRange(1, 6).Draw(t, "rows") {
			a, b := day.Draw(t, "a"), day.Draw(t, "b")
			if b.Before(a) {
				a, b = b, a
			}
			low, high := a.Format("20060102"), b.Format("20060102")
			forms := map[schema.Mode][]string{
				schema.ModeRange:     {low, low + ".." + high, low + "-" + high, ">" + low, ">=" + low, "<" + high, "<=" + high},
				schema.ModeCondition: {low, low + "," + high, "[" + low + ".." + high + "]", "(" + low + ".." + high + "]", "[" + low + ".." + high + ")", "not(>" + low + ")", "not(" + low + ")"},
				schema.ModeAtLeast:   {low}, schema.ModeAtMost: {low},
			}
			form := rapid.SampledFrom(forms[mode]).Draw(t, "cell")
			if low == high && form[0] != '[' || low < high { // an interval that is empty is refused
				if index.CheckCell(mode, form, packed()) == nil {
					cells = append(cells, form)
				}
			}
		}
		if len(cells) == 0 {
			return
		}
		at := day.Draw(t, "value")
		plain := schema.Notation{}
		compact := schema.Notation{Dates: notation.Compact}
		dates := []string{at.Format(time.DateOnly), at.Format("2006-01-02T00:00:00Z"), at.Format("2006-01-02T15:04:05Z"), at.Add(1234 * time.Minute).Format(time.RFC3339)}
		if mode == schema.ModeRange {
			to := day.Draw(t, "to")
			dates = append(dates, at.Format(time.DateOnly)+".."+to.Format(time.DateOnly), at.Format("2006-01-02T15:04:05Z")+" to "+to.Add(time.Hour).Format("2006-01-02T15:04:05Z"))
		}
		for _, c := range []struct {
			as    schema.Notation
			value string
		}{
			{compact, rapid.SampledFrom(dates).Draw(t, "date")},
			{plain, fmt.Sprint(rapid.IntRange(20231220, 20240320).Draw(t, "number"))},
		} {
			values := plain
			want := lookUp(t, index.Part{Mode: mode, Cells: column.FromStrings(cells), Notation: c.as, Values: values}, c.value)
			got := lookUp(t, index.Part{Mode: mode, Cells: column.FromStrings(cells), Notation: packed(), Values: values}, c.value)
			require.Equal(t, want.Rows, got.Rows, "%s %q, %q", mode, cells, c.value)
			require.Equal(t, want.Best(0), got.Best(0), "%s %q, %q", mode, cells, c.value)
		}
	})
}
