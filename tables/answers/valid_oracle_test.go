package answers_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/tables/answers"
	"tablestep/tables/scan/scantest"
	"tablestep/tables/schema"
)

// The oracle of rows that are valid for a time knows what each cell was made from, and asks the
// clocks of the zone minute by minute when that is.

// A stamp is an end of a span as the oracle knows it.
type stamp struct {
	cell  string
	from  func(*time.Location) time.Time // the first moment, where it is a lower end
	until func(*time.Location) time.Time // the first moment behind, where it is an upper end
	junk  bool
}

// shown is the first moment at which the clocks of a zone show a time or a later one: all
// minutes from the day before on are looked at.
func shown(wall time.Time, zone *time.Location) time.Time {
	want := wall.Format("2006-01-02 15:04")
	for at := wall.Add(-30 * time.Hour); ; at = at.Add(time.Minute) {
		if at.In(zone).Format("2006-01-02 15:04") >= want {
			return at
		}
	}
}

func randomStamp(r *rand.Rand, around time.Time) stamp {
	wall := around.Add(time.Duration(r.IntN(10*24*60)-5*24*60) * time.Minute)
	day := time.Date(wall.Year(), wall.Month(), wall.Day(), 0, 0, 0, 0, time.UTC)
	switch r.IntN(12) {
	case 0, 1:
		return stamp{cell: [...]string{"", " "}[r.IntN(2)]}
	case 2:
		return stamp{cell: [...]string{"soon", "12", "n/a"}[r.IntN(3)], junk: true}
	case 3, 4:
		return stamp{
			cell:  wall.Format([...]string{"2006-01-02 15:04", "2006-01-02T15:04:00"}[r.IntN(2)]),
			from:  func(zone *time.Location) time.Time { return shown(wall, zone) },
			until: func(zone *time.Location) time.Time { return shown(wall, zone).Add(time.Microsecond) },
		}
	case 5, 6:
		east := time.FixedZone("", 1800*(r.IntN(50)-24))
		return stamp{
			cell:  wall.In(east).Format(time.RFC3339),
			from:  func(*time.Location) time.Time { return wall },
			until: func(*time.Location) time.Time { return wall.Add(time.Microsecond) },
		}
	}
	return stamp{
		cell:  day.Format([...]string{"2006-01-02", "2006/01/02"}[r.IntN(2)]),
		from:  func(zone *time.Location) time.Time { return shown(day, zone) },
		until: func(zone *time.Location) time.Time { return shown(day.AddDate(0, 0, 1), zone) },
	}
}

// A dated row is one of the oracle.
type dated struct {
	key       string
	low, high stamp
}

func (d *dated) valid(at time.Time, zone *time.Location) bool {
	switch {
	case d.low.junk || d.high.junk:
		return false
	case d.low.from != nil && at.Before(d.low.from(zone)):
		return false
	}
	return d.high.until == nil || at.Before(d.high.until(zone))
}

// changes are days about which clocks are changed in some zone: put forward, put back, at
// midnight, by half an hour, and by a whole day.
var changes = [...]time.Time{ //nolint:gochecknoglobals // a constant
	time.Date(2026, 3, 29, 0, 0, 0, 0, time.UTC), time.Date(2026, 10, 25, 0, 0, 0, 0, time.UTC),
	time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 4, 24, 0, 0, 0, 0, time.UTC),
	time.Date(2018, 11, 4, 0, 0, 0, 0, time.UTC), time.Date(2026, 4, 5, 0, 0, 0, 0, time.UTC),
	time.Date(2011, 12, 30, 0, 0, 0, 0, time.UTC), time.Date(2026, 6, 30, 0, 0, 0, 0, time.UTC),
}

var changingZones = [...]string{ //nolint:gochecknoglobals // a constant
	"UTC", "Europe/Berlin", "America/New_York", "Africa/Cairo", "America/Sao_Paulo",
	"Australia/Lord_Howe", "Pacific/Apia", "Asia/Kolkata", "Pacific/Kiritimati",
}

// mixedEnds says that a span may be refused: it ends before it begins by its cells, as far as that is
// told without a zone.
func (d *dated) refused() bool {
	if d.low.from == nil || d.high.until == nil {
		return false
	}
	return !d.low.from(time.UTC).Before(d.high.until(time.UTC))
}

func TestRowsAreHitWhileTheyAreValid(t *testing.T) {
	t.Parallel()
	rounds := 60
	if testing.Short() {
		rounds = 15
	}
	for round := range rounds {
		r := rand.New(rand.NewPCG(15, uint64(round)))
		around := changes[r.IntN(len(changes))]
		zone, err := time.LoadLocation(changingZones[r.IntN(len(changingZones))])
		require.NoError(t, err)
		rows := make([]dated, 1+r.IntN(60))
		cells := make([][]string, len(rows))
		spans := r.IntN(3) == 0 // in one column
		for i := range rows {
			d := &rows[i]
			*d = dated{key: string(rune('a' + r.IntN(4))), low: randomStamp(r, around), high: randomStamp(r, around)}
			for !d.low.junk && !d.high.junk && d.refused() {
				d.low, d.high = randomStamp(r, around), randomStamp(r, around)
			}
			cells[i] = []string{d.key, d.low.cell, d.high.cell}
			if spans {
				if d.low.from == nil && d.high.until == nil && !d.low.junk && !d.high.junk {
					cells[i][1] = ""
				} else {
					cells[i][1] = d.low.cell + ".." + d.high.cell
				}
			}
		}
		valid := schema.Match{Column: "from", ColumnTo: "to", Field: schema.Now, Mode: schema.ModeRange}
		if spans {
			valid.ColumnTo = ""
		}
		options := answers.Options{Zone: zone}
		if r.IntN(2) == 0 {
			valid.Zone, options.Zone = zone.String(), time.UTC
		}
		l := schema.Lookup{Name: "t", HitPolicy: schema.PolicyFirst, Match: []schema.Match{{Column: "key", Field: "k"}, valid}}
		only := r.IntN(4) == 0 // it asks for nothing but the moment
		if only {
			l.Match = l.Match[1:]
		}
		var keys []string
		var want []int32
		at := around.Add(time.Duration(r.IntN(8*24*60)-4*24*60) * time.Minute)
		if r.IntN(2) == 0 { // the very border of a row
			if d := &rows[r.IntN(len(rows))]; d.high.until != nil {
				at = d.high.until(zone).Add(time.Duration(r.IntN(3)-1) * time.Microsecond)
			}
		}
		for _, key := range [...]string{"a", "B", "c", "d", "e"} {
			row := int32(-1)
			for i := range rows {
				if (only || rows[i].key == normal(key)) && rows[i].valid(at, zone) {
					row = int32(i)
					break
				}
			}
			keys, want = append(keys, key), append(want, row)
		}
		tuples := [][]string{keys, make([]string, len(keys))}
		for i := range keys {
			tuples[1][i] = answers.Moment(at)
		}
		if only {
			tuples = tuples[1:]
		}
		for _, budget := range [...]int64{roomy, onDisk} {
			options.Budget = budget
			table := scantest.New([]string{"key", "from", "to"}, cells, 7)
			sn, err := shelve(t, options, table).take(context.Background(), table.Version.Table)
			require.NoError(t, err)
			found := make([]answers.Found, len(keys))
			require.NoError(t, sn.Find(t.Context(), &l, tuples, found))
			require.Equal(t, want, rowsOf(found), "round %d, zone %s, at %s, budget %d: %s", round, zone, at.Format(time.RFC3339Nano), budget, fmt.Sprint(cells))
		}
	}
}

// A tuple that only time keeps from a hit is told the row whose time is nearest.
func TestTheNearestRowThatIsNotValidIsTold(t *testing.T) {
	t.Parallel()
	table := scantest.New([]string{"key", "from", "to"}, [][]string{
		{"a", "2024-01-01", "2024-12-31"},
		{"a", "2025-01-01", "2025-06-30"},
		{"a", "2027-01-01", ""},
		{"b", "", "2026-02-01 12:00"},
		{"c", "bad", "2026-02-01"},
		{"d", "2026-03-01T00:00:00Z", ""},
	}, 2)
	l := schema.Lookup{Name: "t", Match: []schema.Match{{Column: "key"}, {Column: "from", ColumnTo: "to", Field: schema.Now, Mode: schema.ModeRange, Zone: "Europe/Berlin"}}}
	for _, c := range []struct {
		key, at string
		want    answers.Missed
		ok      bool
	}{
		{"a", "2025-08-01T00:00:00Z", answers.Missed{Row: 1, Over: true, Since: "2025-07-01"}, true},
		{"a", "2026-11-30T00:00:00Z", answers.Missed{Row: 2, Since: "2027-01-01"}, true},
		{"b", "2026-02-02T00:00:00Z", answers.Missed{Row: 3, Over: true, Since: "2026-02-01 12:00:00"}, true},
		{"c", "2026-02-02T00:00:00Z", answers.Missed{}, false},
		{"d", "2026-02-02T00:00:00Z", answers.Missed{Row: 5, Since: "2026-03-01 01:00:00"}, true},
		{"x", "2026-02-02T00:00:00Z", answers.Missed{}, false},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		require.NoError(t, err)
		for _, budget := range [...]int64{roomy, onDisk} {
			missed, ok, err := snapshot(t, budget, table).Missed(t.Context(), &l, []string{c.key, answers.Moment(at)}, at, nil)
			require.NoError(t, err)
			require.Equal(t, c.ok, ok, c.key)
			require.Equal(t, c.want, missed, c.key)
		}
	}
	_, _, err := snapshot(t, roomy, table).Missed(t.Context(), &l, []string{"a"}, time.Now(), nil)
	require.ErrorIs(t, err, schema.ErrInvalid)
}
