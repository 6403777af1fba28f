package schema

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxParts is how many parts a value may be taken apart into.
const MaxParts = 100

// maxSplit is the most bytes of the sign between parts.
const maxSplit = 10

// SplitEntry is the match entry whose values are taken apart, -1 if there is none.
func (l *Lookup) SplitEntry() int {
	for i := range l.Match {
		if l.Match[i].Split != "" {
			return i
		}
	}
	return -1
}

// checkSplit checks the entry whose values are taken apart. It comes after the outputs,
// which are joined by the same sign and so must be texts.
func (l *Lookup) checkSplit() error {
	at := l.SplitEntry()
	if at < 0 {
		return nil
	}
	for i := at + 1; i < len(l.Match); i++ {
		if l.Match[i].Split != "" {
			return fmt.Errorf("match %d: %w: entry %d is split already: one entry of a lookup may be", i+1, ErrInvalid, at+1)
		}
	}
	m := &l.Match[at]
	switch {
	case len(m.Split) > maxSplit || !utf8.ValidString(m.Split):
		return fmt.Errorf("match %d: %w: split %q: give a sign of at most %d bytes, such as ;", at+1, ErrInvalid, Excerpt(m.Split), maxSplit)
	case strings.ContainsFunc(m.Split, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }):
		return fmt.Errorf("match %d: %w: split %q: letters and digits stand in values; give a sign, such as ;", at+1, ErrInvalid, Excerpt(m.Split))
	case m.Field == Now:
		return fmt.Errorf("match %d: %w: %s is one moment and cannot be split: leave split out", at+1, ErrInvalid, Now)
	case l.HitPolicy == PolicyRotate:
		return fmt.Errorf("match %d: %w: split with hit policy %s: a lead gets one row in turn; leave split out", at+1, ErrInvalid, PolicyRotate)
	}
	for i := range l.Outputs {
		if o := &l.Outputs[i]; o.Type != TypeString && o.Type != TypeText {
			return fmt.Errorf("output %d: %w: type %s of field %q: match entry %d is split, so the answers are joined, which only %s and %s take", i+1, ErrInvalid, o.Type, o.Field, at+1, TypeString, TypeText)
		}
	}
	return nil
}
