package engine

import (
	"tablestep/engine/request"
	"tablestep/engine/rules"
)

// nameOf is the name under which this batch has a field that rules read: names are found
// as lookups find them, in any case where only one is so called. It is asked once a field
// and run. A column of the row is found so by its table.
func (ws *Workspace) nameOf(ref rules.Ref) string {
	var (
		name string
		ok   bool
	)
	switch ref.Scope {
	case rules.ScopeLead:
		name, ok = ws.batch.Resolve(ref.Name)
	case rules.ScopeFlow:
		name, ok = request.Setting(ref.Name)
	default:
		if context, isContext := contextOf(ref.Scope); isContext {
			name, ok = ws.batch.ResolveContext(context, ref.Name)
		}
	}
	if !ok {
		return ref.Name
	}
	return name
}

// contextOf is the context that has the fields of a scope.
func contextOf(scope rules.Scope) (context request.Context, ok bool) {
	switch scope {
	case rules.ScopeMember:
		return request.Member, true
	case rules.ScopeTrigger:
		return request.Trigger, true
	case rules.ScopeMy:
		return request.My, true
	case rules.ScopeCampaign:
		return request.Campaign, true
	case rules.ScopeProgram:
		return request.Program, true
	case rules.ScopeSubscription:
		return request.Subscription, true
	}
	return 0, false
}
