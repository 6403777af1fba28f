package engine

import (
	"context"
	"fmt"
	"strings"

	"tablestep/engine/request"
	"tablestep/tables"
	"tablestep/tables/column"
)

// An Evaluator turns the bytes of a request into the bytes of its callback. It is
// safe for concurrent use, with a Workspace for each evaluation at a time.
type Evaluator struct {
	store   *tables.Store
	mapping *mappingKeeper
}

// NewEvaluator evaluates against the tables of a store, with the field mapping
// that is kept there.
func NewEvaluator(store *tables.Store) (*Evaluator, error) {
	mapping, err := loadMapping(store)
	if err != nil {
		return nil, err
	}
	return &Evaluator{store: store, mapping: mapping}, nil
}

// A Summary counts how the leads of one request ended.
type Summary struct {
	Leads     int
	Succeeded int
	Failed    int
	Codes     map[Code]int   // of the failed ones
	Versions  map[string]int // live version of each table that was used
}

// A Workspace is the memory of one evaluation after the other. Nothing in it
// outlives the evaluation that filled it. The zero value is ready.
type Workspace struct {
	batch   request.Batch
	builder column.Builder
	answers []answer // one a lead, in request order
	text    []byte   // the records' bodies, one after the other
	tuples  tupler
	found   []tables.Found
	rows    []int32
	cells   [][]string
	outputs []byte // what was written, as JSON, of the record in the making
}

// An answer is the place of a lead's record body in the workspace's text. Leads
// with the same tuple of key values share one.
type answer struct {
	start, end uint32
	code       Code // empty if it succeeded
}

// A group is the leads of one request that made the same choice.
type group struct {
	choice choice
	leads  []int32
}

// Evaluate appends the callback that answers the request to dst. It fails only
// on what might be better the next time (the store cannot be read) and on a body
// that is no request; a bad lead is an answer, not an error.
func (e *Evaluator) Evaluate(ctx context.Context, ws *Workspace, body, dst []byte) ([]byte, Summary, error) {
	sum := Summary{Codes: map[Code]int{}, Versions: map[string]int{}}
	if err := ws.batch.Decode(body); err != nil {
		return dst, sum, err
	}
	n := ws.batch.Len()
	ws.answers = append(ws.answers[:0], make([]answer, n)...)
	ws.text = ws.text[:0]
	for _, g := range ws.groups() {
		p, err := e.planFor(ctx, &g.choice, &ws.batch)
		if err != nil {
			return dst, sum, err
		}
		if p.snapshot != nil {
			sum.Versions[p.table] = p.version()
		}
		if err := ws.evaluateGroup(ctx, p, g.leads); err != nil {
			return dst, sum, fmt.Errorf("evaluate lookup %q: %w", p.name, err)
		}
	}
	for i := range ws.answers {
		if len(ws.batch.ID(i)) == 0 {
			ws.answers[i] = ws.fail(nil, &failure{CodeLeadIDMissing, "the lead has no id that is a 64-bit integer"}, "")
		}
		if code := ws.answers[i].code; code != "" {
			sum.Failed++
			sum.Codes[code]++
		}
	}
	sum.Leads, sum.Succeeded = n, n-sum.Failed
	return ws.appendCallback(dst), sum, nil
}

// groups sorts the leads that have an id by their choice, in order of first
// appearance. Choices are compared once a distinct flow step context.
func (ws *Workspace) groups() []*group {
	var groups []*group
	byChoice := make(map[choice]*group)
	byFlow := make([]*group, len(ws.batch.Flows))
	for i := range ws.batch.Len() {
		if len(ws.batch.ID(i)) == 0 {
			continue
		}
		f := ws.batch.Flow(i)
		g := byFlow[f]
		if g == nil {
			c := choiceOf(&ws.batch.Flows[f])
			if g = byChoice[c]; g == nil {
				g = &group{choice: c}
				byChoice[c] = g
				groups = append(groups, g)
			}
			byFlow[f] = g
		}
		g.leads = append(g.leads, int32(i))
	}
	return groups
}

// evaluateGroup answers the leads of one group by one plan.
func (ws *Workspace) evaluateGroup(ctx context.Context, p *plan, leads []int32) error {
	if p.fail != nil || p.snapshot == nil {
		one := ws.fail(p, p.fail, "")
		for _, i := range leads {
			ws.answers[i] = one
		}
		return nil
	}
	ws.tuples.reset(len(leads))
	for m := range p.lookup.Match {
		ws.tuples.add(ws.keyColumn(p, m, leads))
	}
	keys := ws.tuples.keys()
	if err := ws.look(ctx, p, keys); err != nil {
		return err
	}
	records := make([]answer, ws.tuples.len())
	for t := range records {
		records[t] = ws.record(p, keys, t)
	}
	for k, i := range leads {
		ws.answers[i] = records[ws.tuples.of[k]]
	}
	return nil
}

// keyColumn is the lead side of match entry m: a field, or the flow step's value.
func (ws *Workspace) keyColumn(p *plan, m int, leads []int32) column.Vector {
	if m != p.literal {
		ws.batch.Vector(p.lookup.Match[m].Field, leads, &ws.builder)
		return ws.builder.Vector()
	}
	ws.builder.Reset(len(leads))
	for _, i := range leads {
		ws.builder.Append(column.Text, ws.batch.Flows[ws.batch.Flow(int(i))].KeyValue)
	}
	return ws.builder.Vector()
}

// look finds the row of each tuple and fetches the cells of all outputs.
func (ws *Workspace) look(ctx context.Context, p *plan, keys [][]string) error {
	n := ws.tuples.len()
	ws.found = append(ws.found[:0], make([]tables.Found, n)...)
	if err := p.snapshot.Find(ctx, &p.lookup, keys, ws.found); err != nil {
		return err
	}
	ws.rows = ws.rows[:0]
	for t := range ws.found {
		row := ws.found[t].Row
		if ws.found[t].Ambiguous {
			row = -1
		}
		ws.rows = append(ws.rows, row)
	}
	for len(ws.cells) < len(p.columns) {
		ws.cells = append(ws.cells, nil)
	}
	for o, c := range p.columns {
		ws.cells[o] = append(ws.cells[o][:0], make([]string, n)...)
		if err := p.snapshot.Gather(ctx, c, ws.rows, ws.cells[o]); err != nil {
			return err
		}
	}
	return nil
}

// emptyKey returns the first match entry whose value is empty although an empty
// value cannot match, -1 if there is none.
func emptyKey(p *plan, keys [][]string, t int) int {
	for m := range keys {
		if !p.lookup.Match[m].MatchEmpty && strings.TrimSpace(keys[m][t]) == "" {
			return m
		}
	}
	return -1
}

// A tupler numbers the distinct combinations of key values of a group, so that
// each is looked up and written once.
type tupler struct {
	of      []uint32 // tuple of each lead of the group
	vectors []keyVector
	count   int
	pairs   map[uint64]uint32
}

// A keyVector is the distinct values of one key column, and for each tuple which
// of them it has.
type keyVector struct {
	values []column.Value
	codes  []uint32 // of each tuple
	text   []string
}

func (t *tupler) reset(n int) {
	t.of = append(t.of[:0], make([]uint32, n)...)
	t.vectors = t.vectors[:0]
	t.count = min(n, 1)
	if t.pairs == nil {
		t.pairs = make(map[uint64]uint32)
	}
}

// add splits the tuples by one more key column. It keeps nothing of v but its
// texts.
func (t *tupler) add(v column.Vector) {
	clear(t.pairs)
	old := t.vectors
	codes := make([]uint32, 0, len(v.Values))
	from := make([]uint32, 0, len(v.Values)) // the tuple that each new one extends
	for i, code := range v.Codes {
		pair := uint64(t.of[i])<<32 | uint64(code)
		n, ok := t.pairs[pair]
		if !ok {
			n = uint32(len(codes))
			t.pairs[pair] = n
			codes = append(codes, code)
			from = append(from, t.of[i])
		}
		t.of[i] = n
	}
	for k := range old {
		moved := make([]uint32, len(from))
		for n, f := range from {
			moved[n] = old[k].codes[f]
		}
		old[k].codes = moved
	}
	t.vectors = append(t.vectors, keyVector{values: append([]column.Value(nil), v.Values...), codes: codes})
	t.count = len(codes)
}

func (t *tupler) len() int { return t.count }

// keys returns the texts of each key column, one a tuple.
func (t *tupler) keys() [][]string {
	keys := make([][]string, len(t.vectors))
	for k := range t.vectors {
		v := &t.vectors[k]
		keys[k] = make([]string, len(v.codes))
		for n, code := range v.codes {
			keys[k][n] = v.values[code].Text
		}
	}
	return keys
}
