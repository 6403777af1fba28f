package rotate

import (
	"slices"
	"time"

	"tablestep/engine/queue"
	"tablestep/tables/roster"
)

// Whole is by how much the pass of a row of weight 1 goes on with a lead. A pass has room for two
// thousand million of them.
const Whole = 1 << 32

// chooser gives rows to the leads of a request, in their order. It works on seats that nobody
// else looks at meanwhile.
type chooser struct {
	rows   []roster.Row
	place  []*seat
	at     time.Time
	period string

	free  []int8 // of each row, as far as the table says: 0 is not looked at yet, 1 is free, -1 is not
	lines map[int]*line
	turns []*queue.Turn // of each row that something has changed of, by its number
	order []int32       // these, as they came
}

// line is the free rows that a tuple hits, the next one first.
type line struct {
	all  []int32 // that are hit, ascending
	heap []waiting
}

// waiting is a row with the pass that it had when it was last looked at: it is no larger than
// the one it has.
type waiting struct {
	pass int64
	row  int32
}

// before says that a row of the heap comes before another.
func (l *line) before(i, j int) bool {
	a, b := l.heap[i], l.heap[j]
	return a.pass < b.pass || a.pass == b.pass && a.row < b.row
}

// down moves a row behind those that come before it. container/heap would call an interface
// three times a step.
func (l *line) down(i int) {
	for {
		next := 2*i + 1
		if next+1 < len(l.heap) && l.before(next+1, next) {
			next++
		}
		if next >= len(l.heap) || !l.before(next, i) {
			return
		}
		l.heap[i], l.heap[next] = l.heap[next], l.heap[i]
		i = next
	}
}

// drop takes the first row out.
func (l *line) drop() {
	last := len(l.heap) - 1
	l.heap[0] = l.heap[last]
	l.heap = l.heap[:last]
	l.down(0)
}

// turn is what changes of a row.
func (c *chooser) turn(row int32) *queue.Turn {
	if c.turns[row] == nil {
		c.turns[row] = &queue.Turn{Row: c.rows[row].Name, Period: c.period, Out: c.place[row].Out}
		if c.rows[row].Cap > 0 {
			c.turns[row].Cap = c.rows[row].Cap
		}
		c.order = append(c.order, row)
	}
	return c.turns[row]
}

// invalid notes all rows but those that are valid, ascending, as out: once one is valid again it begins anew.
func (c *chooser) invalid(valid []int32) {
	for i, s := range c.place {
		if s == nil || !s.known || s.Out {
			continue
		}
		if _, is := slices.BinarySearch(valid, int32(i)); !is {
			c.turn(int32(i)).Out, s.Out = true, true
		}
	}
}

// may says that a row can get a lead. One that cannot is noted as out.
func (c *chooser) may(row int32) bool {
	s := c.place[row]
	if s == nil { // It cannot be read.
		return false
	}
	if c.free[row] == 0 {
		if c.free[row] = -1; c.rows[row].Free(c.at) {
			c.free[row] = 1
		}
	}
	if c.free[row] > 0 {
		most := c.rows[row].Cap
		given, known := s.In(c.period)
		if most < 0 || !known || given < most {
			return true
		}
	}
	if s.known && !s.Out {
		s.Out = true
		c.turn(row).Out = true
	}
	return false
}

// lineOf is the line of a tuple, once it is there.
func (c *chooser) lineOf(tuple int, rows func(tuple int, dst []int32) []int32) *line {
	l := c.lines[tuple]
	if l != nil {
		return l
	}
	l = &line{all: rows(tuple, nil)}
	c.lines[tuple] = l
	least, most := int64(-1), int64(0)
	for _, row := range l.all {
		if !c.may(row) {
			continue
		}
		l.heap = append(l.heap, waiting{row: row})
		s := c.place[row]
		if s.known && !s.Out && (least < 0 || s.Pass < least) {
			least = s.Pass
		}
		most = max(most, s.Pass)
	}
	if least < 0 {
		least = most
	}
	for i := range l.heap {
		row := l.heap[i].row
		if s := c.place[row]; !s.known || s.Out {
			t := c.turn(row)
			t.Floor, t.Out = max(t.Floor, least), false
			s.Pass, s.known, s.Out = max(s.Pass, least), true, false
		}
		l.heap[i].pass = c.place[row].Pass
	}
	for i := len(l.heap)/2 - 1; i >= 0; i-- {
		l.down(i)
	}
	return l
}

// has says that a row is one of a line and can get a lead.
func (c *chooser) has(l *line, row int32) bool {
	_, hit := slices.BinarySearch(l.all, row)
	return hit && c.may(row)
}

// next is the row whose turn it is, -1 where none is free.
func (c *chooser) next(l *line) int32 {
	for len(l.heap) > 0 {
		first := &l.heap[0]
		s := c.place[first.row]
		switch {
		case !c.may(first.row):
			l.drop()
		case s.Pass != first.pass:
			first.pass = s.Pass
			l.down(0)
		default:
			return first.row
		}
	}
	return -1
}

// give gives a lead to a row.
func (c *chooser) give(row int32) {
	s, t := c.place[row], c.turn(row)
	stride := int64(Whole) / c.rows[row].Weight
	t.Leads++
	t.Advance += stride
	one := queue.Turn{Leads: 1, Advance: stride, Period: c.period, Row: t.Row, Out: s.Out}
	if after, err := s.After(&one, s.Last); err == nil { // It has no cap, so there is none.
		s.Counter = after
	}
	c.may(row) // With its last lead a row is full, and out from then on.
}
