package marketo

import (
	"fmt"
	"slices"
)

// leadMapping says under which names the fields of leads are sent. It is nil
// where users drive the mapping: then the names stay Marketo's own.
type leadMapping map[string]string

// newLeadMapping maps the fields of leads to the names that the service gave
// them, by that name or by the one it suggests.
func newLeadMapping(d *Definition, names []string) (leadMapping, error) {
	if d.Invocation.UserDrivenMapping {
		return nil, nil
	}
	mapping := make(leadMapping)
	for _, field := range d.Invocation.Fields {
		name := sourceOf(field, names)
		if name != "" {
			mapping[name] = field.ServiceAttribute
		} else if field.Mandatory() {
			return nil, fmt.Errorf("the service wants the field %q, and the leads have neither that nor %q", field.ServiceAttribute, field.Suggested)
		}
	}
	return mapping, nil
}

// sourceOf gives the field of the leads that is mapped to the service's, "" where there is none.
func sourceOf(field Mapping, names []string) string {
	for _, name := range []string{field.Suggested, field.ServiceAttribute} {
		if name != "" && slices.Contains(names, name) {
			return name
		}
	}
	return ""
}

// apply gives the fields as they are sent.
func (m leadMapping) apply(fields Fields) Fields {
	if m == nil {
		return fields
	}
	mapped := make(Fields, 0, len(fields))
	for _, field := range fields {
		if name, ok := m[field.Name]; ok {
			mapped = append(mapped, Field{Name: name, Value: field.Value})
		}
	}
	return mapped
}

// fieldMappings tells a service which fields are mapped, for its picklists.
func fieldMappings(d *Definition, names, written []string) FieldMapping {
	all := FieldMapping{Invocation: []MappedField{}, Callback: []MappedField{}}
	if d.Invocation.UserDrivenMapping {
		for _, name := range names {
			all.Invocation = append(all.Invocation, MappedField{Marketo: name})
		}
	} else {
		for _, field := range d.Invocation.Fields {
			if name := sourceOf(field, names); name != "" {
				all.Invocation = append(all.Invocation, MappedField{Marketo: name, Service: field.ServiceAttribute})
			}
		}
	}
	if d.Callback.UserDrivenMapping {
		for _, name := range written {
			all.Callback = append(all.Callback, MappedField{Marketo: name})
		}
	} else {
		for _, field := range d.Callback.Fields {
			all.Callback = append(all.Callback, MappedField{Marketo: orElse(field.Suggested, field.ServiceAttribute), Service: field.ServiceAttribute})
		}
	}
	return all
}
