package openapi

import "encoding/json"

// SchemaOf describes the type of a value, with the components that it needs.
func SchemaOf(zero any, request bool) (of, components json.RawMessage, err error) {
	s := newSchemas()
	described, err := s.of(zero, direction(request))
	if err != nil {
		return nil, nil, err
	}
	if of, err = json.Marshal(described); err != nil {
		return nil, nil, err
	}
	components, err = json.Marshal(s.named)
	return of, components, err
}
