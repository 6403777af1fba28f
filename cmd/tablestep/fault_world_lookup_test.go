//go:build fault

package main_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
)

// A worldLookup is a lookup that is set anew again and again. The field that it
// writes ends in its serial, so that an answer proves which one it was.
type worldLookup struct {
	thing
	w        *world
	path     string
	prefix   string        // of the field
	columns  []string      // one of which it matches with the lead's key
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
	a := l.call(http.MethodPut, x.path, lookupBody(next, x.prefix))
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

// bothColumns stands for two match entries. They find the same rows as the key does.
const bothColumns = "key+alias"

func lookupBody(s state, prefix string) string {
	match := fmt.Sprintf(`{"column":%q,"field":"key"}`, s.column)
	if s.column == bothColumns {
		match = `{"column":"key","field":"key"},{"column":"alias","field":"alias"}`
	}
	return fmt.Sprintf(`{"match":[%s],"outputs":[{"column":"origin","field":"%s%d"}],"ruleSet":%q}`, match, prefix, s.serial, s.ruleSet)
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
	a := l.call(http.MethodPut, x.path+"/lookups/named", lookupBody(state{serial: next.serial, column: "key"}, "named_"))
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
