package index

import (
	"context"
	"slices"
	"sync"

	"tablestep/tables/schema"
)

// mixed is the Index of a key of which at least one part is compared otherwise
// than for equality, or has cells that mean anything. The other parts are one hash table
// among it, but for those whose cells may have two keys. A tuple is looked up in the part that leaves fewest rows, and these
// are verified one by one; where every part leaves many, the bitmaps of all parts
// are and-ed. A distinct value of a part is evaluated once a batch.
//
// Parts with limits come last: of the rows that hold in all others they leave those with
// the closest limit, one such part after the other in the order of the key.
type mixed struct {
	rows    int
	parts   []Part
	group   *hash   // nil where no part is compared by it
	grouped []int   // places in the key of its parts
	terms   []*term // the other parts, cheap ones first, those with limits last in the order of the key
	plain   int     // how many of terms have no limits
	light   int     // how many of those come before the first one whose kernel is heavy
	base    uint64  // rank of the parts of the group
	bytes   int64
	scratch sync.Pool // of *batch
}

// term is one part that is not hashed.
type term struct {
	*entries
	kernel kernel
	limits *limits // the kernel, where it has limits; else nil
	spec   spec
	at     int // place in the key
	rank   field
}

// field is where the rank of a part goes in the rank of a hit.
type field struct {
	drop, shift uint   // low bits left out, and how far up the rest goes
	most        uint64 // of the bits that stay
	above       uint64 // by how much a cell that means something ranks above one that means anything
	sum         bool   // shares the place with others
}

// buildMixed takes which parts are no part of the hash table, and the places of the ranks.
func buildMixed(ctx context.Context, parts []Part, alone []bool, fields []field) (*mixed, error) {
	m := &mixed{rows: parts[0].Cells.Len(), parts: parts}
	m.scratch.New = func() any { return new(batch) }
	var hashed []Part
	var places []field
	for i, p := range parts {
		if !alone[i] {
			hashed, places = append(hashed, p), append(places, fields[i])
			m.grouped = append(m.grouped, i)
			continue
		}
		e, k, err := buildTerm(ctx, p)
		if err != nil {
			return nil, err
		}
		spec, _ := specOf(p.Mode)
		spec = spec.forPart(p)
		if len(parts) > 1 {
			e.thicken()
		}
		t := &term{entries: e, kernel: k, spec: spec, at: i, rank: fields[i]}
		t.limits, _ = k.(*limits)
		m.terms = append(m.terms, t)
		m.bytes += e.bytes() + k.bytes() + 256
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(m.terms, func(a, b *term) int { return a.spec.cost - b.spec.cost })
	for m.plain < len(m.terms) && m.terms[m.plain].limits == nil {
		m.plain++
	}
	for m.light < m.plain {
		if _, is := m.terms[m.light].kernel.(heavy); is {
			break
		}
		m.light++
	}
	if len(hashed) > 0 {
		group, err := buildHash(ctx, hashed, places)
		if err != nil {
			return nil, err
		}
		m.group, m.base = group, group.rank
		m.bytes += group.Bytes()
	}
	return m, nil
}

// buildTerm makes the entries of a part and their kernel.
func buildTerm(ctx context.Context, p Part) (*entries, kernel, error) {
	var m Meter
	if err := m.Start(ctx, nil); err != nil {
		return nil, nil, err
	}
	e, err := gather(p, &m)
	if err != nil {
		return nil, nil, err
	}
	k, err := e.build(p, &m)
	if stopped := m.Stop(); stopped != nil {
		return nil, nil, stopped
	}
	return e, k, err
}

// layout places the ranks of the parts, the first part's uppermost. Where the 64
// bits do not suffice, each part that comes later is still left a share of them: in a key of
// which some parts hold, the last one may be the only one that tells two rows apart.
func layout(parts []Part) []field { return layoutBelow(parts, 64) }

// layoutBelow places the ranks of the parts in so many of the lower bits.
func layoutBelow(parts []Part, left uint) []field {
	fields := make([]field, len(parts))
	wanted := make([]uint, len(parts)) // bits
	first, ranked := -1, uint(0)       // of the conditions, and how many parts have a place of their own
	for i, p := range parts {
		spec, _ := specOf(p.Mode)
		f := &fields[i]
		f.sum, wanted[i] = p.Mode == schema.ModeCondition, spec.bits
		switch wild := NewAnything(p.Mode, p.Anything); {
		case f.sum && first >= 0:
			wanted[i] = 0
		case f.sum:
			first = i
		// Not whether there are such cells, but whether there may be: the indexes of other
		// rows rank alike.
		case !wild.None() && !spec.total && !p.Mode.Limits():
			wanted[i], f.above = max(wanted[i], 1), 1
		}
		if wanted[i] > 0 {
			ranked++
		}
	}
	share := min(leastShare, left/max(ranked, 1))
	for i, p := range parts {
		if fields[i].sum && i != first {
			fields[i] = fields[first]
			continue
		}
		kept := uint(0) // for those that follow
		for _, bits := range wanted[i+1:] {
			kept += min(bits, share)
		}
		width := min(wanted[i], left-kept)
		left -= width
		fields[i].shift, fields[i].most = left, 1<<width-1
		if p.Mode == schema.ModeFuzzy || p.Mode == schema.ModeRange || p.Mode == schema.ModeCIDR {
			fields[i].drop = wanted[i] - width // The upper bits tell most; of lengths, the lower ones do.
		}
	}
	return fields
}

// leastShare is how many bits a part is left where there are enough for all: lengths up to 254
// characters are told apart, and similarities by 0.004.
const leastShare = 8

// add adds the rank of a part to that of a hit.
func (f field) add(rank uint64, part uint32) uint64 {
	if f.sum && rank>>f.shift&f.most == f.most {
		return rank
	}
	return rank + min((uint64(part)+f.above)>>f.drop, f.most)<<f.shift
}

// ranked adds the rank of an entry to that of a hit; a cell that means anything adds none.
func (t *term) ranked(rank uint64, f found) uint64 {
	if f.entry == t.any {
		return rank
	}
	return t.rank.add(rank, f.rank)
}

// vacant is the entry of empty cells, which ask for an empty value.
func (t *term) vacant() found {
	f := found{entry: t.empty, score: 1}
	if t.spec.total {
		f.rank = 1 // as its kernel ranks what asks for something
	}
	return f
}

// TakesEmpty says that a part has a cell that holds for an empty value, or may have one.
func (m *mixed) TakesEmpty(part int) bool {
	for _, t := range m.terms {
		if t.at == part {
			return t.takesEmpty()
		}
	}
	return m.parts[part].MatchEmpty
}

// takesEmpty says that the part has a cell that holds for an empty value, or may have one.
func (t *term) takesEmpty() bool { return t.spec.total || t.any != none || t.empty != none }

// Bytes is the memory beyond the columns.
func (m *mixed) Bytes() int64 { return m.bytes + 512 }

// Unread is what could not be read.
func (m *mixed) Unread() []Unread {
	var list []Unread
	for _, t := range m.terms {
		if t.unreadCell != nil {
			list = append(list, Unread{t.at, t.unreadRows, t.unreadCell})
		}
	}
	slices.SortFunc(list, func(a, b Unread) int { return a.Part - b.Part })
	return list
}

// tupleWork is what a tuple takes beside what its parts do, with what is little.
// It is paid for some tuples at once.
const (
	tupleWork = 120
	tupleRun  = 16
)

// Probe looks up all tuples.
func (m *mixed) Probe(ctx context.Context, keys [][]string, need int, hits *Hits, budget *Budget) error {
	hits.reset()
	b := m.scratch.Get().(*batch)
	defer func() {
		b.release()
		m.scratch.Put(b)
	}()
	hits.width = len(m.terms) - m.plain
	meter := &b.work.meter
	if err := meter.Start(ctx, budget); err != nil {
		return err
	}
	if need == Best && len(m.terms) == 1 && m.group == nil {
		b.picky, _ = m.terms[0].kernel.(picky)
	}
	if b.start(m, keys) {
		n := len(keys[0])
		for i := range n {
			from := len(hits.Rows)
			if i%tupleRun == 0 {
				meter.Spend(tupleWork * min(tupleRun, n-i))
			}
			if !meter.Stopped() {
				b.tuple(m, i, need, hits)
			}
			if meter.Stopped() {
				hits.cut(from)
				break
			}
			hits.Starts = append(hits.Starts, int32(len(hits.Rows)))
			m.limitsOf(hits, from)
		}
	}
	return meter.Stop()
}
