package index

import (
	"hash/maphash"
	"math/bits"
	"slices"
	"strings"
	"unicode/utf8"
)

// affixes finds those of a set of texts that a value starts with, or ends with:
// a hash table of the texts, and a hash of the value that grows byte by byte and
// is looked up at each length that a text has. So a value costs its length,
// however many texts there are.
type affixes struct {
	texts   *texts
	slots   []uint64 // hash in the upper half, entry+1 in the lower; 0 is free
	lengths []uint64 // bit n: a text has n bytes
	longest int
	seed    uint64
	back    bool // from the end
	labels  bool // only at the start of a label of a domain name
}

func newAffixes(entries *texts, back, labels bool, m *Meter) *affixes {
	k := &affixes{texts: entries, back: back, labels: labels, seed: maphash.Comparable(maphash.MakeSeed(), back)}
	k.slots = make([]uint64, entries.len()+entries.len()/2+2)
	for e := range int32(entries.len()) {
		k.longest = max(k.longest, len(entries.at(e)))
	}
	k.lengths = make([]uint64, k.longest/64+1)
	for e := range int32(entries.len()) {
		text := entries.at(e)
		if !m.Spend(20 + len(text)) {
			return k
		}
		k.lengths[len(text)>>6] |= 1 << (len(text) & 63)
		sum := k.seed
		for i := range len(text) {
			sum = k.step(sum, k.byteAt(text, i))
		}
		slot, tag := k.place(sum)
		for k.slots[slot] != 0 {
			if slot++; slot == len(k.slots) {
				slot = 0
			}
		}
		k.slots[slot] = tag | uint64(e+1)
	}
	return k
}

// byteAt is byte i in the direction of reading.
func (k *affixes) byteAt(text string, i int) byte {
	if k.back {
		return text[len(text)-1-i]
	}
	return text[i]
}

func (k *affixes) step(sum uint64, c byte) uint64 {
	return (sum ^ uint64(c)) * 0x9e3779b97f4a7c15
}

func (k *affixes) place(sum uint64) (slot int, tag uint64) {
	sum ^= sum >> 29
	sum *= 0xd6e8feb86659fd93
	hi, _ := bits.Mul64(sum, uint64(len(k.slots)))
	return int(hi), sum << 32
}

// affix is the part of a text of n bytes that is compared.
func (k *affixes) affix(text string, n int) string {
	if k.back {
		return text[len(text)-n:]
	}
	return text[:n]
}

// cuts says that a text may be cut after n bytes.
func (k *affixes) cuts(text string, n int) bool {
	return !k.labels || n == len(text) || text[len(text)-1-n] == '.'
}

// each adds the entries that a text starts or ends with, shortest first.
func (k *affixes) each(text string, dst []int32, m *Meter) []int32 {
	sum := k.seed
	most := min(len(text), k.longest)
	for from := 0; from < most; from += maxRun {
		to := min(from+maxRun, most)
		if work := affixWork * (to - from); work > little && !m.Spend(work) {
			return dst
		}
		for i := from; i < to; i++ {
			sum = k.step(sum, k.byteAt(text, i))
			n := i + 1
			if k.lengths[n>>6]&(1<<(n&63)) == 0 || !k.cuts(text, n) {
				continue
			}
			slot, tag := k.place(sum)
			for {
				s := k.slots[slot]
				if s == 0 {
					break
				}
				if s&^lower == tag {
					if entry := int32(s&lower) - 1; k.texts.at(entry) == k.affix(text, n) {
						dst = append(dst, entry)
						break
					}
				}
				if slot++; slot == len(k.slots) {
					slot = 0
				}
			}
		}
	}
	return dst
}

// affixWork is what a byte of a value takes.
const affixWork = 3

// match says that a text starts or ends with an entry.
func (k *affixes) match(text string, entry int32) bool {
	affix := k.texts.at(entry)
	if k.back {
		return strings.HasSuffix(text, affix) && k.cuts(text, len(affix))
	}
	return strings.HasPrefix(text, affix)
}

// overlaps: two entries share a value if one starts, or ends, with the other.
// Those that go on from an entry are neighbours in the order of reading.
func (k *affixes) overlaps(w *work) func(int32, []int32) []int32 {
	keys := make([]string, k.texts.len())
	order := make([]int32, len(keys))
	for e := range keys {
		keys[e] = k.texts.at(int32(e))
		if k.back {
			keys[e] = reversed(keys[e])
		}
		order[e] = int32(e)
	}
	sortBy(&w.meter, order, func(a, b int32) int { return strings.Compare(keys[a], keys[b]) })
	return func(entry int32, dst []int32) []int32 {
		dst = k.each(k.texts.at(entry), dst, &w.meter) // itself among them
		at, _ := slices.BinarySearchFunc(order, keys[entry], func(e int32, key string) int { return strings.Compare(keys[e], key) })
		for _, e := range order[at+1:] {
			if !strings.HasPrefix(keys[e], keys[entry]) || !w.meter.Spend(10) {
				break
			}
			if k.cuts(k.texts.at(e), len(keys[entry])) {
				dst = append(dst, e)
			}
		}
		return dst
	}
}

func reversed(text string) string {
	b := []byte(text)
	slices.Reverse(b)
	return string(b)
}

func (k *affixes) bytes() int64 { return 8 * int64(len(k.slots)+len(k.lengths)) }

// affix is the kernel of modes Prefix and Suffix; the rank is the length in
// characters.
type affix struct{ *affixes }

func (k affix) prepare(*value, *work) bool { return true }

func (k affix) find(v *value, w *work, dst []found) []found {
	w.entries = k.each(v.text, w.entries[:0], &w.meter)
	work := 0
	for _, e := range w.entries {
		if work += 20 + len(k.texts.at(e))/2; work > little {
			if !w.meter.Spend(work) {
				break
			}
			work = 0
		}
		dst = append(dst, k.hit(e))
	}
	return dst
}

func (k affix) verify(v *value, _ *work, entry int32) (found, bool) {
	if !k.match(v.text, entry) {
		return found{}, false
	}
	return k.hit(entry), true
}

func (k affix) hit(entry int32) found {
	return found{entry: entry, score: 1, rank: uint32(utf8.RuneCountInString(k.texts.at(entry)))}
}
