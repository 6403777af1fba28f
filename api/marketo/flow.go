package marketo

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// A FlowError says that settings of the flow step are none that a marketer could have chosen.
type FlowError struct{ Mistakes []FlowMistake }

// A FlowMistake is one setting, and what could stand there instead.
type FlowMistake struct {
	Name, Value string
	// Declared says that the flow step has such a setting, so that only the value is wrong.
	Declared bool
	// Known are the names of the settings, or the values of this one.
	Known []string
}

// Error names the settings.
func (e *FlowError) Error() string {
	var texts []string
	for i := range e.Mistakes {
		m := &e.Mistakes[i]
		if m.Declared {
			texts = append(texts, fmt.Sprintf("%s: %s is not offered", m.Name, shorten(m.Value)))
		} else {
			texts = append(texts, fmt.Sprintf("the flow step has no setting %s", shorten(m.Name)))
		}
	}
	return strings.Join(texts, "; ")
}

// checkFlow holds the values of all leads against the definition and the picklists. A list
// that is empty, or was not given, cannot say what is right.
func (o *Options) checkFlow(r *Report) error {
	if !o.CheckFlow || o.Flow != nil {
		return nil
	}
	var declared []string
	for _, attribute := range r.Definition.Invocation.FlowAttributes {
		declared = append(declared, attribute.APIName)
	}
	var wrong []FlowMistake
	for _, name := range slices.Sorted(maps.Keys(o.FlowStep)) {
		value := o.FlowStep[name]
		list := r.Picklists[name]
		switch {
		case !slices.Contains(declared, name):
			wrong = append(wrong, FlowMistake{Name: name, Value: value, Known: declared})
		case value != "" && list.Enforced && len(list.Choices) > 0 && !list.Offers(value):
			m := FlowMistake{Name: name, Value: value, Declared: true}
			for _, c := range list.Choices {
				m.Known = append(m.Known, textOf(c.Submitted))
			}
			wrong = append(wrong, m)
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return &FlowError{wrong}
}

// flowCheck checks the flow step's values of leads: each must be declared, and
// one of the picklist where that is enforced.
type flowCheck struct {
	declared  map[string]bool
	picklists map[string]Picklist // The enforced ones.

	mu      sync.Mutex // guards checked.
	checked map[Field]bool
}

func newFlowCheck(d *Definition, picklists map[string]Picklist) *flowCheck {
	f := &flowCheck{declared: make(map[string]bool), picklists: make(map[string]Picklist), checked: make(map[Field]bool)}
	for _, attribute := range d.Invocation.FlowAttributes {
		f.declared[attribute.APIName] = true
	}
	for name, list := range picklists {
		if list.Enforced && list.Type == PicklistFlow {
			f.picklists[name] = list
		}
	}
	return f
}

// check gives the problems of a flow step that were not given before. An empty
// value is one that nobody chose.
func (f *flowCheck) check(flow map[string]any) []Problem {
	var problems []Problem
	for name, value := range flow {
		list, enforced := f.picklists[name]
		text := textOf(value)
		if f.declared[name] && (!enforced || text == "") {
			continue
		}
		if !f.declared[name] {
			text = ""
		}
		if f.known(Field{Name: name, Value: text}) {
			continue
		}
		switch {
		case !f.declared[name]:
			problems = append(problems, Problem{Rule: FlowKeyUndeclared, Where: name, Message: "the definition has no such flow attribute"})
		case !list.Offers(value):
			problems = append(problems, Problem{Rule: ChoiceNotOffered, Where: name, Message: shorten(text) + " is not in the picklist, so nobody could have chosen it"})
		}
	}
	return problems
}

// known reports whether a value was checked before, and notes that it is now.
func (f *flowCheck) known(value Field) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.checked[value] {
		return true
	}
	f.checked[value] = true
	return false
}
