package typos

// Masks are the places of each character in one text of at most 64 characters, with
// which its errors are counted faster. It is working memory, for one goroutine.
type Masks struct {
	ascii [128]uint64
	used  []rune // of ascii
	other []mask
	last  uint64 // the place of the last character

	length int // of the text
}

type mask struct {
	r      rune
	places uint64
}

// Set works out the places in a text; false says that it is empty or too long for it.
func (m *Masks) Set(runes []rune) bool {
	if len(runes) == 0 || len(runes) > 64 {
		return false
	}
	for _, r := range m.used {
		m.ascii[r] = 0
	}
	m.length, m.used, m.other = len(runes), m.used[:0], m.other[:0]
	for i, r := range runes {
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

func (m *Masks) places(r rune) uint64 {
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

// Restricted is the number of typing errors between the text that was set and another
// one if no place is edited twice (optimal string alignment), worked out for a whole
// column of the matrix at a time (Hyyrö, 2003). It is never below a Counter's and
// at most half as much again: only where two transposed characters have others
// between them does it count one more, on at least two.
//
// With it in front, matching by typing errors takes about a third of the time.
func (m *Masks) Restricted(text string) int {
	vp, vn, d0, before := ^uint64(0), uint64(0), uint64(0), uint64(0)
	score := m.length
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
