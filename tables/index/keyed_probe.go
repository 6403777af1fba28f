package index

import (
	"context"
	"hash/maphash"
)

// keyedProbe is the working memory of one batch. The values' keys stand in its arena, so
// that nothing of the leads' texts is held.
type keyedProbe struct {
	meter  Meter
	sums   []hashed  // of the first keys of a tuple
	extras []extra   // its further ones, by tuple
	other  []extra   // and those before the part that is looked at
	heads  []int32   // candidate of a tuple, then those of extras
	slots  []int     // where they were found
	spans  []keySpan // of the values of all parts, part by part
	hashes []keyHash // of the values of one part
	seen   []int32   // open addressing: a value of the part + 1, 0 is free
	arena  []byte
	chains []int32
	// touched takes what was read ahead; without a place to go, the reads would be
	// compiled away.
	touched uint64
}

// keySpan is where the keys of a value stand in the arena: the first up to second, and the
// other, if there is one, up to the end.
type keySpan struct{ start, second, end int }

// keyWork and keyByteWork are what making the keys of a value takes, beside 10 more.
const (
	keyWork     = 40
	keyByteWork = 4
)

// mergeWork is what one of several chains takes to find the next row.
const mergeWork = 3

// Probe looks up all tuples.
func (k *keyed) Probe(ctx context.Context, keys [][]string, need int, hits *Hits, budget *Budget) error {
	if need == Best { // All rows of a tuple have the same rank.
		need = First
	}
	hits.reset()
	p := k.scratch.Get().(*keyedProbe)
	defer k.scratch.Put(p)
	if err := p.meter.Start(ctx, budget); err != nil {
		return err
	}
	n := len(keys[0])
	if k.hashKeys(p, keys, n) && p.meter.Spend((n+len(p.extras))*searchWork) {
		k.findSlots(p, n)
		k.touchCells(p)
		extra := 0
		for i := range n {
			from := len(hits.Rows)
			if extra = k.tuple(p, i, n, extra, need, hits); p.meter.Stopped() {
				hits.cut(from)
				break
			}
			hits.Starts = append(hits.Starts, int32(len(hits.Rows)))
		}
	}
	return p.meter.Stop()
}

// hashKeys makes the keys of the values and hashes the tuples; false says that the work
// stopped.
func (k *keyed) hashKeys(p *keyedProbe, keys [][]string, n int) bool {
	p.sums, p.spans = resize(p.sums, n), resize(p.spans, n*len(k.parts))
	p.arena, p.extras = p.arena[:0], p.extras[:0]
	for i := range p.sums {
		p.sums[i] = hashed{hash: start}
	}
	for at := range k.parts {
		part := &k.parts[at]
		if !p.spell(k, part, keys[at], p.spans[at*n:(at+1)*n]) {
			return false
		}
		before, extras := p.extras, p.other[:0]
		for i, h := range p.hashes {
			sum := &p.sums[i]
			sum.empty = sum.empty || h.empty && !part.matchEmpty
			if !part.verified {
				extras, before = h.add(part.bit, int32(i), &sum.hash, before, extras)
			}
		}
		if !part.verified {
			p.extras, p.other = extras, p.extras
		}
	}
	return true
}

// spell makes the keys of the values of a part, of each distinct one once; false says that
// the work stopped.
func (p *keyedProbe) spell(k *keyed, part *keyPart, values []string, spans []keySpan) bool {
	p.hashes = resize(p.hashes, len(values))
	// The caller sends a tuple once; only parts of one can be the same again.
	repeated := len(k.parts) > 1
	if repeated {
		size := 1
		for size < 2*len(values) {
			size *= 2
		}
		p.seen = resize(p.seen, size)
		clear(p.seen)
	}
	for from := 0; from < len(values); {
		to, work := from, 0
		for ; to < len(values) && work < maxRun; to++ {
			work += 10 + len(values[to])
			if part.spelt {
				work += keyWork + keyByteWork*len(values[to])
			}
		}
		if !p.meter.Spend(work) {
			return false
		}
		for i := from; i < to; i++ {
			if repeated {
				if first := p.first(k.seed, values, i); first >= 0 {
					spans[i], p.hashes[i] = spans[first], p.hashes[first]
					continue
				}
			}
			start := len(p.arena)
			var second int
			p.arena, second = part.keys(p.arena, values[i])
			spans[i] = keySpan{start, second, len(p.arena)}
			p.hashes[i] = hashOf(k.seed, p.arena[start:], second-start)
		}
		from = to
	}
	return true
}

// first is the earlier place of a value, or -1, and this one is remembered.
func (p *keyedProbe) first(seed maphash.Seed, values []string, i int) int {
	for slot := int(maphash.String(seed, values[i])) & (len(p.seen) - 1); ; slot = (slot + 1) & (len(p.seen) - 1) {
		other := int(p.seen[slot]) - 1
		if other < 0 {
			p.seen[slot] = int32(i + 1)
			return -1
		}
		if values[other] == values[i] {
			return other
		}
	}
}

// findSlots finds the first posting of each key whose tag agrees. The loop over the first
// slots has nothing to wait for but memory, and the processor runs ahead.
func (k *keyed) findSlots(p *keyedProbe, n int) {
	touched := uint64(0)
	p.heads, p.slots = resize(p.heads, n+len(p.extras)), resize(p.slots, n+len(p.extras))
	for i, sum := range p.sums {
		p.slots[i], _ = slotOf(k.slots, sum.hash)
		touched += k.slots[p.slots[i]]
	}
	for i, e := range p.extras {
		p.slots[n+i], _ = slotOf(k.slots, e.sum)
		touched += k.slots[p.slots[n+i]]
	}
	p.touched += touched
	for i, sum := range p.sums {
		p.heads[i] = noRow
		if !sum.empty {
			p.heads[i], p.slots[i] = candidate(k.slots, p.slots[i], sum.hash<<32)
		}
	}
	for i, e := range p.extras {
		p.heads[n+i] = noRow
		if !p.sums[e.of].empty {
			p.heads[n+i], p.slots[n+i] = candidate(k.slots, p.slots[n+i], e.sum<<32)
		}
	}
}

// touchCells reads a byte of every candidate's cells, so that comparing finds them near.
func (k *keyed) touchCells(p *keyedProbe) {
	touched := uint64(0)
	for at := range k.parts {
		part := &k.parts[at]
		for _, head := range p.heads {
			if head != noRow {
				row, _ := k.posting(head)
				touched += part.touch(row)
			}
		}
	}
	p.touched += touched
}

// tuple adds the hits of tuple i, whose extras begin at one; it returns where those of the
// next begin.
func (k *keyed) tuple(p *keyedProbe, i, n, extra, need int, hits *Hits) int {
	p.chains = p.chains[:0]
	if head := k.head(p, i, i, n, p.sums[i].hash, 0); head != noRow {
		p.chains = append(p.chains, head)
	}
	for ; extra < len(p.extras) && int(p.extras[extra].of) == i; extra++ {
		e := p.extras[extra]
		if head := k.head(p, n+extra, i, n, e.sum, e.mask); head != noRow {
			p.chains = append(p.chains, head)
		}
	}
	switch {
	case len(p.chains) == 1:
		k.chain(p, i, n, need, hits)
	case len(p.chains) > 1:
		k.merge(p, i, n, need, hits)
	}
	return extra
}

// head is the first posting under a key of tuple i; at is the key's place in heads.
func (k *keyed) head(p *keyedProbe, at, i, n int, sum uint64, mask uint8) int32 {
	posting, slot := p.heads[at], p.slots[at]
	for posting != noRow {
		if k.stands(p, posting, i, n, mask) {
			return posting
		}
		if slot++; slot == len(k.slots) {
			slot = 0
		}
		posting, slot = candidate(k.slots, slot, sum<<32)
	}
	return noRow
}

// stands says that a posting stands under a key of a tuple.
func (k *keyed) stands(p *keyedProbe, posting int32, i, n int, mask uint8) bool {
	row, its := k.posting(posting)
	for at := range k.parts {
		part := &k.parts[at]
		if part.verified {
			continue
		}
		s := p.spans[at*n+i]
		key := p.arena[s.start:s.second]
		if mask&part.bit != 0 {
			key = p.arena[s.second:s.end]
		}
		if !part.has(row, key, its&part.bit != 0) {
			return false
		}
	}
	return true
}

// holds says that a row holds in the parts that are not hashed.
func (k *keyed) holds(p *keyedProbe, row, i, n int) bool {
	for _, at := range k.rest {
		part := &k.parts[at]
		s := p.spans[at*n+i]
		first, second := p.arena[s.start:s.second], p.arena[s.second:s.end]
		if part.has(row, first, false) || part.has(row, first, true) {
			continue
		}
		if len(second) == 0 || !part.has(row, second, false) && !part.has(row, second, true) {
			return false
		}
	}
	return true
}

// chain adds the rows of one chain.
func (k *keyed) chain(p *keyedProbe, i, n, need int, hits *Hits) {
	from := len(hits.Rows)
	for posting := p.chains[0]; posting != noRow; posting = k.after(posting) {
		row, _ := k.posting(posting)
		if !k.add(p, row, i, n, hits) || need != All && len(hits.Rows)-from == need {
			return
		}
	}
}

// merge adds the rows of several chains in their order; a row may be in more than one.
func (k *keyed) merge(p *keyedProbe, i, n, need int, hits *Hits) {
	from := len(hits.Rows)
	for len(p.chains) > 0 && (need == All || len(hits.Rows)-from < need) {
		if !p.meter.Spend(mergeWork * len(p.chains)) {
			return
		}
		least := k.rows
		for _, posting := range p.chains {
			row, _ := k.posting(posting)
			least = min(least, row)
		}
		left := p.chains[:0]
		for _, posting := range p.chains {
			if row, _ := k.posting(posting); row == least {
				posting = k.after(posting)
			}
			if posting != noRow {
				left = append(left, posting)
			}
		}
		p.chains = left
		if !k.add(p, least, i, n, hits) {
			return
		}
	}
}

// after is the next posting of the same key.
func (k *keyed) after(posting int32) int32 {
	if k.next == nil {
		return noRow
	}
	return k.next[posting]
}

// add adds a row if it holds in the parts that are not hashed; false says that the work
// stopped.
func (k *keyed) add(p *keyedProbe, row, i, n int, hits *Hits) bool {
	if !p.meter.Spend(hitWork + verifyWork*len(k.rest)) {
		return false
	}
	if len(k.rest) > 0 && !k.holds(p, row, i, n) {
		return true
	}
	hits.Rows = append(hits.Rows, int32(row))
	hits.Scores = append(hits.Scores, 1)
	hits.Ranks = append(hits.Ranks, k.rank)
	return true
}
