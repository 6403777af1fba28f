package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tablestep/engine/queue"
	"tablestep/engine/rotate"
	"tablestep/tables"
	"tablestep/tables/answers"
	"tablestep/tables/schema"
)

// A world is all that a batch is answered from, as it was when its evaluation began:
// tables, lookups, rule sets, the field mapping and the time. Every choice of the
// batch, what its rules look up, and the explanation of its answers come from one
// world. With it come the bounds of the evaluation. It serves one goroutine.
type world struct {
	of      *Evaluator
	turn    *turn // nil waits for nobody
	budget  *answers.Budget
	pin     *tables.Pin
	mapping *Mapping
	now     time.Time // of the occasion
	occasion
	always *program // runs in place of the chosen rule set; nil but for trying one
	flat   bool     // records are wanted flat, too
	loaded []loaded // what has been asked for, in few at first
	few    [4]loaded
	trial  *tables.Trial // in place of what is live of its table; nil: nothing is tried
}

// An occasion is why something is evaluated: an invocation, or that somebody tries leads.
type occasion struct {
	at         time.Time       // the moment that counts: when the invocation was accepted; zero is now
	asOf       bool            // somebody asks for that moment, who tries leads
	invocation queue.ID        // zero where leads are only tried
	instance   string          // whose leads they are
	booking    *rotate.Booking // of the turns that are given; nil where leads are only tried
}

// defaultInstance is whose leads they are where the service has one instance.
const defaultInstance = "default"

// tries says that nothing comes of the evaluation: it gives nobody a turn.
func (o *occasion) tries() bool { return o.invocation == queue.ID{} }

// loaded is the snapshot of a table.
type loaded struct {
	table    string
	snapshot *answers.Snapshot
}

// maxAnew is how often an evaluation is begun in another world because a version of
// its own was gone. That cannot be while the world is held, unless the file is
// damaged; so more would not help.
const maxAnew = 3

// inWorld makes w the world of now and calls f, and anew with a newer one where a
// version was gone. Afterwards w is empty.
func (e *Evaluator) inWorld(w *world, o occasion, turn *turn, f func() error) error {
	for try := 1; ; try++ {
		err := e.once(w, o, turn, f)
		if !errors.Is(err, schema.ErrVersionGone) {
			return err
		}
		if try == maxAnew {
			// Not wrapped: nobody has asked for a version that is not there.
			return fmt.Errorf("rows were gone in %d evaluations one after the other: %v", try, err) //nolint:errorlint // see above
		}
	}
}

func (e *Evaluator) once(w *world, o occasion, turn *turn, f func() error) error {
	if o.at.IsZero() {
		o.at = time.Now()
	}
	if o.instance == "" {
		o.instance = defaultInstance
	}
	if o.tries() || o.booking == nil {
		o.booking = e.ledger.Begin(queue.ID{})
	}
	o.booking.TakeBack(false) // what an evaluation in another world has given
	*w = world{
		of: e, turn: turn, budget: answers.NewBudget(e.work, turn.rest),
		pin: e.store.Pin(), mapping: e.mapping.now.Load(), now: o.at, occasion: o,
	}
	w.loaded = w.few[:0]
	defer func() { // after a panic, too: what is never released is never swept
		w.pin.Release()
		*w = world{}
	}()
	return f()
}

// catalog describes the tables and rule sets.
func (w *world) catalog() *tables.Catalog { return w.pin.Catalog() }

// snapshot is the live version of a table.
func (w *world) snapshot(ctx context.Context, table string) (*answers.Snapshot, error) {
	if w.trial != nil && w.trial.Table == table {
		return w.trial.Snapshot, nil
	}
	for i := range w.loaded {
		if w.loaded[i].table == table {
			return w.loaded[i].snapshot, nil
		}
	}
	sn, err := w.pin.Snapshot(ctx, table)
	if err != nil {
		return nil, err
	}
	w.loaded = append(w.loaded, loaded{table, sn})
	return sn, nil
}
