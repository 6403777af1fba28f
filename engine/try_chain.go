package engine

import "context"

// A TraceHop is a lookup of a chain that a lead has come to.
type TraceHop struct {
	Table   string       `json:"table"`
	Version int          `json:"version,omitempty"` // 0 where the table cannot be used
	Lookup  string       `json:"lookup"`
	Policy  string       `json:"hitPolicy,omitempty"`
	Match   []TraceMatch `json:"match,omitempty"`
	Require int          `json:"require,omitempty"` // how many of Match had to match; 0 is all
	Keys    []string     `json:"keys,omitempty"`    // what was looked up, one of each of Match
	Parts   []TracePart  `json:"parts,omitempty"`   // of a value that was taken apart
	Matched bool         `json:"matched"`           // a row hit
	Row     int          `json:"row,omitempty"`     // that hit, from 1; 0 for none that can be named
	Score   float32      `json:"score,omitempty"`   // of the row
	Then    string       `json:"then,omitempty"`    // the lookup that the lead went on to after the hit
	Else    string       `json:"else,omitempty"`    // likewise, after the miss
	Why     string       `json:"why,omitempty"`     // why the lookup cannot be used
	Nearest *TraceNear   `json:"nearest,omitempty"` // for a lead that no row matched
	Alias   *TraceAlias  `json:"alias,omitempty"`   // for a lead that no row matched by itself, and an alias speaks of
}

// traceHops tells the way of lead k of the group that was evaluated last.
func (ws *Workspace) traceHops(ctx context.Context, w *world, k int) (hops []TraceHop, err error) {
	steps := ws.stepsOf(k)
	defer func() { ws.hop = ws.hops[0] }()
	for n, s := range steps {
		ws.hop = ws.hops[s.hop]
		p := ws.plan
		name := p.lookupName()
		hop := TraceHop{Table: name.Table, Lookup: name.Lookup}
		if p.snapshot != nil {
			hop.Version = p.version()
		}
		if s.tuple < 0 {
			hop.Why = p.fail.reason
			hops = append(hops, hop)
			continue
		}
		t := int(s.tuple)
		hop.Policy = string(p.lookup.HitPolicy)
		hop.Match, hop.Require = p.traceMatch()
		j := k
		if len(ws.at) > 0 {
			j = int(ws.at[k])
		}
		hop.Match, hop.Parts = ws.traceFrom(hop.Match, j), ws.traceParts(t)
		for _, key := range ws.tuples.keys {
			hop.Keys = append(hop.Keys, key[t])
		}
		f := &ws.found.Found[t]
		hop.Matched, hop.Alias = f.Row >= 0, traceAlias(f)
		if hop.Matched && !f.Ambiguous {
			hop.Row, hop.Score = int(f.Row)+1, f.Score
		}
		if n+1 < len(steps) {
			next := ws.hops[steps[n+1].hop].plan.lookupName().String()
			if ws.hits(t) {
				hop.Then = next
			} else {
				hop.Else = next
			}
		}
		if hop.Nearest, err = ws.nearest(ctx, p, t, w.budget); err != nil {
			return nil, err
		}
		hops = append(hops, hop)
	}
	return hops, nil
}
