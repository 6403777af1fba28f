package rules

import (
	"slices"
	"strconv"
	"strings"
)

// A Scope is a name of the environment whose fields rules read.
type Scope string

// The scopes.
const (
	ScopeLead         Scope = "lead"         // fields of the lead
	ScopeFlow         Scope = "flow"         // settings of the flow step, its parameters among them
	ScopeRow          Scope = "row"          // cells of the row that the table lookup hit; absent if none
	ScopeCampaign     Scope = "campaign"     // campaign context
	ScopeProgram      Scope = "program"      // program context
	ScopeMember       Scope = "member"       // program member context of the lead
	ScopeTrigger      Scope = "trigger"      // triggering context of the lead
	ScopeMy           Scope = "my"           // my tokens
	ScopeSubscription Scope = "subscription" // subscription context
	ScopeGlobal       Scope = "global"       // global parameters of the service, headers among them
	ScopeCustom       Scope = "member.pmcf"  // custom fields of the program's members; expressions read it as a part of member
)

func scopeNames() []string {
	return []string{"lead", "flow", "row", "campaign", "program", "member", "trigger", "my", "subscription", "global"}
}

func isScope(name string) bool {
	return slices.Contains(scopeNames(), name) || name == string(ScopeCustom)
}

// A Ref is a field that rules read. The Ref of scope row with an empty name
// stands for the row itself: its column has a value where there is one.
type Ref struct {
	Scope Scope
	Name  string
}

// String writes the reference as an expression does.
func (r Ref) String() string {
	switch {
	case r.Name == "":
		return string(r.Scope)
	case isWord(r.Name):
		return string(r.Scope) + "." + r.Name
	}
	return string(r.Scope) + "[" + strconv.Quote(r.Name) + "]"
}

// isWord says that a name can stand behind a dot.
func isWord(name string) bool {
	for i, r := range name {
		letter := r == '_' || r == '$' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return name != ""
}

// Refs is a sorted list of references.
type Refs []Ref

// Of is the names of one scope.
func (refs Refs) Of(scope Scope) []string {
	var names []string
	for _, r := range refs {
		if r.Scope == scope && r.Name != "" {
			names = append(names, r.Name)
		}
	}
	return names
}

// Has says that a scope is read at all.
func (refs Refs) Has(scope Scope) bool {
	return slices.ContainsFunc(refs, func(r Ref) bool { return r.Scope == scope })
}

func compareRefs(a, b Ref) int {
	if c := strings.Compare(string(a.Scope), string(b.Scope)); c != 0 {
		return c
	}
	return strings.Compare(a.Name, b.Name)
}
