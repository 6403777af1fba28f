package marketo

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// asked is what the service has asked for beside the fields of leads, encoded. Marketo
// sends nothing else, so neither does a simulation: what it was given beyond that is a
// warning, because a service that is tried with it would go without in earnest.
type asked struct {
	globals map[string]any
	tokens  json.RawMessage // of every lead; nil where no token is asked for
}

// newAsked takes out of the options what the definition asks for.
func newAsked(d *Definition, o *Options) (asked, []Problem, error) {
	var problems []Problem
	leaveOut := func(where, what, name string) {
		problems = append(problems, Problem{
			Rule: NotAskedFor, Where: where + " " + pathName(name),
			Message: fmt.Sprintf("the service does not ask for the %s %s, so Marketo would not send it, and it was not sent", what, shorten(name)),
		})
	}
	a := asked{globals: make(map[string]any)}
	declared := make(map[string]bool)
	for _, g := range d.Invocation.GlobalAttributes {
		declared[g.APIName] = true
	}
	for _, h := range d.Invocation.Headers {
		declared[h.Name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(o.Globals)) {
		if !declared[name] {
			leaveOut("invocationPayloadDef.globalAttributes", "global parameter", name)
			continue
		}
		a.globals[name] = o.Globals[name]
	}
	tokens := make(map[string]string)
	for _, name := range slices.Sorted(maps.Keys(o.Tokens)) {
		if !slices.Contains(d.Invocation.MyTokens, name) {
			leaveOut("invocationPayloadDef.myTokenContext", "token", name)
			continue
		}
		tokens[name] = o.Tokens[name]
	}
	if len(d.Invocation.MyTokens) == 0 {
		return a, problems, nil
	}
	var err error
	if a.tokens, err = json.Marshal(tokens); err != nil {
		return a, problems, fmt.Errorf("encode the tokens: %w", err)
	}
	return a, problems, nil
}
