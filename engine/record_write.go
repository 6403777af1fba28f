package engine

import (
	"fmt"
	"slices"
	"strings"

	"tablestep/engine/request"
	"tablestep/tables/column"
	"tablestep/tables/schema"
)

// An output may look at what the lead has before it writes: ifEmpty, ifDifferent. Then leads
// with the same tuple may have different records, but most of them have not: those with the
// same tuple and the same outputs held back share one (a variant). Where no output of a lookup
// is careful, tuples are the variants, and nothing is done a lead.

// An outputSet is a set of a lookup's outputs, by their numbers.
type outputSet [(schema.MaxOutputs + 63) / 64]uint64

func (s *outputSet) add(o int)      { s[o/64] |= 1 << (o % 64) }
func (s *outputSet) has(o int) bool { return s[o/64]&(1<<(o%64)) != 0 }
func (s *outputSet) any() bool      { return *s != outputSet{} }

// careful is which outputs of a plan look at the lead first.
type careful struct {
	outputs []carefulOutput // that Marketo sends the field of
	unsent  outputSet       // whose fields it does not send: they are never written
}

// A carefulOutput is one of them, with the field's name in this batch.
type carefulOutput struct {
	at    int
	field string
}

// any says that an output looks at the lead first.
func (c *careful) any() bool { return len(c.outputs) > 0 || c.unsent.any() }

// carefulOf finds them. Whether Marketo sends a field is known from the mapping as it was last
// told; before one was told, a field counts as sent that a lead of the request has.
func carefulOf(l *schema.Lookup, mapping *Mapping, batch *request.Batch) (c careful) {
	for o := range l.Outputs {
		out := &l.Outputs[o]
		if !out.Careful() {
			continue
		}
		name, there := batch.Resolve(out.Field)
		sent := there
		if len(mapping.Invocation) > 0 {
			sent = slices.ContainsFunc(mapping.Invocation, func(field string) bool { return strings.EqualFold(field, out.Field) })
		}
		switch {
		case !sent:
			c.unsent.add(o)
		case there:
			c.outputs = append(c.outputs, carefulOutput{o, name})
		default:
			c.outputs = append(c.outputs, carefulOutput{o, out.Field}) // It is empty in all of these leads.
		}
	}
	return c
}

// An intent is what a lookup would write for a tuple.
type intent uint8

const (
	writesNothing  intent = iota
	writesCells           // of the row that was hit
	writesDefaults        // because none was
	writesClear
)

// holding is which outputs of which leads of a hop are held back; empty where none of its
// outputs is careful.
type holding struct {
	held []outputSet // of each lead
	of   []uint32    // the variant of each lead
	list []variant
}

// holder is the memory by which that is found out.
type holder struct {
	builder column.Builder
	intents []intent // of each tuple
	wanted  []string // of each tuple: the form of what an output would write
	able    []bool   // of each tuple: there is such a form
	forms   []string // of each value that leads have
	known   map[variant]uint32
}

// A variant is what leads share that have one record.
type variant struct {
	tuple uint32
	held  outputSet
}

// reset forgets the group before.
func (h *holding) reset() { h.of, h.list, h.held = h.of[:0], h.list[:0], h.held[:0] }

// hold finds out what is held back for the leads of a group whose tuples were looked up.
func (ws *Workspace) hold(p *plan, leads []int32) {
	if !p.careful.any() {
		return
	}
	h, m := &ws.holding, &ws.holder
	h.held = append(h.held[:0], make([]outputSet, len(leads))...)
	m.intents = m.intents[:0]
	for t := range ws.tuples.count {
		m.intents = append(m.intents, ws.intent(p, t))
	}
	for o := range p.lookup.Outputs {
		if p.careful.unsent.has(o) {
			for k := range leads {
				if ws.intends(p, o, int(ws.tuples.of[k])) {
					h.held[k].add(o)
				}
			}
		}
	}
	for _, c := range p.careful.outputs {
		ws.leadColumn(c.field, leads, &m.builder)
		if v := m.builder.Vector(); p.lookup.Outputs[c.at].Write == schema.WriteIfEmpty {
			ws.holdFull(p, c.at, v)
		} else {
			ws.holdSame(p, c.at, v)
		}
	}
	clear(m.wanted) // They may be cells, which keep the version that they are of.
	if m.known == nil {
		m.known = make(map[variant]uint32)
	}
	clear(m.known)
	for k := range leads {
		one := variant{ws.tuples.of[k], h.held[k]}
		n, ok := m.known[one]
		if !ok {
			n = uint32(len(h.list))
			m.known[one] = n
			h.list = append(h.list, one)
		}
		h.of = append(h.of, n)
	}
}

// intent is what the lookup would write for a tuple.
func (ws *Workspace) intent(p *plan, t int) intent {
	switch f := &ws.found.Found[t]; {
	case f.Unreached || f.Ambiguous || f.Problem != "":
		return writesNothing
	case f.Row >= 0:
		return writesCells
	case p.lookup.OnNoMatch == schema.NoMatchDefault:
		return writesDefaults
	case p.lookup.OnNoMatch == schema.NoMatchClear:
		return writesClear
	}
	return writesNothing
}

// intends says that output o would be written for tuple t.
func (ws *Workspace) intends(p *plan, o, t int) bool {
	intent := ws.holder.intents[t]
	return intent == writesClear || !isEmpty(ws.wouldWrite(p, o, t, intent))
}

// wouldWrite is the text that output o would be written with for tuple t.
func (ws *Workspace) wouldWrite(p *plan, o, t int, intent intent) string {
	switch intent {
	case writesCells:
		return ws.found.Cells[o][t]
	case writesDefaults:
		return p.lookup.Outputs[o].Default
	}
	return ""
}

// holdFull holds an output back where the lead's field is not empty. It never clears one: a
// field that is empty is, and another is not touched.
func (ws *Workspace) holdFull(p *plan, o int, v column.Vector) {
	h, m := &ws.holding, &ws.holder
	for k, t := range ws.tuples.of {
		full := m.intents[t] == writesClear || !blank(v.At(k))
		if full && ws.intends(p, o, int(t)) {
			h.held[k].add(o)
		}
	}
}

// holdSame holds an output back where the lead's field holds already what would be written.
func (ws *Workspace) holdSame(p *plan, o int, v column.Vector) {
	h, out := &ws.holder, &p.lookup.Outputs[o]
	h.forms = h.forms[:0]
	for _, value := range v.Values {
		form, ok := "", true // of an empty field
		if !blank(value) {
			form, ok = schema.HeldForm(out.Type, value.Text)
		}
		if !ok {
			form = value.Text // which is no form of what can be written
		}
		h.forms = append(h.forms, form)
	}
	h.wanted, h.able = h.wanted[:0], h.able[:0]
	for t := range ws.tuples.count {
		form, ok := ws.wantedForm(p, o, t)
		h.wanted, h.able = append(h.wanted, form), append(h.able, ok)
	}
	for k, t := range ws.tuples.of {
		if h.able[t] && h.wanted[t] == h.forms[v.Codes[k]] {
			ws.holding.held[k].add(o)
		}
	}
}

// wantedForm is the form in which Marketo would hold what output o writes for tuple t; ok is
// false where it writes nothing, or what cannot be written, as the record will say.
func (ws *Workspace) wantedForm(p *plan, o, t int) (form string, ok bool) {
	intent, notation := ws.holder.intents[t], &ws.pieces.notations[o]
	text := ws.wouldWrite(p, o, t, intent)
	switch {
	case intent == writesClear:
		return "", true
	case isEmpty(text):
		return "", false
	case intent == writesDefaults:
		notation = &plainly
	}
	return notation.WrittenForm(p.lookup.Outputs[o].Type, text)
}

// variants is how many different records a hop has that no rules tell apart.
func (h *hop) variants() int {
	if len(h.holding.of) > 0 {
		return len(h.holding.list)
	}
	return h.tuples.count
}

// variant is the tuple of record v, and what is held back in it.
func (h *hop) variant(v int) (tuple int, held outputSet) {
	if len(h.holding.of) > 0 {
		return int(h.holding.list[v].tuple), h.holding.list[v].held
	}
	return v, outputSet{}
}

// variantOf is the record of the hop's lead j.
func (h *hop) variantOf(j int) uint32 {
	if len(h.holding.of) > 0 {
		return h.holding.of[j]
	}
	return h.tuples.of[j]
}

// heldOf is what is held back for the hop's lead j.
func (h *hop) heldOf(j int) outputSet {
	if len(h.holding.held) > 0 {
		return h.holding.held[j]
	}
	return outputSet{}
}

// heldAt is what is held back for lead k of the group, which has come to the hop.
func (h *hop) heldAt(k int) outputSet {
	if len(h.at) > 0 {
		k = int(h.at[k])
	}
	return h.heldOf(k)
}

// keeps says that the hop's lead j keeps what it has in the field of output o.
func (h *hop) keeps(j, o int) bool {
	held := h.heldOf(j)
	return held.has(o) && !h.plan.careful.unsent.has(o)
}

// A kept is an output that a lookup would have written.
type kept struct {
	plan *plan
	at   int
	why  string
}

// holdsBack says that output o, which a lookup would write now, is held back, and notes it.
func (r *record) holdsBack(p *plan, o int) bool {
	if !r.held.has(o) {
		return false
	}
	why := "the lead's field is not empty"
	switch {
	case p.careful.unsent.has(o):
		why = notSent
	case p.lookup.Outputs[o].Write == schema.WriteIfDifferent:
		why = "the lead's field holds this already"
	case r.matched == no && p.lookup.OnNoMatch == schema.NoMatchClear:
		why = "ifEmpty never clears a field"
	}
	r.kept = append(r.kept, kept{p, o, why})
	return true
}

const notSent = "Marketo does not send the field, so nobody knows what it holds"

// explainUnsent says which fields were not written because nobody knows what they hold.
func (r *record) explainUnsent() {
	var fields, lookups []string
	for _, k := range r.kept {
		if !k.plan.careful.unsent.has(k.at) {
			continue
		}
		if field := k.plan.lookup.Outputs[k.at].Field; !slices.Contains(fields, field) {
			fields = append(fields, field)
		}
		if !slices.Contains(lookups, k.plan.name) {
			lookups = append(lookups, k.plan.name)
		}
	}
	if len(fields) == 0 {
		return
	}
	what, was, it := "field", "was", "it holds; map it"
	if len(fields) > 1 {
		what, was, it = "fields", "were", "they hold; map them"
	}
	r.unsent = true
	r.reason = fmt.Appendf(r.reason[:0], "lookup %s: %s %s %s not written, because Marketo does not send what %s in the service's outgoing fields", strings.Join(lookups, ", "), what, quotedList(fields, "and"), was, it)
}

// A NotWritten is an output that was not written because of what the lead has, or because
// nobody knows that.
type NotWritten struct {
	Field string `json:"field"`
	Write string `json:"write"`
	Why   string `json:"why"`
}

// notWritten tells what a record holds back.
func (r *record) notWritten() []NotWritten {
	if r.code != "" || len(r.kept) == 0 {
		return nil
	}
	list := make([]NotWritten, 0, len(r.kept))
	for _, k := range r.kept {
		out := &k.plan.lookup.Outputs[k.at]
		list = append(list, NotWritten{out.Field, string(out.Write), k.why})
	}
	return list
}
