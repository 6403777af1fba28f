package index

import (
	"strings"
	"unicode/utf8"

	"tablestep/tables/schema"
)

// wildcards is the kernel of mode Wildcard: the pattern fits the whole value. *
// stands for any characters or none, ? for one character; a backslash in front makes
// either a character like others. The rank is the number of other characters.
//
// A pattern is kept with a backslash in front of every *, ? and \ that stands for itself.
type wildcards struct {
	patterns *texts
	filter   *prefilter
	ranks    []uint32
}

// canonWildcard takes the escapes; no cell is wrong.
func canonWildcard(cell string, n *schema.Notation) (string, error) {
	text, err := normalForm(cell, n)
	return wildcardForm(text), err
}

// wildcardForm makes one * of several, and a pattern in the form in which it is kept. Of
// backslashes directly before * or ?, two are one that stands for itself, and one that is
// left takes the sign after it; all others stand for themselves.
func wildcardForm(text string) string {
	if !strings.Contains(text, `\`) && !strings.Contains(text, "**") {
		return text
	}
	form := make([]byte, 0, len(text)+8)
	star := false // the last sign is a *
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '*':
			if !star {
				form = append(form, c)
			}
			star = true
			continue
		case c == '\\':
			n := 1
			for i+n < len(text) && text[i+n] == '\\' {
				n++
			}
			i += n - 1
			if i+1 == len(text) || !isWild(text[i+1]) {
				form = append(form, strings.Repeat(`\\`, n)...)
				break
			}
			form = append(form, strings.Repeat(`\\`, n/2)...)
			if n%2 == 1 {
				i++
				form = append(form, '\\', text[i])
			}
		default:
			form = append(form, c)
		}
		star = false
	}
	return string(form)
}

func isWild(c byte) bool { return c == '*' || c == '?' }

// literalsOf are the texts between the signs of a pattern, and how many characters they
// have together.
func literalsOf(pattern string) (literals []string, characters int) {
	var literal []byte
	end := func() {
		if len(literal) > 0 {
			literals = append(literals, string(literal))
			characters += utf8.RuneCount(literal)
			literal = literal[:0]
		}
	}
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; c {
		case '*', '?':
			end()
			continue
		case '\\':
			i++
		}
		literal = append(literal, pattern[i])
	}
	end()
	return literals, characters
}

func newWildcard(entries *texts, _ Part, m *Meter) (kernel, error) {
	k := &wildcards{patterns: entries, ranks: make([]uint32, entries.len())}
	choices := make([][][]string, entries.len())
	for e := range choices {
		pattern := entries.at(int32(e))
		if !m.Spend(100 + 5*len(pattern)) {
			return k, nil
		}
		literals, characters := literalsOf(pattern)
		for _, literal := range literals {
			choices[e] = append(choices[e], []string{literal})
		}
		k.ranks[e] = uint32(characters)
	}
	var err error
	k.filter, err = newPrefilter(choices, m)
	return k, err
}

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
			case c == '\\':
				if pattern[p+1] == text[t] {
					p += 2
					t++
					continue
				}
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
