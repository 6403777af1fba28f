package marketo

import (
	"sync"
)

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
