package engine

import "tablestep/tables/answers"

// A hop is one lookup of a group of leads, and what it came to. There is one where nothing
// follows the lookup that was chosen; else there is one for each lookup of the chain.
type hop struct {
	plan   *plan
	leads  []int32 // of the request that have come to it
	places []int32 // of each of leads: which one of the group it is
	at     []int32 // of each lead of the group: which one of leads it is, -1 if it has not come; empty where all have
	tuples tupler
	turns  inTurn
	found  answers.Batch // a tuple
	pieces pieces
	// untimely are the rows that tuples without a hit would hit at another moment.
	untimely map[int]answers.Missed

	parts   parts
	holding holding
	from    [][]int8 // of each match entry with several fields, a lead: which one its value is of, -1 for none
}

// hopAt is one of the workspace's hops.
func (ws *Workspace) hopAt(n int) *hop {
	for len(ws.hops) <= n {
		ws.hops = append(ws.hops, new(hop))
	}
	return ws.hops[n]
}

// begin makes the hop of a group's choice the one that is gone through.
func (ws *Workspace) begin(p *plan, leads []int32) {
	ws.hop = ws.hopAt(0)
	ws.hop.start(p)
	ws.tuples.reset(len(leads))
	ws.chain.begin(p)
}

// start forgets what the hop was before.
func (h *hop) start(p *plan) {
	h.plan = p
	h.leads, h.places, h.at = h.leads[:0], h.places[:0], h.at[:0]
	h.pieces.reset(p)
	h.holding.reset()
}

// tuple is that of lead k of the group, -1 if it has not come here.
func (h *hop) tuple(k int) int {
	if len(h.at) > 0 {
		if k = int(h.at[k]); k < 0 {
			return -1
		}
	}
	return int(h.tuples.of[k])
}

// hits says that a tuple has a row, or rows brought together, that leads go on with.
func (h *hop) hits(t int) bool {
	f := &h.found.Found[t]
	return f.Row >= 0 && !f.Ambiguous && f.Problem == "" && !f.Unreached
}
