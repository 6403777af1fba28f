package typos

// A Counter counts typing errors: the least number of insertions, deletions,
// substitutions and transpositions of neighbours that make one text of another
// (Damerau and Levenshtein, without the restriction that no place is edited
// twice). It is working memory, for one goroutine; the zero value is ready.
type Counter struct {
	rows []uint16
	last []int32 // of a character of b: the row where a had it last
	work int
}

// Work is what the last distance took, in units of which a cell of its matrix takes
// five.
func (d *Counter) Work() int { return d.work }

// Distance is the number of errors if it is at most a limit; else ok is false.
// Only the cells of the matrix that can lie on a way within the limit are worked
// out. The texts have fewer than 32,768 characters.
func (d *Counter) Distance(a, b []rune, limit int) (distance int, ok bool) {
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

// resize gives n elements of any content, in the same memory if it has room.
func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
