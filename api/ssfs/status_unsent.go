package ssfs

import (
	"slices"
	"strings"

	"tablestep/engine"
	"tablestep/tables"
)

// unsent warns of fields that lookups would write only where they are empty or different, and
// that Marketo does not send: they are never written.
func (s *status) unsent(catalog *tables.Catalog, mapping engine.Mapping) {
	if len(mapping.Invocation) == 0 {
		return
	}
	const named = 10 // lookups that are told one by one
	more := -named
	for _, t := range catalog.Tables() {
		for i := range t.Lookups {
			l := &t.Lookups[i]
			if t.Live == nil {
				continue
			}
			var missing []string
			for o := range l.Outputs {
				out := &l.Outputs[o]
				if out.Careful() && !slices.ContainsFunc(mapping.Invocation, func(field string) bool { return strings.EqualFold(field, out.Field) }) {
					missing = append(missing, out.Field)
				}
			}
			if len(missing) == 0 {
				continue
			}
			if more++; more <= 0 {
				s.warn("Lookup %q looks at %s before it writes, not among the outgoing fields mapped in Marketo, so it is never written.", l.Name, strings.Join(missing, ", "))
			}
		}
	}
	if more > 0 {
		s.warn("%d more lookups look at fields that are not mapped in Marketo.", more)
	}
}
