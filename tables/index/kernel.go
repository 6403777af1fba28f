package index

import (
	"net/netip"

	"tablestep/tables/column"
	"tablestep/tables/schema"
)

// none is the number of no entry.
const none = int32(-1)

// A kernel is what a mode does with the entries of a column. Entries are numbered
// from 0; those it is made of are never empty, and find is never asked for an
// empty value, but for a mode that is total. What they do is counted by the meter
// of the working memory; once that has stopped, their results mean nothing.
type kernel interface {
	// prepare works out what find and verify need to know of a value; false says
	// that it matches no entry.
	prepare(v *value, w *work) bool
	// find adds the entries that match a value, in any order, each once.
	find(v *value, w *work, dst []found) []found
	// verify says whether one entry matches a value; it agrees with find.
	verify(v *value, w *work, entry int32) (found, bool)
	// overlaps is a function that adds the entries, in any order, each once, that
	// share a value with an entry as far as that can be told, itself among them.
	// It is made once and used by one goroutine.
	overlaps(w *work) func(entry int32, dst []int32) []int32
	// bytes is the memory it takes.
	bytes() int64
}

// A renumbering kernel has put the texts of the entries in another order, and numbers them
// by it. It is asked once, before it is used: entry e is renumbered()[e] from then on. Nil
// leaves the numbers as they are.
type renumbering interface{ renumbered() []int32 }

// A picky kernel finds the matches of the highest rank quicker than all.
type picky interface {
	// best adds the entries of the highest rank that match a value, in any order, each
	// once, and perhaps others.
	best(v *value, w *work, dst []found) []found
}

// A heavy kernel takes so much to find what matches a value that it is better asked about
// the rows that other parts leave, unless these are very many.
type heavy interface {
	// price is about what find takes for a value, in units of work.
	price(v *value, w *work) int
}

// found is an entry that matches.
type found struct {
	entry int32
	score float32
	rank  uint32
}

// value is a lead's value with what kernels make of it. It is used again and
// again, so prepare sets what find reads.
type value struct {
	raw, text  string // text is the normal form
	empty      bool   // text is empty
	packedSpan bool   // the ends of span were dates, and are numbers as YYYYMMDD
	host       string
	scalars    scalars
	span       *span            // mode Range: the value itself, where it is one
	upto       *[limitLists]int // of the entries of mode AtLeast or AtMost that hold; other modes have none
	addr       netip.Addr
	runes      []rune
	words      []int32
}

// set starts with a new value.
func (v *value) set(raw, text string) {
	v.raw, v.text, v.empty = raw, text, text == ""
	v.host, v.scalars, v.span, v.addr = "", scalars{}, nil, netip.Addr{}
	v.runes, v.words = v.runes[:0], v.words[:0]
}

// work is the working memory of kernels.
type work struct {
	meter   Meter
	entries []int32
	more    []int32
	bytes   []byte
	seen    []uint64 // bits of entries, all of them 0 between two uses
	fuzzy   fuzzySearch
}

// spec is what there is to know of a mode before its kernel is made.
type spec struct {
	// canon is the form of a non-empty cell in which equal ones are one entry, or
	// a *CellError; n is how its numbers and dates are written.
	canon func(cell string, n *schema.Notation) (string, error)
	// ends is canon for the two cells of a span in two columns; mode Range alone has it.
	ends func(from, to string, n *schema.Notation) (string, error)
	// build makes the kernel of entries in that form. If the meter stops, it is
	// good for nothing.
	build func(entries *texts, p Part, m *Meter) (kernel, error)
	// cost is the order in which the parts of a key are evaluated, cheap ones
	// first.
	cost int
	// bits is how many the ranks of the mode take; larger ones count as the
	// largest.
	bits uint
	// read is what canon and build take to read a cell, beside its length, where
	// that is much.
	read int
	// total says that empty cells and values are the kernel's own business.
	total bool
	// bytes says that only a value without any bytes is empty.
	bytes bool
}

// specOf is where a mode is tied to its kernel.
func specOf(m schema.Mode) (spec, bool) {
	switch m {
	case schema.ModeExact:
		return spec{canon: same, build: newEqual, cost: 0, read: 20, bytes: true}, true
	case schema.ModeNormalized:
		return spec{canon: normalForm, build: newEqual, cost: 0, read: 50}, true
	case schema.ModeLoose, schema.ModeCompany:
		return spec{canon: canonKeys(m), build: newSpelt, cost: 0, read: 200}, true
	case schema.ModeCIDR:
		return spec{canon: canonCIDR, build: newCIDR, cost: 1, bits: 8, read: 300}, true
	case schema.ModePrefix:
		return spec{canon: normalForm, build: newPrefix, cost: 1, bits: 16, read: 50}, true
	case schema.ModeSuffix:
		return spec{canon: normalForm, build: newSuffix, cost: 1, bits: 16, read: 50}, true
	case schema.ModeContains:
		return spec{canon: normalForm, build: newContains, cost: 4, bits: 16, read: 400}, true
	case schema.ModeDomain:
		return spec{canon: canonDomain, build: newDomain, cost: 1, bits: 8, read: 100}, true
	case schema.ModeRange:
		return spec{canon: canonRange, ends: canonEnds, build: newRange, cost: 2, bits: 32, read: 500}, true
	case schema.ModeCondition:
		return spec{canon: canonCondition, build: newCondition, cost: 3, bits: 8, read: 1000, total: true}, true
	case schema.ModeWords:
		return spec{canon: canonWords, build: newWords, cost: 4, bits: 16, read: 200}, true
	case schema.ModeAtLeast, schema.ModeAtMost:
		return spec{canon: canonLimit(m), build: newLimits, cost: lastCost, read: 500}, true
	case schema.ModeWildcard:
		return spec{canon: canonWildcard, build: newWildcard, cost: 5, bits: 16, read: 100}, true
	case schema.ModeRegex:
		return spec{canon: canonRegex, build: newRegex, cost: 6, read: 10_000}, true
	case schema.ModeFuzzy:
		return spec{canon: canonFuzzy, build: newFuzzy, cost: 7, bits: 24, read: 100}, true
	}
	return spec{}, false
}

// lastCost is that of parts that look only at the rows that all others leave.
const lastCost = 100

func same(cell string, _ *schema.Notation) (string, error) { return cell, nil }

func normalForm(cell string, _ *schema.Notation) (string, error) { return column.Normalize(cell), nil }

// equal is the kernel of the modes that a hash index serves, for a column in which cells
// mean anything, and where rows are compared with rows.
type equal struct {
	names *dictionary
	exact bool
}

func newEqual(entries *texts, p Part, m *Meter) (kernel, error) {
	names := newIntern()
	for e := range int32(entries.len()) {
		if !m.Spend(30) {
			break
		}
		if _, err := names.number(entries.at(e)); err != nil {
			return nil, err
		}
	}
	return &equal{names.dictionary(), p.Mode == schema.ModeExact}, nil
}

func (k *equal) prepare(*value, *work) bool { return true }

func (k *equal) find(v *value, _ *work, dst []found) []found {
	if e := k.names.find(k.text(v)); e != none {
		dst = append(dst, found{entry: e, score: 1})
	}
	return dst
}

func (k *equal) verify(v *value, _ *work, entry int32) (found, bool) {
	return found{entry: entry, score: 1}, k.names.at(entry) == k.text(v)
}

func (k *equal) text(v *value) string {
	if k.exact {
		return v.raw
	}
	return v.text
}

func (k *equal) overlaps(*work) func(int32, []int32) []int32 { return onlyItself }

func (k *equal) bytes() int64 { return k.names.bytes() }

// onlyItself is for kernels that cannot tell more.
func onlyItself(entry int32, dst []int32) []int32 { return append(dst, entry) }
