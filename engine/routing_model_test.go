package engine_test

import (
	"fmt"
	"strings"
	"time"
)

// A territory is a row of the routing table: who gets the leads of a country and a segment.
type territory struct {
	owner, country, segment string
	weight, most            int64 // most leads in a day; 0 is no cap
	away                    [2]time.Time
	from, to                time.Time // the moment from which, and the last day on which it is valid; zero is open
}

// territoriesFile is the file of a routing table.
func territoriesFile(list []territory) string {
	text := "owner,country,segment,weight,cap,away,from,to\n"
	for i := range list {
		text += strings.Join(list[i].cells(), ",") + "\n"
	}
	return text
}

func (r *territory) cells() []string {
	written := func(at time.Time, layout string) string {
		if at.IsZero() {
			return ""
		}
		return at.Format(layout)
	}
	most, away := "", ""
	if r.most > 0 {
		most = fmt.Sprint(r.most)
	}
	if !r.away[0].IsZero() {
		away = r.away[0].Format(time.DateOnly) + ".." + r.away[1].Format(time.DateOnly)
	}
	return []string{r.owner, r.country, r.segment, fmt.Sprint(r.weight), most, away, written(r.from, time.DateTime), written(r.to, time.DateOnly)}
}

// routed is a lead that wants an owner.
type routed struct {
	id               int
	country, segment string
}

// plainTurns are what a representative has had.
type plainTurns struct {
	pass      int64
	known, in bool
	leads     int64
	days      map[string]int64
}

type plainStuck struct {
	owner string
	until time.Time
}

// plainRouting is how a routing table gives owners, as simply as it can be said: lead by lead, and row by row.
type plainRouting struct {
	zone    *time.Location
	keeps   time.Duration // how long a lead keeps its owner
	rows    []territory
	aliases map[[2]string]string // by country and segment: the owner, or empty where nobody is meant
	turns   map[string]*plainTurns
	stuck   map[int]plainStuck
}

func newPlainRouting(zone *time.Location, keeps time.Duration) *plainRouting {
	return &plainRouting{zone: zone, keeps: keeps, aliases: map[[2]string]string{}, turns: map[string]*plainTurns{}, stuck: map[int]plainStuck{}}
}

func plainForm(text string) string { return strings.ToLower(strings.TrimSpace(text)) }

func (m *plainRouting) of(owner string) *plainTurns {
	if m.turns[owner] == nil {
		m.turns[owner] = &plainTurns{days: map[string]int64{}}
	}
	return m.turns[owner]
}

// hits says that a row is one for the lead at a moment.
func (m *plainRouting) hits(r *territory, l routed, at time.Time) bool {
	return plainForm(r.country) == plainForm(l.country) && (r.segment == "*" || plainForm(r.segment) == plainForm(l.segment)) && r.valid(m.day(at), at)
}

func (r *territory) valid(day string, at time.Time) bool {
	return (r.from.IsZero() || !at.Before(r.from)) && (r.to.IsZero() || day <= r.to.Format(time.DateOnly))
}

func (m *plainRouting) day(at time.Time) string { return at.In(m.zone).Format(time.DateOnly) }

func (m *plainRouting) free(r *territory, at time.Time) bool {
	day := m.day(at)
	away := !r.away[0].IsZero() && r.away[0].Format(time.DateOnly) <= day && day <= r.away[1].Format(time.DateOnly)
	return r.weight > 0 && !away && (r.most == 0 || m.of(r.owner).days[day] < r.most)
}

// give gives each lead of an invocation its owner; empty is nobody.
func (m *plainRouting) give(leads []routed, at time.Time) (owners []string) {
	there := map[string]bool{}
	for i := range m.rows {
		there[m.rows[i].owner] = true
	}
	for owner, turns := range m.turns { // Who is gone begins anew if he comes back.
		turns.in = turns.in && there[owner]
	}
	for i := range m.rows { // So does a row that is valid again.
		if turns := m.of(m.rows[i].owner); !m.rows[i].valid(m.day(at), at) {
			turns.in = false
		}
	}
	for _, l := range leads {
		var rows []*territory
		for i := range m.rows {
			if m.hits(&m.rows[i], l, at) {
				rows = append(rows, &m.rows[i])
			}
		}
		owner := ""
		if len(rows) > 0 {
			owner = m.choose(rows, l, at)
		} else if named := m.aliases[[2]string{plainForm(l.country), plainForm(l.segment)}]; there[named] {
			owner = named
		}
		owners = append(owners, owner)
	}
	return owners
}

func (m *plainRouting) choose(rows []*territory, l routed, at time.Time) string {
	least, most := int64(-1), int64(0)
	for _, r := range rows {
		turns := m.of(r.owner)
		if !m.free(r, at) {
			turns.in = false
			continue
		}
		if turns.in && (least < 0 || turns.pass < least) {
			least = turns.pass
		}
		most = max(most, turns.pass)
	}
	if least < 0 {
		least = most
	}
	var next *territory
	for _, r := range rows {
		turns := m.of(r.owner)
		if !m.free(r, at) {
			continue
		}
		if !turns.in { // New, or back: at the smallest share.
			turns.pass, turns.known, turns.in = max(turns.pass, least), true, true
		}
		if next == nil || turns.pass < m.of(next.owner).pass {
			next = r
		}
	}
	if next == nil {
		return ""
	}
	if kept, ok := m.stuck[l.id]; ok && kept.until.After(at) {
		for _, r := range rows {
			if r.owner == kept.owner && m.free(r, at) {
				next = r
			}
		}
	}
	turns := m.of(next.owner)
	turns.pass += 1 << 32 / next.weight
	turns.leads++
	turns.days[m.day(at)]++
	turns.in = m.free(next, at)
	m.stuck[l.id] = plainStuck{next.owner, at.Add(m.keeps)}
	return next.owner
}
