//go:build fault

package main_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
)

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
