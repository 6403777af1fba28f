package engine

import (
	"tablestep/engine/request"
	"tablestep/engine/rules"
)

// nameOf is the name under which this batch has a field that rules read: names are found
// as lookups find them, in any case where only one is so called. It is asked once a field
// and run. A column of the row is found so by its table.
func (ws *Workspace) nameOf(ref rules.Ref) string {
	name, ok := ref.Name, true
	switch ref.Scope {
	case rules.ScopeLead:
		name, ok = ws.batch.Resolve(ref.Name)
	case rules.ScopeFlow:
		name, ok = request.Setting(ref.Name)
	}
	if !ok {
		return ref.Name
	}
	return name
}
