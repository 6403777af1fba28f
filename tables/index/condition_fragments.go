package index

import (
	"strings"
)

// fragments finds the entries of which a fragment stands in a text: all those that may stand
// anywhere by one automaton, those at the start or the end by a hash of each length. A
// value costs its length and the fragments that stand in it.
type fragments struct {
	automaton    *automaton
	starts, ends *affixes
	anywhere     fragmentTexts
	atStart      fragmentTexts
	atEnd        fragmentTexts
}

// fragmentTexts are the fragments of one place, with the entries that have them.
type fragmentTexts struct {
	names  *intern
	texts  texts
	pairs  []pair
	owners lists
}

func newFragments() *fragments { return &fragments{} }

// add takes in a fragment of an entry.
func (s *fragments) add(p fragment, entry int32) error { return s.of(p.where).add(p.text, entry) }

func (s *fragments) of(w where) *fragmentTexts {
	switch w {
	case atStart:
		return &s.atStart
	case atEnd:
		return &s.atEnd
	}
	return &s.anywhere
}

func (t *fragmentTexts) add(text string, entry int32) error {
	if t.names == nil {
		t.names = newIntern()
	}
	number, err := t.names.number(text)
	if err != nil {
		return err
	}
	t.pairs = append(t.pairs, pair{number, entry})
	return nil
}

func (t *fragmentTexts) settle() *texts {
	if t.names == nil {
		return nil
	}
	t.texts = t.names.texts()
	t.owners = newLists(t.texts.len(), t.pairs)
	t.names, t.pairs = nil, nil
	return &t.texts
}

// settle makes what finds the fragments; nil where there are none.
func (s *fragments) settle(m *Meter) (*fragments, error) {
	if s.anywhere.names == nil && s.atStart.names == nil && s.atEnd.names == nil {
		return nil, nil
	}
	if texts := s.anywhere.settle(); texts != nil {
		var err error
		if s.automaton, err = newAutomaton(texts, m); err != nil {
			return nil, err
		}
	}
	if texts := s.atStart.settle(); texts != nil {
		s.starts = newAffixes(texts, false, false, m)
	}
	if texts := s.atEnd.settle(); texts != nil {
		s.ends = newAffixes(texts, true, false, m)
	}
	return s, nil
}

// find adds the entries of which a fragment stands in a text, in any order, one perhaps
// several times.
func (s *fragments) find(text string, w *work, dst []int32) []int32 {
	if s.automaton != nil {
		w.more = scan(s.automaton, text, w, w.more[:0])
		dst = s.anywhere.owned(w, dst)
	}
	if s.starts != nil {
		w.more = s.starts.each(text, w.more[:0], &w.meter)
		dst = s.atStart.owned(w, dst)
	}
	if s.ends != nil {
		w.more = s.ends.each(text, w.more[:0], &w.meter)
		dst = s.atEnd.owned(w, dst)
	}
	return dst
}

// owned adds the entries of the fragments in w.more.
func (t *fragmentTexts) owned(w *work, dst []int32) []int32 {
	for _, number := range w.more {
		owners := t.owners.of(number)
		if len(owners) > little && !w.meter.Spend(len(owners)) {
			break
		}
		dst = append(dst, owners...)
	}
	return dst
}

func (s *fragments) bytes() int64 {
	n := int64(0)
	for _, t := range [...]*fragmentTexts{&s.anywhere, &s.atStart, &s.atEnd} {
		n += t.texts.bytes() + t.owners.bytes()
	}
	if s.automaton != nil {
		n += s.automaton.bytes()
	}
	for _, a := range [...]*affixes{s.starts, s.ends} {
		if a != nil {
			n += a.bytes()
		}
	}
	return n
}

// standsIn says that a text has the fragment at its place.
func (p fragment) standsIn(text string) bool {
	switch p.where {
	case atStart:
		return strings.HasPrefix(text, p.text)
	case atEnd:
		return strings.HasSuffix(text, p.text)
	}
	return strings.Contains(text, p.text)
}
