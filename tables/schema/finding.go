package schema

import (
	"maps"
	"slices"
)

// Findings are what was found in a version: a part of them written out, and how many there
// are of each code. The zero value is none.
type Findings struct {
	List   []Warning      `json:"list"`   // about 1,000 at most, with a line for those of a code that are left out
	Counts map[string]int `json:"counts"` // by code, with those left out
	Under  map[string]int `json:"under"`  // versions of the lookups under which those of ByUse were made; nil: nobody knows
}

// Total is how many there are.
func (f Findings) Total() (n int) {
	for _, count := range f.Counts {
		n += count
	}
	return n
}

// Of is how many there are of a severity.
func (f Findings) Of(s Severity) (n int) {
	for code, count := range f.Counts {
		if SeverityOf(code) == s {
			n += count
		}
	}
	return n
}

// Where are those of which keep says so by their code, the rest left out.
func (f Findings) Where(keep func(code string) bool) (some Findings) {
	for _, w := range f.List {
		if keep(w.Code) {
			some.List = append(some.List, w)
		}
	}
	for code, count := range f.Counts {
		if keep(code) {
			if some.Counts == nil {
				some.Counts = map[string]int{}
			}
			some.Counts[code] = count
		}
	}
	return some
}

// Blocking are those that keep the version from going live.
func (f Findings) Blocking() Findings {
	return f.Where(func(code string) bool { return SeverityOf(code) == SeverityBlock })
}

// Codes are those that were found, the worst first, then by name.
func (f Findings) Codes() []string {
	codes := slices.Sorted(maps.Keys(f.Counts))
	slices.SortStableFunc(codes, func(a, b string) int {
		return slices.Index(Severities(), SeverityOf(a)) - slices.Index(Severities(), SeverityOf(b))
	})
	return codes
}

// And are those with some more, of which all are given.
func (f Findings) And(more []Warning) Findings {
	added := FindingsOf(more)
	all := Findings{List: slices.Concat(f.List, added.List), Counts: maps.Clone(f.Counts), Under: f.Under}
	for code, count := range added.Counts {
		if all.Counts == nil {
			all.Counts = map[string]int{}
		}
		all.Counts[code] += count
	}
	return all
}

// FindingsOf counts some that stand for all there are, and gives each its severity.
func FindingsOf(list []Warning) Findings {
	f := Findings{List: slices.Clone(list)}
	for i := range f.List {
		w := &f.List[i]
		w.Severity = SeverityOf(w.Code)
		if f.Counts == nil {
			f.Counts = map[string]int{}
		}
		f.Counts[w.Code] += max(w.More, 1)
	}
	return f
}
