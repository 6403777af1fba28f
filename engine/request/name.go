package request

import (
	"bytes"
	"strings"
)

// A search looks for the name under which something is there: the very name that is
// asked for, else the only one that differs from it by case.
type search struct {
	name    string
	other   string
	several bool
}

// exact takes a name that is there, and says that it is the very one.
func (s *search) exact(key []byte) bool {
	switch {
	case string(key) == s.name:
		return true
	case len(key) != len(s.name) || !strings.EqualFold(string(key), s.name) || string(key) == s.other:
	case s.other == "":
		s.other = string(key)
	default:
		s.several = true
	}
	return false
}

// found is the name where the very one was not there.
func (s *search) found() (string, bool) { return s.other, s.other != "" && !s.several }

// Resolve returns the name under which the leads have the field: the name itself,
// else the only one that differs by case. It reports false if no lead has it.
func (b *Batch) Resolve(name string) (string, bool) {
	s, seen := search{name: name}, uint32(0)
	for i := range b.leads {
		if b.leads[i].shape == seen {
			continue
		}
		seen = b.leads[i].shape
		for _, k := range b.keysOf(seen) {
			if s.exact(b.text(k)) {
				return name, true
			}
		}
	}
	return s.found()
}

// ResolveContext is Resolve for a member of a context, of all leads or of the request.
func (b *Batch) ResolveContext(c Context, name string) (string, bool) {
	s := search{name: name}
	if int(c) >= leadContexts {
		if b.searchMembers(b.contexts[c], &s) {
			return name, true
		}
		return s.found()
	}
	var before []byte
	for i := range b.beside {
		of := b.beside[i][c]
		// Most contexts are the same for all leads of a request.
		object := b.body[of.start:of.end]
		if bytes.Equal(object, before) {
			continue
		}
		if before = object; b.searchMembers(of, &s) {
			return name, true
		}
	}
	return s.found()
}

// searchMembers takes the names of an object's members, until the very one is there.
func (b *Batch) searchMembers(of span, search *search) (exact bool) {
	object := b.body[of.start:of.end]
	if len(object) == 0 || object[0] != '{' {
		return false
	}
	s := newScanner(object)
	// The bytes have been accepted before, so this walk cannot fail.
	_ = s.object(3, func(start, end int, escaped bool) error {
		exact = exact || search.exact(s.unquoted(start, end, escaped))
		return s.skip(4)
	})
	return exact
}

// Settings are the names of the flow step's settings.
func Settings() []string {
	return []string{"table", "ruleSet", "keyName", "keyValField", "keyValue", "lookupField", "returnField", "onNoMatch", "defaultValue", "param1", "param2", "param3"}
}

// Setting returns the name of a setting of the flow step, which may be written in any
// case. It reports false if there is none.
func Setting(name string) (string, bool) {
	for _, setting := range Settings() {
		if strings.EqualFold(setting, name) {
			return setting, true
		}
	}
	return "", false
}
