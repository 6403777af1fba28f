package index

import (
	"math"
	"math/bits"
	"slices"
)

// gramsFrom is from how many texts on lists are worth their memory.
const gramsFrom = 50_000

// gramLists are the places where three characters stand in a row: a list for each three,
// by a number that several may share. Texts of more than maxListed characters are in no
// list.
type gramLists struct {
	shift  uint     // of the numbers: 64 less their bits
	starts []uint32 // of a list; one more than there are lists
	posts  []uint32 // the place of a text, and in the last 8 bits where in it the three begin; they ascend
	listed int32    // the first place of a text that is in no list
	always bool     // they are used wherever they can, whatever that takes: for tests
}

const (
	maxListed = 250
	maxPlaces = 1 << 24 // what has room beside 8 bits
	maxThrees = math.MaxUint32
)

// newGramLists makes the lists; nil where there would be too much in them, or the work
// stopped.
func newGramLists(of *texts, firsts []int32, m *Meter) *gramLists {
	listed := firsts[min(maxListed+1, len(firsts)-1)]
	if of.len() > maxPlaces || len(of.arena) > maxThrees {
		return nil
	}
	width := uint(17)
	if of.len() > 1<<17 {
		width = 18
	}
	g := &gramLists{shift: 64 - width, starts: make([]uint32, 1<<width+1), listed: listed}
	if !g.count(of, m) || !g.deal(of, m) {
		return nil
	}
	return g
}

// count finds where the lists begin.
func (g *gramLists) count(of *texts, m *Meter) bool {
	for place := range g.listed {
		text := of.at(place)
		if !m.Spend(listWork * (len(text) + 1)) {
			return false
		}
		window, at := uint64(0), 0
		for _, c := range text {
			if window = window<<runeBits | uint64(c); at >= 2 {
				g.starts[g.number(window)+1]++
			}
			at++
		}
	}
	for i := range len(g.starts) - 1 {
		g.starts[i+1] += g.starts[i]
	}
	return true
}

// deal fills the lists in two steps, each of which writes to few places at a time: first
// those of a thousand numbers together, which are then dealt out within themselves. In one
// step, of a million texts, it took three times as long.
func (g *gramLists) deal(of *texts, m *Meter) bool {
	const lowBits = 10
	g.posts = make([]uint32, g.starts[len(g.starts)-1])
	low := make([]uint16, len(g.posts)) // of the number of a post
	together := make([]uint32, len(g.starts)>>lowBits)
	widest := uint32(0)
	for i := range together {
		together[i] = g.starts[i<<lowBits]
		widest = max(widest, g.starts[(i+1)<<lowBits]-together[i])
	}
	for place := range g.listed {
		text := of.at(place)
		if !m.Spend(listWork * (len(text) + 1)) {
			return false
		}
		window, post := uint64(0), uint32(place)<<8
		for _, c := range text {
			if window = window<<runeBits | uint64(c); post&0xff >= 2 {
				number := g.number(window)
				at := together[number>>lowBits]
				together[number>>lowBits]++
				g.posts[at], low[at] = post-2, uint16(number&(1<<lowBits-1))
			}
			post++
		}
	}
	next := make([]uint32, 1<<lowBits)
	posts := make([]uint32, widest)
	for i := range together {
		from, to := g.starts[i<<lowBits], g.starts[(i+1)<<lowBits]
		if !m.Spend(listWork * int(to-from) / 4) {
			return false
		}
		copy(next, g.starts[i<<lowBits:])
		copy(posts, g.posts[from:to])
		for j, number := range low[from:to] {
			g.posts[next[number]] = posts[j]
			next[number]++
		}
	}
	return true
}

// runeBits is what a character takes in a window of three.
const runeBits = 21

// number is that of the list of the three characters that came last into a window.
func (g *gramLists) number(window uint64) uint32 {
	return uint32(window << 1 * 0x9e3779b97f4a7c15 >> g.shift)
}

// window is one of three characters.
func window(a, b, c rune) uint64 {
	return uint64(a)<<(2*runeBits) | uint64(b)<<runeBits | uint64(c)
}

func (g *gramLists) size(number uint32) int32 { return int32(g.starts[number+1] - g.starts[number]) }

// threes works out the numbers of the lists of a value: of the three characters from each
// place on, and of the same with the first one swapped with the character before it.
func (g *gramLists) threes(key *fuzzyKey) {
	if key.hasLists {
		return
	}
	key.hasLists = true
	key.lists, key.swapped = key.lists[:0], key.swapped[:0]
	x := key.runes
	for at := range len(x) - 2 {
		key.lists = append(key.lists, g.number(window(x[at], x[at+1], x[at+2])))
		swapped := uint32(0)
		if at > 0 {
			swapped = g.number(window(x[at-1], x[at+1], x[at+2]))
		}
		key.swapped = append(key.swapped, swapped)
	}
}

// A chosenGram is a list that is looked through: the three characters of the value from a
// place on are the nth that were chosen.
type chosenGram struct {
	list    uint32
	at, nth int32
}

// choose chooses k+1 threes of a value, of which every text with k errors has one, so that
// their lists are short, into s.chosen; false says that looking at all signatures is less.
//
// Let the threes be 0 to k from left to right, none overlapping the next, and F(g) the
// errors that lie before the end of three g. An error lies at the characters of the value
// that it takes away, or at the end that it brings others in after. A swap has its error
// at the first of its two characters, and those that it brings in between as well; where it
// takes t characters away between the two, it has 1+t errors on 2+t characters, and one of
// those between has none.
//
// As F(k) <= k, there is a first g with F(g) <= g. For g > 0, F(g-1) > g-1, so that F(g-1) =
// F(g) = g, and no error lies in three g nor between it and the one before; for g = 0 there
// is none up to its end. So three g stands in the text as it is, but for one thing: its first
// character may be the second one of a swap, which has its error at the character before.
// That one belongs to three g-1, as no error lies between the two, and three g begins right
// behind it. Then the text has the three with that character in place of its first one: where
// two threes touch, this list is looked through as well. (A swap with characters taken
// away between has errors at both ends, or on the neighbours of the one that has none: no
// three touches it without an error of its own.)
//
// Exactly g errors lie before it, or none if g = 0, and k-g at most behind it. Each moves what
// is behind it by one place at most. So in the text the three is moved by s places, -g <= s
// <= g, and what is behind it by d-s, where d is how much longer the text is, and
// -(k-g) <= d-s <= k-g.
func (g *gramLists) choose(key *fuzzyKey, r stretch, texts int, s *fuzzySearch, m *Meter) bool {
	n, count := key.length-2, r.errors+1 // places where three can begin, and how many are chosen
	if 3*count > key.length || r.end > maxListed+1 || !g.always && texts < 4*n {
		return false
	}
	g.threes(key)
	if !m.Spend(chooseWork * n * count) {
		return false
	}
	// costs[i*n+p] is the least that i+1 threes cost of which the last one begins at p,
	// and picks[i*n+p] where the one before begins then.
	const far = math.MaxInt32 / 2
	s.costs, s.picks = resize(s.costs, n*count), resize(s.picks, n*count)
	for p, list := range key.lists {
		s.costs[p] = g.size(list)
	}
	for i := 1; i < count; i++ {
		before, costs, picks := s.costs[(i-1)*n:i*n], s.costs[i*n:(i+1)*n], s.picks[i*n:(i+1)*n]
		least, pick := int32(far), int16(0) // of those that end before the one just before p
		for p := range costs {
			costs[p] = far
			if p < 3*i {
				continue
			}
			if q := p - 4; q >= 0 && before[q] < least {
				least, pick = before[q], int16(q)
			}
			best, from := least, pick
			if touching := before[p-3] + g.size(key.swapped[p]); touching < best {
				best, from = touching, int16(p-3)
			}
			costs[p], picks[p] = min(best+g.size(key.lists[p]), far), from
		}
	}
	last := s.costs[(count-1)*n:]
	at := count*3 - 3
	for p := at; p < n; p++ {
		if last[p] < last[at] {
			at = p
		}
	}
	// Of a list, a part like that of the texts is in the stretch. A text in a list takes as
	// long as four signatures, by measurement.
	if !g.always && int64(last[at])*4 > int64(g.listed) {
		return false
	}
	s.chosen = s.chosen[:0]
	for i := count - 1; i >= 0; i-- {
		s.chosen = append(s.chosen, chosenGram{key.lists[at], int32(at), int32(i)})
		if i == 0 {
			break
		}
		from := int(s.picks[i*n+at])
		if from == at-3 {
			s.chosen = append(s.chosen, chosenGram{key.swapped[at], int32(at), int32(i)})
		}
		at = from
	}
	return true
}

// collect adds the places of a stretch that are in a chosen list, moved no further than an
// error a place allows, and whose signatures are near. They ascend, each once.
func (g *gramLists) collect(k *fuzzies, key *fuzzyKey, r stretch, s *fuzzySearch, m *Meter, dst []int32) []int32 {
	from, to := k.firsts[r.length], k.firsts[r.end]
	looked := 0
	for _, c := range s.chosen {
		list := g.posts[g.starts[c.list]:g.starts[c.list+1]]
		list = list[lowerBound(list, uint32(from)<<8):]
		if to < maxPlaces {
			list = list[:lowerBound(list, uint32(to)<<8)]
		}
		if !m.Spend(reachWork*bits.Len(uint(len(list))) + postWork*len(list)) {
			return dst
		}
		left, right := int(c.nth), r.errors-int(c.nth)
		length, next := r.length-1, int32(0) // so that the first place sets lowest and wide
		lowest, wide := uint32(0), uint32(0)
		for _, post := range list {
			place := int32(post >> 8)
			if place >= next {
				for length++; place >= k.firsts[length+1]; length++ {
				}
				next = k.firsts[length+1]
				d := length - key.length
				low, high := max(-left, d-right), min(left, d+right)
				lowest, wide = uint32(int(c.at)+low), uint32(high-low)
			}
			if post&0xff-lowest > wide {
				continue
			}
			looked++
			if bitsApart(key.sign, k.signs.of[place]) <= r.errors {
				dst = append(dst, place)
			}
		}
	}
	m.Spend(lookWork * looked * max(1, bits.Len(uint(len(k.signs.of)>>16))))
	sortNumbers(m, dst)
	return slices.Compact(dst)
}

// lowerBound is the first place in an ascending list that is not below a number.
func lowerBound(list []uint32, number uint32) int {
	low, high := 0, len(list)
	for low < high {
		mid := int(uint(low+high) >> 1)
		if list[mid] < number {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low
}

func (g *gramLists) bytes() int64 { return 4 * int64(len(g.starts)+len(g.posts)) }
