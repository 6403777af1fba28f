package rotate

import (
	"maps"

	"tablestep/engine/queue"
)

// maxAgain is how many leads of invocations that could not be stored are remembered with their
// rows, about 100 bytes each.
const maxAgain = 200_000

// again is what invocations were given whose answers were not stored. The ledger's lock guards it.
type again struct {
	known map[queue.ID]*remembered
	order []queue.ID // the oldest first; some of them may be forgotten
	leads int
}

type remembered struct {
	rows  map[queue.Rotation]map[string][]string // of a lead, in the order of its turns
	leads int
}

// of is a copy of what an invocation was given.
func (a *again) of(id queue.ID) map[queue.Rotation]map[string][]string {
	r := a.known[id]
	if r == nil {
		return nil
	}
	all := make(map[queue.Rotation]map[string][]string, len(r.rows))
	for rotation, rows := range r.rows {
		all[rotation] = maps.Clone(rows)
	}
	return all
}

// remember takes the latest word on an invocation, and forgets the oldest ones where it becomes too
// much.
func (a *again) remember(id queue.ID, parts []*part) {
	a.forget(id)
	r := &remembered{rows: map[queue.Rotation]map[string][]string{}}
	for _, p := range parts {
		rows := r.rows[p.of.name]
		if rows == nil {
			rows = map[string][]string{}
			r.rows[p.of.name] = rows
		}
		for _, g := range p.given {
			rows[g.lead] = append(rows[g.lead], g.row)
		}
		r.leads += len(p.given)
	}
	if a.known == nil {
		a.known = map[queue.ID]*remembered{}
	}
	a.known[id] = r
	a.order = append(a.order, id)
	a.leads += r.leads
	for a.leads > maxAgain && len(a.order) > 1 {
		a.forget(a.order[0])
	}
}

func (a *again) forget(id queue.ID) {
	r := a.known[id]
	if r == nil {
		return
	}
	delete(a.known, id)
	a.leads -= r.leads
	for i := range a.order {
		if a.order[i] == id {
			a.order = append(a.order[:i], a.order[i+1:]...)
			break
		}
	}
}
