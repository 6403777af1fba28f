package engine

import (
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
