package schema

import (
	"fmt"
	"slices"
	"strings"
)

// AtNow says that the entry takes its value from no field of a lead, but from the moment in
// which the leads were accepted: the cells say when a row is valid. A row is effective dated:
// its span is one of days, or of times, each end of which belongs to it, and an end that is
// empty is open.
func (m *Match) AtNow() bool { return m.Field == Now }

// Valid names the columns of the spans: "from..to", or the one that there is.
func (m *Match) Valid() string {
	if m.ColumnTo == "" {
		return m.Column
	}
	return m.Column + ".." + m.ColumnTo
}

// Dated says that rows are valid for a time.
func (l *Lookup) Dated() bool {
	return slices.ContainsFunc(l.Match, func(m Match) bool { return m.AtNow() })
}

// KeyEntry is the place of the first match entry whose value is a lead's; -1 where there is none.
func (l *Lookup) KeyEntry() int {
	return slices.IndexFunc(l.Match, func(m Match) bool { return !m.AtNow() })
}

// Asked is of how many match entries the values have to be given.
func (l *Lookup) Asked() int {
	n := 0
	for i := range l.Match {
		if !l.Match[i].AtNow() {
			n++
		}
	}
	return n
}

// settleNow checks the entries that take the moment for a value, and that nothing else names it.
func (l *Lookup) settleNow() error {
	for i := range l.Match {
		if err := l.Match[i].checkNow(); err != nil {
			return fmt.Errorf("match %d: %w", i+1, err)
		}
	}
	for i := range l.Outputs {
		if field := l.Outputs[i].Field; reserved(field) {
			return fmt.Errorf("output %d: %w: field %q: names of lead fields do not begin with @, and nothing can be written to the moment %s", i+1, ErrInvalid, Excerpt(field), Now)
		}
	}
	return nil
}

// reserved says that a name is none that a lead field has.
func reserved(field string) bool { return strings.HasPrefix(field, "@") }

func (m *Match) checkNow() error {
	if more := slices.IndexFunc(m.More, reserved); more >= 0 {
		return fmt.Errorf("%w: field %q among several: %s stands alone in an entry of its own, in mode %s", ErrInvalid, Excerpt(m.More[more]), Now, ModeRange)
	}
	switch mode := m.MatchMode(); {
	case !reserved(m.Field):
		return nil
	case !m.AtNow():
		return fmt.Errorf("%w: field %q: names of lead fields do not begin with @; the moment in which a lead is accepted is %s", ErrInvalid, Excerpt(m.Field), Now)
	case mode != ModeRange:
		return fmt.Errorf("%w: field %s in mode %s: the moment is held against spans of time: write \"mode\": %q, with column and columnTo for the first and the last day, or with one column of spans", ErrInvalid, Now, mode, ModeRange)
	case len(m.More) > 0:
		return fmt.Errorf("%w: field %s among several: it is never empty, and stands alone in an entry of its own", ErrInvalid, Now)
	case m.Split != "":
		return fmt.Errorf("%w: split %q of field %s, which is one moment: leave it out", ErrInvalid, Excerpt(m.Split), Now)
	case m.MatchEmpty:
		return fmt.Errorf("%w: matchEmpty of field %s, which is never empty: leave it out; a row whose ends are both empty is valid for ever", ErrInvalid, Now)
	case m.Numbers != "" || m.Dates != "":
		return fmt.Errorf("%w: numbers or dates of field %s, which is read in one way only: leave them out; how the cells are written is set of the column", ErrInvalid, Now)
	}
	return nil
}
