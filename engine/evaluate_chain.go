package engine

import (
	"context"
	"slices"

	"tablestep/tables/column"
	"tablestep/tables/schema"
)

// A chainRun is what becomes of a group whose lookup is followed by others, and the memory for
// the next one. Each lookup is gone through once, with all leads that come to it by whatever
// way, and behind all lookups from which leads come.
type chainRun struct {
	used    int     // hops of the workspace
	plans   []*plan // that were bound, the one of the choice first
	overlay overlay
	beneath column.Builder // a field of the request, under an overlay
	to      []int8         // of each tuple of a hop: the link that its leads go on to, -1 for none
	steps   []step
	ways    ways
	writes  fieldSlots
	texts   []string // of a column of rows, a lead
	kinds   []column.Kind
}

// begin forgets the group before.
func (c *chainRun) begin(p *plan) {
	c.used = 1
	c.plans = append(c.plans[:0], p)
	c.overlay.fields = nil
}

// trim lets go of what may keep blocks of a version that is no longer used.
func (c *chainRun) trim() {
	clear(c.overlay.values[:cap(c.overlay.values)])
	clear(c.texts[:cap(c.texts)])
	clear(c.plans[:cap(c.plans)])
}

// A step is a lookup that a lead has come to, by its hop, and the tuple by which it was looked
// up there, -1 where the lookup cannot be used.
type step struct {
	hop   int32
	tuple int32
}

// evaluateChain answers a group whose leads have been looked up in the first lookup of a chain.
func (ws *Workspace) evaluateChain(ctx context.Context, w *world, p *plan, leads []int32) error {
	if err := ws.goThrough(ctx, w, p, leads); err != nil {
		return err
	}
	if p.program != nil {
		if err := ws.runRules(ctx, w, p, leads); err != nil {
			return err
		}
	}
	shares := p.program == nil && ws.hops[0].variants() < len(leads)
	if shares {
		ws.chain.ways.sort(ws, len(leads))
		ws.shared = append(ws.shared[:0], make([]answer, ws.chain.ways.count)...)
	}
	for k, i := range leads {
		acts, one := -1, (*answer)(nil)
		if p.program != nil {
			acts = k
		}
		if shares {
			if one = &ws.shared[ws.chain.ways.of[k]]; one.end > 0 {
				ws.answers[i] = *one
				continue
			}
		}
		ws.answers[i] = ws.put(w, p, ws.recordWay(p, k, acts))
		if one != nil {
			*one = ws.answers[i]
		}
		if len(ws.text) > w.of.limit {
			return &AnswerError{Leads: ws.batch.Len(), Limit: w.of.limit}
		}
	}
	return nil
}

// goThrough looks up the leads in all lookups that follow the first one. Afterwards the first
// one is the one that is gone through again.
func (ws *Workspace) goThrough(ctx context.Context, w *world, p *plan, leads []int32) error {
	c := &ws.chain
	c.used = len(p.chain.links)
	c.overlay.reset(p.chain.fields, ws.batch.Len(), leads)
	c.writes.reset()
	first := ws.hop
	for k, i := range leads {
		first.leads, first.places = append(first.leads, i), append(first.places, int32(k))
	}
	for n := 1; n < c.used; n++ {
		h := ws.hopAt(n)
		h.plan = nil
		h.leads, h.places = h.leads[:0], h.places[:0]
		h.at = slices.Grow(h.at[:0], len(leads))[:len(leads)]
		for k := range h.at {
			h.at[k] = -1
		}
	}
	c.writes.number(first)
	ws.send(p, 0)
	for n := 1; n < c.used; n++ {
		h := ws.hops[n]
		if len(h.leads) == 0 {
			continue
		}
		next, err := w.follow(ctx, p, n, ws.batch)
		if err != nil {
			return err
		}
		ws.hop, h.plan = h, next
		h.tuples.reset(len(h.leads))
		h.holding.reset()
		if next.fail == nil {
			if err := ws.lookUp(ctx, w, next, h.leads); err != nil {
				return err
			}
		}
		if next.fail == nil {
			h.pieces.reset(next)
			ws.hold(next, h.leads)
			c.writes.number(h)
			c.plans = append(c.plans, next)
			ws.send(p, n)
		}
	}
	ws.hop = first
	return nil
}

// send sends the leads of hop n on to the lookups that follow, with what they were given.
func (ws *Workspace) send(p *plan, n int) {
	c, h, link := &ws.chain, ws.hops[n], &p.chain.links[n]
	c.to = slices.Grow(c.to[:0], len(h.found.Found))[:len(h.found.Found)]
	gives := false
	for t := range h.found.Found {
		switch {
		case h.hits(t):
			c.to[t] = int8(link.Then)
			gives = gives || link.Then >= 0
		case link.Else >= 0 && ws.misses(h.plan, t):
			c.to[t] = int8(link.Else)
		default:
			c.to[t] = -1
		}
	}
	for j, lead := range h.leads {
		if to := c.to[h.tuples.of[j]]; to >= 0 {
			next, k := ws.hops[to], h.places[j]
			next.at[k] = int32(len(next.leads))
			next.leads, next.places = append(next.leads, lead), append(next.places, k)
		}
	}
	if gives {
		c.overlay.give(h)
	}
}

// misses says that a tuple has no row, and that this is no failure of its own.
func (ws *Workspace) misses(p *plan, t int) bool {
	f := &ws.found.Found[t]
	if f.Row >= 0 || f.Problem != "" {
		return false
	}
	if m := ws.emptyKey(p, t); m >= 0 {
		return p.absent&(1<<m) == 0
	}
	return !f.Unreached
}

// stepsOf are the lookups that lead k of the group has come to, in order. They are lent until
// the next call.
func (ws *Workspace) stepsOf(k int) []step {
	c := &ws.chain
	c.steps = c.steps[:0]
	for n, h := range ws.hops[:c.used] {
		switch {
		case n > 0 && h.at[k] < 0:
		case h.plan.fail != nil:
			c.steps = append(c.steps, step{int32(n), -1})
		default:
			c.steps = append(c.steps, step{int32(n), int32(h.tuple(k))})
		}
	}
	return c.steps
}

// chained adds to the versions of tables that were used those of a chain.
func (ws *Workspace) chained(p *plan, versions map[string]int) {
	if p.chain == nil || p.fail != nil {
		return
	}
	for _, h := range ws.hops[1:ws.chain.used] {
		if len(h.leads) > 0 && h.plan.snapshot != nil {
			versions[h.plan.table] = h.plan.version()
		}
	}
}

// leadColumn fills b with a field of leads of the request, as the lookups before have left it.
func (ws *Workspace) leadColumn(field string, leads []int32, b *column.Builder) {
	c := &ws.chain
	f := indexFold(c.overlay.fields, field)
	if f < 0 {
		ws.batch.Vector(field, leads, b)
		return
	}
	ws.batch.Vector(field, leads, &c.beneath)
	v := c.beneath.Vector()
	b.Reset(len(leads))
	for j, lead := range leads {
		value := v.At(j)
		if n := c.overlay.of[f][lead]; n > 0 {
			value = c.overlay.values[n-1]
		}
		b.Append(value.Kind, value.Text)
	}
}

// An overlay is what leads have been given by lookups of a chain, over what they came with.
type overlay struct {
	fields []string       // of the chain
	of     [][]uint32     // of each field, by lead of the request: 1 + which one of values; 0 for none
	values []column.Value // null where nothing is given
}

func (o *overlay) reset(fields []string, batch int, leads []int32) {
	o.fields, o.values = fields, o.values[:0]
	for len(o.of) < len(fields) {
		o.of = append(o.of, nil)
	}
	for f := range fields {
		if len(o.of[f]) < batch {
			o.of[f] = make([]uint32, batch)
		}
		for _, i := range leads {
			o.of[f][i] = 0
		}
	}
}

// give gives the leads of a hop that have a row what its outputs say. An empty cell says
// nothing: a field stays as it is.
func (o *overlay) give(h *hop) {
	for n := range h.plan.lookup.Outputs {
		out := &h.plan.lookup.Outputs[n]
		f := indexFold(o.fields, out.Field)
		if f < 0 {
			continue
		}
		base := uint32(len(o.values))
		for t := range h.found.Found {
			var value column.Value
			if cell := h.found.Cells[n][t]; h.hits(t) && !isEmpty(cell) {
				value = given(out.Type, cell, &h.pieces.notations[n])
			}
			o.values = append(o.values, value)
		}
		for j, lead := range h.leads {
			if at := base + h.tuples.of[j]; o.values[at].Kind != column.Null && !h.keeps(j, n) {
				o.of[f][lead] = at + 1
			}
		}
	}
}

// given is a cell as a lead that it is written to has it.
func given(t schema.Type, cell string, n *schema.Notation) column.Value {
	switch t {
	case schema.TypeString, schema.TypeText, schema.TypeEmail, schema.TypeURL, "":
		return column.Value{Kind: column.Text, Text: cell}
	}
	literal, err := n.AppendJSON(nil, t, cell)
	if err != nil || len(literal) == 0 {
		return column.Value{Kind: column.Text, Text: cell} // The record fails of it, unless rules write the field.
	}
	switch literal[0] {
	case '"': // A date, or a score with its sign: nothing in them is escaped.
		return column.Value{Kind: column.Text, Text: string(literal[1 : len(literal)-1])}
	case 't', 'f':
		return column.Value{Kind: column.Bool, Text: string(literal)}
	}
	return column.Value{Kind: column.Number, Text: string(literal)}
}

// ways numbers the distinct ways of a group's leads through a chain, with what they were
// looked up by, so that each has its record written once.
type ways struct {
	of    []uint32 // way of each lead of the group
	count int
	pairs map[uint64]uint32
}

func (w *ways) sort(ws *Workspace, leads int) {
	if w.pairs == nil {
		w.pairs = make(map[uint64]uint32)
	}
	clear(w.pairs)
	w.of = w.of[:0]
	for k := range leads {
		w.of = append(w.of, ws.hops[0].variantOf(k))
	}
	w.count = ws.hops[0].variants()
	for _, h := range ws.hops[1:ws.chain.used] {
		for j, k := range h.places {
			// Where a lead goes on to is decided by the tuples that it had before: a pair is
			// of one hop only.
			pair := uint64(w.of[k]) << 32
			if h.plan.fail == nil {
				pair |= uint64(h.variantOf(j))
			}
			n, ok := w.pairs[pair]
			if !ok {
				n = uint32(w.count)
				w.count++
				w.pairs[pair] = n
			}
			w.of[k] = n
		}
	}
}
