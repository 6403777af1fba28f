package index

import (
	"cmp"
	"slices"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

// limits is the kernel of modes AtLeast and AtMost: each cell is a limit, a number, a date
// or a text. All that are not above the value hold (AtLeast), or all that are not below it
// (AtMost); that only the closest of them is hit is seen to where the other parts of the
// key are known (limits_join.go).
//
// Numbers are held against values that are numbers, dates against those that are dates. A
// text in a cell stands in quotes or begins with a letter; one that begins with a letter is
// held against values that are neither a number nor a date, any other against all. Where
// limits of several kinds hold, a number is closer than a date, and a date than a text. An
// upper limit that is a day goes to its end, and one that is a text as far as the texts
// that start with it, as in mode Range.
type limits struct {
	reading
	upper bool
	at    []Limit  // of an entry
	close []uint64 // of an entry: the higher the closer; above closeEmpty
	place []int32  // of an entry in its list
	lists [limitLists][]int32
	// floats are the numbers and dates in the order of their lists, with the other sign
	// where the limits are upper ones: ascending, to be searched quickly.
	floats [codeList][]float64
}

// The lists of entries. Each is sorted by how close they are: those that hold for a value
// are the first ones, and the last of these is the closest.
const (
	numberList = iota
	dateList
	codeList // texts that do not begin with a letter
	wordList
	limitLists
)

// How close the entries are that have no text: cells that mean anything, and empty cells,
// which hold for an empty value.
const (
	closeAny uint64 = iota
	closeEmpty
	closeFirst // of the others
)

// A Limit is what a cell of mode AtLeast or AtMost says. The zero value is that of a cell
// that means anything.
type Limit struct {
	level uint8 // what it is, the closer the higher
	upper bool
	cut   cut // the place where values begin to hold, or end
}

const (
	_ uint8 = iota
	emptyLevel
	textLevel
	dateLevel
	numberLevel
)

func (a scalar) limit(upper bool) Limit {
	l := Limit{upper: upper, cut: lowest(a, true), level: textLevel}
	if upper {
		l.cut = last(a)
	}
	switch a.kind {
	case numberKind:
		l.level = numberLevel
	case dateKind:
		l.level = dateLevel
	}
	return l
}

// compare says which of two limits of a column that hold for a value is closer to it.
func (a Limit) compare(b Limit) int {
	switch {
	case a.level != b.level:
		return cmp.Compare(a.level, b.level)
	case a.level <= emptyLevel:
		return 0
	case a.upper:
		return b.cut.compare(a.cut)
	}
	return a.cut.compare(b.cut)
}

// CompareLimits orders the limits of hits of one tuple that two indexes of the same parts
// give: by the first part with limits, then by the next one.
func CompareLimits(a, b []Limit) int { return slices.CompareFunc(a, b, Limit.compare) }

// CloneLimit is a limit that keeps nothing of the index it comes from.
func CloneLimit(l Limit) Limit {
	l.cut.at.text = strings.Clone(l.cut.at.text)
	return l
}

// LimitsOf are the limits of the hits of a tuple, one for each part of mode AtLeast or
// AtMost in the order of the parts. Where nothing was hit they mean nothing.
func (h *Hits) LimitsOf(tuple int) []Limit { return h.limits[h.width*tuple : h.width*(tuple+1)] }

func newLimits(entries *texts, p Part, m *Meter) (kernel, error) {
	k := &limits{reading: p.reading(), upper: isUpper(p.Mode), at: make([]Limit, entries.len()), close: make([]uint64, entries.len()), place: make([]int32, entries.len())}
	order := make([]int32, entries.len())
	for e := range order {
		if !m.Spend(500) {
			return k, nil
		}
		order[e], k.at[e] = int32(e), limitOf(entries.at(int32(e))).limit(k.upper)
	}
	sortBy(m, order, func(a, b int32) int { return cmp.Or(k.at[a].compare(k.at[b]), cmp.Compare(a, b)) })
	if m.Stopped() {
		return k, nil
	}
	for place, e := range order {
		k.close[e] = closeFirst + uint64(place)
		if place > 0 && k.at[order[place-1]].compare(k.at[e]) == 0 {
			k.close[e] = k.close[order[place-1]]
		}
		list := k.at[e].list()
		k.place[e] = int32(len(k.lists[list]))
		k.lists[list] = append(k.lists[list], e)
		if list < codeList {
			k.floats[list] = append(k.floats[list], k.sign(k.at[e].cut.at.f))
		}
	}
	return k, nil
}

// list is where an entry goes.
func (l *Limit) list() int {
	switch {
	case l.level == numberLevel:
		return numberList
	case l.level == dateLevel:
		return dateList
	case startsWithLetter(l.cut.at.text):
		return wordList
	}
	return codeList
}

func startsWithLetter(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return unicode.IsLetter(r)
}

// holds says that a value is on the right side of a limit.
func (l *Limit) holds(x scalar) bool {
	c := l.cut.compare(cut{at: x, side: on})
	return c < 0 && !l.upper || c > 0 && l.upper
}

// prepare finds where the limits that hold end in each list.
func (k *limits) prepare(v *value, w *work) bool {
	k.read(v)
	if v.upto == nil {
		v.upto = new([limitLists]int)
	}
	some := false
	for list, entries := range k.lists {
		v.upto[list] = 0
		x, ok := v.against(list)
		if !ok || len(entries) == 0 {
			continue
		}
		if list < codeList {
			v.upto[list] = k.end(list, x)
		} else {
			v.upto[list] = sort.Search(len(entries), func(i int) bool { return !k.at[entries[i]].holds(x) })
		}
		some = some || v.upto[list] > 0
	}
	w.meter.Spend(limitWork)
	return some
}

// end is how many numbers or dates hold. Of those that are the same float64 as the value,
// the exact comparison decides.
func (k *limits) end(list int, x scalar) int {
	floats, at := k.floats[list], k.sign(x.f)
	from, to := 0, len(floats)
	for from < to {
		if mid := int(uint(from+to) / 2); floats[mid] <= at {
			from = mid + 1
		} else {
			to = mid
		}
	}
	for from > 0 && floats[from-1] == at && !k.at[k.lists[list][from-1]].holds(x) {
		from--
	}
	return from
}

func (k *limits) sign(f float64) float64 {
	if k.upper {
		return -f
	}
	return f
}

// limitWork is what it takes to find the place of a value, or to go to the next limit.
const limitWork = 200

// against is the value as the entries of a list are held against it.
func (v *value) against(list int) (x scalar, ok bool) {
	switch s := &v.scalars; list {
	case numberList:
		return s.number, s.isNumber
	case dateList:
		return s.date, s.isDate
	case wordList:
		return scalar{text: v.text}, !v.empty && !s.isNumber && !s.isDate
	}
	return scalar{text: v.text}, !v.empty
}

func (k *limits) find(v *value, w *work, dst []found) []found {
	for list, entries := range k.lists {
		for _, e := range entries[:v.upto[list]] {
			dst = append(dst, found{entry: e, score: 1})
		}
		w.meter.Spend(4 * v.upto[list])
	}
	return dst
}

func (k *limits) verify(v *value, _ *work, entry int32) (found, bool) {
	return found{entry: entry, score: 1}, int(k.place[entry]) < v.upto[k.at[entry].list()]
}

// overlaps: only rows with the same limit are ever hit together.
func (k *limits) overlaps(*work) func(int32, []int32) []int32 {
	return func(entry int32, dst []int32) []int32 {
		list := k.lists[k.at[entry].list()]
		at, _ := slices.BinarySearchFunc(list, k.close[entry], func(e int32, close uint64) int { return cmp.Compare(k.close[e], close) })
		for ; at < len(list) && k.close[list[at]] == k.close[entry]; at++ {
			dst = append(dst, list[at])
		}
		return dst
	}
}

func (k *limits) bytes() int64 { return int64(len(k.at)) * 120 }

// next takes the closest entry off those that are left of the ones that hold; none where
// nothing is left.
func (k *limits) next(left *[limitLists]int) int32 {
	best, closest := -1, uint64(0)
	for list, n := range left {
		if n > 0 {
			if c := k.close[k.lists[list][n-1]]; best < 0 || c > closest {
				best, closest = list, c
			}
		}
	}
	if best < 0 {
		return none
	}
	left[best]--
	return k.lists[best][left[best]]
}
