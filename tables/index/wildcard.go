package index

import (
	"strings"
	"unicode/utf8"

	"tablestep/tables/schema"
)

// wildcards is the kernel of mode Wildcard: the pattern fits the whole value. *
// stands for any characters or none, ? for one character; there is no sign for
// the two themselves, for which mode Regex is there. The rank is the number of
// other characters.
type wildcards struct {
	patterns *texts
	filter   *prefilter
	ranks    []uint32
}

// canonWildcard makes one * of several; no cell is wrong.
func canonWildcard(cell string, n *schema.Notation) (string, error) {
	text, err := normalForm(cell, n)
	for strings.Contains(text, "**") {
		text = strings.ReplaceAll(text, "**", "*")
	}
	return text, err
}

func newWildcard(entries *texts, _ Part, m *Meter) (kernel, error) {
	k := &wildcards{patterns: entries, ranks: make([]uint32, entries.len())}
	choices := make([][][]string, entries.len())
	for e := range choices {
		pattern := entries.at(int32(e))
		if !m.Spend(100 + 5*len(pattern)) {
			return k, nil
		}
		for _, literal := range strings.FieldsFunc(pattern, isWild) {
			choices[e] = append(choices[e], []string{literal})
		}
		k.ranks[e] = uint32(utf8.RuneCountInString(pattern) - strings.Count(pattern, "*") - strings.Count(pattern, "?"))
	}
	var err error
	k.filter, err = newPrefilter(choices, m)
	return k, err
}

func isWild(r rune) bool { return r == '*' || r == '?' }

func (k *wildcards) prepare(*value, *work) bool { return true }

func (k *wildcards) find(v *value, w *work, dst []found) []found {
	w.entries = candidates(k.filter, v.text, w, w.entries[:0])
	for _, e := range w.entries {
		if f, ok := k.verify(v, w, e); ok {
			dst = append(dst, f)
		}
		if w.meter.Stopped() {
			break
		}
	}
	return dst
}

func (k *wildcards) verify(v *value, w *work, entry int32) (found, bool) {
	if !fits(k.patterns.at(entry), v.text, &w.meter) {
		return found{}, false
	}
	return found{entry: entry, score: 1, rank: k.ranks[entry]}, true
}

// fitWork is what it takes to begin with a pattern.
const fitWork = 10

// fits says that a pattern fits a text. After a * that fits too little only that
// one is tried again one character further on: what an earlier one left open, the
// later one can take.
func fits(pattern, text string, m *Meter) bool {
	p, t := 0, 0
	star, mark := -1, 0
	steps := fitWork
	for t < len(text) {
		if p < len(pattern) {
			switch c := pattern[p]; {
			case c == '*':
				star, mark = p, t
				p++
				continue
			case c == '?':
				_, n := utf8.DecodeRuneInString(text[t:])
				p++
				t += n
				continue
			case c == text[t]:
				p++
				t++
				continue
			}
		}
		if star < 0 {
			m.Spend(steps + t)
			return false
		}
		if steps += 3 + 2*(t-mark); steps > maxRun {
			if !m.Spend(steps) {
				return false
			}
			steps = 0
		}
		_, n := utf8.DecodeRuneInString(text[mark:])
		mark += n
		p, t = star+1, mark
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	m.Spend(steps + t - mark)
	return p == len(pattern)
}

func (k *wildcards) overlaps(*work) func(int32, []int32) []int32 { return onlyItself }

func (k *wildcards) bytes() int64 { return k.filter.bytes() + 4*int64(len(k.ranks)) }
