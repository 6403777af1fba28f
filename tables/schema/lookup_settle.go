package schema

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// The bounds of a lookup.
const (
	maxMatches = 16
	MaxOutputs = 200 // of a lookup
	MaxLookups = 100 // of a table
	maxField   = 255
	maxBetween = 100 // bytes of a separator
	maxWild    = 20  // cells that mean anything
	maxWildLen = 100 // bytes of one of them
	maxErrors  = 512 // typing errors of mode fuzzy, which compares texts up to this length
)

// Settle checks a lookup that a person has set and fills in what was left out. It
// changes only its own copies of the slices.
func (l *Lookup) Settle(v *Version) error {
	if err := CheckName("lookup", l.Name); err != nil {
		return err
	}
	l.Guessed = false
	if len(l.Label) > maxLabel {
		return fmt.Errorf("%w: label of %d bytes, %d are the most", ErrInvalid, len(l.Label), maxLabel)
	}
	if len(l.Match) == 0 && !l.MatchesAll() || len(l.Match) > maxMatches {
		return fmt.Errorf("%w: %d match entries: give 1 to %d; with none, which only hit policies %s and %s take, every row hits", ErrInvalid, len(l.Match), maxMatches, PolicyRotate, PolicyCollect)
	}
	if len(l.Outputs) > MaxOutputs {
		return fmt.Errorf("%w: %d outputs, %d are the most", ErrInvalid, len(l.Outputs), MaxOutputs)
	}
	if strings.EqualFold(l.RuleSet, ReservedName) {
		l.RuleSet = ""
	}
	if l.RuleSet != "" {
		if err := CheckName("rule set", l.RuleSet); err != nil {
			return err
		}
	}
	if err := l.settleChain(); err != nil {
		return err
	}
	l.Match, l.Outputs = slices.Clone(l.Match), slices.Clone(l.Outputs)
	for i := range l.Match {
		if err := l.Match[i].settle(v); err != nil {
			return fmt.Errorf("match %d: %w", i+1, err)
		}
	}
	if err := l.checkRequire(); err != nil {
		return err
	}
	fields := map[string]bool{}
	for i := range l.Outputs {
		o := &l.Outputs[i]
		if err := o.settle(v); err != nil {
			return fmt.Errorf("output %d: %w", i+1, err)
		}
		if fields[o.Field] {
			return fmt.Errorf("output %d: %w: field %q is written twice", i+1, ErrInvalid, o.Field)
		}
		fields[o.Field] = true
	}
	if err := l.settleNow(); err != nil {
		return err
	}
	if l.Match == nil {
		l.Match = []Match{}
	}
	if l.Outputs == nil {
		l.Outputs = []Output{}
	}
	if err := l.settlePolicy(v); err != nil {
		return err
	}
	if err := l.settleTests(); err != nil {
		return err
	}
	if err := l.checkSplit(); err != nil {
		return err
	}
	switch l.OnNoMatch {
	case "":
		l.OnNoMatch = NoMatchKeep
	case NoMatchKeep, NoMatchDefault, NoMatchClear:
	default:
		return fmt.Errorf("%w: onNoMatch %q: use %s, %s or %s", ErrInvalid, Excerpt(string(l.OnNoMatch)), NoMatchKeep, NoMatchDefault, NoMatchClear)
	}
	return nil
}

// checkRequire checks how many match entries must hold. The closest limit is that of the rows that
// hold in everything else, which says nothing where some of it may fail.
func (l *Lookup) checkRequire() error {
	if l.Require < 0 || l.Require > len(l.Match) {
		return fmt.Errorf("%w: require %d with %d match entries: give 1 to %d, or leave it out where all must hold", ErrInvalid, l.Require, len(l.Match), len(l.Match))
	}
	for i, m := range l.Match {
		if l.Some() && m.MatchMode().Limits() {
			return fmt.Errorf("%w: require %d of %d match entries, and entry %d is of mode %s, which needs all others to hold: leave require out", ErrInvalid, l.Require, len(l.Match), i+1, m.MatchMode())
		}
	}
	return nil
}

// settlePolicy checks the hit policy and what belongs to it.
func (l *Lookup) settlePolicy(v *Version) error {
	l.HitPolicy = l.Policy()
	if !slices.Contains(HitPolicies(), l.HitPolicy) {
		return fmt.Errorf("%w: hit policy %q: use one of %s%s", ErrInvalid, Excerpt(string(l.HitPolicy)), Joined(HitPolicies()), Meant(string(l.HitPolicy), HitPolicies()))
	}
	if err := l.settlePriority(v); err != nil {
		return err
	}
	if err := l.settleRotate(v); err != nil {
		return err
	}
	switch {
	case l.HitPolicy != PolicyCollect && l.Aggregate != "":
		return fmt.Errorf("%w: aggregate %q with hit policy %s: only %s takes one; leave it out", ErrInvalid, Excerpt(string(l.Aggregate)), l.HitPolicy, PolicyCollect)
	case l.HitPolicy == PolicyCollect && !slices.Contains(Aggregates(), l.Aggregate):
		return fmt.Errorf("%w: aggregate %q: hit policy %s needs one of %s", ErrInvalid, Excerpt(string(l.Aggregate)), PolicyCollect, Joined(Aggregates()))
	case !l.Aggregate.Joins() && l.Separator != "":
		return fmt.Errorf("%w: separator %q: only aggregates %s and %s of hit policy %s take one; leave it out", ErrInvalid, Excerpt(l.Separator), AggregateList, AggregateDistinct, PolicyCollect)
	case len(l.Separator) > maxBetween:
		return fmt.Errorf("%w: separator of %d bytes, %d are the most", ErrInvalid, len(l.Separator), maxBetween)
	case l.Aggregate.Joins():
		l.Separator = l.ListSeparator()
	}
	return nil
}

func (l *Lookup) settlePriority(v *Version) error {
	if l.HitPolicy != PolicyPriority {
		if l.PriorityColumn != "" {
			return fmt.Errorf("%w: priorityColumn %q with hit policy %s: only %s takes one; leave it out", ErrInvalid, Excerpt(l.PriorityColumn), l.HitPolicy, PolicyPriority)
		}
		return nil
	}
	if l.PriorityColumn == "" {
		return fmt.Errorf("%w: hit policy %s needs a priorityColumn: name the column of numbers, of which the lowest wins", ErrInvalid, PolicyPriority)
	}
	name, err := v.spelled(l.PriorityColumn)
	if err != nil {
		return fmt.Errorf("priorityColumn: %w", err)
	}
	l.PriorityColumn = name
	return nil
}

func (m *Match) settle(v *Version) error {
	name, err := v.spelled(m.Column)
	if err != nil {
		return err
	}
	m.Column = name
	if err := m.settleFields(); err != nil {
		return err
	}
	if err := m.Check(); err != nil {
		return err
	}
	m.Mode = m.MatchMode()
	if m.ColumnTo != "" {
		if m.ColumnTo, err = v.spelled(m.ColumnTo); err != nil {
			return fmt.Errorf("columnTo: %w", err)
		}
		if m.ColumnTo == m.Column {
			return fmt.Errorf("%w: columnTo is the column itself: name the column of the upper ends, or leave it out", ErrInvalid)
		}
	}
	m.Anything = slices.Clone(m.Anything)
	if m.Mode == ModeFuzzy && m.Threshold == 0 {
		m.Threshold = DefaultThreshold
	}
	return nil
}

func (o *Output) settle(v *Version) error {
	err := o.settleSource(v)
	if err != nil {
		return err
	}
	if o.Field, err = settledField(o.Field); err != nil {
		return err
	}
	if o.Field == "id" {
		return fmt.Errorf("%w: field id is the lead's own and cannot be written", ErrInvalid)
	}
	if o.Type == "" {
		o.Type = TypeString
	}
	if !o.Type.Known() {
		return fmt.Errorf("%w: type %q of field %q is none of Marketo's", ErrInvalid, Excerpt(string(o.Type)), o.Field)
	}
	if err := o.settleWrite(); err != nil {
		return err
	}
	if o.Default == "" {
		return nil
	}
	if err := CheckValue(o.Type, o.Default); err != nil {
		return fmt.Errorf("default of field %q: %w", o.Field, err)
	}
	return nil
}

// spelled is a column's name as the version has it.
func (v *Version) spelled(name string) (string, error) {
	if name == "" {
		return "", fmt.Errorf("%w: no column", ErrInvalid)
	}
	c, ok := v.Column(name)
	if !ok {
		return "", fmt.Errorf("%w: %q: version %d has %s%s", ErrColumnNotFound, Excerpt(name), v.Number, Listed(v.ColumnNames()), Meant(name, v.ColumnNames()))
	}
	return v.Columns[c].Name, nil
}

func settledField(field string) (string, error) {
	field = strings.TrimSpace(field)
	if field == "" || len(field) > maxField {
		return "", fmt.Errorf("%w: a field of %d bytes: name a lead field", ErrInvalid, len(field))
	}
	return field, nil
}

// Check holds the settings of a match entry against its mode.
func (m *Match) Check() error {
	switch mode := m.MatchMode(); {
	case !mode.Known():
		return fmt.Errorf("%w: mode %q: use one of %s%s", ErrInvalid, Excerpt(string(m.Mode)), Joined(Modes()), Meant(string(m.Mode), Modes()))
	case m.ColumnTo != "" && mode != ModeRange:
		return fmt.Errorf("%w: columnTo %q with mode %s: only mode %s takes the upper ends of ranges; leave it out", ErrInvalid, Excerpt(m.ColumnTo), mode, ModeRange)
	case m.Threshold != 0 && mode != ModeFuzzy:
		return fmt.Errorf("%w: threshold %v with mode %s: only mode %s takes one; leave it out", ErrInvalid, m.Threshold, mode, ModeFuzzy)
	case m.MaxErrors != 0 && mode != ModeFuzzy:
		return fmt.Errorf("%w: maxErrors %d with mode %s: only mode %s takes it; leave it out", ErrInvalid, m.MaxErrors, mode, ModeFuzzy)
	case m.MaxErrors < 0 || m.MaxErrors > maxErrors:
		return fmt.Errorf("%w: maxErrors %d: give a number of typing errors from 1 to %d, or leave it out", ErrInvalid, m.MaxErrors, maxErrors)
	case m.Form != "" && mode != ModeFuzzy:
		return fmt.Errorf("%w: form %q with mode %s: only mode %s takes one; leave it out", ErrInvalid, Excerpt(string(m.Form)), mode, ModeFuzzy)
	case m.Form != "" && !m.Form.Form():
		return fmt.Errorf("%w: form %q: use one of %s%s", ErrInvalid, Excerpt(string(m.Form)), Joined(Forms()), Meant(string(m.Form), Forms()))
	case (m.Numbers != "" || m.Dates != "" || m.Zone != "") && !mode.Measures():
		return fmt.Errorf("%w: numbers, dates or zone with mode %s, which compares texts: leave them out", ErrInvalid, mode)
	case len(m.Anything) > maxWild:
		return fmt.Errorf("%w: anything names %d cells, %d are the most", ErrInvalid, len(m.Anything), maxWild)
	case slices.ContainsFunc(m.Anything, func(cell string) bool { return len(cell) > maxWildLen }):
		return fmt.Errorf("%w: a cell in anything is longer than %d bytes: name short ones, such as * or -", ErrInvalid, maxWildLen)
	case !(m.Threshold >= 0 && m.Threshold <= 1): // NaN as well
		return fmt.Errorf("%w: threshold %v: give a similarity from 0 to 1, such as %v", ErrInvalid, m.Threshold, DefaultThreshold)
	}
	if err := (Notation{Numbers: m.Numbers, Dates: m.Dates}).Check(); err != nil {
		return err
	}
	if _, err := time.LoadLocation(m.Zone); err != nil {
		return fmt.Errorf("%w: zone %q is not in the IANA's database of time zones: use a name such as Europe/Berlin", ErrInvalid, Excerpt(m.Zone))
	}
	return nil
}

// Joined lists words for a message.
func Joined[W ~string](words []W) string {
	var list []byte
	for i, word := range words {
		switch {
		case i > 0 && i == len(words)-1:
			list = append(list, " or "...)
		case i > 0:
			list = append(list, ", "...)
		}
		list = append(list, word...)
	}
	return string(list)
}
