package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tablestep/engine/queue"
	"tablestep/engine/request"
	"tablestep/engine/rotate"
	"tablestep/tables"
	"tablestep/tables/answers"
	"tablestep/tables/column"
	"tablestep/tables/schema"
)

// An Evaluator turns the bytes of a request into the bytes of its callback. It is
// safe for concurrent use, with a Workspace for each evaluation at a time.
type Evaluator struct {
	store    *tables.Store
	mapping  *mappingKeeper
	programs *programs
	limit    int // bytes of a callback
	slow     slow
	work     int64    // that the lookups of a batch may take together
	tokens   []string // that Marketo is asked for; nil where nobody knows
	ledger   *rotate.Ledger

	ruleReads ruleReads
}

// NewEvaluator evaluates against the tables of a store, with the field mapping
// that is kept there.
func NewEvaluator(store *tables.Store) (*Evaluator, error) {
	mapping, err := loadMapping(store)
	if err != nil {
		return nil, err
	}
	return &Evaluator{store: store, mapping: mapping, programs: newPrograms(), limit: queue.MaxBody, work: answers.BatchWork, ledger: rotate.NewLedger(nil)}, nil
}

// A Summary counts how the leads of one request ended.
type Summary struct {
	Leads     int
	Succeeded int
	Failed    int
	Codes     map[Code]int   // of the failed ones
	Versions  map[string]int // live version of each table that was used
	RuleSets  map[string]int // and of each rule set

	reason string // why the whole batch failed
}

// A Workspace is the memory of one evaluation after the other. Nothing in it
// outlives the evaluation that filled it. The zero value is ready.
type Workspace struct {
	batch   *request.Batch // the one in the making, own or not
	world   world
	own     request.Batch
	builder column.Builder
	answers []answer // one a lead, in request order
	shared  []answer // one a tuple of the group
	text    []byte   // the records as the callback has them, one after the other
	flat    []Record // and flat, where that is wanted
	*hop             // the lookup that is being gone through: that of the choice, but for a chain's
	hops    []*hop   // that of the choice, and those of its chain
	chain   chainRun
	rules   ruleRun
	making  record // the one in the making
	fields  fieldFiller
	holder  holder
	names   []byte // of the rules that acted, while they are written
}

// A group is the leads of one request that made the same choice.
type group struct {
	choice choice
	leads  []int32
	plan   *plan // by which they are answered, once they are
}

// Evaluate decodes the request and appends the callback that answers it to dst. It
// fails with a *RequestError on a body that is no request, and where
// EvaluateBatch does.
func (e *Evaluator) Evaluate(ctx context.Context, ws *Workspace, body, dst []byte) ([]byte, Summary, error) {
	if err := ws.own.Decode(body); err != nil {
		return dst, Summary{}, err
	}
	return e.EvaluateBatch(ctx, ws, &ws.own, dst)
}

// EvaluateBatch is Evaluate for a request that has been decoded. It fails only on
// what might be better the next time (the store cannot be read), and with an
// *AnswerError; a bad lead is an answer, not an error.
//
// Its lookups may do so much work together as answers.BatchWork.
func (e *Evaluator) EvaluateBatch(ctx context.Context, ws *Workspace, batch *request.Batch, dst []byte) ([]byte, Summary, error) {
	sum, size, err := e.answer(ctx, ws, batch, occasion{}, nil)
	if err != nil {
		return dst, sum, err
	}
	return ws.appendCallback(slices.Grow(dst, size)), sum, nil
}

// expectsSlow says that a batch will probably take long.
func (e *Evaluator) expectsSlow(batch *request.Batch) bool {
	if !e.slow.some.Load() {
		return false
	}
	choices := make([]string, len(batch.Flows))
	for i := range batch.Flows {
		choices[i] = batch.Flows[i].Table
	}
	return e.slow.expects(e.store.Catalog(), choices, batch.Len())
}

// answer fills the workspace with the records of a request, and rests where it is
// another's turn. The callback that is made of them has at most size bytes.
func (e *Evaluator) answer(ctx context.Context, ws *Workspace, batch *request.Batch, o occasion, turn *turn) (sum Summary, size int, err error) {
	err = e.inWorld(&ws.world, o, turn, func() error {
		sum, size, _, err = ws.world.evaluate(ctx, ws, batch)
		return err
	})
	return sum, size, err
}

// evaluate is answer in a world. The groups keep the plans by which they were
// answered.
func (w *world) evaluate(ctx context.Context, ws *Workspace, batch *request.Batch) (sum Summary, size int, groups []*group, err error) {
	sum = Summary{Codes: map[Code]int{}, Versions: map[string]int{}, RuleSets: map[string]int{}}
	ws.batch = batch
	ws.hop = ws.hopAt(0)
	n := ws.batch.Len()
	ws.answers = append(ws.answers[:0], make([]answer, n)...)
	ws.text, ws.flat = ws.text[:0], nil
	groups = ws.groups()
	for _, g := range groups {
		p, err := w.of.planFor(ctx, w, &g.choice, ws.batch)
		if err != nil {
			return sum, 0, nil, err
		}
		g.plan = p
		if p.snapshot != nil {
			sum.Versions[p.table] = p.version()
		}
		if p.program != nil {
			sum.RuleSets[p.program.name] = p.program.version
		}
		if err := ws.evaluateGroup(ctx, w, p, g.leads); err != nil {
			return sum, 0, nil, fmt.Errorf("evaluate lookup %q: %w", p.name, err)
		}
		ws.chained(p, sum.Versions)
	}
	if err := w.turn.failed(); err != nil {
		return sum, 0, nil, err
	}
	var withoutID answer
	for i := range ws.answers {
		if len(ws.batch.ID(i)) == 0 {
			if withoutID.code == "" {
				p := failed(CodeLeadIDMissing, "the lead has no id that is a 64-bit integer")
				withoutID = ws.put(w, p, ws.same(p))
			}
			ws.answers[i] = withoutID
		}
		if code := ws.answers[i].code; code != "" {
			sum.Failed++
			sum.Codes[code]++
		}
	}
	sum.Leads, sum.Succeeded = n, n-sum.Failed
	if size = ws.callbackBytes(); size > w.of.limit {
		return sum, 0, nil, &AnswerError{Leads: n, Bytes: size, Limit: w.of.limit}
	}
	return sum, size, groups, nil
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

// evaluateGroup answers the leads of one group by one plan: first the lookup, a
// tuple at a time, and those that follow it, then the rules, a lead at a time.
func (ws *Workspace) evaluateGroup(ctx context.Context, w *world, p *plan, leads []int32) error {
	ws.begin(p, leads)
	if p.fail != nil || p.snapshot == nil && p.program == nil {
		ws.answerAlike(w, p, leads)
		return nil
	}
	if p.snapshot != nil {
		if err := ws.lookUp(ctx, w, p, leads); err != nil {
			return err
		}
		if p.fail != nil {
			ws.answerAlike(w, p, leads)
			return nil
		}
		ws.hold(p, leads)
	}
	if p.chain != nil {
		return ws.evaluateChain(ctx, w, p, leads)
	}
	if p.program != nil {
		if err := ws.runRules(ctx, w, p, leads); err != nil {
			return err
		}
		for k, i := range leads {
			t := -1
			if p.snapshot != nil {
				t = int(ws.tuples.of[k])
			}
			if ws.answers[i] = ws.put(w, p, ws.record(p, t, k, ws.heldOf(k))); len(ws.text) > w.of.limit {
				return &AnswerError{Leads: ws.batch.Len(), Limit: w.of.limit}
			}
		}
		return nil
	}
	ws.shared = ws.shared[:0]
	for v := range ws.variants() {
		t, held := ws.variant(v)
		if ws.shared = append(ws.shared, ws.put(w, p, ws.record(p, t, -1, held))); len(ws.text) > w.of.limit {
			return &AnswerError{Leads: ws.batch.Len(), Limit: w.of.limit}
		}
	}
	for k, i := range leads {
		ws.answers[i] = ws.shared[ws.variantOf(k)]
	}
	return nil
}

// answerAlike gives all leads of a group one answer.
func (ws *Workspace) answerAlike(w *world, p *plan, leads []int32) {
	ws.pieces.reset(p) // It may have failed since.
	one := ws.put(w, p, ws.same(p))
	for _, i := range leads {
		ws.answers[i] = one
	}
}

// lookUp looks up leads of the request in the lookup that is being gone through. What fails for
// all of them is the plan's.
func (ws *Workspace) lookUp(ctx context.Context, w *world, p *plan, leads []int32) error {
	ws.parts.entry = p.lookup.SplitEntry()
	for m := range p.lookup.Match {
		key := ws.keyColumn(p, m, leads)
		ws.parts.note(m, key)
		ws.tuples.add(key, p.lookup.Match[m].MatchMode().Hashed())
	}
	if len(p.lookup.Match) == 0 {
		ws.tuples.count = 1 // Every row hits, whoever the lead is.
	}
	if ws.parts.entry >= 0 {
		ws.parts.take(&ws.tuples, p.lookup.Match[ws.parts.entry].Split)
	}
	used, spent := w.budget.Used(), w.budget.Spent()
	err := p.snapshot.Answer(ctx, &p.lookup, ws.tuples.keys, &ws.found, w.budget)
	if err == nil {
		err = ws.respell(ctx, w, p)
	}
	if err == nil && ws.parts.entry < 0 { // the parts of a value that miss are told as such
		err = ws.missedByTime(ctx, w, p)
	}
	reached := ws.reached()
	if err == nil {
		err = ws.rotate(ctx, w, p, leads)
	}
	switch {
	case errors.Is(err, schema.ErrInvalid):
		// The version that went live again has cells that the lookup cannot
		// read. Trying again would not help; a person must look at it.
		p.fail = &failure{CodeValueInvalid, err.Error()}
		return nil
	case errors.Is(err, tables.ErrDamaged):
		// Likewise: trying again would read the same bytes.
		p.fail = &failure{CodeTableNotFound, fmt.Sprintf("table %q cannot be used: %v", p.table, err)}
		return nil
	case err != nil:
		return err
	}
	if w.trial == nil { // what is only tried is no lookup that is live
		w.of.slow.note(w.catalog(), p.table, p.lookup.Name, p.version(), reached, w.budget.Used()-used, w.budget.Spent() && !spent)
	}
	if ws.parts.entry >= 0 {
		ws.parts.join(p, &ws.tuples, &ws.found)
	}
	return nil
}

// reached is how many tuples were looked up, and at least one.
func (ws *Workspace) reached() int {
	reached := 0
	for t := range ws.found.Found {
		if !ws.found.Found[t].Unreached {
			reached++
		}
	}
	return max(reached, 1)
}

// keyColumn is the lead side of match entry m: a field, or the flow step's value.
func (ws *Workspace) keyColumn(p *plan, m int, leads []int32) column.Vector {
	if p.lookup.Match[m].AtNow() {
		return ws.nowColumn(p, leads)
	}
	if m != p.literal {
		v := ws.fieldVector(m, &p.lookup.Match[m], leads)
		if p.groupsByPoint(m) {
			for i := range v.Values {
				v.Values[i].Text = certain(v.Values[i])
			}
		}
		return v
	}
	ws.builder.Reset(len(leads))
	for _, i := range leads {
		ws.builder.Append(column.Text, ws.batch.Flows[ws.batch.Flow(int(i))].KeyValue)
	}
	return ws.builder.Vector()
}

// emptyKey returns the first match entry whose value is empty although an empty
// value cannot match, -1 if there is none. A condition may ask for nothing, and a cell may
// mean anything. Where not all entries must hold, it is -1 as long as enough others can.
func (ws *Workspace) emptyKey(p *plan, t int) int {
	first, empty := -1, 0
	for m, key := range ws.tuples.keys {
		match := &p.lookup.Match[m]
		if match.MatchEmpty || match.Mode == schema.ModeCondition || strings.TrimSpace(key[t]) != "" && !ws.parts.none(m, t) {
			continue
		}
		if match.TakesEmpty() && (ws.found.TakesEmpty(m) || ws.found.Found[t].Unreached) {
			continue
		}
		if empty++; first < 0 {
			first = m
		}
	}
	if l := &p.lookup; l.Some() && len(l.Match)-empty >= l.Require {
		return -1
	}
	return first
}

// A tupler numbers the distinct combinations of key values of a group, so that
// each is looked up and written once.
type tupler struct {
	of    []uint32   // tuple of each lead of the group
	count int        // tuples
	keys  [][]string // value of each key column, one a tuple
	// shorter is the shortest spelling of each value, "" where there is none but the one in
	// keys; nil for a column that has no such values.
	shorter [][]string
	pairs   map[uint64]uint32
	from    []uint32 // the tuple that each new one extends
	codes   []uint32 // the value that it adds
}

func (t *tupler) reset(n int) {
	t.of = append(t.of[:0], make([]uint32, n)...)
	t.keys, t.shorter = t.keys[:0], t.shorter[:0]
	t.count = 0
}

// add splits the tuples by one more key column, whose numbers may be respelled. It keeps
// nothing of v but its texts.
func (t *tupler) add(v column.Vector, respelled bool) {
	var shorter []string // of the values
	if respelled {
		for code, value := range v.Values {
			if text := shortest(value); text != "" {
				if shorter == nil {
					shorter = make([]string, len(v.Values))
				}
				shorter[code] = text
			}
		}
	}
	if len(t.keys) == 0 {
		t.shorter = append(t.shorter, shorter)
		// The values of the first column are the tuples; that of null may be
		// one that no lead has.
		copy(t.of, v.Codes)
		t.count = len(v.Values)
		key := t.next()
		for _, value := range v.Values {
			key = append(key, value.Text)
		}
		t.keys[0] = key
		return
	}
	if t.pairs == nil {
		t.pairs = make(map[uint64]uint32)
	}
	clear(t.pairs)
	t.from, t.codes = t.from[:0], t.codes[:0]
	for i, code := range v.Codes {
		pair := uint64(t.of[i])<<32 | uint64(code)
		n, ok := t.pairs[pair]
		if !ok {
			n = uint32(len(t.from))
			t.pairs[pair] = n
			t.from = append(t.from, t.of[i])
			t.codes = append(t.codes, code)
		}
		t.of[i] = n
	}
	t.count = len(t.from)
	for k, old := range t.keys {
		t.keys[k] = t.moved(old)
		if t.shorter[k] != nil {
			t.shorter[k] = t.moved(t.shorter[k])
		}
	}
	key := t.next()
	for _, code := range t.codes {
		key = append(key, v.Values[code].Text)
	}
	t.keys[len(t.keys)-1] = key
	if shorter == nil {
		t.shorter = append(t.shorter, nil)
		return
	}
	texts := make([]string, t.count)
	for n, code := range t.codes {
		texts[n] = shorter[code]
	}
	t.shorter = append(t.shorter, texts)
}

// moved are texts of the tuples that the new ones extend.
func (t *tupler) moved(old []string) []string {
	texts := make([]string, t.count)
	for n, from := range t.from {
		texts[n] = old[from]
	}
	return texts
}

// next makes room for one more key column, in memory that was used before where
// there is any.
func (t *tupler) next() []string {
	n := len(t.keys)
	if n < cap(t.keys) {
		t.keys = t.keys[:n+1]
		return t.keys[n][:0]
	}
	t.keys = append(t.keys, nil)
	return nil
}
