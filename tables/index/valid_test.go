package index_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/tables/column"
	"tablestep/tables/index"
	"tablestep/tables/schema"
)

// anyTime are the cells that mean anything at now.
var anyTime = index.NewAnything(schema.ModeRange, []string{""}) //nolint:gochecknoglobals // a constant

// FuzzValid holds the index of a row against what its cells say alone, and both against what an
// upload is checked for: whatever is refused is never valid. It does some 150 a second on half a core, as each input makes two indexes.
func FuzzValid(f *testing.F) {
	for _, seed := range [][2]string{
		{"", ""},
		{"2026-10-25", "2026-10-25"},
		{"2026-10-25 02:30", ""},
		{"", "2026-03-29T02:30:00"},
		{"2026-03-29T20:00-08:00", "2026-03-29"},
		{"2026-01-01..", ""},
		{"<2026-01-01", ""},
		{"> 2026-01-01", ""},
		{"2026-01-01 - 2026-02-01", ""},
		{"-", "*"},
		{"12", "soon"},
		{"2026-05-01", "2026-04-01"},
		{"..", ".."},
	} {
		f.Add(seed[0], seed[1], int64(1792888200000), uint8(1))
	}
	zones := []*time.Location{time.UTC, zone(f, "Europe/Berlin"), zone(f, "Africa/Cairo"), zone(f, "Pacific/Apia")}
	f.Fuzz(func(t *testing.T, from, to string, milli int64, in uint8) {
		at := time.UnixMilli(milli % 1e14)
		here := zones[int(in)%len(zones)]
		two := index.Part{Mode: schema.ModeRange, Cells: column.FromStrings([]string{from}), To: column.FromStrings([]string{to}), Now: true, Anything: []string{""}, Zone: here}
		one := two
		one.To = nil
		for part, cells := range map[*index.Part][]string{&two: {from, to}, &one: {from}} {
			err := index.CheckValid(from, schema.Notation{})
			if part.To != nil {
				err = index.CheckValidEnds(from, to, schema.Notation{})
			}
			requirePlace(t, err)
			v, wrong := index.ValidityOf(cells, schema.Notation{}, anyTime, here)
			require.Equal(t, err == nil, wrong == nil, "%q", cells)
			moments := []time.Time{at}
			for _, end := range []time.Time{v.From, v.Until} {
				if !end.IsZero() {
					moments = append(moments, end.Add(-time.Microsecond), end)
				}
			}
			values := []string{index.AnyMoment, "no moment"}
			for _, at := range moments {
				values = append(values, index.Moment(at))
			}
			hits := lookUp(t, *part, values...)
			_, is := v.Common(v)
			for i := range values {
				rows, _ := hits.Of(i)
				want := err == nil
				switch {
				case i == 1:
					want = want && v == index.Validity{}
				case i > 1:
					want = want && is && v.Has(moments[i-2])
				}
				require.Equal(t, want, len(rows) == 1, "%q at %s in %s", cells, values[i], here)
			}
		}
	})
}

func TestTimesThatClocksShowTwiceOrNotAtAllAreMoments(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ zone, from, to, first, last string }{
		{"Europe/Berlin", "2026-10-25", "2026-10-25", "2026-10-24T22:00:00Z", "2026-10-25T22:59:59Z"}, // 25 hours
		{"Europe/Berlin", "2026-03-29", "2026-03-29", "2026-03-28T23:00:00Z", "2026-03-29T21:59:59Z"}, // 23 hours
		{"Europe/Berlin", "2026-10-25 02:30", "2026-10-25 03:00", "2026-10-25T00:30:00Z", "2026-10-25T02:00:00Z"},
		{"Europe/Berlin", "2026-10-25 01:00", "2026-10-25 02:30", "2026-10-24T23:00:00Z", "2026-10-25T00:30:00Z"},
		{"Europe/Berlin", "2026-03-29 02:30", "2026-03-29 03:30", "2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z"},
		{"Europe/Berlin", "2026-10-25T02:30:00+01:00", "2026-10-25", "2026-10-25T01:30:00Z", "2026-10-25T22:59:59Z"},
		{"Africa/Cairo", "2026-04-24", "2026-04-24", "2026-04-23T22:00:00Z", "2026-04-24T20:59:59Z"}, // there is no midnight
		{"Pacific/Apia", "2011-12-29", "2011-12-31", "2011-12-29T10:00:00Z", "2011-12-31T09:59:59Z"}, // there is no 30th
		{"America/Los_Angeles", "2026-03-29T20:00-08:00", "2026-03-29", "2026-03-30T04:00:00Z", "2026-03-30T06:59:59Z"},
	} {
		ends := [2]time.Time{}
		for i, text := range []string{c.first, c.last} {
			var err error
			ends[i], err = time.Parse(time.RFC3339, text)
			require.NoError(t, err)
		}
		p := index.Part{Mode: schema.ModeRange, Cells: column.FromStrings([]string{c.from}), To: column.FromStrings([]string{c.to}), Now: true, Anything: []string{""}, Zone: zone(t, c.zone)}
		hits := lookUp(t, p, index.Moment(ends[0].Add(-time.Second)), index.Moment(ends[0]), index.Moment(ends[1]), index.Moment(ends[1].Add(time.Second)))
		require.Equal(t, []int32{0, 0, 1, 2, 2}, hits.Starts, "%s to %s in %s", c.from, c.to, c.zone)
	}
}

// Many rows of one key with spans of their own are looked at one by one, and not all spans there
// are for each lead.
func TestAKeyWithManySpansIsVerifiedRowByRow(t *testing.T) {
	t.Parallel()
	const keys, spans = 400, 100
	var names, from, to []string
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for k := range keys {
		for s := range spans {
			first := start.Add(time.Duration(s*1000+k) * time.Minute)
			names = append(names, string(rune('A'+k%26))+string(rune('a'+k/26)))
			from, to = append(from, first.Format(time.DateTime)), append(to, first.Add(1000*time.Minute-time.Second).Format(time.DateTime))
		}
	}
	ix, err := index.Build(context.Background(), []index.Part{
		{Mode: schema.ModeNormalized, Cells: column.FromStrings(names)},
		{Mode: schema.ModeRange, Cells: column.FromStrings(from), To: column.FromStrings(to), Now: true, Anything: []string{""}},
	})
	require.NoError(t, err)
	at := start.Add(50_500 * time.Minute)
	var hits index.Hits
	values := [2][]string{}
	var want []int32
	for k := range keys {
		values[0], values[1] = append(values[0], names[k*spans]), append(values[1], index.Moment(at))
		span := (50_500 - k) / 1000
		want = append(want, int32(k*spans+span))
	}
	budget := index.NewBudget(20_000_000, nil)
	require.NoError(t, ix.Probe(context.Background(), values[:], index.All, &hits, budget))
	require.Equal(t, want, hits.Rows)
	require.Less(t, budget.Used(), int64(keys*spans*100), "in units of work")
}
