package answers

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tablestep/tables/column"
	"tablestep/tables/schema"
)

// maxList is the longest text, in bytes, that a list of cells may become: four
// times what any field of Marketo takes.
const maxList = 8 << 10

// A total is what PolicyCollect has gathered of one output for one tuple.
type total struct {
	cells int    // that were not empty
	list  []byte // AggregateList, AggregateDistinct
	// AggregateDistinct: where the texts stand in list, and a set of them once there are more
	// than a few.
	texts []extent
	known map[string]struct{}
	sum   sum // AggregateSum
	// AggregateMin, AggregateMax: what all cells so far are, and the least or greatest, as
	// what each is taken for, with its text.
	numbers, dates bool
	number         schema.Decimal
	figure         string
	date           schema.Date
	day            string
	text           string
}

// extent is where a text stands in a list.
type extent struct{ from, to int }

// fewTexts are quicker compared one by one than looked up in a set.
const fewTexts = 8

// has says that a list of distinct texts has a cell.
func (t *total) has(cell string) bool {
	if t.known != nil {
		_, ok := t.known[cell]
		return ok
	}
	return slices.ContainsFunc(t.texts, func(e extent) bool { return string(t.list[e.from:e.to]) == cell })
}

// note notes that a cell is the last one of the list.
func (t *total) note(cell string) {
	if t.known == nil && len(t.texts) < fewTexts {
		t.texts = append(t.texts, extent{len(t.list) - len(cell), len(t.list)})
		return
	}
	if t.known == nil {
		t.known = make(map[string]struct{}, 4*fewTexts)
		for _, e := range t.texts {
			t.known[string(t.list[e.from:e.to])] = struct{}{}
		}
	}
	t.known[strings.Clone(cell)] = struct{}{}
}

// reset starts again, with the memory of before where it is not much.
func (t *total) reset() {
	const much = 1 << 10
	fresh := total{sum: t.sum, numbers: true, dates: true}
	fresh.sum.reset()
	if cap(t.list) <= much {
		fresh.list = t.list[:0]
	}
	fresh.texts = t.texts[:0]
	*t = fresh
}

// add takes in a cell, which stays valid as long as the total does. problem says
// why it cannot.
func (t *total) add(a schema.Aggregate, separator, cell string, n schema.Notation) (problem string) {
	if a == schema.AggregateCount || column.Blank(cell) {
		return ""
	}
	first := t.cells == 0
	t.cells++
	switch a {
	case schema.AggregateList, schema.AggregateDistinct:
		if a == schema.AggregateDistinct && t.has(cell) {
			break
		}
		if len(t.list)+len(separator)+len(cell) > maxList {
			return fmt.Sprintf("with %q the list becomes longer than %d bytes", schema.Excerpt(cell), maxList)
		}
		if !first {
			t.list = append(t.list, separator...)
		}
		t.list = append(t.list, cell...)
		if a == schema.AggregateDistinct {
			t.note(cell)
		}
	case schema.AggregateSum:
		d, ok := n.Decimal(cell)
		if !ok {
			return fmt.Sprintf("%q is no number and cannot be summed up", schema.Excerpt(cell))
		}
		t.sum.add(d)
	case schema.AggregateMin, schema.AggregateMax:
		t.rival(strings.TrimSpace(cell), n, first, a == schema.AggregateMin)
	}
	return ""
}

// rival keeps a text that is less, or else greater, than all before it.
func (t *total) rival(text string, n schema.Notation, first, least bool) {
	wins := func(order int) bool { return first || least && order < 0 || !least && order > 0 }
	if wins(strings.Compare(text, t.text)) {
		t.text = text
	}
	if t.numbers {
		d, ok := n.Decimal(text)
		if t.numbers = ok; ok && wins(d.Compare(t.number)) {
			t.number, t.figure = d, text
		}
	}
	if t.dates {
		d, ok := n.Date(text)
		if t.dates = ok; ok && wins(d.Compare(t.date)) {
			t.date, t.day = d, text
		}
	}
}

// result is the text of the output.
func (t *total) result(a schema.Aggregate, hits int32) string {
	switch {
	case a == schema.AggregateCount:
		return strconv.Itoa(int(hits))
	case t.cells == 0:
		return ""
	case a.Joins():
		return string(t.list)
	case a == schema.AggregateSum:
		return t.sum.text()
	case t.numbers:
		return t.figure
	case t.dates:
		return t.day
	}
	return t.text
}
