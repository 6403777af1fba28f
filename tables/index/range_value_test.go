package index_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tablestep/tables/column"
	"tablestep/tables/index"
	"tablestep/tables/notation"
	"tablestep/tables/schema"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	at, err := time.LoadLocation(name)
	require.NoError(t, err)
	return at
}

// The ends of a value that is a span are taken to the entry's zone, as a single value is.
func TestASpanOfTimesIsThatOfTheEntrysZone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		zone, cell, value string
		want              bool
	}{
		{"America/New_York", "2024-03-31", "2024-03-31T12:00:00Z..2024-04-01T03:59:59Z", true},
		{"America/New_York", "2024-03-31", "2024-03-31T12:00:00Z..2024-04-01T04:00:00Z", false},
		{"UTC", "2024-03-31", "2024-03-31T12:00:00Z..2024-04-01T03:59:59Z", false},
		{"Asia/Tokyo", "2024-03-01..2024-03-31", "2024-02-29T15:00:00Z - 2024-03-31T14:59:59Z", true},
		{"Asia/Tokyo", "2024-03-01..2024-03-31", "2024-02-29T14:59:59Z to 2024-03-31T14:59:59Z", false},
		{"Asia/Tokyo", "2024-03-01..2024-03-31", "2024-03-01T00:00:00+09:00..2024-03-31T23:59:59+09:00", true},
		{"Asia/Tokyo", "2024-03-01..2024-03-31", "2024-03-01T00:00:00..2024-03-31T23:59:59", true}, // of any clock
		{"Asia/Tokyo", "2024-03-01..2024-03-31", "2024-03-01..2024-03-31", true},
		{"Asia/Tokyo", ">= 2024-04-01", "from 2024-03-31T15:00:00Z", true},
		{"Asia/Tokyo", ">= 2024-04-01", "from 2024-03-31T14:00:00Z", false},
		{"Asia/Tokyo", "10-20", "11-19", true},
	} {
		p := index.Part{Mode: schema.ModeRange, Cells: column.FromStrings([]string{c.cell}), Zone: zone(t, c.zone)}
		rows, _ := lookUp(t, p, c.value).Of(0)
		require.Equal(t, c.want, len(rows) == 1, "%s: %q, %q", c.zone, c.cell, c.value)
	}
}

// In every zone, a span of moments is in a row that has both its ends as single values.
func TestASpanIsInTheRowsThatHaveBothItsEnds(t *testing.T) {
	t.Parallel()
	zones := []*time.Location{nil, time.UTC, zone(t, "Asia/Kolkata"), zone(t, "America/St_Johns"), zone(t, "Pacific/Kiritimati")}
	rapid.Check(t, func(t *rapid.T) {
		day := time.Date(2024, 3, 28, 0, 0, 0, 0, time.UTC)
		low := day.Add(time.Duration(rapid.IntRange(0, 8*24*60).Draw(t, "low")) * time.Minute)
		high := low.Add(time.Duration(rapid.IntRange(1, 8*24*60).Draw(t, "long")) * time.Minute)
		first := rapid.IntRange(0, 8).Draw(t, "first")
		cell := day.AddDate(0, 0, first).Format(time.DateOnly) + ".." + day.AddDate(0, 0, first+rapid.IntRange(0, 8).Draw(t, "days")).Format(time.DateOnly)
		p := index.Part{Mode: schema.ModeRange, Cells: column.FromStrings([]string{cell}), Zone: rapid.SampledFrom(zones).Draw(t, "zone")}
		a, b := low.Format(time.RFC3339), high.In(time.FixedZone("", 3600)).Format(time.RFC3339)
		hits := lookUp(t, p, a, b, a+rapid.SampledFrom([]string{"..", " to ", " - ", "–"}).Draw(t, "joint")+b)
		one := func(tuple int) bool { rows, _ := hits.Of(tuple); return len(rows) == 1 }
		require.Equal(t, one(0) && one(1), one(2), "%q in %s: %s, %s", cell, p.Zone, a, b)
	})
}

// A span that can be read in one way only is read so, as a single value is; one that can be
// read in two is read as its notation says.
func TestASpanIsReadAsItsEndsAreReadAlone(t *testing.T) {
	t.Parallel()
	german := schema.Notation{Numbers: notation.PointComma, Dates: notation.DayFirst}
	for _, c := range []struct {
		n           schema.Notation
		cell, value string
		want        bool
	}{
		{schema.Notation{}, "1000-3000", "1.000,5-2.000,5", true},
		{schema.Notation{}, "1000-3000", "1 000..2 000,5", true},
		{schema.Notation{}, "1000-3000", "1.500-2.000,5", true},
		{schema.Notation{}, "1-3", "1.500-2.000", true},
		{schema.Notation{}, "1000-3000", "1.500-2.000", false},
		{german, "1000-3000", "1.500-2.000", true},
		{german, "1000-3000", "1,500.5-2,000.5", true},
		{schema.Notation{}, "2024-04-01..2024-04-30", "13/04/2024 - 20/04/2024", true},
		{schema.Notation{}, "2024-04-01..2024-04-30", "03/04/2024 - 20/04/2024", true},
		{schema.Notation{}, "2024-04-01..2024-04-30", "04/03/2024 - 04/05/2024", true},
		{german, "2024-04-01..2024-04-30", "04/03/2024 - 04/05/2024", false},
		{german, "2024-04-01..2024-04-30", "04/13/2024 - 04/20/2024", true},
		{schema.Notation{}, "10-20", "415-555-1234", false},
	} {
		p := index.Part{Mode: schema.ModeRange, Cells: column.FromStrings([]string{c.cell}), Notation: schema.Notation{}, Values: c.n}
		rows, _ := lookUp(t, p, c.value).Of(0)
		require.Equal(t, c.want, len(rows) == 1, "%v: %q, %q", c.n, c.cell, c.value)
	}
}
