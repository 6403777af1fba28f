package schema

import (
	"fmt"
	"slices"
	"strings"
)

// maxFields is how many lead fields a match entry may name. A person has a handful of phone
// numbers or addresses; each field is read for each lead of a batch.
const maxFields = 10

// Fields are the lead fields of a match entry: the first that is not empty counts.
func (m *Match) Fields() []string {
	if len(m.More) == 0 {
		return []string{m.Field}
	}
	return append([]string{m.Field}, m.More...)
}

// NameFields makes a list of fields those of the entry, the inverse of Fields.
func (m *Match) NameFields(fields []string) {
	m.Field, m.More = "", nil
	if len(fields) > 0 {
		m.Field = fields[0]
	}
	if len(fields) > 1 {
		m.More = slices.Clone(fields[1:])
	}
}

// settleFields checks the lead fields. Marketo knows a field in any case, so two names that
// differ by case are one field.
func (m *Match) settleFields() error {
	fields := m.Fields()
	if len(fields) > maxFields {
		return fmt.Errorf("%w: %d fields, %d are the most: name those that leads have", ErrInvalid, len(fields), maxFields)
	}
	for i, field := range fields {
		name, err := settledField(field)
		if err != nil {
			return err
		}
		if len(fields) > 1 && name == Now {
			return fmt.Errorf("%w: %s stands in a list of fields: it is never empty, so give it an entry of its own", ErrInvalid, Now)
		}
		if slices.ContainsFunc(fields[:i], func(earlier string) bool { return strings.EqualFold(earlier, name) }) {
			return fmt.Errorf("%w: field %q stands twice in the list: name each field once", ErrInvalid, Excerpt(name))
		}
		fields[i] = name
	}
	m.NameFields(fields)
	return nil
}
