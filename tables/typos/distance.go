package typos

import (
	"math/bits"
	"unicode/utf8"
)

// Distance is the number of typing errors between the pattern and a text if it is at most
// a limit; else ok is false. It goes through the text only as far as it takes to know
// that there are more.
func (m *Masks) Distance(text string, limit int) (distance int, ok bool) {
	return m.DistanceOf(text, utf8.RuneCountInString(text), limit)
}

// DistanceOf is Distance for a caller that knows how many characters a text has; another
// number than that gives a wrong distance.
func (m *Masks) DistanceOf(text string, length, limit int) (distance int, ok bool) {
	m.work = beginWork
	apart := max(m.length-length, length-m.length)
	switch {
	case apart > limit:
		return 0, false
	case m.length == 0 || length == 0:
		return apart, true
	case m.words == 1:
		return m.one(text, length, limit)
	}
	return m.several(text, length, limit)
}

// Work is what the last distance took: a unit is about half a nanosecond.
func (m *Masks) Work() int { return m.work }

// The work of a distance: to begin with, and a word of a column.
const (
	beginWork = 40
	wordWork  = 8
)

// column is what is kept of 64 rows of a column of the matrix, a bit a row; the package
// comment tells what for.
type column struct {
	up   uint64 // one more than the row above
	down uint64 // one less than the row above
	more uint64 // one more than up left, on the diagonal; elsewhere it is the same
	open uint64 // a swap with the text's characters between, begun further left, may end here
}

// one is the distance where the pattern fits in a word.
func (m *Masks) one(text string, length, limit int) (int, bool) {
	var (
		up                = ^uint64(0)
		down, more, open  uint64
		before            uint64
		distance, columns = max(m.length-length, length-m.length), 0
		row               = m.length - length // on the diagonal that ends in the last row, from 0
	)
	for _, r := range text {
		here := m.places[m.slot(r)]
		swap := (more & here) << 1 // with characters of the pattern between
		swap = ((swap&up + up) ^ up) & before
		same := (here&up + up) ^ up | here | down | swap | open&(here<<1)
		right := (down|^(same|up))<<1 | 1
		left := (same & up) << 1
		more = ^same
		open = open&right | more<<1&here
		up, down = left|^(same|right), right&same
		before = here
		columns++
		// A shift by a negative number is one by a very large one: nothing is left.
		if distance += int(more >> uint(row) & 1); distance > limit {
			break
		}
		row++
	}
	m.work += wordWork * columns
	return distance, distance <= limit
}

// several is the distance where the pattern takes several words. Only those are worked
// out that hold cells of a way of at most limit errors: it leaves the diagonals between
// the first cell's and the last one's by no more than half the errors that the lengths
// leave. Of a swap the row above such a cell and the one below it must be known as well.
func (m *Masks) several(text string, length, limit int) (int, bool) {
	offset := m.length - length // of the last diagonal
	distance := max(offset, -offset)
	wide := (min(limit, m.length+length)-distance)/2 + 1
	highest, lowest := min(0, offset)-wide, max(0, offset)+wide // diagonals, seen from the first one
	m.columns = resize(m.columns, m.words)
	for w := range m.columns {
		m.columns[w] = column{up: ^uint64(0)}
	}
	before := m.places[:m.words]
	row := offset // on the last diagonal, from 0
	i := 0        // the column, from 0
	for _, r := range text {
		slot := m.slot(r) * m.words
		here := m.places[slot : slot+m.words]
		from, to := max(0, i+highest)/wordBits, min(m.length-1, i+lowest)/wordBits
		next(m.columns[from:to+1], here[from:to+1], before[from:to+1])
		m.work += wordWork * (to - from + 1)
		before = here
		if row >= 0 {
			distance += int(m.columns[row/wordBits].more >> (row % wordBits) & 1)
			if distance > limit {
				return 0, false
			}
		}
		row++
		i++
	}
	return distance, true
}

// next makes of a column the one to its right: here and before are the places of this
// column's character and of the one before. Above the first word every cell is one more
// than that to its left.
func next(columns []column, here, before []uint64) {
	var swapped, found, missed, less uint64 // what goes over into the next word
	var upFrom, sameFrom uint64
	more := uint64(1)
	for w := range columns {
		c := &columns[w]
		h := here[w]
		var sum uint64

		x := c.more & h
		swap := x<<1 | swapped
		swapped = x >> 63
		sum, upFrom = bits.Add64(swap&c.up, c.up, upFrom)
		swap = (sum ^ c.up) & before[w]

		ended := c.open & (h<<1 | found)
		found = h >> 63

		sum, sameFrom = bits.Add64(h&c.up, c.up, sameFrom)
		same := sum ^ c.up | h | c.down | swap | ended

		right, left := c.down|^(same|c.up), same&c.up
		r, l := right<<1|more, left<<1|less
		more, less = right>>63, left>>63

		c.more = ^same
		c.open = c.open&r | (c.more<<1|missed)&h
		missed = c.more >> 63
		c.up, c.down = l|^(same|r), r&same
	}
}
