package index

import (
	"slices"
)

// prefilter leads from the literals that stand in a value to the patterns that
// need one of them. Patterns that need none are always candidates.
type prefilter struct {
	automaton *automaton
	patterns  lists   // of a literal
	always    []int32 // patterns without literals
}

// newPrefilter chooses literals for patterns. choices[p] are the sets of which
// each alone would do for pattern p: a value that it matches has one literal of
// the set in it. The set that fewest patterns share is taken, of equals the one
// with longer literals.
func newPrefilter(choices [][][]string, m *Meter) (*prefilter, error) {
	shared := map[string]int{}
	for _, sets := range choices {
		for _, set := range sets {
			for _, literal := range set {
				shared[literal]++
			}
		}
	}
	f := &prefilter{}
	names := newIntern()
	var pairs []pair
	for p, sets := range choices {
		if !m.Spend(50 + 100*len(sets)) {
			return f, nil
		}
		best, cost, length := -1, 0, 0
		for i, set := range sets {
			c, shortest := 0, len(set[0])
			for _, literal := range set {
				c += shared[literal]
				shortest = min(shortest, len(literal))
			}
			if best < 0 || weigh(c, shortest) < weigh(cost, length) {
				best, cost, length = i, c, shortest
			}
		}
		if best < 0 {
			f.always = append(f.always, int32(p))
			continue
		}
		set := slices.Clone(sets[best])
		slices.Sort(set)
		for _, literal := range slices.Compact(set) {
			number, err := names.number(literal)
			if err != nil {
				return nil, err
			}
			pairs = append(pairs, pair{number, int32(p)})
		}
	}
	literals := names.texts()
	f.patterns = newLists(literals.len(), pairs)
	var err error
	f.automaton, err = newAutomaton(&literals, m)
	return f, err
}

// weigh guesses how often a set of literals brings up its pattern in vain: short
// ones stand in many texts, and shared ones bring up others along.
func weigh(shared, shortest int) float64 {
	rare := [...]float64{1, 0.3, 0.05, 0.01, 0.003}
	return float64(shared) * rare[min(shortest, len(rare)-1)] / float64(max(shortest, 1))
}

// candidates adds the patterns that a text can match, ascending but for those
// without literals, each once.
func candidates[T string | []byte](f *prefilter, text T, w *work, dst []int32) []int32 {
	w.more = scan(f.automaton, text, w, w.more[:0])
	from := len(dst)
	if len(w.more) > 0 {
		for _, literal := range w.more {
			dst = append(dst, f.patterns.of(literal)...)
		}
		if n := len(dst) - from; n > little {
			w.meter.Spend(n)
		}
		sortNumbers(&w.meter, dst[from:])
		dst = dst[:from+len(slices.Compact(dst[from:]))]
	}
	return append(dst, f.always...)
}

func (f *prefilter) bytes() int64 {
	return f.automaton.bytes() + f.patterns.bytes() + 4*int64(len(f.always))
}
