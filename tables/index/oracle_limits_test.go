package index_test

import (
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"tablestep/tables/schema"
)

// closest leaves those hits of which no other has a closer limit.
func (c judgedColumn) closest(hits []wanted) []wanted {
	if !c.mode.Limits() {
		return hits
	}
	limitOf := func(w wanted) limit {
		switch j := c.cells[w.row]; {
		case c.free(j):
			return limit{}
		case normal(j.cell) == "":
			return limit{level: 1}
		default:
			return j.limit
		}
	}
	return slices.DeleteFunc(slices.Clone(hits), func(w wanted) bool {
		return slices.ContainsFunc(hits, func(o wanted) bool { return limitOf(o).closer(limitOf(w), c.mode) })
	})
}

// limit is what a cell of mode atLeast or atMost says.
type limit struct {
	level      int // 0 of one that means anything, 1 of an empty one, then texts, dates and numbers
	text       string
	from, over time.Time
	number     *big.Rat
}

// closer says that of two limits that hold the one is closer to the value.
func (l limit) closer(o limit, mode schema.Mode) bool {
	if l.level != o.level {
		return l.level > o.level
	}
	if mode == schema.ModeAtLeast {
		switch l.level {
		case 2:
			return l.text > o.text
		case 3:
			return l.from.After(o.from)
		case 4:
			return l.number.Cmp(o.number) > 0
		}
		return false
	}
	switch l.level {
	case 2:
		if strings.HasPrefix(l.text, o.text) || strings.HasPrefix(o.text, l.text) {
			return len(l.text) > len(o.text)
		}
		return l.text < o.text
	case 3:
		return l.over.Before(o.over)
	case 4:
		return l.number.Cmp(o.number) < 0
	}
	return false
}

func limitWriter(mode schema.Mode) writer {
	holds := func(n string) func(string) bool {
		if mode == schema.ModeAtMost {
			return within("", n, true, true)
		}
		return within(n, "", true, true)
	}
	return writer{
		mode: mode, value: scalarText,
		near: func(_ *rand.Rand, cell string) string { return strings.Trim(cell, `"`) },
		cell: func(r *rand.Rand) judged {
			switch r.IntN(6) {
			case 0:
				return textLimit(r, mode)
			case 1:
				cell := date(r)
				l := limit{level: 3}
				l.from, l.over, _ = moment(cell)
				return judged{cell: cell, limit: l, match: plain(0, func(v string) bool {
					_, _, ok := moment(normal(v))
					return ok && holds(cell)(v)
				})}
			}
			cell := number(r)
			x, _ := rat(cell)
			return judged{cell: cell, limit: limit{level: 4, number: x}, match: plain(0, func(v string) bool {
				_, ok := amount(v)
				return ok && holds(cell)(v)
			})}
		},
	}
}

// textLimit is a text that begins with a letter, or one in quotes that does not.
func textLimit(r *rand.Rand, mode schema.Mode) judged {
	text := pickOf(r, "a", "B", "fo", "Fox", "m", "zz", "02100", "5", "9z")
	letter := text[0] > '9'
	cell := `"` + text + `"`
	if letter && r.IntN(2) == 0 {
		cell = text
	}
	text = normal(text)
	return judged{cell: cell, limit: limit{level: 2, text: text}, match: plain(0, func(v string) bool {
		_, isNumber := amount(v)
		v = normal(v)
		_, _, isDate := moment(v)
		switch {
		case letter && (isNumber || isDate):
			return false
		case mode == schema.ModeAtLeast:
			return text <= v
		}
		return v <= text || strings.HasPrefix(v, text)
	})}
}
