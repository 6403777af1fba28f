package index

import (
	"context"
	"errors"
	"hash/maphash"
	"math"
	"sync"
)

// keyed is the Index of a key whose parts are all compared for equality, at least one of
// them in a form in which a text may have two keys (see spelling). A cell Zürich stands
// under zurich and under zuerich, and a value is looked up under each of its own. That is
// not transitive: Zürich meets Zurich and Zuerich, which do not meet each other. So rows
// hang together under a key, as they do in hash, and a row with two keys in two chains.
//
// Where a row stands under a key is a posting. The first posting of each row, under the
// first keys of all parts, has the row's number; most rows have no other. The further ones
// are numbered behind all rows, and have an owner and a mask: bit b is set where they stand
// under the second key of the part with that bit. Postings of one key hang together by row.
//
//	parts (loose, exact, loose)    row 7: Zürich | CH | Köln
//	posting 7          mask 00     zurich  | CH | koln
//	posting rows+4     mask 01     zuerich | CH | koln
//	posting rows+5     mask 10     zurich  | CH | koeln
//	posting rows+6     mask 11     zuerich | CH | koeln
//
// Of parts with two keys at most MaxDoubled are hashed, so that a row stands under eight
// keys at most, and a tuple is looked up under eight: those with the most different cells.
// The others are verified row by row.
type keyed struct {
	seed    maphash.Seed
	parts   []keyPart
	rest    []int // of parts: the places of those that are not hashed
	rows    int
	slots   []uint64 // hash in the upper half, posting+1 in the lower; 0 is free
	next    []int32  // the next posting of the same key, -1 none; nil where all keys differ
	owners  []int32  // row of posting rows+i
	masks   []uint8  // which keys posting rows+i stands under
	rank    uint64   // of every hit
	bytes   int64
	scratch sync.Pool // of *keyedProbe
}

// extra is a key of a row, or of a tuple, beside that of the first keys of its parts.
type extra struct {
	of   int32 // the row, or the tuple
	mask uint8
	sum  uint64
}

// buildKeyed takes the places of the ranks of its parts, as buildHash does.
func buildKeyed(ctx context.Context, parts []Part, fields []field) (*keyed, error) {
	k := &keyed{seed: maphash.MakeSeed(), rows: parts[0].Cells.Len()}
	for _, f := range fields {
		k.rank = f.add(k.rank, 0)
	}
	k.scratch.New = func() any { return new(keyedProbe) }
	for _, p := range parts {
		k.parts = append(k.parts, keyPartOf(p))
	}
	k.choose()
	b := keyedBuilder{keyed: k, sums: make([]uint64, k.rows), empty: make([]uint64, (k.rows+63)/64)}
	for i := range b.sums {
		b.sums[i] = start
	}
	for p := range k.parts {
		if err := b.sum(ctx, &k.parts[p]); err != nil {
			return nil, err
		}
	}
	if err := b.insertAll(ctx); err != nil {
		return nil, err
	}
	k.bytes = 8*int64(len(k.slots)) + 4*int64(len(k.next)+len(k.owners)) + int64(len(k.masks)) + 256
	for p := range k.parts {
		k.bytes += k.parts[p].bytes()
	}
	return k, nil
}

// choose says which parts with two keys are hashed, and gives them their bits.
func (k *keyed) choose() {
	var doubled []int
	for p := range k.parts {
		if k.parts[p].spelt {
			doubled = append(doubled, p)
		}
	}
	hashed, rest := Doubled(doubled, func(p int) int { return k.parts[p].values() })
	for i, p := range hashed {
		k.parts[p].bit = 1 << i
	}
	for _, p := range rest {
		k.parts[p].verified = true
	}
	k.rest = rest
}

// keyedBuilder is what only building needs.
type keyedBuilder struct {
	*keyed
	sums   []uint64 // hash of a row's first key
	extras []extra  // the further keys of rows, by row
	other  []extra
	empty  []uint64 // bit of a row: matches nothing
	values []keyHash
	key    []byte
}

// sum adds a part to the hashes of every row.
func (b *keyedBuilder) sum(ctx context.Context, p *keyPart) error {
	old := b.extras
	extras := b.other[:0]
	for at := range p.column.Chunks() {
		if err := ctx.Err(); err != nil {
			return err
		}
		chunk, start := p.column.Chunk(at)
		b.values, b.key = p.read(b.seed, at, b.values, b.key)
		for i := range chunk.Len() {
			v, row := b.values[chunk.Code(i)], start+i
			if v.empty && !p.matchEmpty {
				b.empty[row>>6] |= 1 << (row & 63)
			}
			if p.verified {
				continue
			}
			extras, old = v.add(p.bit, int32(row), &b.sums[row], old, extras)
		}
	}
	if !p.verified {
		b.extras, b.other = extras, b.extras
	}
	return nil
}

// add mixes the hashes of a part into those of a row or a tuple: into the sum of its first
// keys, and into the extras of before, which are sorted by of; what they become is added to
// to. It returns to, and the extras of what comes after.
func (v keyHash) add(bit uint8, of int32, sum *uint64, before, to []extra) (_, rest []extra) {
	if v.two {
		to = append(to, extra{of, bit, mix(*sum, v.second)})
	}
	*sum = mix(*sum, v.first)
	for len(before) > 0 && before[0].of == of {
		e := before[0]
		before = before[1:]
		to = append(to, extra{of, e.mask, mix(e.sum, v.first)})
		if v.two {
			to = append(to, extra{of, e.mask | bit, mix(e.sum, v.second)})
		}
	}
	return to, before
}

// insertAll goes from the last row to the first: a posting then goes before those of its
// key that are in already, and the chain ascends.
func (b *keyedBuilder) insertAll(ctx context.Context) error {
	postings := b.rows + len(b.extras)
	if postings >= math.MaxInt32 {
		return errors.New("the rows have more than 2,147,483,646 keys")
	}
	b.slots = make([]uint64, postings+postings/3+2)
	b.owners, b.masks = make([]int32, len(b.extras)), make([]uint8, len(b.extras))
	for i, e := range b.extras {
		b.owners[i], b.masks[i] = e.of, e.mask
	}
	last := len(b.extras)
	for row := b.rows - 1; row >= 0; row-- {
		if row&0xffff == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		hits := b.empty[row>>6]&(1<<(row&63)) == 0
		for ; last > 0 && int(b.owners[last-1]) == row; last-- {
			if hits {
				b.insert(b.rows+last-1, b.extras[last-1].sum, postings)
			}
		}
		if hits {
			b.insert(row, b.sums[row], postings)
		}
	}
	return nil
}

// insert puts a posting before all those of later rows.
func (b *keyedBuilder) insert(posting int, sum uint64, postings int) {
	slot, tag := slotOf(b.slots, sum)
	for {
		s := b.slots[slot]
		if s == 0 {
			b.slots[slot] = tag | uint64(posting+1)
			return
		}
		if s&^lower == tag {
			if head := int32(s&lower) - 1; b.sameKey(int32(posting), head) {
				if b.next == nil {
					b.next = make([]int32, postings)
					for i := range b.next {
						b.next[i] = noRow
					}
				}
				b.next[posting] = head
				b.slots[slot] = tag | uint64(posting+1)
				return
			}
		}
		if slot++; slot == len(b.slots) {
			slot = 0
		}
	}
}

func (b *keyedBuilder) sameKey(posting, other int32) bool {
	row, mask := b.posting(posting)
	otherRow, otherMask := b.posting(other)
	for i := range b.parts {
		p := &b.parts[i]
		if p.verified {
			continue
		}
		b.key = p.appendKey(b.key[:0], row, mask&p.bit != 0)
		if !p.has(otherRow, b.key, otherMask&p.bit != 0) {
			return false
		}
	}
	return true
}

// posting is the row of a posting, and which of its keys it stands under.
func (k *keyed) posting(number int32) (row int, mask uint8) {
	if extra := int(number) - k.rows; extra >= 0 {
		return int(k.owners[extra]), k.masks[extra]
	}
	return int(number), 0
}

// Unread is nothing: cells that are compared for equality are all understood.
func (k *keyed) Unread() []Unread { return nil }

// TakesEmpty says that an empty cell of a part matches an empty value.
func (k *keyed) TakesEmpty(part int) bool { return k.parts[part].matchEmpty }

// Bytes is the memory beyond the columns.
func (k *keyed) Bytes() int64 { return k.bytes }
