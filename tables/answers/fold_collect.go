package answers

import (
	"fmt"
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
	cells   int            // that were not empty
	list    []byte         // AggregateList
	sum     sum            // AggregateSum
	numbers bool           // AggregateMin, AggregateMax: all cells so far are numbers
	number  schema.Decimal // the least or greatest number, and its text
	figure  string
	text    string // the least or greatest text
}

// reset starts again, with the memory of before where it is not much.
func (t *total) reset() {
	const much = 1 << 10
	fresh := total{sum: t.sum, numbers: true}
	fresh.sum.reset()
	if cap(t.list) <= much {
		fresh.list = t.list[:0]
	}
	*t = fresh
}

// add takes in a cell, which stays valid as long as the total does. problem says
// why it cannot.
func (t *total) add(a schema.Aggregate, separator, cell string) (problem string) {
	if a == schema.AggregateCount || column.Blank(cell) {
		return ""
	}
	first := t.cells == 0
	t.cells++
	switch a {
	case schema.AggregateList:
		if len(t.list)+len(separator)+len(cell) > maxList {
			return fmt.Sprintf("with %q the list becomes longer than %d bytes", schema.Excerpt(cell), maxList)
		}
		if !first {
			t.list = append(t.list, separator...)
		}
		t.list = append(t.list, cell...)
	case schema.AggregateSum:
		d, ok := schema.ParseDecimal(cell)
		if !ok {
			return fmt.Sprintf("%q is no number and cannot be summed up", schema.Excerpt(cell))
		}
		t.sum.add(d)
	case schema.AggregateMin, schema.AggregateMax:
		t.rival(strings.TrimSpace(cell), first, a == schema.AggregateMin)
	}
	return ""
}

// rival keeps a text that is less, or else greater, than all before it.
func (t *total) rival(text string, first, least bool) {
	wins := func(order int) bool { return first || least && order < 0 || !least && order > 0 }
	if wins(strings.Compare(text, t.text)) {
		t.text = text
	}
	if !t.numbers {
		return
	}
	d, ok := schema.ParseDecimal(text)
	if !ok {
		t.numbers = false
		return
	}
	if wins(d.Compare(t.number)) {
		t.number, t.figure = d, text
	}
}

// result is the text of the output.
func (t *total) result(a schema.Aggregate, hits int32) string {
	switch {
	case a == schema.AggregateCount:
		return strconv.Itoa(int(hits))
	case t.cells == 0:
		return ""
	case a == schema.AggregateList:
		return string(t.list)
	case a == schema.AggregateSum:
		return t.sum.text()
	case t.numbers:
		return t.figure
	}
	return t.text
}
