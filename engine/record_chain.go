package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"tablestep/engine/rules"
	"tablestep/tables/column"
	"tablestep/tables/schema"
)

// recordWay makes the record of lead k of a group that has gone through a chain; acts is k, or
// -1 where no rules are run. Each lookup that hit writes, later ones over earlier ones; the last
// one that was tried decides what a miss is.
func (ws *Workspace) recordWay(p *plan, k, acts int) *record {
	r := &ws.making
	steps := ws.stepsOf(k)
	r.reset(int(steps[0].tuple))
	r.way = steps
	last := steps[len(steps)-1]
	failure := ws.chainFailure(last, acts)
	clear(ws.chain.writes.at)
	for n, s := range steps {
		h := ws.hops[s.hop]
		ws.hop = h
		if s.tuple < 0 {
			r.reason = append(ws.appendWay(r.reason[:0], steps), h.plan.fail.reason...)
			r.fail(h.plan.fail.code)
			break
		}
		if failure != nil {
			r.lookedUp(h, &h.found.Found[s.tuple])
			continue
		}
		if n < len(steps)-1 && !h.hits(int(s.tuple)) {
			r.tried(h)
			r.missed()
			continue // Another one is tried in its place.
		}
		before := len(r.fields)
		r.held = h.heldAt(k)
		if !ws.recordTuple(r, h.plan, int(s.tuple), acts) {
			if n > 0 {
				r.reason = append(ws.appendWay(nil, steps), r.reason...)
			}
			break
		}
		ws.chain.writes.merge(r, before, h.plan.unconfirmed)
	}
	ws.hop = ws.hops[0]
	switch {
	case r.code != "":
	case failure != nil:
		r.failByRule(p.program, failure)
	default:
		r.tell()
		ws.finish(r, p, acts)
	}
	return r
}

// chainFailure is why the rules failed a lead whose way ended with a step; acts is -1 where none
// were run. They say nothing of a lead that was not looked up to its end.
func (ws *Workspace) chainFailure(last step, acts int) *rules.Failure {
	if acts < 0 || last.tuple < 0 || ws.hops[last.hop].found.Found[last.tuple].Unreached {
		return nil
	}
	return ws.rules.results.Failure(acts)
}

// appendWay begins the reason of a record that fails behind the first lookup: with the lookup
// that it fails in, and the way there.
func (ws *Workspace) appendWay(b []byte, steps []step) []byte {
	names := make([]schema.LookupName, len(steps))
	for i, s := range steps {
		names[i] = ws.hops[s.hop].plan.lookupName()
	}
	return fmt.Appendf(b, "%s (%s): ", names[len(names)-1], chainText(names))
}

// lookupName is that of the lookup that the plan binds.
func (p *plan) lookupName() schema.LookupName {
	if p.snapshot == nil {
		return schema.ParseLookupName(p.name)
	}
	return schema.LookupName{Table: p.table, Lookup: p.lookup.Name}
}

// tell puts the fields that are only told before those that are written.
func (r *record) tell() {
	slices.SortStableFunc(r.fields, func(a, b written) int {
		switch {
		case a.told == b.told:
			return 0
		case a.told:
			return -1
		}
		return 1
	})
	r.told = 0
	for r.told < len(r.fields) && r.fields[r.told].told {
		r.told++
	}
}

// withholdWay says which lookups of the way have written nothing.
func (ws *Workspace) withholdWay(r *record, p *plan) {
	var names []string
	for n, s := range r.way {
		h := ws.hops[s.hop]
		last := n == len(r.way)-1
		if h.plan.unconfirmed && (h.hits(int(s.tuple)) || last && r.told > 0) {
			names = append(names, h.plan.lookupName().String())
		}
	}
	if len(names) == 0 {
		return
	}
	r.unconfirmed = true
	r.reason = append(append(append(r.reason[:0], "lookup "...), names[0]...), " is not confirmed: nothing was written"...)
	if len(names) > 1 {
		r.reason = fmt.Appendf(r.reason[:0], "lookups %s are not confirmed: nothing was written", strings.Join(names, ", "))
	}
	if len(r.fields) > r.told {
		r.reason = append(r.reason, " but what the other lookups"...)
		if p.program != nil {
			r.reason = fmt.Appendf(r.reason, " and rule set %s", p.program.name)
		}
		r.reason = append(r.reason, " write"...)
	}
}

// fieldSlots number the fields that the lookups of a chain write, so that the record of a lead has
// each once.
type fieldSlots struct {
	of map[string]int32 // by the name in small letters: for Marketo, case makes no other field
	at []int32          // of each, in the record in the making: 1 + which one of its fields; 0 for none
}

func (f *fieldSlots) reset() {
	if f.of == nil {
		f.of = map[string]int32{}
	}
	clear(f.of)
	f.at = f.at[:0]
}

// number gives the outputs of a hop their numbers.
func (f *fieldSlots) number(h *hop) {
	for o := range h.pieces.fields {
		field := &h.pieces.fields[o]
		name := strings.ToLower(field.name)
		n, ok := f.of[name]
		if !ok {
			n = int32(len(f.at))
			f.of[name] = n
			f.at = append(f.at, 0)
		}
		field.slot = n
	}
}

// merge lets the fields of a record from a place on, which one lookup has added, win over those
// of lookups before it. What is only told wins over nothing that is written.
func (f *fieldSlots) merge(r *record, from int, told bool) {
	kept := from
	for _, w := range r.fields[from:] {
		w.told = told
		at := &f.at[w.field.slot]
		switch {
		case *at == 0:
			r.fields[kept] = w
			kept++
			*at = int32(kept)
		case !told || r.fields[*at-1].told:
			r.fields[*at-1] = w
		}
	}
	r.fields = r.fields[:kept]
}

// appendSearches says what was looked up in each lookup of a way, as it stands within a JSON
// string.
func (ws *Workspace) appendSearches(b []byte, r *record) []byte {
	n := 0
	for _, s := range r.way {
		if s.tuple < 0 {
			continue
		}
		h := ws.hops[s.hop]
		n += len("; ") + h.pieces.table.length
		for m, key := range h.tuples.keys {
			n += h.pieces.keys[m].length + len(key[s.tuple])
		}
	}
	if n > textLimit {
		return schema.AppendJSONText(b, cut(ws.searches(r), textLimit))
	}
	for i, s := range r.way {
		if s.tuple < 0 {
			continue
		}
		h := ws.hops[s.hop]
		if i > 0 {
			b = append(b, "; "...)
		}
		b = append(b, h.pieces.table.json...)
		for m, key := range h.tuples.keys {
			b = schema.AppendJSONText(append(b, h.pieces.keys[m].json...), key[s.tuple])
		}
	}
	return b
}

// searches is the text that appendSearches writes, uncut.
func (ws *Workspace) searches(r *record) string {
	var b strings.Builder
	for i, s := range r.way {
		if s.tuple < 0 {
			continue
		}
		if i > 0 {
			b.WriteString("; ")
		}
		ws.hop = ws.hops[s.hop]
		b.WriteString(ws.search(ws.hop.plan, int(s.tuple)))
	}
	ws.hop = ws.hops[0]
	return b.String()
}

// wayColumn fills b with a column of the rows that the leads of a group hit last in a chain; the
// empty name stands for the row itself.
func (ws *Workspace) wayColumn(ctx context.Context, leads []int32, name string, b *column.Builder) {
	c, r := &ws.chain, &ws.rules
	c.texts = append(c.texts[:0], make([]string, len(leads))...)
	c.kinds = append(c.kinds[:0], make([]column.Kind, len(leads))...)
	for _, h := range ws.hops[:c.used] {
		if len(h.leads) == 0 || h.plan.fail != nil {
			continue
		}
		at, has := h.plan.snapshot.Column(name)
		if has = has && name != ""; has {
			r.rows = r.rows[:0]
			for t := range h.found.Found {
				row := int32(-1)
				if h.hits(t) {
					row = h.found.Found[t].Row
				}
				r.rows = append(r.rows, row)
			}
			r.cells = append(r.cells[:0], make([]string, len(r.rows))...)
			if err := h.plan.snapshot.Gather(ctx, at, r.rows, r.cells); err != nil && r.err == nil {
				r.err = err
			}
		}
		for j, k := range h.places {
			t := h.tuples.of[j]
			switch {
			case !h.hits(int(t)):
			case name == "":
				c.kinds[k], c.texts[k] = column.Bool, "true"
			case has:
				c.kinds[k], c.texts[k] = column.Text, r.cells[t]
			default:
				c.kinds[k] = column.Null // The row that counts has no such column.
			}
		}
	}
	b.Reset(len(leads))
	for k := range leads {
		b.Append(c.kinds[k], c.texts[k])
	}
}

// plans are the one of a group's choice and those of the lookups that its leads have come to.
func (ws *Workspace) plans() []*plan { return ws.chain.plans }
