package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"time"

	"tablestep/engine/queue"
	"tablestep/engine/request"
	"tablestep/engine/rules"
	"tablestep/tables"
)

// Evaluate evaluates the bytes of a request at once.
func (e *Engine) Evaluate(ctx context.Context, body []byte) ([]byte, Summary, error) {
	return e.evaluator.Evaluate(ctx, new(Workspace), body, nil)
}

// EvaluateTwice evaluates two requests in one workspace, as a worker does.
func (e *Engine) EvaluateTwice(ctx context.Context, first, second []byte) ([]byte, error) {
	ws := new(Workspace)
	if _, _, err := e.evaluator.Evaluate(ctx, ws, first, nil); err != nil {
		return nil, err
	}
	callback, _, err := e.evaluator.Evaluate(ctx, ws, second, nil)
	return callback, err
}

// EvaluateFlat evaluates the bytes of a request and gives both forms of its records.
func (e *Engine) EvaluateFlat(ctx context.Context, body []byte) (callback []byte, records []Record, err error) {
	ws, w := new(Workspace), new(world)
	if err := ws.own.Decode(body); err != nil {
		return nil, nil, err
	}
	err = e.evaluator.inWorld(w, occasion{}, nil, func() error {
		w.flat = true
		_, _, _, err := w.evaluate(ctx, ws, &ws.own)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return ws.appendCallback(nil), ws.records(), nil
}

// CheckRuleSet checks a rule set as saving it does, and stores nothing.
func (e *Engine) CheckRuleSet(ctx context.Context, source string, force bool) (report *RuleSetReport, err error) {
	err = e.guarded(ctx, func(w *world) error {
		report, _, err = w.checkRuleSet(ctx, source, force)
		return err
	})
	return report, err
}

// OnCompile calls f before a stored version of a rule set is compiled for a batch.
func (e *Engine) OnCompile(f func(source string)) {
	ps := e.evaluator.programs
	compile := ps.compile
	ps.compile = func(source string) (*rules.Program, error) {
		f(source)
		return compile(source)
	}
}

// Compiled asks for the program of a version, as a batch does.
func (e *Engine) Compiled(ctx context.Context, name string, version int, source string) error {
	_, err := e.evaluator.programs.of(ctx, &tables.RuleSet{Name: name, Live: &tables.RuleSetVersion{Number: version, Source: source}})
	return err
}

// Kept is how many programs are kept, and how many bytes their sources have.
func (e *Engine) Kept() (programs, bytes int) {
	ps := e.evaluator.programs
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if len(ps.kept) != ps.order.Len() {
		panic("the order of programs does not hold what is kept")
	}
	return len(ps.kept), ps.bytes
}

// Events hand what happens to an observer.
type Events struct{ *events }

// NewEvents begins to tell an observer; stop ends that.
func NewEvents(observe func(Event), log *slog.Logger) (es Events, start func() (stop func())) {
	es = Events{newEvents(observe, log)}
	return es, es.start
}

// Emit makes an event known.
func (es Events) Emit(e Event) { es.emit(e) }

// Emit makes an event known.
func (e *Engine) Emit(ev Event) { e.events.emit(ev) }

// SetAnswerLimit makes the largest callback so small that a test reaches it.
func (e *Engine) SetAnswerLimit(n int) { e.evaluator.limit = n }

// EvaluationRoom takes all the room of large answers until the returned function is
// called.
func (e *Engine) EvaluationRoom(ctx context.Context) (leave func(), err error) {
	return enter(ctx, e.answers, answerBytes, answerBytes)
}

// ErrNoRoom is what an evaluation fails with when there is no room for its answer.
var ErrNoRoom = errNoRoom

// FailNext claims an invocation and lets its evaluation end with an error.
func (e *Engine) FailNext(ctx context.Context, cause error) error {
	jobs, err := e.queue.Claim(context.Background(), 1, evaluationLease)
	if err != nil || len(jobs) != 1 {
		return err
	}
	e.failEvaluation(ctx, e.options.Log, &jobs[0], cause)
	return nil
}

// KeptAfter evaluates a request as a worker does, and gives the memory that its
// workspace keeps of it.
func (e *Engine) KeptAfter(ctx context.Context, body []byte) (bytes int, err error) {
	ws := <-e.turns.fast
	e.turns.fast <- ws
	d, err := e.decode(body, request.Limits{})
	if err != nil {
		return 0, err
	}
	_, _, leave, err := e.evaluateSafely(ctx, &queue.Job{Payload: body, Decoded: d}, e.evaluator.ledger.Begin(queue.ID{}), nil)
	leave()
	for _, h := range ws.hops {
		if h.plan != nil {
			return 0, errors.New("a workspace that waits for the next batch keeps a version of a table")
		}
		for _, cells := range h.found.Cells {
			for _, cell := range cells {
				bytes += len(cell)
			}
		}
	}
	return bytes + cap(ws.text), err
}

// KeptBuffer gives a callback of n bytes back and says how large the next one's
// buffer is.
func (e *Engine) KeptBuffer(n int) int {
	e.giveBack(new([]byte), make([]byte, n))
	return cap(*e.buffer())
}

// InWorld calls f with the catalog of a world, as an evaluation is.
func (e *Engine) InWorld(f func(c *tables.Catalog) error) error {
	w := new(world)
	return e.evaluator.inWorld(w, occasion{}, nil, func() error { return f(w.catalog()) })
}

// SetBatchWork bounds the work of a batch's lookups, for tests that cannot wait.
func (e *Engine) SetBatchWork(units int64) { e.evaluator.work = units }

// Note tells what a lookup took for some leads of a batch.
func (e *Engine) Note(table, lookup string, version, leads int, work int64, spent bool) {
	e.evaluator.slow.note(e.evaluator.store.Catalog(), table, lookup, version, leads, work, spent)
}

// Expects says whether a batch with these choices will probably take long.
func (e *Engine) Expects(leads int, choices ...string) bool {
	return e.evaluator.slow.expects(e.evaluator.store.Catalog(), choices, leads)
}

// NoteMany notes so many lookups and says of how many there is still a note.
func (e *Engine) NoteMany(n int) (kept int) {
	s := &e.evaluator.slow
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range n {
		s.keep(slowKey{"t", fmt.Sprint(i)}, slowLookup{})
	}
	return len(s.seen)
}

// IntakeRoom waits for the room that a request of n bytes takes until leave is called.
func (e *Engine) IntakeRoom(ctx context.Context, n int) (leave func(), err error) {
	return e.enterIntake(ctx, n)
}

// ReadingRoom takes all places in which large requests are read until leave is called.
func (e *Engine) ReadingRoom(ctx context.Context) (leave func(), err error) {
	places := int64(max(1, runtime.GOMAXPROCS(0)/2))
	if err := e.reading.Acquire(ctx, places); err != nil {
		return nil, err
	}
	return func() { e.reading.Release(places) }, nil
}

// InSlowLane is how many evaluations are in the slow lane, or wait for it.
func (e *Engine) InSlowLane() int { return int(e.turns.inSlow.Load()) }

// Turns are the lanes of evaluations.
type Turns struct{ turns *turns }

// NewTurns shares so many processors out.
func NewTurns(evaluators int) Turns { return Turns{newTurns(evaluators)} }

// Turn is the place of an evaluation.
type Turn struct{ turn *turn }

// Enter waits for a place.
func (t Turns) Enter(ctx context.Context, slow, patient bool) (Turn, error) {
	n, err := t.turns.enter(ctx, slow, patient)
	return Turn{n}, err
}

// Places are how many evaluations may be in the slow lane, and run there at once.
func (t Turns) Places() (room, running int) { return slowRoom, cap(t.turns.slow) }

// Rest lets others have their turn.
func (t Turn) Rest(ctx context.Context) error { return t.turn.rest(ctx) }

// Slow says that the evaluation has a place in the slow lane.
func (t Turn) Slow() bool { return t.turn.lane.Load() == laneSlow }

// Waited is how long it waited for places in the slow lane.
func (t Turn) Waited() time.Duration { return t.turn.waited }

// Leave gives the place back.
func (t Turn) Leave() { t.turn.leave() }

// ErrCrowded says that too many evaluations are in the slow lane.
var ErrCrowded = errCrowded

// MovedPieces are the pieces of work before an evaluation needs a place in the slow lane.
const MovedPieces = movedPieces

// Patience is how long the answer of a batch that was accepted so long ago waits for room;
// failed says that it is the small one of a batch that failed.
func (e *Engine) Patience(ago time.Duration, failed bool) time.Duration {
	var fate *failure
	if failed {
		fate = new(failure)
	}
	return e.patience(&queue.Job{Accepted: time.Now().Add(-ago)}, fate)
}

// KeepsBuffer says whether the memory of a callback goes on to another one.
func (e *Engine) KeepsBuffer(size int) bool {
	b := new([]byte)
	e.giveBack(b, make([]byte, 0, size))
	return cap(*b) == size
}

// HoldsOn says whether something comes back of a request that cannot be read.
func (e *Engine) HoldsOn(body []byte) (bool, error) {
	d, err := e.decode(body, request.Limits{})
	return d != nil, err
}
