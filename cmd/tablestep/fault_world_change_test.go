//go:build fault

package main_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// A worldLookup is a lookup that is set anew again and again. The field that it
// writes ends in its serial, so that an answer proves which one it was.
type worldLookup struct {
	thing
	w        *world
	path     string
	prefix   string        // of the field
	field    string        // of the lead, that it matches
	columns  []string      // one of which it matches
	ruleSets []string      // one of which it runs
	mayGo    bool          // it is deleted now and then
	bySerial map[int]state // all that ever were
}

func newWorldLookup(w *world, table, name string, l worldLookup) *worldLookup {
	l.thing = thing{name: "lookup " + table + "/" + name, stays: []stay{{state: state{gone: true}}}}
	l.w, l.path, l.prefix, l.bySerial = w, "/api/v1/tables/"+table+"/lookups/"+name, name+"_", map[int]state{}
	return &l
}

func (x *worldLookup) put(l *life, r *rand.Rand) bool {
	next := state{serial: x.w.serial(), column: x.columns[r.IntN(len(x.columns))], ruleSet: x.ruleSets[r.IntN(len(x.ruleSets))]}
	x.bySerial[next.serial] = next
	a := l.call(http.MethodPut, x.path, lookupBody(next, x.prefix, x.field))
	switch {
	case a.lost:
		x.open = &attempt{"the setting of " + next.String(), a.from, &next}
	case a.status == http.StatusOK:
		x.became(next, a.from, a.to)
	case a.status != http.StatusConflict: // versions kept going live meanwhile
		a.unexpected()
	}
	return !a.lost
}

func lookupBody(s state, prefix, field string) string {
	return fmt.Sprintf(`{"match":[{"column":%q,"field":%q}],"outputs":[{"column":"origin","field":"%s%d"}],"ruleSet":%q}`,
		s.column, field, prefix, s.serial, s.ruleSet)
}

func (x *worldLookup) remove(l *life) bool {
	next := state{gone: true}
	a := l.call(http.MethodDelete, x.path+"?force=true", "")
	switch {
	case a.lost:
		x.open = &attempt{"a deletion", a.from, &next}
	case a.status == http.StatusNoContent:
		x.became(next, a.from, a.to)
	default:
		a.unexpected()
	}
	return !a.lost
}

// putSecond gives brief its second lookup, which goes with the table.
func (x *worldTable) putSecond(l *life) bool {
	next := state{version: x.now().version, serial: x.w.serial()}
	a := l.call(http.MethodPut, x.path+"/lookups/named", lookupBody(state{serial: next.serial, column: "key"}, "named_", "key"))
	switch {
	case a.lost:
		x.open = &attempt{"the setting of lookup named", a.from, &next}
	case a.status == http.StatusOK:
		x.became(next, a.from, a.to)
	default:
		a.unexpected()
	}
	return !a.lost
}

// A worldRuleSet writes the serial of its source and what it sees in the tables.
type worldRuleSet struct {
	thing
	w       *world
	path    string
	numbers map[int]int // serial by the service's number
	newest  int         // number
}

func newWorldRuleSet(w *world, name string) *worldRuleSet {
	return &worldRuleSet{
		thing: thing{name: "rule set " + name, stays: []stay{{state: state{gone: true}}}},
		w:     w, path: "/api/v1/rulesets/" + name, numbers: map[int]int{},
	}
}

func (x *worldRuleSet) short() string { return x.name[len("rule set "):] }

func ruleSource(name string, serial int) string {
	return fmt.Sprintf(`name: %[1]s
rules:
  - name: all
    when: lead.key != nil
    set:
      judged: '"%[1]s/%[2]d"'
    activity:
      value1: lookup("alpha", lead.key).origin
      value2: lookup("beta", lead.key).origin
      value3: lookup("alpha", "stamp").origin + " " + lookup("beta", "stamp").origin
      value4: row.origin
      flag1: exists("alpha", lead.key)
      flag2: exists("beta", lead.key)
`, name, serial)
}

func (x *worldRuleSet) put(l *life, publish bool) bool {
	next := state{serial: x.w.serial()}
	a := l.call(http.MethodPut, fmt.Sprintf("%s?publish=%t", x.path, publish), ruleSource(x.short(), next.serial))
	switch {
	case a.lost && publish:
		x.open = &attempt{fmt.Sprintf("the publishing of source %d", next.serial), a.from, &next}
	case a.lost:
	case a.status == http.StatusOK, a.status == http.StatusCreated:
		var told struct{ Version int }
		a.decode(&told)
		if told.Version <= x.newest {
			x.w.fault("number", "%s: version %d was made after version %d", x.name, told.Version, x.newest)
		}
		x.newest = told.Version
		x.numbers[told.Version] = next.serial
		if publish {
			x.became(next, a.from, a.to)
		}
	default:
		a.unexpected()
	}
	return !a.lost
}

func (x *worldRuleSet) publish(l *life, r *rand.Rand) bool {
	number := max(1, x.newest-r.IntN(x.w.keep+2))
	serial, ok := x.numbers[number]
	if !ok {
		return true
	}
	next := state{serial: serial}
	a := l.call(http.MethodPost, x.path+"/live?force=true", fmt.Sprintf(`{"version":%d}`, number))
	switch {
	case a.lost:
		x.open = &attempt{fmt.Sprintf("the publishing of source %d", serial), a.from, &next}
	case a.status == http.StatusOK:
		x.became(next, a.from, a.to)
	case a.status == http.StatusNotFound && number <= x.newest-x.w.keep:
	default:
		a.unexpected()
	}
	return !a.lost
}

func (x *worldRuleSet) rollback(l *life) bool {
	a := l.call(http.MethodPost, x.path+"/live?force=true", `{"rollback":true}`)
	switch {
	case a.lost:
		x.open = &attempt{"a rollback", a.from, nil}
	case a.status == http.StatusOK:
		var told struct{ Live int }
		a.decode(&told)
		serial, ok := x.numbers[told.Live]
		if !ok || serial == x.now().serial {
			x.w.fault("rollback", "%s: a rollback from source %d led to version %d (source %d)", x.name, x.now().serial, told.Live, serial)
			return false
		}
		x.became(state{serial: serial}, a.from, a.to)
	case a.status != http.StatusNotFound:
		a.unexpected()
	}
	return !a.lost
}

func (x *worldRuleSet) remove(l *life) bool {
	a := l.call(http.MethodDelete, x.path+"?force=true", "")
	switch {
	case a.lost:
		x.open = &attempt{"a deletion", a.from, &state{gone: true}}
	case a.status == http.StatusNoContent:
		x.became(state{gone: true}, a.from, a.to)
	default:
		a.unexpected()
	}
	return !a.lost
}

// Weather is what changes in a round.
type weather uint8

const (
	changeable     weather = iota // everything
	patching                      // one table, row by row, without a pause
	fleetingThings                // what is deleted now and then, and lookups and rule sets, without a pause
	weathers
)

// writers change everything until the process ends, each thing by one goroutine.
// One that got no answer stops: what became of its change is asked after the start.
func (w *world) writers(l *life, g *sync.WaitGroup, weather weather) {
	writer := func(pause int, change func(r *rand.Rand, n int) bool) {
		r := w.random()
		g.Go(func() {
			for n := 0; !l.dying.Load() && change(r, n); n++ {
				if pause > 0 {
					time.Sleep(time.Duration(r.IntN(pause)) * time.Millisecond)
				}
			}
		})
	}
	if weather == patching {
		writer(0, func(r *rand.Rand, _ int) bool { return w.alpha.patch(l, r) })
		return
	}
	pause := 40
	if weather == fleetingThings {
		pause = 1
	} else {
		writer(10, func(r *rand.Rand, _ int) bool { return w.changeAlpha(l, r) })
		writer(40, func(r *rand.Rand, _ int) bool { return w.changeBeta(l, r) })
		writer(1200, func(r *rand.Rand, n int) bool { return n == 0 || w.changeWide(l, r) })
	}
	writer(pause, func(r *rand.Rand, _ int) bool { return w.changeBrief(l, r) })
	writer(pause, func(r *rand.Rand, _ int) bool { return w.changeLookups(l, r) })
	writer(pause, func(r *rand.Rand, _ int) bool { return w.changeRules(l, r) })
}

func (w *world) changeAlpha(l *life, r *rand.Rand) bool {
	switch n := r.IntN(40); {
	case n < 3:
		return w.alpha.upload(l, r, true)
	case n < 4:
		return w.alpha.upload(l, r, false)
	case n < 6:
		return w.alpha.publish(l, r)
	case n < 7:
		return w.alpha.rollback(l)
	}
	return w.alpha.patch(l, r)
}

func (w *world) changeBeta(l *life, r *rand.Rand) bool {
	switch r.IntN(6) {
	case 0:
		return w.beta.upload(l, r, false)
	case 1:
		return w.beta.publish(l, r)
	case 2:
		return w.beta.rollback(l)
	}
	return w.beta.upload(l, r, true)
}

func (w *world) changeWide(l *life, r *rand.Rand) bool {
	if r.IntN(4) == 0 {
		return w.wide.rollback(l)
	}
	return w.wide.upload(l, r, true)
}

func (w *world) changeBrief(l *life, r *rand.Rand) bool {
	switch n := r.IntN(5); {
	case w.brief.now().gone:
		return w.brief.upload(l, r, true)
	case n == 0:
		return w.brief.remove(l)
	case n <= 2:
		return w.brief.putSecond(l)
	}
	return w.brief.upload(l, r, true)
}

func (w *world) changeLookups(l *life, r *rand.Rand) bool {
	switch n := r.IntN(4); {
	case n == 0:
		return w.alphaLookup.put(l, r)
	case n == 1:
		return w.betaLookup.put(l, r)
	case !w.second.now().gone && r.IntN(3) == 0:
		return w.second.remove(l)
	}
	return w.second.put(l, r)
}

func (w *world) changeRules(l *life, r *rand.Rand) bool {
	switch r.IntN(8) {
	case 0:
		return w.judge.put(l, false)
	case 1:
		return w.judge.publish(l, r)
	case 2:
		return w.judge.rollback(l)
	case 3, 4:
		if !w.fleeting.now().gone {
			return w.fleeting.remove(l)
		}
		return w.fleeting.put(l, true)
	case 5:
		return w.fleeting.put(l, true)
	}
	return w.judge.put(l, true)
}
