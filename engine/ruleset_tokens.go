package engine

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tablestep/engine/rules"
)

// unasked tells of the my tokens that rules read and that Marketo is not asked for: they
// are never sent, so a rule reads nil for every lead, however well its own tests went.
// Nil tokens mean that nobody knows what is asked for, and nothing is told.
func unasked(tokens []string) func(rules.Ref) string {
	if tokens == nil {
		return func(rules.Ref) string { return "" }
	}
	wanted := slices.Clone(tokens)
	return func(ref rules.Ref) string {
		if ref.Scope != rules.ScopeMy || slices.ContainsFunc(wanted, func(name string) bool { return strings.EqualFold(name, ref.Name) }) {
			return ""
		}
		// Whoever does as the last of several says has done as all of them say.
		wanted = append(wanted, ref.Name)
		return fmt.Sprintf("Marketo is not asked for the token {{my.%s}}, so %s is nil for every lead; start the service with --my-tokens %s, and install the flow step again, because Marketo reads once what it is to send",
			ref.Name, ref, strconv.Quote(strings.Join(wanted, ",")))
	}
}

// UnaskedTokens are the tokens that the live version of a rule set reads and that Marketo is
// not asked for.
type UnaskedTokens struct {
	RuleSet string
	Version int
	Tokens  []string // as the rules name them
	Ask     []string // what Marketo has to be asked for: what it is asked for now, and those
}

// UnaskedTokens looks through the live rule sets, in their order. One that does not compile
// reads nothing.
func (e *Engine) UnaskedTokens(ctx context.Context) ([]UnaskedTokens, error) {
	var list []UnaskedTokens
	catalog := e.evaluator.store.Catalog()
	e.evaluator.ruleReads.keep(catalog)
	for _, set := range catalog.RuleSets() {
		if set.Live == nil {
			continue
		}
		read, err := e.evaluator.readsOf(ctx, set)
		if err != nil {
			return nil, err
		}
		ask := slices.Clone(e.evaluator.tokens)
		for _, name := range read.tokens {
			if !slices.ContainsFunc(ask, func(asked string) bool { return strings.EqualFold(asked, name) }) {
				ask = append(ask, name)
			}
		}
		if unasked := ask[len(e.evaluator.tokens):]; len(unasked) > 0 {
			list = append(list, UnaskedTokens{set.Name, set.Live.Number, slices.Clone(unasked), ask})
		}
	}
	return list, nil
}
