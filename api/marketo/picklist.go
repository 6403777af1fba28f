package marketo

import (
	"fmt"
	"slices"
)

// maxChoices is the longest picklist that Marketo takes.
const maxChoices = 1000

// The kinds of parameters that can have a picklist.
const (
	PicklistFlow   = "flow"
	PicklistGlobal = "global"
	PicklistHeader = "header"
)

// PicklistRequest is the body of getPicklist.
type PicklistRequest struct {
	Name          string       `json:"name"`
	Type          string       `json:"type"`
	FieldMappings FieldMapping `json:"fieldMappingContext"`
}

// FieldMapping tells a service which fields are sent to it and written by it.
type FieldMapping struct {
	Invocation []MappedField `json:"invocation"`
	Callback   []MappedField `json:"callback"`
}

// MappedField is a field of Marketo and the service's name for it, which is
// only sent where the service names the fields.
type MappedField struct {
	Marketo string `json:"marketoAttribute"`
	Service string `json:"serviceAttribute,omitempty"`
}

// Picklist is the list of one parameter as the service gave it.
type Picklist struct {
	Type     string   `json:"type"`
	DataType string   `json:"dataType"`
	Enforced bool     `json:"enforced"`
	Choices  []Choice `json:"choices"`
}

// Choice is one entry of a picklist.
type Choice struct {
	// Display is the text in English, the one every choice must have.
	Display string `json:"display"`
	// Submitted is a string, a bool or a json.Number.
	Submitted any `json:"submitted"`
}

// Offers reports whether the list has the value.
func (p Picklist) Offers(value any) bool {
	text := textOf(value)
	return slices.ContainsFunc(p.Choices, func(c Choice) bool { return textOf(c.Submitted) == text })
}

// parameter is what a picklist is asked for.
type parameter struct {
	name     string
	kind     string
	dataType string
	enforced bool
}

// key names the parameter among all picklists: flow attributes by their name
// alone, others with their kind.
func (p parameter) key() string {
	if p.kind == PicklistFlow {
		return p.name
	}
	return p.kind + "/" + p.name
}

// parameters gives what Marketo asks picklists for.
func (d *Definition) parameters() []parameter {
	var list []parameter
	add := func(kind string, attributes []Attribute) {
		for _, a := range attributes {
			if a.Picklist() {
				list = append(list, parameter{name: a.APIName, kind: kind, dataType: a.DataType, enforced: a.Enforce})
			}
		}
	}
	add(PicklistFlow, d.Invocation.FlowAttributes)
	add(PicklistGlobal, d.Invocation.GlobalAttributes)
	for _, h := range d.Invocation.Headers {
		if h.Picklist() {
			list = append(list, parameter{name: h.Name, kind: PicklistHeader, dataType: TypeString, enforced: h.Enforce})
		}
	}
	return list
}

// ReadPicklist reads and checks the answer of getPicklist for a parameter of
// the data type. The error says that the answer has another shape.
func ReadPicklist(body []byte, dataType string) ([]Choice, []Problem, error) {
	root, duplicates, err := readDocument(body)
	if err != nil {
		return nil, nil, fmt.Errorf("read the picklist: %w", err)
	}
	object, _ := root.(Fields)
	entries, ok := valueOf(object, "choices").([]any)
	if !ok {
		return nil, nil, fmt.Errorf("read the picklist: choices is not an array but %s", kindOf(valueOf(object, "choices")))
	}
	var problems []Problem
	complain := func(rule Rule, where, format string, args ...any) {
		problems = append(problems, Problem{Rule: rule, Where: where, Message: fmt.Sprintf(format, args...)})
	}
	for _, where := range duplicates {
		complain(KeyTwice, where, "the key stands twice in its object")
	}
	if len(entries) > maxChoices {
		complain(PicklistTooLong, "choices", "%d choices are more than %d", len(entries), maxChoices)
	}
	choices := make([]Choice, 0, len(entries))
	first := make(map[string]int, len(entries))
	for i, entry := range entries {
		where := fmt.Sprintf("choices[%d]", i)
		object, _ := entry.(Fields)
		display, _ := valueOf(object, "displayValue").(Fields)
		choice := Choice{Display: display.Text("en_US"), Submitted: valueOf(object, "submittedValue")}
		if _, ok := valueOf(display, "en_US").(string); !ok || choice.Display == "" {
			complain(ChoiceEmpty, where+".displayValue.en_US", "there is no text to show")
		}
		if choice.Submitted == nil || choice.Submitted == "" {
			complain(ChoiceEmpty, where+".submittedValue", "there is no value to submit")
			continue
		}
		if rule, why := CheckValue(dataType, choice.Submitted); rule != "" {
			complain(ChoiceInvalid, where+".submittedValue", "%s", why)
		}
		text := textOf(choice.Submitted)
		if before, ok := first[text]; ok {
			complain(ChoiceTwice, where+".submittedValue", "%s is submitted by choices[%d] too", shorten(text), before)
		} else {
			first[text] = i
		}
		choices = append(choices, choice)
	}
	return choices, problems, nil
}

// valueOf gives the value of a name, nil where it is absent.
func valueOf(fields Fields, name string) any {
	value, _ := fields.Get(name)
	return value
}
