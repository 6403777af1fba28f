package rotate_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/engine/queue"
	"tablestep/engine/rotate"
	"tablestep/tables/roster"
	"tablestep/tables/schema"
)

var rotation = queue.Rotation{Instance: "default", Table: "team", Lookup: "team"}

// kept is a keeper that stores at once what it is told.
type kept struct {
	mu       sync.Mutex // guards the fields below
	counters map[string]queue.Counter
	stuck    map[string]queue.Stuck
	reads    int
}

func newKept() *kept {
	return &kept{counters: map[string]queue.Counter{}, stuck: map[string]queue.Stuck{}}
}

func (k *kept) Counters(context.Context, queue.Rotation) (list []queue.Counter, _ error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.reads++
	for _, c := range k.counters {
		list = append(list, c)
	}
	return list, nil
}

func (k *kept) StuckTo(_ context.Context, _ queue.Rotation, leads []string) (list []queue.Stuck, _ error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, lead := range leads {
		if s, ok := k.stuck[lead]; ok {
			list = append(list, s)
		}
	}
	return list, nil
}

// finish stores what a booking gives, as the queue does: all of it, or nothing.
func (k *kept) finish(b *rotate.Booking) error {
	turns, stuck := b.Turns()
	k.mu.Lock()
	defer k.mu.Unlock()
	next := map[string]queue.Counter{}
	for _, t := range turns {
		c, ok := next[t.Row]
		if !ok {
			c = k.counters[t.Row]
		}
		after, err := c.After(&t, time.Unix(0, 0))
		if err != nil {
			return err
		}
		next[t.Row] = after
	}
	maps.Copy(k.counters, next)
	for _, s := range stuck {
		k.stuck[s.Lead] = s
	}
	return nil
}

// team is a roster of rows: name, weight, cap, absences.
func team(t testing.TB, rows ...[4]string) *roster.Roster {
	t.Helper()
	columns, err := roster.ColumnsOf(schema.NamedVersion([]string{"name", "weight", "cap", "away"}), &schema.Lookup{RowKey: "name", WeightColumn: "weight", CapColumn: "cap", AwayColumn: "away"})
	require.NoError(t, err)
	r := roster.New(columns)
	r.Add(len(rows), func(c, row int) string { return rows[row][c] }, func(roster.Problem) {})
	return r
}

// ask asks for n leads that hit all rows, from lead number first on.
func ask(of *roster.Roster, at time.Time, first, n int) *rotate.Request {
	q := &rotate.Request{Rotation: rotation, Roster: of, At: at, Period: rotate.Period(schema.CapDay, at)}
	for i := range n {
		q.Leads, q.Tuples = append(q.Leads, fmt.Sprint("lead", first+i)), append(q.Tuples, 0)
	}
	q.Rows = func(_ int, dst []int32) []int32 {
		for i := range of.Rows {
			dst = append(dst, int32(i))
		}
		return dst
	}
	return q
}

func id(n int) (id queue.ID) {
	binary.BigEndian.PutUint64(id[:], uint64(n)+1)
	return id
}

// plainRow is a row of the model.
type plainRow struct {
	pass      int64
	known, in bool
	leads     int
	today     map[string]int
}

// plain is how turns are given, as simply as it can be said: row by row, lead by lead.
type plain map[string]*plainRow

func (m plain) give(of *roster.Roster, hits []int32, at time.Time, started map[string]bool, line string) int32 {
	day := rotate.Period(schema.CapDay, at)
	free := func(row int32) bool {
		r := &of.Rows[row]
		return !r.Broken && r.Weight > 0 && !r.Away.Has(at) && (r.Cap < 0 || m.row(r.Name).today[day] < int(r.Cap))
	}
	if !started[line] { // The first lead of a batch with these hits.
		started[line] = true
		least, most := int64(-1), int64(0)
		for _, row := range hits {
			s := m.row(of.Rows[row].Name)
			if !free(row) {
				s.in = false
				continue
			}
			if s.known && s.in && (least < 0 || s.pass < least) {
				least = s.pass
			}
			most = max(most, s.pass)
		}
		if least < 0 {
			least = most
		}
		for _, row := range hits {
			if s := m.row(of.Rows[row].Name); free(row) && (!s.known || !s.in) {
				s.pass, s.known, s.in = max(s.pass, least), true, true
			}
		}
	}
	best := int32(-1)
	for _, row := range hits {
		if free(row) && (best < 0 || m.row(of.Rows[row].Name).pass < m.row(of.Rows[best].Name).pass) {
			best = row
		}
	}
	if best >= 0 {
		s := m.row(of.Rows[best].Name)
		s.pass += rotate.Whole / of.Rows[best].Weight
		s.leads++
		s.today[day]++
		s.in = free(best)
	}
	return best
}

func (m plain) row(name string) *plainRow {
	if m[name] == nil {
		m[name] = &plainRow{today: map[string]int{}}
	}
	return m[name]
}

// Tables that change, days that pass, leads that hit one row or many: every lead gets the row that
// the plain model gives it.
func TestEveryLeadGetsTheRowOfAPlainModel(t *testing.T) {
	given, misses := 0, 0
	for round := range 150 {
		r := rand.New(rand.NewPCG(uint64(round), 15))
		keeper, model := newKept(), plain{}
		ledger := rotate.NewLedger(keeper)
		at := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
		var of *roster.Roster
		for batch := range 25 {
			if of == nil || r.IntN(5) == 0 { // another version: rows come, go, and change
				var rows [][4]string
				for n := range 1 + r.IntN(8) {
					if r.IntN(4) == 0 {
						continue
					}
					row := [4]string{fmt.Sprint("row", n), fmt.Sprint(r.IntN(6)), "", ""}
					if r.IntN(3) == 0 {
						row[2] = fmt.Sprint(r.IntN(30))
					}
					if r.IntN(4) == 0 {
						row[3] = at.AddDate(0, 0, r.IntN(2)).Format("2006-01-02")
					}
					rows = append(rows, row)
				}
				r.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
				of = team(t, rows...)
				for name, s := range model {
					if _, there := of.Number(name); !there {
						s.in = false
					}
				}
			}
			if r.IntN(3) == 0 {
				at = at.Add(time.Duration(r.IntN(20)) * time.Hour)
			}
			lines := [][]int32{{}, {}, {}}
			for row := range of.Rows {
				for i := range lines {
					if i == 0 || r.IntN(2) == 0 {
						lines[i] = append(lines[i], int32(row))
					}
				}
			}
			q := ask(of, at, 0, 0)
			q.Rows = func(tuple int, dst []int32) []int32 { return append(dst, lines[tuple]...) }
			var want []int32
			started := map[string]bool{}
			for range r.IntN(40) {
				tuple := r.IntN(len(lines))
				q.Leads, q.Tuples = append(q.Leads, strconv.Itoa(r.IntN(1000))), append(q.Tuples, tuple)
				want = append(want, model.give(of, lines[tuple], at, started, fmt.Sprint(tuple)))
			}
			try := ledger.Begin(queue.ID{})
			tried, err := try.Choose(context.Background(), q)
			require.NoError(t, err)
			b := ledger.Begin(id(batch))
			got, err := b.Choose(context.Background(), q)
			require.NoError(t, err)
			require.Equal(t, want, append([]int32(nil), got...), "round %d, batch %d", round, batch)
			require.Equal(t, got, tried, "who tries sees whose turn it would be")
			require.NoError(t, keeper.finish(b))
			b.Keep()
			for _, row := range got {
				if row < 0 {
					misses++
				} else {
					given++
				}
			}
			if r.IntN(4) == 0 {
				ledger = rotate.NewLedger(keeper) // a restart
			}
		}
		for name, c := range keeper.counters {
			require.Equal(t, int64(model[name].leads), c.Leads, name)
		}
	}
	require.Greater(t, given, 10_000)
	require.Greater(t, misses, 1000)
}

func TestSharesFollowTheWeightsAndARowThatComesAnewIsNotFlooded(t *testing.T) {
	keeper := newKept()
	ledger := rotate.NewLedger(keeper)
	at := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	of := team(t, [4]string{"a", "5"}, [4]string{"b", "3"}, [4]string{"c", "2"})
	batch := func(n int) map[string]int {
		b := ledger.Begin(id(n))
		rows, err := b.Choose(context.Background(), ask(of, at, 0, 1000))
		require.NoError(t, err)
		require.NoError(t, keeper.finish(b))
		b.Keep()
		count := map[string]int{}
		for _, row := range rows {
			count[of.Rows[row].Name]++
		}
		return count
	}
	for n := range 50 {
		require.Equal(t, map[string]int{"a": 500, "b": 300, "c": 200}, batch(n))
	}
	of = team(t, [4]string{"a", "5"}, [4]string{"b", "3"}, [4]string{"c", "2"}, [4]string{"d", "10"})
	for n := range 10 {
		require.InDelta(t, 500, batch(100 + n)["d"], 1, "it begins at the smallest share")
	}
	of = team(t, [4]string{"a", "5"}, [4]string{"b", "3"}, [4]string{"d", "10"})
	for n := range 10 {
		batch(200 + n)
	}
	of = team(t, [4]string{"a", "5"}, [4]string{"b", "3"}, [4]string{"c", "2"}, [4]string{"d", "10"})
	require.InDelta(t, 100, batch(300)["c"], 1, "and so does one that comes back")
}

func TestALeadKeepsItsRowWhileItIsFree(t *testing.T) {
	keeper := newKept()
	ledger := rotate.NewLedger(keeper)
	at := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	n := 0
	batch := func(of *roster.Roster, leads ...string) string {
		q := ask(of, at, 0, len(leads))
		q.Leads, q.Sticky, q.Until = leads, true, at.Add(time.Hour)
		n++
		b := ledger.Begin(id(n))
		rows, err := b.Choose(context.Background(), q)
		require.NoError(t, err)
		require.NoError(t, keeper.finish(b))
		b.Keep()
		names := []string{}
		for _, row := range rows {
			if row < 0 {
				names = append(names, "-")
				continue
			}
			names = append(names, of.Rows[row].Name)
		}
		return strings.Join(names, " ")
	}
	all := team(t, [4]string{"a"}, [4]string{"b"}, [4]string{"c"})
	require.Equal(t, "a b b c", batch(all, "1", "2", "2", "3"), "twice in a batch is one row")
	require.Equal(t, "b b b a", batch(all, "2", "2", "2", "1"))
	require.Equal(t, at.Add(time.Hour), keeper.stuck["1"].Until)
	away := team(t, [4]string{"a"}, [4]string{"b", "", "", "2026-11-30"}, [4]string{"c"})
	require.Equal(t, "c", batch(away, "2"), "its row is away: a new one")
	require.Equal(t, "c", batch(all, "2"), "which then sticks")
	full := team(t, [4]string{"a"}, [4]string{"c", "", "2"})
	require.Equal(t, "a", batch(full, "3"), "c has had its two of today")
	require.Equal(t, "-", batch(team(t, [4]string{"a", "0"}), "3"))
}

func TestCapsHoldForEachPeriod(t *testing.T) {
	keeper := newKept()
	ledger := rotate.NewLedger(keeper)
	of := team(t, [4]string{"a", "", "3"}, [4]string{"b", "", "2"})
	for day := range 3 {
		at := time.Date(2026, 11, 29+day, 9, 0, 0, 0, time.UTC)
		for n, want := range [][]int32{{0, 1, 0}, {1, 0, -1}, {-1, -1, -1}} {
			b := ledger.Begin(id(day*10 + n))
			got, err := b.Choose(context.Background(), ask(of, at, 0, 3))
			require.NoError(t, err)
			count := func(rows []int32) (n [3]int) {
				for _, row := range rows {
					n[row+1]++
				}
				return n
			}
			require.Equal(t, count(want), count(got), "day %d, batch %d", day, n)
			require.NoError(t, keeper.finish(b))
			b.Keep()
		}
	}
	at := time.Date(2027, 1, 1, 9, 0, 0, 0, time.UTC)
	require.Equal(t, "2026-W53", rotate.Period(schema.CapWeek, at))
	require.Equal(t, "2027-01", rotate.Period(schema.CapMonth, at))
	require.Equal(t, "2027-01-01", rotate.Period(schema.CapDay, at))
	require.Empty(t, rotate.Period("", at))
}

func TestWhatIsNotStoredIsTakenBackAndGivenAgain(t *testing.T) {
	keeper := newKept()
	ledger := rotate.NewLedger(keeper)
	at := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	of := team(t, [4]string{"a", "5", "400"}, [4]string{"b", "3"}, [4]string{"c", "2"})
	choose := func(b *rotate.Booking, first, n int) []int32 {
		rows, err := b.Choose(context.Background(), ask(of, at, first, n))
		require.NoError(t, err)
		return rows
	}
	lost := ledger.Begin(id(1))
	first := choose(lost, 0, 7)
	other := ledger.Begin(id(2))
	choose(other, 100, 13)
	lost.TakeBack(false)
	require.NoError(t, keeper.finish(other))
	other.Keep()
	again := ledger.Begin(id(1))
	require.Equal(t, first, choose(again, 0, 7), "the same rows for the same invocation")
	require.NoError(t, keeper.finish(again))
	again.Keep()
	again.TakeBack(false) // does nothing any more
	rest := ledger.Begin(id(3))
	choose(rest, 200, 980)
	require.NoError(t, keeper.finish(rest))
	rest.Keep()
	require.Equal(t, []int64{400, 360, 240}, []int64{keeper.counters["a"].Leads, keeper.counters["b"].Leads, keeper.counters["c"].Leads})

	fresh := rotate.NewLedger(keeper).Begin(id(4))
	require.Equal(t, choose(ledger.Begin(queue.ID{}), 0, 50), choose(fresh, 0, 50), "the ledger is where the store is")
}

// Many evaluate at once, some of what they give is never stored: shares hold, and caps.
func TestManyAtOnceShareOut(t *testing.T) {
	keeper := newKept()
	ledger := rotate.NewLedger(keeper)
	at := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	of := team(t, [4]string{"a", "5"}, [4]string{"b", "3"}, [4]string{"c", "2"}, [4]string{"d", "9", "777"})
	var wg sync.WaitGroup
	for worker := range 16 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(worker), 1))
			for n := range 40 {
				for {
					b := ledger.Begin(id(worker*1000 + n))
					if _, err := b.Choose(context.Background(), ask(of, at, 0, 50)); err != nil {
						panic(err)
					}
					if r.IntN(3) > 0 && keeper.finish(b) == nil {
						b.Keep()
						break
					}
					b.TakeBack(r.IntN(2) == 0)
					if r.IntN(10) == 0 {
						ledger.Forget(rotation)
					}
				}
			}
		})
	}
	wg.Wait()
	total := int64(16 * 40 * 50)
	require.Equal(t, int64(777), keeper.counters["d"].Leads)
	for name, weight := range map[string]int64{"a": 5, "b": 3, "c": 2} {
		require.InDelta(t, (total-777)*weight/10, keeper.counters[name].Leads, float64(total)/1000, name)
	}
}
