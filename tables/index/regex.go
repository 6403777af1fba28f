package index

import (
	"errors"
	"io"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"

	"tablestep/tables/schema"
)

// regexes is the kernel of mode Regex: the pattern is found somewhere in the
// value, which is taken as it is, in its own case and with its spaces: a pattern
// says itself what it wants, with (?i), ^, $ and \s. All hits rank the same.
type regexes struct {
	compiled []*regexp.Regexp
	sizes    []int32 // instructions of the program
	filter   *prefilter
	held     int64
}

// maxRegex is the longest pattern, in bytes.
const maxRegex = 4 << 10

func canonRegex(cell string, _ *schema.Notation) (string, error) {
	if len(cell) > maxRegex {
		return "", wrong(schema.ModeRegex, cell, maxRegex, "it is longer than %d bytes", maxRegex)
	}
	if _, err := regexp.Compile(cell); err != nil {
		at, message := 0, err.Error()
		if bad, ok := errors.AsType[*syntax.Error](err); ok {
			at, message = max(strings.LastIndex(cell, bad.Expr), 0), bad.Code.String()
			if bad.Expr != "" && bad.Expr != cell {
				message += ": " + schema.Cut(bad.Expr, shown)
			}
		}
		return "", wrong(schema.ModeRegex, cell, at, "%s", message)
	}
	return cell, nil
}

func newRegex(entries *texts, _ Part, m *Meter) (kernel, error) {
	k := &regexes{compiled: make([]*regexp.Regexp, entries.len()), sizes: make([]int32, entries.len())}
	choices := make([][][]string, entries.len())
	for e := range k.compiled {
		pattern := entries.at(int32(e))
		if !m.Spend(10_000 + 500*len(pattern)) {
			return k, nil
		}
		re, err := regexp.Compile(pattern)
		if err != nil {
			return nil, err
		}
		tree, err := syntax.Parse(pattern, syntax.Perl)
		if err != nil {
			return nil, err
		}
		k.compiled[e] = re
		tree = tree.Simplify()
		choices[e] = needed(tree)
		if program, err := syntax.Compile(tree); err == nil {
			k.held += 600 + 2*40*int64(len(program.Inst))
			k.sizes[e] = int32(len(program.Inst))
		}
	}
	var err error
	k.filter, err = newPrefilter(choices, m)
	return k, err
}

func (k *regexes) prepare(*value, *work) bool { return true }

func (k *regexes) find(v *value, w *work, dst []found) []found {
	w.bytes = appendFlat(w.bytes[:0], v.raw)
	w.entries = candidates(k.filter, w.bytes, w, w.entries[:0])
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

func (k *regexes) verify(v *value, w *work, entry int32) (found, bool) {
	f := found{entry: entry, score: 1}
	size := int(k.sizes[entry])
	if len(v.raw)*size <= maxMatch {
		return f, w.meter.Spend(matchWork+len(v.raw)*size*stepWork) && k.compiled[entry].MatchString(v.raw)
	}
	r := meteredText{text: v.raw, meter: &w.meter, step: size * stepWork}
	return f, w.meter.Spend(matchWork) && k.compiled[entry].MatchReader(&r) && !w.meter.Stopped()
}

const (
	// matchWork is what beginning with a pattern takes.
	matchWork = 60
	// stepWork is what an instruction of a pattern takes a byte. Mostly many are left
	// out, which nobody can tell beforehand; where none is, it takes 6 ns.
	stepWork = 3
	// maxMatch is the most of them, instructions times bytes, that are searched in
	// one go: half a millisecond or so. Package regexp cannot be stopped, but by the
	// end of the text that it reads.
	maxMatch = 1 << 18
)

// meteredText is a text that ends when the meter stops.
type meteredText struct {
	text  string
	at    int
	meter *Meter
	step  int // work a byte
}

// ReadRune is the next character.
func (t *meteredText) ReadRune() (rune, int, error) {
	if t.at >= len(t.text) {
		return 0, 0, io.EOF
	}
	r, n := utf8.DecodeRuneInString(t.text[t.at:])
	if !t.meter.Spend(n * t.step) {
		return 0, 0, io.EOF
	}
	t.at += n
	return r, n, nil
}

func (k *regexes) overlaps(*work) func(int32, []int32) []int32 { return onlyItself }

// bytes is an estimate: a compiled pattern does not tell its size.
func (k *regexes) bytes() int64 { return k.held + 4*int64(len(k.sizes)) + k.filter.bytes() }

// maxAlternatives is the most literals that are searched for one pattern.
const maxAlternatives = 64

// needed is the sets of literals, flat, of each of which every text that the
// pattern matches has one in it.
func needed(re *syntax.Regexp) [][]string {
	switch re.Op {
	case syntax.OpLiteral:
		var sets [][]string
		for _, literal := range flatRuns(re.Rune, re.Flags&syntax.FoldCase != 0) {
			sets = append(sets, []string{literal})
		}
		return sets
	case syntax.OpCapture, syntax.OpPlus:
		return needed(re.Sub[0])
	case syntax.OpConcat:
		var sets [][]string
		for _, sub := range re.Sub {
			sets = append(sets, needed(sub)...)
		}
		return sets
	case syntax.OpAlternate:
		var union []string
		for _, sub := range re.Sub {
			best := []string(nil)
			for _, set := range needed(sub) {
				if best == nil || len(set) < len(best) || len(set) == len(best) && len(set[0]) > len(best[0]) {
					best = set
				}
			}
			if best == nil || len(union)+len(best) > maxAlternatives {
				return nil
			}
			union = append(union, best...)
		}
		return [][]string{union}
	}
	return nil
}

// flatRuns cuts a literal where a character has no flat form that every text
// which matches it has as well.
func flatRuns(literal []rune, fold bool) []string {
	var runs []string
	var run []byte
	for _, r := range literal {
		if r == utf8.RuneError || fold && r >= utf8.RuneSelf && r != '\u017f' && r != '\u212a' {
			if len(run) > 0 {
				runs = append(runs, string(run))
			}
			run = run[:0]
			continue
		}
		run = appendFlat(run, string(r))
	}
	if len(run) > 0 {
		runs = append(runs, string(run))
	}
	return runs
}

// appendFlat adds a text with ASCII letters in lower case, and with s and k for
// the only two characters that match an ASCII letter when case does not count:
// the long s and the Kelvin sign.
func appendFlat(dst []byte, text string) []byte {
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c >= 'A' && c <= 'Z':
			c += 'a' - 'A'
		case c == 0xc5 && i+1 < len(text) && text[i+1] == 0xbf:
			c = 's'
			i++
		case c == 0xe2 && strings.HasPrefix(text[i:], "\u212a"):
			c = 'k'
			i += 2
		}
		dst = append(dst, c)
	}
	return dst
}
