//go:build fault

package main_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// audit asks a service that has just started what it holds, settles what became of
// the changes whose answers were lost, and holds everything acknowledged against it.
// Nothing is changed meanwhile.
func (w *world) audit(l *life) {
	for _, x := range []*worldTable{w.alpha, w.beta, w.wide, w.brief} {
		x.audit(l)
	}
	for _, x := range []*worldRuleSet{w.judge, w.fleeting} {
		x.audit(l)
	}
}

// settle compares what a thing is with what it may be: what it was, or what an open
// change would have made of it.
func (w *world) settle(x *thing, found state) {
	open := x.open
	x.open = nil
	switch {
	case found == x.now():
	case open == nil:
		w.fault("LOST", "%s is %s after the start; the last that was acknowledged is %s", x.name, found, x.now())
		x.became(found, w.now(), w.now()) // to go on with
	case open.next != nil && *open.next != found:
		w.fault("LOST", "%s is %s after the start; the last that was acknowledged is %s, and under way was %s", x.name, found, x.now(), open.what)
		x.became(found, open.from, w.reborn)
	case open.next == nil && !slices.ContainsFunc(x.stays, func(s stay) bool { return s.state == found }):
		w.fault("LOST", "%s is %s after a rollback, which it never was", x.name, found)
		x.became(found, open.from, w.reborn)
	default:
		x.became(found, open.from, w.reborn)
	}
}

// A tableFound is what the service tells of a table.
type tableFound struct {
	Live     int
	Versions []struct {
		Version int
		Live    bool
		Rows    int
	}
	Lookups []struct {
		Name    string
		Guessed bool
		RuleSet string
		Match   []struct{ Column string }
		Outputs []struct{ Field string }
	}
}

// lookup is the lookup of a name as the service has it.
func (f *tableFound) lookup(name string) state {
	for _, l := range f.Lookups {
		if l.Name != name || l.Guessed || len(l.Outputs) != 1 || len(l.Match) == 0 {
			continue
		}
		serial, err := strconv.Atoi(strings.TrimPrefix(l.Outputs[0].Field, name+"_"))
		if err == nil {
			column := l.Match[0].Column
			if len(l.Match) > 1 {
				column = bothColumns
			}
			return state{serial: serial, column: column, ruleSet: l.RuleSet}
		}
	}
	return state{gone: true}
}

func (x *worldTable) audit(l *life) {
	a := l.call(http.MethodGet, x.path, "")
	if a.status == http.StatusNotFound {
		x.held = nil
		x.w.settle(&x.thing, state{gone: true})
		return
	}
	if a.status != http.StatusOK {
		a.unexpected()
		return
	}
	var found tableFound
	a.decode(&found)
	slices.Reverse(found.Versions) // the oldest first
	for _, v := range found.Versions {
		x.meets(l, v.Version, v.Rows, v.Live)
	}
	now := state{version: x.versions[found.Live]}
	if now.version == nil {
		x.w.fault("LOST", "%s: the live version %d was never made; %s was acknowledged", x.name, found.Live, x.now())
		return
	}
	if x == x.w.brief {
		now.serial = found.lookup("named").serial
	}
	x.w.settle(&x.thing, now)
	x.unsure = nil
	x.same(l, now.version)
	for _, v := range x.held {
		if !slices.ContainsFunc(found.Versions, func(f struct {
			Version int
			Live    bool
			Rows    int
		},
		) bool {
			return f.Version == v.number
		}) {
			x.mayBeGone(v)
		}
	}
	for _, look := range x.w.lookupsOf(x) {
		x.w.settle(&look.thing, found.lookup(strings.TrimSuffix(look.prefix, "_")))
	}
}

// lookupsOf gives the lookups that are things of their own.
func (w *world) lookupsOf(x *worldTable) []*worldLookup {
	switch x {
	case w.alpha:
		return []*worldLookup{w.alphaLookup, w.second}
	case w.beta:
		return []*worldLookup{w.betaLookup}
	}
	return nil
}

// meets takes note of a version that the service has: a known one, or what a lost
// upload or patch has made.
func (x *worldTable) meets(l *life, number, rows int, live bool) {
	v := x.versions[number]
	switch {
	case v != nil:
	case live && x.open != nil && x.open.next != nil && x.open.next.version != nil && x.open.next.version.number == 0:
		v = x.open.next.version
		x.known(v, number)
	case !live && x.unsure != nil && x.unsure.number == 0:
		v = x.unsure
		x.known(v, number)
		x.same(l, v)
	default:
		x.w.fault("LOST", "%s has a version %d (live: %t), which nobody made", x.name, number, live)
		return
	}
	if rows != v.size {
		x.w.fault("LOST", "%s: %s has %d rows after the start", x.name, v, rows)
	}
}

// same reads a version, of a large one the first rows, and compares cell by cell.
func (x *worldTable) same(l *life, v *worldVersion) {
	limit := min(v.size, 2*smallKeys)
	a := l.call(http.MethodGet, fmt.Sprintf("%s/rows?version=%d&limit=%d", x.path, v.number, limit), "")
	if a.status != http.StatusOK {
		a.unexpected()
		return
	}
	var page struct {
		Total int
		Rows  []struct{ Cells []string }
	}
	a.decode(&page)
	if page.Total != v.size || len(page.Rows) != limit {
		x.w.fault("LOST", "%s: %s has %d rows, %d on the page, after the start", x.name, v, page.Total, len(page.Rows))
		return
	}
	for i, r := range page.Rows {
		want := v.row(i)
		if len(r.Cells) != 4 || r.Cells[0] != want.key || r.Cells[1] != want.alias || r.Cells[2] != want.origin {
			x.w.fault("LOST", "%s: row %d of %s is %v, not %v", x.name, i+1, v, r.Cells, want)
			return
		}
	}
}

var sourceSerial = regexp.MustCompile(`judged: '"[a-z]+/(\d+)"'`)

func (x *worldRuleSet) audit(l *life) {
	a := l.call(http.MethodGet, x.path, "")
	if a.status == http.StatusNotFound {
		x.w.settle(&x.thing, state{gone: true})
		return
	}
	if a.status != http.StatusOK {
		a.unexpected()
		return
	}
	var found struct {
		Live     int
		Source   string
		Versions []struct{ Version int }
	}
	a.decode(&found)
	m := sourceSerial.FindStringSubmatch(found.Source)
	if m == nil {
		x.w.fault("LOST", "%s is live with the source %q", x.name, found.Source)
		return
	}
	serial, err := strconv.Atoi(m[1])
	if err != nil {
		panic(err)
	}
	x.w.settle(&x.thing, state{serial: serial})
	for _, v := range found.Versions {
		x.newest = max(x.newest, v.Version)
	}
	if known, ok := x.numbers[found.Live]; ok && known != serial {
		x.w.fault("LOST", "%s: version %d was source %d and is source %d", x.name, found.Live, known, serial)
	}
	x.numbers[found.Live] = serial
}
