package index

// damerau counts typing errors: the least number of insertions, deletions,
// substitutions and transpositions of neighbours that make one text of another
// (Damerau and Levenshtein, without the restriction that no place is edited
// twice). It is working memory, for one goroutine.
type damerau struct {
	rows []uint16
	work int     // that the last distance took
	last []int32 // of a character of b: the row where a had it last
}

// distance is the number of errors if it is at most a limit; else ok is false.
// Only the cells of the matrix that can lie on a way within the limit are worked
// out. The texts have fewer than 32,768 characters.
func (d *damerau) distance(a, b []rune, limit int) (distance int, ok bool) {
	d.work = distanceWork
	if len(a)-len(b) > limit || len(b)-len(a) > limit || limit < 0 {
		return 0, false
	}
	const far = 1 << 14
	width := len(b) + 1
	d.rows = resize(d.rows, (len(a)+1)*width)
	d.last = resize(d.last, width)
	clear(d.last)
	for j := range min(len(b), limit) + 1 {
		d.rows[j] = uint16(j)
	}
	if limit+1 < width {
		d.rows[limit+1] = far
	}
	for i := 1; i <= len(a); i++ {
		row, above := d.rows[i*width:(i+1)*width], d.rows[(i-1)*width:i*width]
		from, to := max(1, i-limit), min(len(b), i+limit)
		d.work += cellsWork * (to - from + 3)
		row[from-1] = far
		if from == 1 && i <= limit {
			row[0] = uint16(i)
		}
		least := row[from-1]
		column := 0 // where b had a[i-1] last in this row
		for j := from; j <= to; j++ {
			best := above[j-1]
			same := a[i-1] == b[j-1]
			if !same {
				best++
			}
			best = min(best, row[j-1]+1)
			if j < i+limit {
				best = min(best, above[j]+1)
			}
			// k and l are where the two characters stand the other way round; that
			// place is worked out, for k < i and l < j, and k is as near to j, and l
			// to i, as the limit allows.
			if k, l := int(d.last[j]), column; k > 0 && l > 0 {
				best = min(best, d.rows[(k-1)*width+l-1]+uint16(i-k-1+1+j-l-1))
			}
			row[j] = best
			least = min(least, best)
			if same {
				d.last[j] = int32(i)
				column = j
			}
		}
		if to < len(b) {
			row[to+1] = far
		}
		if int(least) > limit {
			return 0, false
		}
	}
	distance = int(d.rows[len(a)*width+len(b)])
	return distance, distance <= limit
}

// The work of a distance: to begin with, and a cell of the matrix.
const (
	distanceWork = 20
	cellsWork    = 5
)

// masks are the places of each character in one value of at most 64 characters.
type masks struct {
	of    *value
	ascii [128]uint64
	used  []rune // of ascii
	other []mask
	last  uint64 // the place of the last character
}

type mask struct {
	r      rune
	places uint64
}

// set works out the places in a value; false says that it is too long for it.
func (m *masks) set(v *value) bool {
	if m.of == v {
		return true
	}
	if len(v.runes) == 0 || len(v.runes) > 64 {
		return false
	}
	for _, r := range m.used {
		m.ascii[r] = 0
	}
	m.of, m.used, m.other = v, m.used[:0], m.other[:0]
	for i, r := range v.runes {
		if m.last = 1 << i; r < 128 {
			m.ascii[r] |= m.last
			m.used = append(m.used, r)
			continue
		}
		at := 0
		for at < len(m.other) && m.other[at].r != r {
			at++
		}
		if at == len(m.other) {
			m.other = append(m.other, mask{r: r})
		}
		m.other[at].places |= m.last
	}
	return true
}

func (m *masks) places(r rune) uint64 {
	if r < 128 {
		return m.ascii[r]
	}
	for _, o := range m.other {
		if o.r == r {
			return o.places
		}
	}
	return 0
}

// restricted is the number of typing errors between the value and a text if no
// place is edited twice (optimal string alignment), worked out for a whole column
// of the matrix at a time (Hyyrö, 2003). It is never below damerau's distance and
// at most half as much again: only where two transposed characters have others
// between them does it count one more, on at least two.
//
// With it in front, fuzzy takes about a third of the time.
func (m *masks) restricted(text string, length int) int {
	vp, vn, d0, before := ^uint64(0), uint64(0), uint64(0), uint64(0)
	score := length
	for _, r := range text {
		places := m.places(r)
		swapped := (^d0 & places) << 1 & before
		d0 = ((places&vp + vp) ^ vp) | places | vn | swapped
		hp, hn := vn|^(d0|vp), d0&vp
		if hp&m.last != 0 {
			score++
		}
		if hn&m.last != 0 {
			score--
		}
		hp = hp<<1 | 1
		hn <<= 1
		vp, vn = hn|^(d0|hp), hp&d0
		before = places
	}
	return score
}
