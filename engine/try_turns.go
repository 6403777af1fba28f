package engine

import (
	"context"

	"tablestep/engine/rotate"
	"tablestep/tables/schema"
)

// A TraceTurn is a row that could have got a lead that was tried, as it stood before.
type TraceTurn struct {
	TurnCounter
	Next bool // it got the lead
}

// maxTraced is how many rows the trace of a lead names.
const maxTraced = 100

// traceTurns says of each lead of a group whose turn it could have been.
func (ws *Workspace) traceTurns(ctx context.Context, w *world, g *group, results []Result) error {
	p := g.plan
	if p.snapshot == nil || p.fail != nil || p.lookup.Policy() != schema.PolicyRotate {
		return nil
	}
	of, err := p.snapshot.Roster(ctx, &p.lookup)
	if err != nil {
		return err
	}
	at := w.now.In(p.snapshot.Zone())
	r := rotating{p.rotation(w.instance), p.lookup, of, at, rotate.Period(p.lookup.CapPeriod, at)}
	counters, err := w.of.ledger.Counters(ctx, r.rotation)
	if err != nil {
		return err
	}
	told := r.tell(counters)
	for k, i := range g.leads {
		tuple := ws.tuples.of[k]
		hits := ws.found.Hits(int(ws.turns.from[tuple]))
		trace := &results[i].Trace
		for _, hit := range hits[:min(len(hits), maxTraced)] {
			trace.Turns = append(trace.Turns, TraceTurn{told[hit.Row], ws.found.Found[tuple].Row == hit.Row})
		}
	}
	return nil
}
