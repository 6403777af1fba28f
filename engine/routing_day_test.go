package engine_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/engine"
	"tablestep/engine/queue"
	queuefile "tablestep/engine/queue/file"
	"tablestep/engine/queue/queuetest"
	"tablestep/tables"
	"tablestep/tables/file"
	"tablestep/tables/schema"
	"tablestep/tables/view"
)

const routingLookup = `{"match":[
		{"column":"country","field":"country","mode":"normalized"},
		{"column":"segment","field":"segment","mode":"normalized","anything":["*"]},
		{"column":"from","columnTo":"to","field":"@now","mode":"range"}],
	"hitPolicy":"rotate","rowKey":"owner","weightColumn":"weight","capColumn":"cap","capPeriod":"day","awayColumn":"away","sticky":"10d",
	"outputs":[{"column":"owner","field":"leadOwner"}],
	"tests":[{"name":"Norway is Nora's","lead":{"id":1,"country":"norway","segment":"smb"},"want":{"leadOwner":"nora"}}]}`

// A routingDesk is a routing table with the service around it, beside the plain model of both.
type routingDesk struct {
	*house
	t     *testing.T
	clock *shifted
	model *plainRouting
	r     *receiver
	queue queue.Store // of the service that runs
	stop  func()
	rand  *rand.Rand

	sent  int
	fresh int                         // the last ID of a lead that nobody has seen before
	given map[string]map[string]int64 // leads by turn, by day and owner
}

// start opens the service in its folder, in which things may be already; the first answer fails to be stored if so said.
func (s *routingDesk) start(dir string, faulty bool) {
	s.t.Helper()
	store, err := file.OpenStore(filepath.Join(dir, "tables.db"), tables.Options{Now: s.clock.now, Zone: s.model.zone})
	require.NoError(s.t, err)
	var q queue.Store = openQueue(s.t, dir, queuefile.Options{Now: s.clock.now})
	if faulty {
		q = queuetest.NewFaulty(q, queuetest.Fault{Call: queuetest.CallFinish, N: 1})
	}
	e, err := engine.New(store, q, engine.Options{CallbackPrivate: true, EvaluationPause: time.Millisecond})
	require.NoError(s.t, err)
	s.house, s.queue = &house{e, store, dir}, q
	s.stop = s.run(s.t)
}

func (s *routingDesk) end() {
	s.t.Helper()
	s.stop()
	s.close(s.t)
}

// at sets the clock. It runs on from there.
func (s *routingDesk) at(moment time.Time) {
	s.clock.ahead.Store(int64(time.Until(moment)))
}

// leads are n of a few hundred that come again and again, most of them as they were, and some that nobody knows.
func (s *routingDesk) leads(n int) (list []routed) {
	places := [][2]string{{"Germany", "smb"}, {" GERMANY", "smb"}, {"germany", "SMB"}, {"Germany", "enterprise"}, {"France", "smb"}, {"france ", "Enterprise"}, {"Japan", "smb"}, {"Norway", "smb"}, {"Spain", "smb"}, {"Deutschland", "smb"}, {"Nippon", "smb"}, {"N/A", "enterprise"}}
	for range n {
		l := routed{id: 1 + s.rand.IntN(800)}
		if s.rand.IntN(3) == 0 {
			s.fresh++
			l.id = s.fresh
		}
		place := places[l.id%len(places)]
		if s.rand.IntN(10) == 0 {
			place = places[s.rand.IntN(len(places))]
		}
		l.country, l.segment = place[0], place[1]
		list = append(list, l)
	}
	return list
}

// An asking is an invocation that was accepted.
type asking struct {
	leads []routed
	token string
	at    time.Time
}

// ask has an invocation accepted.
func (s *routingDesk) ask(leads []routed) asking {
	s.t.Helper()
	items := make([]string, len(leads))
	for i := range leads {
		items[i] = lead(leads[i].fields(), `"table":"territories"`)
	}
	s.sent++
	a := asking{leads, fmt.Sprint("r", s.sent), s.clock.now()}
	_, err := s.Accept(s.t.Context(), fmt.Appendf(nil, `{"token":%q,"apiCallBackKey":"k","campaignId":1,"callbackUrl":%q,"context":{"admin":{}},"objectData":[%s]}`, a.token, s.r.URL, strings.Join(items, ",")))
	require.NoError(s.t, err)
	return a
}

func (l routed) fields() string {
	return fmt.Sprintf(`"id":%d,"country":%q,"segment":%q`, l.id, l.country, l.segment)
}

// answered waits for the answer, and holds each lead's owner against the model. The counts are those of the leads by
// owner.
func (s *routingDesk) answered(a asking) map[string]int {
	s.t.Helper()
	want := s.model.give(a.leads, a.at)
	require.Eventually(s.t, func() bool { return s.told(a.token) != nil && s.Stats().Waiting+s.Stats().Retrying == 0 }, soon, time.Millisecond)
	got := s.told(a.token)
	require.Len(s.t, got, len(a.leads))
	count := map[string]int{}
	for i, l := range a.leads {
		require.Equal(s.t, want[i], got[i], "lead %d of invocation %s at %s: %+v", i, a.token, a.at, l)
		count[want[i]]++
	}
	s.counted(a.leads, want, a.at)
	return count
}

// route has leads tried, which moves no counter and so tells whose turn it is, and then answered.
func (s *routingDesk) route(leads []routed) map[string]int {
	s.t.Helper()
	plain := make([]json.RawMessage, len(leads))
	for i := range leads {
		plain[i] = json.RawMessage("{" + leads[i].fields() + "}")
	}
	tried, err := s.TryAt(s.t.Context(), s.clock.now(), plain, json.RawMessage(`{"table":"territories"}`))
	require.NoError(s.t, err)
	a := s.ask(leads)
	count := s.answered(a)
	for i, owner := range s.told(a.token) {
		var data map[string]any
		require.NoError(s.t, json.Unmarshal(tried[i].LeadData, &data))
		first, _ := data["leadOwner"].(string)
		require.Equal(s.t, owner, first, "tried lead %d of invocation %s: %+v", i, a.token, leads[i])
	}
	return count
}

// told is the owner of each lead as the callbacks of an invocation say, which must agree.
func (s *routingDesk) told(token string) (owners []string) {
	s.t.Helper()
	for _, got := range s.r.all() {
		if got.token != token {
			continue
		}
		var body struct{ ObjectData []record }
		decodeJSON(s.t, string(got.body), &body)
		list := []string{}
		for i := range body.ObjectData {
			list = append(list, strings.Trim(body.ObjectData[i].field("leadOwner"), `"`))
		}
		if owners != nil {
			require.Equal(s.t, owners, list, token)
		}
		owners = list
	}
	return owners
}

// counted holds what was given in turn against the caps of the day.
func (s *routingDesk) counted(leads []routed, owners []string, at time.Time) {
	s.t.Helper()
	day := s.model.day(at)
	if s.given[day] == nil {
		s.given[day] = map[string]int64{}
	}
	for i, owner := range owners {
		if c := plainForm(leads[i].country); c != "deutschland" && c != "nippon" { // Those are an alias's.
			s.given[day][owner]++
		}
	}
	for _, r := range s.model.rows {
		if r.most > 0 {
			require.LessOrEqual(s.t, s.given[day][r.owner], r.most, "%s on %s", r.owner, day)
		}
	}
}

// counters holds those that are stored, and those that people see, against the model.
func (s *routingDesk) counters() {
	s.t.Helper()
	stored, err := s.queue.Counters(s.t.Context(), queue.Rotation{Instance: "default", Table: "territories", Lookup: tables.DefaultLookup})
	require.NoError(s.t, err)
	leads, today := map[string]int64{}, map[string]int64{}
	day := s.model.day(s.clock.now())
	for _, c := range stored {
		if leads[c.Row] = c.Leads; c.Period == day {
			today[c.Row] = c.InPeriod
		}
	}
	seen := map[string]int64{}
	list, err := s.TurnCounters(s.t.Context(), "territories", "", "")
	require.NoError(s.t, err)
	for _, c := range list {
		seen[c.Row] = c.Leads
	}
	for owner, turns := range s.model.turns {
		require.Equal(s.t, turns.leads, leads[owner], owner)
		require.Equal(s.t, turns.days[day], today[owner], owner)
		require.Equal(s.t, turns.leads, seen[owner], owner)
	}
	require.LessOrEqual(s.t, len(stored), len(s.model.turns))
}

// upload makes a version of a file.
func (s *routingDesk) upload(rows []territory, publish bool) (int, error) {
	s.t.Helper()
	made, err := s.store.Import(s.t.Context(), "territories", fromCSV(s.t, territoriesFile(rows)), tables.ImportOptions{Publish: publish, Confirm: true, By: "ann"})
	if err != nil {
		return 0, err
	}
	return made.Version, nil
}

// patch changes rows of the live version.
func (s *routingDesk) patch(p view.Patch) {
	s.t.Helper()
	_, err := s.store.Patch(s.t.Context(), "territories", p, tables.PatchOptions{Publish: true, By: "ben"})
	require.NoError(s.t, err)
}

// named is the row of a representative.
func named(rows []territory, owner string) int {
	return slices.IndexFunc(rows, func(r territory) bool { return r.owner == owner })
}

// live waits until a version is the live one.
func (s *routingDesk) live(version int) {
	s.t.Helper()
	require.Eventually(s.t, func() bool {
		table, ok := s.store.Catalog().Table("territories")
		return ok && table.Live != nil && table.Live.Number == version
	}, soon, time.Millisecond)
}

// A day of a routing table, and the weeks after it: it is published, rows begin and end, one joins by a patch, the
// service restarts, files are uploaded over it and go live at their time, one representative is away for a week,
// and all is rolled back. Every lead's owner is what the plain model says.
func TestADayOfARoutingTable(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	s := &routingDesk{t: t, clock: new(shifted), model: newPlainRouting(zone, 10*24*time.Hour), r: newReceiver(t, nil), rand: rand.New(rand.NewPCG(15, 8)), fresh: 10_000, given: map[string]map[string]int64{}}
	today := time.Now().In(zone)
	hour := func(day, hour, minute int) time.Time {
		return time.Date(today.Year(), today.Month(), today.Day()+3+day, hour, minute, 0, 0, zone)
	}
	dir := t.TempDir()
	s.at(hour(0, 9, 0))
	s.start(dir, false)
	defer func() { s.end() }()

	first := []territory{
		{owner: "ana", country: "Germany", segment: "smb", weight: 5},
		{owner: "bo", country: "germany", segment: "SMB", weight: 3, most: 60},
		{owner: "cy", country: "Germany", segment: "smb", weight: 2, from: hour(0, 12, 0)},
		{owner: "dee", country: "Germany", segment: "*", weight: 1, to: hour(0, 0, 0)},
		{owner: "eve", country: "Germany", segment: "enterprise", weight: 2},
		{owner: "fay", country: "France", segment: "smb", weight: 1, most: 25},
		{owner: "gus", country: "France", segment: "*", weight: 3, to: hour(2, 0, 0)},
		{owner: "hal", country: "France", segment: "enterprise", weight: 1},
		{owner: "ina", country: "Japan", segment: "*", weight: 1, most: 30},
		{owner: "joe", country: "Japan", segment: "smb", weight: 0},
		{owner: "nora", country: "Norway", segment: "*", weight: 1},
	}
	one, err := s.upload(first, true)
	require.NoError(t, err)
	s.withLookup(t, "territories", []byte(routingLookup))
	s.model.rows = first
	alias := func(country, segment, owner string) {
		t.Helper()
		a := schema.Alias{Action: schema.AliasIgnore, Values: map[string]string{"country": country, "segment": segment}}
		if owner != "" {
			a.Action, a.Target = schema.AliasMap, map[string]string{"owner": owner}
		}
		_, err := s.store.AddAliases(t.Context(), "territories", "", []schema.Alias{a}, tables.AliasOptions{By: "ann"})
		require.NoError(t, err)
		s.model.aliases[[2]string{plainForm(country), plainForm(segment)}] = owner
	}
	alias("deutschland", "smb", "ana")
	alias("n/a", "enterprise", "")

	// The morning, and the row that begins at noon.
	count := s.route(s.leads(300))
	require.Zero(t, count["cy"])
	require.Positive(t, count["dee"])
	s.at(hour(0, 11, 59))
	require.Zero(t, s.route(s.leads(200))["cy"])
	s.at(hour(0, 12, 0))
	require.Positive(t, s.route(s.leads(300))["cy"])

	// Somebody joins by a patch, and begins at the smallest share. An alias names her.
	s.at(hour(0, 15, 0))
	kim := territory{owner: "kim", country: "Germany", segment: "smb", weight: 4}
	cells := map[string]string{}
	for i, name := range []string{"owner", "country", "segment", "weight"} {
		cells[name] = kim.cells()[i]
	}
	s.patch(view.Patch{Insert: []view.InsertRow{{Before: len(first) + 1, Cells: cells}}})
	s.model.rows = append(slices.Clone(first), kim)
	alias("nippon", "smb", "kim")
	smb := func(n int) (list []routed) {
		for range n {
			s.fresh++
			list = append(list, routed{s.fresh, "Germany", "smb"})
		}
		return list
	}
	count = s.route(smb(100))
	require.Positive(t, count["kim"])
	require.Less(t, count["kim"], 50, "she makes up for nothing: %v", count)
	count = s.route(s.leads(400))
	require.Positive(t, count[""], "Japan is full")

	// A restart in the evening. The next answer cannot be stored at first, and is made again.
	s.at(hour(0, 18, 0))
	s.counters()
	s.end()
	s.start(dir, true)
	s.counters()
	s.route(s.leads(400))
	s.counters()

	// After midnight, by the clock of the zone, caps are free again and a row is over.
	s.at(hour(1, 0, 30))
	count = s.route(s.leads(300))
	require.Zero(t, count["dee"])
	require.Positive(t, count["ina"])

	// A file that fails the lookup's test does not go live.
	s.at(hour(1, 9, 0))
	wrong := slices.Clone(s.model.rows)
	wrong[named(wrong, "nora")].owner = "olaf"
	_, err = s.upload(wrong, true)
	require.ErrorContains(t, err, "Norway is Nora's")
	s.route(s.leads(200))

	// A new file is uploaded and goes live at noon, while the service does not run: aliases, counters and what leads
	// keep stay. Its rows stand in another order, two are gone, one has another weight, one is new.
	second := slices.Clone(s.model.rows)
	slices.Reverse(second)
	second = slices.Delete(second, named(second, "eve"), named(second, "eve")+1)
	second = slices.Delete(second, named(second, "bo"), named(second, "bo")+1)
	second[named(second, "cy")].weight = 1
	second = append(second, territory{owner: "lou", country: "Germany", segment: "*", weight: 3, most: 50})
	two, err := s.upload(second, false)
	require.NoError(t, err)
	_, err = s.store.Schedule(t.Context(), "territories", tables.PublishRequest{Version: two}, tables.ScheduleOptions{At: hour(1, 12, 0), By: "ann"})
	require.NoError(t, err)
	s.at(hour(1, 11, 58))
	require.Zero(t, s.route(s.leads(200))["lou"])
	s.end()
	s.at(hour(1, 12, 5))
	s.start(dir, false)
	s.live(two)
	s.model.rows = second
	count = s.route(s.leads(400))
	require.Zero(t, count["eve"]+count["bo"])
	require.Positive(t, count["lou"])
	s.counters()

	// Another is uploaded over it at once.
	s.at(hour(1, 16, 0))
	third := slices.Clone(second)
	third[named(third, "cy")].weight = 6
	_, err = s.upload(third, true)
	require.NoError(t, err)
	s.model.rows = third
	s.route(s.leads(300))

	// Ana is away for a week. Her leads go to others and stay there; she comes back and is not flooded.
	s.at(hour(1, 18, 0))
	third = slices.Clone(third)
	ana := named(third, "ana")
	third[ana].away = [2]time.Time{hour(2, 0, 0), hour(8, 0, 0)}
	s.patch(view.Patch{Set: []view.SetRow{{Row: ana + 1, Cells: map[string]string{"away": third[ana].cells()[5]}}}})
	s.model.rows = third
	require.Positive(t, s.route(smb(100))["ana"], "she is still there")
	for day := 2; day <= 8; day++ {
		s.at(hour(day, 8+day, 0))
		s.route(s.leads(150))
		require.Zero(t, s.route(smb(50))["ana"], "day %d", day)
	}
	s.at(hour(9, 9, 0))
	count = s.route(smb(100))
	require.Positive(t, count["ana"])
	require.Less(t, count["ana"], 50, "she makes up for nothing: %v", count)
	s.route(s.leads(300))
	s.counters()

	// All is rolled back, step by step: she was never away, those who joined are gone, who was gone is back.
	s.at(hour(9, 14, 0))
	_, err = s.store.Rollback(t.Context(), "territories", tables.Lift{}, "ann")
	require.NoError(t, err)
	third = slices.Clone(third)
	third[ana].away = [2]time.Time{}
	s.model.rows = third
	s.route(s.leads(200))
	require.NoError(t, s.store.PublishTogether(t.Context(), "territories", tables.PublishRequest{Version: one, Lift: tables.Lift{Confirm: true}}, "ann"))
	s.model.rows = first
	require.Eventually(t, func() bool { return len(s.store.LostAliases()) == 1 }, soon, time.Millisecond, "kim's row is gone")
	count = s.route(smb(100))
	require.Positive(t, count["bo"])
	require.Less(t, count["bo"], 50, "he makes up for nothing: %v", count)
	count = s.route(s.leads(400))
	require.Positive(t, count["eve"])
	require.Zero(t, count["kim"]+count["lou"])
	s.end()
	s.start(dir, true)
	s.route(s.leads(300))
	s.at(hour(25, 9, 0)) // No lead keeps its owner any more.
	s.route(s.leads(300))
	s.counters()

	// One is accepted on the last minute of a day, and answered on the next one after a restart, from rows that were
	// uploaded meanwhile: caps, absences and validity are those of the day on which it was accepted.
	s.stop()
	s.at(hour(25, 23, 59))
	late := s.ask(s.leads(400))
	fourth := slices.Clone(first)
	fourth[named(fourth, "hal")].away = [2]time.Time{hour(25, 0, 0), hour(25, 0, 0)}
	fourth[named(fourth, "gus")].to = hour(25, 0, 0)
	_, err = s.upload(fourth, true)
	require.NoError(t, err)
	s.model.rows = fourth
	s.close(t)
	s.at(hour(26, 1, 0))
	s.start(dir, true)
	count = s.answered(late)
	require.Zero(t, count["hal"])
	require.Positive(t, count["gus"])
	count = s.route(s.leads(300))
	require.Zero(t, count["gus"])
	require.Positive(t, count["hal"])
	s.counters()
}
