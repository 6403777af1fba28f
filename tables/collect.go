package tables

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"tablestep/tables/column"
)

// maxList is the longest text, in bytes, that a list of cells may become. No field
// of Marketo takes a thirtieth of it.
const maxList = 64 << 10

// A total is what PolicyCollect has gathered of one output for one tuple.
type total struct {
	cells    int    // that were not empty
	list     []byte // AggregateList
	sum      *big.Int
	decimals int
	plus     bool    // an input of the sum has a plus sign
	numbers  bool    // all cells so far are numbers
	number   decimal // the least or greatest number, and its text
	figure   string
	text     string // the least or greatest text
}

func (t *total) reset() {
	sum := t.sum
	if sum != nil {
		sum.SetInt64(0)
	}
	*t = total{list: t.list[:0], sum: sum, numbers: true}
}

// add takes in a cell, which stays valid as long as the total does. problem says
// why it cannot.
func (t *total) add(a Aggregate, separator, cell string) (problem string) {
	if a == AggregateCount || blankCell(cell) {
		return ""
	}
	first := t.cells == 0
	t.cells++
	switch a {
	case AggregateList:
		if len(t.list)+len(separator)+len(cell) > maxList {
			return fmt.Sprintf("the list becomes longer than %d bytes", maxList)
		}
		if !first {
			t.list = append(t.list, separator...)
		}
		t.list = append(t.list, cell...)
	case AggregateSum:
		d, ok := parseDecimal(cell)
		if !ok {
			return fmt.Sprintf("%q is no number and cannot be summed up", short(cell))
		}
		if t.sum == nil {
			t.sum = new(big.Int)
		}
		if n := d.decimals(); n > t.decimals {
			t.sum.Mul(t.sum, powerOfTen(n-t.decimals))
			t.decimals = n
		}
		d.addTo(t.sum, t.decimals)
		t.plus = t.plus || d.plus
	case AggregateMin, AggregateMax:
		t.rival(strings.TrimSpace(cell), first, a == AggregateMin)
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
	d, ok := parseDecimal(text)
	if !ok {
		t.numbers = false
		return
	}
	if wins(d.compare(t.number)) {
		t.number, t.figure = d, text
	}
}

// result is the text of the output.
func (t *total) result(a Aggregate, hits int32) string {
	switch {
	case a == AggregateCount:
		return strconv.Itoa(int(hits))
	case t.cells == 0:
		return ""
	case a == AggregateList:
		return string(t.list)
	case a == AggregateSum:
		return formatSum(t.sum, t.decimals, t.plus)
	case t.numbers:
		return t.figure
	}
	return t.text
}

// blankCell says that a cell has nothing that can be seen.
func blankCell(cell string) bool {
	if cell == "" {
		return true
	}
	if c := cell[0]; c > ' ' && c < 0x7f {
		return false
	}
	return column.Normalize(cell) == ""
}
