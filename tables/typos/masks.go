package typos

import (
	"slices"
	"unicode/utf8"
)

// Masks count typing errors against one text, the pattern: of each of its characters they
// hold the places where it stands, as bits, and a whole column of the matrix of distances
// is worked out from them at a time. They are working memory, for one goroutine, and
// allocate nothing once they have seen texts as long; the zero value is ready, and its
// pattern is empty.
type Masks struct {
	length int // of the pattern, in characters
	words  int // that a bit for each of them takes
	places []uint64
	ascii  [128]int32 // the slot of a character: its words of places; 0 is of those that the pattern does not have
	slots  int        // that are taken, slot 0 among them

	used   []rune   // the characters of the pattern, each once
	pages  []uint16 // of the characters beyond ASCII: the number of the page with their slots, from 1; 0 is none
	others []page

	columns []column
	work    int
}

// page has the slots of the characters that are equal but for their last 7 bits. Two
// steps to a slot, whatever the script and however many the characters: no pattern can
// be chosen so that they take longer.
type page [1 << pageBits]int32

const (
	pageBits = 7
	wordBits = 64
)

// Set makes a text the pattern. What is no character counts as U+FFFD, as it does in a
// string.
func (m *Masks) Set(pattern []rune) {
	for _, r := range m.used {
		if r < 128 {
			m.ascii[r] = 0
		} else {
			m.pages[r>>pageBits] = 0
		}
	}
	m.used, m.others = m.used[:0], m.others[:0]
	m.length, m.words = len(pattern), (len(pattern)+wordBits-1)/wordBits
	m.slots = 1
	m.places = append(m.places[:0], make([]uint64, m.words)...)
	for i, r := range pattern {
		if !utf8.ValidRune(r) {
			r = utf8.RuneError
		}
		m.places[m.take(r)*m.words+i/wordBits] |= 1 << (i % wordBits)
	}
}

// take is the slot of a character of the pattern, a new one where it is met first.
func (m *Masks) take(r rune) int {
	slot := m.slotFor(r)
	if *slot == 0 {
		*slot = int32(m.slots)
		m.slots++
		m.used = append(m.used, r)
		m.places = append(m.places, make([]uint64, m.words)...)
	}
	return int(*slot)
}

// slotFor is where the slot of a character is noted, with a page for it.
func (m *Masks) slotFor(r rune) *int32 {
	if r < 128 {
		return &m.ascii[r]
	}
	if m.pages == nil {
		m.pages = make([]uint16, utf8.MaxRune>>pageBits+1)
	}
	number := &m.pages[r>>pageBits]
	if *number == 0 {
		m.others = slices.Grow(m.others, 1)[:len(m.others)+1]
		m.others[len(m.others)-1] = page{}
		*number = uint16(len(m.others))
	}
	return &m.others[*number-1][r&(1<<pageBits-1)]
}

// slot is that of a character of another text, 0 where the pattern does not have it.
func (m *Masks) slot(r rune) int {
	if r < 128 {
		return int(m.ascii[r])
	}
	if len(m.others) == 0 {
		return 0
	}
	number := m.pages[r>>pageBits]
	if number == 0 {
		return 0
	}
	return int(m.others[number-1][r&(1<<pageBits-1)])
}

// resize gives n elements of any content, in the same memory if it has room.
func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
