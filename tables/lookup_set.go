package tables

import (
	"fmt"
	"slices"
	"strings"

	bolt "go.etcd.io/bbolt"

	"tablestep/tables/index"
)

// The bounds of a lookup.
const (
	maxMatches = 16
	maxOutputs = 200
	maxLookups = 100 // of a table
	maxField   = 255
	maxLabel   = 255
)

// SetLookup sets or replaces a lookup of a table; its empty name, or the table's,
// is the default one. Columns are held against the live version, or the newest
// where none is live, and spelled as there; an empty mode, policy or type becomes
// its default. The error wraps ErrInvalid or ErrColumnNotFound and names the
// place.
func (s *Store) SetLookup(table string, l Lookup, by string) error {
	err := s.changeTable(table, func(tx *bolt.Tx) error {
		t, err := liveTable(tx, table)
		if err != nil {
			return err
		}
		v, err := shape(tx, table, t)
		if err != nil {
			return err
		}
		if l.Name == "" {
			l.Name = table
		}
		if err := l.settle(table, v); err != nil {
			return err
		}
		at := slices.IndexFunc(t.Lookups, func(o Lookup) bool { return o.Name == l.Name })
		switch {
		case at >= 0:
			t.Lookups[at] = l
		case len(t.Lookups) >= maxLookups:
			return fmt.Errorf("%w: the table has %d lookups, the most there can be", ErrInvalid, maxLookups)
		default:
			t.Lookups = append(t.Lookups, l)
			sortLookups(table, t.Lookups)
		}
		if err := s.record(tx, table, Event{Action: ActionLookup, By: by, Lookup: l.Name}); err != nil {
			return err
		}
		t.Updated = s.options.Now().UTC()
		return writeTable(tx, table, t)
	})
	if err != nil {
		return fmt.Errorf("set lookup %q of table %q: %w", short(l.Name), table, err)
	}
	return nil
}

// DeleteLookup removes a lookup. The default one cannot be gone: it becomes the
// guessed one again.
func (s *Store) DeleteLookup(table, lookup, by string) error {
	if lookup == "" {
		lookup = table
	}
	err := s.changeTable(table, func(tx *bolt.Tx) error {
		t, err := liveTable(tx, table)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(t.Lookups, func(l Lookup) bool { return l.Name == lookup })
		if at < 0 {
			return ErrLookupNotFound
		}
		t.Lookups = slices.Delete(t.Lookups, at, at+1)
		if lookup == table {
			v, err := shape(tx, table, t)
			if err != nil {
				return err
			}
			t.guess(table, v)
		}
		if err := s.record(tx, table, Event{Action: ActionDeleteLookup, By: by, Lookup: lookup}); err != nil {
			return err
		}
		t.Updated = s.options.Now().UTC()
		return writeTable(tx, table, t)
	})
	if err != nil {
		return fmt.Errorf("delete lookup %q of table %q: %w", short(lookup), table, err)
	}
	return nil
}

// shape is the version whose columns count: the live one, else the newest.
func shape(tx *bolt.Tx, table string, t *tableRecord) (*Version, error) {
	if t.Live != 0 {
		return readVersion(tx, table, t.Live)
	}
	numbers := versionNumbers(tx, table)
	if len(numbers) == 0 {
		return nil, fmt.Errorf("%w: the table has none", ErrVersionNotFound)
	}
	return readVersion(tx, table, numbers[len(numbers)-1])
}

// settle checks a lookup that a person has set and fills in what was left out. It
// changes only its own copies of the slices.
func (l *Lookup) settle(table string, v *Version) error {
	if err := checkName("lookup", l.Name); err != nil {
		return err
	}
	l.Guessed = false
	if len(l.Label) > maxLabel {
		return fmt.Errorf("%w: label of %d bytes, %d are the most", ErrInvalid, len(l.Label), maxLabel)
	}
	if len(l.Match) == 0 || len(l.Match) > maxMatches {
		return fmt.Errorf("%w: %d match entries: give 1 to %d", ErrInvalid, len(l.Match), maxMatches)
	}
	if len(l.Outputs) > maxOutputs {
		return fmt.Errorf("%w: %d outputs, %d are the most", ErrInvalid, len(l.Outputs), maxOutputs)
	}
	if l.RuleSet != "" {
		if err := checkName("rule set", l.RuleSet); err != nil {
			return err
		}
	}
	l.Match, l.Outputs = slices.Clone(l.Match), slices.Clone(l.Outputs)
	for i := range l.Match {
		if err := l.Match[i].settle(v); err != nil {
			return fmt.Errorf("match %d: %w", i+1, err)
		}
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
	if l.Outputs == nil {
		l.Outputs = []Output{}
	}
	switch l.HitPolicy {
	case "":
		l.HitPolicy = PolicyFirst
	case PolicyFirst, PolicyUnique:
	default:
		return fmt.Errorf("%w: hit policy %q: use %s or %s", ErrInvalid, short(string(l.HitPolicy)), PolicyFirst, PolicyUnique)
	}
	switch l.OnNoMatch {
	case "":
		l.OnNoMatch = NoMatchKeep
	case NoMatchKeep, NoMatchDefault, NoMatchClear:
	default:
		return fmt.Errorf("%w: onNoMatch %q: use %s, %s or %s", ErrInvalid, short(string(l.OnNoMatch)), NoMatchKeep, NoMatchDefault, NoMatchClear)
	}
	return nil
}

func (m *Match) settle(v *Version) error {
	name, err := v.spelled(m.Column)
	if err != nil {
		return err
	}
	m.Column = name
	if m.Field, err = settledField(m.Field); err != nil {
		return err
	}
	m.Mode = m.mode()
	if !index.Mode(m.Mode).Known() {
		return fmt.Errorf("%w: mode %q: use %s or %s", ErrInvalid, short(string(m.Mode)), ModeNormalized, ModeExact)
	}
	return nil
}

func (o *Output) settle(v *Version) error {
	name, err := v.spelled(o.Column)
	if err != nil {
		return err
	}
	o.Column = name
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
		return fmt.Errorf("%w: type %q of field %q is none of Marketo's", ErrInvalid, short(string(o.Type)), o.Field)
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
	c, ok := v.column(name)
	if !ok {
		return "", fmt.Errorf("%w: %q: version %d has %s", ErrColumnNotFound, short(name), v.Number, listed(v.names()))
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
