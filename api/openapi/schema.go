package openapi

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// A schema describes a JSON value.
type schema struct {
	Ref                  string             `json:"$ref,omitempty"`
	Type                 string             `json:"type,omitempty"`
	Format               string             `json:"format,omitempty"`
	Description          string             `json:"description,omitempty"`
	Nullable             bool               `json:"nullable,omitempty"`
	Enum                 []string           `json:"enum,omitempty"`
	Items                *schema            `json:"items,omitempty"`
	Properties           map[string]*schema `json:"properties,omitempty"`
	Required             []string           `json:"required,omitempty"`
	AdditionalProperties any                `json:"additionalProperties,omitempty"` // false, or a *schema
	AllOf                []*schema          `json:"allOf,omitempty"`                // one, where a reference needs words beside it
	OneOf                []*schema          `json:"oneOf,omitempty"`
}

// A direction says who sends a value: what may be left out differs.
type direction bool

const (
	answers  direction = false // a field is there unless it has omitempty or omitzero
	requests direction = true  // a field may be left out unless its tag says required
)

// schemas are the components that have been made, by name.
type schemas struct {
	named map[string]*schema
	from  map[string]reflect.Type // the type of each, to find two of one name
}

func newSchemas() *schemas {
	return &schemas{named: map[string]*schema{}, from: map[string]reflect.Type{}}
}

// of describes the type of a value.
func (s *schemas) of(zero any, d direction) (*schema, error) { return s.typed(reflect.TypeOf(zero), d) }

func (s *schemas) typed(t reflect.Type, d direction) (*schema, error) {
	switch t {
	case reflect.TypeFor[time.Time]():
		return &schema{Type: "string", Format: "date-time"}, nil
	case reflect.TypeFor[json.RawMessage]():
		return &schema{Type: "object"}, nil // an object of names that only its sender knows
	}
	if t.Implements(reflect.TypeFor[several]()) {
		return s.several(reflect.New(t).Elem().Interface().(several), d)
	}
	switch t.Kind() {
	case reflect.String:
		return &schema{Type: "string"}, nil
	case reflect.Bool:
		return &schema{Type: "boolean"}, nil
	case reflect.Int, reflect.Int64:
		return &schema{Type: "integer", Format: "int64"}, nil
	case reflect.Float32, reflect.Float64:
		return &schema{Type: "number"}, nil
	case reflect.Slice:
		items, err := s.typed(t.Elem(), d)
		return &schema{Type: "array", Items: items}, err
	case reflect.Map:
		values, err := s.typed(t.Elem(), d)
		return &schema{Type: "object", AdditionalProperties: values}, err
	case reflect.Pointer:
		of, err := s.typed(t.Elem(), d)
		if err != nil || of.Ref != "" {
			return of, err // objects are left out, never null
		}
		of.Nullable = true
		return of, nil
	case reflect.Struct:
		return s.component(t, d)
	}
	return nil, fmt.Errorf("a %s cannot be described", t)
}

// several is a value that is written in more than one way.
type several interface {
	OneOf() []any // a value of each type that it may have
}

// several describes a value by each of its types.
func (s *schemas) several(value several, d direction) (*schema, error) {
	one := new(schema)
	for _, of := range value.OneOf() {
		described, err := s.of(of, d)
		if err != nil {
			return nil, err
		}
		one.OneOf = append(one.OneOf, described)
	}
	return one, nil
}

// component describes a struct once, under its own name.
func (s *schemas) component(t reflect.Type, d direction) (*schema, error) {
	name := t.Name()
	if d == requests {
		name += "Input"
	}
	ref := &schema{Ref: "#/components/schemas/" + name}
	if known, ok := s.from[name]; ok {
		if known != t {
			return nil, fmt.Errorf("two types are called %s: %s and %s", name, known, t)
		}
		return ref, nil
	}
	c := &schema{Type: "object", Properties: map[string]*schema{}, AdditionalProperties: false}
	s.from[name], s.named[name] = t, c
	return ref, s.fields(c, t, d)
}

// fields adds the fields of a struct, and of those that it embeds, to a component.
func (s *schemas) fields(c *schema, t reflect.Type, d direction) error {
	for f := range t.Fields() {
		if f.Anonymous {
			if err := s.fields(c, f.Type, d); err != nil {
				return err
			}
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" {
			return fmt.Errorf("%s.%s has no JSON name", t.Name(), f.Name)
		}
		of, err := s.typed(f.Type, d)
		if err != nil {
			return fmt.Errorf("%s.%s: %w", t.Name(), f.Name, err)
		}
		if text := f.Tag.Get("doc"); text != "" {
			if of.Ref != "" {
				of = &schema{AllOf: []*schema{of}}
			}
			of.Description = text
		}
		if values := f.Tag.Get("enum"); values != "" {
			of.Enum = strings.Split(values, ",")
		}
		c.Properties[name] = of
		if d == requests && f.Tag.Get("required") != "" || d == answers && options != "omitempty" && options != "omitzero" {
			c.Required = append(c.Required, name)
		}
	}
	return nil
}
