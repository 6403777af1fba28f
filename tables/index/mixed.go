package index

import (
	"context"
	"slices"
	"sync"

	"tablestep/tables/schema"
)

// mixed is the Index of a key of which at least one part is compared otherwise
// than for equality. The parts that are compared for equality are one hash table
// among it. A tuple is looked up in the part that leaves fewest rows, and these
// are verified one by one; where every part leaves many, the bitmaps of all parts
// are and-ed. A distinct value of a part is evaluated once a batch.
type mixed struct {
	rows    int
	group   *hash   // nil where no part is compared for equality
	grouped []int   // places in the key of its parts
	terms   []*term // the other parts, cheap ones first
	bytes   int64
	scratch sync.Pool // of *batch
}

// term is one part that is not hashed.
type term struct {
	*entries
	kernel kernel
	spec   spec
	at     int // place in the key
	rank   field
}

// field is where the rank of a part goes in the rank of a hit.
type field struct {
	drop, shift uint   // low bits left out, and how far up the rest goes
	most        uint64 // of the bits that stay
	sum         bool   // shares the place with others
}

func buildMixed(ctx context.Context, parts []Part) (*mixed, error) {
	m := &mixed{rows: parts[0].Cells.Len()}
	m.scratch.New = func() any { return new(batch) }
	var hashed []Part
	fields := layout(parts)
	for i, p := range parts {
		if p.Mode.Hashed() {
			hashed = append(hashed, p)
			m.grouped = append(m.grouped, i)
			continue
		}
		e, k, err := buildTerm(ctx, p)
		if err != nil {
			return nil, err
		}
		spec, _ := specOf(p.Mode)
		if len(parts) > 1 {
			e.thicken()
		}
		m.terms = append(m.terms, &term{entries: e, kernel: k, spec: spec, at: i, rank: fields[i]})
		m.bytes += e.bytes() + k.bytes() + 256
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(m.terms, func(a, b *term) int { return a.spec.cost - b.spec.cost })
	if len(hashed) > 0 {
		group, err := buildHash(ctx, hashed)
		if err != nil {
			return nil, err
		}
		m.group = group
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
	spec, _ := specOf(p.Mode)
	k, err := spec.build(&e.texts, p, &m)
	if stopped := m.Stop(); stopped != nil {
		return nil, nil, stopped
	}
	return e, k, err
}

// layout places the ranks of the parts, the first part's uppermost. Where the 64
// bits do not suffice, the last ones are rounded or left out.
func layout(parts []Part) []field {
	fields := make([]field, len(parts))
	left := uint(64)
	var conditions *field
	for i, p := range parts {
		f := &fields[i]
		if p.Mode == schema.ModeCondition && conditions != nil {
			*f = *conditions
			continue
		}
		spec, _ := specOf(p.Mode)
		width := min(spec.bits, left)
		left -= width
		*f = field{drop: spec.bits - width, shift: left, most: 1<<width - 1, sum: p.Mode == schema.ModeCondition}
		if p.Mode == schema.ModeCondition {
			conditions = f
		}
	}
	return fields
}

// add adds the rank of a part to that of a hit.
func (f field) add(rank uint64, part uint32) uint64 {
	if f.sum && rank>>f.shift&f.most == f.most {
		return rank
	}
	return rank + min(uint64(part)>>f.drop, f.most)<<f.shift
}

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
	meter := &b.work.meter
	if err := meter.Start(ctx, budget); err != nil {
		return err
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
		}
	}
	return meter.Stop()
}
